"""The time for which the delivery history is kept: what was settled long ago is forgotten, a bounded piece at a time.

Truces, their revisions and the health of targets stay: they are few, and what is in force rests on them.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select

from alertd.ledger import rows, schema
from alertd.ledger.states import DeliveryState

_SETTLED = [state for state in DeliveryState if state not in (DeliveryState.PLANNED, DeliveryState.ACQUIRED)]


def prune(connection: Connection, before: datetime, limit: int) -> int:
    """Delete deliveries settled before a moment, with all that belongs to them; gives how many they were.

    What was superseded can be wanted again as long as its moment lies ahead, so that has to be past as well.
    """
    table = schema.delivery
    old = connection.scalars(
        select(table.c.id)
        .where(table.c.state.in_(_SETTLED), table.c.due_at < before, table.c.settled_at < before)
        .limit(limit)
    ).all()
    for chunk in rows.chunks(old):
        connection.execute(delete(schema.attempt).where(schema.attempt.c.delivery.in_(chunk)))
        connection.execute(delete(table).where(table.c.id.in_(chunk)))
    connection.execute(delete(schema.message).where(schema.message.c.sent_at < before))
    connection.execute(delete(schema.acknowledgement).where(schema.acknowledgement.c.at < before))
    return len(old)
