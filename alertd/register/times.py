"""The times and durations of one truce: read in its zone, or reported and None.

The grammar itself is `domain.instant`; here it meets a file's keys and the problems that they cause.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from alertd.domain import instant
from alertd.domain.instant import Duration, FindZone, Parsed
from alertd.domain.truce import End, EndKind
from alertd.errors import Code, Level, TimeRefused
from alertd.positions import KeyPath
from alertd.register.findings import Findings


@dataclass(frozen=True, slots=True)
class Times:
    """Reads the times of one truce; whatever cannot be read is reported at its key."""

    findings: Findings
    zone: tzinfo
    zone_name: str
    find_zone: FindZone
    now: datetime

    def end(self, path: KeyPath, value: object, reference: datetime | None) -> End | None:
        """An end; a missing part of its date is counted from the reference, and needs one."""
        return self._read(
            path,
            lambda: instant.parse_time(
                value, zone=self.zone, zone_name=self.zone_name, find_zone=self.find_zone, reference=reference
            ),
        )

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
            self.findings.report(
                path, Code.ORDER, "`announced` lies in the future: is its date right?", level=Level.WARNING
            )
        return moment

    def duration(self, path: KeyPath, value: object) -> Duration | None:
        """A duration."""
        try:
            return instant.parse_duration(value)
        except TimeRefused as refused:
            self.findings.refuse(path, refused)
            return None

    def later(self, path: KeyPath, base: End, duration: Duration) -> End | None:
        """The end that lies a duration after another one."""
        if base.kind is EndKind.DATE:
            return self._read(path, lambda: Parsed(self._later_day(base, duration)))
        if base.at is None:
            message = "a duration needs an end to count from, and there is none: write the end itself"
            self.findings.report(path, Code.BAD_DURATION, message)
            return None
        moment = base.at
        return self._read(path, lambda: instant.add(moment, duration, zone=self.zone, zone_name=self.zone_name))

    def _parse_moment(self, value: object) -> Parsed:
        return instant.parse_moment(value, zone=self.zone, zone_name=self.zone_name, find_zone=self.find_zone)

    def _later_day(self, base: End, duration: Duration) -> End:
        return instant.add_to_date(base, duration, zone=self.zone, zone_name=self.zone_name)

    def _read(self, path: KeyPath, read: Callable[[], Parsed]) -> End | None:
        try:
            parsed = read()
        except TimeRefused as refused:
            self.findings.refuse(path, refused)
            return None
        self.findings.doubt(path, parsed)
        return parsed.end
