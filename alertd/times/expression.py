"""An `Expression` is what a text says of a time: dates, times of day, zones, each with every meaning it can have.

A part with a single meaning is known. Where it has several, or one that the grammar does not accept, an `Ambiguity`
says why, and `alertd.times.instant` turns every combination into a reading to choose from.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from alertd.errors import Code

LONGEST_TEXT = 200
FORMS = '"0100 Wed", "0100 Wed 4 May 2016", "2016-05-04 0100", "2400 Tue 3 May 2016", "040100C MAY 16"'


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A reason why a text does not say one thing for certain."""

    code: Code
    message: str


@dataclass(frozen=True, slots=True)
class DatePart:
    """The part of a text about the date; an empty one says nothing."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    """0 is Monday."""
    days_ahead: int | None = None
    """Counted from the reference: `tomorrow` is 1."""

    @property
    def full(self) -> date | None:
        """The date, where the year is known."""
        if self.year is None or self.month is None or self.day is None:
            return None
        return date(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Expression:
    """The meaning of a text, each part with all its meanings; more than one of a part never comes without a doubt."""

    dates: tuple[DatePart, ...] = (DatePart(),)
    times: tuple[timedelta, ...] = ()
    """Since 0000 of that day, 2400 included; none: the text names a day only."""
    zones: tuple[str, ...] = ()
    """Names or offsets; none: the zone of the field counts."""
    offset: str | None = None
    """In brackets behind a zone's name, as alertd shows it: tells apart what happens twice."""
    ambiguities: tuple[Ambiguity, ...] = ()


def quote(text: str) -> str:
    """A user's text for a message: short, and safe to print."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return f'"{shown[:60]}…"' if len(shown) > 60 else f'"{shown}"'  # noqa: PLR2004  a line's worth
