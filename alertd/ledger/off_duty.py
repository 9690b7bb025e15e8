"""Steps to a duty list: planned for everyone of it, and left out for those who are not on duty once they are due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from alertd.domain.escalation import OffDuty
from alertd.ledger import rows, schema
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery

REASON = "somebody else was on duty"

_STANDS = (
    select(_delivery.c.id)
    .where(
        _delivery.c.follows == bindparam("follows"),
        _delivery.c.escalation == bindparam("escalation"),
        _delivery.c.step == bindparam("step"),
        _delivery.c.id.not_in(rows.IDS),
        or_(schema.unindexed_state != DeliveryState.SUPERSEDED, _delivery.c.attempts > 0),
    )
    .limit(1)
)
"""A row of the same step beside some: another of its people is, or was, told."""

_LEFT_OUT = select(_delivery).where(
    _delivery.c.follows.in_(rows.IDS), _delivery.c.state == DeliveryState.SUPERSEDED, _delivery.c.reason == REASON
)

_Step = tuple[str, str, int]
"""The key of the alert that it follows, the name of its escalation, and its number."""


def bring_back(connection: Connection, due: Sequence[AnyRow], is_off: OffDuty) -> bool:
    """Plan again what was left out of the steps that are due, for who is on duty now; false where that is nobody.

    Not of a step that another of its people is, or was, told. One that was acquired and never sent, as before a crash,
    was told to nobody: whoever was left out then, and is on duty now, is to be told as well.
    """
    steps = _by_step(due)
    left_out = _left_out(connection, {follows for follows, _, _ in steps})
    back = list[int]()
    for step, of_step in steps.items():
        on_again = [row.id for row in left_out[step] if not is_off(rows.to_delivery(row))]
        if on_again and not _stands(connection, step, [row.id for row in of_step]):
            back += on_again
    rows.move(connection, sorted(back), DeliveryState.SUPERSEDED, DeliveryState.PLANNED, **rows.NOT_REPLACED)
    return bool(back)


def leave_out(connection: Connection, due: Sequence[AnyRow], now: datetime, is_off: OffDuty) -> frozenset[int]:
    """Supersede the steps that are due to people off duty; gives their ids.

    A step that was tried stays with whom it was tried, and no step is left out for everyone: a list that is read anew
    between two looks must not leave it to nobody.
    """
    off = set[int]()
    for step, of_step in _by_step(due).items():
        left = [row.id for row in of_step if is_off(rows.to_delivery(row))]
        if left and (len(left) < len(of_step) or _stands(connection, step, [row.id for row in of_step])):
            off.update(left)
    rows.move(connection, sorted(off), DeliveryState.PLANNED, DeliveryState.SUPERSEDED, reason=REASON, settled_at=now)
    return frozenset(off)


def _by_step(found: Iterable[AnyRow]) -> defaultdict[_Step, list[AnyRow]]:
    """The rows of steps that were not tried, by their step."""
    steps: defaultdict[_Step, list[AnyRow]] = defaultdict(list)
    for row in found:
        if row.follows is not None and not row.attempts:
            steps[row.follows, row.escalation, row.step].append(row)
    return steps


def _left_out(connection: Connection, alerts: Collection[str]) -> defaultdict[_Step, list[AnyRow]]:
    """The rows of steps that were left out, of those that follow some alerts."""
    return _by_step(row for chunk in rows.chunks(alerts) for row in connection.execute(_LEFT_OUT, {"ids": chunk}))


def _stands(connection: Connection, step: _Step, ids: Sequence[int]) -> bool:
    follows, escalation, number = step
    named = {"follows": follows, "escalation": escalation, "step": number, "ids": ids}
    return connection.scalar(_STANDS, named) is not None
