"""Quiet hours in the ledger: what came due in those of its channel stays planned, and says until when it waits."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, update

from alertd.domain.alert import Kind, Stage
from alertd.domain.quiet import AllQuietHours
from alertd.ledger import schema
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
    over_at = {target: quiet.over_at(now) for target, quiet in quiet_hours.items()}
    waiting = [
        {"row": row.id, "over_at": over_at[row.target], "why": _WHY}
        for row in found
        if over_at.get(row.target) is not None
        and not quiet_hours[row.target].passes(Kind(row.kind), None if row.stage is None else Stage.parse(row.stage))
    ]
    if waiting:
        connection.execute(_LET_WAIT, waiting)
    return bool(waiting)


def let_go(connection: Connection) -> None:
    """Let nothing wait for quiet hours any more: it is judged anew, as the settings or the clock may have changed."""
    connection.execute(update(_delivery).where(WAITS).values(not_before=None, quiet_until=None, reason=None))
