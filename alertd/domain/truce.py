"""A truce, what has been said of its end, and where that leaves it at a moment.

Every moment here is aware UTC. What a truce *is* (the file) and what is *known* of it (at a moment) are kept
apart: `known.as_known` cuts a truce down to what had been announced, confirmed and denied by then, and everything
here reads such a truce and asks for no second clock.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, wraps
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

from alertd.domain.beginning import OpenStart
from alertd.domain.daily import DailyPause
from alertd.domain.milestone import Milestone
from alertd.domain.packing import packed
from alertd.domain.recording import Recording
from alertd.domain.statement import Confirmation, DeskAct, Record, Statement, Termination
from alertd.times.end import ALWAYS, NEVER, End


@packed
@dataclass(frozen=True, slots=True, kw_only=True)
class Truce:
    """One arrangement for one area, with every record about its end."""

    id: str
    title: str
    zone: str
    """IANA name or fixed offset; the zone in which its hours are announced."""
    starts: datetime
    """NEVER as long as its start is open."""
    first_end: End
    open_start: OpenStart | None = None
    """The event that its start waits for, where no moment was agreed; the start, end and milestones follow from it."""
    written: str = ""
    """Start and end in the words of the file: `starts 0100 Sat 30 Apr 2016, lasts 24h`."""
    announced: datetime = ALWAYS
    recording: Recording | None = None
    area: str | None = None
    parties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    name: str | None = None
    """The short name for titles, where one is given."""
    lead_times: tuple[timedelta, ...] | None = None
    """Instead of the policy's; None for the policy's own."""
    date_lead_times: tuple[timedelta, ...] | None = None
    start_lead_times: tuple[timedelta, ...] | None = None
    milestone_lead_times: tuple[timedelta, ...] | None = None
    daily_lead_times: tuple[timedelta, ...] | None = None
    daily: DailyPause | None = None
    """Its windows, where it opens and closes each day; its end is the last closing."""
    after: tuple[timedelta, ...] | None = None
    unresolved_every: timedelta | None = None
    unresolved_for: timedelta | None = None
    note: str | None = None
    checked: tuple[DeskAct, ...] = ()
    """The checks that it still holds, each of which answers the review before it, earliest first."""
    closed: tuple[DeskAct, ...] = ()
    """Each says that the desk is done with it from then on, earliest first; one before the lapse says nothing."""
    records: tuple[Record, ...] = ()
    terminations: tuple[Termination, ...] = ()
    """In the order of the file."""
    milestones: tuple[Milestone, ...] = ()
    """In the order of the file."""
    voided: tuple[Record | Termination, ...] = ()
    """The records known to be a mistake of whoever wrote them down; nothing counts them."""
    left_out: tuple[str, ...] = ()
    """Parts of the file that could not be read, a sentence each; every message has them."""

    @property
    def waits_to_begin(self) -> bool:
        """True as long as its start is open."""
        return self.starts == NEVER


class State(StrEnum):
    """The states of a truce."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    LAPSED = "lapsed"
    TERMINATED = "terminated"
    CLOSED = "closed"
    REFUSED = "refused"


class Owner(StrEnum):
    """Whose end a live end is."""

    EXPIRY = "expiry"
    CLAIM = "claim"
    TERMINATION = "termination"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveEnd:
    """An end that somebody stands by."""

    end: End
    owner: Owner
    statement: Statement | None = None
    """The record or termination that states it; None for the first end."""


_Result = TypeVar("_Result")


def _remembered(of: Callable[[Truce], _Result]) -> Callable[[Truce], _Result]:
    """The same function, which remembers what it gave for the last truce: a plan asks for the same ends many times."""
    last: tuple[Truce, _Result] | None = None

    @wraps(of)
    def remembering(truce: Truce) -> _Result:
        nonlocal last
        known = last  # taken once, as another thread may replace it
        if known is not None and known[0] is truce:
            return known[1]
        result = of(truce)
        last = (truce, result)
        return result

    return remembering


def _confirmed_in_order(records: Iterable[Record]) -> list[tuple[Record, ...]]:
    """The confirmed records, grouped by the moment of their confirmation, earliest first."""

    def confirmed_at(record: Record) -> datetime:
        return record.confirmed_at or NEVER

    confirmed = [record for record in records if record.is_confirmed]
    if len(confirmed) <= 1:
        return [tuple(confirmed)] if confirmed else []
    return [tuple(group) for _, group in groupby(sorted(confirmed, key=confirmed_at), key=confirmed_at)]


def confirmed_chain(truce: Truce) -> tuple[LiveEnd, ...]:
    """The lineage of the expiry: the first end, then what each confirmation made of it. The last one holds."""
    made = map(_confirmed_end, _confirmed_in_order(truce.records))
    return (LiveEnd(end=truce.first_end, owner=Owner.EXPIRY), *made)


def _confirmed_end(group: Iterable[Record]) -> LiveEnd:
    """The end that records make which were confirmed at one moment."""
    earliest = min(group, key=lambda record: record.end.order)
    return LiveEnd(end=earliest.end, owner=Owner.EXPIRY, statement=earliest)


@_remembered
def chain_end(truce: Truce) -> LiveEnd:
    """The last of the confirmed chain: the expiry, and who states it."""
    groups = _confirmed_in_order(truce.records)
    return _confirmed_end(groups[-1]) if groups else LiveEnd(end=truce.first_end, owner=Owner.EXPIRY)


def expiry(truce: Truce) -> End:
    """The end of the confirmed chain."""
    return chain_end(truce).end


def expiries_before(
    first_end: End, records: Iterable[Record], moment: datetime, voids_until: Iterable[datetime] = (NEVER,)
) -> Iterator[End]:
    """The expiry as it stood just before a moment: the base of a `by` announced at that moment.

    Marks of a mistake count from the beginning, as far as they were known by each of `voids_until`.
    """
    just_before = moment - timedelta(microseconds=1) if moment > ALWAYS else ALWAYS
    confirmed = [
        (record.confirmed_at, record)
        for record in records
        if record.confirmed_at is not None and record.confirmed_at <= just_before and record.announced < moment
    ]
    confirmed.sort(key=itemgetter(0), reverse=True)
    for known_by in voids_until:
        latest, ends = None, list[End]()
        for confirmed_at, record in confirmed:
            if latest is not None and confirmed_at != latest:
                break
            known = record.as_known(just_before, future_counts=False, voids_until=known_by)
            if known is not None and known.is_confirmed:
                latest = confirmed_at
                ends.append(known.end)
        yield min(ends, key=lambda end: end.order, default=first_end)


def _is_dead(claim: Record, records: Iterable[Record]) -> bool:
    """True if an extension announced later was confirmed, or all its parties have stated something else since.

    What killed it may have been denied afterwards: a dead claim stays dead until it is confirmed itself.
    """
    later = [record for record in records if record.announced > claim.announced]
    if any(record.confirmed_at not in (None, record.denied_at) for record in later):
        return True
    restated = {party for record in later for party in record.stated_by}
    return bool(claim.stated_by) and restated.issuperset(claim.stated_by)


@_remembered
def live_ends(truce: Truce) -> tuple[LiveEnd, ...]:
    """The expiry, then the terminations, then every claim that speaks of the expiry and is not denied."""
    ends = [chain_end(truce)]
    ends.extend(
        LiveEnd(end=End.instant(termination.at), owner=Owner.TERMINATION, statement=termination)
        for termination in live_terminations(truce)
    )
    ends.extend(
        LiveEnd(end=record.end, owner=Owner.CLAIM, statement=record)
        for record in truce.records
        if record.confirmation is Confirmation.CLAIMED and not _is_dead(record, truce.records)
    )
    return tuple(ends)


def _is_replaced(termination: Termination, others: Iterable[Termination]) -> bool:
    """True if all its parties have stated another moment since, while this one still lay ahead.

    An unconfirmed statement replaces no confirmed one, and what has come to pass can be denied, but not put off.
    """
    restated = {
        party
        for other in others
        if termination.announced < other.announced < termination.at
        and other.confirmation in (Confirmation.CONFIRMED, termination.confirmation)
        for party in other.stated_by
    }
    return bool(termination.stated_by) and restated.issuperset(termination.stated_by)


def live_terminations(truce: Truce) -> tuple[Termination, ...]:
    """The terminations that somebody stands by, the earliest first: the confirmed one that counts, and claimed ones.

    Of several confirmed the earliest counts, as it supersedes what lies after it.
    """
    if not truce.terminations:
        return ()
    upheld = [
        ended
        for ended in truce.terminations
        if ended.confirmation is not Confirmation.DENIED and not _is_replaced(ended, truce.terminations)
    ]
    stop = min((ended.at for ended in upheld if ended.is_confirmed), default=None)
    live = [ended for ended in upheld if ended.confirmation is Confirmation.CLAIMED or ended.at == stop]
    return tuple(sorted(live, key=lambda ended: (ended.at, ended.confirmation is Confirmation.CLAIMED)))


@_remembered
def terminated_at(truce: Truce) -> datetime | None:
    """The moment from which a confirmed termination holds; None without one."""
    return next((ended.at for ended in live_terminations(truce) if ended.is_confirmed), None)


def watched_ends(truce: Truce) -> tuple[LiveEnd, ...]:
    """The live ends that have a ladder: those at or before the expiry that no confirmed termination precedes."""
    ends = live_ends(truce)
    expiry_end = ends[0].end
    stop = terminated_at(truce) or NEVER
    return tuple(
        live
        for live in ends
        if live.end.at is not None
        and not _is_later(live.end, expiry_end)
        and (live.end.at < stop or (live.owner is Owner.TERMINATION and live.end.at == stop))
    )


def later_claims(truce: Truce) -> tuple[LiveEnd, ...]:
    """The live claims later than the expiry; once it has passed, the rest of their ladders is all there is to say.

    A desk that has closed the truce is done with those that were announced by then.
    """
    ends = live_ends(truce)
    expiry_end = ends[0].end
    stop = terminated_at(truce) or NEVER
    closed_at = truce.closed[-1].at if is_closed(truce) else None
    return tuple(
        live
        for live in ends
        if live.owner is Owner.CLAIM
        and _is_later(live.end, expiry_end)
        and live.end.order < stop
        and (closed_at is None or (live.statement is not None and live.statement.announced > closed_at))
    )


def _is_later(end: End, expiry_end: End) -> bool:
    """True if an end begins when the expiry has surely passed, and is over later."""
    last = expiry_end.surely_over
    return last <= end.order < NEVER and last < end.surely_over


def over_at(truce: Truce) -> datetime | None:
    """The moment from which the truce has lapsed or is terminated; None without one."""
    over = _over(truce)
    return None if over == NEVER else over


def _over(truce: Truce) -> datetime:
    return min(terminated_at(truce) or NEVER, expiry(truce).surely_over)


def is_closed(truce: Truce) -> bool:
    """True if the desk is done with a truce whose expiry has passed: it was closed after that."""
    return any(act.at >= expiry(truce).surely_over for act in truce.closed[-1:])


def pause_of(truce: Truce) -> DailyPause | None:
    """The hours of a daily pause with each confirmed change of them; None for any other truce."""
    if truce.daily is None:
        return None
    changed = [record for record in truce.records if record.hours is not None and record.is_confirmed]
    changed.sort(key=lambda record: record.confirmed_at or NEVER)
    return truce.daily.changed(record.hours for record in changed if record.hours is not None)


def begins(truce: Truce) -> datetime:
    """The start as known: that of a daily pause moves with the hours of its first day; NEVER while it is open."""
    pause = pause_of(truce)
    return truce.starts if pause is None or pause == truce.daily else pause.first_opening


@dataclass(frozen=True)
class TruceStatus:
    """A truce as known at a moment: its state and its ends, each worked out once, and only where somebody asks."""

    truce: Truce
    at: datetime

    @cached_property
    def state(self) -> State:
        """The state of the truce."""
        if self.terminated_at is not None and self.terminated_at <= self.at:
            return State.TERMINATED
        if self.expiry.surely_over <= self.at:
            return State.CLOSED if is_closed(self.truce) else State.LAPSED
        return State.ANNOUNCED if self.at < begins(self.truce) else State.RUNNING

    @property
    def is_over(self) -> bool:
        """True if the truce has lapsed, was terminated or was closed."""
        return _over(self.truce) <= self.at

    @property
    def unresolved_since(self) -> datetime | None:
        """The moment of a lapse that is neither extended, ended nor closed; None for any other truce."""
        return self.expiry.surely_over if self.state is State.LAPSED else None

    @cached_property
    def ends_ahead(self) -> tuple[LiveEnd, ...]:
        """The ends ahead, whoever states them, the first one first; none after a termination."""
        if self.state is State.TERMINATED:
            return ()
        stop = self.terminated_at or NEVER
        ahead = (
            live
            for live in (later_claims(self.truce) if self.state is State.CLOSED else self.live_ends)
            if self.at < live.end.surely_over < NEVER and (live.owner is Owner.TERMINATION or live.end.order < stop)
        )
        return tuple(sorted(ahead, key=lambda live: live.end.order))

    @property
    def next_end(self) -> LiveEnd | None:
        """The first end ahead, whoever states it; None where there is none."""
        return next(iter(self.ends_ahead), None)

    @cached_property
    def end(self) -> End:
        """The end to tell: a confirmed termination that precedes the expiry or has come, else the expiry."""
        stop = self.terminated_at
        return End.instant(stop) if stop is not None and (stop <= self.at or stop < self.expiry.order) else self.expiry

    @cached_property
    def chain(self) -> tuple[LiveEnd, ...]:
        """The lineage of the expiry."""
        return confirmed_chain(self.truce)

    @property
    def expiry(self) -> End:
        """The end that counts."""
        return expiry(self.truce)

    @cached_property
    def terminated_at(self) -> datetime | None:
        """The moment from which a confirmed termination holds; None without one."""
        return terminated_at(self.truce)

    @cached_property
    def live_ends(self) -> tuple[LiveEnd, ...]:
        """The ends that somebody stands by, the expiry first."""
        return live_ends(self.truce)

    @cached_property
    def watched_ends(self) -> tuple[LiveEnd, ...]:
        """Those of them that have a ladder."""
        return watched_ends(self.truce)
