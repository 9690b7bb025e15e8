"""The log read again for what follows an alert: who was given which step, what became of it, and who had answered."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from simulation.chains import Chain, Place, places, seen_as
from simulation.events import Acknowledged, Called, Looked
from simulation.world import Run

from alertd.ledger import HistoryRow

FAILURES = 3
"""From this failure in a row on, an answer is waited for although the channel took nothing."""


@dataclass(frozen=True)
class Follows:
    """A try of a step or of the alert itself, after which the next step is to go out."""

    place: Place
    since: Called
    wait: timedelta
    due_at: datetime
    was_answered: bool
    """Enough people had acknowledged the alert by then; or it is a lapse of which an earlier word goes along it."""


@dataclass(frozen=True)
class Given:
    """A step that a worker was given."""

    place: Place
    key: str
    at: Called
    people: frozenset[str]
    """Those who had acknowledged its alert by then."""
    may_go_at: datetime | None
    """The earliest moment that the tries of the step before it allow; None where none allows it at all."""


@dataclass(frozen=True)
class Enough:
    """An acknowledgement by which enough people have answered."""

    chain: Chain
    at: Acknowledged
    told: frozenset[str]
    """The targets that steps were given to before."""


@dataclass
class Escalations:
    """What follows from a log."""

    run: Run
    follows: list[Follows] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    enough: list[Enough] = field(default_factory=list)
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The people who have acknowledged each alert, by the alert that it counts as."""
    _tries: Counter[str] = field(default_factory=Counter)
    _accepted: set[Place] = field(default_factory=set)
    _failed: set[Place] = field(default_factory=set)
    _told: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    @cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """The places of each delivery in the chains, by its key."""
        tags = {truth.id: truth.tags for look in self.run.log.of(Looked) for truth in look.state.truths}
        return {
            row.key: tuple(places(row.key, row.channel, tags.get(row.truce, ()), self.run.rules.chains))
            for row in self.run.rows
        }

    def follow(self) -> None:
        """Read the log from its beginning to its end."""
        for event in self.run.log.of(Called, Acknowledged):
            match event:
                case Acknowledged(outcome="taken"):
                    self._answer(event)
                case Called(call="dispatch"):
                    for key in event.keys:
                        self._give(key, event)
                case Called(call="wait_no_longer"):
                    self.follows = [_counted_from(one, event.moment) for one in self.follows]
                    self.given = [replace(one, may_go_at=self._may_go_at(one.place)) for one in self.given]
                case Called(call="settle"):
                    for key, (verdict, state) in zip(event.keys, event.outcomes, strict=True):
                        self._settle(key, verdict, state, event)

    def _answer(self, event: Acknowledged) -> None:
        seen = seen_as(event.alert)
        before = len(self.people[seen])
        self.people[seen].add(event.person)
        for chain in self.run.rules.chains:
            if before < chain.people <= len(self.people[seen]):
                told = frozenset(self._told[chain.name, seen])
                self.enough.append(Enough(chain, event, told))

    def _give(self, key: str, call: Called) -> None:
        self._tries[key] += 1
        for place in self.places.get(key, ()):
            if place.number > 1:
                people = frozenset(self.people[seen_as(place.alert)])
                self.given.append(Given(place, key, call, people, self._may_go_at(place)))
                self._told[place.chain.name, seen_as(place.alert)].add(place.target)

    def _may_go_at(self, place: Place) -> datetime | None:
        return min((one.due_at for one in self.follows if _is_next(one.place, place)), default=None)

    def _settle(self, key: str, verdict: str, state: str, call: Called) -> None:
        has_failed = state == "failed"
        is_open = verdict != "accepted" and not has_failed and self._tries[key] < FAILURES
        for place in () if is_open else self.places.get(key, ()):
            if verdict == "accepted":
                self._accepted.add(place)
            if has_failed:
                self._failed.add(place)
            if place.number > len(place.chain.waits) or (has_failed and self._is_taken_elsewhere(place)):
                continue
            wait = timedelta() if has_failed else place.chain.waits[place.number - 1]
            was_answered = len(self.people[seen_as(place.alert)]) >= place.chain.people or self._is_said_again(place)
            self.follows.append(Follows(place, call, wait, call.moment + wait, was_answered))

    def _is_said_again(self, place: Place) -> bool:
        """True for the second word of a lapse, of which the first went along the same chain."""
        if place.number > 1:
            return False
        before = {one.place.alert for one in self.follows if one.place.chain == place.chain} - {place.alert}
        return seen_as(place.alert) in map(seen_as, before)

    def _is_taken_elsewhere(self, place: Place) -> bool:
        """True where another target has the step, a copy of it too, or where one of its own may still take it."""
        targets = self.targets(place.chain, place.number)
        may_take = (
            other
            for row in self.run.rows
            if not is_left_out(row) and row.target in targets
            for other in self.places[row.key]
            if other not in self._failed
        )
        return any(
            (one.chain, one.alert, one.number) == (place.chain, place.alert, place.number)
            for one in (*self._accepted, *may_take)
        )

    def targets(self, chain: Chain, number: int) -> set[str]:
        """The targets to which a numbered step goes; the last is the word to ops."""
        rules = self.run.rules
        if number > len(chain.waits):
            channels = [one for one in rules.channels if one.ops] or rules.channels
        else:
            name, _ = chain.steps[(number - 1) % len(chain.steps)]
            duty = next((one for one in rules.duties if one.name == name), None)
            if duty is not None:
                return set(duty.everyone)
            channels = [one for one in rules.channels if one.name == name]
        return {target for channel in channels for target in channel.targets}


def is_left_out(row: HistoryRow) -> bool:
    """True for a step to somebody off duty."""
    return (row.state, row.reason) == ("superseded", "somebody else was on duty")


def _counted_from(one: Follows, now: datetime) -> Follows:
    """The same once a clock that was ahead is put right: the wait counts from now where it had begun later."""
    return replace(one, due_at=min(one.due_at, now + one.wait)) if one.since.moment > now else one


def _is_next(before: Place, place: Place) -> bool:
    return (before.chain, before.alert, before.number + 1) == (place.chain, place.alert, place.number)


def read(run: Run) -> Escalations:
    """What follows from the log of a run."""
    reading = Escalations(run)
    reading.follow()
    return reading
