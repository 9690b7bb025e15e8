"""The alerts that targets have had, and that a later revision makes untrue: each is put right once."""

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, func, or_, select, update

from alertd.domain.alert import CHANGES, Kind, short_id
from alertd.domain.untrue import TELLS_END, Told, is_made_untrue
from alertd.ledger import rows, schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.values import Revision
from alertd.times.wall import ONE_DAY

_delivery = schema.delivery

_HAD = and_(
    _delivery.c.truce == bindparam("of_truce"),
    _delivery.c.kind.in_(sorted(TELLS_END)),
    _delivery.c.corrected_by.is_(None),
    or_(
        schema.unindexed_state == DeliveryState.DELIVERED,
        and_(schema.unindexed_state == DeliveryState.ACQUIRED, _delivery.c.dispatched_at.is_not(None)),
    ),
)
"""What targets of a truce have had, or have in a moment: what a channel has in hand is told before what comes now."""

_SAID = tuple(_delivery.c[name] for name in ("key", "kind", "ends_at", "at", "settled_at", "dispatched_at"))

_STILL_MATTERS = or_(
    _delivery.c.kind.not_in([Kind.START, Kind.REMINDER]),
    _delivery.c.at.is_(None),
    _delivery.c.at >= _delivery.c.ends_at,
    _delivery.c.at > bindparam("since"),
)
"""Of what a daily pause has told each day for years, the openings and closings that are not long past."""

_TOLD = select(_delivery.c.id, _delivery.c.target, *_SAID).where(_HAD, _STILL_MATTERS)

_CORRECT = update(_delivery).where(_delivery.c.id.in_(rows.IDS)).values(corrected_by=bindparam("of_revision"))

_OF_TARGET = and_(_delivery.c.truce == bindparam("of_truce"), _delivery.c.target == bindparam("for_target"))

_CARRIED_REVISIONS = select(_delivery.c.revision).where(
    _OF_TARGET, schema.unindexed_state == DeliveryState.SUPERSEDED, _delivery.c.carried_by == bindparam("of_revision")
)

_CORRECTED = Prepared(
    select(*_SAID)
    .where(
        _OF_TARGET,
        schema.unindexed_state == DeliveryState.DELIVERED,
        or_(_delivery.c.corrected_by == bindparam("of_revision"), _delivery.c.corrected_by.in_(_CARRIED_REVISIONS)),
    )
    .order_by(_delivery.c.settled_at, _delivery.c.id)
)

_FIRST_OF_REVISION = Prepared(
    select(func.min(_delivery.c.id).label("id")).where(
        _OF_TARGET, _delivery.c.revision == bindparam("of_revision"), _delivery.c.kind.in_(sorted(CHANGES))
    )
)


def mark(connection: Connection, revision: Revision, number: int, now: datetime) -> frozenset[str]:
    """Note which alerts a revision makes untrue, for the targets that are told of it; gives those that had any."""
    targets = {delivery.target for delivery in revision.announced}
    old = revision.replaces
    if old is None or not targets:
        return frozenset()
    told = connection.execute(_TOLD, {"of_truce": revision.truce.id, "since": now - ONE_DAY}).all()
    untrue = [row for row in told if row.target in targets and is_made_untrue(_told(row), old, revision.truce)]
    for chunk in rows.chunks([row.id for row in untrue]):
        connection.execute(_CORRECT, {"ids": chunk, "of_revision": number})
    return frozenset(row.target for row in untrue)


def corrected(connection: Connection, row: AnyRow) -> tuple[Told, ...]:
    """The alerts that the target of a change alert has had, and that this one puts right, in their order.

    Of several alerts of one revision the first does.
    """
    asked = {"of_truce": row.truce, "for_target": row.target, "of_revision": row.revision}
    (first,) = _FIRST_OF_REVISION.all(connection, asked)
    if first.id != row.id:
        return ()
    return tuple(_told(row) for row in _CORRECTED.all(connection, asked))


def _told(row: AnyRow) -> Told:
    at, kind = row.settled_at or row.dispatched_at, Kind(row.kind)
    is_turn = kind is Kind.START or (
        kind is Kind.REMINDER and row.at is not None and (row.ends_at is None or row.at < row.ends_at)
    )
    return Told(kind=kind, ends_at=row.ends_at, turn=row.at if is_turn else None, at=at, short_id=short_id(row.key))
