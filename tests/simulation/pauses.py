"""Daily pauses, read plainly from the words of the design: windows by the wall clock, until a last day.

A window belongs to the day on which it opens. Where its hours can mean two moments, the shorter window counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from simulation.ends import OPEN, Day, Ending, Hour
from simulation.timeline import BEGINNING

ONE_DAY = timedelta(days=1)

LAST_OF_ALL = BEGINNING.date() + 14 * ONE_DAY
"""The last day of a pause that has none: no clock of a world shows a later one."""

Hours = tuple[tuple[time, time], ...]
"""The windows of a day, in order: each from its opening to its closing, at or before which lies midnight."""


class Window(NamedTuple):
    """A window by its moments."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True)
class HoursFrom:
    """The hours from a day on, or of that day alone."""

    day: date
    hours: Hours


class Statement(Protocol):
    """What was said of a pause."""

    until: "Hour | Day | Daily | None"
    hours: HoursFrom | None


@dataclass(frozen=True, kw_only=True)
class Daily:
    """The hours of a daily pause."""

    zone: str
    hours: Hours
    first: date
    last: date | None
    """None: it is open."""
    weekdays: tuple[int, ...] = ()
    """Monday is 0; none: every day."""
    exceptions: tuple[HoursFrom, ...] = ()
    """The days that have hours of their own, or none."""
    changes: tuple[HoursFrom, ...] = ()
    """Other hours, each from a day on; the last of them counts."""

    def windows(self, *, old_zones: bool) -> tuple[Window, ...]:
        """All its windows, in order."""
        return _windows(self, old_zones=old_zones)

    def ending(self, *, old_zones: bool) -> Ending:
        """The last closing."""
        if self.last is None:
            return OPEN
        last = self.windows(old_zones=old_zones)[-1].closes
        return Ending(last, last)

    def hours_of(self, day: date) -> Hours:
        """The hours of a day."""
        for one in self.exceptions:
            if one.day == day:
                return one.hours
        if self.weekdays and day.weekday() not in self.weekdays:
            return ()
        changed = [one.hours for one in self.changes if one.day <= day]
        return changed[-1] if changed else self.hours


def known_pause(first: Daily, said: Iterable[Statement]) -> Daily:
    """A pause after what was said of it, in order."""
    known = first
    for one in said:
        if isinstance(one.until, Daily):
            known = replace(known, last=one.until.last)
        if one.hours is not None:
            known = replace(known, changes=(*known.changes, one.hours))
    return known


@lru_cache(maxsize=1024)
def _windows(pause: Daily, *, old_zones: bool) -> tuple[Window, ...]:
    last = pause.last or LAST_OF_ALL
    days = (pause.first + ONE_DAY * number for number in range((last - pause.first).days + 1))
    return tuple(window for day in days for window in _windows_of(pause, day, old_zones=old_zones))


def _windows_of(pause: Daily, day: date, *, old_zones: bool) -> Iterator[Window]:
    for opens, closes in pause.hours_of(day):
        closing_day = day if opens < closes else day + ONE_DAY
        first, _, second = Hour(datetime.combine(day, opens), zone=pause.zone).ending(old_zones=old_zones)
        closing = Hour(datetime.combine(closing_day, closes), zone=pause.zone).ending(old_zones=old_zones).at
        opening = second or first
        if opening < closing:
            yield Window(opening, closing)
