"""The forms in which a moment is shown: always with its weekday, in a named zone and in UTC.

`0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May`: what stands before the equals sign can be pasted
back into a truce file. Seconds are shown where a moment has them, as `00:59:30`; months and weekdays are English
whatever the locale of the machine, because the grammar that reads them back is.
"""

from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache

from alertd.times.end import End, EndKind
from alertd.times.vocabulary import SHORT_MONTHS, SHORT_WEEKDAYS
from alertd.times.wall import is_utc, offset_at, parse_offset

_CENTURY = range(2000, 2100)
"""The years that two digits of a date-time group mean."""
remembered = lru_cache(maxsize=1024)
"""Alerts that come together speak of few moments, and each speaks of the same one several times."""


@remembered
def show(moment: datetime, *, zone: tzinfo, zone_name: str) -> str:
    """A moment in full: `0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May`; in UTC itself once."""
    if is_utc(zone_name):
        return show_utc(moment, year=True)
    other_year = moment.astimezone(zone).year != moment.astimezone(UTC).year
    return f"{show_local(moment, zone=zone, zone_name=zone_name)} = {show_utc(moment, year=other_year)}"


@remembered
def show_local(moment: datetime, *, zone: tzinfo, zone_name: str) -> str:
    """A moment in one zone: `0100 Wed 4 May 2016 Asia/Damascus (+03:00)`; `parse_time` reads it back."""
    local = moment.astimezone(zone)
    text = f"{clock(local.time())} {day_text(local.date())} {zone_name}"
    return text if parse_offset(zone_name) is not None else f"{text} ({offset_at(moment, zone)})"


@remembered
def show_utc(moment: datetime, *, year: bool = False) -> str:
    """A moment in UTC: `2200Z Tue 3 May`, with its year on request."""
    in_utc = moment.astimezone(UTC)
    return f"{clock(in_utc.time())}Z {day_text(in_utc.date(), year=year)}"


def show_end(end: End, *, zone: tzinfo, zone_name: str) -> str:
    """An end with a moment in full; of a `date` end its day: `Wed 4 May 2016 Asia/Damascus`."""
    if end.kind is EndKind.INSTANT:
        return show(end.order, zone=zone, zone_name=zone_name)
    return f"{day_text(_day_of(end, zone))} {zone_name}"


@remembered
def short_local(moment: datetime, *, zone: tzinfo) -> str:
    """A moment for titles and lineages: `0100 Wed 4 May`."""
    local = moment.astimezone(zone)
    return f"{clock(local.time())} {day_text(local.date(), year=False)}"


def iso_local(moment: datetime, *, zone: tzinfo) -> str:
    """A moment in a zone for machines: `2016-05-04T01:00:00+03:00`."""
    return moment.replace(microsecond=0).astimezone(zone).isoformat()


def iso_end(end: End, *, zone: tzinfo) -> str | None:
    """An end in a zone for machines, of a `date` end its day: `2016-05-04`; None for an end without a moment."""
    if end.at is None:
        return None
    return _day_of(end, zone).isoformat() if end.kind is EndKind.DATE else iso_local(end.at, zone=zone)


def dtg(moment: datetime) -> str:
    """A moment as a military date-time group in UTC: `032200ZMAY16`."""
    in_utc = moment.astimezone(UTC)
    seconds = f"{in_utc.second:02d}" if in_utc.second else ""
    year = f"{in_utc.year % 100:02d}" if in_utc.year in _CENTURY else f"{in_utc.year:04d}"
    return f"{in_utc:%d%H%M}{seconds}Z{SHORT_MONTHS[in_utc.month - 1].upper()}{year}"


def clock(of_day: time) -> str:
    """A time of day: `0100`, with seconds `01:00:30`."""
    if of_day.second:
        return f"{of_day.hour:02d}:{of_day.minute:02d}:{of_day.second:02d}"
    return f"{of_day.hour:02d}{of_day.minute:02d}"


def day_text(day: date, *, year: bool = True) -> str:
    """A day with its weekday: `Wed 4 May 2016`."""
    text = f"{SHORT_WEEKDAYS[day.weekday()]} {day.day} {SHORT_MONTHS[day.month - 1]}"
    return f"{text} {day.year:04d}" if year else text


def _day_of(end: End, zone: tzinfo) -> date:
    """The local day of an end; an end without a moment has none, and asking for it is a mistake of the caller."""
    if end.at is None:
        message = f"an end of kind {end.kind} has no day"
        raise ValueError(message)
    return end.at.astimezone(zone).date()


@remembered
def iso_utc(moment: datetime) -> str:
    """An instant as machines read it, in UTC with whole seconds: `2016-05-03T22:00:00Z`."""
    return f"{moment.isoformat()[:19]}Z"  # several times as fast as strftime, and every key holds one
