"""A duration or an end that was stated beside an end: where both disagree, one of them is a mistake.

Warnings alone: the end counts as it stands, and what was stated beside it moves nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from alertd.errors import Code, Level, Reading
from alertd.register.problems import ProblemCollector
from alertd.register.shape import RecordTable
from alertd.register.times import Times
from alertd.times.duration import Duration, span
from alertd.times.end import End, EndKind
from alertd.times.formats import day_text, iso_end, short_local
from alertd.times.wall import clock_shift
from alertd.toml.positions import KeyPath

STATED_DURATION = "stated_duration"
STATED_UNTIL = "stated_until"


@dataclass(frozen=True, slots=True)
class GivenEnd:
    """An end of a truce or of a record."""

    key: str
    """The key that gives it."""
    end: End


@dataclass(frozen=True, slots=True)
class StatedChecker:
    """Compares the ends of one truce with what was stated beside them."""

    _times: Times
    _collector: ProblemCollector

    def check_window(self, stated: object, starts: datetime | None, end: End | None) -> None:
        """Compare the truce's own end with the duration that was stated beside it."""
        path = (STATED_DURATION,)
        duration = None if stated is None else self._times.duration(path, stated)
        if duration is not None and starts is not None and end is not None:
            self._compare_duration(path, duration, End.instant(starts), GivenEnd("ends", end))

    def check_record(
        self, path: KeyPath, table: RecordTable, reference: datetime | None, base: End | None, given: GivenEnd
    ) -> None:
        """Compare the end of a record with the duration and the end that were stated beside it.

        A duration counts from `from`, else from the base; from the reference where that is no moment. What cannot be
        read here is a warning as well, so that it never costs the record.
        """
        scratch = self._collector.scratch()
        checker = StatedChecker(replace(self._times, collector=scratch), scratch)
        if table.stated_duration is not None:
            counted_from = checker._counted_from(table, reference, base)
            checker._check_duration((*path, STATED_DURATION), table.stated_duration, counted_from, given)
        if table.stated_until is not None:
            checker._check_until((*path, STATED_UNTIL), table.stated_until, reference, given)
        self._collector.problems.extend(replace(problem, level=Level.WARNING) for problem in scratch.problems)

    def _counted_from(self, table: RecordTable, reference: datetime | None, base: End | None) -> End | None:
        moment = reference
        if table.base is not None:
            moment = self._times.moment_if_certain(table.base)
        elif base is None or base.at is not None:
            return base
        return None if moment is None else End.instant(moment)

    def _check_duration(self, path: KeyPath, stated: object, base: End | None, given: GivenEnd) -> None:
        duration = self._times.duration(path, stated)
        if duration is not None and base is not None:
            self._compare_duration(path, duration, base, given)

    def _check_until(self, path: KeyPath, stated: object, reference: datetime | None, given: GivenEnd) -> None:
        until, end = self._times.end(path, stated, reference), given.end
        if until is None:
            return
        if end.at is None:
            self._warn(path, f"an end is stated, yet {_owner(path)} has no end in time")
        elif not _agree(end, until):
            told = f"ends {self._short(end)}, stated {self._short(until)}"
            self._warn(path, f"{told}: {_wrong(given, path)}", end, until)

    def _compare_duration(self, path: KeyPath, duration: Duration, base: End, given: GivenEnd) -> None:
        end = given.end
        if end.at is None:
            self._warn(path, f"a duration is stated, yet {_owner(path)} has no end in time")
            return
        expected = self._times.later(path, base, duration)
        if expected is None or _agree(end, expected):
            return
        window = f"{self._short(base)} to {self._short(end)} is {self._length(base, end)}"
        stated = str(duration) if duration.days else span(duration.elapsed)
        self._warn(path, f"{window}, stated {stated}: {_wrong(given, path)}", end, expected)

    def _warn(self, path: KeyPath, message: str, *ends: End) -> None:
        readings = sorted(map(self._reading, ends), key=lambda reading: reading.utc)
        self._collector.report(path, Code.MISMATCH, message, level=Level.WARNING, readings=tuple(readings))

    def _reading(self, end: End) -> Reading:
        """The text to write for an end that has a moment."""
        local = iso_end(end, zone=self._times.zone) or ""
        return Reading(local, end.order, local)

    def _short(self, end: End) -> str:
        """`0100 Wed 4 May`, or the day alone where no hour is known."""
        if end.kind is EndKind.DATE:
            return day_text(end.order.astimezone(self._times.zone).date(), year=False)
        return short_local(end.order, zone=self._times.zone)

    def _length(self, base: End, end: End) -> str:
        """The length of a window; by the clock as well where the clocks change in it."""
        zone = self._times.zone
        elapsed, shift = end.order - base.order, clock_shift(base.order, end.order, zone=zone)
        by_clock = elapsed + shift
        if base.kind is EndKind.DATE and end.kind is EndKind.DATE:
            return span(by_clock)
        if end.kind is EndKind.DATE:
            return f"{span(elapsed)} to {span(end.surely_over - base.order)}"
        return span(elapsed) + (f", by the clock {span(by_clock)}" if shift else "")


def is_stated(table: RecordTable) -> bool:
    """True if something was stated beside the end of a record."""
    return table.stated_duration is not None or table.stated_until is not None


def _owner(path: KeyPath) -> str:
    return f"the {path[0]}" if len(path) > 1 else "the truce"


def _wrong(given: GivenEnd, path: KeyPath) -> str:
    is_counted = len(path) > 1 and path[-1] == STATED_DURATION
    otherwise = ", or it counts from another moment: write that as `from`" if is_counted else ""
    return f"`{given.key}` or `{path[-1]}` is wrong{otherwise}"


def _agree(end: End, expected: End) -> bool:
    """True if both can be the same moment."""
    if end.kind is EndKind.DATE and expected.kind is EndKind.DATE:
        return end.at == expected.at
    if end.kind is EndKind.DATE:
        return any(end.order <= moment <= end.surely_over for moment in _moments(expected))
    if expected.kind is EndKind.DATE:
        return _agree(expected, end)
    return any(moment in _moments(end) for moment in _moments(expected))


def _moments(end: End) -> tuple[datetime, ...]:
    return tuple(moment for moment in (end.at, end.second) if moment is not None)
