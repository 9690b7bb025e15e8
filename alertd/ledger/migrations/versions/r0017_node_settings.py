"""The ledger keeps the settings of the node that was active last, as digests of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; nothing is known of settings before."""
    op.create_table(
        "node_settings",
        sa.Column("part", sa.String, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("node", sa.String, nullable=False),
    )
