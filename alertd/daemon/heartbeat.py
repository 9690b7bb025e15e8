"""The heartbeat: a web address that is called as long as all is well, so that somebody else notices when it is not.

It is called after ticks that reached the ledger and after no other. It never holds up a tick, and what comes of it
is only logged: whoever waits for it misses it by himself.
"""

import asyncio
from datetime import timedelta

import aiohttp
import structlog

from alertd.logs import redact, register_url
from alertd.times.clock import Clock

log = structlog.get_logger(__name__)

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Heartbeat:
    """Calls one address, at most once in a while."""

    def __init__(self, url: str, every: timedelta, clock: Clock) -> None:
        register_url(url)
        self._url = url
        self._every_seconds = every.total_seconds()
        self._clock = clock
        self._called_at: float | None = None
        self._call: asyncio.Task[None] | None = None
        self._session: aiohttp.ClientSession | None = None
        self._failing = False

    def beat(self) -> None:
        """Say that all is well, unless that was said a moment ago."""
        now = self._clock.monotonic()
        if self._called_at is not None and now - self._called_at < self._every_seconds:
            return
        if self._call is None or self._call.done():
            self._called_at = now
            self._call = asyncio.create_task(self._get())

    async def aclose(self) -> None:
        """Let go of the connection."""
        if self._call is not None:
            self._call.cancel()
            await asyncio.gather(self._call, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _get(self) -> None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        try:
            async with self._session.get(self._url) as response:
                error = None if response.ok else f"answered with status {response.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            error = redact(f"{type(failure).__name__}: {failure}")
        if error is not None and not self._failing:
            log.warning("heartbeat.failed", error=error)
        elif error is None and self._failing:
            log.info("heartbeat.works")
        self._failing = error is not None
