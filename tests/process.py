"""The real process, and real servers for it to talk to: what the tests that need them share."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self
from urllib.error import HTTPError
from urllib.request import urlopen

from aiosmtpd.controller import Controller
from starter import Started, can_be_forked, starter

PATIENCE = 180.0
"""Seconds after which something that should have happened has not: generous, as machines are slow at times."""


def alertd(
    config: Path, *arguments: str, env: dict[str, str] | None = None, within: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; `within` is a command that is given this one to run."""
    given = ("--config", str(config), *arguments)
    if can_be_forked(within, env or {}):
        with TemporaryFile() as out, TemporaryFile() as errors:
            code = starter().start(given, os.environ | (env or {}), out, errors).wait(120)
            said = [file.seek(0) or file.read().decode() for file in (out, errors)]
        return subprocess.CompletedProcess(given, code, *said)
    return subprocess.run(
        [*within, sys.executable, "-m", "alertd", *given],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env=os.environ | (env or {}),
    )


def alertd_json(config: Path, *arguments: str, within: Sequence[str] = ()):
    done = alertd(config, *arguments, "--json", within=within)
    return json.loads(done.stdout)


def until(holds: Callable[[], object], what: str, patience: float = PATIENCE):
    """Wait until something holds, and give what it returned."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"in {patience} s not seen: {what}")


def board_status(port: int) -> int | None:
    """The status of a board's `/readyz`; None where nobody listens."""
    with suppress(OSError):
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
                return answer.status
        except HTTPError as error:
            return error.code
    return None


class Process:
    """`alertd run`, with its output in files."""

    def __init__(
        self,
        config: Path,
        *,
        options: Sequence[str] = (),
        within: Sequence[str] = (),
        env: dict[str, str] | None = None,
    ) -> None:
        """`within` is a command that is given alertd's to run, and becomes it."""
        self.config = config
        self.out = config / "out.txt"
        self.log = config / "log.txt"
        self._arguments = ["--config", str(config), *options, "run"]
        self._within = within
        self._env = env or {}
        self._process: subprocess.Popen[bytes] | Started | None = None

    def start(self, seen: str = "agenda.") -> "Process":
        """Start it, and wait until its log shows something, or it has ended."""
        with self.out.open("ab") as out, self.log.open("ab") as log:
            before = log.tell()
            self._process = self._begin(out, log)
        until(lambda: seen.encode() in self._logged_from(before) or not self.alive, f"{seen} in the log")
        return self

    def _begin(self, out: IO[bytes], log: IO[bytes]) -> "subprocess.Popen[bytes] | Started":
        if can_be_forked(self._within, self._env):
            return starter().start(self._arguments, os.environ | self._env, out, log)
        return subprocess.Popen(
            [*self._within, sys.executable, "-m", "alertd", *self._arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            env=os.environ | self._env,
        )

    def _logged_from(self, byte: int) -> bytes:
        with self.log.open("rb") as log:
            log.seek(byte)
            return log.read()

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9: no goodbye."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        if self.alive:
            self.send(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(PATIENCE)

    def said(self) -> str:
        """What the console channel printed."""
        return self.out.read_text()

    def logged(self) -> str:
        return self.log.read_text()


@contextmanager
def running(config: Path, seen: str = "agenda.", **how):
    process = Process(config, **how)
    try:
        yield process.start(seen)
    finally:
        if process.alive:
            process.kill()


@contextmanager
def watching(config: Path, **how):
    """A daemon that has come up, whatever that took, so that what is written then lies ahead of it."""
    write_truces(config, lasting("later", 86400), name="later.toml")
    with running(config, **how) as process:
        yield process


class Mailbox:
    """A real SMTP server on loopback that keeps what it is sent."""

    def __init__(self, delay: Callable[[], float] = lambda: 0.0, **options) -> None:
        """`delay` is asked how many seconds each mail is kept waiting; `options` are those of the server."""
        self.mails: list = []
        self._delay = delay
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content))
        await asyncio.sleep(self._delay())
        return "250 OK"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_error) -> None:
        self._controller.stop()

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=alertd@example.org&to=desk@example.org"

    @property
    def subjects(self) -> list[str]:
        return [str(make_header(decode_header(mail["Subject"]))).replace("\n", "") for mail in self.mails]


class _Server(ThreadingHTTPServer):
    """One that takes as many connections at once as a daemon makes."""

    request_queue_size = 256


class Hook:
    """A real HTTP server on loopback that keeps what it is posted; while it is stopped, nobody else gets its port."""

    def __init__(self, delay: Callable[[], float] = lambda: 0.0) -> None:
        """`delay` is asked how many seconds each post is kept waiting once it has arrived."""
        self.posts: list[dict] = []
        self.requests: list[tuple[dict[str, str], str]] = []
        """Headers and body of each, as they came."""
        self.drops = 0
        """How many of the next posts are taken and then left without an answer."""
        self.status = 200
        self.heartbeats: list[float] = []
        """When it was got, in monotonic seconds."""
        self.port = 0
        self.delay = delay
        self._server: ThreadingHTTPServer | None = None
        self._held: socket.socket | None = None

    def start(self) -> "Hook":
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hook.heartbeats.append(time.monotonic())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                with suppress(ConnectionError):  # whoever posts may be killed meanwhile
                    body = self.rfile.read(length)
                    if len(body) < length:
                        return
                    hook.requests.append((dict(self.headers), body.decode()))
                    hook.posts.append(json.loads(body))
                    if hook.drops:
                        hook.drops -= 1
                        self.close_connection = True
                        return
                    time.sleep(hook.delay())
                    self.send_response(hook.status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_args) -> None:
                """Be quiet."""

        if self._held is not None:
            self._held.close()
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            self._held = socket.socket()
            self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._held.bind(("127.0.0.1", self.port))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error) -> None:
        self.stop()
        if self._held is not None:
            self._held.close()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/"

    @property
    def titles(self) -> list[str]:
        return [post["title"] for post in self.posts]


def write_truces(config: Path, *truces: str, name: str = "truces.toml") -> Path:
    (config / "truces").mkdir(parents=True, exist_ok=True)
    path = config / "truces" / name
    path.write_text("\n".join(truces))
    return path


def truce_text(truce_id: str, *lines: str) -> str:
    return "\n".join(("[[truce]]", f'id = "{truce_id}"', f'title = "Calm in {truce_id}"', 'zone = "UTC"', *lines, ""))


def lasting(truce_id: str, seconds: float = 3600) -> str:
    """A truce that began long ago, and ends in so many seconds."""
    return truce_text(truce_id, "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(seconds))}")


def in_seconds(seconds: float) -> datetime:
    """A moment ahead, in whole seconds."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def toml_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
