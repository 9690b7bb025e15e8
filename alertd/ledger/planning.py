"""Taking in what the register says now: the truce's new revision, and an agenda that fits it.

What is in a channel's hands is never touched, as it keeps its outcome; it is marked as replaced instead, so that it is
not tried again should it fail. What was not known in time is never planned. What lies beyond the horizon is left out
for now; a row that stands there already is judged as any other, unless it is of a day that the plan does not hold.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update

from alertd.domain.alert import BY_TIME, CHANGES, Delivery, Kind, alert_key
from alertd.domain.truce import expiry, is_closed, over_at
from alertd.ledger import documents, escalating, file_contents, restart_cache, restoration, rows, schema, untrue
from alertd.ledger.carrying import carry
from alertd.ledger.nodes import FileContents
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import is_in_force
from alertd.ledger.upsert import insert_once, insert_or_update
from alertd.ledger.values import (
    KnownTruce,
    RememberedFile,
    Revision,
    StoredRevisions,
    TruceIndexEntry,
    TruceStanding,
)

_UPSERT_TRUCE = insert_or_update(schema.truce, [column.name for column in schema.truce.c if not column.primary_key])


@dataclass(slots=True)
class _Moves:
    """The moves of rows that stand, gathered over several truces."""

    new: list[rows.NewRow] = field(default_factory=list)
    superseded: dict[tuple[DeliveryState, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """By the state that they leave, and the revision that replaces them."""
    replaced: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """In a channel's hands, by the revision that replaces them."""
    wanted_again: list[int] = field(default_factory=list)
    """In a channel's hands, and marked as replaced before."""
    revived: list[int] = field(default_factory=list)
    too_early: dict[DeliveryState, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Settled before their moment, which is still to come, by the state that they leave."""
    moved: list[tuple[int, datetime, datetime | None]] = field(default_factory=list)
    """On the agenda, but due at another moment now, or asking about another end."""


def store(  # noqa: PLR0913  what is read together is taken in together
    connection: Connection,
    revisions: Sequence[Revision],
    now: datetime,
    files: Sequence[RememberedFile] = (),
    contents: FileContents | None = None,
    *,
    is_restored: bool = False,
) -> StoredRevisions:
    """Take in revisions of truces, each truce once, and what is to be remembered of the files they came from.

    In a ledger that is restored from an older copy, what is new may have been told before, and is marked.
    """
    parts = [_store_chunk(connection, chunk, now) for chunk in rows.chunks(revisions)]
    if is_restored:
        restoration.mark_news(connection, now)
    restart_cache.remember(connection, files)
    if contents is not None:
        file_contents.keep(connection, contents, now)
    return StoredRevisions(
        truces=tuple(known for part in parts for known in part.truces),
        index={truce: entry for part in parts for truce, entry in part.index.items()},
        inserted=sum(part.inserted for part in parts),
        superseded=sum(part.superseded for part in parts),
        revived=sum(part.revived for part in parts),
    )


def _store_chunk(connection: Connection, revisions: Sequence[Revision], now: datetime) -> StoredRevisions:
    truces, index = _write_truces(connection, revisions, now)
    existing = _existing_rows(connection, [known.truce.id for known in truces])
    moves = _Moves()
    for revision, known in zip(revisions, truces, strict=True):
        rows_of_truce = existing.get(known.truce.id, [])
        corrected = untrue.mark(connection, revision, known.revision, now)
        announced = [
            replace(delivery, revision=known.revision)
            for delivery in revision.announced
            if not revision.is_late or delivery.target in corrected
        ]
        moves.new.extend(rows.new_row(delivery, now) for delivery in announced)  # news is told before what is due
        _supersede_older_news(moves, announced, rows_of_truce, known.revision)
        _reconcile(moves, revision, rows_of_truce, known.revision, now)
        _reconcile_steps(moves, revision, rows_of_truce, known.revision, now)
    inserted = _apply(connection, moves, now)
    return StoredRevisions(
        truces=truces,
        index=index,
        inserted=inserted,
        superseded=sum(map(len, moves.superseded.values())),
        revived=len(moves.revived) + sum(map(len, moves.too_early.values())),
    )


def _write_truces(
    connection: Connection, revisions: Sequence[Revision], now: datetime
) -> tuple[tuple[KnownTruce, ...], dict[str, TruceIndexEntry]]:
    """Write each truce's latest form, and a new revision where something changed; gives them as they stand now."""
    last = _last_revisions(connection, [revision.truce.id for revision in revisions])
    truces: list[KnownTruce] = []
    index: dict[str, TruceIndexEntry] = {}
    forms: list[dict[str, object]] = []
    news: list[dict[str, object]] = []
    for revision in revisions:
        document = documents.dump_truce(revision.truce)
        fingerprint = documents.fingerprint(document)
        number, last_fingerprint = last.get(revision.truce.id, (0, None))
        if revision.changes or fingerprint != last_fingerprint:
            number += 1
            news.append(_revision_row(revision, number, fingerprint, now))
        known = KnownTruce(
            truce=revision.truce,
            revision=number,
            fingerprint=fingerprint,
            standing=revision.standing,
            file=revision.file,
            line=revision.line,
            rest_from=revision.reach.rest_from,
        )
        truces.append(known)
        index[known.truce.id] = _index_entry(revision, now)
        forms.append(_truce_row(known, index[known.truce.id], document))
    connection.execute(_UPSERT_TRUCE, forms)
    belated = [
        {"truce": revision.truce.id, "announced": announced, "seen_at": now}
        for revision in revisions
        for announced in revision.belated
    ]
    if belated:
        connection.execute(insert_once(schema.belated_record), belated)
    if news:
        connection.execute(schema.revision.insert(), news)
    return tuple(truces), index


def _index_entry(revision: Revision, now: datetime) -> TruceIndexEntry:
    """The index entry of a truce from now on."""
    return TruceIndexEntry(
        standing=revision.standing,
        file=revision.file,
        tags=revision.truce.tags,
        over_at=over_at(revision.truce),
        look_at=revision.reach.look_at,
        rest_from=revision.reach.rest_from,
        is_asked_about=any(delivery.kind is Kind.REVIEW and delivery.due_at > now for delivery in revision.wanted),
    )


def _last_revisions(connection: Connection, truces: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """The number and the fingerprint of each truce's last revision."""
    table = schema.truce
    query = select(table.c.id, table.c.revision, table.c.digest).where(table.c.id.in_(truces))
    return {row.id: (row.revision, row.digest) for row in connection.execute(query)}


def _truce_row(known: KnownTruce, entry: TruceIndexEntry, document: str) -> dict[str, object]:
    return {
        "id": known.truce.id,
        "revision": known.revision,
        "digest": known.fingerprint,
        "document": document,
        "expiry": expiry(known.truce).at,
        "standing": known.standing.value,
        "file": known.file,
        "line": known.line,
        **restart_cache.columns_of(entry),
    }


def _revision_row(revision: Revision, number: int, fingerprint: str, now: datetime) -> dict[str, object]:
    return {
        "truce": revision.truce.id,
        "number": number,
        "seen_at": now,
        "digest": fingerprint,
        "changes": documents.dump_changes(revision.changes),
    }


def _existing_rows(connection: Connection, truces: Sequence[str]) -> Mapping[str, list[AnyRow]]:
    """The rows that a plan can meet: all that time brings, and change alerts and steps that are not settled."""
    table = schema.delivery
    unsettled = table.c.state.in_([DeliveryState.PLANNED, DeliveryState.ACQUIRED])
    query = select(
        table.c.id,
        table.c.key,
        table.c.stands_for,
        table.c.truce,
        table.c.kind,
        table.c.target,
        table.c.revision,
        table.c.state,
        table.c.due_at,
        table.c.ends_at,
        table.c.dispatched_at,
        table.c.replaced_by,
        table.c.at,
        table.c.milestone,
        table.c.follows,
        table.c.escalation,
        table.c.step,
        table.c.people,
        table.c.is_last,
    ).where(
        table.c.truce.in_(truces),
        or_(
            table.c.kind.in_(BY_TIME),
            and_(table.c.kind.in_(CHANGES), unsettled),
            and_(table.c.kind == Kind.ESCALATED, or_(unsettled, table.c.state == DeliveryState.SUPERSEDED)),
        ),
    )
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.truce].append(row)
    return found


def _reconcile(moves: _Moves, revision: Revision, existing: Sequence[AnyRow], number: int, now: datetime) -> None:
    """Compare what time is to bring with what stands."""
    by_key = {delivery.key: delivery for delivery in revision.wanted}
    known: set[str] = set()
    for row in existing:
        if row.kind not in BY_TIME:
            continue
        known.add(row.key)
        delivery = by_key.get(row.stands_for or row.key)
        if delivery is None:
            if not _is_of_a_day_not_planned(row, revision):
                _drop(moves, row, number)
        else:
            _keep(moves, row, delivery, now)
    moves.new.extend(
        rows.new_row(delivery, now)
        for key, delivery in by_key.items()
        if key not in known and revision.is_in_time(delivery, now)
    )


def _reconcile_steps(moves: _Moves, revision: Revision, existing: Sequence[AnyRow], number: int, now: datetime) -> None:
    """Take back the steps of escalations whose alerts speak of what is in force no more, and bring back the others.

    A step that comes back is as late as it is: the chain waits for it.
    """
    steps = [row for row in existing if row.kind == Kind.ESCALATED]
    if not steps:
        return
    told = {alert_key(each.key, each.target) for each in revision.wanted if each.due_at <= now}
    for row in steps:
        if not _is_still_followed(row, revision, told):
            _drop(moves, row, number)
        elif row.replaced_by is not None:
            (moves.revived if row.state == DeliveryState.SUPERSEDED else moves.wanted_again).append(row.id)


def _is_still_followed(row: AnyRow, revision: Revision, told: Collection[str]) -> bool:
    kind = row.follows.split("|")[1]
    if is_closed(revision.truce) or not is_in_force(row, revision.truce):
        return False
    if kind in BY_TIME:
        return row.follows in told
    return revision.standing is not TruceStanding.WITHDRAWN or kind == Kind.WITHDRAWN


def _drop(moves: _Moves, row: AnyRow, number: int) -> None:
    """Take back a row that is no longer wanted, as far as that is still possible."""
    state = DeliveryState(row.state)
    if state is DeliveryState.PLANNED or (state is DeliveryState.ACQUIRED and row.dispatched_at is None):
        moves.superseded[state, number].append(row.id)
    elif state is DeliveryState.ACQUIRED:
        moves.replaced[number].append(row.id)


def _keep(moves: _Moves, row: AnyRow, delivery: Delivery, now: datetime) -> None:
    """Leave a row that is wanted as it is, unless it must come back, or its moment or its end has moved.

    A review keeps its key where its end moves and its moment does not. The copy that a fallback has of it stays what it
    is: it was due when it was made.
    """
    if row.state == DeliveryState.ACQUIRED and row.replaced_by is not None:
        moves.wanted_again.append(row.id)
    elif row.stands_for is not None:
        return
    elif row.state == DeliveryState.SUPERSEDED and delivery.due_at >= now:
        moves.revived.append(row.id)
    elif row.state in rows.SETTLED and min(row.due_at, delivery.due_at) > now:
        moves.too_early[DeliveryState(row.state)].append(row.id)
    elif row.state != DeliveryState.PLANNED and not (row.state == DeliveryState.ACQUIRED and _asks(row, delivery)):
        return
    if (row.due_at, row.ends_at) != (delivery.due_at, delivery.ends_at):
        moves.moved.append((row.id, delivery.due_at, delivery.ends_at))


def _is_of_a_day_not_planned(row: AnyRow, revision: Revision) -> bool:
    """True for an opening or a closing beyond the days that the plan holds: a clock that was set back planned fewer."""
    days_from = revision.reach.days_from
    is_of_a_day = row.kind == Kind.START or (row.kind == Kind.REMINDER and row.at != row.ends_at)
    return is_of_a_day and days_from is not None and row.due_at >= days_from


def _asks(row: AnyRow, delivery: Delivery) -> bool:
    """True for a review that waits for its worker."""
    return delivery.kind is Kind.REVIEW and row.dispatched_at is None


def _supersede_older_news(
    moves: _Moves, announced: Sequence[Delivery], existing: Sequence[AnyRow], number: int
) -> None:
    """Take back what a target has not been told of earlier revisions, as the new alert carries both.

    A new claim takes back claims alone: it must not hide an extension.
    """
    telling: dict[str, set[Kind]] = defaultdict(set)
    for delivery in announced:
        telling[delivery.target].add(delivery.kind)
    for row in existing:
        if row.kind not in CHANGES or row.revision >= number or row.target not in telling:
            continue
        if row.kind == Kind.CLAIMED or telling[row.target] != {Kind.CLAIMED}:
            _drop(moves, row, number)


def _apply(connection: Connection, moves: _Moves, now: datetime) -> int:
    """Write what was gathered; gives how many deliveries are new."""
    table = schema.delivery
    for (state, number), ids in moves.superseded.items():
        rows.move(
            connection,
            ids,
            state,
            DeliveryState.SUPERSEDED,
            replaced_by=number,
            reason=rows.replaced_reason(number),
            settled_at=now,
        )
        carry(connection, ids)
    for replaced_by, ids in [*moves.replaced.items(), (None, moves.wanted_again)]:
        for chunk in rows.chunks(ids):
            connection.execute(update(table).where(table.c.id.in_(chunk)).values(replaced_by=replaced_by))
    rows.move(connection, moves.revived, DeliveryState.SUPERSEDED, DeliveryState.PLANNED, **rows.NOT_REPLACED)
    escalating.settle_if_answered(connection, moves.revived, now)
    for settled, ids in moves.too_early.items():
        repeats = {"possible_repeat": True} if settled is DeliveryState.DELIVERED else {}
        values = {**rows.NOT_REPLACED, "dispatched_at": None, **repeats, "reason": rows.CLOCK_WAS_AHEAD}
        rows.move(connection, ids, settled, DeliveryState.PLANNED, **values)
    for row, due_at, ends_at in moves.moved:
        connection.execute(update(table).where(table.c.id == row).values(due_at=due_at, ends_at=ends_at))
    return rows.insert_new(connection, moves.new)
