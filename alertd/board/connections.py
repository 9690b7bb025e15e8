"""The board's connections: how many there may be, and how long one may stand idle.

Nobody who only connects may keep others from looking: each connection takes a descriptor and memory. So there is a cap,
and a connection that has asked nothing, or takes no answer, is closed after `IDLE_SECONDS`. At the cap the one that has
been idle for longest gives way: whoever opens connections and says nothing loses them, and a viewer, whose request
comes at once, does not. Only where all are being answered the newcomer is closed.
"""

import asyncio
import resource
import socket
from contextlib import suppress
from http import HTTPStatus

from aiohttp import web

from alertd.board.body import Handler
from alertd.board.seldom import LimitedLog
from alertd.daemon.tasks import end
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)

IDLE_SECONDS = 10.0
"""The time that a connection may take for the header of a request, or keep an answer waiting."""

KEPT_FREE = 32
"""Descriptors that are left for the ledger, the truce files and the loop."""

_LOOK_SECONDS = 1.0
"""From one look for idle connections to the next."""

_PAUSE_SECONDS = 1.0
"""After a connection could not be accepted; it waits with the kernel."""

_BODY_SECONDS = 1.0
"""The time for which the body of a request, which nobody needs, is read so that the answer arrives."""


def cap(wanted: int, descriptors: int) -> int:
    """The number of connections that fit beside what is kept free; a quarter of very few descriptors."""
    return min(wanted, max(descriptors - KEPT_FREE, descriptors // 4))


class Connections:
    """Accepts connections, and closes those that are of no use."""

    def __init__(self, most: int, clock: Clock, seldom: LimitedLog, headers: dict[str, str]) -> None:
        self._most = cap(most, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        if self._most < most:
            log.warning("board.fewer_connections", connections=self._most, wanted=most, hint="raise LimitNOFILE")
        self.seldom = seldom
        self.headers = headers
        self._clock = clock
        self._open: dict[_Connection, None] = {}
        """Ordered by age."""
        self._listening: list[socket.socket] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        """The port on which connections are accepted; 0 before."""
        return int(self._listening[0].getsockname()[1]) if self._listening else 0

    async def start(self, server: web.Server, host: str, port: int) -> None:
        """Begin to accept; raises OSError where the address cannot be used."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        try:
            for family, address in dict.fromkeys((info[0], info[4]) for info in found):
                # A port that was free for the first address is to be that of the others as well.
                place = (address[0], port or self.port, *address[2:])
                listening = socket.create_server(place, family=family, backlog=128)
                listening.settimeout(0)
                self._listening.append(listening)
        except OSError:
            self._stop_listening()
            raise
        self._tasks = [asyncio.create_task(self._accept(listening, server)) for listening in self._listening]
        self._tasks.append(asyncio.create_task(self._close_idle()))

    async def stop(self) -> None:
        """Accept no more; the server ends those that are open."""
        await end(*self._tasks)
        self._stop_listening()

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Pass a request on, and note that its connection is in use meanwhile."""
        connection = request.protocol
        assert isinstance(connection, _Connection)  # noqa: S101  tells mypy whose protocol it is
        connection.in_use = True
        try:
            return await handler(request)
        finally:
            connection.in_use = False
            connection.moved_at = self._clock.monotonic()

    def opened(self, connection: "_Connection") -> None:
        """A connection stands."""
        connection.moved_at = self._clock.monotonic()
        self._open[connection] = None

    def closed(self, connection: "_Connection") -> None:
        """A connection is gone, and its descriptor with it."""
        self._open.pop(connection, None)

    async def _accept(self, listening: socket.socket, server: web.Server) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(listening)
            except ConnectionAbortedError:
                continue
            except OSError as error:  # no descriptor is left, or no memory
                self.seldom.error("board.cannot_accept", error=error.strerror)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            if len(self._open) >= self._most and not self._give_way():
                accepted.close()
                continue
            with suppress(ConnectionError):  # it was gone before it stood
                await loop.connect_accepted_socket(lambda: _Connection(server, self, loop), accepted)

    def _give_way(self) -> bool:
        """Close the connection that has been idle for longest; tells whether there was one."""
        idle = [connection for connection in self._open if not connection.in_use]
        self.seldom.error("board.full", connections=self._most, idle=len(idle))
        if idle:
            self._abort(min(idle, key=lambda connection: connection.moved_at))
        return bool(idle)

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            now = self._clock.monotonic()
            for connection in [each for each in self._open if each.has_stood_still(now)]:
                self._abort(connection)

    def _abort(self, connection: "_Connection") -> None:
        self.closed(connection)
        connection.abort()

    def _stop_listening(self) -> None:
        for listening in self._listening:
            listening.close()
        self._listening = []


class _Connection(web.RequestHandler):
    """One connection: aiohttp's, which also knows when it last moved, and speaks of mistakes in few words."""

    def __init__(self, server: web.Server, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(server, loop=loop, lingering_time=_BODY_SECONDS, auto_decompress=False)
        self.in_use = False
        """True if a request of it is being answered."""
        self.moved_at = 0.0
        """Monotonic seconds at which it was opened, was answered, or took something."""
        self._connections = connections
        self._wire: asyncio.WriteTransport | None = None
        self._unsent = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101  a socket's is one
        self._wire = transport
        self._connections.opened(self)
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """It is gone."""
        self._connections.closed(self)
        super().connection_lost(exc)

    def has_stood_still(self, now: float) -> bool:
        """True if for too long nothing whole was asked and nothing of an answer was taken."""
        unsent = 0 if self._wire is None else self._wire.get_write_buffer_size()
        if self.in_use or unsent != self._unsent:
            self._unsent, self.moved_at = unsent, now
        return now - self.moved_at >= IDLE_SECONDS

    def abort(self) -> None:
        """Close at once, whatever is still to be written."""
        if self._wire is not None:
            self._wire.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  it quotes what came
    ) -> web.StreamResponse:
        """Answer what is no request, or could not be answered; raises ConnectionError where an answer has begun."""
        self._complain(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        text = "This is not a request.\n" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "The log says why.\n"
        answer = web.Response(status=status, text=text, headers=self._connections.headers)
        answer.force_close()
        return answer

    def log_exception(self, *_args: object, **other: object) -> None:
        """Say in one line that something went wrong: the library's own would quote what came."""
        error = other.get("exc_info")
        self._complain(error if isinstance(error, BaseException) else None)

    def _complain(self, error: BaseException | None) -> None:
        self._connections.seldom.of_request(error)
