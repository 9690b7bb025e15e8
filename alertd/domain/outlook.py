"""The state of the watch in one line: how many truces run, and which end comes next.

It is what `systemctl status` shows, where one glance has to do; `alertd status` tells the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.truce import Truce, TruceStatus
from alertd.times.end import EndKind
from alertd.times.formats import clock, day_text
from alertd.times.instant import ZoneLookup
from alertd.times.vocabulary import SHORT_WEEKDAYS

WAITS = "waits for the first truce: put one into truces/, or use `alertd add`"
"""Said of an alertd that runs where no truce was ever recorded."""

_WEEKDAY_IS_ENOUGH = timedelta(days=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The state of the watch at a moment."""

    running: int
    """Truces that are not over."""
    next_end: datetime | None
    """The earliest moment ahead at which a truce ends."""
    next_truce: Truce | None
    holds_until: datetime | None
    """When time alone makes another outlook: the next end; None where nothing is ahead."""
    waits: bool = False
    """The first truce is still to come."""


def outlook_line(outlook: Outlook, now: datetime, *, zone_for: ZoneLookup, named: Callable[[Truce], str]) -> str:
    """`12 running, next end 0100 Wed Eastern Ghouta`, the hour as they count it there; with its date if days ahead.

    `named` gives the name by which a truce is called.
    """
    if outlook.waits:
        return WAITS
    running = f"{outlook.running} running"
    if outlook.next_end is None or outlook.next_truce is None:
        return f"{running}, no end ahead"
    truce = outlook.next_truce
    local = outlook.next_end.astimezone(zone_for(truce.zone))
    soon = outlook.next_end - now < _WEEKDAY_IS_ENOUGH
    day = SHORT_WEEKDAYS[local.weekday()] if soon else day_text(local.date(), year=False)
    hour = "" if TruceStatus(truce, now).end.kind is EndKind.DATE else f"{clock(local.time())} "
    return f"{running}, next end {hour}{day} {named(truce)}"
