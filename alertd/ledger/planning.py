"""Taking in what the register says now: the truce's new revision, and an agenda that fits it.

What is in a channel's hands is never touched, as it keeps its outcome; it is marked as replaced instead, so that it is
not tried again should it fail. What was not known in time is never planned.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from alertd.domain.alert import BY_TIME, CHANGES, Delivery, Kind
from alertd.domain.truce import expiry, over_at
from alertd.ledger import documents, restart_cache, rows, schema
from alertd.ledger.carrying import carry
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.values import KnownTruce, Recorded, RememberedFile, Revision, TruceIndexEntry

_INSERT_TRUCE = insert(schema.truce)
_UPSERT_TRUCE = _INSERT_TRUCE.on_conflict_do_update(
    index_elements=["id"],
    set_={column.name: _INSERT_TRUCE.excluded[column.name] for column in schema.truce.c if not column.primary_key},
)


@dataclass(slots=True)
class _Plan:
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
    moved: list[tuple[int, datetime]] = field(default_factory=list)
    """Planned, but due at another moment now."""


def record(
    connection: Connection, revisions: Sequence[Revision], now: datetime, files: Sequence[RememberedFile] = ()
) -> Recorded:
    """Take in revisions of truces, each truce once, and what is to be remembered of the files they came from."""
    parts = [_record_chunk(connection, chunk, now) for chunk in rows.chunks(revisions)]
    restart_cache.remember(connection, files)
    return Recorded(
        truces=tuple(known for part in parts for known in part.truces),
        index={truce: entry for part in parts for truce, entry in part.index.items()},
        inserted=sum(part.inserted for part in parts),
        superseded=sum(part.superseded for part in parts),
        revived=sum(part.revived for part in parts),
    )


def _record_chunk(connection: Connection, revisions: Sequence[Revision], now: datetime) -> Recorded:
    truces, index = _write_truces(connection, revisions, now)
    standing = _standing_rows(connection, [known.truce.id for known in truces])
    agenda = _Plan()
    for revision, known in zip(revisions, truces, strict=True):
        rows_of_truce = standing.get(known.truce.id, [])
        announced = [replace(delivery, revision=known.revision) for delivery in revision.announced]
        agenda.new.extend(rows.new_row(delivery, now) for delivery in announced)  # news is told before what is due
        _supersede_older_news(agenda, announced, rows_of_truce, known.revision)
        _reconcile(agenda, revision, rows_of_truce, known.revision, now)
    inserted = _apply(connection, agenda, now)
    return Recorded(
        truces=truces,
        index=index,
        inserted=inserted,
        superseded=sum(map(len, agenda.superseded.values())),
        revived=len(agenda.revived) + sum(map(len, agenda.too_early.values())),
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
        digest = documents.digest(document)
        number, last_digest = last.get(revision.truce.id, (0, None))
        if revision.changes or digest != last_digest:
            number += 1
            news.append(_revision_row(revision, number, digest, now))
        known = KnownTruce(
            truce=revision.truce,
            revision=number,
            digest=digest,
            standing=revision.standing,
            file=revision.file,
            line=revision.line,
        )
        truces.append(known)
        index[known.truce.id] = _index_entry(revision, now)
        forms.append(_truce_row(known, index[known.truce.id], document))
    connection.execute(_UPSERT_TRUCE, forms)
    if news:
        connection.execute(schema.revision.insert(), news)
    return tuple(truces), index


def _index_entry(revision: Revision, now: datetime) -> TruceIndexEntry:
    """The index entry of a truce from now on."""
    reviews = (one.due_at for one in revision.wanted if one.kind is Kind.REVIEW and one.due_at > now)
    return TruceIndexEntry(
        standing=revision.standing,
        file=revision.file,
        tags=revision.truce.tags,
        over_at=over_at(revision.truce),
        look_at=min(reviews, default=None),
    )


def _last_revisions(connection: Connection, truces: Sequence[str]) -> Mapping[str, tuple[int, str]]:
    """The number and the digest of each truce's last revision."""
    table = schema.truce
    query = select(table.c.id, table.c.revision, table.c.digest).where(table.c.id.in_(truces))
    return {row.id: (row.revision, row.digest) for row in connection.execute(query)}


def _truce_row(known: KnownTruce, entry: TruceIndexEntry, document: str) -> dict[str, object]:
    return {
        "id": known.truce.id,
        "revision": known.revision,
        "digest": known.digest,
        "document": document,
        "expiry": expiry(known.truce).at,
        "standing": known.standing.value,
        "file": known.file,
        "line": known.line,
        "tags": "\n".join(entry.tags),
        "over_at": entry.over_at,
        "look_at": entry.look_at,
    }


def _revision_row(revision: Revision, number: int, digest: str, now: datetime) -> dict[str, object]:
    return {
        "truce": revision.truce.id,
        "number": number,
        "seen_at": now,
        "digest": digest,
        "changes": documents.dump_changes(revision.changes),
    }


def _standing_rows(connection: Connection, truces: Sequence[str]) -> Mapping[str, list[AnyRow]]:
    """The rows that a plan can meet: all that time brings, and the change alerts that are not settled."""
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
        table.c.dispatched_at,
        table.c.replaced_by,
    ).where(
        table.c.truce.in_(truces),
        or_(table.c.kind.in_(BY_TIME), and_(table.c.kind.in_(CHANGES), unsettled)),
    )
    found: dict[str, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.truce].append(row)
    return found


def _reconcile(agenda: _Plan, revision: Revision, standing: Sequence[AnyRow], number: int, now: datetime) -> None:
    """Compare what time is to bring with what stands."""
    by_key = {delivery.key: delivery for delivery in revision.wanted}
    since = revision.known_since or now
    known: set[str] = set()
    for row in standing:
        if row.kind not in BY_TIME:
            continue
        known.add(row.key)
        delivery = by_key.get(row.stands_for or row.key)
        if delivery is None:
            _drop(agenda, row, number)
        else:
            _keep(agenda, row, delivery, now)
    agenda.new.extend(
        rows.new_row(delivery, now) for key, delivery in by_key.items() if key not in known and delivery.due_at >= since
    )


def _drop(agenda: _Plan, row: AnyRow, number: int) -> None:
    """Take back a row that is no longer wanted, as far as that is still possible."""
    state = DeliveryState(row.state)
    if state is DeliveryState.PLANNED or (state is DeliveryState.ACQUIRED and row.dispatched_at is None):
        agenda.superseded[state, number].append(row.id)
    elif state is DeliveryState.ACQUIRED:
        agenda.replaced[number].append(row.id)


def _keep(agenda: _Plan, row: AnyRow, delivery: Delivery, now: datetime) -> None:
    """Leave a row that is wanted as it is, unless it must come back, or its moment has moved.

    The copy that a fallback has of it stays what it is: it was due when it was made.
    """
    if row.state == DeliveryState.ACQUIRED and row.replaced_by is not None:
        agenda.wanted_again.append(row.id)
    elif row.stands_for is not None:
        return
    elif row.state == DeliveryState.SUPERSEDED and delivery.due_at >= now:
        agenda.revived.append(row.id)
    elif row.state in rows.SETTLED and min(row.due_at, delivery.due_at) > now:
        agenda.too_early[DeliveryState(row.state)].append(row.id)
    elif row.state != DeliveryState.PLANNED:
        return
    if row.due_at != delivery.due_at:
        agenda.moved.append((row.id, delivery.due_at))


def _supersede_older_news(
    agenda: _Plan, announced: Sequence[Delivery], standing: Sequence[AnyRow], number: int
) -> None:
    """Take back what a target has not been told of earlier revisions, as the new alert carries both.

    A new claim takes back claims alone: it must not hide an extension.
    """
    telling: dict[str, set[Kind]] = defaultdict(set)
    for delivery in announced:
        telling[delivery.target].add(delivery.kind)
    for row in standing:
        if row.kind not in CHANGES or row.revision >= number or row.target not in telling:
            continue
        if row.kind == Kind.CLAIMED or telling[row.target] != {Kind.CLAIMED}:
            _drop(agenda, row, number)


def _apply(connection: Connection, agenda: _Plan, now: datetime) -> int:
    """Write what was gathered; gives how many deliveries are new."""
    table = schema.delivery
    for (state, number), ids in agenda.superseded.items():
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
    for replaced_by, ids in [*agenda.replaced.items(), (None, agenda.wanted_again)]:
        for chunk in rows.chunks(ids):
            connection.execute(update(table).where(table.c.id.in_(chunk)).values(replaced_by=replaced_by))
    rows.move(connection, agenda.revived, DeliveryState.SUPERSEDED, DeliveryState.PLANNED, **rows.NOT_REPLACED)
    for settled, ids in agenda.too_early.items():
        repeats = {"possible_repeat": True} if settled is DeliveryState.DELIVERED else {}
        values = {**rows.NOT_REPLACED, "dispatched_at": None, **repeats, "reason": rows.CLOCK_WAS_AHEAD}
        rows.move(connection, ids, settled, DeliveryState.PLANNED, **values)
    for row, due_at in agenda.moved:
        connection.execute(update(table).where(table.c.id == row).values(due_at=due_at))
    return rows.insert_new(connection, agenda.new)
