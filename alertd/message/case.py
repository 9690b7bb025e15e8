"""The case of an alert about a truce: all that its headline and its body are made from, as of a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from itertools import pairwise

from alertd.domain.alert import LADDER, Change, Delivery, Kind
from alertd.domain.beginning import Beginning
from alertd.domain.milestone import Milestone
from alertd.domain.statement import Statement
from alertd.domain.truce import LiveEnd, Owner, Truce, TruceStatus
from alertd.message.wording import distance, end_in_lineage, named, parties, states
from alertd.times.end import ALWAYS, End

_PARTY_LENGTH = 24
"""Characters of who states something, in a headline, at most."""

_NAME_AND_PARTY = 56
"""Characters of the truce's name and of who states something together: with more the hour would not fit."""


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
    says_again: bool = True
    """What the alert says again was said before it."""
    ahead: tuple[Delivery, ...] | None = None
    """All that time will bring the reader of this truce, soonest first; None where that is not known."""

    @cached_property
    def name(self) -> str:
        """The name by which the truce is called."""
        return named(self.truce)

    @cached_property
    def status(self) -> TruceStatus:
        """The truce as of that moment."""
        return TruceStatus(self.truce, self.as_of)

    @property
    def chain(self) -> tuple[LiveEnd, ...]:
        """The lineage of the expiry."""
        return self.status.chain

    @cached_property
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
        ends = [live for live in self.status.live_ends if live.end.at == at]
        if not ends:
            return (LiveEnd(end=End.instant(at), owner=Owner.EXPIRY) if at else self.chain[-1],)
        counted = [live for live in ends if self.delivery.at in (live.end.at, live.end.over, live.end.second)]
        found = counted or ends
        return tuple(live for live in found if live.owner is found[0].owner)

    @cached_property
    def milestone(self) -> Milestone:
        """The milestone that the alert is about; where the truce has it no longer, as much of it as the alert says."""
        found = (each for each in self.truce.milestones if each.id == self.delivery.milestone)
        name = self.delivery.milestone or "milestone"
        return next(found, Milestone(id=name, what=name, at=self.delivery.at or self.delivery.due_at))

    @property
    def beginning(self) -> Beginning | None:
        """The record that the truce has begun, where the alert is about a start that was open."""
        start = self.truce.open_start
        if start is None:
            return None
        is_moved = self.announced.starts is not None and not self.truce.waits_to_begin
        return start.beginning if self.delivery.kind is Kind.START or is_moved else None

    @property
    def since_expiry(self) -> timedelta | None:
        """The time since the agreed end has surely passed; None while it may lie ahead."""
        over = self.status.expiry.surely_over
        return self.as_of - over if over < self.as_of else None

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The statements that the alert is about; none where it is about the first end."""
        if self.delivery.kind is Kind.MILESTONE:
            return ()
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
    def stated_by(self) -> tuple[str, ...]:
        """Those who state what the alert is about, each once."""
        return tuple(dict.fromkeys(name for statement in self.statements for name in statement.stated_by))

    @property
    def party(self) -> str:
        """The same, short enough for a headline."""
        return parties(self.stated_by, self.party_length)

    @property
    def party_length(self) -> int:
        """Characters of who says something, in a headline."""
        return min(_PARTY_LENGTH, _NAME_AND_PARTY - len(self.name))

    @property
    def party_states(self) -> str:
        """The same with their verb: `A and B state`."""
        return f"{self.party} {states(self.stated_by)}"

    @property
    def gap(self) -> timedelta | None:
        """The time in which no end was recorded before the announced one came; None where it came in time."""
        return gap_before(self.chain, self.announced)

    @property
    def is_announcement_known(self) -> bool:
        """True if somebody has told when what the alert is about was announced, and not only written it down."""
        statement = self.announced.statement
        return statement is not None and statement.announcement is not None

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
