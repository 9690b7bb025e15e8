"""After a send: what became of it is written down, an attempt each, and decides what becomes of the delivery.

A restart settles too: what it finds in a channel's hands may have been sent, and nobody can tell.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from alertd.domain.agenda import Verdict
from alertd.domain.alert import TIMED, Delivery
from alertd.domain.escalation import NextStep
from alertd.ledger import acquisition, escalating, rows, schema
from alertd.ledger.carrying import carry
from alertd.ledger.prepared import Prepared
from alertd.ledger.quiet import let_go
from alertd.ledger.rows import AnyRow, replaced_reason
from alertd.ledger.states import DeliveryState
from alertd.ledger.upsert import insert_once, insert_or_update
from alertd.ledger.values import Copy, SentMessage, Settlement, TextDelivery

_delivery = schema.delivery

_LOST_TARGET = "no channel has this target any more"
_STOPPED = "alertd stopped before the outcome was known"

_EXISTING = Prepared(
    select(
        _delivery.c.id,
        _delivery.c.key,
        _delivery.c.channel,
        _delivery.c.target,
        _delivery.c.replaced_by,
        _delivery.c.possible_repeat,
        _delivery.c.kind,
        _delivery.c.due_at,
        _delivery.c.stands_for,
        escalating.IS_ANSWERED,
    ).where(_delivery.c.id.in_(rows.IDS))
)

_SAME = select(_delivery.c.id, _delivery.c.key, _delivery.c.state, _delivery.c.stands_for).where(
    _delivery.c.key.in_(rows.IDS)
)
"""The rows that a fallback's copies would be."""

_APPEND_ATTEMPT = Prepared(insert(schema.attempt).inline())
_KEEP_MESSAGE = Prepared(insert_once(schema.message))

_WORKS, _FAILS = (
    Prepared(insert_or_update(schema.target, ["channel", moment], {"failing_since": failing_since}))
    for moment, failing_since in (
        ("last_success", "NULL"),
        ("last_failure", "coalesce(target.failing_since, excluded.failing_since)"),
    )
)
"""The last success and failure of a target; the first failure of a streak stays until a success ends it."""


def recover(connection: Connection, targets: Collection[str], now: datetime) -> int:
    """Plan again what an earlier run had acquired; gives how much that is.

    What it had dispatched may have been sent, and is marked; the rest was surely not. What the register no
    longer wants, and what is for a target that no channel has any more, is superseded. What waited for quiet hours is
    judged anew, as they may be others now.
    """
    let_go(connection)
    _judge_interrupted(connection, now)
    answered = select(_delivery.c.id).where(_delivery.c.state == DeliveryState.ACQUIRED, escalating.IS_ANSWERED.element)
    escalating.settle_answered(connection, connection.scalars(answered).all(), DeliveryState.ACQUIRED, now)
    _give_up_lost_targets(connection, targets, now)
    acquired = connection.execute(
        select(_delivery.c.id, _delivery.c.replaced_by).where(_delivery.c.state == DeliveryState.ACQUIRED)
    ).all()
    wanted = [row.id for row in acquired if row.replaced_by is None]
    rows.move(connection, wanted, DeliveryState.ACQUIRED, DeliveryState.PLANNED, dispatched_at=None)
    for row in acquired:
        if row.replaced_by is not None:
            _supersede_acquired(connection, [row.id], replaced_reason(row.replaced_by), now)
    return len(wanted)


def _judge_interrupted(connection: Connection, now: datetime) -> None:
    """Write down the sends that a crash cut short, and mark them: nobody can tell whether they arrived."""
    interrupted = connection.scalars(
        select(_delivery.c.id).where(
            _delivery.c.state == DeliveryState.ACQUIRED, _delivery.c.dispatched_at.is_not(None)
        )
    ).all()
    for chunk in rows.chunks(interrupted):
        connection.execute(update(_delivery).where(_delivery.c.id.in_(chunk)).values(possible_repeat=True))
    _append_attempts(connection, [_attempt(row, now, Verdict.UNSURE, None, _STOPPED) for row in interrupted])


def _give_up_lost_targets(connection: Connection, targets: Collection[str], now: datetime) -> None:
    """Supersede what nobody is left to send; what lies ahead is planned again should its target come back."""
    lost = select(_delivery.c.id).where(_delivery.c.target.not_in(targets))
    planned, acquired = (
        connection.scalars(lost.where(_delivery.c.state == state)).all()
        for state in (DeliveryState.PLANNED, DeliveryState.ACQUIRED)
    )
    rows.move(
        connection,
        planned,
        DeliveryState.PLANNED,
        DeliveryState.SUPERSEDED,
        reason=_LOST_TARGET,
        settled_at=now,
    )
    _supersede_acquired(connection, acquired, _LOST_TARGET, now)


def _supersede_acquired(connection: Connection, ids: Sequence[int], reason: str, now: datetime) -> None:
    rows.move(
        connection,
        ids,
        DeliveryState.ACQUIRED,
        DeliveryState.SUPERSEDED,
        dispatched_at=None,
        reason=reason,
        settled_at=now,
    )
    carry(connection, ids)


def settle(
    connection: Connection,
    settlements: Sequence[Settlement],
    now: datetime,
    *,
    notices: Sequence[TextDelivery] = (),
    sent_messages: Sequence[SentMessage] = (),
) -> None:
    """Write down what became of sends: an attempt for each delivery, its next state, and copies to the fallback.

    The sends come in the order in which they ended. `notices` are the ops notices about them, and `sent_messages` the
    messages that may have been taken.
    """
    ids = [settlement.id for settlement in settlements]
    found = {row.id: row for chunk in rows.chunks(ids) for row in _EXISTING.all(connection, {"ids": chunk})}
    outcomes: dict[DeliveryState, list[dict[str, object]]] = defaultdict(list)
    superseded = list[int]()
    following = list[NextStep]()
    for settlement in settlements:
        state, values = _outcome(settlement, found[settlement.id], now)
        outcomes[state].append(values)
        if state is settlement.next_state and found[settlement.id].replaced_by is None:
            following += settlement.next_steps
        if state is DeliveryState.SUPERSEDED:
            superseded.append(settlement.id)
    for state, values_of_each in outcomes.items():
        rows.move_each(connection, values_of_each, DeliveryState.ACQUIRED, state)
    carry(connection, superseded)
    _append_attempts(connection, [_attempt_of(settlement, now) for settlement in settlements])
    _note_health(connection, settlements, found, now)
    copies = [
        (copy, found[settlement.id].key)
        for settlement in settlements
        if found[settlement.id].replaced_by is None  # nobody is to be told of an end that was replaced
        for copy in settlement.copies
    ]
    _copy(connection, copies, now)
    if following:
        escalating.plan_steps(connection, following, now)
    acquisition.enqueue(connection, notices, now)
    messages = [
        {"id": message.id, "sent_at": now, "title": message.title, "text": message.text} for message in sent_messages
    ]
    if messages:
        _KEEP_MESSAGE.run_each(connection, messages)


def _note_health(
    connection: Connection, settlements: Sequence[Settlement], found: Mapping[int, AnyRow], now: datetime
) -> None:
    """Keep the last success and failure of each target. Of several sends the last one decides if a streak goes on."""
    if not settlements:
        return
    works = settlements[-1].outcome is Verdict.ACCEPTED
    for accepted in (not works, works):
        tried = {
            found[settlement.id].target: found[settlement.id].channel
            for settlement in settlements
            if (settlement.outcome is Verdict.ACCEPTED) is accepted
        }
        fields = (
            {"last_success": now, "failing_since": None} if accepted else {"last_failure": now, "failing_since": now}
        )
        if tried:
            forms = [{"name": name, "channel": channel, **fields} for name, channel in tried.items()]
            (_WORKS if accepted else _FAILS).run_each(connection, forms)


def _copy(connection: Connection, copies: Sequence[tuple[Copy, str]], now: datetime) -> None:
    """Tell the fallback once, with one line alone where it gets that alert anyway.

    What it was to get, and then was not, it gets after all.
    """
    keys = [copy.alert.delivery.key for copy, _ in copies]
    found = {row.key: row for chunk in rows.chunks(keys) for row in connection.execute(_SAME, {"ids": chunk})}
    new, back, told = list[rows.NewRow](), list[dict[str, object]](), list[Delivery]()
    for copy, key in copies:
        row = found.get(copy.alert.delivery.key)
        if row is not None and row.state == DeliveryState.SUPERSEDED:
            back.append({"row": row.id, "text": copy.alert.text, "stands_for": key, **rows.NOT_REPLACED})
            continue
        delivery = copy.alert if row is None or row.stands_for == key else copy.line
        new.append(rows.new_row(delivery.delivery, now, text=delivery.text, stands_for=key))
        told.append(delivery.delivery)
    rows.insert_new(connection, new)
    rows.mark_steps(connection, told)
    rows.move_each(connection, back, DeliveryState.SUPERSEDED, DeliveryState.PLANNED)


def _outcome(settlement: Settlement, row: AnyRow, now: datetime) -> tuple[DeliveryState, dict[str, object]]:
    """The state that a delivery goes to, and its columns; what was replaced meanwhile is not tried again.

    What a clock that was ahead let go out, and that ends before its moment, is told again when that comes.
    """
    state, reason, repeats = settlement.next_state, settlement.reason, settlement.possible_repeat
    if state is DeliveryState.PLANNED and row.replaced_by is not None:
        state, reason = DeliveryState.SUPERSEDED, replaced_reason(row.replaced_by)
    elif state is DeliveryState.PLANNED and row.is_answered:
        state, reason = DeliveryState.ACKNOWLEDGED, escalating.ANSWERED
    elif state in rows.SETTLED and row.replaced_by is None and _is_early(row, now):
        repeats = repeats or state is DeliveryState.DELIVERED
        state, reason = DeliveryState.PLANNED, rows.CLOCK_WAS_AHEAD
    again = state is DeliveryState.PLANNED
    return state, {
        "row": settlement.id,
        "dispatched_at": None,
        "not_before": settlement.not_before if again and settlement.next_state is state else None,
        "possible_repeat": row.possible_repeat or repeats,
        "reason": reason,
        "message_id": settlement.message_id,
        "settled_at": None if again else now,
    }


def _is_early(row: AnyRow, now: datetime) -> bool:
    return row.kind in TIMED and row.stands_for is None and row.due_at > now


def _attempt_of(settlement: Settlement, now: datetime) -> dict[str, object]:
    return _attempt(settlement.id, now, settlement.outcome, settlement.took, settlement.detail)


def _attempt(
    delivery: int, now: datetime, outcome: Verdict, took: timedelta | None, detail: str | None
) -> dict[str, object]:
    return {
        "delivery": delivery,
        "at": now,
        "outcome": outcome.value,
        "took_ms": None if took is None else took // timedelta(milliseconds=1),
        "detail": detail,
    }


def _append_attempts(connection: Connection, attempts: Iterable[dict[str, object]]) -> None:
    for chunk in rows.chunks(attempts):
        _APPEND_ATTEMPT.run_each(connection, chunk)
