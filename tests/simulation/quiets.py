"""Quiet hours as a seed draws them, and who sleeps when: read plainly from the words of the design, without alertd.

The moments at which a wall clock shows a time of day are found by looking at that clock, minute after minute.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulation.ends import DAMASCUS, JUMP, MADE_UP_ZONES, MANILA, OLD_OFFSET, TWICE
from simulation.timeline import BEGINNING

ZONES = (DAMASCUS, MANILA, TWICE, TWICE, JUMP, JUMP, "America/New_York", "Asia/Kathmandu", "UTC")
LENGTHS = (30, 90, 150, 150, 300, 300, 600, 1290)
"""Minutes."""

AROUND_A_CHANGE = {
    TWICE: ("1400-1630", "1630-1900", "1500-1800", "1610-1640", "1600-1700"),
    JUMP: ("1400-1600", "1600-1800", "1500-1700", "1545-1615", "1530-1630"),
}
"""Hours of which the clocks show the beginning, the end, both or neither twice, or not at all."""

PASSING = (
    None,
    None,
    (),
    ("reminder",),
    ("lapsed", "escalated"),
    ("1h",),
    ("15m", "shortened", "terminated"),
    ("0", "+15m"),
    ("24h", "extended"),
    ("claimed", "start", "review"),
    ("2h", "milestone", "recorded"),
)
DEFAULT = ("1h", "15m", "0", "lapsed", "shortened", "corrected", "terminated", "escalated")
"""What passes where the settings do not say it."""

ALWAYS = frozenset({"ops", "shift", "missed"})
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MINUTES_OF = {"h": 60.0, "m": 1.0, "s": 1 / 60}


class Shown(NamedTuple):
    """The first and the last moment at which clocks show a time of day; that of the jump, where they leave it out."""

    first: datetime
    last: datetime


@dataclass(frozen=True)
class Quiet:
    """The quiet hours of a channel, as the settings have them."""

    zone: str
    begins: time
    ends: time
    passing: tuple[str, ...] | None

    def text(self) -> Iterator[str]:
        """Its lines in the settings."""
        hours = f'hours = "{self.begins:%H%M}-{self.ends:%H%M}"'
        passing = "" if self.passing is None else f", pass = {list(self.passing)}".replace("'", '"')
        yield f'zone = "{self.zone}"'
        yield f"quiet = {{ {hours}{passing} }}"

    def lets_pass(self, kind: str, stage: str | None) -> bool:
        """True for what goes out in these hours."""
        words = DEFAULT if self.passing is None else self.passing
        if kind in ALWAYS or kind in words or stage in words:
            return True
        return stage is not None and stage[0] != "+" and any(_lead(word) >= _lead(stage) for word in words)

    def over_at(self, moment: datetime, *, old_zones: bool) -> datetime | None:
        """The end of those that hold at a moment; None where none do."""
        return _over_at(self.zone, self.begins, self.ends, moment, old_zones=old_zones)


def draw_quiets(random: Random, channels: Iterable[str]) -> dict[str, Quiet]:
    """The quiet hours of some channels, in two worlds of three."""
    if random.random() > 0.67:
        return {}
    return {name: _draw(random) for name in channels if random.random() < 0.6}


def _draw(random: Random) -> Quiet:
    zone = random.choice(ZONES)
    if zone in AROUND_A_CHANGE and random.random() < 0.6:
        hours = random.choice(AROUND_A_CHANGE[zone]).split("-")
        begins, ends = (time(int(one[:2]), int(one[2:])) for one in hours)
    else:
        begin = BEGINNING + random.randrange(-180, 450, 15) * MINUTE
        clock, end = _clock(zone, old_zones=False), begin + random.choice(LENGTHS) * MINUTE
        begins, ends = begin.astimezone(clock).time(), end.astimezone(clock).time()
    return Quiet(zone, begins, ends, random.choice(PASSING))


def _lead(word: str) -> float:
    """How many minutes before an end a stage lies; less than nothing for any other word."""
    if word == "0":
        return 0.0
    return float(word[:-1]) * MINUTES_OF[word[-1]] if word[0].isdigit() else -1.0


@lru_cache(maxsize=100_000)
def _over_at(zone: str, begins: time, ends: time, moment: datetime, *, old_zones: bool) -> datetime | None:
    """They begin when the clocks show their beginning for the last time, and end when they show their end first."""
    today = moment.astimezone(_clock(zone, old_zones=old_zones)).date()
    for day in (today - DAY, today):
        until = day if begins < ends else day + DAY
        begin = _shown(zone, day, old_zones=old_zones)[begins].last
        end = _shown(zone, until, old_zones=old_zones)[ends].first
        if begin <= moment < end:
            return end
    return None


@lru_cache(maxsize=1_000)
def _shown(zone: str, day: date, *, old_zones: bool) -> dict[time, Shown]:
    """Every minute of a day by the wall clock, with the moments at which it is shown."""
    clock = _clock(zone, old_zones=old_zones)
    shown = dict[datetime, Shown]()
    moment = datetime.combine(day, time(), UTC) - 15 * 60 * MINUTE
    before = moment.astimezone(clock).replace(tzinfo=None)
    for _ in range(54 * 60):
        moment += MINUTE
        wall = moment.astimezone(clock).replace(tzinfo=None)
        while before + MINUTE < wall:  # the clocks were set forward
            before += MINUTE
            shown.setdefault(before, Shown(moment, moment))
        shown[wall] = Shown(shown[wall].first if wall in shown else moment, moment)
        before = wall
    return {wall.time(): moments for wall, moments in shown.items() if wall.date() == day}


@lru_cache(maxsize=20)
def _clock(zone: str, *, old_zones: bool) -> tzinfo:
    if zone == DAMASCUS and old_zones:
        return timezone(OLD_OFFSET)
    found = MADE_UP_ZONES / zone if zone in AROUND_A_CHANGE else Path(str(files("tzdata.zoneinfo"))) / zone
    with found.open("rb") as file:
        return ZoneInfo.from_file(file)
