"""Aware UTC moments, and every way in which people write them.

Reading a time has two halves: `alertd.times.grammar` takes a text apart, and this module finds the moments
that its parts can mean in a zone, counted from a reference. One moment is an answer. Where there are several, or
none, the time is refused with each possible reading, in local time, in UTC, and as text that the same field takes.
Nothing here ever picks one of several; the one exception is a wall time that happens twice, whose earlier moment
counts and is returned together with the ambiguity.

Nothing here asks for the time of day, knows a zone database, or knows what a time is for.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NoReturn

from alertd.errors import Code, Reading, TimeRefused
from alertd.times.end import End
from alertd.times.expression import Ambiguity, DatePart, Expression
from alertd.times.formats import clock, day_text, iso_local
from alertd.times.grammar import read_date, read_text, read_wall_time
from alertd.times.plain import plain_expression, plain_value
from alertd.times.refusals import gap, missing_day, overlap, refusal, wall_text
from alertd.times.vocabulary import MONTHS, WEEKDAYS
from alertd.times.wall import (
    EARLIEST,
    FIRST_YEAR,
    LAST_YEAR,
    LATEST,
    ONE_DAY,
    Place,
    both_folds,
    day_bounds,
    instants,
    offset_at,
    offset_text,
    parse_offset,
)

ZoneLookup = Callable[[str], tzinfo]
"""Finds a zone by IANA name or fixed offset; raises `TimeRefused` (unknown_zone or abbreviation)."""

FARTHEST = timedelta(days=180)
"""The distance at which a result may lie from the reference where a part of the date was left out."""

_ONE_WEEK = timedelta(days=7)
_YEARS_AROUND = 9
"""29 February may be eight years away: 2096 to 2104."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A time that was understood: an end of kind `instant` or `date`."""

    end: End
    ambiguity: TimeRefused | None = None
    """Set where the wall time happens twice: `end.at` is the earlier moment, `end.second` the later one."""


@dataclass(frozen=True, slots=True)
class _Field:
    """The field in which a time stands: what counts where the text is silent."""

    place: Place | None
    """None: the text has to name its zone."""
    zone_for: ZoneLookup
    reference: datetime | None
    """None: the text has to name its full date."""
    days_are_moments: bool
    """True if a date alone counts from its 0000; else it is a day."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One moment that a time can mean, and whose wall clock shows it."""

    utc: datetime
    place: Place
    day: date | None = None
    """Set where a whole day is meant, which begins at `utc`."""
    ends_day: bool = False
    """True if it was meant as 2400 of the day that it ends."""


def parse_time(
    value: object,
    *,
    zone: tzinfo,
    zone_name: str,
    zone_for: ZoneLookup,
    reference: datetime | None,
) -> Parsed:
    """Read an end: a string of the grammar, or a date-time or date that TOML has read.

    `reference` is the UTC moment from which a missing part of the date is counted; without one the date has to
    be full. Raises `TimeRefused` with every possible reading, earliest first.
    """
    end = plain_value(value, zone, days_are_moments=False)
    if end is not None:
        return Parsed(end)
    usable = reference if reference is not None and EARLIEST <= reference < LATEST else None
    return _parse(value, _Field(Place(zone, zone_name), zone_for, usable, days_are_moments=False))


def parse_moment(value: object, *, zone: tzinfo, zone_name: str, zone_for: ZoneLookup) -> Parsed:
    """Read a moment with a full date; a date alone counts from its 0000. Raises `TimeRefused` as `parse_time` does."""
    end = plain_value(value, zone, days_are_moments=True)
    if end is not None:
        return Parsed(end)
    return _parse(value, _Field(Place(zone, zone_name), zone_for, None, days_are_moments=True))


def parse_with_zone(text: str, *, zone_for: ZoneLookup) -> datetime:
    """Read a moment with a full date and a zone or offset; UTC. Raises `TimeRefused`, for what happens twice too."""
    parsed = _parse(text, _Field(None, zone_for, None, days_are_moments=True))
    if parsed.ambiguity is not None:
        raise parsed.ambiguity
    return parsed.end.order


# From a value to its parts, from its parts to the moments they can mean.


def _parse(value: object, field: _Field) -> Parsed:
    expression = _read(value, field)
    if field.place is not None:
        end = plain_expression(expression, field.place.zone, days_are_moments=field.days_are_moments)
        if end is not None:
            return Parsed(end)
    return _judged(expression, field, value if isinstance(value, str) else None)


def _judged(expression: Expression, field: _Field, text: str | None) -> Parsed:
    """Every moment that the parts of a time can mean: the only one, or a refusal with all of them."""
    places, zone_ambiguities = _places(expression, field, text)
    ambiguities = [*expression.ambiguities, *zone_ambiguities]
    moments: list[_Candidate] = []
    for place in places:
        for part in expression.dates:
            for since_midnight in expression.times or (None,):
                found, more = _find(part, since_midnight, place, expression, field.reference)
                moments.extend(found)
                ambiguities.extend(more)
    countable = [moment for moment in moments if EARLIEST <= moment.utc < LATEST]
    if not countable:
        ambiguities.append(Ambiguity(Code.BAD_TIME, f"write a year from {FIRST_YEAR} to {LAST_YEAR}"))
    _check(ambiguities, countable, text)
    return _parsed(countable, field, text)


def _check(ambiguities: Iterable[Ambiguity], moments: Iterable[_Candidate], text: str | None) -> None:
    """Refuse what is in doubt, for every reason at once."""
    reasons = tuple(dict.fromkeys(ambiguities))
    if reasons:
        raise refusal(reasons, _readings(moments), text)


def _parsed(moments: list[_Candidate], field: _Field, text: str | None) -> Parsed:
    """The result without a doubt: a day, a moment, or the two moments of one wall time."""
    first, *others = moments
    if first.day is not None:
        if field.days_are_moments:
            return Parsed(End.instant(first.utc))
        return Parsed(End.of_day(*day_bounds(first.day, first.place.zone)))
    if not others:
        return Parsed(End.instant(first.utc))
    wall = first.utc.astimezone(first.place.zone).replace(tzinfo=None)
    ambiguity = refusal((overlap(wall, first.place),), _readings(moments), text)
    return Parsed(End.instant(first.utc, others[0].utc), ambiguity)


def _read(value: object, field: _Field) -> Expression:
    if isinstance(value, str):
        return read_text(value)
    if isinstance(value, datetime):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            return read_wall_time(value, None)
        return read_wall_time(value, value.utcoffset())
    if isinstance(value, date):
        return read_date(value)
    if isinstance(value, time):
        _refuse_bare_time(value, field)
    raise TimeRefused(
        Code.BAD_TIME,
        'a time is a date-time, a date, or text in quotes such as "0100 Wed": write it in quotes ("0100")',
    )


def _refuse_bare_time(value: time, field: _Field) -> NoReturn:
    """Refuse a time of day that TOML has read, with what the same hour in quotes would mean."""
    message = f'write the day too, in quotes: "{clock(value)} Wed 4 May 2016"'
    readings: tuple[Reading, ...] = ()
    if field.reference is not None and field.place is not None:
        expression = Expression(times=(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second),))
        before, after = _sides(DatePart(), expression.times[0], field.place, field.reference)
        moments = [
            moment
            for day in (before, after)
            if day is not None
            for moment in _moments(day, expression.times[0], field.place, expression)[0]
        ]
        readings = _readings(moments)
    raise TimeRefused(Code.BAD_TIME, message, readings)


def _places(expression: Expression, field: _Field, text: str | None) -> tuple[list[Place], list[Ambiguity]]:
    """The zones in which the time can be meant: those it names, else the field's own."""
    unsure = any(ambiguity.code is Code.ABBREVIATION for ambiguity in expression.ambiguities)
    named = [place for name in expression.zones if (place := _named_place(name, field, unsure=unsure)) is not None]
    if named and field.place is not None and not expression.times and not field.days_are_moments:
        return _places_of_day(named, expression, field.place)
    if named:
        return named, []
    if field.place is not None:
        return [field.place], []
    asked = Ambiguity(Code.BAD_TIME, 'name the zone or the offset too, such as "2016-05-02 1800 Asia/Damascus"')
    raise refusal((*expression.ambiguities, asked), (), text)


def _named_place(name: str, field: _Field, *, unsure: bool) -> Place | None:
    """A zone by the name in the text; one of several meanings may be missing from an old database."""
    offset = parse_offset(name)
    if offset is not None:
        return Place(offset, "Z" if name in "Zz" else offset_text(offset.utcoffset(None)), explicit=True)
    try:
        return Place(field.zone_for(name), name, explicit=True)
    except TimeRefused:
        if unsure:
            return None
        raise


def _places_of_day(named: list[Place], expression: Expression, own: Place) -> tuple[list[Place], list[Ambiguity]]:
    """A day belongs to the zone of its truce: the same day elsewhere begins and ends at other moments."""
    days = [part.full for part in expression.dates if part.full is not None]
    if all(day_bounds(day, place.zone) == day_bounds(day, own.zone) for day in days for place in named):
        return [own], []
    return [own], [Ambiguity(Code.BAD_TIME, f"a day without an hour is counted in {own.name}: leave the zone out")]


def _find(
    part: DatePart,
    since_midnight: timedelta | None,
    place: Place,
    expression: Expression,
    reference: datetime | None,
) -> tuple[list[_Candidate], list[Ambiguity]]:
    """The moments that one date and one time of day can mean in one zone, and why they are not one."""
    if part.full is not None:
        days, ambiguities = _full_date(part.full, part.weekday)
    elif reference is None:
        needed = Ambiguity(Code.BAD_TIME, 'write the full date, with its year: "0100 Wed 4 May 2016"')
        raise refusal((*expression.ambiguities, needed), ())
    else:
        days, ambiguities = _missing_part(part, since_midnight, place, expression, reference)
    moments: list[_Candidate] = []
    for day in days:
        found, ambiguity = _moments(day, since_midnight, place, expression)
        moments.extend(found)
        ambiguities.extend(ambiguity)
    if part.full is None and reference is not None and not (ambiguities or expression.ambiguities):
        moments = [moment for moment in moments if moment.utc > reference]
    return moments, ambiguities


def _full_date(day: date, weekday: int | None) -> tuple[list[date], list[Ambiguity]]:
    """A date as written; where its weekday is another, that date and the nearest such weekdays."""
    if weekday is None or weekday == day.weekday():
        return [day], []
    back = timedelta(days=(day.weekday() - weekday) % 7)
    message = f"{day_text(day)[4:]} is a {WEEKDAYS[day.weekday()]}, not a {WEEKDAYS[weekday]}"
    return [day - back, day, day - back + _ONE_WEEK], [Ambiguity(Code.WEEKDAY, message)]


def _missing_part(
    part: DatePart,
    since_midnight: timedelta | None,
    place: Place,
    expression: Expression,
    reference: datetime,
) -> tuple[list[date], list[Ambiguity]]:
    """The days that an incomplete date can mean: the first match after the reference, where that is certain."""
    today = reference.astimezone(place.zone).date()
    if part.days_ahead is not None:
        return [today + timedelta(days=part.days_ahead)], []
    if part.month is None and part.weekday == today.weekday():
        message = f"counted from {day_text(today)}, itself a {WEEKDAYS[part.weekday]}: write the date"
        return [today, today + _ONE_WEEK], [Ambiguity(Code.WEEKDAY, message)]
    before, after = _sides(part, since_midnight, place, reference)
    ambiguities = []
    if since_midnight is None:
        ambiguities.append(Ambiguity(Code.BAD_TIME, "write the time of day too, or for the whole day the full date"))
    if after is None or _latest(after, since_midnight, place) - reference > FARTHEST:
        message = f"the next {_named(part)} is more than {FARTHEST.days} days after {day_text(today)}: write the year"
        return [day for day in (before, after) if day is not None], [*ambiguities, Ambiguity(Code.BAD_TIME, message)]
    if part.month is not None:
        days, more = _full_date(after, part.weekday)
        return days, ambiguities + more
    if part == DatePart() and expression.ambiguities:
        return [day for day in (before, after) if day is not None], ambiguities
    return [after], ambiguities


def _named(part: DatePart) -> str:
    return f"{part.day} {MONTHS[part.month - 1]}" if part.month is not None else "such day"


def _sides(
    part: DatePart,
    since_midnight: timedelta | None,
    place: Place,
    reference: datetime,
) -> tuple[date | None, date | None]:
    """The last match at or before the reference and the first one strictly after it; None where there is none."""
    before = None
    for day in _matches(part, reference.astimezone(place.zone).date()):
        if _latest(day, since_midnight, place) > reference:
            return before, day
        before = day
    return before, None


def _latest(day: date, since_midnight: timedelta | None, place: Place) -> datetime:
    """The latest moment that a time of a day can be."""
    if since_midnight is None:
        return day_bounds(day, place.zone)[0]
    return both_folds(datetime.combine(day, time()) + since_midnight, place.zone)[1]


def _matches(part: DatePart, around: date) -> Iterator[date]:
    """The days around one that an incomplete date fits, in their order; its weekday is checked later if it has more."""
    if part.month is None or part.day is None:
        first = around - timedelta(days=9)
        ahead, step = (0, 1) if part.weekday is None else ((part.weekday - first.weekday()) % 7, 7)
        for days in range(ahead, 19, step):
            yield first + timedelta(days=days)
        return
    for year in range(around.year - _YEARS_AROUND, around.year + _YEARS_AROUND + 1):
        try:
            yield date(year, part.month, part.day)
        except ValueError:  # 29 February of a common year
            continue


def _moments(
    day: date,
    since_midnight: timedelta | None,
    place: Place,
    expression: Expression,
) -> tuple[list[_Candidate], list[Ambiguity]]:
    """The moments of a time on a day in a zone: one, two where it happens twice, none but their readings in a gap."""
    if since_midnight is None:
        return _whole_day(day, place)
    wall = datetime.combine(day, time()) + since_midnight
    found = instants(wall, place.zone)
    if not found:
        return [_Candidate(moment, place) for moment in both_folds(wall, place.zone)], [gap(wall, place)]
    moments = [_Candidate(moment, place, ends_day=since_midnight == ONE_DAY) for moment in found]
    bracketed = parse_offset(expression.offset) if expression.offset is not None else None
    if bracketed is None:
        return moments, []
    size = bracketed.utcoffset(None)
    agreeing = [moment for moment in moments if moment.utc.astimezone(place.zone).utcoffset() == size]
    if agreeing:
        return agreeing, []
    by_offset = Place(bracketed, offset_text(size), explicit=True)
    message = f"{place.name} is at {offset_at(found[0], place.zone)} then, not at {offset_text(size)}"
    moments.append(_Candidate((wall - size).replace(tzinfo=UTC), by_offset))
    return moments, [Ambiguity(Code.BAD_TIME, message)]


def _whole_day(day: date, place: Place) -> tuple[list[_Candidate], list[Ambiguity]]:
    begins, over = day_bounds(day, place.zone)
    if begins < over:
        return [_Candidate(begins, place, day)], []
    neighbours = [day - ONE_DAY, day + ONE_DAY]
    return (
        [_Candidate(day_bounds(each, place.zone)[0], place, each) for each in neighbours],
        [missing_day(day, place)],
    )


def _readings(moments: Iterable[_Candidate]) -> tuple[Reading, ...]:
    """Each moment once, earliest first."""
    by_moment = {moment.utc: moment for moment in reversed(list(moments)) if EARLIEST <= moment.utc < LATEST}
    return tuple(_reading(by_moment[utc]) for utc in sorted(by_moment))


def _reading(moment: _Candidate) -> Reading:
    place = moment.place
    suffix = f" {place.name}" if place.explicit else ""
    if moment.day is not None:
        return Reading(moment.day.isoformat(), moment.utc, f"{moment.day.isoformat()}{suffix}")
    wall = moment.utc.astimezone(place.zone).replace(tzinfo=None, fold=0)
    if len(instants(wall, place.zone)) > 1:
        suffix = f" {offset_at(moment.utc, place.zone)}"
    text = f"2400 {day_text(wall.date() - ONE_DAY)}" if moment.ends_day else wall_text(wall)
    return Reading(iso_local(moment.utc, zone=place.zone), moment.utc, f"{text}{suffix}")
