"""From the agenda to the workers: what is due is acquired, is overtaken, or becomes a line of a summary.

What is acquired and not dispatched was surely not sent; the way from there stands in `dispatch`.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from types import MappingProxyType

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    text,
    update,
)

from alertd.domain.agenda import CERTAIN, Step, next_step
from alertd.domain.alert import LADDER, STAGED, Delivery, Kind, short_id
from alertd.domain.escalation import OffDuty, nobody_is_off
from alertd.domain.policy import BATCH, SUMMARY_LENGTH, Policy
from alertd.domain.quiet import AllQuietHours
from alertd.domain.truce import Truce
from alertd.ledger import queries, rows, schema
from alertd.ledger.off_duty import bring_back, leave_out
from alertd.ledger.prepared import Prepared
from alertd.ledger.quiet import let_wait
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import coinciding
from alertd.ledger.values import Acquired, TextDelivery
from alertd.times.formats import show_utc

_delivery = schema.delivery
_other = _delivery.alias("other")

NOT_DISPATCHED = and_(text("delivery.state = 'acquired'"), _delivery.c.dispatched_at.is_(None))
"""Acquired, and surely not sent."""

_OVERTAKEN_REASON = "a later stage of the same end or start was due as well"

NOW = bindparam("now", type_=schema.UtcMoment)
"""The moment of a call, in statements that are built once: building one takes longer than running it."""


TIGHTER = (
    exists()
    .where(
        _delivery.c.kind.in_(sorted(STAGED)),
        _other.c.truce == _delivery.c.truce,
        _other.c.ends_at.is_not_distinct_from(_delivery.c.ends_at),
        _other.c.milestone.is_not_distinct_from(_delivery.c.milestone),
        _other.c.target == _delivery.c.target,
        or_(
            and_(
                _delivery.c.kind.in_(sorted(LADDER)),
                _other.c.kind.in_(sorted(LADDER)),
                schema.is_of_window(_other).is_(False),
                schema.is_of_window(_delivery).is_(False),
            ),
            and_(_other.c.kind == _delivery.c.kind, _other.c.at == _delivery.c.at),
        ),
        _other.c.due_at > _delivery.c.due_at,
        _other.c.due_at <= NOW,
        _other.c.state != DeliveryState.SUPERSEDED,
        or_(_other.c.quiet_until.is_(None), _other.c.quiet_until <= NOW),
    )
    .correlate(_delivery)
    .label("tighter")
)
"""A later stage of the same end, start, closing or milestone has come due for the same target, whatever became of it.

One that the register no longer wants does not count, nor does one that waits for the end of quiet hours.
"""

_PLANNED = _delivery.c.state == DeliveryState.PLANNED


def _due(*conditions: ColumnElement[bool]) -> Prepared:
    due_by_now = (
        _PLANNED,
        _delivery.c.due_at <= NOW,
        or_(_delivery.c.not_before.is_(None), _delivery.c.not_before <= NOW),
    )
    return Prepared(
        select(_delivery, TIGHTER)
        .where(*due_by_now, *conditions)
        .order_by(_delivery.c.due_at, _delivery.c.id)
        .limit(BATCH)
    )


_DUE = _due()
_OF_KINDS = _delivery.c.kind.in_(bindparam("kinds", expanding=True))
_DUE_OF_KINDS = _due(_OF_KINDS)
_DUE_IN_DOUBT = _due(
    _OF_KINDS,
    _delivery.c.due_at >= bindparam("since", type_=schema.UtcMoment),
    ~TIGHTER.element,
)

_GROWING = tuple(
    select(_delivery.c.id, _delivery.c.target, _delivery.c.key).where(
        waits,
        _delivery.c.kind == Kind.MISSED,
        _delivery.c.attempts == 0,
        _delivery.c.stands_for.is_(None),
        func.length(_delivery.c.text) < bindparam("longest"),
    )
    for waits in (and_(_PLANNED, _delivery.c.due_at <= NOW), NOT_DISPATCHED)
)
"""The summaries that nobody was given yet: what else is found too old is added to them."""

_ADD_LINES = (
    update(_delivery)
    .where(_delivery.c.id == bindparam("row"))
    .values(text=_delivery.c.text + "\n" + bindparam("lines"))
)

_TARGETS_WITH_WORK = select(_delivery.c.target).where(NOT_DISPATCHED).distinct().order_by(_delivery.c.target)

# When something planned may next be acquired; asked apart, so that each half walks an index.
_NEXT_FRESH = (
    select(_delivery.c.due_at).where(_PLANNED, _delivery.c.not_before.is_(None)).order_by(_delivery.c.due_at).limit(1)
)
_NEXT_WAITING = select(
    func.min(case((_delivery.c.not_before > _delivery.c.due_at, _delivery.c.not_before), else_=_delivery.c.due_at))
).where(_PLANNED, _delivery.c.not_before.is_not(None))


ShowsMoment = Callable[[Truce | None, datetime], str]
"""The words for a moment of a truce; None for one that the ledger does not know any more."""


def _shown(_: Truce | None, moment: datetime) -> str:
    return show_utc(moment)


@dataclass(frozen=True, slots=True)
class _SummaryWords:
    """The words of a summary."""

    named: Callable[[Truce], str]
    shown_end: ShowsMoment
    shown: ShowsMoment


def enqueue(connection: Connection, deliveries: Iterable[TextDelivery], now: datetime) -> None:
    """Put deliveries that bring their own text on the agenda, each key once."""
    rows.insert_new(connection, (rows.new_row(notice.delivery, now, text=notice.text) for notice in deliveries))


def next_due(connection: Connection, after: datetime | None = None) -> datetime | None:
    """The earliest moment, or the earliest after another, at which a planned delivery may be acquired."""
    if after is None:
        fresh, waiting = connection.scalar(_NEXT_FRESH), connection.scalar(_NEXT_WAITING)
    else:
        fresh = connection.scalar(_NEXT_FRESH.where(_delivery.c.due_at > after))
        waiting = connection.scalar(_NEXT_WAITING.where(_delivery.c.not_before > after))
    return min((moment for moment in (fresh, waiting) if moment is not None), default=None)


def acquire(  # noqa: PLR0913  a moment, its rules, and how truces are called
    connection: Connection,
    now: datetime,
    policy: Policy,
    kinds: Collection[Kind] = tuple(Kind),
    *,
    in_doubt: bool = False,
    quiet_hours: AllQuietHours = MappingProxyType({}),
    is_off_duty: OffDuty = nobody_is_off,
    named: Callable[[Truce], str] = attrgetter("id"),
    shown_end: ShowsMoment = _shown,
    shown: ShowsMoment = _shown,
) -> Acquired:
    """Acquire what is due and wanted of these kinds, at most a batch of it, and name the targets that have work.

    A step of an escalation to somebody off duty is left out, but by a clock in doubt, which does not know who that is.
    What waits for the end of quiet hours stays planned, and neither overtakes nor delays what passes.
    A `next_due` that is still past says that there is more. By a clock in doubt, what is too old, what a later stage
    overtakes and what declares an end stays planned. A summary of what is too old waits until nothing else is due, so
    that it delays nothing; it calls each truce as `named` does, and shows its moments as the other two do.
    """
    values: dict[str, object] = {"now": now}
    due = _DUE
    if in_doubt:
        due, values = (
            _DUE_IN_DOUBT,
            {**values, "kinds": sorted(CERTAIN.intersection(kinds)), "since": now - policy.catch_up},
        )
    elif len(kinds) < len(Kind):
        due, values = _DUE_OF_KINDS, {**values, "kinds": list(kinds)}
    found = due.all(connection, values)
    while let_wait(connection, found, now, quiet_hours) or (
        not in_doubt and bring_back(connection, found, is_off_duty)
    ):
        found = due.all(connection, values)
    unsaid = coinciding(connection, found)
    off_duty = frozenset() if in_doubt else leave_out(connection, found, now, is_off_duty)
    steps = by_step(
        (row for row in found if row.id not in unsaid and row.id not in off_duty), now, policy, in_doubt=in_doubt
    )
    to_send = [row.id for row in steps[Step.SEND]]
    rows.move(connection, to_send, DeliveryState.PLANNED, DeliveryState.ACQUIRED, not_before=None)
    overtake(connection, steps[Step.OVERTAKE], DeliveryState.PLANNED, now)
    if not in_doubt:
        _leave_unsaid(connection, unsaid, now)
    new = _sum_up(connection, steps[Step.MISS], now, _SummaryWords(named, shown_end, shown))
    if due is _DUE and len(found) < BATCH:
        rows.move(connection, new, DeliveryState.PLANNED, DeliveryState.ACQUIRED)
    return Acquired(
        targets=tuple(connection.scalars(_TARGETS_WITH_WORK)),
        acquired=len(to_send),
        overtaken=len(steps[Step.OVERTAKE]) + (0 if in_doubt else len(unsaid)),
        missed=len(steps[Step.MISS]),
    )


def by_step(
    found: Iterable[AnyRow], now: datetime, policy: Policy, *, in_doubt: bool
) -> defaultdict[Step, list[AnyRow]]:
    """Rows that are due, queried together with `TIGHTER`, by their next step."""
    steps: defaultdict[Step, list[AnyRow]] = defaultdict(list)
    for row in found:
        step = next_step(Kind(row.kind), row.due_at, now, policy, is_overtaken=row.tighter, in_doubt=in_doubt)
        steps[step].append(row)
    return steps


def overtake(connection: Connection, found: Iterable[AnyRow], source: DeliveryState, now: datetime) -> None:
    """Settle rows that a later stage overtakes."""
    ids = [row.id for row in found]
    rows.move(connection, ids, source, DeliveryState.OVERTAKEN, reason=_OVERTAKEN_REASON, settled_at=now)


def _leave_unsaid(connection: Connection, unsaid: Mapping[int, str], now: datetime) -> None:
    """Settle planned rows that say nothing new, each for its reason."""
    settled = [{"row": row_id, "reason": reason, "settled_at": now} for row_id, reason in unsaid.items()]
    rows.move_each(connection, settled, DeliveryState.PLANNED, DeliveryState.OVERTAKEN)


def _sum_up(connection: Connection, missed: Sequence[AnyRow], now: datetime, words: _SummaryWords) -> list[int]:
    """Put what is too old to be said alone into one summary a target; gives the summaries that are new, planned."""
    by_target: dict[str, list[AnyRow]] = defaultdict(list)
    for row in missed:
        by_target[row.target].append(row)
    if not missed:
        return []
    growing = _growing(connection, {row.id for row in missed}, now)
    known = queries.truces(connection, {row.truce for row in missed if row.truce is not None})
    new = list[int]()
    for target, old in by_target.items():
        lines = "\n".join(_line(row, known[row.truce].truce if row.truce in known else None, words) for row in old)
        if target in growing:
            row_id, short_id = growing[target]
            connection.execute(_ADD_LINES, {"row": row_id, "lines": lines})
        else:
            summary = _summary(old[0], now)
            short_id = summary.short_id
            rows.insert_new(connection, [rows.new_row(summary, now, text=lines)])
            new += connection.scalars(select(_delivery.c.id).where(_delivery.c.key == summary.key))
        rows.move(
            connection,
            [row.id for row in old],
            DeliveryState.PLANNED,
            DeliveryState.MISSED,
            reason=f"overdue for too long; it stands in the summary {short_id}",
            settled_at=now,
        )
    return new


def _growing(connection: Connection, missed: Collection[int], now: datetime) -> dict[str, tuple[int, str]]:
    """The summary of each target that may grow, and its short id; one that is itself too old may not."""
    asked = {"now": now, "longest": SUMMARY_LENGTH}
    found = (row for half in _GROWING for row in connection.execute(half, asked))
    return {row.target: (row.id, short_id(row.key)) for row in found if row.id not in missed}


def _summary(first: AnyRow, now: datetime) -> Delivery:
    """A summary for a target; the first row tells it from another of the same second."""
    return Delivery.truceless(
        Kind.MISSED, now, channel=first.channel, target=first.target, about=f"from delivery {first.id}"
    )


def _line(row: AnyRow, truce: Truce | None, words: _SummaryWords) -> str:
    """A missed delivery in a summary; one that brings its own text keeps it, beside what it is about."""
    if row.truce is None:
        return str(row.text)
    name = row.truce if truce is None else words.named(truce)
    what = " ".join(part for part in (name, row.kind, row.milestone, row.stage) if part is not None)
    end = f", end {words.shown_end(truce, row.ends_at)}" if row.ends_at is not None else ""
    own = f" ({' / '.join(row.text.splitlines())})" if row.text is not None else ""
    repeat = ", possible repeat" if row.possible_repeat else ""
    return f"{what}{end}, was due {words.shown(truce, row.due_at)}{repeat}{own}"
