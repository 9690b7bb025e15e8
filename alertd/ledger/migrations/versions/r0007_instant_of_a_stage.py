"""A delivery says the instant that its stage counts to; of the end of a day, its key says so too.

In an older ledger every reminder counts to the end itself, and `lapsed` to the moment that its own time shows. What
is planned there keeps its place under its new key, and what was sent is not sent again.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000}


def upgrade() -> None:
    """Add the column, fill it, and rename what counts to the end of a day."""
    op.add_column("delivery", sa.Column("at", sa.BigInteger))
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE delivery SET at = ends_at WHERE stage IS NOT NULL"))
    rows = connection.execute(
        sa.text("SELECT id, key, stage, ends_at, due_at FROM delivery WHERE kind = 'lapsed' AND ends_at IS NOT NULL")
    ).all()
    renamed = []
    for row in rows:
        at = row.due_at - _offset(row.stage)
        if at != row.ends_at:
            renamed.append({"id": row.id, "at": at, "old": row.key, "new": _renamed(row.key, at)})
    if renamed:
        connection.execute(sa.text("UPDATE delivery SET at = :at, key = :new WHERE id = :id"), renamed)
        connection.execute(sa.text("UPDATE delivery SET stands_for = :new WHERE stands_for = :old"), renamed)


def _offset(stage: str) -> int:
    """The milliseconds from the end to a stage at or after it: `0`, `+15m`."""
    return 0 if stage == "0" else int(stage[1:-1]) * _UNITS[stage[-1]]


def _renamed(key: str, at: int) -> str:
    """`truce|lapsed|0|END|target` with the instant beside the end."""
    truce, kind, stage, ends_at, rest = key.split("|", 4)
    moment = (_EPOCH + timedelta(milliseconds=at)).isoformat()[:19]
    return "|".join((truce, kind, stage, f"{ends_at}/{moment}Z", rest))
