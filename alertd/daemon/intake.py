"""The intake: reads the register when its files have changed, and puts into the ledger what follows from it.

What is kept in memory between two ticks is the next state of a reading, swapped in once the ledger has all of it: a
ledger that fails leaves everything as it was, and the next tick judges it again.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertd.daemon.problem_notices import ProblemNotices
from alertd.daemon.reconcile import Gap, Reconciler, Reconciliation, gone, is_watched
from alertd.daemon.register_reading import Loaded, RegisterReading
from alertd.daemon.revision_store import RevisionStore
from alertd.daemon.stale_files import StaleFiles
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.belated import belated
from alertd.domain.known import moments_of_knowledge
from alertd.domain.policy import TRUCES_AT_ONCE
from alertd.ledger import GONE, RememberedFile, Revision, TruceStanding
from alertd.logs.lines import get_logger
from alertd.register import ParsedFile, ReadTruce, RegisterCache, RegisterProblems, batches

log = get_logger(__name__)

TRUCES_A_STEP = 10
"""Truces that are judged before the workers have their turn: a few milliseconds."""


@dataclass(frozen=True, slots=True)
class _Deferred:
    """The truces that are to be judged again although their text has not changed: at a moment, or when quiet."""

    read: Mapping[str, ReadTruce]
    for_quiet: Collection[str]
    """The ids of those that wait for the files to stand still."""

    def after(self, read: Iterable[ReadTruce], judged: Reconciliation, now: datetime) -> "_Deferred":
        """The next state, once some truces were judged."""
        judged_ids = {truce.id for truce in read}
        again = {truce.id: truce for truce in read if truce.id in judged.waiting or _moments_ahead(truce, now)}
        others = {truce_id: truce for truce_id, truce in self.read.items() if truce_id not in judged_ids}
        return _Deferred({**others, **again}, frozenset({*self.for_quiet} - judged_ids | judged.waiting))

    def within(self, cache: RegisterCache) -> "_Deferred":
        """The next state, without the truces that stand nowhere any more."""
        read = {truce_id: truce for truce_id, truce in self.read.items() if truce_id in cache}
        return _Deferred(read, frozenset(truce_id for truce_id in self.for_quiet if truce_id in read))


class Intake:
    """Reads the register, reconciles it with the ledger, and tells ops of its problems."""

    def __init__(  # noqa: PLR0913, PLR0917  each is a part of its own
        self,
        cache: RegisterCache,
        reconciler: Reconciler,
        index: TruceIndex,
        store: RevisionStore,
        stale_files: StaleFiles,
        notices: ProblemNotices,
        *,
        quiet: timedelta,
    ) -> None:
        """`quiet` is how long the files must stand still before what is gone from them counts as gone."""
        self._cache = cache
        self._reconciler = reconciler
        self._index = index
        self._store = store
        self._stale_files = stale_files
        self._notices = notices
        self.reading = RegisterReading(cache, quiet)
        self.register_problems = RegisterProblems()
        """The problems of the register as last read."""
        self.gap: Gap | None = None
        """The time before the start in which no daemon watched, until the register has been read."""
        self._loaded: Loaded | None = None
        """The loaded files of which the ledger does not know yet; None where it knows of all."""
        self._deferred = _Deferred({}, frozenset())
        self._watches = False
        """The register was read once: what is new in it from then on was brought while the daemon ran."""

    def forget(self) -> None:
        """Have everything read anew: what times mean may have changed."""
        self.reading.forget()
        self._loaded = None

    @property
    def next_look(self) -> datetime | None:
        """The moment at which the files will have stood still for long enough, if they have changed.

        None while the register is read, too, as its end wakes the daemon.
        """
        return None if self.is_behind else self.reading.still_at

    @property
    def is_behind(self) -> bool:
        """True while something that was to be read has not reached the ledger."""
        return self.reading.is_wanted or self._loaded is not None

    @property
    def is_judging(self) -> bool:
        """True while a part of what was read has not reached the ledger."""
        return self._loaded is not None

    def learns_by(self, moment: datetime) -> bool:
        """Tell if more of a truce becomes known by a moment."""
        return not self._index.due(moment).isdisjoint(self._deferred.read)

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins; raises `LedgerError`."""
        await self.look(now)
        for batch in batches(() if self._loaded is None else self._loaded.parsed_files, TRUCES_AT_ONCE):
            read = await self._read_truces(batch)
            await self._store.store(self._reconciler.prime(read, now, now - timedelta(microseconds=1)), now)

    async def look(self, now: datetime) -> None:
        """Read the register if its files have changed, and once more when they have stood still since.

        What was read before has to reach the ledger first. Some file systems count time in whole seconds: what was
        saved just after a reading can look as it did before.
        """
        if self._loaded is not None or (loaded := await self.reading.take(now)) is None:
            return
        self._loaded = loaded
        self.register_problems = self._cache.register_problems
        log.info(
            "register.read",
            truces=len(self._cache),
            read=sum(parsed_file.count for parsed_file in loaded.parsed_files),
            problems=len(self._cache.problems),
        )

    async def reconcile(self, now: datetime) -> Counter[str]:
        """Put into the ledger what is new in the register, and tell ops what is wrong with it; gives the counts.

        All of it is one transaction, but for a change of many truces: then each part is whole in itself, and one call
        takes in one part, so that alerts go out in between. The next start after a crash judges all of it again, and
        finds what was taken in unchanged. Raises `LedgerError`.
        """
        if self._loaded is not None and not self._loaded.is_judged:
            self._loaded = await self._stale_files.leave_out(self._loaded)
        loaded = self._loaded or Loaded()
        done: Counter[str] = Counter()
        part, *parts = [*batches(loaded.parsed_files, TRUCES_AT_ONCE)] or [()]
        deferred, fresh = self._deferred, await self._read_truces(part)
        if parts:
            await self._take_in_part(fresh, loaded, [file for each in parts for file in each], now, done)
            return done
        due = self._index.due(now)
        again = self._again(due, {read.id for read in fresh}, deferred, stood_still=loaded.stood_still)
        revisions, deferred = await self._judge([*fresh, *again], deferred, now, stood_still=loaded.stood_still)
        if self._loaded is not None:
            deferred = deferred.within(self._cache)
        if loaded.stood_still:
            async for missing in self._judge_missing(now):
                done += await self._store.store(revisions, now, contents=self._deleted(revisions))
                revisions = missing
        reviewed = await self._index.truces(due - {revision.truce.id for revision in revisions})
        watched = [known for known in reviewed.values() if is_watched(known)]
        revisions += [self._reconciler.replan(known, now) for known in await self._store.without_silent(watched, now)]
        done += await self._store_last(revisions, deferred, now)
        self._watches = self._watches or self._loaded is not None
        self._loaded, self._deferred = None, deferred
        self._index.looked(now)
        if loaded.stood_still:
            await self._notices.find(now)
        await self._notices.tell(now)
        if loaded.stood_still:
            self.gap = None
            self.reading.settle()
        return done

    async def _take_in_part(
        self, fresh: Sequence[ReadTruce], loaded: Loaded, rest: Sequence[ParsedFile], now: datetime, done: Counter[str]
    ) -> None:
        """Store the first part; what is remembered of a file must never be older than what the ledger has of it."""
        unsure = () if loaded.is_taken_in else self._cache.unremembered
        revisions, deferred = await self._judge(fresh, self._deferred, now, stood_still=loaded.stood_still)
        files = [RememberedFile(name, None, "") for name in unsure]
        done += await self._store.store(revisions, now, files, loaded.contents)
        self._loaded, self._deferred = replace(loaded, parsed_files=rest, contents={}, is_taken_in=True), deferred
        gc.freeze()  # what was taken in stays; Python's collector would hold up alerts to go through it
        if self.reading.wake is not None:
            self.reading.wake()

    async def _read_truces(self, parsed_files: Iterable[ParsedFile]) -> list[ReadTruce]:
        """The truces of some files but for those whose id stands several times, as nobody can tell which is meant."""
        every: list[ReadTruce] = []
        for parsed in parsed_files:
            every.extend(read for read in parsed.truces() if self._cache.entry(read.id) is not None)
            await asyncio.sleep(0)  # for the workers
        return every

    def _again(
        self, due: Collection[str], fresh: Collection[str], deferred: _Deferred, *, stood_still: bool
    ) -> list[ReadTruce]:
        """The truces whose moment has come, and those for which the files have stood still."""
        ids = {*due, *(deferred.for_quiet if stood_still else ())}.difference(fresh)
        return [
            deferred.read[truce_id]
            for truce_id in sorted(ids)
            if truce_id in deferred.read and self._cache.entry(truce_id) is not None
        ]

    async def _judge(
        self, read: Sequence[ReadTruce], deferred: _Deferred, now: datetime, *, stood_still: bool
    ) -> tuple[list[Revision], _Deferred]:
        """The revisions of truces that were read, and the next state of what is deferred."""
        if not read:
            return [], deferred
        known = await self._index.truces({truce.id for truce in read})
        judged = Reconciliation([], set())
        for start in range(0, len(read), TRUCES_A_STEP):
            step = self._reconciler.reconcile(
                read[start : start + TRUCES_A_STEP],
                known,
                now,
                stood_still=stood_still,
                gap=self.gap,
            )
            judged.revisions.extend(step.revisions)
            judged.waiting.update(step.waiting)
            if start + TRUCES_A_STEP < len(read):
                await asyncio.sleep(0)  # for the workers
        revisions = [self._questioned(revision, now) for revision in judged.revisions]
        for truce in read:
            if truce is not deferred.read.get(truce.id):
                for moment in _moments_ahead(truce, now):
                    self._index.look_at(truce.id, moment)
        return revisions, deferred.after(read, judged, now)

    def _questioned(self, revision: Revision, now: datetime) -> Revision:
        """The revision with what came long after its announcement; nobody knows how long what a start finds stood."""
        if revision.replaces is None or not self._watches:
            return revision
        found = belated(revision.replaces, revision.truce, now)
        self._notices.note_belated(revision.truce.id, found, now)
        return replace(revision, belated=found)

    async def _judge_missing(self, now: datetime) -> AsyncIterator[list[Revision]]:
        """The revisions of truces that stand nowhere any more, in parts."""
        cache = self._cache
        found = gone(self._index.missing(cache, now), cache.withdrawn, cache.problems, now, stale=cache.stale)
        async for known in self._index.in_parts(found.withdrawn):
            yield self._reconciler.withdraw(known, now)
        async for known in self._index.in_parts(found.left):
            yield self._reconciler.let_go(known, cache.files, now, en_masse=found.en_masse)

    async def _store_last(self, revisions: Sequence[Revision], deferred: _Deferred, now: datetime) -> Counter[str]:
        """Store the last part; the ledger has then taken in all that was read, so that a restart need not read it."""
        names = () if self._loaded is None else tuple(self._cache.unremembered)
        files = [RememberedFile(name, *self._cache.memory(name, besides=deferred.read)) for name in names]
        contents = {**({} if self._loaded is None else self._loaded.contents), **self._deleted(revisions)}
        done = await self._store.store(revisions, now, files, contents)
        self._cache.unremembered.difference_update(names)
        return done

    def _deleted(self, revisions: Iterable[Revision]) -> dict[str, str]:
        """The contents of the files that were deleted with truces that were taken out on purpose.

        One that is there and holds no truce any more has a content like any other.
        """
        withdrawn = {each.file for each in revisions if each.standing is TruceStanding.WITHDRAWN}
        return {name: GONE for name in withdrawn if not self._cache.is_there(name)}


def _moments_ahead(read: ReadTruce, now: datetime) -> list[datetime]:
    """The moments at which more of a truce will have become known."""
    return [] if read.truce is None else [moment for moment in moments_of_knowledge(read.truce) if moment > now]
