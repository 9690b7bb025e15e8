"""Reading the ledger again and again while it changes: figures, and what happened last. Only `close` writes."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection, func, or_, select, update

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import CHANGES
from alertd.ledger import acknowledging, schema
from alertd.ledger.carrying import change_of
from alertd.ledger.queries import to_history
from alertd.ledger.rows import AnyRow, to_delivery, told_kind
from alertd.ledger.states import DeliveryState
from alertd.ledger.upsert import insert_or_update
from alertd.ledger.values import DeliveryDetail, Overdue, SentMessage, Tally, TriedSend

_delivery = schema.delivery
_attempt = schema.attempt

_CLOSE = insert_or_update(schema.target, ["channel", "closed"])

_ENDED = (DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.MISSED)
"""The states of deliveries that ended in a message, in a failure, or as a line of a summary."""


def tallies(connection: Connection) -> tuple[Tally, ...]:
    """The number of deliveries of each channel in each state."""
    query = (
        select(_delivery.c.channel, _delivery.c.state, func.count().label("deliveries"))
        .group_by(_delivery.c.channel, _delivery.c.state)
        .order_by(_delivery.c.channel, _delivery.c.state)
    )
    return tuple(
        Tally(channel=row.channel, state=DeliveryState(row.state), count=row.deliveries)
        for row in connection.execute(query)
    )


def overdue(connection: Connection, now: datetime) -> Mapping[str, Overdue]:
    """The alerts that are due by now and have not gone out, by channel; not what waits for quiet hours."""
    query = (
        select(
            _delivery.c.channel,
            func.count().label("deliveries"),
            func.min(_delivery.c.due_at).label("since"),
            func.max(_delivery.c.reason).label("reason"),
        )
        .where(
            _delivery.c.state.in_((DeliveryState.PLANNED, DeliveryState.ACQUIRED)),
            _delivery.c.due_at <= now,
            or_(_delivery.c.quiet_until.is_(None), _delivery.c.quiet_until <= now),
        )
        .group_by(_delivery.c.channel)
    )
    return {
        row.channel: Overdue(channel=row.channel, count=row.deliveries, since=row.since, reason=row.reason)
        for row in connection.execute(query)
    }


def close(connection: Connection, closed: Mapping[str, tuple[str, str]]) -> None:
    """Keep which targets could not be opened, with their channel and the reason; every other is open."""
    connection.execute(update(schema.target).where(schema.target.c.closed.is_not(None)).values(closed=None))
    for target, (channel, reason) in closed.items():
        connection.execute(_CLOSE, {"name": target, "channel": channel, "closed": reason})


def last_try(connection: Connection) -> int:
    """The number of the newest try; 0 before the first."""
    return connection.scalar(select(func.max(_attempt.c.id))) or 0


def tries(connection: Connection, after: int) -> tuple[TriedSend, ...]:
    """The tries that followed a numbered one: numbers only grow, whatever the clock does."""
    query = (
        select(
            _attempt.c.id,
            _delivery.c.channel,
            _attempt.c.outcome,
            _attempt.c.at,
            _delivery.c.due_at,
            _delivery.c.planned_at,
            _delivery.c.quiet_until,
        )
        .join_from(_attempt, _delivery)
        .where(_attempt.c.id > after)
        .order_by(_attempt.c.id)
    )
    return tuple(
        TriedSend(
            id=row.id,
            channel=row.channel,
            outcome=Verdict(row.outcome),
            at=row.at,
            expected_at=max(row.due_at, row.planned_at, row.quiet_until or row.due_at),
        )
        for row in connection.execute(query)
    )


def revised(connection: Connection) -> Mapping[str, datetime]:
    """The moment at which the newest revision of each truce was seen."""
    query = select(schema.revision.c.truce, func.max(schema.revision.c.seen_at).label("seen_at")).group_by(
        schema.revision.c.truce
    )
    return {row.truce: row.seen_at for row in connection.execute(query)}


def latest(
    connection: Connection, limit: int, *, truce: str | None = None, channel: str | None = None, day: date | None = None
) -> tuple[DeliveryDetail, ...]:
    """The last deliveries that were sent or given up, newest first: all, or of a truce, a channel, a day in UTC."""
    newest: list[AnyRow] = []
    asked = []
    if truce is not None:
        asked.append(_delivery.c.truce == truce)
    if channel is not None:
        asked.append(_delivery.c.channel == channel)
    if day is not None:
        begins = datetime.combine(day, time(), UTC)
        moment = func.coalesce(_delivery.c.settled_at, _delivery.c.due_at)
        asked.append(moment.between(begins, begins + timedelta(days=1, microseconds=-1)))
    for state in _ENDED:  # one by one, so that each comes out of its index
        query = (
            select(_delivery)
            .where(_delivery.c.state == state, *asked)
            .order_by(_delivery.c.due_at.desc(), _delivery.c.id.desc())
            .limit(limit)
        )
        newest.extend(connection.execute(query))
    newest.sort(key=lambda row: (row.settled_at or row.due_at, row.id), reverse=True)
    return _details(connection, newest[:limit])


def of_truce(connection: Connection, truce: str, limit: int) -> tuple[DeliveryDetail, ...]:
    """The newest deliveries of a truce, what lies ahead first; without what was replaced."""
    query = (
        select(_delivery)
        .where(_delivery.c.truce == truce, _delivery.c.state != DeliveryState.SUPERSEDED)
        .order_by(func.coalesce(_delivery.c.settled_at, _delivery.c.due_at).desc(), _delivery.c.id.desc())
        .limit(limit)
    )
    return _details(connection, connection.execute(query).all())


def _details(connection: Connection, found: Sequence[AnyRow]) -> tuple[DeliveryDetail, ...]:
    acknowledged = acknowledging.of_rows(connection, found)
    return tuple(_detail(connection, row, acknowledged.get(row.key)) for row in found)


def _detail(connection: Connection, row: AnyRow, acknowledgement: Acknowledgement | None) -> DeliveryDetail:
    return DeliveryDetail(
        row=to_history(row, acknowledgement),
        delivery=to_delivery(row),
        change=change_of(connection, row, told_kind(row)) if told_kind(row) in CHANGES else None,
        text=row.text,
        message=None if row.message_id is None else _message(connection, row.message_id),
    )


def _message(connection: Connection, message_id: str) -> SentMessage | None:
    table = schema.message
    row = connection.execute(select(table).where(table.c.id == message_id)).one_or_none()
    return None if row is None else SentMessage(id=row.id, title=row.title, text=row.text)
