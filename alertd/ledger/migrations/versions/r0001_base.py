"""The first ledger.

Types are spelled out: a step must stay what it was when the code around it has moved on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the four tables."""
    _create_truce()
    _create_revision()
    _create_delivery()
    _create_attempt()


def _create_truce() -> None:
    op.create_table(
        "truce",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("expiry", sa.BigInteger),
        sa.Column("standing", sa.String(16), nullable=False),
        sa.Column("file", sa.String, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
    )


def _create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("truce", sa.String, sa.ForeignKey("truce.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("truce", sa.String),
        sa.Column("revision", sa.Integer),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("ends_at", sa.BigInteger),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("target", sa.String, nullable=False),
        sa.Column("about", sa.String),
        sa.Column("text", sa.Text),
        sa.Column("stands_for", sa.String),
        sa.Column("replaced_by", sa.Integer),
        sa.Column("planned_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("not_before", sa.BigInteger),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("possible_repeat", sa.Boolean, nullable=False),
        sa.Column("handed_at", sa.BigInteger),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
        sa.Column("message_id", sa.String),
    )
    op.create_index("delivery_agenda", "delivery", ["state", "due_at"])
    op.create_index("delivery_truce", "delivery", ["truce", "ends_at"])
    op.create_index("delivery_worker", "delivery", ["state", "target", "handed_at", "ends_at", "due_at"])
    op.create_index(
        "delivery_waiting",
        "delivery",
        ["state", "not_before"],
        sqlite_where=sa.text("not_before IS NOT NULL"),
        postgresql_where=sa.text("not_before IS NOT NULL"),
    )


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("delivery", _ROW_ID, sa.ForeignKey("delivery.id"), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("took_ms", sa.Integer),
        sa.Column("detail", sa.Text),
    )
    op.create_index("attempt_delivery", "attempt", ["delivery"])
