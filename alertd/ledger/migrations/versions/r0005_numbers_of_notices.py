"""Notices about one target are numbered, so that several within one second have keys of their own.

An older ledger has none: its notices keep their keys, and the next one begins with number one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty."""
    op.add_column("delivery", sa.Column("number", sa.Integer))
