"""The hours of a daily pause as a truce file gives them: windows, weekdays, exceptions, and later changes of them."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from alertd.domain.daily import AllHours, DailyPause, Hours, HoursFrom, listed, offsets_of, overlapping
from alertd.errors import Code, Level
from alertd.register.problems import ProblemCollector
from alertd.register.shape import RecordTable, TruceTable
from alertd.register.times import Times
from alertd.times.end import End
from alertd.times.formats import day_text
from alertd.times.vocabulary import SHORT_WEEKDAYS, WEEKDAYS
from alertd.times.wall import LAST_YEAR
from alertd.toml.positions import KeyPath

END_OF_DAILY = frozenset({"until", "by", "daily"})
"""The keys of a record that lead to another last closing."""

_WINDOW = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9])\s*-\s*([01][0-9]|2[0-4]):?([0-5][0-9])")
_SEVEN = ", ".join(SHORT_WEEKDAYS)
_DAY_NAMES = tuple(zip(WEEKDAYS, SHORT_WEEKDAYS, strict=True))
_EXAMPLE = 'write hours such as "1000-2000", or a list of such'
_YEARS_OF_OFFSETS = 40
_DATES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class DailyReader:
    """Reads the hours of one truce; whatever cannot be read is reported at its key."""

    times: Times
    collector: ProblemCollector
    table: TruceTable

    @property
    def is_asked_for(self) -> bool:
        """True if the file says that the truce is a daily pause, readable or not."""
        return self.table.daily is not None or self.collector.spoiled(("daily",))

    def pause(self, end_key: str | None) -> DailyPause | None:
        """The hours; None, and reported, where they cannot be read, and for a truce that is no daily pause."""
        if self.table.daily is None:
            self._report_alone()
            return None
        hours = _hours(self.collector, ("daily",), self.table.daily)
        first = self._date("starts", self.table.starts)
        weekdays, exceptions = self._weekdays(), self._exceptions()
        last = self._date("ends", self.table.ends) if end_key == "ends" else None
        if end_key == "lasts":
            message = "a daily pause has a last day, and no duration: write `ends` with its date, or `open = true`"
            self.collector.report(("lasts",), Code.TWO_ENDS, message)
        spoiled = any(self.collector.spoiled((key,)) for key in ("daily", "starts", "days", "except", "ends", "lasts"))
        if hours is None or first is None or end_key is None or spoiled:
            return None
        if last is not None and last < first:
            message = f"the last day, {day_text(last)}, lies before the first, {day_text(first)}: is `ends` right?"
            self.collector.report(("ends",), Code.ORDER, message)
            return None
        until = min(last or first.replace(day=1, year=first.year + _YEARS_OF_OFFSETS), date(LAST_YEAR, 1, 1))
        offsets = offsets_of(self.times.zone, first, max(until, first) + timedelta(days=366))
        found = DailyPause(hours, first, offsets, weekdays, exceptions)
        self._check(found, last or first + timedelta(days=3660))
        return None if self.collector.spoiled(("daily",)) else found

    def first_end(self, daily: DailyPause) -> End | None:
        """The last closing."""
        last = self._date("ends", self.table.ends)
        closing = None if last is None else daily.last_closing(last)
        return None if closing is None else End.instant(closing)

    def _report_alone(self) -> None:
        for key, value in (("days", self.table.days), ("except", self.table.except_)):
            if value:
                message = f'`{key}` belongs to a daily pause: write its hours too, such as daily = "1000-2000"'
                self.collector.report((key,), Code.MISSING, message)

    def _date(self, key: str, value: object) -> date | None:
        if value is None:
            if not self.collector.spoiled((key,)):
                message = f"a daily pause needs `{key}`, the {'first' if key == 'starts' else 'last'} day: 2025-07-27"
                self.collector.report((), Code.MISSING, message)
            return None
        return last_day(self.collector, (key,), value)

    def _weekdays(self) -> tuple[int, ...]:
        found = []
        for written in self.table.days:
            name = written.strip().capitalize()
            known = next((place for place, names in enumerate(_DAY_NAMES) if name in names), None)
            if known is None:
                self.collector.report(("days",), Code.WEEKDAY, f"{written!r} is no weekday: write {_SEVEN}")
            else:
                found.append(known)
        return tuple(sorted(set(found)))

    def _exceptions(self) -> tuple[HoursFrom, ...]:
        written = self.table.except_
        entries = written if isinstance(written, list) else [] if written is None else [written]
        return tuple(found for entry in entries if (found := self._exception(entry)) is not None)

    def _exception(self, entry: object) -> HoursFrom | None:
        path: KeyPath = ("except",)
        if not isinstance(entry, dict):
            day = last_day(self.collector, path, entry)
            return None if day is None else HoursFrom(day, ())
        if entry.keys() != {"date", "daily"}:
            message = 'takes dates, or tables such as { date = 2025-08-04, daily = "1200-1600" }'
            self.collector.report(path, Code.SYNTAX, message)
            return None
        day, hours = last_day(self.collector, path, entry["date"]), _hours(self.collector, path, entry["daily"])
        return None if day is None or hours is None else HoursFrom(day, hours)

    def _check(self, pause: DailyPause, last: date) -> None:
        """Report a pause without a window, exceptions that change nothing, and clocks that change at an hour of it."""
        if pause.last_closing(min(last, pause.first + timedelta(days=3660))) is None:
            self.collector.report(("daily",), Code.ORDER, "there is no window between the first and the last day")
            return
        regular = DailyPause(pause.hours, pause.first, pause.offsets, pause.weekdays)
        for exception in pause.exceptions:
            if not regular.hours_on(exception.day) or exception.day > last:
                day, hours = day_text(exception.day), listed(exception.hours)
                message = f"there is no window on {day} anyway: is the date right?"
                if exception.hours and pause.first <= exception.day <= last:
                    message = f"there is no window on {day} but this one, {hours}: is the date right?"
                self.collector.report(("except",), Code.ORDER, message, level=Level.WARNING)
        doubtful = [day_text(day) for day in doubtful_days(pause, last)]
        if doubtful:
            more = f" and {len(doubtful) - _DATES_SHOWN} more" if len(doubtful) > _DATES_SHOWN else ""
            message = (
                f"the clocks change at an opening or a closing on {', '.join(doubtful[:_DATES_SHOWN])}{more}: the "
                "shorter window that this can mean counts. To be sure, write an `except` with other hours for that day"
            )
            self.collector.report(("daily",), Code.OVERLAP, message, level=Level.WARNING)


def doubtful_days(pause: DailyPause, last: date) -> Iterator[date]:
    """The days with an opening or a closing that the clocks skip or show twice."""
    near = {pause.day_at(offset.since) + timedelta(days=days) for offset in pause.offsets[1:] for days in (-1, 0, 1)}
    for day in sorted(near):
        walls = [
            wall
            for hours in pause.hours_on(day)
            for wall in (
                datetime.combine(day, hours.opens),
                datetime.combine(day + hours.days_later, hours.closes),
            )
        ]
        if day <= last and any(len(pause.shown(wall)) != 1 for wall in walls):
            yield day


def last_day(collector: ProblemCollector, path: KeyPath, value: object) -> date | None:
    """A date, as a daily pause takes it; anything else is reported."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return date.fromisoformat(value)
    message = f"a daily pause counts whole days: write `{path[-1]}` as a date, such as 2025-08-10"
    if path[-1] == "by":
        message = "a daily pause counts whole days: write `until` with its last day instead of `by`"
    collector.report(path, Code.BAD_TIME, message)
    return None


def _hours(collector: ProblemCollector, path: KeyPath, value: object) -> AllHours | None:
    """The windows of a day; None, and reported, where they cannot be read, are empty or overlap."""
    written = value if isinstance(value, list) else [value]
    found = []
    for each in written:
        match = _WINDOW.fullmatch(each.strip()) if isinstance(each, str) else None
        if match is None or (match[3] == "24" and match[4] != "00"):
            collector.report(path, Code.BAD_TIME, f"`daily` takes the hours of a day: {_EXAMPLE}")
            return None
        opens, closes = time(int(match[1]), int(match[2])), time(int(match[3]) % 24, int(match[4]))
        if opens == closes and match[3] != "24":
            collector.report(path, Code.ORDER, f"the window {each} is empty: {_EXAMPLE}")
            return None
        found.append(Hours(opens, closes))
    if not found:
        collector.report(path, Code.MISSING, f"`daily` names no hours: {_EXAMPLE}")
        return None
    pair = overlapping(tuple(found))
    if pair is not None and len(found) > 1:
        collector.report(path, Code.ORDER, f"the windows {pair[0]} and {pair[1]} overlap: write them as one")
        return None
    return tuple(sorted(found, key=lambda hours: hours.opens))


def changed_hours(
    collector: ProblemCollector,
    path: KeyPath,
    table: RecordTable,
    daily: DailyPause | None,
    *,
    is_extension: bool,
) -> HoursFrom | None:
    """The other hours that a record brings, from a day on; None where it brings none, or they are reported."""
    if table.daily is None:
        return None
    key = (*path, "daily")
    if daily is None or not is_extension:
        message = "other hours belong into an [[truce.extension]] of a truce that has `daily` itself"
        collector.report(key, Code.UNKNOWN_KEY, message)
        return None
    if table.base is None:
        collector.report(key, Code.MISSING, "write the day from which these hours hold too, such as from = 2025-08-04")
        return None
    day, hours = last_day(collector, (*path, "from"), table.base), _hours(collector, key, table.daily)
    return None if day is None or hours is None else HoursFrom(day, hours)
