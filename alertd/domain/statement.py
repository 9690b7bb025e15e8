"""Statements about a truce, each with its confirmation: extensions, claims, terminations, and what a desk has done."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from alertd.domain.daily import HoursFrom
from alertd.domain.packing import packed
from alertd.domain.recording import Recording, Void, announcement
from alertd.times.end import ALWAYS, End


class Confirmation(StrEnum):
    """The confirmation of a record."""

    CONFIRMED = "confirmed"
    CLAIMED = "claimed"
    DENIED = "denied"
    VOID = "void"
    """It was a mistake to write it down, and counts as never made."""


def _confirmation(confirmed_at: datetime | None, denied_at: datetime | None) -> Confirmation:
    """The later of the two holds; at one moment the denial does, as it silences nothing."""
    if denied_at is not None and (confirmed_at is None or denied_at >= confirmed_at):
        return Confirmation.DENIED
    return Confirmation.CLAIMED if confirmed_at is None else Confirmation.CONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The common part of an extension, a claim and a termination: who said it, and how it stands."""

    announced: datetime = ALWAYS
    confirmed_at: datetime | None = None
    denied_at: datetime | None = None
    denied_by: tuple[str, ...] = ()
    denied_sources: tuple[str, ...] = ()
    stated_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    recording: Recording | None = None
    decision_recording: Recording | None = None
    """Who wrote down that it is confirmed or denied, and when."""
    void: Void | None = None

    @property
    def announcement(self) -> datetime | None:
        """The moment of its announcement; None where nobody has told it."""
        return announcement(self.announced, self.recording)

    @property
    def confirmation(self) -> Confirmation:
        """Its confirmation, as far as known."""
        return Confirmation.VOID if self.void is not None else _confirmation(self.confirmed_at, self.denied_at)

    @property
    def is_confirmed(self) -> bool:
        """True where it holds, as far as known."""
        return self.confirmation is Confirmation.CONFIRMED

    def as_known(self, at: datetime, *, future_counts: bool, voids_until: datetime | None = None) -> Self | None:
        """This statement as known at a moment; None where it had not been announced.

        `voids_until` tells another moment until which marks of a mistake are known.
        """
        if self.announced > at and not future_counts:
            return None
        heard = max(at, self.announced)
        void = self.void if self.void is not None and self.void.at <= (voids_until or heard) else None
        if self.denied_at is None and void is self.void and (self.confirmed_at is None or self.confirmed_at <= heard):
            return replace(self, denied_by=(), denied_sources=()) if self.denied_by or self.denied_sources else self
        known = replace(
            self, confirmed_at=_until(self.confirmed_at, heard), denied_at=_until(self.denied_at, heard), void=void
        )
        if known.denied_at is None:
            known = replace(known, denied_by=(), denied_sources=())
        is_decided = (known.confirmed_at, known.denied_at) == (self.confirmed_at, self.denied_at)
        return known if is_decided else replace(known, decision_recording=None)


def _until(moment: datetime | None, at: datetime) -> datetime | None:
    return None if moment is None or moment > at else moment


@packed
@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Statement):
    """A statement that moves the end: an extension or a claim, which differ only in how they begin."""

    end: End
    written: str
    """The end in the words of the file: `by 24h`, `until 2400 Tue 3 May 2016`."""
    note: str | None = None
    hours: HoursFrom | None = None
    """Other hours of a daily pause, from a day on."""
    earlier_ends: tuple[tuple[datetime, End], ...] = ()
    """Other ends that a `by` led to, each up to a moment at which a record below it was marked as a mistake."""

    def as_known(self, at: datetime, *, future_counts: bool, voids_until: datetime | None = None) -> Self | None:
        """The same, with its end as it was counted then."""
        known = Statement.as_known(self, at, future_counts=future_counts, voids_until=voids_until)
        if known is None or not self.earlier_ends:
            return known
        as_of = voids_until or max(at, self.announced)
        end = next((end for until, end in self.earlier_ends if as_of < until), self.end)
        return replace(known, end=end, earlier_ends=())


@packed
@dataclass(frozen=True, slots=True, kw_only=True)
class Termination(Statement):
    """A statement that the truce ends early, at a moment."""

    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAct:
    """Something that the desk did about a truce at a moment, which says nothing of its end."""

    at: datetime
    by: str | None = None
    """The person who did it."""
    sources: tuple[str, ...] = ()
