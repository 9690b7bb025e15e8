"""An older copy in the ledger's place does not know what was sent after it was made: what may repeat is marked."""

from datetime import datetime

from sqlalchemy import Connection, update

from alertd.domain.alert import CHANGES
from alertd.ledger import schema
from alertd.ledger.states import DeliveryState

_delivery = schema.delivery
_UNSETTLED = _delivery.c.state.in_([DeliveryState.PLANNED, DeliveryState.ACQUIRED])


def mark_due(connection: Connection, until: datetime) -> int:
    """Mark what had come due while a daemon still ran on the ledger that is lost; gives how much that is."""
    due = update(_delivery).where(_UNSETTLED, _delivery.c.due_at <= until)
    return connection.execute(due.values(possible_repeat=True)).rowcount


def mark_news(connection: Connection, now: datetime) -> None:
    """Mark the alerts of changes that are planned at this moment: the change may have been told before.

    What time brings is planned from the last tick on, when nobody was there to tell it.
    """
    news = update(_delivery).where(_UNSETTLED, _delivery.c.planned_at >= now, _delivery.c.kind.in_(sorted(CHANGES)))
    connection.execute(news.values(possible_repeat=True))
