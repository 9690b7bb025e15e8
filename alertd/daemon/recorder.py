"""Revisions on their way into the ledger: each call is one transaction, and the index follows it."""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import structlog

from alertd.daemon.reconcile import Reconciler
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.alert import Kind
from alertd.domain.truce import TruceStatus
from alertd.ledger import KnownTruce, LedgerThread, RememberedFile, Revision, clock_ahead, planning, restart_cache
from alertd.message.consequence_line import in_words
from alertd.times.zones import ZoneWatch

log = structlog.get_logger(__name__)


class Recorder:
    """Records revisions, and plans anew what the ledger knows."""

    def __init__(self, ledger: LedgerThread, reconciler: Reconciler, index: TruceIndex, zones: ZoneWatch) -> None:
        self._ledger = ledger
        self._reconciler = reconciler
        self._index = index
        self._zones = zones

    async def record(
        self, revisions: Sequence[Revision], now: datetime, files: Sequence[RememberedFile] = ()
    ) -> Counter[str]:
        """Put revisions into the ledger, and what the next start may take as read of some files; gives the counts.

        Raises `LedgerError`.
        """
        if not revisions and not files:
            return Counter()
        recorded = await self._ledger.run(planning.record, revisions, now, files)
        self._index.update(recorded.index)
        for revision in revisions:
            self._log_changes(revision, now)
        return Counter(
            truces=len(revisions),
            planned=recorded.inserted,
            superseded=recorded.superseded,
            revived=recorded.revived,
        )

    async def replan(self, truces: Sequence[str], now: datetime) -> None:
        """Plan truces anew, each whole: after a crash the rest is planned by the next start; raises `LedgerError`."""
        async for known in self._index.in_parts(truces):
            over, ahead = list[KnownTruce](), list[KnownTruce]()
            for truce in known:
                (over if TruceStatus(truce.truce, now).is_over else ahead).append(truce)
            self._index.update(await self._ledger.run(restart_cache.reindex, over))
            await self.record([self._reconciler.replan(truce, now) for truce in ahead], now)

    async def replan_after_clock_error(self, now: datetime) -> None:
        """Put back on the agenda what a clock that was ahead has settled before its time, or taken for over.

        Raises `LedgerError`.
        """
        misjudged = await self._ledger.run(clock_ahead.misjudged, now)
        if misjudged.waits:
            await self._ledger.run(clock_ahead.wait_no_longer, now)
        early = sorted(misjudged.early.intersection(self._index.watched()) - misjudged.bare)
        async for known in self._index.in_parts(early):  # with those whose end has passed: more may come
            await self.record([self._reconciler.replan(truce, now) for truce in known], now)
        async for known in self._index.in_parts(sorted(misjudged.bare & self._index.ahead(now).keys())):
            await self.record([self._reconciler.see_again(truce, now) for truce in known], now)

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
