"""The log read again: who had to be told what, by the words of the design and without any code of alertd.

Two things are followed through the log: which form of each truce is in force (what the daemon has read and put into its
ledger, by the rules for bad and vanished text), and what is owed because of it. A stage is owed to a target once the
daemon has looked at its agenda at or after the stage's moment, while the end that it belongs to was in force and had
been known before that moment. It is released where that end is replaced before the stage is out.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulation.ends import NEVER, OPEN, Ending
from simulation.events import Began, Called, Event, FileState, Looked, Ticked
from simulation.expected import ExpectedState, Truth, standing
from simulation.ladders import (
    LADDER,
    MILESTONE,
    REMINDER,
    REVIEW,
    Rung,
    kind_and_stage,
    questions,
    rungs,
    subject,
    takers,
)
from simulation.world import Run

READY_AHEAD = timedelta(milliseconds=100)
"""The time before its moment from which on a stage is made ready, and does not lie ahead any more."""

QUIET = timedelta(seconds=3)
"""How long files must stand still before what is gone from them counts as gone."""

EN_MASSE = 3
"""From this number on, truces that vanish at once are taken for an accident."""

CHANGES = frozenset(
    {"recorded", "extended", "claimed", "shortened", "dated", "corrected", "opened", "terminated", "withdrawn"}
)
"""The kinds of alert that tell of an edit."""


@dataclass(kw_only=True)
class Owed:
    """A stage that a target must be told."""

    truce: str
    kind: str
    stage: str
    ends_at: datetime | None
    due_at: datetime
    channel: str
    target: str
    owed_since: Called
    """When the daemon first looked at its agenda after the stage's moment, outside of the target's quiet hours."""
    goes_at: datetime
    """The stage's moment; where it waits for the end of quiet hours, that end."""
    first_end: datetime
    """The truce's first end, as its file says it."""
    was_claimed_otherwise: bool
    """Whether somebody stated another end, unconfirmed, by then."""
    ahead_at: float | None
    """When the daemon last looked at its agenda by a clock that still showed an earlier moment, in force as it was."""
    released: bool = False

    @property
    def row(self) -> tuple[str, str, str, datetime | None, str]:
        return self.truce, self.kind, self.stage, self.ends_at, self.target

    def __str__(self) -> str:
        ends = "open" if self.ends_at is None else self.ends_at.strftime("%d %H:%M:%S")
        return f"{self.kind} {self.stage} of {self.truce} (end {ends}, due {self.due_at:%d %H:%M:%S}) for {self.target}"


@dataclass(kw_only=True)
class News:
    """A change of the ends that people plan by, which every channel that takes the truce must be told."""

    truce: str
    what: str
    moment: datetime
    """When the daemon recorded it."""
    told_since: Called
    targets: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.what} of {self.truce}, recorded {self.moment:%d %H:%M:%S}"


@dataclass(kw_only=True)
class Unwanted:
    """Something that was handed to a channel although no end in force asked for it."""

    what: str
    handed: Called


@dataclass(kw_only=True)
class GivenStage:
    """A stage of an end in force that was given to a target which takes it."""

    what: str
    at: Called
    overdue: timedelta
    """For how long it had been due."""
    promised: bool
    """Whether this process acquired it before it was too old: what is acquired goes out however old it becomes."""
    tighter: tuple[str, ...]
    """The later stages of the same end that were due for that target by then, and had been known in time."""


@dataclass(kw_only=True)
class Agenda:
    """What lies ahead of a truce for a target, when an alert is handed over to it."""

    at: Called
    ahead: Mapping[datetime | None, tuple[datetime, ...]]
    """For each end the moments of its stages, those that had been known in time."""
    stands: datetime | None
    """The end that stands; None where none is in force."""


@dataclass
class _Force:
    truth: Truth
    standing: ExpectedState
    silent: bool
    """First seen when over: nothing is said until something changes."""
    old_zones: bool
    """Whether its times were read with these; a text that is gone cannot be read again."""
    is_gone: bool = False
    """Taken out after its lapse: the rest of that lapse is said, and nobody asks about it any more."""


@dataclass
class Oracle:
    """What follows from a log."""

    run: Run
    owed: dict[tuple[str, str, str, datetime | None, str], Owed] = field(default_factory=dict)
    waiting: dict[tuple[str, str, str, datetime | None, str], datetime] = field(default_factory=dict)
    """The stages, as in `owed`, that wait for the end of quiet hours, and when the daemon expects it."""
    news: list[News] = field(default_factory=list)
    unwanted: list[Unwanted] = field(default_factory=list)
    handed: list[GivenStage] = field(default_factory=list)
    agendas: dict[tuple[str, str], list[Agenda]] = field(default_factory=lambda: defaultdict(list))
    """What lay ahead when a change alert was handed over, by its target and key."""
    _force: dict[str, _Force] = field(default_factory=dict)
    _wanted: dict[str, dict[Rung, datetime]] = field(default_factory=dict)
    """The rungs of each truce's ends, with their moments."""
    _in_time: dict[str, set[Rung]] = field(default_factory=lambda: defaultdict(set))
    """Those that were known before their moment."""
    _fog: set[str] = field(default_factory=set)
    """Truces of which only a part could ever be read; nothing is judged of them."""
    _held: set[str] = field(default_factory=set)
    """Truces that vanished with their file, or with many others, and are to be confirmed first."""
    _ahead_at: dict[tuple[str, str, str, datetime | None], float] = field(default_factory=dict)
    """When each stage of a truce was last seen to lie ahead."""
    _claims: list[datetime] = field(default_factory=list)
    """When the process that lives has acquired what was due."""
    _has_acquired: bool = False
    """Whether the tick that runs has acquired what is due since it looked."""
    _taken_out: set[str] = field(default_factory=set)
    """Truces that were withdrawn while they ran or lapsed, and are known."""
    _last_tick: datetime | None = None
    _gap: datetime | None = None
    _is_lost: bool = False
    """When an earlier process ticked last, where it had recorded nothing: what fell due since was surely not told."""
    _in_doubt: bool = False
    """Whether the daemon doubted its clock when it acquired last."""
    _latest: datetime | None = None
    """The latest moment that the daemon's clock has shown."""
    _state: FileState | None = None
    _old_zones: bool = False
    _changed_at: datetime | None = None
    _look: datetime | None = None
    """The moment of the last reading, until a tick has taken in the whole of it."""

    def wanted_of(self, truce: str) -> Mapping[Rung, datetime]:
        """The rungs of a truce's ends as they stand in the end; none where it is over, or where that cannot be told."""
        force = None if truce in self._fog else self._on_watch(truce)
        return {} if force is None or force.standing.closed is not None else self._wanted[truce]

    @property
    def files_in_the_end(self) -> tuple[Truth, ...]:
        """The truces that count, of the files as they were read last."""
        return () if self._state is None else self._state.truths

    def follow(self) -> None:
        """Read the log from its beginning to its end."""
        for event in self.run.log.events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Began():
                self._state = self._changed_at = self._look = None
                self._has_acquired = False
                self._claims = []
                self._gap = self._last_tick
                self._is_lost = not (self._force or self._taken_out or self._fog)
            case Ticked():
                if self._look is not None and self._stands_still_at(self._look):
                    self._gap = None
                self._last_tick, self._look = event.moment, None
                self._has_acquired = False
            case Looked():
                self._state, self._old_zones, self._look = event.state, event.old_zones, event.moment
                self._has_acquired = False
                if not event.once_more:
                    self._changed_at = event.moment
            case Called(call="store"):
                self._enforce(event)
            case Called(call="acquire", detail="all" | "in doubt"):
                if not self._has_acquired:  # what is made ready ahead of its moment takes nothing in
                    self._enforce(event)
                self._has_acquired = True
                self._claims.append(event.moment)
                self._in_doubt = event.detail == "in doubt"
                self._fall_due(event)
            case Called(call="dispatch"):
                self._check_handed(event)
                self._check_steps(event)
                self._note_agendas(event)

    def _stands_still_at(self, now: datetime) -> bool:
        """True if the files have stood still for so long that what is gone from them counts as gone."""
        return self._changed_at is not None and now - self._changed_at >= QUIET

    def _enforce(self, call: Called) -> None:
        """What the register says now is in force, as far as it can be read and is sure to be meant."""
        state, now = self._state, call.moment
        if state is None:
            return
        settled = self._stands_still_at(self._look or now)
        self._latest = max(self._latest or now, now)
        for truth in state.truths:
            before = self._on_watch(truth.id)
            if self._is_unlearnt(truth, now):
                self._fog.add(truth.id)
                continue
            if truth.id in self._fog and not settled:
                continue
            if before is None or settled or not truth.lost_from(before.truth, now):
                self._put_in_force(truth, before, call, old_zones=self._old_zones)
            else:
                self._put_in_force(before.truth, before, call, old_zones=before.old_zones)
            self._fog.discard(truth.id)
            self._held.discard(truth.id)
        for truce in state.broken - self._force.keys():
            self._fog.add(truce)
        standing_there = {truth.id for truth in state.truths}
        for truce, force in self._force.items():
            if force.silent and truce not in standing_there:  # it stays as it was last read, and may not be over
                self._put_in_force(force.truth, force, call, old_zones=force.old_zones)
        self._enforce_losses(state, call, settled=settled)
        self._ask_on(now)
        if settled:
            self._gap = None

    def _on_watch(self, truce: str) -> _Force | None:
        force = self._force.get(truce)
        return None if force is None or force.is_gone else force

    def _is_unlearnt(self, truth: Truth, now: datetime) -> bool:
        """Whether the clock was set back to before something became known: it may count or not until then."""
        then, at_latest = (standing(truth, at, old_zones=self._old_zones) for at in (now, self._latest or now))
        return then != at_latest

    def _put_in_force(self, truth: Truth, before: _Force | None, call: Called, *, old_zones: bool) -> None:
        now = call.moment
        new = standing(truth, now, old_zones=old_zones)
        is_news = before is not None and (before.truth != truth or before.standing.all_ends() != new.all_ends())
        first = before is None or (before.silent and not is_news)
        is_back = before is None and truth.id in self._taken_out
        since = now
        if self._gap is not None and before is None and not is_back and (self._is_lost or new.end <= now):
            since = min(now, max(self._gap, now - self.run.rules.catch_up))
        silent = first and new.end <= since and not is_back
        if before is None or first:
            if new.end > now:  # seen as if for the first time, once a clock that was ahead is right
                if is_back and truth.taken_out:
                    self._tell(truth, "the return", call)
                else:
                    self._tell(truth, "recorded", call, kind="recorded")
        else:
            self._tell_changes(truth, before, new, call)
        self._force[truth.id] = _Force(truth, new, silent, old_zones)
        self._taken_out.discard(truth.id)
        rules = self.run.rules
        self._want(truth.id, {} if silent else rungs(new, rules) | questions(new, rules, now), since)

    def _tell_changes(self, truth: Truth, before: _Force, new: ExpectedState, call: Called) -> None:
        """What differs from the form that was in force."""
        was_known = {one.number for one in (*before.truth.said, *before.truth.ended)}
        for mark in sorted((new.voided ^ before.standing.voided) & was_known):
            self._tell(truth, f"a mark of a mistake on {mark}", call)
        for what, old_end, new_end in (
            ("the agreed end", before.standing.expiry or OPEN, new.expiry or OPEN),
            ("a termination", _early(before.standing), _early(new)),
        ):
            if not old_end.is_same_as(new_end):
                self._tell(truth, f"{what} moved from {old_end} to {new_end}", call)
        if before.standing.starts != new.starts:
            self._tell(truth, f"the start moved from {before.standing.starts} to {new.starts}", call)
        if before.standing.changed_hours != new.changed_hours:
            self._tell(truth, f"other hours: {new.changed_hours}", call)
        was_owed = {one.id: one.at for one in before.standing.milestones}
        for one in new.milestones:
            if one.is_open and one.at != was_owed.get(one.id, one.at):
                self._tell(truth, f"{one.id} moved from {was_owed[one.id]} to {one.at}", call)

    def _enforce_losses(self, state: FileState, call: Called, *, settled: bool) -> None:
        standing_there = {truth.id for truth in state.truths} | state.broken
        files = {truth.file for truth in state.truths} | state.broken_files
        gone = [
            force
            for truce, force in self._force.items()
            if truce not in standing_there
            and not force.is_gone
            and (force.standing.end > call.moment or self._is_asked_about(truce, call.moment))
        ]
        named = [force for force in gone if settled and force.truth.id in state.withdrawn]
        others = [force for force in gone if force.truth.id not in state.withdrawn | self._held]
        may_go = [force for force in others if settled and force.truth.file not in state.cut_files]
        en_masse = sum(force.standing.end > call.moment for force in may_go) >= EN_MASSE
        leaves = [force for force in may_go if not en_masse and force.truth.file in files]
        self._held.update(force.truth.id for force in may_go if force not in leaves)
        for force in [*named, *leaves]:
            self._taken_out.add(force.truth.id)
            if force.standing.end <= call.moment:
                force.is_gone = True
                self._want(force.truth.id, self._ladder_of(force.truth.id), call.moment)
                continue
            self._tell(force.truth, "withdrawn", call)
            self._want(force.truth.id, {}, call.moment)
            del self._force[force.truth.id]
            self._held.discard(force.truth.id)

    def _is_asked_about(self, truce: str, now: datetime) -> bool:
        """True if a question about it lies ahead."""
        return any(kind == REVIEW and due > now for (kind, _, _), due in self._wanted[truce].items())

    def _ladder_of(self, truce: str) -> dict[Rung, datetime]:
        return {rung: due for rung, due in self._wanted[truce].items() if rung[0] in LADDER}

    def _ask_on(self, now: datetime) -> None:
        """Every question that time brings is followed by the next, be the truce's text there or not."""
        for truce, force in self._force.items():
            if not force.silent and not force.is_gone:
                self._want(truce, self._ladder_of(truce) | questions(force.standing, self.run.rules, now), now)

    def _want(self, truce: str, wanted: Mapping[Rung, datetime], now: datetime) -> None:
        self._in_time[truce] &= wanted.keys()
        self._in_time[truce] |= {rung for rung, due in wanted.items() if due >= now}
        self._wanted[truce] = dict(wanted)
        for owed in self.owed.values():
            if owed.truce == truce and (owed.kind, owed.stage, owed.ends_at) not in wanted:
                owed.released = True
        self._stop_waiting(row for row in self.waiting if row[0] == truce and row[1:4] not in wanted)

    def _fall_due(self, claim: Called) -> None:
        for truce, force in self._force.items():
            for rung, due in self._wanted[truce].items():
                if rung not in self._in_time[truce] or truce in self._fog:
                    continue
                kind, stage, end = rung
                if due > claim.moment:
                    if due > claim.moment + READY_AHEAD:
                        self._lie_ahead(truce, rung, claim)
                    continue
                if self._in_doubt and not self._is_certain(truce, rung, claim.moment):
                    continue
                for channel in takers(force.truth, kind, self.run.rules):
                    for target in channel.targets:
                        until = self._waits_until(target, rung, claim.moment)
                        if until is not None:
                            self.waiting[truce, *rung, target] = until
                            continue
                        owed = Owed(
                            truce=truce,
                            kind=kind,
                            stage=stage,
                            ends_at=end,
                            due_at=due,
                            channel=channel.name,
                            target=target,
                            owed_since=claim,
                            goes_at=self.waiting.pop((truce, *rung, target), due),
                            first_end=force.truth.first_end.ending(old_zones=self._old_zones).at,
                            was_claimed_otherwise=bool(force.standing.claimed or force.standing.threatened),
                            ahead_at=self._ahead_at.get((truce, *rung)),
                        )
                        self.owed.setdefault(owed.row, owed)

    def _is_certain(self, truce: str, rung: Rung, now: datetime) -> bool:
        """Whether a stage goes out by a clock that is in doubt; all else waits until it is believed."""
        dues = [due for other, due in self._ladder_of(truce).items() if subject(other) == subject(rung)]
        due = self._wanted[truce][rung]
        is_last = not any(due < other <= now for other in dues)
        return rung[0] in (REMINDER, MILESTONE) and is_last and now - due <= self.run.rules.catch_up

    def _lie_ahead(self, truce: str, rung: Rung, claim: Called) -> None:
        """A stage lies ahead: whatever a clock that was ahead has made of it, it is owed when its moment comes.

        Only that of a live end has to be told again then: not of a truce that was over when its text went, nor of a day
        of a pause beyond the horizon, up to which its days are planned.
        """
        force = self._force[truce]
        is_far = force.truth.is_pause and self._wanted[truce][rung] > claim.moment + self.run.swarm.horizon
        if min(rung[2] or NEVER, force.standing.end) > claim.moment and not (force.is_gone or is_far):
            self._ahead_at[(truce, *rung)] = claim.at
        for row in [row for row in self.owed if row[:4] == (truce, *rung)]:
            del self.owed[row]
        self._stop_waiting(row for row in self.waiting if row[:4] == (truce, *rung))

    def _stop_waiting(self, rows: Iterable[tuple[str, str, str, datetime | None, str]]) -> None:
        for row in tuple(rows):
            del self.waiting[row]

    def _waits_until(self, target: str, rung: Rung, moment: datetime) -> datetime | None:
        """The end of the quiet hours of a target for which a stage waits at a moment; None where it does not."""
        return self.run.rules.waits_until(target, *kind_and_stage(rung), moment, old_zones=self._old_zones)

    def _check_steps(self, call: Called) -> None:
        for truce, *rung in call.steps:
            if truce not in self._fog and tuple(rung) not in self._wanted.get(truce, {}):
                what = f"a step after {' '.join(map(str, rung))} of {truce} for {call.detail}"
                self.unwanted.append(Unwanted(what=what, handed=call))

    def _check_handed(self, call: Called) -> None:
        for truce, *rung in call.rungs:
            if truce in self._fog:
                continue
            what = f"{' '.join(map(str, rung))} of {truce} for {call.detail}"
            due = self._wanted.get(truce, {}).get(tuple(rung))
            if due is None:
                self.unwanted.append(Unwanted(what=what, handed=call))
            elif self._takes(call.detail, truce, rung[0]):
                handed = GivenStage(
                    what=what,
                    at=call,
                    overdue=call.moment - due,
                    promised=any(
                        due <= at <= due + self.run.rules.catch_up
                        and self._waits_until(call.detail, tuple(rung), at) is None
                        for at in self._claims
                    ),
                    tighter=() if self._in_doubt or rung[0] == REVIEW else self._due_later(call, truce, tuple(rung)),
                )
                self.handed.append(handed)

    def _note_agendas(self, call: Called) -> None:
        """What lies ahead of each truce of which a change alert was handed over."""
        for key in call.keys:
            truce, kind, *_ = key.split("|")
            if kind not in CHANGES or truce in self._fog or self._in_doubt:
                continue
            ahead: dict[datetime | None, list[datetime]] = defaultdict(list)
            for rung in self._in_time.get(truce, ()):
                if self._takes(call.detail, truce, rung[0]):
                    ahead[rung[2]].append(self._goes_at(truce, rung, call.detail))
            force = self._force.get(truce)
            found = Agenda(
                at=call,
                ahead={end: tuple(sorted(dues)) for end, dues in ahead.items()},
                stands=force.standing.told(call.moment) if force is not None else None,
            )
            self.agendas[call.detail, key].append(found)

    def _goes_at(self, truce: str, rung: Rung, target: str) -> datetime:
        """The moment at which a stage goes out to a target, as far as is known now."""
        due = self._wanted[truce][rung]
        return self.waiting.get((truce, *rung, target)) or self._waits_until(target, rung, due) or due

    def _due_later(self, call: Called, truce: str, rung: Rung) -> tuple[str, ...]:
        """The later stages of the same that were due by now for the target that the call is about."""
        wanted = self._wanted[truce]
        return tuple(
            sorted(
                other[1]
                for other in self._in_time[truce]
                if other[0] in LADDER
                and subject(other) == subject(rung)
                and wanted[rung] < wanted[other] <= call.moment
                and self._takes(call.detail, truce, other[0])
                and self._waits_until(call.detail, other, call.moment) is None
            )
        )

    def _takes(self, target: str, truce: str, kind: str) -> bool:
        """Whether a target takes a kind of this truce itself, and not in the place of another."""
        force = self._force.get(truce)
        return force is not None and any(
            target in channel.targets for channel in takers(force.truth, kind, self.run.rules)
        )

    def _tell(self, truth: Truth, what: str, call: Called, *, kind: str | None = None) -> None:
        channels = takers(truth, kind, self.run.rules)
        targets = tuple(target for channel in channels for target in channel.targets)
        if truth.id not in self._fog:
            self.news.append(News(truce=truth.id, what=what, moment=call.moment, told_since=call, targets=targets))


def _early(at: ExpectedState) -> Ending:
    return OPEN if at.stopped is None else Ending(at.stopped, at.stopped)


def read(run: Run) -> Oracle:
    """What follows from the log of a run."""
    reading = Oracle(run)
    reading.follow()
    return reading
