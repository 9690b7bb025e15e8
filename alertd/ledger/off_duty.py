"""Steps to a duty list: planned for everyone of it, and left out for those who are not on duty once they are due."""

from collections import defaultdict
from collections.abc import Sequence
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


def leave_out(connection: Connection, due: Sequence[AnyRow], now: datetime, is_off: OffDuty) -> frozenset[int]:
    """Supersede the steps that are due to people off duty; gives their ids.

    A step that was tried stays with whom it was tried, and no step is left out for everyone: a list that is read anew
    between two looks must not leave it to nobody.
    """
    steps: defaultdict[tuple[str, str, int], list[AnyRow]] = defaultdict(list)
    for row in due:
        if row.follows is not None and not row.attempts:
            steps[row.follows, row.escalation, row.step].append(row)
    off = set[int]()
    for (follows, escalation, step), of_step in steps.items():
        left = [row.id for row in of_step if is_off(rows.to_delivery(row))]
        named = {"follows": follows, "escalation": escalation, "step": step, "ids": left}
        if left and (len(left) < len(of_step) or connection.scalar(_STANDS, named) is not None):
            off.update(left)
    rows.move(connection, sorted(off), DeliveryState.PLANNED, DeliveryState.SUPERSEDED, reason=REASON, settled_at=now)
    return frozenset(off)
