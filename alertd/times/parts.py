"""The parts of a time: what a text says of date, time of day and zone, each with all its meanings.

What does not exist or is not certain is taken with its neighbours and noted as ambiguous, or the text is refused.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import timedelta

from alertd.errors import Code, TimeRefused
from alertd.times.expression import Ambiguity, DatePart, Expression, quote
from alertd.times.vocabulary import MONTHS
from alertd.times.wall import FIRST_YEAR, LAST_YEAR

WHOLE_DAY = timedelta(hours=24)
CENTURY = 2000
CLOCK_UNITS = 60
MONTHS_A_YEAR = 12
_BUDDHIST_ERA = 543


@dataclass(slots=True)
class Parts:
    """The parts of one text, collected."""

    text: str
    days: list[DatePart] = field(default_factory=list)
    times: list[timedelta] = field(default_factory=list)
    zones: list[str] = field(default_factory=list)
    weekday: int | None = None
    offset: str | None = None
    ambiguities: list[Ambiguity] = field(default_factory=list)

    def expression(self) -> Expression:
        """The parts as they were collected."""
        return Expression(
            dates=tuple(self._with_weekday(day) for day in self.days or [DatePart()]),
            times=tuple(dict.fromkeys(self.times)),
            zones=tuple(dict.fromkeys(self.zones)),
            offset=self.offset,
            ambiguities=tuple(self.ambiguities),
        )

    def ambiguity(self, message: str, code: Code = Code.BAD_TIME) -> None:
        """Note why the text is not taken as it stands."""
        self.ambiguities.append(Ambiguity(code, message))

    def refused(self, message: str) -> TimeRefused:
        """The refusal of this text."""
        return TimeRefused(Code.BAD_TIME, f"{quote(self.text)}: {message}" if self.text else message)

    def take_date(self, year: int | None, month: int, day: int) -> None:
        """Take a date as written, or what may be meant by one that does not exist; raises `TimeRefused`."""
        if self.days:
            raise self.refused("names two dates: write one")
        self.days.extend(self.dates_of(year, month, day))
        if not self.days:
            raise self.refused(f"{_spell(year, month, day)} is no date: write day, month and year, such as 4 May 2016")

    def take_time(self, *times: timedelta) -> None:
        """Take a time of day with all its meanings; raises `TimeRefused` for a second one."""
        if self.times:
            raise self.refused("names two times of day: write the end alone")
        self.times.extend(times)

    def _with_weekday(self, day: DatePart) -> DatePart:
        if self.weekday is None:
            return day
        return DatePart(day.year, day.month, day.day, self.weekday, day.days_ahead)

    def dates_of(self, year: int | None, month: int, day: int) -> list[DatePart]:
        """The meanings of a date: itself, or its neighbours where it does not exist."""
        if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
            return self._dates_of_another_year(year, month, day)
        if not 1 <= month <= MONTHS_A_YEAR:
            return []
        last = monthrange(year or CENTURY, month)[1]
        if 1 <= day <= last:
            return [DatePart(year, month, day)]
        if not last < day <= 31:  # noqa: PLR2004  the longest month
            return []
        self.ambiguity(f"{_spell(year, month, day)} does not exist: {MONTHS[month - 1]} has {last} days")
        return [DatePart(year, month, last), DatePart(year, month + 1, 1)]

    def _dates_of_another_year(self, year: int, month: int, day: int) -> list[DatePart]:
        if FIRST_YEAR <= year - _BUDDHIST_ERA <= LAST_YEAR:
            self.ambiguity(f"the year {year} looks like the Buddhist era: write the year {year - _BUDDHIST_ERA}")
            return self.dates_of(year - _BUDDHIST_ERA, month, day)
        raise self.refused(
            f"the year {year:04d} is outside of {FIRST_YEAR} to {LAST_YEAR}: write the year of the Gregorian calendar"
            " (an end that is not known is `open = true`)"
        )

    def times_of(self, hour: int, minute: int, second: int) -> list[timedelta]:
        """The meanings of a time of day: itself, or its neighbours where no clock shows it; raises `TimeRefused`."""
        time = time_of(hour, minute, second)
        if time is not None:
            return [time]
        shown = f"{hour:02d}:{minute:02d}" + (f":{second:02d}" if second else "")
        self.ambiguity(
            f"{shown} is no time of day: hours are 00 to 24, minutes and seconds 00 to 59, 2400 ends the day"
        )
        if hour > 2 * 24 - 1:
            raise self.refused(f"{shown} is no time of day: hours are 00 to 24")
        if max(minute, second) < CLOCK_UNITS:
            return [timedelta(hours=hour, minutes=minute, seconds=second)]
        valid = timedelta(hours=hour, minutes=min(minute, 59), seconds=min(second, 59))
        step = timedelta(seconds=1) if minute < CLOCK_UNITS else timedelta(minutes=1)
        return [valid, valid + step]


def time_of(hour: int, minute: int, second: int = 0) -> timedelta | None:
    """A time of day since 0000; None for what no clock shows."""
    time = timedelta(hours=hour, minutes=minute, seconds=second)
    return time if max(minute, second) < CLOCK_UNITS and time <= WHOLE_DAY else None


def _spell(year: int | None, month: int, day: int) -> str:
    """A date that need not exist, for a message."""
    name = MONTHS[month - 1] if 1 <= month <= MONTHS_A_YEAR else f"month {month}"
    return f"{day} {name}" + (f" {year}" if year is not None else "")
