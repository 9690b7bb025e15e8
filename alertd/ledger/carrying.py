"""The changes that a later alert carries, as the alert that was to tell them was superseded before it was sent."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, or_, select, update

from alertd.domain.alert import CHANGES, Change
from alertd.ledger import documents, rows, schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery

_SUPERSEDED = and_(
    _delivery.c.truce == bindparam("of_truce"),
    _delivery.c.target == bindparam("for_target"),
    _delivery.c.kind.in_(sorted(CHANGES)),
    schema.unindexed_state == DeliveryState.SUPERSEDED,
)
"""The change alerts of a truce that a target never received."""

_REPLACED = select(
    _delivery.c.id, _delivery.c.truce, _delivery.c.target, _delivery.c.revision, _delivery.c.replaced_by
).where(_delivery.c.id.in_(rows.IDS), _delivery.c.kind.in_(sorted(CHANGES)), _delivery.c.replaced_by.is_not(None))

_CARRIER = select(_delivery.c.carried_by).where(
    _SUPERSEDED, _delivery.c.revision == bindparam("replacement"), _delivery.c.carried_by.is_not(None)
)

_CARRY = (
    update(_delivery)
    .where(_SUPERSEDED, or_(_delivery.c.id == bindparam("row"), _delivery.c.carried_by == bindparam("from_revision")))
    .values(carried_by=bindparam("carrier"))
)

_CARRIED = Prepared(
    select(_delivery.c.truce, _delivery.c.revision, _delivery.c.kind, _delivery.c.ends_at)
    .where(_SUPERSEDED, _delivery.c.carried_by == bindparam("carrier"))
    .order_by(_delivery.c.revision, _delivery.c.id)
)

_CHANGES = Prepared(
    select(schema.revision.c.changes).where(
        schema.revision.c.truce == bindparam("truce"), schema.revision.c.number == bindparam("number")
    )
)


def carry(connection: Connection, superseded: Sequence[int]) -> None:
    """Have the alert that replaced each of these rows carry its change, and all that it carried itself."""
    for chunk in rows.chunks(superseded):
        for row in connection.execute(_REPLACED, {"ids": chunk}).all():
            asked = {"of_truce": row.truce, "for_target": row.target}
            carrier = connection.scalar(_CARRIER.limit(1), {**asked, "replacement": row.replaced_by})
            moved = {"row": row.id, "from_revision": row.revision, "carrier": carrier or row.replaced_by}
            connection.execute(_CARRY, {**asked, **moved})


def carried(connection: Connection, row: AnyRow) -> tuple[Change, ...]:
    """The changes that an alert carries besides its own, oldest first."""
    asked = {"of_truce": row.truce, "for_target": row.target, "carrier": row.revision}
    changes = (change_of(connection, alert, alert.kind) for alert in _CARRIED.all(connection, asked))
    return tuple(change for change in changes if change is not None)


def change_of(connection: Connection, row: AnyRow, kind: str) -> Change | None:
    """The change of this kind, of its revision, that an alert announces."""
    found = _CHANGES.all(connection, {"truce": row.truce, "number": row.revision})
    changes = documents.load_changes(found[0].changes) if found else ()
    return next((change for change in changes if change.kind == kind and change.ends_at == row.ends_at), None)
