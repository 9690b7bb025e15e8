"""Revisions on their way into the ledger: each call is one transaction, and the index follows it."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from alertd.daemon.reconcile import Reconciler
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.alert import Kind
from alertd.domain.truce import TruceStatus
from alertd.ledger import (
    FileContents,
    KnownTruce,
    LedgerThread,
    RememberedFile,
    Revision,
    clock_ahead,
    planning,
    queries,
    restart_cache,
)
from alertd.logs.lines import get_logger
from alertd.message.consequence_line import in_words
from alertd.times.zones import ZoneWatch

log = get_logger(__name__)


class RevisionStore:
    """Stores revisions, and plans anew what the ledger knows."""

    def __init__(
        self, ledger: LedgerThread, reconciler: Reconciler, index: TruceIndex, zones: ZoneWatch, *, node: str
    ) -> None:
        self._ledger = ledger
        self._node = node
        self._reconciler = reconciler
        self._index = index
        self._zones = zones

    async def store(
        self,
        revisions: Sequence[Revision],
        now: datetime,
        files: Sequence[RememberedFile] = (),
        contents: Mapping[str, str] = MappingProxyType({}),
    ) -> Counter[str]:
        """Put revisions into the ledger, and what the next start may take as read of some files; gives the counts.

        `contents` are the fingerprints of what the files hold that they came from. Raises `LedgerError`.
        """
        if not revisions and not files and not contents:
            return Counter()
        stored = await self._ledger.run(
            planning.store,
            revisions,
            now,
            files,
            contents=FileContents(node=self._node, of=contents),
            is_restored=self._ledger.is_restored,
        )
        self._index.update(stored.index, now)
        for revision in revisions:
            self._log_changes(revision, now)
        return Counter(
            truces=len(revisions),
            planned=stored.inserted,
            superseded=stored.superseded,
            revived=stored.revived,
        )

    async def replan_overdue(self, now: datetime) -> None:
        """Put on the agenda what came due beyond the horizon while nobody watched, as if it had stood there all along.

        It comes before everything else, so that all that follows finds it there. Raises `LedgerError`.
        """
        async for known in self._index.in_parts(self._index.overdue(now)):
            await self.store([self._reconciler.replan(truce, now) for truce in known], now)

    async def replan(self, truces: Sequence[str], now: datetime) -> None:
        """Plan truces anew, each whole: after a crash the rest is planned by the next start; raises `LedgerError`."""
        async for known in self._index.in_parts(truces):
            over, ahead = list[KnownTruce](), list[KnownTruce]()
            for truce in known:
                (over if _is_over(truce, now) else ahead).append(truce)
            asked_about = await self._asked_about(over, now)
            ahead += asked_about
            over = [truce for truce in over if truce not in asked_about]
            self._index.update(await self._ledger.run(restart_cache.reindex, over), now)
            await self.store([self._reconciler.replan(truce, now) for truce in ahead], now)

    async def _asked_about(self, over: Sequence[KnownTruce], now: datetime) -> list[KnownTruce]:
        """Those of some truces that are over which are still asked about; not what was over when it was first seen."""
        return await self.without_silent([truce for truce in over if self._reconciler.asks_about(truce, now)], now)

    async def without_silent(self, known: Sequence[KnownTruce], now: datetime) -> list[KnownTruce]:
        """Some truces but for those that were over when they were first seen, of which nothing is said.

        Raises `LedgerError`.
        """
        over = {truce.truce.id for truce in known if _is_over(truce, now)}
        silent = over - await self._ledger.run(queries.ever_planned, over) if over else over
        return [truce for truce in known if truce.truce.id not in silent]

    async def replan_after_clock_error(self, now: datetime) -> None:
        """Put back on the agenda what a clock that was ahead has settled before its time, or taken for past or over.

        Raises `LedgerError`.
        """
        misjudged = await self._ledger.run(clock_ahead.misjudged, now)
        if misjudged.waits:
            await self._ledger.run(clock_ahead.wait_no_longer, now)
        if self._index.was_made_after(now):  # by that clock nothing more may have been to come
            lapsed = self._index.lapsed(now, now - self._reconciler.policy.unresolved_for)
            await self.replan(sorted({*self._index.ahead(now), *lapsed} - misjudged.bare), now)
            self._index.as_of = now
        early = sorted(misjudged.early.intersection(self._index.watched()) - misjudged.bare)
        async for known in self._index.in_parts(early):  # with those whose end has passed: more may come
            await self.store([self._reconciler.replan(truce, now) for truce in known], now)
        async for known in self._index.in_parts(self._index.asked_about_no_more(now, self._reconciler.policy)):
            asked_about = await self._asked_about([*known], now)
            await self.store([self._reconciler.replan(truce, now) for truce in asked_about], now)
        async for known in self._index.in_parts(sorted(misjudged.bare & self._index.ahead(now).keys())):
            await self.store([self._reconciler.see_again(truce, now) for truce in known], now)

    def _log_changes(self, revision: Revision, now: datetime) -> None:
        """Log what each change means; of a truce first seen in detail alone: there can be thousands."""
        in_detail = logging.getLogger(__name__).isEnabledFor(logging.DEBUG)
        changes = [change for change in revision.changes if in_detail or change.kind is not Kind.RECORDED]
        if not changes:
            return
        consequence = in_words(self._reconciler.consequence(revision, now), zone=self._zones.find(revision.truce.zone))
        for change in changes:
            level = logging.DEBUG if change.kind is Kind.RECORDED else logging.INFO
            log.log(
                level,
                "truce.changed",
                truce=revision.truce.id,
                kind=change.kind,
                ends_at=change.ends_at,
                told=consequence,
            )


def _is_over(known: KnownTruce, now: datetime) -> bool:
    """Tell if a truce is over, with everything that time brings for it on the agenda."""
    return TruceStatus(known.truce, now).is_over and known.rest_from is None
