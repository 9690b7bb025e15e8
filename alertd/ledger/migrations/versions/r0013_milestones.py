"""A delivery says which milestone it speaks of."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an older alertd knew no milestones."""
    op.add_column("delivery", sa.Column("milestone", sa.String))
