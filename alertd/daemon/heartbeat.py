"""The heartbeat: a web address that is called as long as all is well, so that somebody else notices when it is not.

It is called after ticks that reached the ledger and after no other. It never holds up a tick, and what comes of it
is only logged: whoever waits for it misses it by himself.
"""

import asyncio
from datetime import timedelta
from http import HTTPStatus

from yarl import URL

from alertd import __version__
from alertd.channels.http_client import Exchange, HttpClient
from alertd.channels.http_proxies import known_proxies
from alertd.daemon.tasks import end
from alertd.errors import ChannelError
from alertd.logs import redact, register_url
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)

_TIMEOUT_SECONDS = 10
_REDIRECTS = 5
"""Redirects that are followed at most."""

_HEADERS = {"User-Agent": f"alertd/{__version__}"}


class Heartbeat:
    """Calls one address, at most once in a while."""

    def __init__(self, url: str, every: timedelta, clock: Clock) -> None:
        register_url(url)
        self._url = url
        self._every_seconds = every.total_seconds()
        self._clock = clock
        self._called_at: float | None = None
        self._call: asyncio.Task[None] | None = None
        self._proxies = known_proxies()
        self._failing = False

    def require_address(self) -> None:
        """Make sure that its address is one; raises ValueError, or a ChannelError for a proxy, where it is not."""
        url = URL(self._url.strip())
        HttpClient(url, self._proxies.of(url, about="the heartbeat"))

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
        await end(self._call)

    async def _get(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                error = await self._ask(URL(self._url.strip()))
        except (ChannelError, OSError, ValueError) as failure:
            error = redact(f"{type(failure).__name__}: {failure}")
        if error is not None and not self._failing:
            log.warning("heartbeat.failed", error=error)
        elif error is None and self._failing:
            log.info("heartbeat.works")
        self._failing = error is not None

    async def _ask(self, url: URL) -> str | None:
        """Ask for the address, and for the one to which it leads; gives what is wrong with the last answer."""
        for _ in range(_REDIRECTS + 1):
            client, exchange = HttpClient(url, self._proxies.of(url, about="the heartbeat")), Exchange()
            try:
                await client.exchange(exchange, "GET", _HEADERS)
            finally:
                await client.aclose()
            if exchange.status is None:
                return "no answer in HTTP came"
            if exchange.status < HTTPStatus.MULTIPLE_CHOICES:
                return None
            if exchange.status >= HTTPStatus.BAD_REQUEST or "location" not in exchange.headers:
                return f"answered with status {exchange.status}"
            url = url.join(URL(exchange.headers["location"]))
        return "leads from one address to the next without end"
