"""How each target fares, and what was said, as tables of their own.

Health was a sum over all attempts before, which pruning would forget and a large ledger would take long to add up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HEALTH = """
INSERT INTO target (name, channel, last_success, last_failure, failing_since)
SELECT name, channel, last_success, last_failure,
       CASE WHEN last_failure_id > coalesce(last_success_id, 0) THEN last_failure END
FROM (
    SELECT delivery.target AS name,
           max(delivery.channel) AS channel,
           max(CASE WHEN attempt.outcome = 'accepted' THEN attempt.at END) AS last_success,
           max(CASE WHEN attempt.outcome <> 'accepted' THEN attempt.at END) AS last_failure,
           max(CASE WHEN attempt.outcome = 'accepted' THEN attempt.id END) AS last_success_id,
           max(CASE WHEN attempt.outcome <> 'accepted' THEN attempt.id END) AS last_failure_id
    FROM delivery JOIN attempt ON attempt.delivery = delivery.id
    GROUP BY delivery.target
) AS tried
"""


def upgrade() -> None:
    """Make the tables, and fill what the attempts tell."""
    op.create_index("revision_seen", "revision", ["seen_at"])
    op.create_table(
        "message",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("message_sent", "message", ["sent_at"])
    op.create_table(
        "target",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("last_success", sa.BigInteger),
        sa.Column("last_failure", sa.BigInteger),
        sa.Column("failing_since", sa.BigInteger),
    )
    op.execute(_HEALTH)
