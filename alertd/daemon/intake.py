"""The intake: reads the register when its files have changed, and puts into the ledger what follows from it.

What is kept in memory between two ticks is the next state of a reading, swapped in once the ledger has all of it: a
ledger that fails leaves everything as it was, and the next tick judges it again.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from alertd.daemon.problem_notices import ProblemNotices
from alertd.daemon.reconcile import Reconciler, Reconciliation, gone
from alertd.daemon.recorder import Recorder
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.policy import TRUCES_AT_ONCE
from alertd.domain.truce import moments_of_knowledge
from alertd.ledger import RememberedFile, Revision
from alertd.register import ParsedFile, ReadTruce, RegisterCache, RegisterProblems, batches

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The result of one loading of the register."""

    parsed_files: Sequence[ParsedFile] = ()
    settled: bool = False
    """The files had stood still before it, so that what is gone from them counts as gone."""


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

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        cache: RegisterCache,
        reconciler: Reconciler,
        index: TruceIndex,
        recorder: Recorder,
        notices: ProblemNotices,
        *,
        quiet: timedelta,
    ) -> None:
        """`quiet` is how long the files must stand still before what is gone from them counts as gone."""
        self._cache = cache
        self._reconciler = reconciler
        self._index = index
        self._recorder = recorder
        self._notices = notices
        self._quiet = quiet
        self.register_problems = RegisterProblems()
        """The problems of the register as last read."""
        self.watched_since: datetime | None = None
        """The last moment at which a daemon watched, if the ledger was lost since, until the register has been read."""
        self._open_all = False
        """The next reading opens every file."""
        self._loaded: _Loaded | None = None
        """The loaded files of which the ledger does not know yet; None where it knows of all."""
        self._deferred = _Deferred({}, frozenset())
        self._changed_at: datetime | None = None
        """The moment of the last change of the files, until they have stood still for a while."""

    def reread(self) -> None:
        """Have the next look open every truce file, even those that do not look changed."""
        self._open_all = True

    def forget(self) -> None:
        """Have everything read anew: what times mean may have changed."""
        self._cache.forget()
        self._loaded = None

    def clock_went_back(self, now: datetime) -> None:
        """Count the time for which the files have stood still from now on, if they seem to change later than now."""
        self._changed_at = self._changed_at and min(self._changed_at, now)

    @property
    def next_look(self) -> datetime | None:
        """The moment at which the files will have stood still for long enough, if they have changed."""
        return None if self._changed_at is None else self._changed_at + self._quiet

    async def prime(self, now: datetime) -> None:
        """Take in without a word what had been announced before now: how a rehearsal begins; raises `LedgerError`."""
        await self.look(now)
        for batch in batches(() if self._loaded is None else self._loaded.parsed_files, TRUCES_AT_ONCE):
            read = self._read_truces(batch)
            await self._recorder.record(self._reconciler.prime(read, now, now - timedelta(microseconds=1)), now)

    async def look(self, now: datetime) -> None:
        """Read the register if its files have changed, and once more when they have stood still since.

        What was read before has to reach the ledger first. Some file systems count time in whole seconds: what was
        saved just after a reading can look as it did before.
        """
        if self._loaded is not None:
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
        self._loaded = _Loaded(await asyncio.to_thread(read), settled)  # a large register takes seconds
        self.register_problems = self._cache.register_problems
        log.info(
            "register.read",
            truces=len(self._cache),
            read=sum(parsed_file.count for parsed_file in self._loaded.parsed_files),
            problems=len(self._cache.problems),
        )

    def _has_settled(self, now: datetime) -> bool:
        return self.next_look is not None and now >= self.next_look

    async def reconcile(self, now: datetime) -> Counter[str]:
        """Put into the ledger what is new in the register, and tell ops what is wrong with it; gives the counts.

        All of it is one transaction, but for a change of more truces than fit into memory: then each part is whole in
        itself, and the next start after a crash judges all of it again, and finds what was taken in unchanged. Raises
        `LedgerError`.
        """
        loaded = self._loaded or _Loaded()
        done: Counter[str] = Counter()
        *parts, last = [*batches(loaded.parsed_files, TRUCES_AT_ONCE)] or [()]
        if parts:  # what is remembered of a file must never be older than what the ledger has taken in of it
            await self._recorder.record((), now, [RememberedFile(name, None, "") for name in self._cache.unremembered])
        deferred = self._deferred
        for part in parts:
            revisions, deferred = await self._judge(self._read_truces(part), deferred, now, settled=loaded.settled)
            done += await self._recorder.record(revisions, now)
        fresh = self._read_truces(last)
        due = self._index.due(now)
        again = self._again(due, {read.id for read in fresh}, deferred, settled=loaded.settled)
        revisions, deferred = await self._judge([*fresh, *again], deferred, now, settled=loaded.settled)
        if self._loaded is not None:
            deferred = deferred.within(self._cache)
        if loaded.settled:
            async for missing in self._judge_missing(now):
                done += await self._recorder.record(revisions, now)
                revisions = missing
        reviewed = await self._index.truces(due - {revision.truce.id for revision in revisions})
        revisions += [self._reconciler.replan(known, now) for known in reviewed.values()]
        done += await self._record_last(revisions, deferred, now)
        self._loaded, self._deferred = None, deferred
        self._index.looked(now)
        if loaded.settled:
            await self._notices.find(now)
        await self._notices.tell(now)
        if loaded.settled:
            self._changed_at = self.watched_since = None
        return done

    def _read_truces(self, parsed_files: Iterable[ParsedFile]) -> list[ReadTruce]:
        """The truces of some files but for those whose id stands several times, as nobody can tell which is meant."""
        return [read for one in parsed_files for read in one.truces() if self._cache.entry(read.id) is not None]

    def _again(
        self, due: Collection[str], fresh: Collection[str], deferred: _Deferred, *, settled: bool
    ) -> list[ReadTruce]:
        """The truces whose moment has come, and those for which the files have stood still."""
        ids = {*due, *(deferred.for_quiet if settled else ())}.difference(fresh)
        return [
            deferred.read[truce_id]
            for truce_id in sorted(ids)
            if truce_id in deferred.read and self._cache.entry(truce_id) is not None
        ]

    async def _judge(
        self, read: Sequence[ReadTruce], deferred: _Deferred, now: datetime, *, settled: bool
    ) -> tuple[list[Revision], _Deferred]:
        """The revisions of truces that were read, and the next state of what is deferred."""
        if not read:
            return [], deferred
        known = await self._index.truces({truce.id for truce in read})
        judged = self._reconciler.reconcile(read, known, now, settled=settled, watched_since=self.watched_since)
        for truce in read:
            if truce is not deferred.read.get(truce.id):
                for moment in _moments_ahead(truce, now):
                    self._index.look_at(truce.id, moment)
        return judged.revisions, deferred.after(read, judged, now)

    async def _judge_missing(self, now: datetime) -> AsyncIterator[list[Revision]]:
        """The revisions of truces that stand nowhere any more, in parts."""
        cache = self._cache
        found = gone(self._index.missing(cache, now), cache.withdrawn, cache.problems)
        async for known in self._index.in_parts(found.withdrawn):
            yield self._reconciler.withdraw(known, now)
        async for known in self._index.in_parts(found.left):
            yield self._reconciler.let_go(known, cache.files, now, en_masse=found.en_masse)

    async def _record_last(self, revisions: Sequence[Revision], deferred: _Deferred, now: datetime) -> Counter[str]:
        """Record the last part; the ledger has then taken in all that was read, so that a restart need not read it."""
        names = () if self._loaded is None else tuple(self._cache.unremembered)
        files = [RememberedFile(name, *self._cache.memory(name, besides=deferred.read)) for name in names]
        done = await self._recorder.record(revisions, now, files)
        self._cache.unremembered.difference_update(names)
        return done


def _moments_ahead(read: ReadTruce, now: datetime) -> list[datetime]:
    """The moments at which more of a truce will have become known."""
    return [] if read.truce is None else [moment for moment in moments_of_knowledge(read.truce) if moment > now]
