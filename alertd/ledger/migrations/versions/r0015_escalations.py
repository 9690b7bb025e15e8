"""The ledger keeps which alert a step of an escalation follows, and who acknowledged it, of each person once."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEPT = "alert, by, at, way, note"


def upgrade() -> None:
    """Add the columns, empty for what an older alertd planned; several people can acknowledge from now on."""
    op.add_column("delivery", sa.Column("follows", sa.String))
    op.add_column("delivery", sa.Column("escalation", sa.String))
    op.add_column("delivery", sa.Column("step", sa.Integer))
    op.add_column("delivery", sa.Column("people", sa.Integer))
    op.add_column("delivery", sa.Column("is_last", sa.Boolean))
    follows = sa.text("follows IS NOT NULL")
    op.create_index("delivery_follows", "delivery", ["follows"], sqlite_where=follows)
    op.rename_table("acknowledgement", "acknowledgement_of_one")
    op.create_table(
        "acknowledgement",
        sa.Column("alert", sa.String, primary_key=True),
        sa.Column("by", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("note", sa.Text),
    )
    op.execute(f"INSERT INTO acknowledgement ({_KEPT}) SELECT {_KEPT} FROM acknowledgement_of_one")  # noqa: S608
    op.drop_table("acknowledgement_of_one")
