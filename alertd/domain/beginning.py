"""A start that is open: the event that it waits for, and each record that the truce has begun."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from alertd.domain.milestone import Milestone
from alertd.domain.recording import Recording, Void
from alertd.times.end import ALWAYS, End


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A record that a truce has begun, or begins at a moment; with all that counts from there."""

    at: datetime
    announced: datetime = ALWAYS
    sources: tuple[str, ...] = ()
    recording: Recording | None = None
    void: Void | None = None
    first_end: End
    milestones: tuple[Milestone, ...] = ()

    @property
    def is_of_the_past(self) -> bool:
        """True if the truce had begun when that became known."""
        return self.at <= self.announced


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStart:
    """The start of a truce of which no moment was agreed."""

    condition: str
    """The event that it waits for."""
    first_end: End
    """The end as long as the truce has not begun."""
    lasts: str | None = None
    """The duration of the truce in the words of the file, where its end counts from its start."""
    milestones: tuple[Milestone, ...] = ()
    """The same of its milestones: those that hang on the start have no moment."""
    beginnings: tuple[Beginning, ...] = ()
    """In the order in which they became known."""

    @property
    def beginning(self) -> Beginning | None:
        """The one that counts, which is the last that is no mistake; None as long as the truce has not begun."""
        return next((each for each in reversed(self.beginnings) if each.void is None), None)

    def as_known(self, at: datetime, *, future_counts: bool) -> "OpenStart":
        """The start as known at a moment; `future_counts`: what is announced for later is known now."""
        known = (
            replace(each, void=each.void if each.void and each.void.at <= max(at, each.announced) else None)
            for each in self.beginnings
            if future_counts or each.announced <= at
        )
        return replace(self, beginnings=tuple(known))

    def moments_of_knowledge(self) -> Iterator[datetime]:
        """The moments at which more becomes known of it."""
        for each in self.beginnings:
            yield each.announced
            if each.void is not None:
                yield each.void.at
