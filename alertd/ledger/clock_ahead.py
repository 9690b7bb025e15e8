"""Mending after a clock that was ahead, once it is right: it settled, planned or put off things too early.

Whoever was told too early is told again; what waits for a moment that only that clock has shown waits no longer.
"""

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, exists, select, type_coerce, update

from alertd.domain.alert import BY_TIME, TIMED, Kind
from alertd.ledger import rows, schema
from alertd.ledger.quiet import WAITS, let_go
from alertd.ledger.states import DeliveryState
from alertd.ledger.values import Misjudged

_delivery = schema.delivery
_IS_BY_TIME = _delivery.c.kind.in_(sorted(BY_TIME))
_IS_STEP = _delivery.c.follows.is_not(None)


def misjudged(connection: Connection, now: datetime) -> Misjudged:
    """Find all that it may have judged wrongly, now that the clock tells this moment."""
    truce, revision = schema.truce, schema.revision
    early = (
        select(_delivery.c.truce).where(
            _delivery.c.state.in_(sorted(rows.SETTLED)), _delivery.c.due_at > now, _IS_BY_TIME
        ),
        select(revision.c.truce).where(revision.c.seen_at > now),
        select(_delivery.c.truce).where(_asked_later(now)),
    )
    bare = select(truce.c.id).where(~exists().where(_delivery.c.truce == truce.c.id))
    waits = (_said_later(now), _tried_later(now), _acquired_early(now), WAITS)
    return Misjudged(
        early=frozenset(truce_id for query in early for truce_id in connection.scalars(query.distinct())),
        bare=frozenset(connection.scalars(bare)),
        waits=any(connection.scalar(select(_delivery.c.id).where(wait).limit(1)) is not None for wait in waits),
    )


def wait_no_longer(connection: Connection, now: datetime) -> None:
    """Let nothing wait for a moment that only a clock that was ahead has shown."""
    connection.execute(update(_delivery).where(_said_later(now), ~_IS_STEP).values(due_at=now))
    waited = type_coerce(_delivery.c.due_at, BigInteger) - type_coerce(_delivery.c.planned_at, BigInteger)
    steps = update(_delivery).where(_said_later(now), _IS_STEP)
    connection.execute(steps.values(due_at=schema.milliseconds(now) + waited, planned_at=now))
    connection.execute(update(_delivery).where(_tried_later(now)).values(not_before=None))
    let_go(connection)
    acquired = connection.scalars(select(_delivery.c.id).where(_acquired_early(now))).all()
    rows.move(connection, acquired, DeliveryState.ACQUIRED, DeliveryState.PLANNED)


def _said_later(now: datetime) -> ColumnElement[bool]:
    """Said at once, and put on the agenda later than now."""
    unsettled = _delivery.c.state.in_([DeliveryState.PLANNED, DeliveryState.ACQUIRED])
    return and_(unsettled, _delivery.c.due_at > now, _delivery.c.planned_at > now, ~_IS_BY_TIME)


def _tried_later(now: datetime) -> ColumnElement[bool]:
    """Waits for another try, and was tried later than now."""
    attempt = schema.attempt
    tried = exists().where(attempt.c.delivery == _delivery.c.id, attempt.c.at > now)
    return and_(_delivery.c.state == DeliveryState.PLANNED, _delivery.c.not_before > now, tried)


def _asked_later(now: datetime) -> ColumnElement[bool]:
    """A review that was planned later than now: those before it were taken for past."""
    return and_(
        _delivery.c.state == DeliveryState.PLANNED,
        _delivery.c.due_at > now,
        _delivery.c.planned_at > now,
        _delivery.c.kind == Kind.REVIEW,
    )


def _acquired_early(now: datetime) -> ColumnElement[bool]:
    """Acquired, surely not sent, and not due yet."""
    return and_(
        _delivery.c.state == DeliveryState.ACQUIRED,
        _delivery.c.dispatched_at.is_(None),
        _delivery.c.due_at > now,
        _delivery.c.kind.in_(sorted(TIMED)),
    )
