"""Duty lists: who is on duty at a moment, and so whom a step of an escalation goes to."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alertd.domain.alert import Delivery
from alertd.domain.escalation import Escalation

KNOWN_AHEAD = timedelta(days=62)
"""The time ahead for which a duty list is read, and known where it cannot be read any more."""

KNOWN_BEFORE = timedelta(days=1)
"""The time before a reading for which it is known too, as a clock can be set back."""

READ_EVERY = timedelta(minutes=15)
"""The time after which a duty list is read again."""

READ_AGAIN = timedelta(minutes=1)
"""The same where it could not be read."""

GAPS_AHEAD = timedelta(days=14)
"""The time ahead in which `check` looks for gaps."""


@dataclass(frozen=True, slots=True)
class Slot:
    """An event of a duty list: a person is on duty from one moment to another."""

    begins: datetime
    ends: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The names on duty from a moment on, until the next turn; none: the slot is empty."""

    at: datetime
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A duty list as it was read."""

    turns: tuple[Turn, ...]
    """In their order, each with other names than the one before."""
    until: datetime
    """The moment up to which it is known."""
    read_at: datetime


class Gap(StrEnum):
    """Why a step goes to everyone of a duty list."""

    EMPTY = "empty"
    """No event says who is on duty."""
    UNKNOWN = "unknown"
    """The title of an event is none of the names in `people`."""
    UNREAD = "unread"
    """The list could not be read, or is not known so far ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """The people on duty at a moment."""

    names: tuple[str, ...]
    """As the events call them."""
    channels: frozenset[str]
    """Those that a step goes to."""
    since: datetime | None
    """The moment of the last change; None where none is known."""
    until: datetime | None
    """The moment of the next change; None where none is known."""
    gap: Gap | None = None
    """None where somebody known is on duty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyList:
    """A duty list of the settings."""

    name: str
    people: Mapping[str, str]
    """The channel of each person, by the name that an event has as its title."""
    zone: str
    """Of times that name none."""

    @property
    def everyone(self) -> frozenset[str]:
        """The channels of all its people."""
        return frozenset(self.people.values())

    def at(self, roster: Roster | None, moment: datetime) -> OnDuty:
        """The people on duty at a moment; with a gap everyone is told."""
        turn, following = _turn(roster, moment)
        if turn is None:
            return OnDuty(names=(), channels=self.everyone, since=None, until=following, gap=Gap.UNREAD)
        gap = None
        if not turn.names:
            gap = Gap.EMPTY
        elif any(name not in self.people for name in turn.names):
            gap = Gap.UNKNOWN
        channels = frozenset(self.people[name] for name in turn.names) if gap is None else self.everyone
        return OnDuty(names=turn.names, channels=channels, since=turn.at, until=following, gap=gap)


def _turn(roster: Roster | None, moment: datetime) -> tuple[Turn | None, datetime | None]:
    """The turn of a moment, and the moment of the next."""
    if roster is None or moment >= roster.until:
        return None, None
    number = bisect_right(roster.turns, moment, key=lambda turn: turn.at)
    following = roster.turns[number].at if number < len(roster.turns) else None
    return (roster.turns[number - 1] if number else None), following


@dataclass(frozen=True, slots=True)
class Present:
    """The people of a list that were last seen on duty, and since when."""

    names: tuple[str, ...]
    since: datetime
    number: int = 0
    """The number of the hand-over by which they came: a clock that is set back can show the same moment again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """A change of duty."""

    duty: str
    comes: tuple[str, ...]
    goes: tuple[str, ...]
    since: datetime
    """The moment of the hand-over before."""
    at: datetime
    number: int
    until: datetime | None
    """The moment of the next."""
    channels: frozenset[str]
    """Those of everybody who comes or goes."""


def hand_over(duty: DutyList, before: Present, after: Present, until: datetime | None) -> HandOver:
    """The change of duty from those who were present before to those after, up to the next change."""
    comes = tuple(name for name in after.names if name not in before.names)
    goes = tuple(name for name in before.names if name not in after.names)
    channels = frozenset(duty.people[name] for name in (*comes, *goes) if name in duty.people)
    return HandOver(
        duty=duty.name,
        comes=comes,
        goes=goes,
        since=before.since,
        at=after.since,
        number=after.number,
        until=until,
        channels=channels,
    )


@dataclass(slots=True)
class Duties:
    """The duty lists of the settings, and what is known of each."""

    lists: Mapping[str, DutyList]
    escalations: Sequence[Escalation]
    rosters: dict[str, Roster | None] = field(default_factory=dict)

    def at(self, name: str, moment: datetime) -> OnDuty:
        """The people of a list on duty at a moment."""
        return self.lists[name].at(self.rosters.get(name), moment)

    def is_off(self, delivery: Delivery, moment: datetime) -> bool:
        """True for a step to somebody who is not on duty at a moment."""
        follows = delivery.follows
        if follows is None:
            return False
        chain = next((each for each in self.escalations if each.name == follows.escalation), None)
        if chain is None or follows.step > len(chain.steps):
            return False
        duty = chain.steps[follows.step - 1].duty
        return duty is not None and delivery.channel not in self.at(duty, moment).channels


def turns_of(slots: Iterable[Slot], since: datetime, until: datetime) -> tuple[Turn, ...]:
    """The turns of a time, made of slots in any order, which may overlap: then all of their people are on duty."""
    within = [slot for slot in slots if slot.begins < slot.ends and slot.begins < until and slot.ends > since]
    starts: dict[datetime, list[str]] = {since: []}
    ends: dict[datetime, list[str]] = {}
    for slot in within:
        starts.setdefault(max(slot.begins, since), []).append(slot.name)
        if slot.ends < until:
            ends.setdefault(slot.ends, []).append(slot.name)
    turns: list[Turn] = []
    present: dict[str, int] = {}
    for moment in sorted({*starts, *ends}):
        for name in ends.get(moment, ()):
            present[name] -= 1
        for name in starts.get(moment, ()):
            present[name] = present.get(name, 0) + 1
        names = tuple(sorted(name for name, count in present.items() if count))
        if not turns or turns[-1].names != names:
            turns.append(Turn(moment, names))
    return tuple(turns)
