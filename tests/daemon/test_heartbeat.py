"""The heartbeat, called on a real server."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from alertd import logs
from alertd.daemon.heartbeat import Heartbeat
from alertd.times.clock import SystemClock

MINUTE = timedelta(minutes=1)


class Listener:
    """Counts the calls and answers with a status."""

    def __init__(self) -> None:
        self.calls = 0
        self.status = 200
        self.url = ""

    async def answer(self, _request: web.Request) -> web.Response:
        self.calls += 1
        return web.Response(status=self.status)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    made = Listener()
    app = web.Application()
    app.router.add_get("/{token}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/tok3n-sekrit"
    yield made
    await runner.cleanup()


@pytest.fixture
def log(forgetful, quiet_afterwards) -> io.StringIO:
    """What is logged."""
    stream = io.StringIO()
    logs.configure("info", stream=stream, tty=False)
    return stream


async def calls(heartbeat: Heartbeat) -> None:
    """Let the call that is under way come back."""
    assert heartbeat._call is not None
    await heartbeat._call


async def test_it_calls_once_in_a_while_however_often_alertd_ticks(listener):
    heartbeat = Heartbeat(listener.url, MINUTE, SystemClock())
    for _ in range(5):
        heartbeat.beat()
    await calls(heartbeat)
    heartbeat.beat()
    await calls(heartbeat)
    assert listener.calls == 1
    await heartbeat.aclose()


async def test_it_calls_again_when_its_time_has_come(listener):
    heartbeat = Heartbeat(listener.url, timedelta(milliseconds=1), SystemClock())
    for _ in range(3):
        heartbeat.beat()
        await calls(heartbeat)
        await asyncio.sleep(0.005)
    assert listener.calls == 3
    await heartbeat.aclose()


async def test_a_call_that_fails_is_logged_once_a_streak_and_without_its_address(listener, log):
    heartbeat = Heartbeat(listener.url, timedelta(0), SystemClock())
    for status in (500, 503, 200):
        listener.status = status
        heartbeat.beat()
        await calls(heartbeat)
    gone = Heartbeat("http://127.0.0.1:9/tok3n-sekrit", timedelta(0), SystemClock())
    gone.beat()
    await calls(gone)
    events = [json.loads(line)["event"] for line in log.getvalue().splitlines()]
    assert events == ["heartbeat.failed", "heartbeat.works", "heartbeat.failed"]
    assert "sekrit" not in log.getvalue()
    await heartbeat.aclose()
    await gone.aclose()
