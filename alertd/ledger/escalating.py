"""The steps of escalations: planned when the step before is settled, called off when enough people have answered."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, select, update

from alertd.domain.alert import Delivery, Kind, alert_key
from alertd.domain.escalation import NextStep
from alertd.domain.notice import Sent
from alertd.domain.truce import Truce, is_closed
from alertd.ledger import off_duty, rows, schema
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import is_in_force, truces_of

_delivery = schema.delivery

_GIVEN = (
    select(func.count())
    .select_from(schema.acknowledgement)
    .where(schema.acknowledgement.c.alert == _delivery.c.follows)
    .correlate(_delivery)
    .scalar_subquery()
)

IS_ANSWERED = and_(_delivery.c.follows.is_not(None), _delivery.c.people <= _GIVEN).label("is_answered")
"""A step of an escalation whose alert as many people have acknowledged as it asks for."""

ANSWERED = "the alert that it follows was acknowledged"

_OPEN = (DeliveryState.PLANNED, DeliveryState.ACQUIRED, DeliveryState.DELIVERED)

_IS_OPEN = select(_delivery.c.id).where(_delivery.c.key.in_(rows.IDS), _delivery.c.state.in_(_OPEN)).limit(1)

_STANDING = select(
    _delivery.c.id, _delivery.c.key, _delivery.c.state, _delivery.c.attempts, _delivery.c.due_at, _delivery.c.reason
).where(_delivery.c.key.in_(rows.IDS))

_SOONER = update(_delivery).where(_delivery.c.id == bindparam("row")).values(due_at=bindparam("sooner"))

_ACKNOWLEDGED_BY = select(schema.acknowledgement.c.alert, func.count().label("people")).where(
    schema.acknowledgement.c.alert.in_(rows.IDS)
)

_FIRST_FOLLOWING = 2
"""The number of the step after the alert itself."""

_UNDER_WAY = (
    select(_delivery.c.id)
    .where(
        _delivery.c.follows.in_(rows.IDS),
        _delivery.c.escalation == bindparam("escalation"),
        _delivery.c.state.in_((DeliveryState.PLANNED, DeliveryState.ACQUIRED)),
    )
    .limit(1)
)

_STEPS = select(_delivery).where(_delivery.c.follows.in_(rows.IDS)).order_by(_delivery.c.id)

_UNANSWERED = (
    select(_delivery)
    .where(
        _delivery.c.follows.is_not(None),
        _delivery.c.planned_at > bindparam("since", type_=schema.UtcMoment),
        _delivery.c.state.in_((*_OPEN, DeliveryState.FAILED)),
        ~IS_ANSWERED.element,
    )
    .order_by(_delivery.c.id)
)

_OF_KIND = (
    select(_delivery)
    .where(_delivery.c.truce.is_not_distinct_from(bindparam("truce")), _delivery.c.kind == bindparam("kind"))
    .order_by(_delivery.c.id)
)


def plan_steps(connection: Connection, following: Iterable[NextStep], now: datetime) -> None:
    """Put the next steps on the agenda, each once, but for those whose alert was answered.

    A step that stands there already comes no later than either asks for: a channel may be taken for dead first, and
    fail for good then. A lapse that is said again begins no second chain where the first goes on or was answered.
    """
    steps = dict[str, Delivery]()
    for each in following:
        if each.unless and connection.scalar(_IS_OPEN, {"ids": each.unless}) is not None:
            continue
        for step in each.deliveries:
            other = steps.setdefault(step.key, step)
            steps[step.key] = min(step, other, key=lambda delivery: delivery.due_at)
    people = _people(connection, {step.follows.alert for step in steps.values() if step.follows is not None})
    wanted = [
        step for step in steps.values() if step.follows and people.get(step.follows.alert, 0) < step.follows.people
    ]
    standing = _standing(connection, wanted)
    new = [step for step in wanted if step.key not in standing and not _is_said_again(connection, step)]
    rows.insert_new(connection, (rows.new_row(step, now) for step in new))
    rows.mark_steps(connection, new)
    _bring_forward(connection, [(step, standing[step.key]) for step in wanted if step.key in standing])


def _bring_forward(connection: Connection, standing: Sequence[tuple[Delivery, AnyRow]]) -> None:
    for step, row in standing:
        if row.state == DeliveryState.SUPERSEDED and row.reason != off_duty.REASON:
            back = {**rows.NOT_REPLACED, "due_at": step.due_at}
            rows.move(connection, [row.id], DeliveryState.SUPERSEDED, DeliveryState.PLANNED, **back)
        elif row.state == DeliveryState.PLANNED and not row.attempts and step.due_at < row.due_at:
            connection.execute(_SOONER, {"row": row.id, "sooner": step.due_at})


def _is_said_again(connection: Connection, step: Delivery) -> bool:
    """True for the first step after a lapse that was told before, where that is still followed, or was answered."""
    follows = step.follows
    if follows is None or follows.step != _FIRST_FOLLOWING or follows.kind is not Kind.LAPSED:
        return False
    before = said_with(connection, follows.alert, step.truce, step.ends_at) - {follows.alert}
    if any(people >= follows.people for people in _people(connection, before).values()):
        return True
    under_way = {"ids": list(before), "escalation": follows.escalation}
    return connection.scalar(_UNDER_WAY, under_way) is not None


def said_with(connection: Connection, alert: str, truce: str | None, ends_at: datetime | None) -> frozenset[str]:
    """The alerts that are acknowledged together with one: a lapse each time that it is said, any other alert alone."""
    if Kind(alert.split("|")[1]) is not Kind.LAPSED:
        return frozenset({alert})
    lapsed = connection.execute(_OF_KIND, {"truce": truce, "kind": Kind.LAPSED})
    return frozenset({alert, *(alert_key(row.key, row.target) for row in lapsed if row.ends_at == ends_at)})


def _people(connection: Connection, alerts: Collection[str]) -> Mapping[str, int]:
    """The number of people that have acknowledged each alert, of those that somebody has."""
    query = _ACKNOWLEDGED_BY.group_by(schema.acknowledgement.c.alert)
    return {row.alert: row.people for chunk in rows.chunks(alerts) for row in connection.execute(query, {"ids": chunk})}


def _standing(connection: Connection, steps: Sequence[Delivery]) -> Mapping[str, AnyRow]:
    keys = [step.key for step in steps]
    return {row.key: row for chunk in rows.chunks(keys) for row in connection.execute(_STANDING, {"ids": chunk})}


def call_off(connection: Connection, alerts: Collection[str], now: datetime) -> tuple[Delivery, ...]:
    """Settle the steps that follow alerts, as far as enough people have answered; gives those that are called off.

    What a channel has at this moment may go out; it is not tried again.
    """
    answered = connection.execute(select(_delivery).where(_delivery.c.follows.in_(alerts), IS_ANSWERED.element)).all()
    called_off = list[AnyRow]()
    for source in (DeliveryState.PLANNED, DeliveryState.ACQUIRED):
        found = [row for row in answered if row.state == source and row.dispatched_at is None]
        settle_answered(connection, [row.id for row in found], source, now)
        called_off += found
    return tuple(map(rows.to_delivery, called_off))


def settle_answered(connection: Connection, ids: Sequence[int], source: DeliveryState, now: datetime) -> None:
    """Settle steps that are not needed any more."""
    values = {"dispatched_at": None, "reason": ANSWERED, "settled_at": now}
    rows.move(connection, ids, source, DeliveryState.ACKNOWLEDGED, **values)


def settle_if_answered(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Settle those planned steps whose alerts were acknowledged while they were taken back."""
    for chunk in rows.chunks(ids):
        query = select(_delivery.c.id).where(_delivery.c.id.in_(chunk), IS_ANSWERED.element)
        settle_answered(connection, connection.scalars(query).all(), DeliveryState.PLANNED, now)


def steps_of(connection: Connection, alerts: Collection[str]) -> Sequence[AnyRow]:
    """The rows of all steps that follow any of some alerts."""
    return connection.execute(_STEPS, {"ids": list(alerts)}).all()


def unanswered_since(connection: Connection, since: datetime) -> tuple[tuple[Delivery, Truce | None], ...]:
    """The alerts that went along an escalation after a moment and that nobody has answered: a step of each.

    Not those of an end that is in force no more.
    """
    found = connection.execute(_UNANSWERED, {"since": since}).all()
    truces = truces_of(connection, found)
    last = {row.follows: row for row in found if _still_stands(row, truces.get(row.truce))}
    return tuple((rows.to_delivery(row), truces.get(row.truce)) for row in last.values())


def _still_stands(row: AnyRow, truce: Truce | None) -> bool:
    return is_in_force(row, truce) and not (truce is not None and is_closed(truce))


def rows_of(connection: Connection, truce: str | None, alert: str) -> list[AnyRow]:
    """The rows of an alert itself, one for each of its targets."""
    kind = alert.split("|")[1]
    found = connection.execute(_OF_KIND, {"truce": truce, "kind": kind})
    return [row for row in found if alert_key(row.key, row.target) == alert]


def sent_before(connection: Connection, row: AnyRow) -> tuple[Sent, ...]:
    """The targets that were told before a step, of the alert itself or by a step of the same escalation, in order."""
    steps = [
        each
        for each in steps_of(connection, [row.follows])
        if each.escalation == row.escalation and each.step != row.step
    ]
    tried = [
        each for each in (*rows_of(connection, row.truce, row.follows), *steps) if each.attempts and each.id != row.id
    ]
    ordered = sorted(tried, key=lambda each: (each.step or 0, each.settled_at or row.due_at))
    return tuple(
        Sent(target=each.target, at=each.settled_at if each.state == DeliveryState.DELIVERED else None)
        for each in ordered
    )


def told_of(steps: Iterable[AnyRow]) -> dict[str, str]:
    """The channels of the targets that a step was sent to, or may have been, by target."""
    return {row.target: row.channel for row in steps if row.attempts}
