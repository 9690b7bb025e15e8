"""Reading the ledger for people: what is known, what comes next, what became of it all. Nothing here writes."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from alertd.domain.alert import Delivery
from alertd.ledger import documents, rows, schema
from alertd.ledger.records import ChangeSeen, ChannelHealth, HistoryRow, KnownTruce, TruceStanding
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery


def truces(connection: Connection, ids: Collection[str] | None) -> dict[str, KnownTruce]:
    """The truces of these ids, or all ever recorded, by their ids, in their latest form."""
    query = select(schema.truce).order_by(schema.truce.c.id)
    if ids is None:
        return _known(connection.execute(query))
    chunks = rows.chunks(sorted(ids))
    return {
        truce: known
        for chunk in chunks
        for truce, known in _known(connection.execute(query.where(schema.truce.c.id.in_(chunk)))).items()
    }


def _known(found: Iterable[AnyRow]) -> dict[str, KnownTruce]:
    return {
        row.id: KnownTruce(
            truce=documents.load_truce(row.document),
            revision=row.revision,
            digest=row.digest,
            standing=TruceStanding(row.standing),
            file=row.file,
            line=row.line,
        )
        for row in found
    }


def upcoming(connection: Connection, limit: int) -> tuple[Delivery, ...]:
    """The next planned deliveries, in the order of plans."""
    query = (
        select(_delivery)
        .where(_delivery.c.state == DeliveryState.PLANNED)
        .order_by(
            _delivery.c.due_at,
            _delivery.c.ends_at.asc().nulls_first(),
            _delivery.c.truce.asc().nulls_first(),
            _delivery.c.kind,
            _delivery.c.stage.asc().nulls_first(),
            _delivery.c.channel,
            _delivery.c.target,
        )
        .limit(limit)
    )
    return tuple(map(rows.to_delivery, connection.execute(query)))


def history(
    connection: Connection, *, truce: str | None, channel: str | None, since: datetime | None
) -> tuple[HistoryRow, ...]:
    """The deliveries of a truce, of a channel, and since a moment: when they were settled, else when they are due."""
    moment = func.coalesce(_delivery.c.settled_at, _delivery.c.due_at)
    query = select(_delivery).order_by(moment, _delivery.c.id)
    if truce is not None:
        query = query.where(_delivery.c.truce == truce)
    if channel is not None:
        query = query.where(_delivery.c.channel == channel)
    if since is not None:
        query = query.where(moment >= since)
    return tuple(
        HistoryRow(
            key=row.key,
            short_id=rows.to_delivery(row).short_id,
            truce=row.truce,
            kind=row.kind,
            stage=row.stage,
            ends_at=row.ends_at,
            channel=row.channel,
            target=row.target,
            state=DeliveryState(row.state),
            due_at=row.due_at,
            settled_at=row.settled_at,
            attempts=row.attempts,
            possible_repeat=row.possible_repeat,
            reason=row.reason,
            message_id=row.message_id,
        )
        for row in connection.execute(query)
    )


def channels(connection: Connection) -> tuple[ChannelHealth, ...]:
    """How each target fares that was ever tried, or that owes something."""
    backlog = _backlog(connection)
    tried = {(row.channel, row.name): row for row in connection.execute(select(schema.target))}
    return tuple(
        ChannelHealth(
            name=channel,
            target=target,
            last_success=row.last_success if row else None,
            last_failure=row.last_failure if row else None,
            failing_since=row.failing_since if row else None,
            backlog=backlog.get((channel, target), 0),
        )
        for channel, target in sorted(tried.keys() | backlog.keys())
        for row in (tried.get((channel, target)),)
    )


def failing_since(connection: Connection, target: str) -> datetime | None:
    """The first failure of a streak of this target that still lasts."""
    table = schema.target
    return connection.scalar(select(table.c.failing_since).where(table.c.name == target))


def changes_since(connection: Connection, since: datetime) -> tuple[ChangeSeen, ...]:
    """What changed from a moment on, in the order in which it was seen."""
    table = schema.revision
    query = select(table.c.truce, table.c.seen_at, table.c.changes).where(table.c.seen_at >= since)
    return tuple(
        ChangeSeen(truce=row.truce, seen_at=row.seen_at, change=change)
        for row in connection.execute(query.order_by(table.c.seen_at, table.c.truce, table.c.number))
        for change in documents.load_changes(row.changes)
    )


def _backlog(connection: Connection) -> dict[tuple[str, str], int]:
    """How many deliveries each target owes: claimed, or waiting for another try."""
    waiting = and_(_delivery.c.state == DeliveryState.PLANNED, _delivery.c.not_before.is_not(None))
    query = (
        select(_delivery.c.channel, _delivery.c.target, func.count().label("backlog"))
        .where(or_(_delivery.c.state == DeliveryState.CLAIMED, waiting))
        .group_by(_delivery.c.channel, _delivery.c.target)
    )
    return {(row.channel, row.target): row.backlog for row in connection.execute(query)}
