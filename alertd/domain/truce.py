"""A truce, what has been said of its end, and where that leaves it at a moment.

Every moment here is aware UTC. What a truce *is* (the file) and what is *known* of it (at a moment) are kept
apart: `as_known` cuts a truce down to what had been announced, confirmed and denied by then, and everything
else here reads such a truce and asks for no second clock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import groupby
from typing import Self

from alertd.times.end import ALWAYS, NEVER, End


class Standing(StrEnum):
    """The standing of a record."""

    CONFIRMED = "confirmed"
    CLAIMED = "claimed"
    DENIED = "denied"


def _standing(confirmed_at: datetime | None, denied_at: datetime | None) -> Standing:
    """The later of the two holds; at one moment the denial does, as it silences nothing."""
    if denied_at is not None and (confirmed_at is None or denied_at >= confirmed_at):
        return Standing.DENIED
    return Standing.CLAIMED if confirmed_at is None else Standing.CONFIRMED


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """The common part of an extension, a claim and a termination: who said it, and how it stands."""

    announced: datetime = ALWAYS
    confirmed_at: datetime | None = None
    denied_at: datetime | None = None
    stated_by: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """Its standing, as far as known."""
        return _standing(self.confirmed_at, self.denied_at)

    def as_known(self, at: datetime, *, future_counts: bool) -> Self | None:
        """This statement as known at a moment; None where it had not been announced."""
        if self.announced > at and not future_counts:
            return None
        heard = max(at, self.announced)
        return replace(self, confirmed_at=_until(self.confirmed_at, heard), denied_at=_until(self.denied_at, heard))


def _until(moment: datetime | None, at: datetime) -> datetime | None:
    return None if moment is None or moment > at else moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Statement):
    """A statement that moves the end: an extension or a claim, which differ only in how they begin."""

    end: End
    written: str
    """The end in the words of the file: `by 24h`, `until 2400 Tue 3 May 2016`."""
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Termination(Statement):
    """A statement that the truce ends early, at a moment."""

    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truce:
    """One arrangement for one area, with every record about its end."""

    id: str
    title: str
    zone: str
    """IANA name or fixed offset; the zone in which its hours are announced."""
    starts: datetime
    first_end: End
    written: str = ""
    """Start and end in the words of the file: `starts 0100 Sat 30 Apr 2016, lasts 24h`."""
    announced: datetime = ALWAYS
    area: str | None = None
    parties: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    lead_times: tuple[timedelta, ...] | None = None
    """Instead of the policy's; None for the policy's own."""
    after: tuple[timedelta, ...] | None = None
    note: str | None = None
    records: tuple[Record, ...] = ()
    termination: Termination | None = None
    left_out: tuple[str, ...] = ()
    """Parts of the file that could not be read, a sentence each; every message has them."""


class State(StrEnum):
    """The states of a truce."""

    ANNOUNCED = "announced"
    RUNNING = "running"
    LAPSED = "lapsed"
    TERMINATED = "terminated"
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


def as_known(truce: Truce, at: datetime, *, future_counts: bool = False) -> Truce | None:
    """The truce as known at a moment; None where it had not been announced.

    `future_counts` is how a running daemon hears it: what stands in the file is known, so an `announced`
    later than now counts as now. A confirmation or denial dated later still waits for its moment.
    """
    if truce.announced > at and not future_counts:
        return None
    return replace(
        truce,
        records=tuple(
            known for record in truce.records if (known := record.as_known(at, future_counts=future_counts)) is not None
        ),
        termination=truce.termination and truce.termination.as_known(at, future_counts=future_counts),
    )


def moments_of_knowledge(truce: Truce) -> tuple[datetime, ...]:
    """The moments at which something more becomes known of this truce, earliest first, each once."""
    statements: list[Statement] = [*truce.records]
    if truce.termination is not None:
        statements.append(truce.termination)
    moments = {truce.announced}
    for statement in statements:
        moments.add(statement.announced)
        moments.update(moment for moment in (statement.confirmed_at, statement.denied_at) if moment is not None)
    return tuple(sorted(max(moment, truce.announced) for moment in moments))


def _confirmed_in_order(records: Iterable[Record]) -> list[tuple[Record, ...]]:
    """The confirmed records, grouped by the moment of their confirmation, earliest first."""

    def confirmed_at(record: Record) -> datetime:
        return record.confirmed_at or NEVER

    confirmed = [record for record in records if record.standing is Standing.CONFIRMED]
    if len(confirmed) <= 1:
        return [tuple(confirmed)] if confirmed else []
    return [tuple(group) for _, group in groupby(sorted(confirmed, key=confirmed_at), key=confirmed_at)]


def confirmed_chain(truce: Truce) -> tuple[LiveEnd, ...]:
    """The lineage of the expiry: the first end, then what each confirmation made of it. The last one holds."""
    chain = [LiveEnd(end=truce.first_end, owner=Owner.EXPIRY)]
    for group in _confirmed_in_order(truce.records):
        earliest = min(group, key=lambda record: record.end.order)
        chain.append(LiveEnd(end=earliest.end, owner=Owner.EXPIRY, statement=earliest))
    return tuple(chain)


def expiry(truce: Truce) -> End:
    """The end of the confirmed chain."""
    return confirmed_chain(truce)[-1].end


def expiry_before(first_end: End, records: Sequence[Record], moment: datetime) -> End:
    """The expiry as it stood just before a moment: the base of a `by` announced at that moment."""
    just_before = moment - timedelta(microseconds=1) if moment > ALWAYS else ALWAYS
    known = (record.as_known(just_before, future_counts=False) for record in records if record.announced < moment)
    groups = _confirmed_in_order(record for record in known if record is not None)
    return min((record.end for record in groups[-1]), key=lambda end: end.order) if groups else first_end


def _is_dead(claim: Record, records: Iterable[Record]) -> bool:
    """True if an extension announced later was confirmed, or all its parties have stated something else since.

    What killed it may have been denied afterwards: a dead claim stays dead until it is confirmed itself.
    """
    later = [record for record in records if record.announced > claim.announced]
    if any(record.confirmed_at not in (None, record.denied_at) for record in later):
        return True
    restated = {party for record in later for party in record.stated_by}
    return bool(claim.stated_by) and restated.issuperset(claim.stated_by)


def live_ends(truce: Truce) -> tuple[LiveEnd, ...]:
    """The expiry, then a termination, then every claim that speaks of the expiry and is not denied."""
    ends = [confirmed_chain(truce)[-1]]
    termination = truce.termination
    if termination is not None and termination.standing is not Standing.DENIED:
        ends.append(LiveEnd(end=End.instant(termination.at), owner=Owner.TERMINATION, statement=termination))
    ends.extend(
        LiveEnd(end=record.end, owner=Owner.CLAIM, statement=record)
        for record in truce.records
        if record.standing is Standing.CLAIMED and not _is_dead(record, truce.records)
    )
    return tuple(ends)


def terminated_at(truce: Truce) -> datetime | None:
    """The moment from which a confirmed termination holds; None without one."""
    termination = truce.termination
    return termination.at if termination is not None and termination.standing is Standing.CONFIRMED else None


def watched_ends(truce: Truce) -> tuple[LiveEnd, ...]:
    """The live ends that have a ladder: those at or before the expiry that no confirmed termination precedes."""
    ends = live_ends(truce)
    last = ends[0].end.surely_over
    stop = terminated_at(truce) or NEVER
    return tuple(
        live
        for live in ends
        if live.end.at is not None
        and (live.end.at < last or live.end.surely_over <= last)
        and (live.end.at < stop or live.owner is Owner.TERMINATION)
    )


def over_at(truce: Truce) -> datetime | None:
    """The moment from which the truce has lapsed or is terminated; None without one."""
    over = min(terminated_at(truce) or NEVER, expiry(truce).surely_over)
    return None if over == NEVER else over


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
            return State.LAPSED
        return State.ANNOUNCED if self.at < self.truce.starts else State.RUNNING

    @property
    def is_over(self) -> bool:
        """True if the truce has lapsed or was terminated."""
        return self.state in (State.LAPSED, State.TERMINATED)

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
        return self.chain[-1].end

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


def was_over_at_once(truce: Truce) -> bool:
    """True if the truce was over when it was first announced, and no record has moved its end since."""
    first = as_known(truce, truce.announced)
    return first is not None and TruceStatus(first, truce.announced).is_over and expiry(first) == expiry(truce)
