"""The workers: one for each target, so that none waits for another."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from alertd.daemon.route import Route, WorkerContext
from alertd.daemon.tasks import end
from alertd.daemon.worker import Worker
from alertd.errors import LedgerError


class Workers:
    """One worker for each target, started and stopped together."""

    def __init__(self, routes: Iterable[Route], context: WorkerContext) -> None:
        self._context = context
        self._workers = {route.target.name: Worker(route, context) for route in routes}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def ledger_error(self) -> LedgerError | None:
        """The error of the ledger that a worker waits out; None while none does."""
        return next((worker.ledger_error for worker in self._workers.values() if worker.ledger_error is not None), None)

    def start(self) -> None:
        """Begin to work; what is acquired already is sent."""
        self._tasks = [asyncio.create_task(worker.work()) for worker in self._workers.values()]
        self.wake(self._workers)

    def wake(self, targets: Iterable[str], moment: datetime | None = None) -> None:
        """Tell the workers of these targets that something was acquired for them, due by now or by a moment."""
        for target in targets:
            self._workers[target].wake(moment)

    async def idle(self, targets: Iterable[str] | None = None) -> None:
        """Wait until nothing that was acquired for these targets, or for any, is left to send."""
        for target in self._workers if targets is None else targets:
            await self._workers[target].idle.wait()

    async def broadcast(self, text: str) -> bool:
        """Tell ops something past the ledger, which fails; returns whether any target took it."""
        listening = [target for listener in self._context.ops.listeners() for target in listener.targets]
        return any(await asyncio.gather(*(self._workers[target].broadcast(text) for target in listening)))

    async def stop(self, *, patience: timedelta) -> None:
        """Send what is acquired for as long as patience lasts, then stop.

        What is cut short stays acquired in the ledger; the next start takes it back and marks it.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(patience.total_seconds()):
                await self.idle()
        await end(*self._tasks)
        await asyncio.gather(*(worker.route.target.aclose() for worker in self._workers.values()))
