"""Moments and days as lists of several truces tell them: each in the zone of its truce, and a moment in UTC too."""

from collections.abc import Iterator
from datetime import date, datetime

from alertd.domain.statement import Record
from alertd.domain.truce import Truce
from alertd.errors import Reading
from alertd.message.wording import place
from alertd.times.end import End, EndKind
from alertd.times.formats import clock, day_text, short_local, show_utc
from alertd.times.instant import ZoneLookup
from alertd.times.wall import is_utc


def moment_in_words(moment: datetime, zone_name: str, now: datetime, zone_for: ZoneLookup) -> str:
    """`0100 Wed 4 May Damascus (2200Z Tue 3 May)`, with the year where it is not the current one; in UTC once."""
    if is_utc(zone_name):
        return show_utc(moment, year=moment.year != now.year)
    zone = zone_for(zone_name)
    local = moment.astimezone(zone)
    year = f" {local.year}" if local.year != now.astimezone(zone).year else ""
    return f"{short_local(moment, zone=zone)}{year} {place(zone_name)} ({show_utc(moment)})"


def day_in_words(begins: datetime, zone_name: str, zone_for: ZoneLookup) -> str:
    """`Wed 4 May Damascus`."""
    return f"{day_text(begins.astimezone(zone_for(zone_name)).date(), year=False)} {place(zone_name)}"


def moment_of(truce: Truce | None, moment: datetime, *, now: datetime, zone_for: ZoneLookup) -> str:
    """A moment in the zone of its truce, and in UTC; in UTC alone where that truce is not known any more."""
    return moment_in_words(moment, "UTC" if truce is None else truce.zone, now, zone_for)


def end_in_words(truce: Truce | None, ends_at: datetime, *, now: datetime, zone_for: ZoneLookup) -> str:
    """An end of a truce in the same way; of one without an hour its day."""
    if truce is not None and any(end.kind is EndKind.DATE and end.at == ends_at for end in _ends(truce)):
        return day_in_words(ends_at, truce.zone, zone_for)
    return moment_of(truce, ends_at, now=now, zone_for=zone_for)


def reading_in_words(reading: Reading) -> str:
    """`0100 Wed 4 May 2016 (+03:00) = 2200Z Tue 3 May: write 0100 Wed 4 May 2016 Asia/Damascus`."""
    return f"{moment_of_reading(reading)}: write {reading.write}"


def moment_of_reading(reading: Reading) -> str:
    """The same without what to write."""
    return f"{_local_in_words(reading.local)} = {show_utc(reading.utc)}"


def _local_in_words(local: str) -> str:
    if "T" not in local:
        return day_text(date.fromisoformat(local))
    moment, length = datetime.fromisoformat(local), len("2016-05-04T01:00:00")
    return f"{clock(moment.time())} {day_text(moment.date())} ({local[length:]})"


def _ends(truce: Truce) -> Iterator[End]:
    yield truce.first_end
    yield from (record.end for record in (*truce.records, *truce.voided) if isinstance(record, Record))
