"""A daily pause: windows that open and close each day by the wall clock, until a last day.

The offsets of its zone come with it, so that a window has its moments in UTC without the zone database. A window that
goes over midnight belongs to the day on which it opens. Where the clocks change at an opening or a closing, the
shorter of the windows that this can mean counts: nobody goes by an hour that may be outside of it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from alertd.times.wall import ONE_DAY, utc_offset

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of a day by the wall clock; one that closes at or before its opening closes on the next day."""

    opens: time
    closes: time

    @property
    def days_later(self) -> timedelta:
        """The days from its opening to its closing: none or one."""
        return ONE_DAY if self.closes <= self.opens else timedelta()

    def __str__(self) -> str:
        closes = "2400" if self.closes == time() else f"{self.closes:%H%M}"
        return f"{self.opens:%H%M}-{closes}"


AllHours: TypeAlias = tuple[Hours, ...]


def listed(hours: AllHours) -> str:
    """Hours as people write them: `0600-1000 and 1400-1800`; of a day without any `none`."""
    return " and ".join(map(str, hours)) or "none"


@dataclass(frozen=True, slots=True)
class HoursFrom:
    """The hours that hold from a day on, or on that day alone; without any it has no window."""

    day: date
    hours: AllHours


class Offset(NamedTuple):
    """The distance of a zone from UTC since a moment."""

    since: datetime
    size: timedelta


class Window(NamedTuple):
    """A window by its moments in UTC, its closing not included."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class DailyPause:
    """The hours of a pause, day by day; its last day is for the end of its truce to say."""

    hours: AllHours
    first: date
    offsets: tuple[Offset, ...]
    """Of its zone, from before the first day on, earliest first."""
    weekdays: tuple[int, ...] = ()
    """The days of the week on which it has windows, Monday as 0; none: all."""
    exceptions: tuple[HoursFrom, ...] = ()
    """The days that have hours of their own."""
    changes: tuple[HoursFrom, ...] = ()
    """Other hours, each from a day on; of two the later one in this order counts."""

    def changed(self, changes: Iterable[HoursFrom]) -> "DailyPause":
        """The same with further changes of its hours."""
        further = tuple(changes)
        return replace(self, changes=(*self.changes, *further)) if further else self

    @property
    def first_opening(self) -> datetime:
        """The first opening of all, on the first day that has a window."""
        return next(self.windows(self.offsets[0].since, date.max)).opens

    def hours_on(self, day: date) -> AllHours:
        """The hours of a day."""
        for exception in self.exceptions:
            if exception.day == day:
                return exception.hours
        if day < self.first or (self.weekdays and day.weekday() not in self.weekdays):
            return ()
        return self.regular_hours(day)

    def regular_hours(self, day: date) -> AllHours:
        """The hours of a day that has no hours of its own."""
        return next((change.hours for change in reversed(self.changes) if change.day <= day), self.hours)

    def windows_on(self, day: date) -> Iterator[Window]:
        """The windows that open on a day, in their order; none for one that the clocks jump over."""
        for hours in self.hours_on(day):
            opens = max(self.moments(datetime.combine(day, hours.opens)))
            closes = min(self.moments(datetime.combine(day + hours.days_later, hours.closes)))
            if opens < closes:
                yield Window(opens, closes)

    def windows(self, since: datetime, last: date) -> Iterator[Window]:
        """The windows that close after a moment, up to those of a last day."""
        day = max(self.first, self.day_at(since) - ONE_DAY)
        while day <= last:
            yield from (window for window in self.windows_on(day) if window.closes > since)
            day += ONE_DAY

    def last_closing(self, last: date) -> datetime | None:
        """The last closing up to those of a last day; None where there is no window."""
        day = last
        while day >= self.first:
            windows = tuple(self.windows_on(day))
            if windows:
                return windows[-1].closes
            day -= ONE_DAY
        return None

    def day_of(self, closing: datetime) -> date:
        """The day on which the window with this closing opens; the local day of any other moment."""
        day = self.day_at(closing)
        yesterday = day - ONE_DAY
        return yesterday if any(window.closes == closing for window in self.windows_on(yesterday)) else day

    def day_at(self, moment: datetime) -> date:
        """The local day of a moment."""
        return (moment + self.offsets[self._place_at(moment)].size).date()

    def moments(self, wall: datetime) -> tuple[datetime, ...]:
        """The moments that a wall time can be: one, two where it comes twice, and of one in a gap both around it."""
        found = self.shown(wall)
        if found:
            return found
        naive = wall.replace(tzinfo=UTC)
        after = next(place for place, offset in enumerate(self.offsets) if naive - offset.size < offset.since)
        return tuple(naive - offset.size for offset in self.offsets[after - 1 : after + 1])

    def shown(self, wall: datetime) -> tuple[datetime, ...]:
        """The moments at which clocks show a wall time: none in a gap, two in an overlap."""
        naive = wall.replace(tzinfo=UTC)
        first, last = self._place_at(naive - ONE_DAY), self._place_at(naive + ONE_DAY)
        if first == last:  # as on most days: no zone is a day away from UTC
            return (naive - self.offsets[first].size,)
        moments = ((place, naive - self.offsets[place].size) for place in range(first, last + 1))
        return tuple(moment for place, moment in moments if self._place_at(moment) == place)

    def _place_at(self, moment: datetime) -> int:
        """The place of the offset that holds at a moment; that of the first before it too."""
        return max(bisect_right(self.offsets, moment, key=_since) - 1, 0)


def _since(offset: Offset) -> datetime:
    return offset.since


def offsets_of(zone: tzinfo, first: date, last: date) -> tuple[Offset, ...]:
    """The offsets of a zone from the day before one day to the day after another."""
    begin = datetime.combine(first - ONE_DAY, time(), UTC)
    until = datetime.combine(last + 2 * ONE_DAY, time(), UTC)
    years = range(begin.year, until.year + 1)
    changes = (change for year in years for change in _changes(zone, year) if begin < change.since <= until)
    return Offset(begin, utc_offset(begin, zone)), *changes


@lru_cache(maxsize=4_096)
def _changes(zone: tzinfo, year: int) -> tuple[Offset, ...]:
    """The offsets that begin in a year of UTC, earliest first; kept, as each truce of a zone asks for decades."""
    found, moment = list[Offset](), datetime(year, 1, 1, tzinfo=UTC)
    size = utc_offset(moment, zone)
    while moment.year == year:
        before, moment = moment, moment + ONE_DAY
        if utc_offset(moment, zone) != size:
            size = utc_offset(moment, zone)
            found.append(Offset(_change(zone, before, moment), size))
    return tuple(found)


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first moment at which the later of two different offsets holds."""
    size, second = utc_offset(after, zone), timedelta(seconds=1)
    while after - before > second:
        middle = before + (after - before) // second // 2 * second
        before, after = (before, middle) if utc_offset(middle, zone) == size else (middle, after)
    return after


def overlapping(hours: AllHours) -> tuple[Hours, Hours] | None:
    """Two windows of a day that overlap, or of one day and the next; None where there are none."""
    ordered = sorted(hours, key=lambda each: each.opens)
    for here, there in zip(ordered, [*ordered[1:], ordered[0]], strict=True):
        starts = _minutes(there.opens) + (ONE_DAY if there is ordered[0] else timedelta())
        if _minutes(here.closes) + here.days_later > starts:
            return here, there
    return None


def _minutes(of_day: time) -> timedelta:
    return (of_day.hour * 60 + of_day.minute) * _MINUTE
