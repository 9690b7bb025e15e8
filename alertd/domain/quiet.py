"""Quiet hours: the hours of a night in which a channel is told only what cannot wait; the rest waits for their end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from alertd.domain.alert import TRUCELESS, Delivery, Kind, Stage
from alertd.times.wall import ONE_DAY, begins_to_show


@dataclass(frozen=True, slots=True)
class WallHours:
    """Hours by the wall clock, from one time of day to another: of the next day where that one is not later."""

    begins: time
    ends: time


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """The quiet hours of a channel, by the wall clock of its zone.

    A clock that changes never makes them longer: of a time that comes twice they begin at the second and end at the
    first, and one that is left out counts as the moment of the jump.
    """

    hours: WallHours
    zone: tzinfo
    kinds: frozenset[Kind]
    """The kinds that pass."""
    stages: frozenset[Stage]
    """The stages that pass, whatever their kind."""

    def passes(self, kind: Kind, stage: Stage | None) -> bool:
        """True for what goes out in the quiet hours; what alertd says of itself or of several truces always does.

        A stage before an end lets all those pass that are nearer to it, so that no ladder of a truce falls between.
        """
        if kind in TRUCELESS or kind in self.kinds:
            return True
        return stage is not None and (
            stage in self.stages or any(passing <= stage <= _MOMENT_ITSELF for passing in self.stages)
        )

    def over_at(self, moment: datetime) -> datetime | None:
        """The end of the quiet hours that hold at a moment; None where none do."""
        today = moment.astimezone(self.zone).date()
        for day in (today - ONE_DAY, today):
            begin, end = self._night(day)
            if begin <= moment < end:
                return end
        return None

    def quiet_until(self, delivery: Delivery, now: datetime | None = None) -> datetime | None:
        """The moment up to which a delivery waits, seen from its own moment or from now; None where it does not."""
        if self.passes(delivery.kind, delivery.stage):
            return None
        return self.over_at(delivery.due_at if now is None else max(delivery.due_at, now))

    def as_sent(self, deliveries: Iterable[Delivery], now: datetime) -> tuple[Delivery, ...]:
        """Deliveries at the moments at which they go out, as it looks now, soonest first."""
        moved = (replace(each, due_at=self.quiet_until(each, now) or each.due_at) for each in deliveries)
        return tuple(sorted(moved, key=lambda delivery: delivery.due_at))

    def _night(self, day: date) -> tuple[datetime, datetime]:
        """The quiet hours that begin on a day, in UTC; empty where the clocks leave them out."""
        begins, ends = self.hours.begins, self.hours.ends
        until = day if begins < ends else day + ONE_DAY
        begin = begins_to_show(datetime.combine(day, begins), self.zone)[-1]
        return begin, begins_to_show(datetime.combine(until, ends), self.zone)[0]


_MOMENT_ITSELF = Stage(timedelta())

AllQuietHours = Mapping[str, QuietHours]
"""The quiet hours of each target that has some, by its name."""


def quiet_until(quiet_hours: AllQuietHours, delivery: Delivery, now: datetime | None = None) -> datetime | None:
    """The moment up to which the quiet hours of its target let a delivery wait; None where they do not."""
    quiet = quiet_hours.get(delivery.target)
    return None if quiet is None else quiet.quiet_until(delivery, now)
