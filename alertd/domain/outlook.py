"""The state of the watch in one line: how many truces run, and which end comes next.

It is what `systemctl status` shows, where one glance has to do; `alertd status` tells the rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.display import clock, day_text
from alertd.domain.instant import FindZone
from alertd.domain.truce import EndKind, Truce, effective_end
from alertd.domain.vocabulary import WEEKDAYS

_WEEKDAY_IS_ENOUGH = timedelta(days=6)
_LONGEST = 60
"""Characters of a truce's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How the watch stands at a moment."""

    running: int
    """Truces that are not over."""
    next_truce: Truce | None
    """The one of them that is over first, as far as that is known."""
    holds_until: datetime | None
    """When time alone makes another outlook; None where no end is ahead."""


def outlook_line(outlook: Outlook, now: datetime, *, find_zone: FindZone) -> str:
    """`12 running, next end 0100 Wed Eastern Ghouta`, the hour as they count it there; with its date if days ahead."""
    told, truce = f"{outlook.running} running", outlook.next_truce
    end = effective_end(truce, now) if truce is not None else None
    if truce is None or end is None or end.at is None:
        return f"{told}, no end ahead"
    local = end.at.astimezone(find_zone(truce.zone))
    soon = end.at - now < _WEEKDAY_IS_ENOUGH
    day = WEEKDAYS[local.weekday()][:3] if soon else day_text(local.date(), year=False)
    hour = "" if end.kind is EndKind.DATE else f"{clock(local.time())} "
    return f"{told}, next end {hour}{day} {(truce.area or truce.title)[:_LONGEST]}"
