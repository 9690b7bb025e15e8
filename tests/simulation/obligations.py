"""Milestones, read plainly from the words of the design: at a moment, or so long after the start or after another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

START = "start"


@dataclass(frozen=True, kw_only=True)
class StatedMilestone:
    """A milestone as its file says it: one of `at` and `after`."""

    id: str
    at: datetime | None = None
    after: timedelta | None = None
    base: str = START
    """What `after` counts from: the start, or the id of another that stands above it."""
    met: datetime | None = None
    missed: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """True if nobody had recorded by then what became of it."""
        return not any(moment is not None and moment <= now for moment in (self.met, self.missed))

    @property
    def is_answered(self) -> bool:
        """True if its text says what became of it."""
        return not (self.met is None and self.missed is None)


class Obligation(NamedTuple):
    """A milestone with its moment."""

    id: str
    at: datetime
    is_open: bool


def obligations(stated: Iterable[StatedMilestone], starts: datetime, now: datetime) -> tuple[Obligation, ...]:
    """Each milestone with its moment, of a truce that starts at another."""
    moments = {START: starts}
    for one in stated:
        moments[one.id] = one.at if one.after is None else moments[one.base] + one.after
    return tuple(Obligation(one.id, moments[one.id], one.is_open(now)) for one in stated)
