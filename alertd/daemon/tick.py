"""The tick: looks if the register has changed, if something has become known, and what is due.

`tick(now)` does all that this moment asks for and says when to look again. It neither sleeps nor asks for the time, so
a live daemon and a rehearsal run the same code. What it decides stands in the ledger before anything else happens;
what it keeps in memory can be read again from the ledger and the files.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertd.daemon.agenda import Agenda
from alertd.daemon.cache_key import cache_key
from alertd.daemon.clock_doubt import ClockDoubt, ClockMonitor
from alertd.daemon.clock_notices import ClockNotices
from alertd.daemon.duty_watch import DutyWatch
from alertd.daemon.hand_overs import HandOvers
from alertd.daemon.housekeeping import Housekeeping
from alertd.daemon.intake import Intake
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.outlook_counter import OutlookCounter
from alertd.daemon.problem_notices import ProblemNotices
from alertd.daemon.reconcile import Gap, Reconciler
from alertd.daemon.revision_store import RevisionStore
from alertd.daemon.shift_notices import ShiftNotices
from alertd.daemon.stale_files import StaleFiles
from alertd.daemon.truce_index import TruceIndex
from alertd.daemon.workers import Workers
from alertd.domain.alert import Kind
from alertd.domain.outlook import Outlook
from alertd.domain.policy import OPS_PATIENCE
from alertd.domain.quiet import AllQuietHours
from alertd.errors import LedgerError
from alertd.ledger import LedgerThread, acquisition, file_contents, restart_cache, settlement
from alertd.logs.lines import get_logger
from alertd.message.shift import Shifts
from alertd.register import RegisterCache, RegisterProblems
from alertd.times.zones import ZoneWatch

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonOptions:
    """The options of a daemon: what it does by itself over time."""

    quiet: timedelta
    """The time for which files must stand still before what is gone from them counts as gone."""
    nag_every: timedelta | None
    """The time after which ops is sent a notice of what is refused again; None: never."""
    keep: timedelta
    """The time for which settled deliveries are kept."""
    shifts: Shifts | None
    """When a digest of the shift is due."""
    quiet_hours: Callable[[], AllQuietHours]
    """The quiet hours of the targets that have some, by the zone data in use."""
    settings_trouble: str | None = None
    """Why the settings of the file are not those in use; None where they are."""


class Daemon:
    """Watches the truces of a register and puts on the agenda what follows from them."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        *,
        ledger: LedgerThread,
        reconciler: Reconciler,
        workers: Workers,
        ops: OpsNotices,
        cache: RegisterCache,
        zones: ZoneWatch,
        options: DaemonOptions,
        duty: DutyWatch,
        doubt: ClockMonitor,
        node: str,
    ) -> None:
        """`node` is the name by which the ledger tells this daemon from those of other nodes."""
        self._ledger = ledger
        self._reconciler = reconciler
        self._workers = workers
        self._cache = cache
        self._zones = zones
        self._doubt = doubt
        self._duty = duty
        subscriptions = reconciler.subscriptions
        self._index = TruceIndex(ledger)
        self._store = RevisionStore(ledger, reconciler, self._index, zones, node=node)
        self._node = node
        stale_files = StaleFiles(ledger, cache, node)
        self._problems = ProblemNotices(
            ops,
            cache,
            self._index,
            subscriptions,
            stale_files,
            nag_every=options.nag_every,
            settings_trouble=options.settings_trouble,
        )
        self._intake = Intake(
            cache, reconciler, self._index, self._store, stale_files, self._problems, quiet=options.quiet
        )
        self._housekeeping = Housekeeping(ledger, zones, reconciler, self._intake, keep=options.keep)
        self._shift = ShiftNotices(
            ledger,
            ops,
            cache,
            self._index,
            subscriptions,
            shifts=options.shifts,
            catch_up=reconciler.policy.catch_up,
            zone_for=zones.find,
        )
        self._hand_overs = HandOvers(ledger, duty, subscriptions, self._shift.shift, zones.find)
        self._agenda = Agenda(ledger, reconciler.policy, zones, options.quiet_hours, duty.is_off)
        self._clock_notices = ClockNotices(ops, reconciler.policy.clock_patience)
        self._outlook = OutlookCounter(self._index)
        self._ticked_at: datetime | None = None

    @property
    def ledger_error(self) -> LedgerError | None:
        """The error of the ledger that keeps a worker from sending, though ticks may reach it; None while none does."""
        return self._workers.ledger_error

    @property
    def clock_doubt(self) -> ClockDoubt | None:
        """The doubt about the clock as of the last tick, if there is one."""
        return self._doubt.found

    def read_beside_ticks(self, wake: Callable[[], None]) -> None:
        """Have no tick wait until the register has been read and judged; `wake` is called when a tick can go on."""
        self._intake.reading.wake = wake
        self._duty.wake = wake

    async def aclose(self) -> None:
        """End what goes on beside ticks."""
        self._intake.reading.leave_off()
        await self._duty.aclose()

    @property
    def is_reading(self) -> bool:
        """True while something that was to be read has not reached the ledger."""
        return self._intake.is_behind

    @property
    def outlook(self) -> Outlook:
        """The state of the watch, as of the last tick."""
        return self._outlook.outlook

    @property
    def register_problems(self) -> RegisterProblems:
        """The problems of the register as last read."""
        return self._intake.register_problems

    async def start(self, now: datetime, last_tick: datetime | None = None) -> None:
        """Take up where the last process stopped: what it had acquired returns, what it knew is planned anew.

        Then the workers start, and not before: what is acquired until then is not theirs. Raises `LedgerError`.
        """
        self._ticked_at = last_tick or now
        self._doubt.begin(last_tick)
        targets = [target for subscription in self._reconciler.subscriptions for target in subscription.targets]
        recovered = await self._ledger.run(settlement.recover, targets, now)
        await self._index.load(last_tick)
        await self._store.replan_overdue(now)
        if self._ticked_at <= now:  # also without a daemon before, as truces can end while a register is read
            since = max(self._ticked_at, now - self._reconciler.policy.catch_up)
            self._intake.gap = Gap(since=since, is_lost=last_tick is not None and not self._index.entries)
        running = self._index.ahead(now)
        lapsed = self._index.lapsed(now, now - self._reconciler.policy.unresolved_for)
        planned_anew = await self._take_up_cache([*running, *lapsed], now)
        await self._store.replan_after_clock_error(now)
        self._workers.start()
        log.info(
            "daemon.started",
            truces=len(self._index.entries),
            running=len(running),
            recovered=recovered,
            planned_anew=planned_anew,
        )

    async def _take_up_cache(self, watched: list[str], now: datetime) -> bool:
        """Take what was read and planned as it stands, as far as it rests on what holds today.

        The rest is read and planned anew; returns whether plans are.
        """
        rests_on, files = await self._ledger.run(restart_cache.remembered)
        wanted = cache_key(self._zones.zones, self._reconciler)
        if wanted.reading is not None and rests_on.reading == wanted.reading:
            own = await self._ledger.run(file_contents.read_by, self._node)
            for file in files:  # of what another node has read it cannot tell unopened if it has the same
                self._cache.remember(file.name, file.traits if file.name in own else None, file.blocks)
        planned_anew = rests_on.planning != wanted.planning
        if planned_anew:
            none_planned = replace(rests_on, planning=None)
            await self._ledger.run(restart_cache.store_cache_key, none_planned)  # until all are planned
            await self._store.replan(watched, now)
        await self._ledger.run(restart_cache.store_cache_key, wanted)
        return planned_anew

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins; raises `LedgerError`."""
        await self._intake.prime(now)

    def reread(self) -> None:
        """Have the next tick open every truce file, even those that do not look changed."""
        self._intake.reading.reread()
        self._duty.reread()

    async def tell_clock_jump(self, before: datetime, now: datetime) -> None:
        """Tell ops of a step of the clock between two ticks, before anything is said because of it.

        Raises `LedgerError`.
        """
        await self._clock_notices.tell_jump(before, now)  # due by now, so that it is acquired below
        acquired = await self._ledger.run(acquisition.acquire, now, self._reconciler.policy, {Kind.OPS})
        self._workers.wake(acquired.targets)
        with suppress(TimeoutError):
            async with asyncio.timeout(OPS_PATIENCE.total_seconds()):
                await self._workers.idle(acquired.targets)

    async def tick(self, now: datetime) -> datetime | None:
        """Do what this moment asks for; returns when to look again, None where nothing lies ahead.

        Raises `LedgerError`.
        """
        doubt = self._doubt.look(now)
        if self._ticked_at is not None and now < self._ticked_at:
            self._intake.reading.clock_went_back(now)
            self._outlook.forget()
            await self._store.replan_after_clock_error(now)
        await self._store.replan_overdue(now)
        await self._clock_notices.tell_doubt(doubt, now)
        await self._housekeeping.do_chores(now)
        await self._intake.look(now)
        done = await self._intake.reconcile(now)
        while self._intake.reading.wake is None and self._intake.is_judging:
            done += await self._intake.reconcile(now)
        if self._ticked_at is not None:
            await self._shift.tell(self._ticked_at, now)
        await self._duty.look(now)
        if doubt is None:
            await self._hand_overs.tell(now)
        acquired = await self._agenda.acquire(now, in_doubt=doubt is not None)
        self._workers.wake(acquired.targets)
        await asyncio.sleep(0)  # for the workers to be the next to ask the ledger
        await self._outlook.count(self.register_problems, now)
        self._ticked_at = now
        done.update(acquired=acquired.acquired, overtaken=acquired.overtaken, missed=acquired.missed)
        if any(done.values()):
            log.info("tick.done", **done)
        return await self.next_wake()

    async def make_ready(self, moment: datetime) -> None:
        """Have the workers make the messages of a moment that is about to come, and send them when it does.

        Not where something becomes known by then, or the clock is in doubt: that comes before what is due. Raises
        `LedgerError`.
        """
        assert self._ticked_at is not None  # noqa: S101  a tick comes first
        shift = self._shift.next(self._ticked_at)
        if self.clock_doubt or self._intake.learns_by(moment) or (shift is not None and shift <= moment):
            return
        acquired = await self._agenda.acquire(moment, in_doubt=False)
        self._workers.wake(acquired.targets, moment)

    async def next_wake(self) -> datetime | None:
        """The moment at which something is next to be done, as far as is known now; raises `LedgerError`."""
        ticked_at = self._ticked_at
        moments = [self._index.next_look, self._intake.next_look, self._problems.next_nag]
        if self._clock_notices.doubted and ticked_at is not None:  # what waits for the clock is due already
            moments += [await self._ledger.run(acquisition.next_due, ticked_at), self._doubt.over_at(ticked_at)]
        else:
            moments.append(await self._agenda.next_due())
        if ticked_at is not None:
            moments += [self._shift.next(ticked_at), self._duty.next(ticked_at)]
        return min((moment for moment in moments if moment is not None), default=None)
