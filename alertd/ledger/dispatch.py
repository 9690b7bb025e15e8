"""Just before a send: what is still wanted of what was acquired, with all that its message speaks of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection, Integer, and_, bindparam, exists, func, or_, select, update

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Step
from alertd.domain.alert import CHANGES, TIMED, Delivery, Kind
from alertd.domain.notice import Notice, StandIn
from alertd.domain.policy import FRESH_END, Policy
from alertd.domain.quiet import AllQuietHours
from alertd.domain.truce import Truce
from alertd.ledger import acknowledging, rows, schema
from alertd.ledger.acquisition import NOT_DISPATCHED, NOW, TIGHTER, by_step, overtake
from alertd.ledger.ahead import ahead_of
from alertd.ledger.carrying import carried, change_of
from alertd.ledger.escalating import sent_before
from alertd.ledger.prepared import Prepared
from alertd.ledger.quiet import put_back
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import truces_of
from alertd.ledger.untrue import corrected
from alertd.ledger.values import Dispatched

_delivery = schema.delivery
_other = _delivery.alias("other")

_OF_SEND = tuple(
    _delivery.c[name] for name in ("id", "text", "stands_for", "attempts", "possible_repeat", "quiet_until")
)
"""The columns that tell of a send, beside those of the delivery itself."""

_FRESH_SINCE, _FRESH_DAY_SINCE = (
    bindparam(name, type_=schema.UtcMoment) for name in ("fresh_since", "fresh_day_since")
)
_COUNTS_TO = func.coalesce(_delivery.c.at, _delivery.c.ends_at)
"""The end of an alert; of a day, the one of its two ends that the stage counts to."""
_NO_END = _delivery.c.ends_at.is_(None)

_LONGEST_DAY = timedelta(days=3)
"""No day that is an end is longer, by whichever clocks: what begins earlier cannot be fresh, and need not be read."""

_NOT_EARLY = or_(_delivery.c.due_at <= NOW, _delivery.c.kind.not_in(sorted(TIMED)))

_SAID = (
    exists()
    .where(
        _delivery.c.kind == Kind.LAPSED,
        _other.c.truce == _delivery.c.truce,
        _other.c.ends_at == _delivery.c.ends_at,
        _other.c.target == _delivery.c.target,
        _other.c.kind == Kind.LAPSED,
        _other.c.due_at < _delivery.c.due_at,
        _other.c.state + "" == DeliveryState.DELIVERED,  # as unindexed_state
    )
    .correlate(_delivery)
    .label("was_said")
)
"""The target was told of the same lapse before."""

_NO_TRUCE = ""
"""No truce has this id."""

_FREE = or_(_delivery.c.truce.is_(None), _delivery.c.truce.not_in(bindparam("on_their_way", expanding=True)))

_WAITING = tuple(
    Prepared(
        select(*rows.OF_DELIVERY, *_OF_SEND, TIGHTER, _SAID)
        .where(_delivery.c.target == bindparam("target"), NOT_DISPATCHED, _NOT_EARLY, _FREE, part)
        .order_by(_delivery.c.ends_at, _delivery.c.due_at, _delivery.c.id)
        .limit(bindparam("limit", type_=Integer))
    )
    for part in (
        and_(
            _delivery.c.ends_at >= _FRESH_DAY_SINCE,
            or_(_COUNTS_TO >= _FRESH_SINCE, _delivery.c.ends_at >= _FRESH_SINCE),  # a closing comes before the end
        ),
        and_(_delivery.c.ends_at < _FRESH_SINCE, _COUNTS_TO < _FRESH_SINCE),
        and_(_NO_END, _delivery.c.kind != Kind.MISSED),
        and_(_NO_END, _delivery.c.kind == Kind.MISSED),
    )
)
"""The rows acquired for a target, the most urgent first, in parts, so that each comes out of its index in order.

Not what a clock that was ahead has acquired before its moment, but for news, which is told at once.
"""

_HAND_OVER = Prepared(
    update(_delivery)
    .where(
        _delivery.c.id.in_(rows.IDS),
        schema.unindexed_state == DeliveryState.ACQUIRED,
        _delivery.c.dispatched_at.is_(None),
    )
    .values(dispatched_at=bindparam("dispatched_at"), attempts=_delivery.c.attempts + 1)
)


_ORIGINALS = select(_delivery.c.key, _delivery.c.channel, _delivery.c.truce, _delivery.c.about).where(
    _delivery.c.key.in_(rows.IDS)
)


def dispatch(  # noqa: PLR0913  what is asked, and by which rules
    connection: Connection,
    target: str,
    now: datetime,
    policy: Policy,
    limit: int,
    *,
    apart_from: Collection[str | None] | None = None,
    copies: int | None = None,
    in_doubt: bool = False,
    quiet_hours: AllQuietHours = MappingProxyType({}),
) -> tuple[Dispatched, ...]:
    """Dispatch what is still wanted of what was acquired for a target, most urgent first, at most `limit`.

    `apart_from`: the truces that have a message on its way; at most one of each other truce is dispatched, so that none
    overtakes another, and the rest waits. None: any go together.
    `copies`: what stands in for other channels goes together, at most so many; None: it goes like all else.
    What quiet hours overtook while it waited for its worker waits for their end. Empty when nothing is left.
    """
    while found := _waiting(connection, target, now, max(limit, copies or 0), apart_from):
        if put_back(connection, found, now, quiet_hours):
            continue
        steps = by_step(found, now, policy, in_doubt=in_doubt)
        overtake(connection, steps[Step.OVERTAKE], DeliveryState.ACQUIRED, now)
        rows.move(connection, [row.id for row in steps[Step.WAIT]], DeliveryState.ACQUIRED, DeliveryState.PLANNED)
        # What was acquired is promised, however old it has become while it waited for its worker.
        going = {row.id for step in (Step.SEND, Step.MISS) for row in steps[step]}
        if going:
            dispatched = [row for row in found if row.id in going]
            if copies is not None:
                dispatched = _of_one_sort(dispatched, limit, copies)
            return _dispatch_rows(connection, dispatched if apart_from is None else _one_of_each_truce(dispatched), now)
    return ()


def _of_one_sort(found: Sequence[AnyRow], limit: int, copies: int) -> list[AnyRow]:
    """The rows like the first: copies for a fallback, or what is its own; neither hides in a message of the other."""
    is_copy = found[0].stands_for is not None
    return [row for row in found if (row.stands_for is not None) is is_copy][: copies if is_copy else limit]


def _one_of_each_truce(found: Iterable[AnyRow]) -> list[AnyRow]:
    """The first row of each truce; what speaks of none stands alone."""
    first: dict[object, AnyRow] = {}
    for row in found:
        first.setdefault(row.id if row.truce is None else row.truce, row)
    return list(first.values())


def _waiting(
    connection: Connection, target: str, now: datetime, limit: int, apart_from: Collection[str | None] | None
) -> list[AnyRow]:
    """The rows that were acquired for a target and not dispatched, most urgent first.

    The soonest end that lies ahead comes first; then long past ends, what has no end, and last of all summaries.
    """
    fresh_since = now - FRESH_END
    asked: dict[str, object] = {
        "target": target,
        "now": now,
        "fresh_since": fresh_since,
        "fresh_day_since": fresh_since - _LONGEST_DAY,
        "on_their_way": [truce for truce in apart_from or () if truce is not None] or [_NO_TRUCE],
    }
    found: list[AnyRow] = []
    for part in _WAITING:
        if len(found) < limit:
            found += part.all(connection, {**asked, "limit": limit - len(found)})
    return found


def _dispatch_rows(connection: Connection, found: Sequence[AnyRow], now: datetime) -> tuple[Dispatched, ...]:
    for chunk in rows.chunks([row.id for row in found]):
        _HAND_OVER.run(connection, {"ids": chunk, "dispatched_at": now})
    originals = _originals(connection, found)
    truces = truces_of(connection, [*found, *originals.values()])
    ahead = ahead_of(connection, found[0].target, found, truces)
    acknowledged = acknowledging.of_rows(connection, found)
    return tuple(
        _dispatched(connection, row, truces, originals, ahead, acknowledgement=acknowledged.get(row.key))
        for row in found
    )


def _originals(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, AnyRow]:
    """The rows whose places copies take, by their keys."""
    keys = {row.stands_for for row in found if row.stands_for is not None}
    return {
        row.key: row for chunk in rows.chunks(sorted(keys)) for row in connection.execute(_ORIGINALS, {"ids": chunk})
    }


def _dispatched(  # noqa: PLR0913  a row, and all that belongs to it
    connection: Connection,
    row: AnyRow,
    truces: Mapping[str, Truce],
    originals: Mapping[str, AnyRow],
    ahead: Mapping[str, tuple[Delivery, ...]],
    *,
    acknowledgement: Acknowledgement | None,
) -> Dispatched:
    announces, is_copy, told = row.kind in CHANGES, row.stands_for is not None, rows.told_kind(row)
    notice = Notice(
        delivery=rows.to_delivery(row),
        truce=truces.get(row.truce),
        change=change_of(connection, row, told) if told in CHANGES else None,
        earlier=carried(connection, row) if announces else (),
        # A copy is read in the place of another target, whose agenda this one's is not.
        ahead=ahead.get(row.truce) if announces and not is_copy else None,
        corrects=corrected(connection, row) if announces else (),
        text=row.text,
        possible_repeat=row.possible_repeat,
        says_again=row.was_said,
        quiet_until=row.quiet_until,
        acknowledgement=acknowledgement,
        sent_before=() if row.follows is None else sent_before(connection, row),
        stands_in=_stands_in(row, originals.get(row.stands_for), truces),
    )
    return Dispatched(id=row.id, notice=notice, attempts=row.attempts + 1, is_copy=is_copy)


def _stands_in(row: AnyRow, original: AnyRow | None, truces: Mapping[str, Truce]) -> StandIn | None:
    """The place that a copy takes; a line differs from the alert itself in what it is about."""
    if original is None:
        return None
    is_line = row.about != original.about
    return StandIn(channel=original.channel, truce=truces.get(original.truce), is_line=is_line)
