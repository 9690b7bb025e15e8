"""The board's server: which address answers with what. It runs in the daemon's loop and does no work there itself.

Every body is made on the board's own threads, once for all who ask. The daemon tells of its ticks through `ticked`,
which does nothing but note the moment.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import PurePath

import structlog
from aiohttp import web

from alertd.board.connections import Connections
from alertd.board.feed import CalendarFeed
from alertd.board.guard import HEADERS, Guard
from alertd.board.metrics import CONTENT_TYPE, Metrics
from alertd.board.pages import GROUPINGS, TOLD, Frame, Pages, milliseconds
from alertd.board.seldom import LimitedLog
from alertd.board.snapshot import Body, Snapshot, SnapshotReader, Sources
from alertd.board.streams import Streams
from alertd.errors import LedgerError, TimeRefused
from alertd.ledger import Ledger, monitoring, queries
from alertd.settings import BoardSettings
from alertd.status.overview import history_view
from alertd.status.views import dump
from alertd.times.instant import parse_with_zone

log = structlog.get_logger(__name__)

OLD_TICK = timedelta(seconds=15)
"""A tick longer ago than this means that something is wrong; the daemon ticks every second."""

_STOP_SECONDS = 2.0
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Board:
    """Serves what it sees; reads and never writes."""

    def __init__(self, sources: Sources, settings: BoardSettings) -> None:
        self._sources = sources
        self._settings = settings
        self._reader = SnapshotReader(sources)
        self._pages = Pages(sources.settings, sources.zone_for, settings.prefix, sources.tzdata)
        self._metrics = Metrics()
        self._connections = Connections(settings.connections, sources.clock, LimitedLog(sources.clock), HEADERS)
        self._streams = Streams(self._state, sources.clock, self._connections.most * 7 // 8)
        self._last_tick: datetime | None = None
        self._last_try = 0
        self._events = CalendarFeed(sources.settings.policy, sources.zone_for)
        self._static = _static()
        self._runner: web.AppRunner | None = None
        self._telling: asyncio.Task[None] | None = None

    def ticked(self, now: datetime, next_tick: datetime | None) -> None:
        """Note that the daemon has ticked, and when it will have something to do again; returns at once."""
        self._last_tick = now
        self._reader.idle_gate.ticked(next_tick)
        self._streams.wake()

    async def start(self) -> None:
        """Begin to answer; raises OSError where the address cannot be used, LedgerError without a ledger."""
        self._last_try = await self._reader.read(lambda ledger: ledger.run(monitoring.last_try))
        self._metrics.expect(channel.name for channel in self._sources.settings.channels)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        assert self._runner.server is not None  # noqa: S101  it is there once set up
        host = self._settings.host.strip("[]")
        await self._connections.start(self._runner.server, host, self._settings.port)
        self._telling = asyncio.create_task(self._streams.run())
        log.info("board.listening", url=self.url)

    @property
    def url(self) -> str:
        """Where it answers."""
        port = self._connections.port or self._settings.port
        return f"http://{self._settings.host}:{port}{self._settings.prefix}/"

    async def stop(self) -> None:
        """End every stream and answer no more."""
        self._streams.close()
        if self._telling is not None:
            self._telling.cancel()
        await self._connections.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.to_thread(self._reader.close)

    def _application(self) -> web.Application:
        guard = Guard(self._settings)
        application = web.Application(middlewares=[self._connections.note, guard.check, _tell_of_trouble])
        application.on_response_prepare.append(guard.dress)
        routes: Mapping[str, _Handler] = {
            "/": self._first_page,
            "/timeline": self._timeline_page,
            "/truces/{id}": self._truce_page,
            "/live": self._first_live,
            "/live/timeline": self._timeline_live,
            "/live/truces/{id}": self._truce_live,
            "/state": self._state_now,
            "/events": self._streams.serve,
            "/calendar.ics": self._calendar,
            "/api/v1/truces": self._truces,
            "/api/v1/deliveries": self._deliveries,
            "/metrics": self._figures,
            "/static/{name}": self._file,
            "/healthz": self._health,
            "/readyz": self._readiness,
        }
        # A proxy may take its prefix off before it asks, or leave it on.
        for base in {"", self._settings.prefix}:
            for path, handler in routes.items():
                application.router.add_get(base + path, handler)
        if self._settings.prefix:
            application.router.add_get(self._settings.prefix, self._to_first_page)
        return application

    # What people look at.

    async def _to_first_page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": f"{self._settings.prefix}/"})

    async def _first_page(self, request: web.Request) -> web.StreamResponse:
        by = _grouping(request)
        query = "" if by == GROUPINGS[0] else f"?by={by}"
        return await self._page(request, f"/live{query}", "alertd: truces", self._first_part(by))

    async def _first_live(self, request: web.Request) -> web.StreamResponse:
        return await self._live(request, self._first_part(_grouping(request)))

    def _first_part(self, by: str) -> "_Part":
        return _Part(f"live/{by}", lambda snapshot: self._reader.read(lambda _: self._pages.live(snapshot, by)))

    async def _timeline_page(self, request: web.Request) -> web.StreamResponse:
        return await self._page(request, "/live/timeline", "alertd: timeline", self._timeline_part())

    async def _timeline_live(self, request: web.Request) -> web.StreamResponse:
        return await self._live(request, self._timeline_part())

    def _timeline_part(self) -> "_Part":
        return _Part("timeline", lambda snapshot: self._reader.read(lambda _: self._pages.timeline(snapshot)))

    async def _truce_page(self, request: web.Request) -> web.StreamResponse:
        truce_id = request.match_info["id"]
        return await self._page(request, f"/live/truces/{truce_id}", f"alertd: {truce_id}", self._truce_part(truce_id))

    async def _truce_live(self, request: web.Request) -> web.StreamResponse:
        return await self._live(request, self._truce_part(request.match_info["id"]))

    def _truce_part(self, truce_id: str) -> "_Part":
        def make(ledger: Ledger, snapshot: Snapshot) -> Body:
            row = snapshot.rows.by_id.get(truce_id)
            if row is None:
                raise web.HTTPNotFound(text="No truce of this id is on watch.\n")
            known = snapshot.overview.on_watch[truce_id]
            return self._pages.truce(snapshot, row, known, ledger.run(monitoring.of_truce, truce_id, TOLD))

        return _Part(f"truce/{truce_id}", lambda snapshot: self._reader.read(lambda ledger: make(ledger, snapshot)))

    async def _page(self, request: web.Request, fragment: str, title: str, part: "_Part") -> web.StreamResponse:
        snapshot = await self._reader.look()
        live = await self._reader.body(snapshot, part.name, lambda: part.make(snapshot))
        frame = Frame(
            title=title,
            fragment=f"{self._settings.prefix}{fragment}",
            last_tick=self._last_tick,
            late=self._is_late(),
        )

        async def make() -> Body:
            return await self._reader.read(lambda _: self._pages.page(snapshot, live, frame))

        page = await self._reader.body(snapshot, f"page/{part.name}/{frame.late}", make)
        return _answer(request, page, "text/html")

    async def _live(self, request: web.Request, part: "_Part") -> web.StreamResponse:
        snapshot = await self._reader.look()
        body = await self._reader.body(snapshot, part.name, lambda: part.make(snapshot))
        answer = _answer(request, body, "text/html")
        answer.headers["X-Board-Version"] = str(snapshot.version)
        return answer

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound(text="There is no such file.\n")
        return _answer(request, self._static[name], _TYPES[PurePath(name).suffix])

    # What programs read.

    async def _state(self) -> Mapping[str, int | None]:
        snapshot = await self._reader.look()
        return {
            "now": milliseconds(self._sources.clock.now()),
            "tick": None if self._last_tick is None else milliseconds(self._last_tick),
            "version": snapshot.version,
        }

    async def _state_now(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(await self._state())

    async def _truces(self, request: web.Request) -> web.StreamResponse:
        snapshot = await self._reader.look()
        tick = self._last_tick

        async def make() -> Body:
            return await self._reader.press(
                lambda: Body.of(
                    dump(snapshot.overview.view(tzdata=self._sources.tzdata(), pid=os.getpid(), last_tick=tick))
                )
            )

        return _answer(request, await self._reader.body(snapshot, f"truces/{tick}", make), "application/json")

    async def _deliveries(self, request: web.Request) -> web.StreamResponse:
        truce, channel, since = (request.query.get(name) for name in ("truce", "channel", "since"))
        try:
            moment = None if since is None else await self._reader.press(lambda: self._moment(since))
        except TimeRefused as refused:
            raise web.HTTPBadRequest(text=f"since: {refused.message}\n") from refused

        async def make() -> Body:
            rows = await self._reader.read(
                lambda ledger: ledger.run(queries.history, truce=truce, channel=channel, since=moment)
            )
            return await self._reader.press(lambda: Body.of(dump([history_view(row) for row in rows])))

        if (truce, channel, since) != (None, None, None):
            return _answer(request, await make(), "application/json")
        snapshot = await self._reader.look()
        return _answer(request, await self._reader.body(snapshot, "deliveries", make), "application/json")

    def _moment(self, since: str) -> datetime:
        """A moment that somebody asks from; a zone that is not there takes a walk through the whole database."""
        return parse_with_zone(since, zone_for=self._sources.zone_for)

    async def _calendar(self, request: web.Request) -> web.StreamResponse:
        snapshot = await self._reader.look()

        async def make() -> Body:
            return await self._reader.press(lambda: Body.of(self._events.feed(snapshot)))

        return _answer(request, await self._reader.body(snapshot, "calendar", make), "text/calendar")

    async def _figures(self, request: web.Request) -> web.StreamResponse:
        snapshot = await self._reader.look()

        def text(ledger: Ledger) -> Body:
            tries = ledger.run(monitoring.tries, self._last_try)
            self._metrics.count(tries)
            self._last_try = max((one.id for one in tries), default=self._last_try)
            tick = None if self._last_tick is None else self._last_tick.timestamp()
            return Body.of(self._metrics.text(snapshot, tick, self._streams.open, self._sources.tzdata()))

        answer = _answer(request, await self._reader.read(text), "text/plain")
        answer.headers["Content-Type"] = CONTENT_TYPE
        return answer

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        if self._last_tick is None or self._is_late():
            return web.Response(status=503, text=f"late: the last tick was {self._last_tick or 'never'}\n")
        return web.Response(text=f"ok: the last tick was {self._last_tick}\n")

    async def _readiness(self, _request: web.Request) -> web.StreamResponse:
        if self._last_tick is None:
            return web.Response(status=503, text="not ready: the first tick has not reached the ledger\n")
        return web.Response(text="ready\n")

    def _is_late(self) -> bool:
        return self._last_tick is not None and self._sources.clock.now() - self._last_tick > OLD_TICK


@dataclass(frozen=True, slots=True)
class _Part:
    """The living part of a page."""

    name: str
    make: Callable[[Snapshot], Awaitable[Body]]


@web.middleware
async def _tell_of_trouble(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """A ledger that cannot be read is told as what it is."""
    try:
        return await handler(request)
    except LedgerError as error:
        log.warning("board.blind", error=str(error))
        return web.Response(status=503, text="The ledger cannot be read; the log says why.\n")


def _grouping(request: web.Request) -> str:
    by = request.query.get("by", GROUPINGS[0])
    return by if by in GROUPINGS else GROUPINGS[0]


def _answer(request: web.Request, body: Body, kind: str) -> web.Response:
    gzipped = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if gzipped else {})
    return web.Response(
        body=body.gzipped if gzipped else body.plain, content_type=kind, charset="utf-8", headers=headers
    )


def _static() -> Mapping[str, Body]:
    folder = files("alertd.board") / "static"
    return {one.name: Body.of(one.read_bytes()) for one in folder.iterdir() if PurePath(one.name).suffix in _TYPES}
