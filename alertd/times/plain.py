"""The short way of nearly all times: a date and perhaps a time of day, in the field's own zone, that mean one thing.

Whatever is in any doubt is left to `instant`, which finds every reading of it, and which gives the same for these.
"""

from datetime import UTC, date, datetime, time, tzinfo

from alertd.times.end import End
from alertd.times.expression import Expression
from alertd.times.wall import EARLIEST, FIRST_YEAR, LAST_YEAR, LATEST, WIDEST_OFFSET, both_folds, day_bounds


def plain_value(value: object, zone: tzinfo, *, days_are_moments: bool) -> End | None:
    """A date-time or a date that TOML has read, as an end; None for anything else, and where there is a doubt.

    `zone` is that of the field; `days_are_moments`: a date alone counts from its 0000.
    """
    if not isinstance(value, date) or not FIRST_YEAR <= value.year <= LAST_YEAR:
        return None
    if not isinstance(value, datetime):
        return _day(value, zone, days_are_moments=days_are_moments)
    if value.microsecond:
        return None
    if value.tzinfo is None:
        return _wall_time(value, zone)
    offset = value.utcoffset()
    return None if offset is None or abs(offset) > WIDEST_OFFSET else _moment(value.astimezone(UTC))


def plain_expression(expression: Expression, zone: tzinfo, *, days_are_moments: bool) -> End | None:
    """The same of a text that has been taken apart."""
    if expression.zones or expression.ambiguities or expression.offset is not None:
        return None
    part = expression.dates[0]
    day = part.full
    if day is None or part.weekday not in {None, day.weekday()}:
        return None
    if not expression.times:
        return _day(day, zone, days_are_moments=days_are_moments)
    return _wall_time(datetime.combine(day, time()) + expression.times[0], zone)


def _day(day: date, zone: tzinfo, *, days_are_moments: bool) -> End | None:
    begins, over = day_bounds(day, zone)
    if not EARLIEST <= begins < min(over, LATEST):
        return None
    return End.instant(begins) if days_are_moments else End.of_day(begins, over)


def _wall_time(wall: datetime, zone: tzinfo) -> End | None:
    first, second = both_folds(wall, zone)
    return _moment(first) if first == second else None


def _moment(moment: datetime) -> End | None:
    return End.instant(moment) if EARLIEST <= moment < LATEST else None
