"""A milestone: a dated obligation inside a truce, which never ends it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from alertd.domain.recording import Recording, Void
from alertd.times.end import ALWAYS, NEVER


class MilestoneState(StrEnum):
    """The outcome of a milestone, as far as it is recorded."""

    OPEN = "open"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that is owed by a moment."""

    id: str
    what: str
    at: datetime
    """NEVER as long as it hangs on a start that is open."""
    waits_for: str | None = None
    """As long as it has no moment: the event from which that is counted, such as `72h after the start`."""
    by: str | None = None
    """The party that owes it."""
    announced: datetime = ALWAYS
    met: datetime | None = None
    missed: datetime | None = None
    sources: tuple[str, ...] = ()
    recording: Recording | None = None
    decision_recording: Recording | None = None
    """The author and the moment of the record of its outcome."""
    void: Void | None = None
    """The mark of an outcome that was recorded by mistake: nobody has recorded one."""

    @property
    def state(self) -> MilestoneState:
        """Its outcome; of a met and a missed the later one counts, and of both at once the met."""
        if self.void is not None:
            return MilestoneState.OPEN
        return self.recorded_state

    @property
    def recorded_state(self) -> MilestoneState:
        """The same, be it recorded by mistake or not."""
        if self.met is None and self.missed is None:
            return MilestoneState.OPEN
        return MilestoneState.MET if (self.met or ALWAYS) >= (self.missed or ALWAYS) else MilestoneState.MISSED

    @property
    def is_open(self) -> bool:
        """True as long as nobody has recorded what became of it."""
        return self.state is MilestoneState.OPEN

    @property
    def has_moment(self) -> bool:
        """False as long as it hangs on a start that is open."""
        return self.at != NEVER


def by_moment(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Milestones in the order in which they fall due."""
    return sorted(milestones, key=lambda milestone: milestone.at)


def known_milestones(milestones: Iterable[Milestone], at: datetime, *, future_counts: bool) -> tuple[Milestone, ...]:
    """The milestones as known at a moment; `future_counts`: one that is announced for later is known now."""
    return tuple(
        replace(
            milestone,
            met=_by(milestone.met, at),
            missed=_by(milestone.missed, at),
            void=milestone.void if milestone.void is not None and milestone.void.at <= at else None,
        )
        for milestone in milestones
        if future_counts or milestone.announced <= at
    )


def _by(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneMove:
    """A milestone that falls due at another moment than before."""

    old: Milestone
    new: Milestone


def moved_milestones(old: Iterable[Milestone], new: Iterable[Milestone]) -> tuple[MilestoneMove, ...]:
    """The milestones that are owed by another moment now, unless what became of them is recorded."""
    before = {milestone.id: milestone for milestone in old}
    return tuple(
        MilestoneMove(old=before[milestone.id], new=milestone)
        for milestone in new
        if milestone.id in before and before[milestone.id].at != milestone.at and milestone.is_open
    )


def reopened_milestones(old: Iterable[Milestone], new: Iterable[Milestone]) -> tuple[Milestone, ...]:
    """The milestones that are owed again, as the record of their outcome was a mistake or is gone."""
    answered = {milestone.id for milestone in old if not milestone.is_open}
    return tuple(milestone for milestone in new if milestone.id in answered and milestone.is_open)


def why_reopened(milestones: Sequence[Milestone]) -> str | None:
    """The reason why milestones are owed again; None where none is."""
    if not milestones:
        return None
    voids = [milestone.void for milestone in milestones if milestone.void is not None]
    if not voids:
        return "the record of what became of it was taken out of the register"
    reasons = [void.reason for void in voids if void.reason]
    return ": ".join(["what became of it was recorded by mistake", *(["; ".join(reasons)] if reasons else [])])


def loses_a_milestone(old: Iterable[Milestone], new: Iterable[Milestone]) -> bool:
    """True if a milestone is gone, or what became of one without a mark that this was a mistake."""
    left = {milestone.id: milestone for milestone in new}
    return any(
        milestone.id not in left
        or (not milestone.is_open and left[milestone.id].is_open and left[milestone.id].void is None)
        for milestone in old
    )
