"""Quiet hours in the ledger: what came due in those of its channel stays planned, and says until when it waits."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypedDict

from sqlalchemy import Connection, and_, bindparam, update

from alertd.domain.alert import Kind, Stage
from alertd.domain.quiet import AllQuietHours
from alertd.ledger import rows, schema
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery

WAITS = and_(
    _delivery.c.state == DeliveryState.PLANNED,
    _delivery.c.not_before.is_not(None),
    _delivery.c.quiet_until.is_not(None),
    _delivery.c.not_before == _delivery.c.quiet_until,
)
"""Waits for the end of quiet hours, and for nothing else."""

_OVER_AT = bindparam("over_at", type_=schema.UtcMoment)

_LET_WAIT = (
    update(_delivery)
    .where(_delivery.c.id == bindparam("row"))
    .values(not_before=_OVER_AT, quiet_until=_OVER_AT, reason=bindparam("why"))
)

_WHY = "it waits for the end of the quiet hours of its channel"


def let_wait(connection: Connection, found: Iterable[AnyRow], now: datetime, quiet_hours: AllQuietHours) -> bool:
    """Let planned rows that are due wait for the end of the quiet hours of their channels; tells if any does."""
    waiting = _waiting(found, now, quiet_hours)
    if waiting:
        connection.execute(_LET_WAIT, waiting)
    return bool(waiting)


def put_back(connection: Connection, found: Iterable[AnyRow], now: datetime, quiet_hours: AllQuietHours) -> bool:
    """Let acquired rows wait for whose worker the quiet hours came first, as `let_wait`."""
    waiting = _waiting(found, now, quiet_hours)
    rows.move(connection, [each["row"] for each in waiting], DeliveryState.ACQUIRED, DeliveryState.PLANNED)
    if waiting:
        connection.execute(_LET_WAIT, waiting)
    return bool(waiting)


class _Waiting(TypedDict):
    """A row that is to wait, as its statement takes it."""

    row: int
    over_at: datetime
    why: str


def _waiting(found: Iterable[AnyRow], now: datetime, quiet_hours: AllQuietHours) -> list[_Waiting]:
    """The rows that the quiet hours of their channels do not let pass now."""
    ends = {target: quiet.over_at(now) for target, quiet in quiet_hours.items()}
    return [
        _Waiting(row=row.id, over_at=over_at, why=_WHY)
        for row in found
        if (over_at := ends.get(row.target)) is not None
        and not quiet_hours[row.target].passes(Kind(row.kind), None if row.stage is None else Stage.parse(row.stage))
    ]


def let_go(connection: Connection) -> None:
    """Let nothing wait for quiet hours any more: it is judged anew, as the settings or the clock may have changed."""
    connection.execute(update(_delivery).where(WAITS).values(not_before=None, quiet_until=None, reason=None))
