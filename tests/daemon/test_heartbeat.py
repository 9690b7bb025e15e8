"""The heartbeat, called on a real server."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web

from alertd.daemon.heartbeat import Heartbeat
from alertd.logs.lines import configure
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
    configure("info", stream=stream, tty=False)
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


async def test_a_redirect_is_followed_and_one_without_end_is_told(listener, log):
    """The address of a monitoring service may move, as from http to https."""

    async def lead(request: web.Request) -> web.Response:
        to = listener.url if request.match_info["name"] == "there" else "/round/and"
        return web.Response(status=302, headers={"Location": to})

    app = web.Application()
    app.router.add_get("/{name}", lead)
    app.router.add_get("/round/{name}", lead)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for name in ("there", "round"):
        heartbeat = Heartbeat(f"http://127.0.0.1:{runner.addresses[0][1]}/{name}", timedelta(0), SystemClock())
        heartbeat.beat()
        await calls(heartbeat)
        await heartbeat.aclose()
    await runner.cleanup()
    assert listener.calls == 1
    assert [json.loads(line).get("error") for line in log.getvalue().splitlines()] == [
        "leads from one address to the next without end"
    ]


async def test_the_heartbeat_goes_through_the_proxy_of_the_environment(listener, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", listener.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    heartbeat = Heartbeat("http://ping.invalid/beat", timedelta(0), SystemClock())
    heartbeat.beat()
    await calls(heartbeat)
    await heartbeat.aclose()
    assert listener.calls == 1


@pytest.mark.parametrize("url", ["ping.example.org", "ftp://ping.example.org", "http://", "http://ping:99999/"])
async def test_an_address_of_another_form_is_told_and_calls_nobody(url, log):
    heartbeat = Heartbeat(url, timedelta(0), SystemClock())
    heartbeat.beat()
    await calls(heartbeat)
    assert "heartbeat.failed" in log.getvalue()
    await heartbeat.aclose()
