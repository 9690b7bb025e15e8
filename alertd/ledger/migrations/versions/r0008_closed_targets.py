"""A target says why its channel could not be opened."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a start fills it."""
    op.add_column("target", sa.Column("closed", sa.Text))
