"""Just before a send: what is still wanted of what was claimed, with all that its message speaks of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update

from alertd.domain.agenda import Choose
from alertd.domain.alert import CHANGES, Change
from alertd.domain.truce import Truce
from alertd.ledger import documents, rows, schema
from alertd.ledger.claiming import OVERTAKEN_REASON, UNHANDED, due, tighter
from alertd.ledger.records import Handed
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery


def hand(  # noqa: PLR0913  what is asked, and by which rules
    connection: Connection, target: str, now: datetime, choose: Choose, limit: int, *, apart: bool
) -> tuple[Handed, ...]:
    """Hand a worker what is still wanted of what was claimed for its target, soonest end first, at most `limit`.

    `apart`: at most one of each truce, so that none overtakes another on its way; the rest waits for the next time.
    """
    while found := _waiting(connection, target, now, limit):
        choice = choose([due(row) for row in found], now)
        rows.move(
            connection,
            choice.overtaken,
            DeliveryState.CLAIMED,
            DeliveryState.OVERTAKEN,
            reason=OVERTAKEN_REASON,
            settled_at=now,
        )
        # What was claimed is promised, however old it has become while it waited for its worker.
        going = {*choice.send, *choice.missed}
        if going or not choice.overtaken:
            handed = [row for row in found if row.id in going]
            return _hand_over(connection, _one_of_each_truce(handed) if apart else handed, now)
    return ()


def _one_of_each_truce(found: Iterable[AnyRow]) -> list[AnyRow]:
    """The first row of each truce; what speaks of none stands alone."""
    first: dict[object, AnyRow] = {}
    for row in found:
        first.setdefault(row.id if row.truce is None else row.truce, row)
    return list(first.values())


def _waiting(connection: Connection, target: str, now: datetime, limit: int) -> list[AnyRow]:
    """What was claimed for a target and not handed over, soonest end first; what has no end comes last.

    Asked in two halves, so that each comes out of its index in order, however long the queue is.
    """
    found: list[AnyRow] = []
    for half in (_delivery.c.ends_at.is_not(None), _delivery.c.ends_at.is_(None)):
        query = (
            select(_delivery, tighter(now))
            .where(_delivery.c.target == target, UNHANDED, half)
            .order_by(_delivery.c.ends_at, _delivery.c.due_at, _delivery.c.id)
            .limit(limit - len(found))
        )
        found.extend(connection.execute(query))
    return found


def _hand_over(connection: Connection, found: Sequence[AnyRow], now: datetime) -> tuple[Handed, ...]:
    for chunk in rows.chunks([row.id for row in found]):
        connection.execute(
            update(_delivery)
            .where(_delivery.c.id.in_(chunk), UNHANDED)
            .values(handed_at=now, attempts=_delivery.c.attempts + 1)
        )
    truces = _truces_of(connection, found)
    return tuple(_handed(connection, row, truces) for row in found)


def _truces_of(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, Truce]:
    ids = {row.truce for row in found if row.truce is not None}
    return {
        row.id: documents.load_truce(row.document)
        for chunk in rows.chunks(ids)
        for row in connection.execute(
            select(schema.truce.c.id, schema.truce.c.document).where(schema.truce.c.id.in_(chunk))
        )
    }


def _handed(connection: Connection, row: AnyRow, truces: Mapping[str, Truce]) -> Handed:
    announces = row.kind in CHANGES
    return Handed(
        id=row.id,
        delivery=rows.to_delivery(row),
        attempts=row.attempts + 1,
        possible_repeat=row.possible_repeat,
        truce=truces.get(row.truce) if row.truce is not None else None,
        change=change_of(connection, row) if announces else None,
        earlier=_earlier(connection, row) if announces else (),
        text=row.text,
        is_copy=row.stands_for is not None,
    )


def _changes(connection: Connection, truce: str, number: int) -> tuple[Change, ...]:
    table = schema.revision
    document = connection.scalar(select(table.c.changes).where(table.c.truce == truce, table.c.number == number))
    return () if document is None else documents.load_changes(document)


def change_of(connection: Connection, row: AnyRow) -> Change | None:
    """The change of its revision that an alert announces."""
    changes = _changes(connection, row.truce, row.revision)
    return next((change for change in changes if change.kind == row.kind and change.ends_at == row.ends_at), None)


def _earlier(connection: Connection, row: AnyRow) -> tuple[Change, ...]:
    """What this target was not told of earlier revisions, because this alert, or one that it replaced, came first."""
    unsent = connection.execute(
        select(_delivery.c.truce, _delivery.c.revision, _delivery.c.kind, _delivery.c.ends_at, _delivery.c.replaced_by)
        .where(
            _delivery.c.truce == row.truce,
            _delivery.c.target == row.target,
            _delivery.c.kind.in_(CHANGES),
            _delivery.c.state == DeliveryState.SUPERSEDED,
            _delivery.c.revision < row.revision,
        )
        .order_by(_delivery.c.revision.desc(), _delivery.c.id.desc())
    ).all()
    carried = {row.revision}
    changes: list[Change] = []
    for alert in unsent:  # newest first, so that what replaced an alert is seen before it
        change = change_of(connection, alert) if alert.replaced_by in carried else None
        if change is not None:
            carried.add(alert.revision)
            changes.append(change)
    return tuple(reversed(changes))
