"""What a restart needs so as not to read and plan everything anew.

An index of the truces beside their documents, what was last read of each file, and on what all that rests. A ledger
from before has none of it, so its first start reads and plans everything once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, make the tables, empty, and have the workers' index hold what is claimed alone."""
    op.add_column("truce", sa.Column("tags", sa.Text, nullable=False, server_default=""))
    op.add_column("truce", sa.Column("over_at", sa.BigInteger))
    op.add_column("truce", sa.Column("look_at", sa.BigInteger))
    op.create_table(
        "register_file",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("traits", sa.String),
        sa.Column("blocks", sa.Text, nullable=False),
    )
    op.drop_index("delivery_worker", "delivery")
    op.create_index(
        "delivery_claimed",
        "delivery",
        ["target", "handed_at", "ends_at", "due_at"],
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_table(
        "basis",
        sa.Column("of", sa.String, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
    )
