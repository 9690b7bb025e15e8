"""The ledger keeps the contents that each truce file has had."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is known of what files held before."""
    op.create_table(
        "file_content",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("node", sa.String, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("is_newest", sa.Boolean, nullable=False),
    )
