"""The ends that truce files say, and the zones of the world, read plainly and without any code of alertd."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

NEW_OFFSET, OLD_OFFSET = timedelta(hours=3), timedelta(hours=2)
"""Damascus in winter, as zone data from after and from before October 2022 have it."""

DAMASCUS, MANILA = "Asia/Damascus", "Asia/Manila"
MANILA_OFFSET = timedelta(hours=8)
MADE_UP_ZONES = Path(__file__).parents[1] / "zoneinfo" / "made-up"
"""Zones whose clocks change in the middle of every world."""
TWICE, JUMP = "Test/Twice", "Test/Jump"
CLOCKS_BACK = datetime(2026, 1, 20, 14, tzinfo=UTC)
"""The moment at which the clocks there go back by an hour, from the one offset above to the other."""
A_DAY = timedelta(hours=24)
"""Every day of Manila."""

NEVER = datetime.max.replace(tzinfo=UTC)


class Ending(NamedTuple):
    """An end: the first moment at which it may be, and the one by which it has surely been; a day lies between them."""

    at: datetime
    over: datetime
    second: datetime | None = None
    """The later reading of an hour that happens twice; the earlier one counts."""

    def __str__(self) -> str:
        return "never" if self == OPEN else f"{self.at}" if self.at == self.over else f"the day from {self.at}"

    def is_same_as(self, other: "Ending | None") -> bool:
        """True if both mean the same end, be its hour one that happens twice or not."""
        return other is not None and self[:2] == other[:2]

    def is_later_than(self, expiry: "Ending") -> bool:
        """True if it begins when the other has surely passed."""
        return expiry.over <= self.at < NEVER and expiry.over < self.over


OPEN = Ending(NEVER, NEVER)


@dataclass(frozen=True)
class Hour:
    """A wall time in its truce's zone, or one with an offset of its own that no zone data can move."""

    wall: datetime
    fixed: bool = False
    zone: str = DAMASCUS

    def ending(self, *, old_zones: bool) -> Ending:
        """The moment that it is by the one or the other zone data."""
        offset = OLD_OFFSET if old_zones and not self.fixed else NEW_OFFSET
        if self.zone == MANILA and not self.fixed:
            offset = MANILA_OFFSET
        if self.zone == TWICE and not self.fixed:
            return self._in_the_zone_of_two_offsets()
        at = (self.wall - offset).replace(tzinfo=UTC)
        return Ending(at, at)

    def _in_the_zone_of_two_offsets(self) -> Ending:
        first, second = ((self.wall - offset).replace(tzinfo=UTC) for offset in (NEW_OFFSET, OLD_OFFSET))
        if first >= CLOCKS_BACK:
            return Ending(second, second)
        return Ending(first, first, second if second >= CLOCKS_BACK else None)


@dataclass(frozen=True)
class Day:
    """A day in Manila, at some hour of which it ends."""

    wall: datetime
    """At which it begins."""

    def ending(self, *, old_zones: bool) -> Ending:
        """The day."""
        at = (self.wall - MANILA_OFFSET).replace(tzinfo=UTC)
        return Ending(at, at + A_DAY)
