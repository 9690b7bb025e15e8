"""The tick: looks whether the register has changed, whether something has become known, and what is due.

`tick(now)` does all that this moment asks for and says when to look again. It neither sleeps nor asks for the time, so
life and rehearsal run the same code. What it decides stands in the ledger before anything else happens; what it keeps
in memory can be read again from the ledger and the files.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from heapq import heapify, heappop, heappush

import structlog

from alertd.delivery import Workers
from alertd.domain.alert import Kind, iso_utc
from alertd.domain.display import show_utc
from alertd.domain.plan import choose, is_unreachable
from alertd.domain.policy import CHORES_EVERY, CLOCK_PATIENCE, PRUNE_BATCH
from alertd.domain.shift import Shift, Shifts, shift_text
from alertd.domain.truce import is_over, moments_of_knowledge
from alertd.errors import LedgerError, Level
from alertd.judgement import Judge, is_watched, not_watched
from alertd.ledger import KnownTruce, LedgerThread, Recorded, Revision, TruceStanding
from alertd.ops import Ops
from alertd.register import Register
from alertd.zones import ZoneWatch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something in the register that ops should know of."""

    text: str
    nags: bool
    """Whether it is told again and again until it is mended."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What ops was told, and when."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a daemon does by itself over time."""

    quiet: timedelta
    """How long the files must stand still before what is gone from them counts as gone."""
    nag_every: timedelta | None
    """How often ops is told again of what is refused; None: once."""
    keep: timedelta
    """How long what was settled is kept."""
    shifts: Shifts | None
    """When a digest of the shift is due."""


class Daemon:
    """Watches the truces of a register and puts on the agenda what follows from them."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        *,
        ledger: LedgerThread,
        judge: Judge,
        workers: Workers,
        ops: Ops,
        read: Callable[[datetime], Register],
        fingerprint: Callable[[], Hashable],
        zones: ZoneWatch,
        habits: Habits,
    ) -> None:
        """`fingerprint` differs whenever a truce file does, and is asked at every tick, so it must be cheap."""
        self._ledger = ledger
        self._judge = judge
        self._workers = workers
        self._ops = ops
        self._read = read
        self._fingerprint = fingerprint
        self._zones = zones
        self._habits = habits
        self._choose = partial(choose, policy=judge.policy)
        self._ticked_at: datetime | None = None
        self._chores_done_at: datetime | None = None
        self._pruning = True
        self._known: dict[str, KnownTruce] = {}
        self._register = Register(truces=(), problems=(), withdrawn=frozenset(), files=())
        self._seen: Hashable = None
        self._unjudged = False
        """Whether the register was read and the ledger does not know of it yet."""
        self._changed_at: datetime | None = None
        """When the files last changed, until they have stood still for a while."""
        self._moments: list[tuple[datetime, str]] = []
        """A heap: when to look at which truce again although no file has changed."""
        self._wrongs: dict[str, _Wrong] = {}
        """What is wrong with the register, by what it is about."""
        self._told: dict[str, _Told] = {}

    async def start(self, now: datetime, last_tick: datetime | None = None) -> None:
        """Take up where the last process stopped: what it had claimed returns, what it knew is planned anew.

        Then the workers start, and not before: what is claimed until then is not theirs.
        """
        store = self._ledger.store
        self._ticked_at = last_tick or now
        targets = [target for subscription in self._judge.subscriptions for target in subscription.targets]
        taken_back = await self._ledger.run(store.take_back, targets, now)
        self._known = await self._ledger.run(store.truces)
        running = [known for known in self._known.values() if is_watched(known) and not is_over(known.truce, now)]
        await self._record([self._judge.replan(known, now) for known in running], now)
        self._workers.start()
        log.info("daemon.started", truces=len(self._known), running=len(running), taken_back=taken_back)

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins."""
        await self._look(now)
        await self._record(self._judge.prime(self._register, now, now - timedelta(microseconds=1)), now)

    def reread(self) -> None:
        """Have the next tick read the register again, whether or not its files look changed."""
        self._seen = None

    async def tell_clock_jump(self, before: datetime, now: datetime) -> None:
        """Tell ops that a day or more lies between two ticks, before anything is said because of it."""
        text = (
            f"The clock went from {show_utc(before, year=True)} to {show_utc(now, year=True)} between two ticks: "
            "alertd was down or suspended, or the clock was set. If it is wrong, so is what is told next: set it right."
        )
        log.warning("clock.jumped", before=before, now=now)
        await self._ops.tell("clock", text, now)  # due by now, so that it is claimed below
        claimed = await self._ledger.run(self._ledger.store.claim, now, self._choose, {Kind.OPS})
        self._workers.wake(claimed.targets)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._workers.idle(claimed.targets), CLOCK_PATIENCE.total_seconds())

    async def tick(self, now: datetime) -> datetime | None:
        """Do what this moment asks for; returns when to look again, None where nothing lies ahead."""
        await self._do_chores(now)
        await self._look(now)
        recorded = await self._judge_register(now)
        await self._tell_shift(now)
        claimed = await self._ledger.run(self._ledger.store.claim, now, self._choose)
        self._workers.wake(claimed.targets)
        self._ticked_at = now
        done = {
            "truces": len(recorded.truces),
            "planned": recorded.inserted,
            "superseded": recorded.superseded,
            "revived": recorded.revived,
            "claimed": claimed.claimed,
            "overtaken": claimed.overtaken,
            "missed": claimed.missed,
        }
        if any(done.values()):
            log.info("tick.done", **done)
        return await self.next_wake()

    async def next_wake(self) -> datetime | None:
        """When something is next to be done, as far as the ledger and the register tell now."""
        moments = [await self._ledger.run(self._ledger.store.next_due)]
        if self._moments:
            moments.append(self._moments[0][0])
        if self._changed_at is not None:
            moments.append(self._changed_at + self._habits.quiet)
        if self._habits.shifts is not None and self._ticked_at is not None:
            moments.append(self._habits.shifts.next(self._ticked_at))
        if self._habits.nag_every is not None:
            moments += [told.at + self._habits.nag_every for about, told in self._told.items() if self._nags(about)]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _judge_register(self, now: datetime) -> Recorded:
        """Put into the ledger what the register says, as far as it is news, and tell ops what is wrong with it."""
        settled = self._changed_at is not None and now - self._changed_at >= self._habits.quiet
        due = self._due_for_a_look(now)
        again = {truce_id for _, truce_id in due}
        every = self._unjudged or settled
        ids = {read.id for read in self._register.truces} | self._known.keys() if every else again
        revisions = self._judge.judge(ids, self._register, self._known, now, settled=settled)
        judged = {revision.truce.id for revision in revisions}
        revisions += [self._judge.replan(self._known[one], now) for one in again & self._known.keys() - judged]
        try:
            recorded = await self._record(revisions, now)
            self._unjudged = False
            if settled:
                self._wrongs = self._find_wrongs()
            await self._tell_ops(now)
        except LedgerError:
            for moment in due:  # it is tried again at the next tick
                heappush(self._moments, moment)
            raise
        if settled:
            self._changed_at = None
        return recorded

    async def _look(self, now: datetime) -> None:
        """Read the register if its files have changed."""
        seen = self._fingerprint()
        if seen == self._seen:
            return
        self._register = await asyncio.to_thread(self._read, now)  # a large register takes seconds
        self._seen, self._changed_at, self._unjudged = seen, now, True
        ahead = {
            (moment, read.id)
            for read in self._register.truces
            if read.truce is not None
            for moment in moments_of_knowledge(read.truce)
            if moment > now
        }
        self._moments = [*ahead.union(self._moments)]  # a look for nothing costs little, a missing one a review
        heapify(self._moments)
        log.info("register.read", truces=len(self._register.truces), problems=len(self._register.problems))

    async def _do_chores(self, now: datetime) -> None:
        """Once a day: look for newer zone data, and forget what was settled long ago, a piece a tick."""
        if self._chores_done_at is None or abs(now - self._chores_done_at) >= CHORES_EVERY:
            # Where the rules of a zone may have changed, every end is counted anew from its wall time.
            if self._chores_done_at is not None and self._zones.renew():
                log.warning("zones.renewed")
                self.reread()
            self._chores_done_at = now
            self._pruning = True
        if self._pruning:
            store = self._ledger.store
            pruned = await self._ledger.run(store.prune, now - self._habits.keep, PRUNE_BATCH)
            self._pruning = pruned == PRUNE_BATCH
            if pruned:
                log.info("ledger.pruned", deliveries=pruned)
            if not self._pruning:
                await self._ledger.run(store.checkpoint)

    async def _tell_shift(self, now: datetime) -> None:
        """Give the latest digest that has come due since the last tick: late after a pause, and never one for each."""
        shifts = self._habits.shifts
        due_at = shifts.last(now) if shifts is not None else None
        if shifts is None or due_at is None or self._ticked_at is None or due_at <= self._ticked_at:
            return
        store = self._ledger.store
        since = shifts.last(due_at - timedelta(microseconds=1)) or due_at
        changes = await self._ledger.run(store.changes_since, since)
        health = await self._ledger.run(store.channels)
        watched = [known for known in self._known.values() if is_watched(known)]
        shift = Shift(
            since=since,
            truces=tuple(known.truce for known in watched),
            changes=tuple((seen.truce, seen.change) for seen in changes),
            not_watched=not_watched(self._register, self._known, self._judge.subscriptions, now),
            held=tuple(known.truce.id for known in watched if known.standing is TruceStanding.HELD),
            failing=tuple(one.target for one in health if one.failing_since is not None),
        )
        await self._ops.tell_shift(shift_text(shift, now, find_zone=self._zones.find), due_at)

    def _due_for_a_look(self, now: datetime) -> list[tuple[datetime, str]]:
        due = []
        while self._moments and self._moments[0][0] <= now:
            due.append(heappop(self._moments))
        return due

    async def _record(self, revisions: Sequence[Revision], now: datetime) -> Recorded:
        """Put revisions into the ledger, all in one transaction, and remember when each truce needs another look."""
        if not revisions:
            return Recorded(truces=(), inserted=0, superseded=0, revived=0)
        recorded = await self._ledger.run(self._ledger.store.record, revisions, now)
        self._known.update({known.truce.id: known for known in recorded.truces})
        for revision in revisions:
            review_at = min(
                (one.due_at for one in revision.wanted if one.kind is Kind.REVIEW and one.due_at > now), default=None
            )
            if review_at is not None:
                heappush(self._moments, (review_at, revision.truce.id))
            for change in revision.changes:
                log.info("truce.changed", truce=revision.truce.id, kind=change.kind, ends_at=change.ends_at)
        return recorded

    async def _tell_ops(self, now: datetime) -> None:
        """Tell ops what is wrong with the register, each thing once or as often as it nags, and when it is mended."""
        for about, wrong in self._wrongs.items():
            told = self._told.get(about)
            again = told is not None and self._nags(about) and abs(now - told.at) >= self._nag_every
            if told is None or told.text != wrong.text or again:
                await self._ops.tell(about, wrong.text, now)
                self._told[about] = _Told(wrong.text, now)
        for about in self._told.keys() - self._wrongs.keys():
            await self._ops.tell(about, f"{about}: mended.", now)
            del self._told[about]

    def _nags(self, about: str) -> bool:
        return about in self._wrongs and self._wrongs[about].nags

    @property
    def _nag_every(self) -> timedelta:
        return self._habits.nag_every or timedelta.max

    def _find_wrongs(self) -> dict[str, _Wrong]:
        """What is wrong with the register as it stands: a text for each file and each truce concerned."""
        refused: dict[str, list[str]] = {}
        for problem in self._register.problems:
            if problem.level is Level.ERROR:
                lines = refused.setdefault(problem.file, [])
                lines.append(f"{self._in_force(problem.truce)} {problem}".lstrip())
                lines.extend(f"{one.local} = {iso_utc(one.utc)}: write {one.write}" for one in problem.readings)
        wrongs = {file: _Wrong("\n".join(lines), nags=True) for file, lines in refused.items()}
        for known in self._known.values():
            if known.standing is TruceStanding.HELD:
                text = (
                    f"Truce {known.truce.id} is gone from {known.file}. It is held: alertd goes on watching it. "
                    f'If it is to be withdrawn, add it to truces/withdrawn.toml: withdrawn = ["{known.truce.id}"]'
                )
                wrongs[f"truce {known.truce.id}"] = _Wrong(text, nags=False)
        for read in self._register.truces:
            if read.truce is not None and is_unreachable(read.truce, self._judge.subscriptions):
                text = (
                    f"Truce {read.id} ({read.file}:{read.line}) has tags that no channel takes; "
                    "its alerts come here until one does."
                )
                wrongs[f"truce {read.id}"] = _Wrong(text, nags=False)
        return wrongs

    def _in_force(self, truce_id: str | None) -> str:
        if truce_id is None:
            return ""
        known = self._known.get(truce_id)
        if known is None or not is_watched(known):
            return f"Truce {truce_id} is NOT WATCHED."
        if known.truce.left_out:
            return f"Truce {truce_id} is watched by what can be read of it."
        return f"Truce {truce_id} stays in force in its last good form."
