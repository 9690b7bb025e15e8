"""Between wall clocks and UTC: which moments a wall time can be, where a day begins, how an offset is written.

No text of a user is read here beyond an offset, and nothing here knows of a truce. A zone is any `tzinfo`; the
zone database itself lives outside of the domain. Nothing is ever compared or subtracted in a local zone: Python
does that on the wall clock, and is an hour off across every change of the clocks.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache

from alertd.errors import Code, TimeRefused

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""The years that are taken as written; another is a slip or belongs to another calendar."""

EARLIEST = datetime(FIRST_YEAR, 1, 2, tzinfo=UTC)
LATEST = datetime(LAST_YEAR, 12, 30, tzinfo=UTC)
"""A moment between them falls in those years in every zone, so that no conversion can overflow."""

ONE_DAY = timedelta(days=1)
_ZERO = timedelta()
_ONE_SECOND = timedelta(seconds=1)
WIDEST_OFFSET = timedelta(hours=16)
"""No place was ever further from UTC, local mean times included."""

_UTC_NAMES = frozenset({"UTC", "UCT", "ZULU", "UNIVERSAL", "GMT", "GMT0", "GMT+0", "GMT-0", "GREENWICH"})
"""The names of UTC in the zone database, `Etc/` before them left out."""

_OFFSET = re.compile(r"([+-])([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class Place:
    """A zone, and the name under which people wrote it."""

    zone: tzinfo
    name: str
    explicit: bool = False
    """True if the name stood in the text itself, so that it belongs into whatever replaces the text."""


def parse_offset(text: str) -> timezone | None:
    """The fixed offset that a text such as `+03:00`, `+0300`, `+03` or `Z` names; None where it is none.

    Raises `TimeRefused` (unknown_zone) for what has the form of an offset and is further from UTC than any place.
    """
    if text in {"Z", "z"}:
        return UTC
    match = _OFFSET.fullmatch(text)
    if match is None:
        return None
    sign, hours, minutes, seconds = match.groups(default="0")
    size = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    if size > WIDEST_OFFSET or max(int(minutes), int(seconds)) > 59:  # noqa: PLR2004  minutes and seconds of a clock
        raise TimeRefused(Code.UNKNOWN_ZONE, f"no place is at {text} from UTC: write an offset such as +03:00")
    return timezone(size if sign == "+" else -size)


@lru_cache(maxsize=1024)
def is_utc(zone_name: str) -> bool:
    """True for a zone whose hours are those of UTC all year, whatever it is called."""
    offset = parse_offset(zone_name)
    return zone_name.upper().removeprefix("ETC/") in _UTC_NAMES if offset is None else offset.utcoffset(None) == _ZERO


def offset_text(offset: timedelta) -> str:
    """An offset as ISO 8601 writes it: `+03:00`; with seconds where it has them."""
    seconds = abs(int(offset.total_seconds()))
    sign = "-" if offset < timedelta() else "+"
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def utc_offset(moment: datetime, zone: tzinfo) -> timedelta:
    """The offset that holds in a zone at a moment."""
    return moment.astimezone(zone).utcoffset() or timedelta()


def offset_at(moment: datetime, zone: tzinfo) -> str:
    """The offset that holds in a zone at a moment, as text."""
    return offset_text(utc_offset(moment, zone))


def both_folds(wall: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The UTC moments of a naive wall time by the offset before and after a change of the clocks, earliest first.

    They are equal on every ordinary day. In a gap Python's fold=0 is the later of the two: hence the sorting.
    """
    first, second = wall.replace(fold=0) if wall.fold else wall, wall.replace(fold=1)
    before, after = zone.utcoffset(first) or _ZERO, zone.utcoffset(second) or _ZERO
    moment = (wall - before).replace(tzinfo=UTC)
    if before == after:
        return moment, moment
    other = (wall - after).replace(tzinfo=UTC)
    return min(moment, other), max(moment, other)


def instants(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The UTC moments at which clocks in a zone show a naive wall time: none in a gap, two in an overlap."""
    earlier, later = both_folds(wall, zone)
    if earlier == later:
        return (earlier,)
    return tuple(moment for moment in (earlier, later) if moment.astimezone(zone).replace(tzinfo=None) == wall)


def begins_to_show(wall: datetime, zone: tzinfo) -> tuple[datetime, ...]:
    """The UTC moments of a naive wall time, as `instants`; where clocks jump over it, the moment of that jump."""
    return instants(wall, zone) or (_jump_over(wall, zone),)


def _jump_over(wall: datetime, zone: tzinfo) -> datetime:
    before, begun = both_folds(wall, zone)
    while begun - before > _ONE_SECOND:
        middle = before + timedelta(seconds=(begun - before) // _ONE_SECOND // 2)
        if middle.astimezone(zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            begun = middle
    return begun


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The UTC moment at which a day begins: where clocks jump over its 0000, the moment of that jump."""
    begins = datetime.combine(day, time())
    first, second = both_folds(begins, zone)
    return first if first == second else begins_to_show(begins, zone)[0]


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """The UTC moments at which a day begins and is over; equal for a day that a zone left out of its calendar."""
    return day_begins(day, zone), day_begins(day + ONE_DAY, zone)


def clock_shift(since: datetime, until: datetime, *, zone: tzinfo) -> timedelta:
    """By how much the clocks of a zone were put forward between two moments; negative where they were put back."""
    return utc_offset(until, zone) - utc_offset(since, zone)
