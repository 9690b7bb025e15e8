"""The tick: looks whether the register has changed, whether something has become known, and what is due.

`tick(now)` does all that this moment asks for and says when to look again. It neither sleeps nor asks for the time, so
life and rehearsal run the same code. What it decides stands in the ledger before anything else happens; what it keeps
in memory can be read again from the ledger and the files.
"""

import asyncio
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime, timedelta
from functools import partial
from heapq import heapify, heappop, heappush

import structlog

from alertd.delivery import Workers
from alertd.domain.alert import Kind, iso_utc
from alertd.domain.plan import choose, is_unreachable
from alertd.domain.policy import ZONES_EVERY
from alertd.domain.truce import is_over, moments_of_knowledge
from alertd.errors import Level
from alertd.judgement import Judge, is_watched
from alertd.ledger import KnownTruce, LedgerThread, Revision, TruceStanding
from alertd.ops import Ops
from alertd.register import Register

log = structlog.get_logger(__name__)


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
        renew_zones: Callable[[], bool],
        quiet: timedelta,
    ) -> None:
        """`fingerprint` differs whenever a truce file does, and is asked at every tick, so it must be cheap.

        `renew_zones` looks for newer zone data, and tells whether there was any.
        `quiet` is how long the files must stand still before what is gone from them counts as gone.
        """
        self._ledger = ledger
        self._judge = judge
        self._workers = workers
        self._ops = ops
        self._read = read
        self._fingerprint = fingerprint
        self._renew_zones = renew_zones
        self._zones_renewed_at: datetime | None = None
        self._quiet = quiet
        self._choose = partial(choose, policy=judge.policy)
        self._known: dict[str, KnownTruce] = {}
        self._register = Register(truces=(), problems=(), withdrawn=frozenset(), files=())
        self._seen: Hashable = None
        self._changed_at: datetime | None = None
        """When the files last changed, until they have stood still for a while."""
        self._moments: list[tuple[datetime, str]] = []
        """A heap: when to look at which truce again although no file has changed."""
        self._told: dict[str, str] = {}
        """What ops was last told, by what it is about."""

    @property
    def register(self) -> Register:
        """The truce files as last read."""
        return self._register

    async def start(self, now: datetime) -> None:
        """Take up where the last process stopped: what it had claimed returns, what it knew is planned anew."""
        store = self._ledger.store
        targets = [target for subscription in self._judge.subscriptions for target in subscription.targets]
        taken_back = await self._ledger.run(store.take_back, targets, now)
        self._known = await self._ledger.run(store.truces)
        running = [known for known in self._known.values() if is_watched(known) and not is_over(known.truce, now)]
        await self._record([self._judge.replan(known, now) for known in running], now)
        log.info("daemon.started", truces=len(self._known), running=len(running), taken_back=taken_back)

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins."""
        await self._look(now)
        await self._record(self._judge.prime(self._register, now, now - timedelta(microseconds=1)), now)

    def reread(self) -> None:
        """Have the next tick read the register again, whether or not its files look changed."""
        self._seen = None

    async def tick(self, now: datetime) -> datetime | None:
        """Do what this moment asks for; returns when to look again, None where nothing lies ahead."""
        self._look_for_newer_zones(now)
        changed = await self._look(now)
        settled = self._changed_at is not None and now - self._changed_at >= self._quiet
        again = self._due_for_a_look(now)
        ids = {read.id for read in self._register.truces} | self._known.keys() if changed or settled else again
        revisions = self._judge.judge(ids, self._register, self._known, now, settled=settled)
        judged = {revision.truce.id for revision in revisions}
        revisions += [self._judge.replan(self._known[one], now) for one in again & self._known.keys() - judged]
        await self._record(revisions, now)
        if settled:
            self._changed_at = None
            await self._tell_ops()
        self._workers.wake(await self._ledger.run(self._ledger.store.claim, now, self._choose))
        return await self.next_wake()

    async def next_wake(self) -> datetime | None:
        """When something is next to be done, as far as the ledger and the register tell now."""
        moments = [await self._ledger.run(self._ledger.store.next_due)]
        if self._moments:
            moments.append(self._moments[0][0])
        if self._changed_at is not None:
            moments.append(self._changed_at + self._quiet)
        return min((moment for moment in moments if moment is not None), default=None)

    async def _look(self, now: datetime) -> bool:
        """Read the register if its files have changed; returns whether they have."""
        seen = self._fingerprint()
        if seen == self._seen:
            return False
        self._register = await asyncio.to_thread(self._read, now)  # a large register takes seconds
        self._seen, self._changed_at = seen, now
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
        return True

    def _look_for_newer_zones(self, now: datetime) -> None:
        """Once a day: every end is counted anew from its wall time where the rules of a zone may have changed."""
        if self._zones_renewed_at is None:
            self._zones_renewed_at = now
        elif abs(now - self._zones_renewed_at) >= ZONES_EVERY:
            self._zones_renewed_at = now
            if self._renew_zones():
                log.warning("zones.renewed")
                self.reread()

    def _due_for_a_look(self, now: datetime) -> set[str]:
        due = set()
        while self._moments and self._moments[0][0] <= now:
            due.add(heappop(self._moments)[1])
        return due

    async def _record(self, revisions: Sequence[Revision], now: datetime) -> None:
        """Put revisions into the ledger, all in one transaction, and remember when each truce needs another look."""
        if not revisions:
            return
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
        log.info(
            "register.recorded",
            truces=len(revisions),
            planned=recorded.inserted,
            superseded=recorded.superseded,
            revived=recorded.revived,
        )

    async def _tell_ops(self) -> None:
        """Tell ops what is wrong with the register, each thing once, and once when it is mended."""
        wrong = self._wrongs()
        for about, text in wrong.items():
            if self._told.get(about) != text:
                await self._ops.tell(about, text)
        for about in self._told.keys() - wrong.keys():
            await self._ops.tell(about, f"{about}: mended.")
        self._told = wrong

    def _wrongs(self) -> dict[str, str]:
        """What is wrong with the register as it stands: a text for each file and each truce concerned."""
        wrongs: dict[str, list[str]] = {}
        for problem in self._register.problems:
            if problem.level is Level.ERROR:
                lines = wrongs.setdefault(problem.file, [])
                lines.append(f"{self._in_force(problem.truce)} {problem}".lstrip())
                lines.extend(f"{one.local} = {iso_utc(one.utc)}: write {one.write}" for one in problem.readings)
        for known in self._known.values():
            if known.standing is TruceStanding.HELD:
                wrongs[f"truce {known.truce.id}"] = [
                    (
                        f"Truce {known.truce.id} is gone from {known.file}. It is held: alertd goes on watching it. "
                        f'If it is to be withdrawn, add it to truces/withdrawn.toml: withdrawn = ["{known.truce.id}"]'
                    )
                ]
        for read in self._register.truces:
            if read.truce is not None and is_unreachable(read.truce, self._judge.subscriptions):
                wrongs[f"truce {read.id}"] = [
                    (
                        f"Truce {read.id} ({read.file}:{read.line}) has tags that no channel takes; "
                        "its alerts come here until one does."
                    )
                ]
        return {about: "\n".join(lines) for about, lines in wrongs.items()}

    def _in_force(self, truce_id: str | None) -> str:
        if truce_id is None:
            return ""
        known = self._known.get(truce_id)
        if known is None or not is_watched(known):
            return f"Truce {truce_id} is NOT WATCHED."
        if known.truce.left_out:
            return f"Truce {truce_id} is watched by what can be read of it."
        return f"Truce {truce_id} stays in force in its last good form."
