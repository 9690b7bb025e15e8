"""The chores of each day: newer zone data, and what was settled long ago is forgotten, a piece a tick."""

from datetime import datetime, timedelta

from alertd.daemon.cache_key import cache_key
from alertd.daemon.intake import Intake
from alertd.daemon.reconcile import Reconciler
from alertd.domain.policy import CHORES_EVERY, PRUNE_BATCH
from alertd.ledger import LedgerThread, quiet, restart_cache, retention
from alertd.logs.lines import get_logger
from alertd.times.zones import ZoneWatch

log = get_logger(__name__)


class Housekeeping:
    """Does the chores of each day."""

    def __init__(
        self, ledger: LedgerThread, zones: ZoneWatch, reconciler: Reconciler, intake: Intake, *, keep: timedelta
    ) -> None:
        """`keep` is how long what was settled is kept."""
        self._ledger = ledger
        self._zones = zones
        self._reconciler = reconciler
        self._intake = intake
        self._keep = keep
        self._done_at: datetime | None = None
        self._pruning = True

    async def do_chores(self, now: datetime) -> None:
        """Do what this moment asks for; raises `LedgerError`."""
        if self._done_at is None or abs(now - self._done_at) >= CHORES_EVERY:
            if self._done_at is not None:
                await self._renew_zones()
            self._done_at = now
            self._pruning = True
        if self._pruning:
            await self._prune(now)

    async def _renew_zones(self) -> None:
        """Look for newer zone data: where a rule may have changed, every end is counted anew from its wall time."""
        if self._zones.renew():
            log.warning("zones.renewed")
            self._intake.forget()
            await self._ledger.run(quiet.let_go)
            await self._ledger.run(restart_cache.store_cache_key, cache_key(self._zones.zones, self._reconciler))

    async def _prune(self, now: datetime) -> None:
        pruned = await self._ledger.run(retention.prune, now - self._keep, PRUNE_BATCH)
        self._pruning = pruned == PRUNE_BATCH
        if pruned:
            log.info("ledger.pruned", deliveries=pruned)
        if not self._pruning:
            await self._ledger.checkpoint()
