"""The rest of the agenda of one target: what a message may say that follows after it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, select

from alertd.domain.alert import BY_TIME, CHANGES, Delivery
from alertd.domain.coincidence import coincides_with
from alertd.domain.truce import Truce
from alertd.ledger import rows, schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery

_AHEAD = Prepared(
    select(_delivery)
    .where(
        _delivery.c.truce.in_(rows.IDS),
        _delivery.c.target == bindparam("target"),
        _delivery.c.kind.in_(sorted(BY_TIME)),
        schema.unindexed_state.in_([DeliveryState.PLANNED, DeliveryState.ACQUIRED]),
        _delivery.c.replaced_by.is_(None),
    )
    .order_by(_delivery.c.due_at, _delivery.c.id)
)


def ahead_of(
    connection: Connection, target: str, found: Iterable[AnyRow], truces: Mapping[str, Truce]
) -> Mapping[str, tuple[Delivery, ...]]:
    """Everything that time will bring this target of each truce of which a row tells a change, soonest first.

    Not what is planned and will stay unsaid, as it falls on an announcement or a start.
    """
    ids = {row.truce for row in found if row.kind in CHANGES}
    agenda: dict[str, list[Delivery]] = defaultdict(list)
    for chunk in rows.chunks(ids):
        for row in _AHEAD.all(connection, {"ids": chunk, "target": target}):
            delivery = rows.to_delivery(row)
            if row.truce in truces and coincides_with(truces[row.truce], delivery) is None:
                agenda[row.truce].append(delivery)
    return {truce: tuple(agenda[truce]) for truce in ids}
