"""The headline of an alert about a truce: which truce, what happens, and when.

One function a kind. A headline is a pure function of the alert, the truce and a moment: `plan` shows it as of the
moment at which the alert is due, a message as of the moment at which it is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise

from alertd.domain.alert import LADDER, Change, Delivery, Kind
from alertd.domain.truce import LiveEnd, Owner, Standing, Statement, Termination, Truce, TruceStatus
from alertd.message.wording import NO_END, condition, cut, distance, end_in_lineage, named, parties, place
from alertd.times.duration import span
from alertd.times.end import ALWAYS, End, EndKind
from alertd.times.formats import short_local, show_end, show_utc

HEADLINE_LENGTH = 120
"""Within this a headline says which truce, what happens and when."""

_NAME_LEAST = 20
"""Characters of the truce's name that stay, however long the rest is."""

_PARTY_LENGTH = 24
"""Characters of who states something, in a headline."""

_CONDITION_LENGTH = 40
"""Characters of a condition, in a headline."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """An alert about a truce as of a moment: what its headline and its body are both made from.

    What both ask for again and again is worked out once.
    """

    delivery: Delivery
    truce: Truce
    change: Change | None
    zone: tzinfo
    as_of: datetime

    @cached_property
    def name(self) -> str:
        """The name of the truce."""
        return named(self.truce)

    @cached_property
    def status(self) -> TruceStatus:
        """The truce as of that moment."""
        return TruceStatus(self.truce, self.as_of)

    @property
    def chain(self) -> tuple[LiveEnd, ...]:
        """The lineage of the expiry."""
        return self.status.chain

    @property
    def announced(self) -> Change:
        """The change that the alert announces; where it is not at hand, what the truce itself tells of it."""
        live = self.subjects[0]
        return self.change or Change(kind=self.delivery.kind, old=None, new=live.end, statement=live.statement)

    @cached_property
    def subjects(self) -> tuple[LiveEnd, ...]:
        """The live ends that an alert speaks of: the expiry alone, else whoever stands by that end.

        An end that nobody stands by any more is told as the expiry, which is what it was when it was planned.
        """
        at = self.delivery.ends_at
        found = tuple(live for live in self.status.live_ends if live.end.at == at)
        if not found:
            return (LiveEnd(end=End.instant(at), owner=Owner.EXPIRY) if at else self.chain[-1],)
        return tuple(live for live in found if live.owner is found[0].owner)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that the alert is about; none where it is about the first end."""
        if self.delivery.kind in LADDER:
            found = [live.statement for live in self.subjects]
        else:
            found = [self.announced.statement or self.chain[-1].statement]
        return tuple(statement for statement in found if statement is not None)

    def short(self, end: End) -> str:
        """An end in its shortest form."""
        return end_in_lineage(end, zone=self.zone)

    def distance(self, moment: datetime) -> str:
        """The distance to a moment: `in 6 h`, `15 min ago`."""
        return distance(moment, self.as_of)

    @property
    def party(self) -> str:
        """Those who state what the alert is about, short enough for a headline."""
        names = tuple(dict.fromkeys(name for statement in self.statements for name in statement.stated_by))
        return parties(names, _PARTY_LENGTH)

    @property
    def gap(self) -> timedelta | None:
        """The time in which no end was recorded before the announced one came; None where it came in time."""
        return gap_before(self.chain, self.announced)

    @property
    def since(self) -> datetime:
        """The moment from which the truce has had no agreed moment to end at, as far as that is its state."""
        statement = self.chain[-1].statement
        confirmed_at = statement.confirmed_at if statement else None
        return max(self.truce.starts, confirmed_at or ALWAYS)


def gap_before(chain: tuple[LiveEnd, ...], change: Change) -> timedelta | None:
    """The time from the old end to the announcement of the change; None where it was announced in time."""
    statement = change.statement
    if statement is None or statement.announced == ALWAYS:
        return None
    before = next(
        (earlier.end for earlier, later in pairwise(chain) if later.statement == statement),
        change.old,
    )
    if before is None or before.over is None or statement.announced <= before.over:
        return None
    return statement.announced - before.over


def headline(case: Case) -> str:
    """Which truce, what happens, and when, in one line.

    Where the truce's title does not fit, its id names it: titles that begin alike would look the same when cut.
    """
    what = _TITLES[case.delivery.kind](case)
    room = max(HEADLINE_LENGTH - len(what) - len(": "), _NAME_LEAST)
    name = case.name if len(case.name) <= room else min(case.name, case.truce.id, key=len)
    return f"{cut(name, room)}: {what}"


def _moment(case: Case, moment: datetime) -> str:
    """`0100 Wed 4 May Damascus (2200Z Tue 3 May)`, with the year where it is not the current one."""
    local = moment.astimezone(case.zone)
    year = f" {local.year}" if local.year != case.as_of.astimezone(case.zone).year else ""
    return f"{short_local(moment, zone=case.zone)}{year} {place(case.truce.zone)} ({show_utc(moment)})"


def _day(case: Case, end: End) -> str:
    return show_end(end, zone=case.zone, zone_name=place(case.truce.zone))


def _when(case: Case, end: End) -> str:
    """An end as what follows `extended to`."""
    if end.at is None:
        return NO_END if end.kind is EndKind.OPEN else f"the condition {condition(end, _CONDITION_LENGTH)}"
    if end.kind is EndKind.DATE:
        return f"some time on {_day(case, end)} (from {show_utc(end.at)})"
    return _moment(case, end.at)


def _reminder(case: Case) -> str:
    live = case.subjects[0]
    if live.end.at is None:
        return _ends(case, live.end)
    if live.end.kind is EndKind.DATE:
        return _reminder_of_day(case, live, live.end.at)
    away, when = case.distance(live.end.at), _when(case, live.end)
    passed = away.endswith("ago")
    if live.owner is Owner.EXPIRY:
        return f"{'was to end' if passed else 'ends'} {away}, {when}"
    if live.owner is Owner.TERMINATION and is_confirmed(live.statement):
        return f"{'ended' if passed else 'ends'} early {away} (termination by {case.party}), {when}"
    early = "early " if live.owner is Owner.TERMINATION else ""
    return f"{early}end stated by {case.party} {'was' if passed else 'is'} {away}, {when}"


def _reminder_of_day(case: Case, live: LiveEnd, begins: datetime) -> str:
    source = "" if live.owner is Owner.EXPIRY else f" according to {case.party}"
    day = f"{_day(case, live.end)} (from {show_utc(begins)})"
    if case.as_of < begins:
        return f"may end in {span(begins - case.as_of)} or later{source}, on {day}"
    if case.as_of < live.end.surely_over:
        return f"may end at any time today{source}, {day}"
    return f"was to end{source} on {day}"


def is_confirmed(statement: Statement | None) -> bool:
    """True if there is a statement and it is confirmed."""
    return statement is not None and statement.standing is Standing.CONFIRMED


def _lapsed(case: Case) -> str:
    end = case.subjects[0].end
    over = end.surely_over
    ago = "" if (away := case.distance(over)) == "now" else f" {away}"
    when = f"{_day(case, end)} is over ({show_utc(over)})" if end.kind is EndKind.DATE else _when(case, end)
    return f"expired{ago}, no extension recorded: {when}"


def _ends(case: Case, end: End) -> str:
    if end.at is not None:
        return f"ends {_when(case, end)}"
    return NO_END if end.kind is EndKind.OPEN else f"ends on {_when(case, end)}"


def _recorded(case: Case) -> str:
    return f"recorded, {_ends(case, _new(case))}"


def _new(case: Case) -> End:
    """The end after the change; the expiry where the change left none."""
    return case.announced.new or case.chain[-1].end


def _was(case: Case) -> str:
    return f", was {case.short(case.announced.old)}" if case.announced.old is not None else ""


def _extended(case: Case) -> str:
    if case.gap is not None:
        return f"extended {span(case.gap)} after it expired, to {_when(case, _new(case))}"
    return f"extended to {_when(case, _new(case))}{_was(case)}"


def _shortened(case: Case) -> str:
    return f"shortened to {_when(case, _new(case))}{_was(case)}"


def _opened(case: Case) -> str:
    end = _new(case)
    what = "no agreed end any more" if end.kind is EndKind.OPEN else f"now {_ends(case, end)}"
    return f"{what}{_was(case)}"


def _claimed(case: Case) -> str:
    early = "early " if isinstance(case.announced.statement, Termination) else ""
    if case.announced.statement is not None and case.announced.statement.standing is Standing.DENIED:
        return f"{early}end stated by {case.party} is denied: {_when(case, _new(case))}"
    new = _new(case)
    if new.kind is EndKind.OPEN:
        return f"{case.party} states that no end is agreed, unconfirmed"
    if new.kind is EndKind.CONDITIONAL:
        return f"{case.party} states that it ends on {_when(case, new)}, unconfirmed"
    return f"{case.party} states the {early}end {_when(case, new)}, unconfirmed"


def _corrected(case: Case) -> str:
    change = case.announced
    early = "early " if isinstance(change.statement, Termination) else ""
    stated = f"{early}end stated by {case.party}"
    if change.old == change.new:
        return f"start corrected, the end stays {_when(case, _new(case))}"
    if change.statement is None:
        return f"end corrected to {_when(case, _new(case))}{_was(case)}"
    if change.new is None and change.old is not None:
        fate = "is denied" if change.statement.standing is Standing.DENIED else "is taken out of the register"
        return f"{stated} {fate}: {_when(case, change.old)}"
    if isinstance(change.statement, Termination) and change.ends_at != change.statement.at:
        fate = "is denied" if change.statement.standing is Standing.DENIED else "is no longer confirmed"
        return f"{stated} {fate}: {_ends(case, _new(case))}"
    return f"{stated} is corrected to {_when(case, _new(case))}{_was(case)}"


def _terminated(case: Case) -> str:
    return f"terminated by {case.party} from {_when(case, _new(case))}"


def _was_to_end(case: Case, end: End) -> str:
    return "it had no agreed end" if end.kind is EndKind.OPEN else f"its end was {_when(case, end)}"


def _withdrawn(case: Case) -> str:
    end = case.announced.old or case.chain[-1].end
    return f"taken out of the register, no longer watched; {_was_to_end(case, end)}"


def _review(case: Case) -> str:
    end = case.chain[-1].end
    if end.kind is EndKind.CONDITIONAL:
        since = f"{short_local(case.since, zone=case.zone)} {place(case.truce.zone)}"
        return f"still in force until {condition(end, _CONDITION_LENGTH)}? Since {since}"
    return f"open since {_moment(case, case.since)}: still in force?"


_TITLES: dict[Kind, Callable[[Case], str]] = {
    Kind.REMINDER: _reminder,
    Kind.LAPSED: _lapsed,
    Kind.RECORDED: _recorded,
    Kind.EXTENDED: _extended,
    Kind.CLAIMED: _claimed,
    Kind.SHORTENED: _shortened,
    Kind.CORRECTED: _corrected,
    Kind.OPENED: _opened,
    Kind.TERMINATED: _terminated,
    Kind.WITHDRAWN: _withdrawn,
    Kind.REVIEW: _review,
}
