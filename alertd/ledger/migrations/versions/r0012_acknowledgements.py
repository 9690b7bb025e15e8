"""The ledger keeps who acknowledged an alert, when, in which way, and with which note."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; in an older alertd nobody could acknowledge."""
    op.create_table(
        "acknowledgement",
        sa.Column("alert", sa.String, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("note", sa.Text),
    )
