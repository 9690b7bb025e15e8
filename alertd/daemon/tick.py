"""The tick: looks if the register has changed, if something has become known, and what is due.

`tick(now)` does all that this moment asks for and says when to look again. It neither sleeps nor asks for the time, so
a live daemon and a rehearsal run the same code. What it decides stands in the ledger before anything else happens;
what it keeps in memory can be read again from the ledger and the files.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from alertd.daemon.cache_key import cache_key
from alertd.daemon.clock_doubt import ClockDoubt, ClockMonitor
from alertd.daemon.housekeeping import Housekeeping
from alertd.daemon.intake import Intake
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.problem_notices import ProblemNotices
from alertd.daemon.reconcile import Reconciler, waits_for_first
from alertd.daemon.recorder import Recorder
from alertd.daemon.shift_notices import ShiftNotices
from alertd.daemon.truce_index import TruceIndex
from alertd.daemon.workers import Workers
from alertd.domain.alert import Kind
from alertd.domain.outlook import Outlook
from alertd.domain.policy import OPS_PATIENCE
from alertd.domain.truce import TruceStatus
from alertd.ledger import LedgerThread, acquisition, restart_cache, settlement
from alertd.message.shift import Shifts
from alertd.register import RegisterCache, RegisterProblems
from alertd.times.duration import span
from alertd.times.formats import show_utc
from alertd.times.zones import ZoneWatch

log = structlog.get_logger(__name__)


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
        doubt: ClockMonitor,
    ) -> None:
        self._ledger = ledger
        self._reconciler = reconciler
        self._workers = workers
        self._ops = ops
        self._cache = cache
        self._zones = zones
        self._doubt = doubt
        subscriptions = reconciler.subscriptions
        self._index = TruceIndex(ledger)
        self._recorder = Recorder(ledger, reconciler, self._index, zones)
        self._problems = ProblemNotices(
            ops,
            cache,
            self._index,
            subscriptions,
            nag_every=options.nag_every,
            settings_trouble=options.settings_trouble,
        )
        self._intake = Intake(cache, reconciler, self._index, self._recorder, self._problems, quiet=options.quiet)
        self._housekeeping = Housekeeping(ledger, zones, reconciler, self._intake, keep=options.keep)
        self._shift = ShiftNotices(
            ledger, ops, cache, self._index, subscriptions, shifts=options.shifts, zone_for=zones.find
        )
        self._doubted = False
        """The clock was in doubt at the last tick."""
        self._ticked_at: datetime | None = None
        self.outlook = Outlook(running=0, next_end=None, next_truce=None, holds_until=None)
        """The state of the watch, as of the last tick."""
        self._outlook_of: int | None = None
        """The version of the index that it was counted from; None where it is to be counted anew."""

    @property
    def clock_doubt(self) -> ClockDoubt | None:
        """The doubt about the clock as of the last tick, if there is one."""
        return self._doubt.found

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
        await self._index.load()
        if not self._index.entries and last_tick is not None and last_tick < now:
            self._intake.watched_since = max(last_tick, now - self._reconciler.policy.catch_up)
        running = list(self._index.ahead(now))
        planned_anew = await self._take_up_cache(running, now)
        await self._recorder.replan_after_clock_error(now)
        self._workers.start()
        log.info(
            "daemon.started",
            truces=len(self._index.entries),
            running=len(running),
            recovered=recovered,
            planned_anew=planned_anew,
        )

    async def _take_up_cache(self, running: list[str], now: datetime) -> bool:
        """Take what was read and planned as it stands, as far as it rests on what holds today.

        The rest is read and planned anew; returns whether plans are.
        """
        rests_on, files = await self._ledger.run(restart_cache.remembered)
        wanted = cache_key(self._zones.zones, self._reconciler)
        if wanted.reading is not None and rests_on.reading == wanted.reading:
            for file in files:
                self._cache.remember(file.name, file.traits, file.blocks)
        planned_anew = rests_on.planning != wanted.planning
        if planned_anew:
            none_planned = replace(rests_on, planning=None)
            await self._ledger.run(restart_cache.store_cache_key, none_planned)  # until all are planned
            await self._recorder.replan(running, now)
        else:
            self._index.look_at_reviews(running)
        await self._ledger.run(restart_cache.store_cache_key, wanted)
        return planned_anew

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins; raises `LedgerError`."""
        await self._intake.prime(now)

    def reread(self) -> None:
        """Have the next tick open every truce file, even those that do not look changed."""
        self._intake.reread()

    async def tell_clock_jump(self, before: datetime, now: datetime) -> None:
        """Tell ops of a step of the clock between two ticks, before anything is said because of it.

        Raises `LedgerError`.
        """
        why = "the clock was set back" if now < before else "alertd was down or suspended, or the clock was set"
        went = f"The clock went from {show_utc(before, year=True)} to {show_utc(now, year=True)} between two ticks"
        text = f"{went}: {why}. If it is wrong, so is what is told next: set it right."
        log.warning("clock.jumped", before=before, now=now)
        await self._ops.tell("clock", text, now)  # due by now, so that it is acquired below
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
            self._intake.clock_went_back(now)
            self._outlook_of = None
            await self._recorder.replan_after_clock_error(now)
        await self._tell_doubt(doubt, now)
        await self._housekeeping.do_chores(now)
        await self._intake.look(now)
        done = await self._intake.reconcile(now)
        if self._ticked_at is not None:
            await self._shift.tell(self._ticked_at, now)
        policy = self._reconciler.policy
        acquired = await self._ledger.run(acquisition.acquire, now, policy, in_doubt=doubt is not None)
        self._workers.wake(acquired.targets)
        await self._refresh_outlook(now)
        self._ticked_at = now
        done.update(acquired=acquired.acquired, overtaken=acquired.overtaken, missed=acquired.missed)
        if any(done.values()):
            log.info("tick.done", **done)
        return await self.next_wake()

    async def _tell_doubt(self, doubt: ClockDoubt | None, now: datetime) -> None:
        """Tell ops that the clock is in doubt, and that it no longer is."""
        if (doubt is not None) == self._doubted:
            return
        if doubt is None:
            log.info("clock.believed")
            text = "The wait for the clock is over: what had waited goes out now."
        else:
            log.warning("clock.doubted", reason=doubt.reason)
            text = (
                f"The clock may be wrong: {doubt.reason}. What has lapsed or was missed waits until it is right, "
                f"{span(self._reconciler.policy.clock_patience)} at most; reminders go out, marked. Set it right."
            )
        await self._ops.tell("the clock in doubt", text, now)
        self._doubted = doubt is not None

    async def _refresh_outlook(self, now: datetime) -> None:
        """Count anew how the watch stands, where something was recorded or has ended since."""
        turn = self.outlook.holds_until
        if self._outlook_of == self._index.version and self._index.entries and (turn is None or now < turn):
            return
        ahead = self._index.ahead(now)
        ends = ((entry.over_at, truce_id) for truce_id, entry in ahead.items() if entry.over_at is not None)
        over_at, first = min(ends, default=(None, None))
        known = None if first is None else (await self._index.truces([first])).get(first)
        truce = None if known is None else known.truce
        self.outlook = Outlook(
            running=len(ahead),
            next_end=None if truce is None else TruceStatus(truce, now).end.at,
            next_truce=truce,
            holds_until=over_at,
            waits=waits_for_first(self._index.entries, self.register_problems),
        )
        self._outlook_of = self._index.version

    async def next_wake(self) -> datetime | None:
        """The moment at which something is next to be done, as far as is known now; raises `LedgerError`."""
        ticked_at = self._ticked_at
        moments = [self._index.next_look, self._intake.next_look, self._problems.next_nag]
        if self._doubted and ticked_at is not None:  # what waits for the clock to be believed is due already
            moments += [await self._ledger.run(acquisition.next_due, ticked_at), self._doubt.over_at(ticked_at)]
        else:
            moments.append(await self._ledger.run(acquisition.next_due))
        if ticked_at is not None:
            moments.append(self._shift.next(ticked_at))
        return min((moment for moment in moments if moment is not None), default=None)
