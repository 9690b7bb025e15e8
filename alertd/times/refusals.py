"""Refusals: why a time does not say one thing for certain, and the sentence in which that is told."""

from datetime import date, datetime

from alertd.errors import Code, Reading, TimeRefused
from alertd.times.expression import Ambiguity, quote
from alertd.times.formats import clock, day_text
from alertd.times.wall import Place


def gap(wall: datetime, place: Place) -> Ambiguity:
    """The reason to refuse a wall time that the clocks jump over."""
    return Ambiguity(Code.GAP, f"{wall_text(wall)} does not exist in {place.name}: the clocks jump over it")


def overlap(wall: datetime, place: Place) -> Ambiguity:
    """The ambiguity of a wall time that happens twice."""
    return Ambiguity(
        Code.OVERLAP,
        f"{wall_text(wall)} happens twice in {place.name}: the earlier one counts until an offset says which",
    )


def missing_day(day: date, place: Place) -> Ambiguity:
    """The reason to refuse a day that the calendar leaps over."""
    return Ambiguity(Code.GAP, f"{day_text(day)} does not exist in {place.name}: the calendar leaps over it")


def wall_text(wall: datetime) -> str:
    """A wall time for a message: `0100 Wed 4 May 2016`."""
    return f"{clock(wall.time())} {day_text(wall.date())}"


def refusal(ambiguities: tuple[Ambiguity, ...], readings: tuple[Reading, ...], text: str | None = None) -> TimeRefused:
    """Every reason in one sentence, under the code of the first."""
    message = "; ".join(ambiguity.message for ambiguity in ambiguities)
    return TimeRefused(ambiguities[0].code, f"{quote(text)}: {message}" if text is not None else message, readings)
