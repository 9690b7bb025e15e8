"""The log read again for duty lists: by which calendars the daemon may go at each moment, and what it then did."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from simulation.chains import Place, alert_of
from simulation.duties import Calendar, DutyList, OnDuty
from simulation.escalations import Escalations
from simulation.events import Began, Called, Ended, Event, Scheduled, Stepped, Taken, Ticked, ToldOfDuty
from simulation.world import Run

AMISS = 60.0
"""Seconds after a failure of the ledger, or a step of the clock, in which a look may be late."""

Group = tuple[str, str, int]
"""A step of a chain: the names of the chain and of the alert, and its number."""

DAY = 86_400.0


@dataclass(frozen=True)
class Told:
    """The step of a chain to a duty list, as it was taken for those who are told."""

    duty: DutyList
    group: Group
    at: Taken
    targets: frozenset[str]
    expected: tuple[OnDuty, ...]
    """Whoever may be on duty by what the daemon may know."""
    everyone: frozenset[str]
    """The targets for which the step stood on the agenda."""


@dataclass(frozen=True)
class Settled:
    """A list of which it has been plain for a while who is on duty."""

    duty: DutyList
    at: Ticked
    seconds: float
    """The time for which it has been so, with a process that ticks and a clock that does not move."""
    is_on: OnDuty
    told: str | None
    """What ops was told last to be wrong with it: `empty`, `unknown`, `unread`; None for nothing."""
    present: dict[str, bool]
    """Who is on duty by the hand-overs so far, as far as they name people."""


@dataclass
class _Watch:
    """What is known of a list, as the log goes on."""

    calendars: list[tuple[float, Calendar | None]] = field(default_factory=list)
    told: str | None = None
    present: dict[str, bool] = field(default_factory=dict)
    since: float = 0.0
    """From when on it has been plain who is on duty."""
    was: OnDuty | None = None
    seen: tuple[Ticked, str | None, dict[str, bool]] | None = None
    """The last tick, with what had been told by then, and who was present."""


@dataclass
class Rosters:
    """What follows from a log."""

    run: Run
    escalations: Escalations
    steps: list[Told] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    hand_overs: dict[str, list[ToldOfDuty]] = field(default_factory=lambda: defaultdict(list))
    """What is to be said of each change, by the key of its alert."""
    twice: list[str] = field(default_factory=list)
    """Hand-overs of what had been handed over."""
    untimely: list[str] = field(default_factory=list)
    """Hand-overs of another moment than a change, or than that at which they were made, or cut short by a crash."""
    _watches: dict[str, _Watch] = field(default_factory=lambda: defaultdict(_Watch))
    _held: frozenset[str] = frozenset()
    _tried: set[str] = field(default_factory=set)
    _tried_groups: set[Group] = field(default_factory=set)
    _began: float = 0.0
    _ends: list[datetime] = field(default_factory=list)
    """The moments at which processes have ended so far."""
    _amiss: float = float("-inf")
    _leapt: float = float("-inf")
    """When the clock was moved by so much that what was read may not be known for the new moment."""

    def follow(self) -> None:
        """Read the log from its beginning to its end."""
        for event in self.run.log.events:
            self._see(event)

    @property
    def patience(self) -> float:
        """Seconds from a save to the look that goes by it."""
        return 5.0 + 10 * self.run.swarm.slow_disk

    def _see(self, event: Event) -> None:  # noqa: C901  one case a kind of event
        match event:
            case Scheduled():
                self._watches[event.duty].calendars.append((event.at, event.calendar))
            case Began():
                self._began, self._held = event.at, frozenset()
            case Ended():
                self._ends.append(event.wall)
                self._forget(event.at)
            case Stepped():
                self._amiss = event.at
                if abs(event.by) >= DAY:
                    self._leapt = event.at
                self._forget(event.at)
            case Called() if event.call.endswith(" failed"):
                self._amiss = event.at
            case Called(call="dispatch"):
                self._tried.update(event.keys)
                self._tried_groups.update(group for key in event.keys for _, group in self._groups(key))
            case Taken():
                self._take(event)
            case ToldOfDuty():
                self._tell(event)
            case Ticked():
                self._settle(event)

    def _forget(self, at: float) -> None:
        """Begin to wait anew for what is plain."""
        for duty in self.run.rules.duties:
            self._judge(duty, at)
            self._watches[duty.name].was = None

    def _groups(self, key: str) -> Iterator[tuple[DutyList, Group]]:
        """The steps to duty lists that a delivery belongs to."""
        for place in self.escalations.places.get(key, ()):
            duty = self._list_of(place)
            if duty is not None:
                yield duty, (place.chain.name, place.alert, place.number)

    def _list_of(self, place: Place) -> DutyList | None:
        name = place.chain.list_of(place.number) if place.number > 1 else None
        return next((one for one in self.run.rules.duties if one.name == name), None)

    def _expected(self, duty: DutyList, at: float, moment: datetime) -> tuple[OnDuty, ...]:
        """Whoever may be on duty: by each calendar that the daemon may go by."""
        calendars = self._watches[duty.name].calendars
        is_new = at - self._began < self.patience
        since = 0.0 if is_new or at - self._amiss < AMISS else at - self.patience
        known: list[Calendar | None] = []
        for place, (saved, calendar) in enumerate(calendars):
            until = calendars[place + 1][0] if place + 1 < len(calendars) else at
            if saved <= at and until >= since:
                known.append(calendar)
        if is_new or at - self._leapt < AMISS:
            known.append(None)
        return tuple(dict.fromkeys(_on_duty(duty, calendar, moment) for calendar in known))

    def _take(self, event: Taken) -> None:
        new = defaultdict[tuple[DutyList, Group], set[str]](set)
        for key in sorted(set(event.keys) - self._held - self._tried):
            for duty, group in self._groups(key):
                if group not in self._tried_groups:
                    new[duty, group].add(key)
        held = frozenset(event.keys)
        for (duty, group), keys in new.items():
            if any(group in [found for _, found in self._groups(key)] for key in held - keys):
                continue  # the rest of a step of which another part was taken before
            targets = frozenset(self._target(key) for key in keys)
            expected = self._expected(duty, event.at, event.moment)
            self.steps.append(Told(duty, group, event, targets, expected, self._of_group(group)))
        self._held = held

    def _of_group(self, group: Group) -> frozenset[str]:
        return frozenset(
            place.target
            for places in self.escalations.places.values()
            for place in places
            if (place.chain.name, place.alert, place.number) == group
        )

    @staticmethod
    def _target(key: str) -> str:
        return key.split("|")[4]

    def _tell(self, event: ToldOfDuty) -> None:
        if event.about.startswith("duty "):
            self._watches[event.about.removeprefix("duty ")].told = _wrong(event.text)
            return
        said = self.hand_overs[alert_of(event.key)]
        is_known = any(one.key == event.key for one in said)
        if not is_known:
            said.append(event)
        if is_known or len(said) > 1:
            return
        name, goes, comes = read_hand_over(event.about)
        watch = self._watches[name]
        again = [f"{one} goes" for one in goes if watch.present.get(one) is False]
        again += [f"{one} comes" for one in comes if watch.present.get(one) is True]
        if again:
            self.twice.append(f"at {event.wall:%d %H:%M:%S} it is said again of {name} that {' and '.join(again)}")
        watch.present.update(dict.fromkeys(goes, False) | dict.fromkeys(comes, True))
        duty = next(one for one in self.run.rules.duties if one.name == name)
        moments = (event.wall, *self._ends)
        is_made = any(abs((moment - event.due_at).total_seconds()) <= self.patience for moment in moments)
        if not (is_made or event.at - self._amiss < AMISS) and not any(
            _changes(duty, one, event.due_at) for _, one in watch.calendars
        ):
            self.untimely.append(f"{event.about} is of {event.due_at:%d %H:%M:%S}, when nobody came or went")

    def _settle(self, event: Ticked) -> None:
        for duty in self.run.rules.duties:
            watch = self._watches[duty.name]
            self._judge(duty, event.at)
            found = self._expected(duty, event.at, event.moment)
            is_plain = len(found) == 1 and event.at - self._amiss >= AMISS
            if not is_plain or found[0] != watch.was:
                watch.was, watch.since = found[0] if is_plain else None, event.at
            watch.seen = event, watch.told, dict(watch.present)

    def _judge(self, duty: DutyList, at: float) -> None:
        """Keep how it stood at the last tick, where that went by what had been plain, and was so until now."""
        watch = self._watches[duty.name]
        if watch.was is None or watch.seen is None:
            return
        seconds = at - watch.since
        self.settled.append(Settled(duty, watch.seen[0], seconds, watch.was, *watch.seen[1:]))
        if seconds > FROM_DOUBT and watch.was.gap != "unread":
            for name, _ in duty.people:
                watch.present.setdefault(name, name in watch.was.names)


FROM_DOUBT = 600.0
"""Seconds after which no clock is in doubt any more, and a hand-over has been told."""


def read_hand_over(about: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The list of a hand-over, who goes and who comes."""
    name, _, rest = about.removeprefix("hand-over of ").partition(" from ")
    goes, _, comes = rest.partition(" to ")
    return name, _names(goes), _names(comes)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (one.strip() for one in text.split(",")) if name)


def _wrong(text: str) -> str | None:
    """What a notice says to be wrong."""
    if "is well again" in text:
        return None
    if "nobody is on duty" in text:
        return "empty"
    return "unread" if "cannot be read" in text else "unknown"


@cache
def _on_duty(duty: DutyList, calendar: Calendar | None, moment: datetime) -> OnDuty:
    return duty.on_duty(calendar, moment)


def _changes(duty: DutyList, calendar: Calendar | None, moment: datetime) -> bool:
    """Whether a shift begins or ends at a moment."""
    shifts: Iterable = () if calendar is None else calendar.shifts
    return any(moment in times for shift in shifts for times in shift.times(moment, duty.zone))


def read(run: Run, escalations: Escalations) -> Rosters:
    """What follows from the log of a run."""
    reading = Rosters(run, escalations)
    reading.follow()
    return reading
