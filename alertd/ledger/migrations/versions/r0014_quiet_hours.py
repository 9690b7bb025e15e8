"""A delivery says up to which moment it waited for the quiet hours of its channel."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; an older alertd knew no quiet hours."""
    op.add_column("delivery", sa.Column("quiet_until", sa.BigInteger))
