"""The ledger holds what comes next of each plan, and knows from when on the rest is still to be written down."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; an older alertd wrote down whole plans, and looked at a truce for its reviews alone."""
    op.add_column("truce", sa.Column("rest_from", sa.BigInteger))
    op.add_column("truce", sa.Column("is_asked_about", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute("UPDATE truce SET is_asked_about = look_at IS NOT NULL")
    op.create_index("truce_rest", "truce", ["rest_from"], sqlite_where=sa.text("rest_from IS NOT NULL"))
