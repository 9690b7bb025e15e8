"""The words of today: a row that a worker has is acquired, then dispatched; what a restart may take as known has a key.

An older ledger said claimed, handed and basis. No value but the state changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the state, the column and the table, and make the workers' index by the new words."""
    op.drop_index("delivery_claimed", "delivery")
    op.execute("ALTER TABLE delivery RENAME COLUMN handed_at TO dispatched_at")
    op.execute("UPDATE delivery SET state = 'acquired' WHERE state = 'claimed'")
    op.create_index(
        "delivery_acquired",
        "delivery",
        ["target", "dispatched_at", "ends_at", "due_at"],
        sqlite_where=sa.text("state = 'acquired'"),
        postgresql_where=sa.text("state = 'acquired'"),
    )
    op.rename_table("basis", "cache_key")
