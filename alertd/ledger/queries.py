"""Reading the ledger for people: what is known, what comes next, what became of it all. Nothing here writes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import LADDER, Delivery, Kind, short_id
from alertd.domain.truce import Truce
from alertd.ledger import acknowledging, documents, rows, schema
from alertd.ledger.quiet import WAITS
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import coinciding
from alertd.ledger.values import (
    Attempt,
    BelatedRecord,
    ChangeSeen,
    ChannelHealth,
    HistoryRow,
    KnownTruce,
    RevisionSeen,
    TruceStanding,
)

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
    forms = {known.fingerprint: known.truce for known in unpacked.values()}
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
            fingerprint=row.digest,
            standing=TruceStanding(row.standing),
            file=row.file,
            line=row.line,
            rest_from=row.rest_from,
        )
        for row in found
    }


def belated(connection: Connection) -> tuple[BelatedRecord, ...]:
    """The records that an edit brought long after their announcement, also those that were mended since."""
    table = schema.belated_record
    found = connection.execute(select(table).order_by(table.c.truce, table.c.announced))
    return tuple(BelatedRecord(truce=row.truce, announced=row.announced, seen_at=row.seen_at) for row in found)


def ever_planned(connection: Connection, truces: Collection[str]) -> frozenset[str]:
    """Those of some truces for which anything was ever planned."""
    query = select(_delivery.c.truce).distinct()
    return frozenset(
        truce
        for chunk in rows.chunks(sorted(truces))
        for truce in connection.scalars(query.where(_delivery.c.truce.in_(chunk)))
    )


def upcoming(connection: Connection, limit: int, after: datetime | None = None) -> tuple[Delivery, ...]:
    """The next deliveries that will be sent, in the order of plans; those alone that go out after a moment."""
    query = (
        select(_delivery)
        .where(_delivery.c.state == DeliveryState.PLANNED, *_later_than(after))
        .order_by(
            _delivery.c.due_at,
            _delivery.c.ends_at.asc().nulls_first(),
            _delivery.c.truce.asc().nulls_first(),
            _delivery.c.kind,
            _delivery.c.stage.asc().nulls_first(),
            _delivery.c.channel,
            _delivery.c.target,
            _delivery.c.milestone.asc().nulls_first(),
        )
        .limit(limit)
    )
    ahead = list[Delivery]()
    offset = 0
    while len(ahead) < limit and (found := connection.execute(query.offset(offset)).all()):
        unsaid = coinciding(connection, found)
        ahead += [rows.to_delivery(row) for row in found if row.id not in unsaid]
        offset += len(found)
    return tuple(ahead[:limit])


def _later_than(after: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """The condition of rows that go out after a moment: due then, or waiting for quiet hours until then."""
    return () if after is None else (or_(_delivery.c.due_at > after, and_(WAITS, _delivery.c.quiet_until > after)),)


def ends_ahead(connection: Connection, after: datetime) -> dict[str, set[datetime]]:
    """The ends, by truce, for which a stage is planned after a moment."""
    query = (
        select(_delivery.c.truce, _delivery.c.ends_at)
        .where(
            _delivery.c.state == DeliveryState.PLANNED,
            _delivery.c.due_at > after,
            _delivery.c.kind.in_(sorted(LADDER)),
            ~schema.is_of_window(_delivery),
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
    found = connection.execute(query).all()
    acknowledged = acknowledging.of_rows(connection, found)
    return tuple(to_history(row, acknowledged.get(row.key)) for row in found)


def to_history(row: rows.AnyRow, acknowledgement: Acknowledgement | None = None) -> HistoryRow:
    """A whole row as the delivery history shows it."""
    return HistoryRow(
        key=row.key,
        short_id=short_id(row.key),
        truce=row.truce,
        kind=row.kind,
        stage=row.stage,
        ends_at=row.ends_at,
        at=row.at,
        milestone=row.milestone,
        channel=row.channel,
        target=row.target,
        state=DeliveryState(row.state),
        due_at=row.due_at,
        settled_at=row.settled_at,
        attempts=row.attempts,
        possible_repeat=row.possible_repeat,
        reason=row.reason,
        message_id=row.message_id,
        quiet_until=row.quiet_until,
        acknowledgement=acknowledgement,
        follows=None if row.follows is None else rows.told_kind(row),
        escalation=row.escalation,
        step=row.step,
    )


def to_come(delivery: Delivery) -> HistoryRow:
    """A delivery that is still to be put on the agenda, as the delivery history shows it."""
    return HistoryRow(
        key=delivery.key,
        short_id=delivery.short_id,
        truce=delivery.truce,
        kind=delivery.kind,
        stage=None if delivery.stage is None else str(delivery.stage),
        ends_at=delivery.ends_at,
        at=delivery.at,
        milestone=delivery.milestone,
        channel=delivery.channel,
        target=delivery.target,
        state=DeliveryState.PLANNED,
        due_at=delivery.due_at,
        settled_at=None,
        attempts=0,
        possible_repeat=False,
        reason=None,
        message_id=None,
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
            closed=row.closed if row else None,
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
    """Changes after a moment, in the order in which they were seen."""
    table = schema.revision
    query = select(table.c.truce, table.c.seen_at, table.c.changes).where(table.c.seen_at > since)
    return tuple(
        ChangeSeen(truce=row.truce, seen_at=row.seen_at, change=change)
        for row in connection.execute(query.order_by(table.c.seen_at, table.c.truce, table.c.number))
        for change in documents.load_changes(row.changes)
    )


def last_shift(connection: Connection, before: datetime) -> datetime | None:
    """The moment up to which the last digest of a shift that was due before another told; None without one."""
    query = select(func.max(_delivery.c.planned_at)).where(
        _delivery.c.kind == Kind.SHIFT,
        _delivery.c.about.is_(None),  # a hand-over tells the people of one list alone
        _delivery.c.due_at < before,
        _delivery.c.stands_for.is_(None),
    )
    last: datetime | None = connection.scalar(query)
    return last


def sent_since(connection: Connection, since: datetime, catch_up: timedelta) -> dict[Kind, int]:
    """The number of alerts of each kind that were sent after a moment, each counted once however many got it.

    Nothing is sent that has been due for longer than `catch_up`, but for what waited for its worker.
    """
    alert = ("kind", "truce", "stage", "ends_at", "milestone", "due_at", "revision", "about", "number")
    alerts = (
        select(*(_delivery.c[name] for name in alert))
        .where(
            _delivery.c.state == DeliveryState.DELIVERED,
            _delivery.c.due_at > since - catch_up - timedelta(days=1),
            _delivery.c.settled_at > since,
            _delivery.c.kind != Kind.SHIFT,
            _delivery.c.stands_for.is_(None),
        )
        .distinct()
        .subquery()
    )
    query = select(alerts.c.kind, func.count()).group_by(alerts.c.kind)
    return {Kind(kind): number for kind, number in connection.execute(query)}


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
    waiting = and_(_delivery.c.state == DeliveryState.PLANNED, _delivery.c.not_before.is_not(None), ~WAITS)
    query = (
        select(_delivery.c.channel, _delivery.c.target, func.count().label("backlog"))
        .where(or_(_delivery.c.state == DeliveryState.ACQUIRED, waiting))
        .group_by(_delivery.c.channel, _delivery.c.target)
    )
    return {(row.channel, row.target): row.backlog for row in connection.execute(query)}
