"""The times and durations of one truce: read in its zone, or reported and None.

The grammar itself is `domain.instant`; here it meets a file's keys and the problems that they cause.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from alertd.domain.recording import Recording
from alertd.errors import Code, Level, TimeRefused
from alertd.register.problems import ProblemCollector
from alertd.register.shape import BeginningTable, MilestoneTable, StatementTable, TruceTable
from alertd.times import instant
from alertd.times.arithmetic import add, add_to_date
from alertd.times.duration import Duration, parse_duration
from alertd.times.end import End, EndKind
from alertd.times.grammar import read_text
from alertd.times.instant import Parsed, ZoneLookup
from alertd.toml.positions import KeyPath


@dataclass(frozen=True, slots=True)
class Times:
    """Reads the times of one truce; whatever cannot be read is reported at its key."""

    collector: ProblemCollector
    zone: tzinfo
    zone_name: str
    zone_for: ZoneLookup
    now: datetime
    _moments: dict[object, Parsed] = field(default_factory=dict)
    """The moments that were read already, by their values: several parts of the reading ask for one moment."""

    def end(self, path: KeyPath, value: object, reference: datetime | None) -> End | None:
        """An end; a missing part of its date is counted from the reference, and needs one."""
        return self._read(
            path,
            lambda: instant.parse_time(
                value, zone=self.zone, zone_name=self.zone_name, zone_for=self.zone_for, reference=reference
            ),
        )

    def condition(self, path: KeyPath, text: str, key: str) -> End:
        """The end on a condition; one that reads as a time is questioned, with the `key` that takes a time."""
        time = _time_in(text)
        if time is not None:
            message = (
                f'this condition reads as a time, of which nobody is reminded: if it is one, write {key} = "{time}"'
            )
            self.collector.report(path, Code.BAD_TIME, message, level=Level.WARNING)
        return End.conditional(text)

    def moment(self, path: KeyPath, value: object) -> datetime | None:
        """A moment with a full date; None too where there is no value."""
        if value is None:
            return None
        end = self._read(path, lambda: self._parse_moment(value))
        return None if end is None else end.at

    def moment_if_certain(self, value: object) -> datetime | None:
        """A moment of which nothing is reported, as the lines around it already are."""
        try:
            parsed = self._parse_moment(value)
        except TimeRefused:
            return None
        return parsed.end.at

    def announced(self, path: KeyPath, value: object) -> datetime | None:
        """When something became known, which is seldom still to come."""
        moment = self.moment(path, value)
        if moment is not None and moment > self.now:
            self.collector.report(
                path, Code.ORDER, "`announced` lies in the future: is its date right?", level=Level.WARNING
            )
        return moment

    def recording(
        self,
        path: KeyPath,
        table: StatementTable | TruceTable | MilestoneTable | BeginningTable,
        announced: datetime | None,
        *,
        of: str = "",
    ) -> Recording | None:
        """Who wrote something, or a decision `of` it, down, and when, which is never before it was announced."""
        name = f"{of}_recorded" if of else "recorded"
        value, by = getattr(table, name), getattr(table, f"{name}_by")
        if value is None and by is None:
            return None
        key = (*path, name)
        at = self.moment(key, value)
        if at is not None and at > self.now:
            message = f"`{name}` lies in the future: is its date right?"
            self.collector.report(key, Code.ORDER, message, level=Level.WARNING)
        elif at is not None and announced is not None and at < announced <= self.now:
            message = f"`{name}` lies before `announced`: is the date of both right?"
            self.collector.report(key, Code.ORDER, message, level=Level.WARNING)
        return None if at is None and by is None else Recording(at=at, by=by)

    def duration(self, path: KeyPath, value: object) -> Duration | None:
        """A duration."""
        try:
            return parse_duration(value)
        except TimeRefused as refused:
            self.collector.refuse(path, refused)
            return None

    def later(self, path: KeyPath, base: End, duration: Duration) -> End | None:
        """The end that lies a duration after another one."""
        if base.kind is EndKind.DATE:
            return self._read(path, lambda: Parsed(self._later_day(base, duration)))
        if base.at is None:
            message = "a duration needs an end to count from, and there is none: write the end itself"
            self.collector.report(path, Code.BAD_DURATION, message)
            return None
        moment = base.at
        return self._read(path, lambda: add(moment, duration, zone=self.zone, zone_name=self.zone_name))

    def _parse_moment(self, value: object) -> Parsed:
        found = self._moments.get(value)
        if found is None:
            found = instant.parse_moment(value, zone=self.zone, zone_name=self.zone_name, zone_for=self.zone_for)
            self._moments[value] = found
        return found

    def _later_day(self, base: End, duration: Duration) -> End:
        return add_to_date(base, duration, zone=self.zone, zone_name=self.zone_name)

    def _read(self, path: KeyPath, read: Callable[[], Parsed]) -> End | None:
        try:
            parsed = read()
        except TimeRefused as refused:
            self.collector.refuse(path, refused)
            return None
        self.collector.note_ambiguity(path, parsed)
        return parsed.end


_BEFORE_A_TIME = re.compile(r"(?:(?:when|once|at|on|by|till|until|from|after|it|is)\s+)+", re.IGNORECASE)


def _time_in(condition: str) -> str | None:
    """The time that a condition is, but for the words before it; None where it is more than that."""
    text = _BEFORE_A_TIME.sub("", condition, count=1) if _BEFORE_A_TIME.match(condition) else condition
    try:
        read_text(text)
    except TimeRefused:
        return None
    return text
