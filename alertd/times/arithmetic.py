"""Adding a duration to a moment or to a day.

Days are days of the wall clock, and the rest is elapsed time; a sum that falls into a gap is refused.
"""

from datetime import datetime, timedelta, tzinfo

from alertd.errors import Code, Reading, TimeRefused
from alertd.times.duration import Duration
from alertd.times.end import End, EndKind
from alertd.times.formats import iso_local
from alertd.times.instant import Parsed
from alertd.times.refusals import gap, missing_day, overlap, refusal
from alertd.times.wall import EARLIEST, LAST_YEAR, LATEST, ONE_DAY, Place, both_folds, day_bounds, instants


def add(moment: datetime, duration: Duration, *, zone: tzinfo, zone_name: str) -> Parsed:
    """The moment a duration later: its days on the wall clock of a zone, then the rest as elapsed time.

    Raises `TimeRefused`: gap where the wall clock does not show the hour on that day, bad_duration beyond what can
    be counted. Its readings are written as durations, since that is what stands in the file.
    """
    _check_reach(moment, duration)
    if not duration.days:
        return Parsed(End.instant(moment + duration.elapsed))
    wall = moment.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=duration.days)
    place = Place(zone, zone_name)
    found = instants(wall, zone)
    results = tuple(each + duration.elapsed for each in found or both_folds(wall, zone))
    readings = tuple(
        Reading(iso_local(each, zone=zone), each, str(Duration(0, each - moment))) for each in dict.fromkeys(results)
    )
    if not found:
        raise refusal((gap(wall, place),), readings)
    if len(found) == 1:
        return Parsed(End.instant(results[0]))
    return Parsed(End.instant(*results), refusal((overlap(wall, place),), readings))


def add_to_date(end: End, duration: Duration, *, zone: tzinfo, zone_name: str) -> End:
    """The day so many days after a `date` end; raises `TimeRefused` (bad_duration) for anything but whole days."""
    if end.kind is not EndKind.DATE or end.at is None:
        raise TimeRefused(Code.BAD_DURATION, "there is no day to count from: write the date of the end")
    if duration.elapsed:
        days, rest = divmod(duration.elapsed, ONE_DAY)
        whole = f": write {Duration(duration.days + days, timedelta())}" if not rest else ": write the end itself"
        raise TimeRefused(Code.BAD_DURATION, f"the end is a day without an hour and moves by whole days{whole}")
    _check_reach(end.at, duration)
    day = end.at.astimezone(zone).date() + timedelta(days=duration.days)
    begins, over = day_bounds(day, zone)
    if begins == over:
        raise refusal((missing_day(day, Place(zone, zone_name)),), ())
    return End.of_day(begins, over)


def _check_reach(moment: datetime, duration: Duration) -> None:
    length = timedelta(days=duration.days) + duration.elapsed
    if not EARLIEST <= moment < LATEST or length >= LATEST - moment - ONE_DAY:
        raise TimeRefused(
            Code.BAD_DURATION, f"{duration} reaches beyond the year {LAST_YEAR}: write the date of the end"
        )
