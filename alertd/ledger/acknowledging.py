"""Acknowledgements: who has seen an alert and sees to it. They belong to one alert, on all its targets."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery, alert_key, short_id
from alertd.domain.truce import Truce, live_ends, terminated_at
from alertd.ledger import rows, schema
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import truces_of
from alertd.times.end import NEVER, End

_delivery = schema.delivery
_table = schema.acknowledgement

_OF_ALERTS = select(_table).where(_table.c.alert.in_(rows.IDS))

STAYS = timedelta(days=1)
"""The time after the end of an alert, and after it was sent, in which it can be acknowledged."""


class Refusal(StrEnum):
    """The reason for which an alert is not acknowledged."""

    UNSENT = "unsent"
    """Its moment has not come, or its first try is still ahead."""
    SETTLED_UNSENT = "settled unsent"
    """It was superseded, overtaken or missed before anybody was sent it."""
    MOVED = "moved"
    """The end that it speaks of is in force no more."""
    OVER = "over"
    """It was sent long ago, and its end is over."""
    TWICE = "twice"
    """Somebody has acknowledged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An alert that somebody wants to acknowledge, and what came of it."""

    deliveries: tuple[Delivery, ...]
    """One for each of its targets."""
    truce: Truce | None
    """The truce as it is known now; None for an alert that belongs to none."""
    acknowledgement: Acknowledgement
    """The one that stands now: of an alert that was acknowledged before, the first."""
    refusal: Refusal | None
    reason: str | None
    """The reason for the state of a delivery, where it was settled unsent."""


def find(connection: Connection, named: str) -> tuple[Delivery, ...]:
    """The alerts of which a delivery has this short id, or this key: one delivery of each."""
    query = select(_delivery.c.id, _delivery.c.key).execution_options(yield_per=rows.CHUNK)
    ids = [row.id for row in connection.execute(query) if named in (row.key, short_id(row.key))]
    found = connection.execute(select(_delivery).where(_delivery.c.id.in_(ids)).order_by(_delivery.c.id))
    return tuple({_alert(row): rows.to_delivery(row) for row in found}.values())


def acknowledge(connection: Connection, key: str, given: Acknowledgement) -> Judged:
    """Acknowledge the alert of the delivery with this key, or say why not; nothing changes then."""
    named = connection.execute(select(_delivery).where(_delivery.c.key == key)).one()
    alert = _alert(named)
    of_kind = select(_delivery).where(
        _delivery.c.truce.is_not_distinct_from(named.truce), _delivery.c.kind == named.kind
    )
    found = [row for row in connection.execute(of_kind.order_by(_delivery.c.id)) if _alert(row) == alert]
    truce = truces_of(connection, [named]).get(named.truce)
    first = _acknowledged(connection, {alert}).get(alert)
    refusal = _refusal(found, truce, given.at) or (None if first is None else Refusal.TWICE)
    if refusal is None:
        connection.execute(insert(_table).values(alert=alert, at=given.at, by=given.by, way=given.way, note=given.note))
    return Judged(
        deliveries=tuple(map(rows.to_delivery, found)),
        truce=truce,
        acknowledgement=first or given,
        refusal=refusal,
        reason=next((row.reason for row in found if row.reason), None),
    )


def of_rows(connection: Connection, found: Sequence[AnyRow]) -> Mapping[str, Acknowledgement]:
    """The acknowledgements of some deliveries, by the deliveries' keys."""
    by_alert = _acknowledged(connection, {_alert(row) for row in found})
    if not by_alert:
        return {}
    acknowledged = [(row, by_alert[alert]) for row in found if (alert := _alert(row)) in by_alert]
    truces = truces_of(connection, [row for row, _ in acknowledged])
    return {row.key: replace(given, is_void=_end(row, truces.get(row.truce)) is None) for row, given in acknowledged}


def _refusal(found: Sequence[AnyRow], truce: Truce | None, now: datetime) -> Refusal | None:
    if not any(row.attempts for row in found):
        waits = any(row.state in (DeliveryState.PLANNED, DeliveryState.ACQUIRED) for row in found)
        return Refusal.UNSENT if waits else Refusal.SETTLED_UNSENT
    end = _end(found[0], truce)
    if end is None:
        return Refusal.MOVED
    last = max(moment for row in found for moment in (row.due_at, row.settled_at, row.at) if moment is not None)
    return Refusal.OVER if now > max(last, end.surely_over if end.at is not None else last) + STAYS else None


def _end(row: AnyRow, truce: Truce | None) -> End | None:
    """The end that an alert speaks of, as somebody stands by it now; an open one where it speaks of none, else None."""
    if row.ends_at is None or truce is None:
        return End.open()
    stop = terminated_at(truce) or NEVER
    return next((live.end for live in live_ends(truce) if live.end.at == row.ends_at <= stop), None)


def _alert(row: AnyRow) -> str:
    return alert_key(row.key, row.target)


def _acknowledged(connection: Connection, alerts: Collection[str]) -> dict[str, Acknowledgement]:
    """Those of some alerts, by the keys of the alerts; of very many alerts, all there are: people made them."""
    few = len(alerts) <= rows.CHUNK
    found = connection.execute(_OF_ALERTS, {"ids": list(alerts)}) if few else connection.execute(select(_table))
    return {row.alert: Acknowledgement(at=row.at, by=row.by, way=row.way, note=row.note) for row in found}
