"""What the truce files say, read plainly from the words of the design and without any code of alertd.

The scripted editor writes its files from these values, so nobody has to parse anything to know what stands there. Only
what the simulation plays with is here: ends at a moment, on a day, or open ones, extensions, claims, terminations, the
deeds of a desk, a zone whose rules differ between the two sets of zone data, and one without such rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulation.ends import DAMASCUS, NEVER, OPEN, Day, Ending, Hour
from simulation.obligations import Obligation, StatedMilestone, obligations
from simulation.pauses import Daily, HoursFrom, known_pause


@dataclass(frozen=True, kw_only=True)
class StatedEnd:
    """An extension or a claim: one of `until` and `by`, or neither for an open end."""

    number: int
    """By which it is known again after an edit."""
    announced: datetime
    until: Hour | Day | Daily | None = None
    """Of a daily pause its hours as they were stated first, with another last day."""
    hours: HoursFrom | None = None
    """Other hours of a daily pause, from a day on."""
    by: timedelta | None = None
    confirmed: datetime | None
    denied: datetime | None = None
    party: str | None = None
    void: datetime | None = None
    """From when on it counts as never made."""


@dataclass(frozen=True, kw_only=True)
class StatedTermination:
    """A termination."""

    number: int
    """By which it is known again after an edit."""
    announced: datetime
    at: datetime
    confirmed: bool
    party: str
    void: datetime | None = None
    """From when on it counts as never made."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """One truce as its file says it."""

    id: str
    file: str
    tags: tuple[str, ...]
    announced: datetime
    starts: datetime
    first_end: Hour | Day | Daily
    """Of a daily pause its hours, with the first and the last day."""
    said: tuple[StatedEnd, ...] = ()
    ended: tuple[StatedTermination, ...] = ()
    checked: tuple[datetime, ...] = ()
    """The moments at which the desk found that it still holds, in order."""
    zone: str = DAMASCUS
    closed: tuple[datetime, ...] = ()
    """The moments at which the desk said that it is done with it, in order."""
    milestones: tuple[StatedMilestone, ...] = ()
    """In an order in which each counts from one before it."""
    taken_out: tuple[tuple[datetime, datetime | None], ...] = ()
    """The moments at which it was taken out with its text kept, in order, each with that of its undoing."""

    @property
    def is_taken_out(self) -> bool:
        """True if its text says that it was taken out."""
        return any(undone is None for _, undone in self.taken_out)

    @property
    def is_pause(self) -> bool:
        """True if it opens and closes each day."""
        return isinstance(self.first_end, Daily)

    def voided(self, now: datetime) -> frozenset[int]:
        """The numbers of what counts as never made, as known at a moment."""
        return frozenset(one.number for one in (*self.said, *self.ended) if is_void(one, now))

    def lost_from(self, other: "Truth", now: datetime) -> bool:
        """Whether something that the other form says is not said any more, be it only that it is unconfirmed."""
        left = {one.id: one for one in self.milestones}
        if any(one.id not in left or (one.is_answered and not left[one.id].is_answered) for one in other.milestones):
            return True
        void = other.voided(now)
        numbers = {one.number for one in (*self.said, *self.ended)}
        if void & numbers - self.voided(now):
            return True
        void |= self.voided(now)
        if any(one.number not in numbers | void for one in other.said):
            return True
        said = {one.number: one for one in self.said}
        if any(_says_less(one, said[one.number]) for one in other.said if one.number in said):
            return True
        kept = {one.number for one in self.ended} & {one.number for one in other.ended} | void
        before, after = ([one for one in truth.ended if one.number not in kept] for truth in (other, self))
        return len(after) < len(before) or any(
            one.confirmed != another.confirmed for one, another in zip(before, after, strict=False)
        )


def _says_less(before: StatedEnd, after: StatedEnd) -> bool:
    """It was judged, and is no longer: as in an older form of its file."""
    return (before.confirmed is not None and after.confirmed is None) or (
        before.denied is not None and after.denied is None
    )


@dataclass(frozen=True, kw_only=True)
class ExpectedState:
    """Where a truce stands at a moment, by one set of zone data: the ends that people plan by."""

    expiry: Ending | None
    """The agreed end; None where none was agreed."""
    claimed: frozenset[Ending]
    """The ends that somebody claims, and that do not come after the agreed one."""
    claimed_later: frozenset[Ending]
    """Those that come after it, of which what is due after it is told."""
    stopped: datetime | None
    """When a confirmed termination ends it."""
    threatened: frozenset[datetime]
    """When unconfirmed ones would."""
    asked_since: datetime | None
    """From when on the time to the next question about it counts; None where the desk is done with it."""
    voided: frozenset[int]
    """The numbers of what counts as never made."""
    milestones: tuple[Obligation, ...]
    closed: datetime | None
    """The moment from which the desk is done with it."""
    starts: datetime
    begins: tuple[datetime, ...]
    """When it begins, each day if it is a pause; not by its announcement, and not once it is over."""
    closes: tuple[datetime, ...]
    """The closings of a daily pause but for the last."""
    pause: Daily | None
    """The hours of a daily pause, with every change of them."""

    @property
    def changed_hours(self) -> tuple[HoursFrom, ...]:
        """The other hours of a daily pause."""
        return () if self.pause is None else self.pause.changes

    @property
    def end(self) -> datetime:
        """When it is over."""
        return min((self.expiry or OPEN).over, self.stopped or NEVER)

    def told(self, now: datetime) -> datetime | None:
        """The end that is said to stand."""
        expiry = self.expiry or OPEN
        if self.stopped is not None and (self.stopped <= now or self.stopped < expiry.at):
            return self.stopped
        return None if expiry == OPEN else expiry.at

    def watched(self) -> frozenset[Ending]:
        """Every end to which reminders lead."""
        expiry, stop = self.expiry or OPEN, self.stopped or NEVER
        early = [Ending(at, at) for at in self.threatened]
        ends = {one for one in (*self.claimed, *early) if one.at < stop and not one.is_later_than(expiry)}
        if stop < NEVER and not Ending(stop, stop).is_later_than(expiry):
            ends.add(Ending(stop, stop))
        if expiry.at < stop:
            ends = {one for one in ends if not one.is_same_as(expiry)} | {expiry}
        return frozenset(ends)

    def all_ends(self) -> frozenset[Ending]:
        """Every end that is known, and has not been stopped."""
        return self.watched() | self.outliving()

    def outliving(self) -> frozenset[Ending]:
        """Every later end that somebody claims, and that no confirmed termination precedes."""
        return frozenset(one for one in self.claimed_later if one.at < (self.stopped or NEVER))


def standing(truth: Truth, now: datetime, *, old_zones: bool) -> ExpectedState:
    """Where a truce stands as known at a moment: what is dated later and was announced counts from its own moment."""
    voided = truth.voided(now)
    made = [_known(one, now) for one in truth.said if one.number not in voided]
    said = _resolved(made, truth, now, old_zones=old_zones)
    confirmed = _confirmed_last(said)
    expiry = _earliest(confirmed) if confirmed else truth.first_end.ending(old_zones=old_zones)
    closed = next((at for at in reversed(truth.closed) if at <= now), None)
    if closed is not None and closed < expiry.over:
        closed = None  # of a truce that has not lapsed nobody can be done
    live = [(one, end) for one, end in said if _is_live_claim(one, said)]
    claimed = frozenset(end for _, end in live if end != OPEN and not end.is_same_as(expiry))
    ends = [one for one in truth.ended if one.number not in voided]
    ended = [one for one in ends if not _is_replaced(one, ends)]
    stopped = min((one.at for one in ended if one.confirmed), default=None)
    pause = known_pause(truth.first_end, made) if truth.is_pause else None
    windows = pause.windows(old_zones=old_zones) if pause is not None else ()
    starts = truth.first_end.windows(old_zones=old_zones)[0].opens if truth.is_pause else truth.starts
    over = min(expiry.over, stopped or NEVER)
    begins = tuple(window.opens for window in windows) if pause is not None else (starts,)
    return ExpectedState(
        expiry=None if expiry == OPEN else expiry,
        claimed=frozenset(end for end in claimed if not end.is_later_than(expiry)),
        claimed_later=frozenset(
            end for one, end in live if end.is_later_than(expiry) and (closed is None or one.announced > closed)
        ),
        stopped=stopped,
        threatened=frozenset(one.at for one in ended if not one.confirmed),
        asked_since=None if closed is not None else _asked_since(truth, starts, expiry, confirmed, now),
        voided=voided,
        milestones=obligations(truth.milestones, starts, now),
        closed=closed,
        starts=starts,
        begins=tuple(moment for moment in begins if truth.announced < moment < over),
        closes=tuple(window.closes for window in windows if window.closes < over),
        pause=pause,
    )


_Resolved = list[tuple[StatedEnd, Ending]]


def _earliest(said: _Resolved) -> Ending:
    return min((end for _, end in said), key=lambda end: end.at)


def _asked_since(truth: Truth, starts: datetime, expiry: Ending, confirmed: _Resolved, now: datetime) -> datetime:
    """From its lapse, or from what left it without an end; and from the last check that it still holds."""
    left_open = max([starts, *(one.confirmed for one, _ in confirmed if one.confirmed is not None)])
    since = left_open if expiry == OPEN else expiry.over
    return max([since, *(at for at in truth.checked if at <= now)])


def is_void(one: StatedEnd | StatedTermination, now: datetime) -> bool:
    """True if it counts as never made, as known at a moment."""
    return one.void is not None and one.void <= max(now, one.announced)


def _known(one: StatedEnd, now: datetime) -> StatedEnd:
    heard = max(now, one.announced)
    return replace(
        one,
        confirmed=one.confirmed if one.confirmed is not None and one.confirmed <= heard else None,
        denied=one.denied if one.denied is not None and one.denied <= heard else None,
    )


def as_known(truth: Truth, at: datetime) -> Truth:
    """The truce without what was dated later than a moment: the answers of parties, marks of mistakes, and acts."""
    return replace(
        truth,
        said=tuple(replace(_known(one, at), void=one.void if is_void(one, at) else None) for one in truth.said),
        ended=tuple(replace(one, void=one.void if is_void(one, at) else None) for one in truth.ended),
        checked=tuple(moment for moment in truth.checked if moment <= at),
        closed=tuple(moment for moment in truth.closed if moment <= at),
    )


def _resolved(said: Iterable[StatedEnd], truth: Truth, now: datetime, *, old_zones: bool) -> _Resolved:
    """Each statement with its end; a `by` counts from the agreed end as it stood before it was announced.

    What counts as never made, as known today, was never there to count from.
    """
    resolved: _Resolved = []
    in_order = sorted(said, key=lambda each: each.announced)
    for place, one in enumerate(in_order):
        if truth.is_pause:
            end = known_pause(truth.first_end, in_order[: place + 1]).ending(old_zones=old_zones)
        elif one.until is not None:
            end = one.until.ending(old_zones=old_zones)
        elif one.by is not None:
            before = [
                (_known(other, one.announced - timedelta(microseconds=1)), its_end)
                for other, its_end in resolved
                if other.announced < one.announced and not is_void(other, max(now, one.announced))
            ]
            last = _confirmed_last(before)
            base = _earliest(last) if last else truth.first_end.ending(old_zones=old_zones)
            end = Ending(base.at + one.by, base.over + one.by)
        else:
            end = OPEN
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


def _is_replaced(one: StatedTermination, others: Iterable[StatedTermination]) -> bool:
    """Whether its party has named another moment since, while this one still lay ahead, and as surely."""
    return any(
        other.party == one.party and one.announced < other.announced < one.at and (other.confirmed or not one.confirmed)
        for other in others
    )


def stage_name(lead: timedelta) -> str:
    """Whole hours, else minutes."""
    minutes = lead // timedelta(minutes=1)
    if not minutes:
        return "0"
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
