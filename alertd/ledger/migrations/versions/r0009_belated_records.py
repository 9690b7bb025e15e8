"""The ledger remembers which records came long after their announcement."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is known of the records of an older ledger."""
    op.create_table(
        "belated_record",
        sa.Column("truce", sa.String, sa.ForeignKey("truce.id"), primary_key=True),
        sa.Column("announced", sa.BigInteger, primary_key=True),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
    )
