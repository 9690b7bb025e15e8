"""The event streams of all who look: one short message made once, written to each, and no queue for whoever is slow.

A message says what time it is here, when the last tick was, and which version of the page is the newest; whoever has
an older one fetches it. So a slow viewer misses messages and no news, and holds up nobody.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from aiohttp import web

from alertd.errors import AlertdError
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)

_PUBLISH_SECONDS = 2.0
"""After this a message goes out although nothing has changed: a viewer takes silence for a lost connection."""

_LEAST_SECONDS = 0.5
"""From one message to the next."""

_WRITE_SECONDS = 10.0
"""The time that a viewer may take for one message."""

StreamState = Mapping[str, int | None]


class Streams:
    """Keeps viewers up to date; `state` gives what they are told.

    At most `most` streams are open at once: whoever comes later asks for the state now and then instead.
    """

    def __init__(self, state: Callable[[], Awaitable[StreamState]], clock: Clock, most: int) -> None:
        self._state = state
        self._most = most
        self._clock = clock
        self._published = asyncio.Event()
        self._message = b""
        self._closing = False
        self._failure = ""
        self.open = 0

    def close(self) -> None:
        """End every stream."""
        self._closing = True
        self._published.set()

    async def run(self) -> None:
        """Tell all who look, for as long as the board stands."""
        version: int | None = None
        silent_until = self._clock.monotonic()
        while not self._closing:
            await asyncio.sleep(_LEAST_SECONDS)
            state = await self._asked() if self.open else None
            if state is not None and (state["version"] != version or self._clock.monotonic() >= silent_until):
                version, silent_until = state["version"], self._clock.monotonic() + _PUBLISH_SECONDS
                self._publish(state)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One viewer's stream, until either side ends it."""
        if self.open >= self._most or self._closing:
            return web.Response(status=503, text="Too many viewers.\n", headers={"Retry-After": "30"})
        self.open += 1
        try:
            first = _event(await self._state())
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
            await response.prepare(request)
            if request.method != "HEAD":
                await self._follow(response, first)
        finally:
            self.open -= 1
        return response

    async def _follow(self, response: web.StreamResponse, first: bytes) -> None:
        with suppress(ConnectionError, TimeoutError):  # whoever looked is gone
            await response.write(b"retry: 2000\n\n" + first)
            while not self._closing:
                await self._published.wait()
                await asyncio.wait_for(response.write(self._message), _WRITE_SECONDS)

    async def _asked(self) -> StreamState | None:
        """The state; None, and logged once, where it cannot be had: viewers take the silence for what it is."""
        try:
            state = await self._state()
        except AlertdError as error:
            if str(error) != self._failure:
                log.warning("board.blind", error=str(error))
            self._failure = str(error)
            return None
        self._failure = ""
        return state

    def _publish(self, state: StreamState) -> None:
        self._message = _event(state)
        previous, self._published = self._published, asyncio.Event()
        previous.set()


def _event(state: StreamState) -> bytes:
    return b"data: " + json.dumps(state).encode() + b"\n\n"
