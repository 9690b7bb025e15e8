"""The alarm: what is said when the ledger itself fails, so that nothing can be put on the agenda any more.

Without its ledger alertd sends nothing, as it could not know what it has sent. So this one thing is told past it,
straight through the ops channel, and again and again for as long as it lasts.
"""

import asyncio

from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.tasks import end
from alertd.daemon.workers import Workers
from alertd.domain.policy import ALARM_AFTER, ALARM_EVERY, ALARM_PAUSE
from alertd.errors import LedgerError
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)


class Alarm:
    """Watches whether ticks and workers reach the ledger, and raises the alarm when they have not for a while."""

    def __init__(self, workers: Workers, ops: OpsNotices, clock: Clock) -> None:
        self._workers = workers
        self._ops = ops
        self._clock = clock
        self._failing_since: float | None = None
        self._raise_at = 0.0
        """Monotonic seconds, like the one above."""
        self._raised = False
        self._raising: asyncio.Task[None] | None = None

    def failed(self, error: LedgerError) -> None:
        """Take note of a tick that did not reach the ledger, or after which a worker does not."""
        now = self._clock.monotonic()
        if self._failing_since is None:
            log.error("ledger.failed", error=str(error))
            self._failing_since, self._raise_at = now, now + ALARM_AFTER.total_seconds()
        if now >= self._raise_at and (self._raising is None or self._raising.done()):
            self._raising = asyncio.create_task(self._raise(error))

    async def recovered(self) -> None:
        """Take note of a tick that reached it, as all workers do, and tell ops where that ends an alarm."""
        for text in self.recovery_notice():
            await self._ops.tell("ledger", text)
        if self._failing_since is not None:
            log.info("ledger.works", failed_seconds=round(self._clock.monotonic() - self._failing_since))
        self._failing_since, self._raised = None, False

    def recovery_notice(self) -> tuple[str, ...]:
        """The notice to ops once the ledger works again: nothing where no alarm was raised."""
        return ("The ledger works again. What came due meanwhile goes out now, marked LATE.",) if self._raised else ()

    async def aclose(self) -> None:
        """Raise no alarm any more."""
        await end(self._raising)

    async def _raise(self, error: LedgerError) -> None:
        text = f"alertd SENDS NO ALERTS: it cannot use its ledger. {error}. Look after the ends yourself until then."
        heard = await self._workers.broadcast(text)
        log.error("alarm.raised", heard=heard, error=str(error))
        self._raised = self._raised or heard
        self._raise_at = self._clock.monotonic() + (ALARM_EVERY if heard else ALARM_PAUSE).total_seconds()
