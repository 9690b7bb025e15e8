"""Times given on the command line, as they are written into a truce file.

What somebody wrote stays as it is where it says one thing by itself; where it lacks a part of the date, it is completed
as the file would be read, so that nobody has to count from an announcement to know what was meant.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from alertd.errors import TimeRefused
from alertd.register.editing import Value, dates_and_hours
from alertd.times import instant
from alertd.times.end import End
from alertd.times.formats import clock, day_text
from alertd.times.instant import Parsed, ZoneLookup
from alertd.times.wall import instants, offset_at

_TOML_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?)?")


@dataclass(frozen=True, slots=True)
class Written:
    """A time that was understood, and how it is written down."""

    value: Value
    at: datetime


@dataclass(frozen=True, slots=True)
class Hand:
    """Writes times for one zone: that of the truce."""

    zone: tzinfo
    zone_name: str
    zone_for: ZoneLookup

    def moment(self, text: str) -> Written:
        """A moment with a full date. Raises `TimeRefused`, for an hour that happens twice too."""
        return Written(native(text), self.read(native(text)))

    def read(self, value: object) -> datetime:
        """The same of a value that stands in a file."""
        return _certain(
            instant.parse_moment(value, zone=self.zone, zone_name=self.zone_name, zone_for=self.zone_for)
        ).order

    def end(self, text: str, reference: datetime) -> Value:
        """An end; a missing part of its date is counted from the reference. Raises `TimeRefused` likewise."""
        value = native(text)
        try:
            self._end(value, None)
        except TimeRefused:
            return self.full(self._end(value, reference).order)
        return value

    def now(self, moment: datetime) -> Written:
        """This moment as a wall time, with its offset where the clocks show it twice."""
        return Written(self._wall(moment), moment)

    def full(self, moment: datetime) -> str:
        """A moment as people write it, with its whole date: `0100 Fri 6 May 2016`."""
        local = moment.astimezone(self.zone)
        text = f"{clock(local.time())} {day_text(local.date())}"
        return text if self._shown_once(local) else f"{text} {offset_at(moment, self.zone)}"

    def _wall(self, moment: datetime) -> datetime:
        local = moment.astimezone(self.zone)
        return local.replace(tzinfo=None, fold=0) if self._shown_once(local) else moment.astimezone(UTC)

    def _shown_once(self, local: datetime) -> bool:
        return len(instants(local.replace(tzinfo=None, fold=0), self.zone)) == 1

    def _end(self, value: object, reference: datetime | None) -> End:
        return _certain(
            instant.parse_time(
                value, zone=self.zone, zone_name=self.zone_name, zone_for=self.zone_for, reference=reference
            )
        )


def _certain(parsed: Parsed) -> End:
    if parsed.ambiguity is not None:
        raise parsed.ambiguity
    return parsed.end


def native(text: str) -> Value:
    """The text as TOML writes it: without quotes where TOML has a form for it."""
    stripped = text.strip()
    if _TOML_TIME.fullmatch(stripped):
        try:
            value: datetime | date = tomllib.loads(f"value = {stripped}")["value"]
        except ValueError:
            return stripped  # such as 31 April, which the grammar refuses with its readings
        return value
    return stripped


def exceptions(texts: Iterable[str]) -> Value:
    """The dates of a daily pause that have no window, or other hours: `2025-08-03`, `2025-08-04 1200-1600`."""
    parts = [text.split() for text in texts if text.strip()]
    return dates_and_hours([(native(day), hours) for day, *hours in parts])
