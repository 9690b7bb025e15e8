"""The whole agenda for people: what stands in the ledger, and what lies beyond its horizon, planned from the truces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from alertd.domain.alert import Delivery
from alertd.domain.coincidence import coincides_with
from alertd.domain.horizon import beyond
from alertd.domain.pause import DAYS_SHOWN
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.ledger import queries, rows, schema
from alertd.ledger.values import HistoryRow, KnownTruce

_delivery = schema.delivery
_truce = schema.truce


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """The rules by which the rest of a plan is made."""

    subscriptions: Sequence[Subscription]
    policy: Policy

    def rest(self, known: KnownTruce) -> Iterator[Delivery]:
        """The deliveries of a truce that the ledger does not hold yet."""
        truce, rest_from = known.truce, known.rest_from
        if rest_from is not None:
            planned = plan(
                truce,
                self.subscriptions,
                self.policy,
                reviews_until=min(truce.starts, rest_from),
                now=rest_from,
                days_until=rest_from + DAYS_SHOWN,
            )
            yield from beyond(planned, rest_from)


def upcoming(
    connection: Connection, limit: int, planner: Planner, after: datetime | None = None
) -> tuple[Delivery, ...]:
    """The next deliveries that will be sent, in the order of plans; those alone that are due after a moment."""
    ahead = list(queries.upcoming(connection, limit, after))
    for known in _with_a_rest(connection, limit):
        if len(ahead) == limit and known.rest_from is not None and known.rest_from > ahead[-1].due_at:
            break
        said = (
            rest
            for rest in planner.rest(known)
            if (after is None or rest.due_at > after) and coincides_with(known.truce, rest) is None
        )
        ahead = sorted({delivery.key: delivery for delivery in (*said, *ahead)}.values(), key=lambda each: each.order)
        del ahead[limit:]
    return tuple(ahead)


def history(
    connection: Connection,
    planner: Planner,
    *,
    truce: str | None = None,
    channel: str | None = None,
    since: datetime | None = None,
) -> tuple[HistoryRow, ...]:
    """The deliveries of a truce, of a channel, and since a moment: when they were settled, else when they are due."""
    found = queries.history(connection, truce=truce, channel=channel, since=since)
    of_truce = () if truce is None else (_truce.c.id == truce,)
    rest = [
        queries.to_come(delivery)
        for known in _with_a_rest(connection, rows.CHUNK, *of_truce)
        for delivery in _unwritten(connection, planner, known)
        if channel in (None, delivery.channel) and (since is None or delivery.due_at >= since)
    ]
    return tuple(sorted([*found, *rest], key=lambda row: row.settled_at or row.due_at)) if rest else found


def _with_a_rest(connection: Connection, at_once: int, *of: ColumnElement[bool]) -> Iterator[KnownTruce]:
    """The truces of whose plans the ledger lacks something, in the order in which that comes due."""
    query = select(_truce.c.id).where(_truce.c.rest_from.is_not(None), *of).order_by(_truce.c.rest_from, _truce.c.id)
    ids = connection.scalars(query.execution_options(yield_per=at_once))
    for chunk in ids.partitions():
        found = queries.truces(connection, chunk)
        yield from (found[truce_id] for truce_id in chunk)


def _unwritten(connection: Connection, planner: Planner, known: KnownTruce) -> list[Delivery]:
    """The deliveries to come of a truce that have no row."""
    query = select(_delivery.c.key).where(_delivery.c.truce == known.truce.id, _delivery.c.due_at >= known.rest_from)
    written = set(connection.scalars(query))
    return [delivery for delivery in planner.rest(known) if delivery.key not in written]
