"""The horizon of the agenda: up to when a plan is written down, what is left out of it, and when to look again.

A plan can lead years ahead, and a register can hold many thousands of truces. So of each plan only what comes next is
written down, and the rest follows as time goes. Of every end, start and milestone, and for every target, its next two
alerts are always there, and where the first may wait for the end of quiet hours, all that may go out before it: so what
a message says of them needs no more than what is written, and an end that lies ahead with nothing written for it is a
fault.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.domain.alert import STAGED, Delivery, Kind
from alertd.domain.plan import ByChannel
from alertd.times.wall import ONE_DAY

_ALWAYS_THERE = 2
"""Of the alerts ahead of an end or a start, for each target: one is told as the next, the other that more follows."""

_LONGEST_QUIET = ONE_DAY
"""No quiet hours last longer: what is due so much later than an alert goes out after it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The part of a plan that is written down: what is due before a moment."""

    rest_from: datetime | None = None
    """The moment of the first delivery that is left out; None: all of it is there."""
    written_until: datetime | None = None
    """The moment before which all of the plan is written down; later than `rest_from` where days were not planned."""
    look_at: datetime | None = None
    """The moment to plan again, so that the next is there in time; None where nothing is to come."""
    days_from: datetime | None = None
    """The moment from which the days of a daily pause are not planned; None: all of them are, or there are none."""

    def holds(self, due_at: datetime) -> bool:
        """True for the moment of a delivery that is written down."""
        return self.written_until is None or due_at < self.written_until


WHOLE = Reach()
"""Of a plan that is written down as a whole."""


def reach(planned: ByChannel, now: datetime, horizon: timedelta, days_from: datetime | None = None) -> Reach:
    """The part of a plan to write down at a moment: all that is due within the horizon, and a little more.

    Questions never end, and a plan holds the next one alone: it is there always, and asks for a look when it is due.
    The days of a daily pause are planned up to the horizon alone: `days_from` is when those left out may begin.
    """
    looks, until, dues = list[datetime](), now + horizon, set[datetime]()
    for subscription, rungs in planned:
        of_each: dict[Hashable, list[datetime]] = defaultdict(list)
        for rung in rungs:
            if rung.due_at <= now:
                continue
            if rung.kind is Kind.REVIEW:
                looks.append(rung.due_at)
            else:
                of_each[rung.leads_to].append(rung.due_at)
        for ahead in of_each.values():
            dues.update(ahead)
            ahead.sort()
            soon = ahead[:_ALWAYS_THERE]
            if subscription.has_quiet_hours:
                soon += [due_at for due_at in ahead if due_at - ahead[0] < _LONGEST_QUIET]
            until = max(until, *soon)
    written_until = min((due_at for due_at in dues if due_at > until), default=None)
    rest_from = min((moment for moment in (written_until, days_from) if moment is not None), default=None)
    if rest_from is not None:
        looks += [*dues, rest_from - horizon / 2]
    return Reach(rest_from, written_until, min(looks, default=None), days_from)


def beyond(planned: Iterable[Delivery], rest_from: datetime) -> Iterator[Delivery]:
    """The deliveries of a plan that are left out from a moment on."""
    return (delivery for delivery in planned if delivery.kind in STAGED and delivery.due_at >= rest_from)
