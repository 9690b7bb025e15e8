"""The pages that people look at, whole, and their living part alone, which a viewer fetches when something is new."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from alertd.board.body import Body, Handler
from alertd.board.pages import GROUPINGS, SENT, TOLD, Frame, Pages
from alertd.board.selection import PARAMETERS, Selection, knowing
from alertd.board.snapshot import Snapshot, SnapshotReader
from alertd.daemon.instance import Signs
from alertd.ledger import Ledger, monitoring
from alertd.times.clock import Clock

OLD_TICK = timedelta(seconds=15)
"""A tick longer ago than this means that something is wrong; the daemon ticks every second."""


class Pulse:
    """The ticks of the daemon, as its signs of life tell of them."""

    def __init__(self, signs: Callable[[], Signs], clock: Clock) -> None:
        self._signs = signs
        self._clock = clock
        self._before = signs().last_tick
        """That of an earlier daemon, it may be."""

    @property
    def last_tick(self) -> datetime | None:
        """The last tick of the daemon that runs, or of the last one."""
        return self._signs().last_tick

    @property
    def is_late(self) -> bool:
        """True if no daemon runs, or its last tick is too long ago."""
        signs = self._signs()
        return signs.pid is None or signs.last_tick is None or self._clock.now() - signs.last_tick > OLD_TICK

    @property
    def is_ready(self) -> bool:
        """True if a daemon runs, and has been seen to tick."""
        signs = self._signs()
        return signs.pid is not None and signs.last_tick != self._before


@dataclass(frozen=True, slots=True)
class _Part:
    """The living part of a page."""

    name: str
    """Under which it is kept for all who ask; empty where it is made for each."""
    address: str
    """At which it alone is had."""
    title: str
    """Of the whole page."""
    make: Callable[[Ledger, Snapshot], Body]
    wall: bool = False
    """True if it is read from across a room."""


class PageAnswers:
    """Answers with pages, each made once of a snapshot."""

    def __init__(self, reader: SnapshotReader, pages: Pages, prefix: str, pulse: Pulse) -> None:
        self._reader = reader
        self._pages = pages
        self._prefix = prefix
        self._pulse = pulse

    def routes(self) -> Iterator[tuple[str, Handler]]:
        """The address of each page, and of its living part."""
        for path, part_for, names in (
            ("/", self._first, ("by", "view", *PARAMETERS)),
            ("/timeline", self._timeline, ("span", *PARAMETERS)),
            ("/history", self._history, ("truce", "channel", "day")),
            ("/truces/{id}", self._truce, ()),
        ):
            yield path, knowing(self._whole(part_for), *names)
            yield f"/live{path.rstrip('/')}", knowing(self._live(part_for), *names)

    def _first(self, request: web.Request) -> _Part:
        by, view = request.query.get("by", GROUPINGS[0]), request.query.get("view", "")
        if by not in GROUPINGS:
            raise web.HTTPBadRequest(text=f"by: write one of {', '.join(GROUPINGS)}\n")
        if view not in ("", "wall"):
            raise web.HTTPBadRequest(text="view: write wall, or leave it out\n")
        chosen = Selection.of(request.query)
        query = chosen.query(by="" if by == GROUPINGS[0] else by, view=view)

        def make(_: Ledger, snapshot: Snapshot) -> Body:
            seen = chosen.narrowed(snapshot)
            return self._pages.wall(seen, chosen) if view else self._pages.live(seen, by, chosen)

        name = "" if chosen else f"live/{view or by}"
        return _Part(name, f"/live{query}", "alertd: wall" if view else "alertd: truces", make, wall=bool(view))

    def _timeline(self, request: web.Request) -> _Part:
        chosen, span = Selection.of(request.query), request.query.get("span", "")
        if span not in ("", "all"):
            raise web.HTTPBadRequest(text="span: write all, or leave it out\n")
        return _Part(
            "" if chosen else f"timeline/{span}",
            f"/live/timeline{chosen.query(span=span)}",
            "alertd: timeline",
            lambda _, snapshot: self._pages.timeline(chosen.narrowed(snapshot), chosen, whole=bool(span)),
        )

    def _history(self, request: web.Request) -> _Part:
        asked = {name: value for name, value in request.query.items() if value and name != "token"}
        try:
            day = date.fromisoformat(asked["day"]) if "day" in asked else None
        except ValueError as error:
            raise web.HTTPBadRequest(text="day: write it as 2016-05-04\n") from error
        truce, channel = asked.get("truce"), asked.get("channel")

        def make(ledger: Ledger, snapshot: Snapshot) -> Body:
            found = ledger.run(monitoring.latest, SENT, truce=truce, channel=channel, day=day)
            return self._pages.history(snapshot, found, truce=truce, channel=channel, day=day)

        query = f"?{urlencode(asked)}" if asked else ""
        return _Part("" if asked else "history", f"/live/history{query}", "alertd: what was sent", make)

    def _truce(self, request: web.Request) -> _Part:
        truce_id = request.match_info["id"]

        def make(ledger: Ledger, snapshot: Snapshot) -> Body:
            row = snapshot.rows.by_id.get(truce_id)
            if row is None and truce_id in snapshot.overview.refused:
                return self._pages.refused(snapshot, truce_id)
            if row is None:
                raise web.HTTPNotFound(text="No truce of this id is on watch.\n")
            known = snapshot.overview.on_watch[truce_id]
            return self._pages.truce(snapshot, row, known, ledger.run(monitoring.of_truce, truce_id, TOLD))

        return _Part(f"truce/{truce_id}", f"/live/truces/{truce_id}", f"alertd: {truce_id}", make)

    def _whole(self, part_for: Callable[[web.Request], _Part]) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            part, snapshot = part_for(request), await self._reader.look()
            live = await self._made(part, snapshot)
            frame = Frame(
                title=part.title,
                fragment=f"{self._prefix}{part.address}",
                last_tick=self._pulse.last_tick,
                late=self._pulse.is_late,
                wall=part.wall,
            )

            async def make() -> Body:
                return await self._reader.read(lambda _: self._pages.page(snapshot, live, frame))

            kept = part.name and f"page/{part.name}/{frame.late}"
            page = await self._reader.body(snapshot, kept, make)
            return page.answer(request, "text/html")

        return answer

    def _live(self, part_for: Callable[[web.Request], _Part]) -> Handler:
        async def answer(request: web.Request) -> web.StreamResponse:
            part, snapshot = part_for(request), await self._reader.look()
            response = (await self._made(part, snapshot)).answer(request, "text/html")
            response.headers["X-Board-Version"] = str(snapshot.version)
            return response

        return answer

    async def _made(self, part: _Part, snapshot: Snapshot) -> Body:
        async def make() -> Body:
            return await self._reader.read(lambda ledger: part.make(ledger, snapshot))

        return await self._reader.body(snapshot, part.name, make)
