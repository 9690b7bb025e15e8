"""What the truce files say, read plainly from the words of the design and without any code of alertd.

The scripted editor writes its files from these values, so nobody has to parse anything to know what stands there. Only
what the simulation plays with is here: ends at a moment or open ones, extensions, claims, a termination, and one zone
whose rules differ between the two sets of zone data.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

NEW_OFFSET, OLD_OFFSET = timedelta(hours=3), timedelta(hours=2)
"""Damascus in winter, as zone data from after and from before October 2022 have it."""

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Hour:
    """A wall time in Damascus, or one with an offset of its own that no zone data can move."""

    wall: datetime
    fixed: bool = False

    def at(self, *, old_zones: bool) -> datetime:
        """The moment that it is by the one or the other zone data."""
        offset = OLD_OFFSET if old_zones and not self.fixed else NEW_OFFSET
        return (self.wall - offset).replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class StatedEnd:
    """An extension or a claim: one of `until` and `by`, or neither for an open end."""

    number: int
    """By which it is known again after an edit."""
    announced: datetime
    until: Hour | None = None
    by: timedelta | None = None
    confirmed: datetime | None
    denied: datetime | None = None
    party: str | None = None


@dataclass(frozen=True, kw_only=True)
class StatedTermination:
    """A termination."""

    announced: datetime
    at: datetime
    confirmed: bool


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One truce as its file says it."""

    id: str
    file: str
    tags: tuple[str, ...]
    announced: datetime
    starts: datetime
    first_end: Hour
    said: tuple[StatedEnd, ...] = ()
    ended: StatedTermination | None = None

    def lost_from(self, other: "Truth") -> bool:
        """Whether something that the other form says is not said any more, be it only that it is unconfirmed."""
        numbers = {one.number for one in self.said}
        if any(one.number not in numbers for one in other.said):
            return True
        return other.ended is not None and (self.ended is None or self.ended.confirmed > other.ended.confirmed)


@dataclass(frozen=True, kw_only=True)
class ExpectedState:
    """Where a truce stands at a moment, by one set of zone data: the ends that people plan by."""

    expiry: datetime | None
    """The agreed end; None where none was agreed."""
    claimed: frozenset[datetime]
    """The ends that somebody claims, and that come before the agreed one."""
    stopped: datetime | None
    """When a confirmed termination ends it."""
    threatened: datetime | None
    """When an unconfirmed one would."""

    @property
    def end(self) -> datetime:
        """When it is over."""
        return min(self.expiry or NEVER, self.stopped or NEVER)

    def watched(self) -> frozenset[datetime]:
        """Every end to which reminders lead."""
        last = self.expiry or NEVER
        ends = {one for one in (*self.claimed, self.threatened, self.stopped) if one is not None and one < last}
        if self.stopped is not None and self.stopped <= last:
            return frozenset(one for one in ends if one <= self.stopped)
        return frozenset(ends | ({self.expiry} if self.expiry is not None else set()))


def standing(truth: Truth, now: datetime, *, old_zones: bool) -> ExpectedState:
    """Where a truce stands as known at a moment: what is dated later and was announced counts from its own moment."""
    said = _resolved([_known(one, now) for one in truth.said], truth, old_zones=old_zones)
    confirmed = _confirmed_last(said)
    expiry = min(end for _, end in confirmed) if confirmed else truth.first_end.at(old_zones=old_zones)
    claimed = frozenset(end for one, end in said if _is_live_claim(one, said) and end < expiry)
    ended = truth.ended
    return ExpectedState(
        expiry=None if expiry == NEVER else expiry,
        claimed=claimed,
        stopped=ended.at if ended is not None and ended.confirmed else None,
        threatened=ended.at if ended is not None and not ended.confirmed else None,
    )


_Resolved = list[tuple[StatedEnd, datetime]]


def _known(one: StatedEnd, now: datetime) -> StatedEnd:
    heard = max(now, one.announced)
    return replace(
        one,
        confirmed=one.confirmed if one.confirmed is not None and one.confirmed <= heard else None,
        denied=one.denied if one.denied is not None and one.denied <= heard else None,
    )


def _resolved(said: Iterable[StatedEnd], truth: Truth, *, old_zones: bool) -> _Resolved:
    """Each statement with its end; a `by` counts from the agreed end as it stood before it was announced."""
    resolved: _Resolved = []
    for one in sorted(said, key=lambda each: each.announced):
        if one.until is not None:
            end = one.until.at(old_zones=old_zones)
        elif one.by is not None:
            before = [
                (_known(other, one.announced - timedelta(microseconds=1)), its_end)
                for other, its_end in resolved
                if other.announced < one.announced
            ]
            last = _confirmed_last(before)
            base = min(its_end for _, its_end in last) if last else truth.first_end.at(old_zones=old_zones)
            end = base + one.by
        else:
            end = NEVER
        resolved.append((one, end))
    return resolved


def _confirmed_last(said: _Resolved) -> _Resolved:
    """Those confirmed last, of which the earliest end counts."""
    confirmed = [(one, end) for one, end in said if _is_confirmed(one)]
    latest = max((one.confirmed for one, _ in confirmed), default=None)
    return [(one, end) for one, end in confirmed if one.confirmed == latest]


def _is_confirmed(one: StatedEnd) -> bool:
    return one.confirmed is not None and (one.denied is None or one.confirmed > one.denied)


def _is_live_claim(one: StatedEnd, said: _Resolved) -> bool:
    if one.confirmed is not None or one.denied is not None:
        return False
    later = [other for other, _ in said if other.announced > one.announced]
    killed = any(other.confirmed is not None and other.confirmed != other.denied for other in later)
    restated = one.party is not None and any(other.party == one.party for other in later)
    return not killed and not restated
