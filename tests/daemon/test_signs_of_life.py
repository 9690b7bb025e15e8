"""Signs of life tell the truth: ready, alive and reloaded are said of ticks that did their work, and of no others."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from factories import moment
from process import Hook, in_seconds, toml_utc, truce_text, until, write_truces

from alertd.daemon.loop import DaemonLoop
from alertd.daemon.rehearsal import VirtualClock
from alertd.register import RegisterCache

WITH_TICKS = """
import sys
import alertd.daemon.tick
async def tick(self, now):
    {body}
alertd.daemon.tick.Daemon.tick = tick
from alertd.cli import main
sys.argv = ["alertd", *sys.argv[1:]]
main()
"""

SETTINGS = """
[[channel]]
name = "oncall"
kind = "apprise"
url = { file = "hook-url" }
[ops]
channel = "oncall"
heartbeat = { url = { file = "ping-url" }, every = "1s" }
"""


@contextmanager
def daemon_whose_ticks(body, config, address):
    """A real process, told of a service manager, in which each tick does something else."""
    script = WITH_TICKS.format(body=body)
    command = [sys.executable, "-c", script, "--config", str(config), "run"]
    environ = os.environ | {"NOTIFY_SOCKET": address}
    with (config / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log, env=environ
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("body", "seen"),
    [('raise RuntimeError("a mistake")', b"tick.failed"), ("await __import__('asyncio').sleep(3600)", b"")],
    ids=["crash", "hang"],
)
def test_a_daemon_whose_ticks_do_not_end_is_neither_ready_nor_alive(tmp_path, body, seen):
    write_truces(tmp_path, truce_text("a", "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(3600))}"))
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    with Hook() as hook, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        (tmp_path / "hook-url").write_text(hook.url)
        (tmp_path / "ping-url").write_text(f"http://127.0.0.1:{hook.port}/ping")
        address = str(tmp_path / "notify")
        ear.bind(address)
        ear.settimeout(30)
        with daemon_whose_ticks(body, tmp_path, address) as process:
            told = [ear.recv(4096)]  # that it opens the ledger
            until(lambda: b"alertd.started" in (tmp_path / "log.txt").read_bytes(), "the start")
            until(lambda: (tmp_path / "log.txt").read_bytes().count(seen) >= 3 or not seen, "three ticks")
            time.sleep(2)  # two more pulses, in which nothing may be said
            ear.settimeout(0)
            with suppress(BlockingIOError):
                while True:
                    told.append(ear.recv(4096))
            assert process.poll() is None
        assert not [datagram for datagram in told if b"READY" in datagram or b"WATCHDOG" in datagram]
        assert hook.heartbeats == []


class Ticks:
    """A daemon that counts what it is asked, and can be held up in a tick."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.in_tick = asyncio.Event()
        self.rereads = 0
        self.is_reading = False
        self.ledger_error = None

    async def start(self, now, last_tick) -> None:
        """Know nothing."""

    def reread(self) -> None:
        self.rereads += 1

    async def tick(self, now):
        self.in_tick.set()
        await self.go_on.wait()


class Silent:
    """An alarm that is never raised."""

    async def works(self) -> None:
        """All is well."""

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_reload_is_answered_by_a_tick_that_began_after_it():
    ticks, answers = Ticks(), []
    loop = DaemonLoop(
        ticks,
        VirtualClock(moment("2016-05-02T12:00")),
        Silent(),
        last_tick=None,
        on_tick=lambda now, reread: answers.append(reread),
    )
    before = asyncio.create_task(loop.tick())
    await ticks.in_tick.wait()
    loop.reread()
    ticks.go_on.set()
    await before
    await loop.tick()

    assert (answers, ticks.rereads) == ([False, True], 1)


async def test_a_reload_asked_for_while_files_are_read_has_them_read_once_more(world, monkeypatch):
    world.write(truce_text("a", "starts = 2016-05-01T00:00:00", "ends = 2016-05-04T01:00:00"))
    await world.start()
    await world.live_until("2016-05-02T12:01")
    daemon, reads = world.app.daemon, []
    read = RegisterCache.read

    def and_asked_for_again(*arguments, **named):
        reads.append(named)
        if len(reads) == 1:
            daemon.reread()
        return read(*arguments, **named)

    monkeypatch.setattr(RegisterCache, "read", and_asked_for_again)
    daemon.reread()
    await world.tick("2016-05-02T12:02")
    first = len(reads)
    await world.tick("2016-05-02T12:02:01")

    assert (first, len(reads)) == (1, 2)
