"""Durations as people write them: `48h`, `90m`, `1d12h`, `2w`, `PT48H`.

Hours, minutes and seconds are elapsed time; days and weeks are days of a wall clock, which a change of the
clocks makes 23 or 25 hours long. Months and years are of no fixed length and are refused: the date says it better.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from alertd.errors import Code, TimeRefused
from alertd.times.expression import quote

_LONGEST_TEXT = 40
_HOUR_OF_DAY = re.compile(r"[0-9]{4}h?", re.IGNORECASE | re.ASCII)
"""`0100` and `0100H` are hours; `48` is a duration without its unit."""
_DAYS_A_WEEK = 7
_LONGEST = timedelta(days=36525)
"""Longer than any truce; short enough that no end and no stage leaves the calendar."""
_FORMS = "48h, 90m, 1d12h, 2w or PT48H"
_SHORT = re.compile(r"(?:([0-9]{1,8})w)?(?:([0-9]{1,8})d)?(?:([0-9]{1,8})h)?(?:([0-9]{1,8})m)?(?:([0-9]{1,8})s)?")
_ISO = re.compile(
    r"P(?:([0-9]{1,8})W)?(?:([0-9]{1,8})D)?(?:T(?=[0-9])(?:([0-9]{1,8})H)?(?:([0-9]{1,8})M)?(?:([0-9]{1,8})S)?)?",
    re.IGNORECASE,
)
_MONTHS_OR_YEARS = re.compile(r"[0-9]+ ?(?:mo|mon|months?|y|yr|years?|M)|P[0-9]+[MY].*", re.ASCII)
_SPELLED = re.compile(r"([0-9]{1,8}) ?(weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[wdhms])", re.IGNORECASE)
_DECIMAL = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})h", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time: first so many days of the wall clock, then so much elapsed time."""

    days: int
    elapsed: timedelta

    def __str__(self) -> str:
        """`1d12h`: text that `parse_duration` reads."""
        hours, rest = divmod(int(self.elapsed.total_seconds()), 3600)
        parts = ((self.days, "d"), (hours, "h"), (rest // 60, "m"), (rest % 60, "s"))
        return "".join(f"{count}{unit}" for count, unit in parts if count)


def parse_duration(value: object) -> Duration:
    """Read a duration; raises `TimeRefused` (bad_duration) with what to write instead."""
    if not isinstance(value, str):
        raise _refused(f"a duration is text with its unit, in quotes: {_FORMS}")
    text = value.strip()
    if len(text) > _LONGEST_TEXT:
        raise _refused(f"a duration is short: {_FORMS}")
    return _parse(text)


@lru_cache(maxsize=256)
def _parse(text: str) -> Duration:
    """Remembered, as the same few durations stand in most truces."""
    match = _SHORT.fullmatch(text) or _SHORT.fullmatch(_lower_units(text)) or _ISO.fullmatch(text)
    if match is None or not any(match.groups()):
        raise _refused(_advice(text))
    weeks, days, hours, minutes, seconds = (int(count) for count in match.groups(default="0"))
    duration = Duration(
        days=weeks * _DAYS_A_WEEK + days,
        elapsed=timedelta(hours=hours, minutes=minutes, seconds=seconds),
    )
    if duration == Duration(0, timedelta()):
        raise _refused(f'"{text}" is no time at all; a duration is longer than zero')
    if _length(duration) > _LONGEST:
        raise _refused(f'"{text}" is longer than a hundred years: write the date of the end')
    return duration


def is_meant_as_duration(text: str) -> bool:
    """True of a duration, and of what `parse_duration` refuses with a duration to write instead."""
    text = text.strip()
    if _HOUR_OF_DAY.fullmatch(text):
        return False
    if text.isascii() and text.isdigit():
        return True
    forms = (_SHORT, _ISO, _MONTHS_OR_YEARS, _SPELLED, _DECIMAL)
    return any(form.fullmatch(each) for form in forms for each in (text.lstrip("+-"), _lower_units(text)))


def parse_lead(value: object) -> timedelta:
    """Read a duration of the settings, of `lead_times` or `after`, where a day is 24 h and a week 168 h."""
    return _length(parse_duration(value))


def words(duration: timedelta) -> str:
    """A length of time for people, without its sign: `2 d 1 h`, `1 h 30 min`, `45 s`; a day is 24 h."""
    minutes, seconds = divmod(abs(int(duration.total_seconds())), 60)
    parts = (
        (minutes // 1440, "d"),
        (minutes // 60 % 24, "h"),
        (minutes % 60, "min"),
        (seconds, "s"),
    )
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def _length(duration: Duration) -> timedelta:
    return timedelta(days=duration.days) + duration.elapsed


def _lower_units(text: str) -> str:
    """Capital units too, but for M, which elsewhere means months."""
    return text if "M" in text else text.lower()


def _advice(text: str) -> str:
    shown = quote(text)
    if _MONTHS_OR_YEARS.fullmatch(text):
        return f"{shown}: months and years are of no fixed length: write the date of the end"
    if text.isascii() and text.isdigit():
        return f"{shown} has no unit: write {text}h for hours or {text}m for minutes"
    if text.startswith(("-", "+")):
        return f"{shown}: a duration has no sign; an earlier end is written as a date"
    if spelled := _SPELLED.fullmatch(text):
        return f"{shown}: write {spelled[1]}{spelled[2][0].lower()}"
    if decimal := _DECIMAL.fullmatch(text):
        minutes = int(decimal[1]) * 60 + int(decimal[2]) * 60 // 10 ** len(decimal[2])
        return f"{shown} is a fraction: write {Duration(0, timedelta(minutes=minutes))}"
    return f"{shown} is not a duration: write it as {_FORMS}, digits 0-9, largest unit first"


def _refused(message: str) -> TimeRefused:
    return TimeRefused(Code.BAD_DURATION, message)


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

_SECONDS_BELOW = 2 * _MINUTE
"""Below this seconds are told."""

_HOURS_UP_TO = 72 * _HOUR
"""People speak of truces of 24, 48 and 72 hours; longer ones are told in days."""


def span(duration: timedelta) -> str:
    """A length of time: in hours up to three days, in whole minutes, cut so that it promises nobody too much."""
    size = abs(duration)
    size -= size % (_MINUTE if size >= _SECONDS_BELOW else _SECOND)
    if size > _HOURS_UP_TO or size < _HOUR:
        return words(size)
    hours, rest = divmod(size, _HOUR)
    return f"{hours} h {words(rest)}" if rest else f"{hours} h"
