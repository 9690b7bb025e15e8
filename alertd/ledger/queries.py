"""Reading the ledger for people: what is known, what comes next, what became of it all. Nothing here writes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import Connection, and_, func, or_, select

from alertd.domain.agenda import Verdict
from alertd.domain.alert import LADDER, Delivery, Kind
from alertd.domain.truce import Truce
from alertd.ledger import documents, rows, schema
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.values import Attempt, ChangeSeen, ChannelHealth, HistoryRow, KnownTruce, RevisionSeen, TruceStanding

_delivery = schema.delivery
_attempt = schema.attempt


def truces(
    connection: Connection,
    ids: Collection[str] | None = None,
    *,
    unpacked: Mapping[str, KnownTruce] = MappingProxyType({}),
) -> dict[str, KnownTruce]:
    """The truces of these ids, or all ever recorded, by their ids, in their latest form.

    `unpacked` is the result of an earlier call, so that only what has changed since is unpacked.
    """
    query = select(schema.truce).order_by(schema.truce.c.id)
    forms = {one.digest: one.truce for one in unpacked.values()}
    if ids is None:
        return _known(connection.execute(query), forms)
    chunks = rows.chunks(sorted(ids))
    return {
        truce: known
        for chunk in chunks
        for truce, known in _known(connection.execute(query.where(schema.truce.c.id.in_(chunk))), forms).items()
    }


def _known(found: Iterable[AnyRow], forms: Mapping[str, Truce]) -> dict[str, KnownTruce]:
    return {
        row.id: KnownTruce(
            truce=forms.get(row.digest) or documents.load_truce(row.document),
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


def ends_ahead(connection: Connection, after: datetime) -> dict[str, set[datetime]]:
    """The ends, by truce, for which a stage is planned after a moment."""
    query = (
        select(_delivery.c.truce, _delivery.c.ends_at)
        .where(
            _delivery.c.state == DeliveryState.PLANNED, _delivery.c.due_at > after, _delivery.c.kind.in_(sorted(LADDER))
        )
        .distinct()
    )
    found: dict[str, set[datetime]] = defaultdict(set)
    for truce, ends_at in connection.execute(query):
        found[truce].add(ends_at)
    return found


def history(
    connection: Connection, *, truce: str | None = None, channel: str | None = None, since: datetime | None = None
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
    return tuple(map(to_history, connection.execute(query)))


def to_history(row: rows.AnyRow) -> HistoryRow:
    """A whole row as the record shows it."""
    return HistoryRow(
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


def channels(connection: Connection) -> tuple[ChannelHealth, ...]:
    """The health of each target that was ever tried, or that owes something."""
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


def last_notice(connection: Connection, abouts: Collection[str]) -> tuple[str, int] | None:
    """The subject of the last ops notice about any of these, and its number; None where there was none."""
    table = schema.delivery
    row = connection.execute(
        select(table.c.about, table.c.number)
        .where(
            table.c.truce.is_(None),
            table.c.kind == Kind.OPS,
            table.c.about.in_(abouts),
            table.c.stands_for.is_(None),  # a fallback's copy says again what was said before
        )
        .order_by(table.c.id.desc())  # not by its moment: the clock may have been set back meanwhile
        .limit(1)
    ).first()
    return None if row is None else (row.about, row.number or 0)


def changes_since(connection: Connection, since: datetime) -> tuple[ChangeSeen, ...]:
    """Changes from a moment on, in the order in which it was seen."""
    table = schema.revision
    query = select(table.c.truce, table.c.seen_at, table.c.changes).where(table.c.seen_at >= since)
    return tuple(
        ChangeSeen(truce=row.truce, seen_at=row.seen_at, change=change)
        for row in connection.execute(query.order_by(table.c.seen_at, table.c.truce, table.c.number))
        for change in documents.load_changes(row.changes)
    )


def revisions(connection: Connection, truce: str) -> tuple[RevisionSeen, ...]:
    """Every revision of a truce, the first one first."""
    table = schema.revision
    query = select(table.c.number, table.c.seen_at, table.c.changes).where(table.c.truce == truce)
    return tuple(
        RevisionSeen(number=row.number, seen_at=row.seen_at, changes=documents.load_changes(row.changes))
        for row in connection.execute(query.order_by(table.c.number))
    )


def attempts(connection: Connection, truce: str) -> tuple[Attempt, ...]:
    """Every try to send a delivery of a truce, the first one first."""
    query = (
        select(_delivery.c.key, _attempt.c.at, _attempt.c.outcome, _attempt.c.took_ms, _attempt.c.detail)
        .join_from(_attempt, _delivery)
        .where(_delivery.c.truce == truce)
        .order_by(_attempt.c.at, _attempt.c.id)
    )
    return tuple(
        Attempt(
            key=row.key,
            at=row.at,
            outcome=Verdict(row.outcome),
            took=None if row.took_ms is None else timedelta(milliseconds=row.took_ms),
            detail=row.detail,
        )
        for row in connection.execute(query)
    )


def _backlog(connection: Connection) -> dict[tuple[str, str], int]:
    """The number of deliveries that each target owes: acquired, or waiting for another try."""
    waiting = and_(_delivery.c.state == DeliveryState.PLANNED, _delivery.c.not_before.is_not(None))
    query = (
        select(_delivery.c.channel, _delivery.c.target, func.count().label("backlog"))
        .where(or_(_delivery.c.state == DeliveryState.ACQUIRED, waiting))
        .group_by(_delivery.c.channel, _delivery.c.target)
    )
    return {(row.channel, row.target): row.backlog for row in connection.execute(query)}
