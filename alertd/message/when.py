"""The phrases in which a headline says when: a moment, a day, an hour that comes twice, an end of any kind."""

from datetime import datetime, tzinfo

from alertd.message.case import Case
from alertd.message.wording import NO_END, condition, place
from alertd.times.end import End, EndKind
from alertd.times.formats import remembered, short_local, show_end, show_utc
from alertd.times.vocabulary import MONTHS
from alertd.times.wall import is_utc

CONDITION_LENGTH = 40
"""Characters of a condition, in a headline."""


def moment_in(case: Case, moment: datetime) -> str:
    """`0100 Wed 4 May Damascus (2200Z Tue 3 May)`, with the year where it is not the current one.

    A truce whose hours are in UTC has each hour once.
    """
    return _moment_in(moment, case.as_of, case.zone, case.truce.zone)


@remembered
def _moment_in(moment: datetime, as_of: datetime, zone: tzinfo, zone_name: str) -> str:
    if is_utc(zone_name):
        return f"{show_utc(moment)}{_year(moment, as_of, zone)}"
    return f"{_local(moment, as_of, zone, zone_name)} ({show_utc(moment)})"


def local(case: Case, moment: datetime) -> str:
    """`0100 Wed 4 May Damascus`."""
    return _local(moment, case.as_of, case.zone, case.truce.zone)


def _local(moment: datetime, as_of: datetime, zone: tzinfo, zone_name: str) -> str:
    return f"{short_local(moment, zone=zone)}{_year(moment, as_of, zone)} {place(zone_name)}"


def _year(moment: datetime, as_of: datetime, zone: tzinfo) -> str:
    year = moment.astimezone(zone).year
    return "" if year == as_of.astimezone(zone).year else f" {year}"


def twice(case: Case, first: datetime, second: datetime) -> str:
    """An hour that comes twice: `0130 Sat 28 Oct Gaza, which comes twice (2230Z and 2330Z Fri 27 Oct)`."""
    earlier, later = show_utc(first), show_utc(second)
    hour, _, day_of_first = earlier.partition(" ")
    both = f"{hour if later.endswith(day_of_first) else earlier} and {later}"
    return f"{local(case, first)}, which comes twice ({both})"


def day(case: Case, end: End) -> str:
    """The day of an end: `Wed 4 May 2016 Damascus`."""
    return show_end(end, zone=case.zone, zone_name=place(case.truce.zone))


def long_day(case: Case, moment: datetime) -> str:
    """A day as people say it: `30 April`, with the year where it is not the current one."""
    of_truce = moment.astimezone(case.zone)
    return f"{of_truce.day} {MONTHS[of_truce.month - 1]}{_year(moment, case.as_of, case.zone)}"


def in_utc(case: Case, moment: datetime, what: str = "") -> str:
    """The first or last moment of a day in UTC, in brackets, where that is not the clock of the truce."""
    return "" if is_utc(case.truce.zone) else f" ({what}{show_utc(moment)})"


def when(case: Case, end: End) -> str:
    """An end as what follows `extended to`."""
    if end.at is None:
        return NO_END if end.kind is EndKind.OPEN else f"the condition {condition(end, CONDITION_LENGTH)}"
    if end.kind is EndKind.DATE:
        return f"some time on {day(case, end)}{in_utc(case, end.at, 'from ')}"
    return moment_in(case, end.at) if end.second is None else twice(case, end.at, end.second)
