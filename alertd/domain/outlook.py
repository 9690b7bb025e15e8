"""The state of the watch in one line: how many truces run, and which end comes next.

It is what `systemctl status` shows, where one glance has to do; `alertd status` tells the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.display import clock, day_text
from alertd.domain.instant import FindZone
from alertd.domain.truce import EndKind, State, Truce, effective_end, is_over, state
from alertd.domain.vocabulary import WEEKDAYS

_WEEKDAY_IS_ENOUGH = timedelta(days=6)
_LONGEST = 60
"""Characters of a truce's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How the watch stands at a moment."""

    running: int
    next_end: datetime | None
    """The earliest moment ahead at which a truce ends."""
    next_truce: Truce | None
    holds_until: datetime | None
    """When time alone makes another outlook: the next start or end; None where nothing is ahead."""


def outlook(truces: Iterable[Truce], now: datetime) -> Outlook:
    """How the watch over some truces stands."""
    ahead = [truce for truce in truces if not is_over(truce, now)]
    ends = [(end.at, truce) for truce in ahead for end in (effective_end(truce, now),) if end.at and end.at > now]
    next_end, next_truce = min(ends, default=(None, None), key=lambda one: (one[0], one[1].id))
    turns = [moment for truce in ahead for moment in (truce.starts, effective_end(truce, now).surely_over)]
    return Outlook(
        running=sum(state(truce, now) is State.RUNNING for truce in ahead),
        next_end=next_end,
        next_truce=next_truce,
        holds_until=min((turn for turn in (*turns, *(at for at, _ in ends)) if turn > now), default=None),
    )


def outlook_line(outlook: Outlook, now: datetime, *, find_zone: FindZone) -> str:
    """`12 running, next end 0100 Wed Eastern Ghouta`, the hour as they count it there; with its date if days ahead."""
    told = f"{outlook.running} running"
    if outlook.next_end is None or outlook.next_truce is None:
        return f"{told}, no end ahead"
    truce = outlook.next_truce
    local = outlook.next_end.astimezone(find_zone(truce.zone))
    soon = outlook.next_end - now < _WEEKDAY_IS_ENOUGH
    day = WEEKDAYS[local.weekday()][:3] if soon else day_text(local.date(), year=False)
    hour = "" if effective_end(truce, now).kind is EndKind.DATE else f"{clock(local.time())} "
    return f"{told}, next end {hour}{day} {(truce.area or truce.title)[:_LONGEST]}"
