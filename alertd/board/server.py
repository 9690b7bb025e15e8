"""The board's server: which address answers with what. It runs in a process of its own, so that no alert waits for it.

Every body is made on threads, once for all who ask, so that its loop answers meanwhile. All that it shows it reads: the
ledger, the truce files, and the signs of life of the daemon. It writes nothing but who acknowledged an alert; what
people record there, another process writes.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import PurePath

from aiohttp import web

from alertd.board.acks import Acks
from alertd.board.answers import Answers
from alertd.board.body import Body, Handler
from alertd.board.connections import Connections
from alertd.board.feed import CalendarFeed
from alertd.board.guard import ACKS, HEADERS, RECORD, Guard
from alertd.board.metrics import CONTENT_TYPE, Metrics
from alertd.board.openapi import description
from alertd.board.page_answers import PageAnswers, Pulse
from alertd.board.pages import Pages, milliseconds
from alertd.board.recorder import Recorder
from alertd.board.seldom import LimitedLog
from alertd.board.selection import PARAMETERS, Selection, knowing
from alertd.board.snapshot import Snapshot, SnapshotReader, Sources
from alertd.errors import LedgerError, TimeRefused
from alertd.ledger import Ledger, beyond, monitoring
from alertd.logs.lines import get_logger
from alertd.message.links import ANSWERS
from alertd.settings import BoardSettings
from alertd.status.overview import history_view
from alertd.status.views import dump
from alertd.times.instant import parse_with_zone

log = get_logger(__name__)

_STOP_SECONDS = 2.0
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Board:
    """Serves what it sees; it only reads, but for acknowledgements."""

    def __init__(self, sources: Sources, settings: BoardSettings) -> None:
        self._sources = sources
        self._settings = settings
        self._reader = SnapshotReader(sources)
        self._pulse = Pulse(sources.signs, sources.clock)
        pages = Pages(sources.settings, sources.zone_for, settings.prefix, sources.tzdata)
        self._page_answers = PageAnswers(self._reader, pages, settings.prefix, self._pulse)
        links = settings.links
        self._answers = Answers(sources, self._reader, pages, links) if links is not None and links.key else None
        token = settings.ack_token and settings.ack_token.get_secret_value()
        self._acks = Acks(sources, self._reader, token) if token else None
        self._recorder = Recorder(settings, pages, sources.clock) if settings.write else None
        self._metrics = Metrics()
        self._connections = Connections(settings.connections, sources.clock, LimitedLog(sources.clock), HEADERS)
        self._last_try = 0
        self._events = CalendarFeed(sources.settings.policy, sources.zone_for, settings.links)
        self._static = _static()
        self._openapi = Body.of(dump(description()))
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Begin to answer; raises OSError where the address cannot be used, LedgerError without a ledger."""
        self._last_try = await self._reader.read(lambda ledger: ledger.run(monitoring.last_try))
        self._metrics.expect(channel.name for channel in self._sources.settings.channels)
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_STOP_SECONDS)
        await self._runner.setup()
        assert self._runner.server is not None  # noqa: S101  it is there once set up
        host = self._settings.host.strip("[]")
        await self._connections.start(self._runner.server, host, self._settings.port)
        log.info("board.listening", url=self.url)

    @property
    def url(self) -> str:
        """The address at which it answers."""
        port = self._connections.port or self._settings.port
        return f"http://{self._settings.host}:{port}{self._settings.prefix}/"

    async def stop(self) -> None:
        """Answer no more."""
        await self._connections.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.to_thread(self._reader.close)

    def _application(self) -> web.Application:
        guard = Guard(self._settings)
        application = web.Application(middlewares=[self._connections.note, guard.check, _tell_of_trouble])
        application.on_response_prepare.append(guard.dress)
        routes: Mapping[str, Handler] = {
            **dict(self._page_answers.routes()),
            "/state": knowing(self._state),
            "/calendar.ics": knowing(self._calendar, *PARAMETERS),
            "/api/v1/truces": knowing(self._truces, *PARAMETERS),
            "/api/v1/deliveries": knowing(self._deliveries, "truce", "channel", "since", *PARAMETERS),
            "/api/v1/openapi.json": knowing(self._description),
            "/metrics": knowing(self._figures),
            "/static/{name}": self._file,
            "/healthz": self._health,
            "/readyz": self._readiness,
        }
        # A proxy may take its prefix off before it asks, or leave it on.
        for base in {"", self._settings.prefix}:
            for path, handler in routes.items():
                application.router.add_get(base + path, handler)
            if self._answers is not None:
                application.router.add_get(f"{base}{ANSWERS}{{token}}", self._answers.look)
                application.router.add_post(f"{base}{ANSWERS}{{token}}", self._answers.answer)
            if self._acks is not None:
                application.router.add_post(base + ACKS, self._acks.post)
            if self._recorder is not None:
                for path in (f"{base}{RECORD}{{truce}}", f"{base}{RECORD}{{truce}}/{{act}}"):
                    application.router.add_get(path, self._recorder.look)
                    application.router.add_post(path, self._recorder.post)
        if self._settings.prefix:
            application.router.add_get(self._settings.prefix, self._to_first_page)
        return application

    async def _to_first_page(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=303, headers={"Location": f"{self._settings.prefix}/"})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in self._static:
            raise web.HTTPNotFound(text="There is no such file.\n")
        return self._static[name].answer(request, _TYPES[PurePath(name).suffix])

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        """The least that an open page asks for, again and again: whether it is still the newest."""
        snapshot = await self._reader.look()
        tick = self._pulse.last_tick
        return web.json_response(
            {
                "now": milliseconds(self._sources.clock.now()),
                "tick": None if tick is None else milliseconds(tick),
                "version": snapshot.version,
            }
        )

    async def _truces(self, request: web.Request) -> web.StreamResponse:
        signs = self._sources.signs()
        chosen = Selection.of(request.query)

        def make(snapshot: Snapshot) -> str:
            view = snapshot.overview.view(tzdata=self._sources.tzdata(), pid=signs.pid, last_tick=signs.last_tick)
            return dump(chosen.narrowed_view(view, snapshot))

        name = "" if chosen else f"truces/{signs.pid}/{signs.last_tick}"
        return await self._feed(request, name, "application/json", make)

    async def _deliveries(self, request: web.Request) -> web.StreamResponse:
        truce, channel, since = (request.query.get(name) for name in ("truce", "channel", "since"))
        try:
            moment = None if since is None else await self._reader.press(lambda: self._moment(since))
        except TimeRefused as refused:
            raise web.HTTPBadRequest(text=f"since: {refused.message}\n") from refused

        chosen = Selection.of(request.query)
        snapshot = await self._reader.look()

        async def make() -> Body:
            rows = await self._reader.read(
                lambda ledger: ledger.run(
                    beyond.history, self._sources.planner, truce=truce, channel=channel, since=moment
                )
            )
            ids = chosen.ids(snapshot)
            views = (history_view(row) for row in rows if not chosen or row.truce in ids)
            return await self._reader.press(lambda: Body.of(dump(list(views))))

        name = "" if chosen or (truce, channel, since) != (None, None, None) else "deliveries"
        return (await self._reader.body(snapshot, name, make)).answer(request, "application/json")

    def _moment(self, since: str) -> datetime:
        """A moment that somebody asks from; a zone that is not there takes a walk through the whole database."""
        return parse_with_zone(since, zone_for=self._sources.zone_for)

    async def _calendar(self, request: web.Request) -> web.StreamResponse:
        chosen = Selection.of(request.query)
        snapshot = await self._reader.look()

        async def make() -> Body:
            revised = await self._reader.read(lambda ledger: ledger.run(monitoring.revised))
            return await self._reader.press(lambda: Body.of(self._events.feed(snapshot, chosen, revised)))

        body = await self._reader.body(snapshot, "" if chosen else "calendar", make)
        return body.answer(request, "text/calendar")

    async def _description(self, request: web.Request) -> web.StreamResponse:
        return self._openapi.answer(request, "application/json")

    async def _feed(
        self, request: web.Request, name: str, kind: str, make: Callable[[Snapshot], str | bytes]
    ) -> web.StreamResponse:
        """A body that is slow to make of a snapshot, and is kept with it."""
        snapshot = await self._reader.look()

        async def pressed() -> Body:
            return await self._reader.press(lambda: Body.of(make(snapshot)))

        return (await self._reader.body(snapshot, name, pressed)).answer(request, kind)

    async def _figures(self, request: web.Request) -> web.StreamResponse:
        snapshot = await self._reader.look()

        def text(ledger: Ledger) -> Body:
            tries = ledger.run(monitoring.tries, self._last_try)
            self._metrics.count(tries)
            self._last_try = max((send.id for send in tries), default=self._last_try)
            tick = self._pulse.last_tick
            seconds = None if tick is None else tick.timestamp()
            return Body.of(self._metrics.text(snapshot, seconds, self._sources.tzdata()))

        answer = (await self._reader.read(text)).answer(request, "text/plain")
        answer.headers["Content-Type"] = CONTENT_TYPE
        return answer

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        tick = self._pulse.last_tick
        if self._pulse.is_late:
            return web.Response(status=503, text=f"late: the last tick was {tick or 'never'}\n")
        return web.Response(text=f"ok: the last tick was {tick}\n")

    async def _readiness(self, _request: web.Request) -> web.StreamResponse:
        if not self._pulse.is_ready:
            return web.Response(status=503, text="not ready: the first tick has not reached the ledger\n")
        return web.Response(text="ready\n")


@web.middleware
async def _tell_of_trouble(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A ledger that cannot be read is told as what it is."""
    try:
        return await handler(request)
    except LedgerError as error:
        log.warning("board.blind", error=str(error))
        return web.Response(status=503, text="The ledger cannot be read; the log says why.\n")


def _static() -> Mapping[str, Body]:
    folder = files("alertd.board") / "static"
    return {file.name: Body.of(file.read_bytes()) for file in folder.iterdir() if PurePath(file.name).suffix in _TYPES}
