"""What the tests of the board share: a whole daemon on a virtual clock, and the real server beside it on loopback.

Those in a real browser have a real daemon instead (`served`), and Debian's Chromium.
"""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientSession
from board.browser import CHROMIUM, DESK, Served
from factories import moment
from world import World
from yarl import URL

from alertd.board import Board, RegisterReader, Sources
from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.instance import Signs
from alertd.daemon.rehearsal import VirtualClock
from alertd.duty import Kept
from alertd.ledger import Ledger
from alertd.settings import Secrets

NOON = "2016-05-02T12:00"


class Viewer:
    """A board, and somebody who looks at it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.board: Board
        self.session: ClientSession
        self.signs = Signs()
        """Those of the daemon."""

    def url(self, path: str) -> str:
        return self.board.url.rstrip("/") + path

    @property
    def port(self) -> int:
        return URL(self.board.url).port

    def request(self, method: str, path: str, **other):
        return self.session.request(method, self.url(path), **other)

    async def get(self, path: str, **other) -> str:
        async with self.request("GET", path, **other) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.text()

    async def get_json(self, path: str):
        async with self.request("GET", path) as answer:
            assert answer.content_type == "application/json"
            return await answer.json()

    async def status(self, path: str, method: str = "GET", **other) -> int:
        async with self.request(method, path, allow_redirects=False, **other) as answer:
            return answer.status

    async def tick(self, at: str) -> None:
        """A tick as the driver makes it, and the time until the board reads again."""
        await self.world.tick(at)
        self.ticked()
        self.wait(0.5)

    def ticked(self) -> None:
        """The daemon has ticked just now."""
        self.signs = Signs(pid=1, last_tick=self.world.clock.now(), clock_doubt=self.world.app.daemon.clock_doubt)

    def wait(self, seconds: float) -> None:
        """Let time pass without a tick."""
        self.world.clock.set(self.world.clock.now() + timedelta(seconds=seconds))


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path, VirtualClock(moment(NOON)))
    yield made
    if hasattr(made, "app"):
        await made.stop()


@pytest.fixture
def look(world):
    """Start the daemon and a board over it; `listen` and more stand in `[board]`, `last_tick` is of before."""

    @asynccontextmanager
    async def start(truces: str, settings: str = "", board: str = "", last_tick: str | None = None):
        world.settings(f'{settings}\n[board]\nlisten = "127.0.0.1:0"\n{board}\n')
        world.write(truces)
        await world.start()
        context = Context(world.config, None, Secrets.NEEDED)
        viewer = Viewer(world)
        viewer.signs = Signs(last_tick=last_tick and moment(last_tick))
        viewer.board = Board(
            Sources(
                open_ledger=lambda: Ledger.open_reader(world.config / LEDGER_NAME),
                open_to_write=lambda: Ledger.open(world.config / LEDGER_NAME),
                register_problems=RegisterReader(world.config, context.zone_watch, world.clock, world.node).problems,
                settings=context.settings,
                zone_for=context.zones.find,
                tzdata=lambda: context.zones.version,
                clock=world.clock,
                signs=lambda: viewer.signs,
                rosters=Kept(context.settings.state_dir).rosters,
            ),
            context.settings.board,
        )
        await viewer.board.start()
        viewer.ticked()
        try:
            async with ClientSession() as viewer.session:
                yield viewer
        finally:
            await viewer.board.stop()

    return start


@pytest.fixture(scope="module")
def chromium():
    """One for all tests here, and no longer: while it runs, no test may have a loop of its own."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  an extra that only these tests need

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """A page in a context of its own; what it fetched and complained of is kept with it."""
    contexts = []

    def opened(url: str, **options):
        context = chromium.new_context(**({"viewport": DESK, "timezone_id": "Europe/Zurich"} | options))
        contexts.append(context)
        page = context.new_page()
        page.fetched, page.complaints = [], []
        page.on("request", lambda request: page.fetched.append(request.url))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (page.complaints.append("a dialog"), dialog.dismiss()))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def served(tmp_path):
    return Served(tmp_path)
