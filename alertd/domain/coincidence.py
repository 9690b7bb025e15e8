"""The reminders that are not sent, as their readers are told at that very moment anyway.

A truce of 24 h has its reminder of 24 h at its start, and an end moved by 24 h as it passes has one as it is announced.
Such a reminder says again what has just been said.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from alertd.domain.alert import Delivery, Kind, Stage
from alertd.domain.truce import Truce, live_ends

LONG_LEAD = timedelta(days=1)
"""From this lead on a reminder may go unsaid: hours later the next one comes."""


def has_long_lead(kind: Kind, stage: Stage | None) -> bool:
    """True for a reminder of a day or more."""
    return kind is Kind.REMINDER and stage is not None and stage.offset <= -LONG_LEAD


def coincides_with(truce: Truce, delivery: Delivery) -> str | None:
    """Why a reminder is not sent: the announcement or the start at whose very moment it is due; else None."""
    if not has_long_lead(delivery.kind, delivery.stage):
        return None
    if delivery.due_at in _announcements(truce, delivery.ends_at):
        return "it falls on the very moment at which this end was announced"
    return "it falls on the very moment at which the truce starts" if delivery.due_at == truce.starts else None


def _announcements(truce: Truce, ends_at: datetime | None) -> Iterator[datetime]:
    """The moments at which an end was announced and confirmed; of an end that several state, the agreed one's."""
    live = next((live for live in live_ends(truce) if live.end.at == ends_at), None)
    if live is None:
        return
    if live.statement is None:
        yield truce.announced
        return
    yield live.statement.announced
    if live.statement.confirmed_at is not None:
        yield live.statement.confirmed_at
