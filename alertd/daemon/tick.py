"""The tick: looks whether the register has changed, whether something has become known, and what is due.

`tick(now)` does all that this moment asks for and says when to look again. It neither sleeps nor asks for the time, so
a live daemon and a rehearsal run the same code. What it decides stands in the ledger before anything else happens;
what it keeps in memory can be read again from the ledger and the files.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush

import structlog

from alertd.daemon.cache_key import cache_key
from alertd.daemon.clock_doubt import ClockDoubt, ClockMonitor
from alertd.daemon.ops_notices import HELD, NONE_HELD, OpsNotices, held_text, refused_text
from alertd.daemon.reconcile import Reconciler, gone, not_watched, waits_for_first
from alertd.daemon.workers import Workers
from alertd.domain.alert import Kind
from alertd.domain.outlook import Outlook
from alertd.domain.plan import is_unreachable
from alertd.domain.policy import CHORES_EVERY, OPS_PATIENCE, PRUNE_BATCH, TRUCES_AT_ONCE
from alertd.domain.truce import TruceStatus, moments_of_knowledge
from alertd.errors import Code, LedgerError, Level
from alertd.files.beneath import SETTINGS
from alertd.ledger import (
    KnownTruce,
    LedgerThread,
    RememberedFile,
    Revision,
    TruceIndexEntry,
    TruceStanding,
    acquisition,
    clock_ahead,
    planning,
    queries,
    restart_cache,
    retention,
    settlement,
)
from alertd.message.consequence_line import in_words
from alertd.message.shift import Glance, Shift, Shifts, glance, shift_text
from alertd.register import ParsedFile, ReadTruce, RegisterCache, RegisterProblems, batches
from alertd.times.duration import span
from alertd.times.formats import iso_utc, show_utc
from alertd.times.zones import ZoneWatch

log = structlog.get_logger(__name__)

TRUCE = "truce "
"""Before its id, what ops is told about a truce is about."""


@dataclass(frozen=True, slots=True)
class _RegisterRead:
    """The result of one reading of the register."""

    parsed_files: list[ParsedFile]
    settled: bool
    """Whether the files had stood still before it, so that what is gone from them counts as gone."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Something in the register that ops should know of."""

    text: str
    nags: bool
    """Whether it is told again and again until it is mended."""


@dataclass(frozen=True, slots=True)
class _SentNotice:
    """A notice that ops was sent, and when."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonOptions:
    """The options of a daemon: what it does by itself over time."""

    quiet: timedelta
    """How long the files must stand still before what is gone from them counts as gone."""
    nag_every: timedelta | None
    """How often ops is told again of what is refused; None: once."""
    keep: timedelta
    """How long what was settled is kept."""
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
        self.register_problems = RegisterProblems()
        """The problems of the register as last read."""
        self._zones = zones
        self._options = options
        self._doubt = doubt
        self._doubted = False
        """The clock was in doubt at the last tick."""
        self._ticked_at: datetime | None = None
        self._watched_since: datetime | None = None
        """When a daemon last watched, where the ledger was lost since, until the register has been read."""
        self._chores_done_at: datetime | None = None
        self._pruning = True
        self._known: dict[str, TruceIndexEntry] = {}
        self._open_all = False
        """Whether the next reading opens every file."""
        self._unreconciled: _RegisterRead | None = None
        """What was read and the ledger does not know of yet; None where it knows of all."""
        self._kept: dict[str, ReadTruce] = {}
        """The truces that are to be judged again although their text has not changed: at a moment, or when quiet."""
        self._waiting: set[str] = set()
        """Those of them that wait for the files to stand still."""
        self.outlook = Outlook(running=0, next_end=None, next_truce=None, holds_until=None)
        """How the watch stands, as of the last tick."""
        self._outlook_holds = False
        self._changed_at: datetime | None = None
        """When the files last changed, until they have stood still for a while."""
        self._moments: list[tuple[datetime, str]] = []
        """A heap: when to look at which truce again although no file has changed."""
        self._wrongs: dict[str, _Wrong] = self._wrong_settings()
        """What is wrong with the register and the settings, by what it is about."""
        self._told: dict[str, _SentNotice] = {}

    @property
    def clock_doubt(self) -> ClockDoubt | None:
        """The doubt about the clock as of the last tick, if there is one."""
        return self._doubt.found

    async def start(self, now: datetime, last_tick: datetime | None = None) -> None:
        """Take up where the last process stopped: what it had acquired returns, what it knew is planned anew.

        Then the workers start, and not before: what is acquired until then is not theirs.
        """
        self._ticked_at = last_tick or now
        self._doubt.begin(last_tick)
        targets = [target for subscription in self._reconciler.subscriptions for target in subscription.targets]
        recovered = await self._ledger.run(settlement.recover, targets, now)
        self._known = await self._ledger.run(restart_cache.index)
        if not self._known and last_tick is not None and last_tick < now:
            self._watched_since = max(last_tick, now - self._reconciler.policy.catch_up)
        rests_on, files = await self._ledger.run(restart_cache.remembered)
        wanted = cache_key(self._zones.zones, self._reconciler)
        if wanted.reading is not None and rests_on.reading == wanted.reading:
            for file in files:
                self._cache.remember(file.name, file.traits, file.blocks)
        running = [truce_id for truce_id, one in self._known.items() if one.is_watched and not one.is_over(now)]
        if rests_on.planning == wanted.planning:
            self._look_again(running)
        else:
            none_planned = replace(rests_on, planning=None)
            await self._ledger.run(restart_cache.store_cache_key, none_planned)  # until all are planned
            await self._replan(running, now)
        await self._ledger.run(restart_cache.store_cache_key, wanted)
        await self._replan_after_clock_error(now)
        self._workers.start()
        log.info(
            "daemon.started",
            truces=len(self._known),
            running=len(running),
            recovered=recovered,
            planned_anew=rests_on.planning != wanted.planning,
        )

    async def _replan(self, truces: Sequence[str], now: datetime) -> None:
        """Plan truces anew, each whole: after a crash the rest is planned by the next start."""
        for chunk in _chunks(truces, TRUCES_AT_ONCE):
            known = (await self._truces(chunk)).values()
            over = [one for one in known if TruceStatus(one.truce, now).is_over]
            ahead = [one for one in known if not TruceStatus(one.truce, now).is_over]
            self._known.update(await self._ledger.run(restart_cache.reindex, over))
            await self._record([self._reconciler.replan(one, now) for one in ahead], now)

    async def _replan_after_clock_error(self, now: datetime) -> None:
        """Put back on the agenda what a clock that was ahead has settled before its time, or taken for over."""
        misjudged = await self._ledger.run(clock_ahead.misjudged, now)
        if misjudged.waits:
            await self._ledger.run(clock_ahead.wait_no_longer, now)
        watched = {truce_id for truce_id, one in self._known.items() if one.is_watched}
        for chunk in _chunks(sorted(misjudged.early & watched - misjudged.bare), TRUCES_AT_ONCE):
            known = (await self._truces(chunk)).values()  # with those whose end has passed: more may come
            await self._record([self._reconciler.replan(one, now) for one in known], now)
        ahead = {truce_id for truce_id in misjudged.bare & watched if not self._known[truce_id].is_over(now)}
        for chunk in _chunks(sorted(ahead), TRUCES_AT_ONCE):
            known = (await self._truces(chunk)).values()
            await self._record([self._reconciler.see_again(one, now) for one in known], now)

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins."""
        await self._look(now)
        for batch in batches(() if self._unreconciled is None else self._unreconciled.parsed_files, TRUCES_AT_ONCE):
            await self._record(
                self._reconciler.prime(self._read_truces(batch), now, now - timedelta(microseconds=1)), now
            )

    def reread(self) -> None:
        """Have the next tick open every truce file, whether or not it looks changed."""
        self._open_all = True

    async def tell_clock_jump(self, before: datetime, now: datetime) -> None:
        """Tell ops of a step of the clock between two ticks, before anything is said because of it."""
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
        """Do what this moment asks for; returns when to look again, None where nothing lies ahead."""
        doubt = self._doubt.look(now)
        if self._ticked_at is not None and now < self._ticked_at:
            self._changed_at = self._changed_at and min(self._changed_at, now)
            self._outlook_holds = False
            await self._replan_after_clock_error(now)
        await self._tell_doubt(doubt, now)
        await self._do_chores(now)
        await self._look(now)
        recorded = await self._reconcile_register(now)
        await self._tell_shift(now)
        policy = self._reconciler.policy
        acquired = await self._ledger.run(acquisition.acquire, now, policy, in_doubt=doubt is not None)
        self._workers.wake(acquired.targets)
        await self._refresh_summary(now)
        self._ticked_at = now
        done = {
            **recorded,
            "acquired": acquired.acquired,
            "overtaken": acquired.overtaken,
            "missed": acquired.missed,
        }
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

    async def _refresh_summary(self, now: datetime) -> None:
        """Count anew how the watch stands, where something was recorded or has ended since."""
        turn = self.outlook.holds_until
        if self._outlook_holds and self._known and (turn is None or now < turn):
            return
        ahead = {truce_id: one for truce_id, one in self._known.items() if one.is_watched and not one.is_over(now)}
        ends = ((one.over_at, truce_id) for truce_id, one in ahead.items() if one.over_at is not None)
        over_at, first = min(ends, default=(None, None))
        known = None if first is None else (await self._truces([first])).get(first)
        truce = None if known is None else known.truce
        self.outlook = Outlook(
            running=len(ahead),
            next_end=None if truce is None else TruceStatus(truce, now).end.at,
            next_truce=truce,
            holds_until=over_at,
            waits=waits_for_first(self._known, self.register_problems),
        )
        self._outlook_holds = True

    async def next_wake(self) -> datetime | None:
        """When something is next to be done, as far as the ledger and the register tell now."""
        if self._doubted and self._ticked_at is not None:  # what waits for the clock to be believed is due already
            ahead = await self._ledger.run(acquisition.next_due, self._ticked_at)
            moments = [ahead, self._doubt.over_at(self._ticked_at)]
        else:
            moments = [await self._ledger.run(acquisition.next_due)]
        if self._moments:
            moments.append(self._moments[0][0])
        if self._changed_at is not None:
            moments.append(self._changed_at + self._options.quiet)
        if self._options.shifts is not None and self._ticked_at is not None:
            moments.append(self._options.shifts.next(self._ticked_at))
        if self._options.nag_every is not None:
            moments += [told.at + self._options.nag_every for about, told in self._told.items() if self._nags(about)]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _reconcile_register(self, now: datetime) -> Counter[str]:
        """Put into the ledger what the register says, as far as it is news, and tell ops what is wrong with it.

        All of it is one transaction, but for a change of more truces than fit into memory: then each part is whole in
        itself, and the next start after a crash judges all of it again, and finds what was taken in unchanged.
        """
        reading = self._unreconciled or _RegisterRead([], settled=False)
        settled = reading.settled
        due = self._due_for_a_look(now)
        again = {truce_id for _, truce_id in due}
        waiting, kept = set(self._waiting), list[ReadTruce]()
        done: Counter[str] = Counter()
        try:
            *parts, last = [*batches(reading.parsed_files, TRUCES_AT_ONCE)] or [()]
            if parts:  # what is remembered of a file must never be older than what the ledger has taken in of it
                forgotten = [RememberedFile(name, None, "") for name in self._cache.unremembered]
                await self._ledger.run(planning.record, (), now, forgotten)
            for part in parts:
                done += await self._record(
                    await self._reconcile_read(self._read_truces(part), now, settled=settled), now
                )
            fresh = self._read_truces(last)
            once_more = (again | self._waiting if settled else again) - {read.id for read in fresh}
            kept = [
                self._kept[truce_id]
                for truce_id in sorted(once_more)
                if truce_id in self._kept and self._cache.entry(truce_id) is not None
            ]
            revisions = await self._reconcile_read([*fresh, *kept], now, settled=settled)
            async for more in self._reconcile_missing(now, settled=settled):
                done += await self._record(revisions, now)
                revisions = more
            judged = {revision.truce.id for revision in revisions}
            reviewed = await self._truces(again - judged)
            revisions += [self._reconciler.replan(known, now) for known in reviewed.values()]
            done += await self._record(revisions, now, remembers=self._unreconciled is not None)
            self._unreconciled = None
            if settled:
                self._wrongs = await self._find_wrongs(now)
            await self._tell_ops(now)
        except LedgerError:
            # What was read is still unjudged; what had waited, or was due for a look, waits for the next tick with it.
            self._waiting |= waiting
            self._kept.update((one.id, one) for one in kept)
            for moment in due:
                heappush(self._moments, moment)
            raise
        if settled:
            self._changed_at = self._watched_since = None
        return done

    def _read_truces(self, parsed_files: Iterable[ParsedFile]) -> list[ReadTruce]:
        """The truces of some files but for those whose id stands several times, as nobody can tell which is meant."""
        return [read for one in parsed_files for read in one.truces() if self._cache.entry(read.id) is not None]

    async def _truces(self, ids: Collection[str]) -> Mapping[str, KnownTruce]:
        """Those of these truces that the ledger knows; where it knows none, as in an idle tick, it is not asked."""
        known = {each for each in ids if each in self._known}
        return await self._ledger.run(queries.truces, known) if known else {}

    async def _reconcile_read(self, read: Sequence[ReadTruce], now: datetime, *, settled: bool) -> list[Revision]:
        """The revisions of truces that were read; those that are to be judged again are kept."""
        ids = {one.id for one in read}
        known = await self._truces(ids)
        judged = self._reconciler.reconcile(read, known, now, settled=settled, watched_since=self._watched_since)
        self._waiting = self._waiting - ids | judged.waiting
        for one in read:
            ahead = [] if one.truce is None else [each for each in moments_of_knowledge(one.truce) if each > now]
            if one is not self._kept.pop(one.id, None):
                for moment in ahead:  # a look for nothing costs little, a missing one an alert
                    heappush(self._moments, (moment, one.id))
            if ahead or one.id in judged.waiting:
                self._kept[one.id] = one
        return judged.revisions

    async def _reconcile_missing(self, now: datetime, *, settled: bool) -> AsyncIterator[list[Revision]]:
        """The revisions of truces that stand nowhere any more, in parts."""
        if self._unreconciled is None:
            return
        cache = self._cache
        for truce_id in [one for one in self._kept if one not in cache]:
            del self._kept[truce_id]
        self._waiting &= self._kept.keys()
        if not settled:
            return
        found = gone(self._missing(now), cache.withdrawn, cache.problems)
        for chunk in _chunks(found.withdrawn, TRUCES_AT_ONCE):
            yield self._reconciler.withdraw((await self._truces(chunk)).values(), now)
        for chunk in _chunks(found.left, TRUCES_AT_ONCE):
            known = await self._truces(chunk)
            yield self._reconciler.let_go(known.values(), cache.files, now, en_masse=found.en_masse)

    def _missing(self, now: datetime) -> dict[str, TruceIndexEntry]:
        """The truces on watch that stand nowhere any more."""
        return {
            truce_id: one
            for truce_id, one in self._known.items()
            if truce_id not in self._cache and one.is_watched and not one.is_over(now)
        }

    def _has_settled(self, now: datetime) -> bool:
        """True where the files have changed, and stood still since for long enough."""
        return self._changed_at is not None and now - self._changed_at >= self._options.quiet

    async def _look(self, now: datetime) -> None:
        """Read the register if its files have changed, and once more when they have stood still since.

        What was read before has to reach the ledger first. Some file systems count time in whole seconds: what was
        saved just after a reading can look as it did before.
        """
        if self._unreconciled is not None:
            return
        if self._open_all:
            self._open_all = False
            self._cache.open_all()
        if self._cache.has_changed():
            self._changed_at = now
        elif not self._has_settled(now):
            return
        settled = self._has_settled(now)
        read = partial(self._cache.read, now, once_more=settled)
        self._unreconciled = _RegisterRead(await asyncio.to_thread(read), settled)  # a large register takes seconds
        self.register_problems = self._cache.register_problems
        log.info(
            "register.read",
            truces=len(self._cache),
            read=sum(parsed_files.count for parsed_files in self._unreconciled.parsed_files),
            problems=len(self._cache.problems),
        )

    async def _do_chores(self, now: datetime) -> None:
        """Once a day: look for newer zone data, and forget what was settled long ago, a piece a tick."""
        if self._chores_done_at is None or abs(now - self._chores_done_at) >= CHORES_EVERY:
            # Where the rules of a zone may have changed, every end is counted anew from its wall time.
            if self._chores_done_at is not None and self._zones.renew():
                log.warning("zones.renewed")
                self._cache.forget()
                self._unreconciled = None
                await self._ledger.run(restart_cache.store_cache_key, cache_key(self._zones.zones, self._reconciler))
            self._chores_done_at = now
            self._pruning = True
        if self._pruning:
            pruned = await self._ledger.run(retention.prune, now - self._options.keep, PRUNE_BATCH)
            self._pruning = pruned == PRUNE_BATCH
            if pruned:
                log.info("ledger.pruned", deliveries=pruned)
            if not self._pruning:
                await self._ledger.checkpoint()

    async def _tell_shift(self, now: datetime) -> None:
        """Give the latest digest that has come due since the last tick: late after a pause, and never one for each."""
        shifts = self._options.shifts
        due_at = shifts.last(now) if shifts is not None else None
        if shifts is None or due_at is None or self._ticked_at is None or due_at <= self._ticked_at:
            return
        since = shifts.last(due_at - timedelta(microseconds=1)) or due_at
        changes = await self._ledger.run(queries.changes_since, since)
        health = await self._ledger.run(queries.channels)
        watched = [truce_id for truce_id, one in self._known.items() if one.is_watched]
        glances: list[Glance] = []
        for chunk in _chunks(watched, TRUCES_AT_ONCE):
            known = await self._truces(chunk)
            glances.extend(glance(one.truce, now) for one in known.values())
        shift = Shift(
            since=since,
            truces=tuple(glances),
            changes=tuple((seen.truce, seen.change) for seen in changes),
            not_watched=not_watched(self._cache.refused(), self._known, self._reconciler.subscriptions, now),
            held=tuple(one for one in watched if self._known[one].standing is TruceStanding.HELD),
            failing=tuple(one.target for one in health if one.failing_since is not None),
        )
        await self._ops.tell_shift(shift_text(shift, now, zone_for=self._zones.find), due_at)

    def _due_for_a_look(self, now: datetime) -> list[tuple[datetime, str]]:
        due = []
        while self._moments and self._moments[0][0] <= now:
            due.append(heappop(self._moments))
        return due

    async def _record(self, revisions: Sequence[Revision], now: datetime, *, remembers: bool = False) -> Counter[str]:
        """Put revisions into the ledger, all in one transaction, and remember when each truce needs another look.

        `remembers` tells whether the ledger has now taken in all that was read, so that a restart need not read it.
        """
        cache = self._cache
        names = tuple(cache.unremembered) if remembers else ()
        if not revisions and not names:
            return Counter()
        files = [RememberedFile(name, *cache.memory(name, besides=self._kept)) for name in names]
        recorded = await self._ledger.run(planning.record, revisions, now, files)
        cache.unremembered.difference_update(names)
        self._known.update(recorded.listed)
        self._look_again(recorded.listed)
        self._outlook_holds = False
        for revision in revisions:
            self._log_changes(revision, now)
        return Counter(
            truces=len(revisions),
            planned=recorded.inserted,
            superseded=recorded.superseded,
            revived=recorded.revived,
        )

    def _log_changes(self, revision: Revision, now: datetime) -> None:
        """Say in words what each change means; of a truce first seen in detail alone: there can be thousands."""
        in_detail = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
        changes = [change for change in revision.changes if in_detail or change.kind is not Kind.RECORDED]
        if not changes:
            return
        told = in_words(self._reconciler.consequence(revision, now), zone=self._zones.find(revision.truce.zone))
        for change in changes:
            level = logging.DEBUG if change.kind is Kind.RECORDED else logging.INFO
            log.log(
                level, "truce.changed", truce=revision.truce.id, kind=change.kind, ends_at=change.ends_at, told=told
            )

    def _look_again(self, truces: Iterable[str]) -> None:
        """See to it that the next review of each is planned in time."""
        for truce_id in truces:
            look_at = self._known[truce_id].look_at
            if look_at is not None:
                heappush(self._moments, (look_at, truce_id))

    async def _tell_ops(self, now: datetime) -> None:
        """Tell ops what is wrong with the register, each thing once or as often as it nags, and when it is mended."""
        for about, wrong in self._wrongs.items():
            told = self._told.get(about)
            again = told is not None and self._nags(about) and abs(now - told.at) >= self._nag_every
            if told is None or told.text != wrong.text or again:
                await self._ops.tell(about, wrong.text, now)
                self._told[about] = _SentNotice(wrong.text, now)
        for about in sorted(self._told.keys() - self._wrongs.keys()):
            await self._ops.tell(about, NONE_HELD if about == HELD else self._over(about), now)
            del self._told[about]

    def _over(self, about: str) -> str:
        """The way in which something wrong is over: mended, or no longer there."""
        truce_id = about.removeprefix(TRUCE)
        is_there = truce_id in self._cache if truce_id != about else self._cache.is_there(about)
        return f"{about}: mended." if is_there else f"{about} is gone."

    def _nags(self, about: str) -> bool:
        return about in self._wrongs and self._wrongs[about].nags

    @property
    def _nag_every(self) -> timedelta:
        return self._options.nag_every or timedelta.max

    async def _find_wrongs(self, now: datetime) -> dict[str, _Wrong]:
        """The problems of the register as it stands: a text for each file and each truce concerned."""
        told = [one for one in self._cache.problems if one.level is Level.ERROR or one.code is Code.SECRET]
        in_part = await self._watched_in_part({problem.truce for problem in told if problem.truce is not None})
        refused: dict[str, list[str]] = {}
        for problem in told:
            lines = refused.setdefault(problem.file, [])
            lines.append(f"{self._in_force(problem.truce, in_part)} {problem}".lstrip())
            lines.extend(f"{one.local} = {iso_utc(one.utc)}: write {one.write}" for one in problem.readings)
        missing = self._missing(now)
        kept: dict[str, list[str]] = defaultdict(list)
        for truce_id, one in missing.items():
            for place in one.places:
                kept[place].append(truce_id)
        wrongs = {file: _Wrong(refused_text(lines, kept.get(file, ())), nags=True) for file, lines in refused.items()}
        wrongs.update(self._wrong_settings())
        held = {truce_id: one.file for truce_id, one in missing.items() if one.standing is TruceStanding.HELD}
        if held:
            wrongs[HELD] = _Wrong(held_text(held), nags=False)
        for entry in self._cache.readable():
            listed = self._known.get(entry.id)
            if listed is not None and is_unreachable(listed, self._reconciler.subscriptions):
                text = (
                    f"Truce {entry.id} ({entry.file}:{entry.line}) has tags that no channel takes; "
                    "its alerts come here until one does."
                )
                wrongs[f"{TRUCE}{entry.id}"] = _Wrong(text, nags=False)
        return wrongs

    def _wrong_settings(self) -> dict[str, _Wrong]:
        trouble = self._options.settings_trouble
        return {} if trouble is None else {SETTINGS: _Wrong(trouble, nags=True)}

    async def _watched_in_part(self, truces: set[str]) -> set[str]:
        """Those of these truces that are watched by what can be read of them."""
        found: set[str] = set()
        for chunk in _chunks(sorted(truces & self._known.keys()), TRUCES_AT_ONCE):
            known = await self._truces(chunk)
            found.update(truce_id for truce_id, one in known.items() if one.truce.left_out)
        return found

    def _in_force(self, truce_id: str | None, in_part: set[str]) -> str:
        if truce_id is None:
            return ""
        known = self._known.get(truce_id)
        if known is None or not known.is_watched:
            return f"Truce {truce_id} is NOT WATCHED."
        if truce_id in in_part:
            return f"Truce {truce_id} is watched by what can be read of it."
        return f"Truce {truce_id} stays in force in its last good form."


def _chunks(truces: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Ids in parts of at most so many."""
    return (truces[start : start + size] for start in range(0, len(truces), size))
