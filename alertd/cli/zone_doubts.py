"""Doubts of `check` about the zone data: an end near a change of the clocks, and data that may lack newer rules."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from alertd.cli.context import Context
from alertd.domain.truce import Truce, TruceStatus
from alertd.errors import Code, Level, Problem
from alertd.register import ReadTruce
from alertd.times.formats import show
from alertd.times.wall import ONE_DAY, clock_shift, offset_at

YEAR = timedelta(days=365)


def zone_doubts(context: Context, known: Iterable[tuple[ReadTruce, Truce | None]], now: datetime) -> Iterator[Problem]:
    """Every doubt, as a warning at the truce that it concerns."""
    stale = _surely_older_than_a_year(context.zones.version, now)
    for read, truce in known:
        if truce is None:
            continue
        has_rules = isinstance(context.zones.find(truce.zone), ZoneInfo)
        for message in (_near_transition(context, truce, now), _stale(context, truce) if stale and has_rules else None):
            if message is not None:
                yield Problem(read.file, read.line, read.id, Level.WARNING, Code.STALE_ZONE, message)


def _near_transition(context: Context, truce: Truce, now: datetime) -> str | None:
    told, zone = TruceStatus(truce, now).end, context.zones.find(truce.zone)
    end = told.at
    if end is None or told.second is not None:  # a time that happens twice is told as that already
        return None
    before, after = end - ONE_DAY, end + ONE_DAY
    if not clock_shift(before, after, zone=zone):
        return None
    offsets = " to ".join(offset_at(moment, zone) for moment in (before, after))
    return (
        f"the clocks of {truce.zone} change from {offsets} within a day of the end: "
        f"make sure that {show(end, zone=zone, zone_name=truce.zone)} is meant, or write the time with its offset"
    )


def _stale(context: Context, truce: Truce) -> str:
    return (
        f"the zone data is of {context.zones.version}, over a year old: the rules of {truce.zone} may have changed; "
        "upgrade the tzdata package"
    )


def _surely_older_than_a_year(version: str, now: datetime) -> bool:
    """True if data of this version is over a year old; of a release only the year is known: its last day counts."""
    match = re.match(r"[0-9]{4}", version)
    return match is not None and now - datetime(int(match[0]), 12, 31, tzinfo=UTC) > YEAR
