"""Just before a send: what is still wanted of what was acquired, with all that its message speaks of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, and_, bindparam, or_, select, update

from alertd.domain.agenda import Step
from alertd.domain.alert import BY_TIME, CHANGES, Kind
from alertd.domain.notice import Notice
from alertd.domain.policy import FRESH_END, Policy
from alertd.domain.truce import Truce
from alertd.ledger import documents, rows, schema
from alertd.ledger.acquisition import NOT_DISPATCHED, NOW, TIGHTER, by_step, overtake
from alertd.ledger.carrying import carried, change_of
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.values import Dispatched

_delivery = schema.delivery

_FRESH_SINCE = bindparam("fresh_since", type_=schema.UtcMoment)
_NO_END = _delivery.c.ends_at.is_(None)

_NOT_EARLY = or_(_delivery.c.due_at <= NOW, _delivery.c.kind.not_in(sorted(BY_TIME)))

_WAITING = tuple(
    select(_delivery, TIGHTER)
    .where(_delivery.c.target == bindparam("target"), NOT_DISPATCHED, _NOT_EARLY, part)
    .order_by(_delivery.c.ends_at, _delivery.c.due_at, _delivery.c.id)
    .limit(bindparam("limit", type_=Integer))
    for part in (
        _delivery.c.ends_at >= _FRESH_SINCE,
        _delivery.c.ends_at < _FRESH_SINCE,
        and_(_NO_END, _delivery.c.kind != Kind.MISSED),
        and_(_NO_END, _delivery.c.kind == Kind.MISSED),
    )
)
"""The rows acquired for a target, the most urgent first, in parts, so that each comes out of its index in order.

Not what a clock that was ahead has acquired before its moment, but for news, which is told at once.
"""

_HAND_OVER = (
    update(_delivery)
    .where(_delivery.c.id.in_(rows.IDS), NOT_DISPATCHED)
    .values(dispatched_at=bindparam("dispatched_at"), attempts=_delivery.c.attempts + 1)
)

_TRUCES = select(schema.truce.c.id, schema.truce.c.document).where(schema.truce.c.id.in_(rows.IDS))


def dispatch(  # noqa: PLR0913  what is asked, and by which rules
    connection: Connection,
    target: str,
    now: datetime,
    policy: Policy,
    limit: int,
    *,
    apart: bool = False,
    in_doubt: bool = False,
) -> tuple[Dispatched, ...]:
    """Dispatch what is still wanted of what was acquired for a target, most urgent first, at most `limit`.

    `apart`: at most one of each truce, so that none overtakes another on its way; the rest waits for the next time.
    Empty when nothing is left.
    """
    while found := _waiting(connection, target, now, limit):
        steps = by_step(found, now, policy, in_doubt=in_doubt)
        overtake(connection, steps[Step.OVERTAKE], DeliveryState.ACQUIRED, now)
        rows.move(connection, [row.id for row in steps[Step.WAIT]], DeliveryState.ACQUIRED, DeliveryState.PLANNED)
        # What was acquired is promised, however old it has become while it waited for its worker.
        going = {row.id for step in (Step.SEND, Step.MISS) for row in steps[step]}
        if going:
            dispatched = [row for row in found if row.id in going]
            return _dispatch_rows(connection, _one_of_each_truce(dispatched) if apart else dispatched, now)
    return ()


def _one_of_each_truce(found: Iterable[AnyRow]) -> list[AnyRow]:
    """The first row of each truce; what speaks of none stands alone."""
    first: dict[object, AnyRow] = {}
    for row in found:
        first.setdefault(row.id if row.truce is None else row.truce, row)
    return list(first.values())


def _waiting(connection: Connection, target: str, now: datetime, limit: int) -> list[AnyRow]:
    """The rows that were acquired for a target and not dispatched, most urgent first.

    The soonest end that lies ahead comes first; then long past ends, what has no end, and last of all summaries.
    """
    asked = {"target": target, "now": now, "fresh_since": now - FRESH_END}
    found: list[AnyRow] = []
    for part in _WAITING:
        if len(found) < limit:
            found.extend(connection.execute(part, {**asked, "limit": limit - len(found)}))
    return found


def _dispatch_rows(connection: Connection, found: Sequence[AnyRow], now: datetime) -> tuple[Dispatched, ...]:
    for chunk in rows.chunks([row.id for row in found]):
        connection.execute(_HAND_OVER, {"ids": chunk, "dispatched_at": now})
    truces = _truces_of(connection, found)
    return tuple(_dispatched(connection, row, truces) for row in found)


def _truces_of(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, Truce]:
    ids = {row.truce for row in found if row.truce is not None}
    return {
        row.id: documents.load_truce(row.document)
        for chunk in rows.chunks(ids)
        for row in connection.execute(_TRUCES, {"ids": chunk})
    }


def _dispatched(connection: Connection, row: AnyRow, truces: Mapping[str, Truce]) -> Dispatched:
    announces = row.kind in CHANGES
    notice = Notice(
        delivery=rows.to_delivery(row),
        truce=truces.get(row.truce) if row.truce is not None else None,
        change=change_of(connection, row) if announces else None,
        earlier=carried(connection, row) if announces else (),
        text=row.text,
        possible_repeat=row.possible_repeat,
    )
    return Dispatched(id=row.id, notice=notice, attempts=row.attempts + 1, is_copy=row.stands_for is not None)
