"""The real process, and real servers for it to talk to: what the tests that need them share."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

from aiosmtpd.controller import Controller

PATIENCE = 30.0
"""Seconds after which something that should have happened has not: generous, as machines are slow at times."""


def alertd(config: Path, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "alertd", "--config", str(config), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
        env=os.environ | (env or {}),
    )


def alertd_json(config: Path, *arguments: str):
    done = alertd(config, *arguments, "--json")
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


class Process:
    """`alertd run`, with its output in files."""

    def __init__(self, config: Path, *, within: Sequence[str] = ()) -> None:
        """`within` is a command that is given alertd's to run, and becomes it."""
        self.config = config
        self.out = config / "out.txt"
        self.log = config / "log.txt"
        self._command = [*within, sys.executable, "-m", "alertd", "--config", str(config), "run"]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        with self.out.open("ab") as out, self.log.open("ab") as log:
            seen = log.tell()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )
        until(lambda: b"agenda." in self.log.read_bytes()[seen:] or not self.alive, "a started daemon")
        return self

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
def running(config: Path):
    process = Process(config).start()
    try:
        yield process
    finally:
        if process.alive:
            process.kill()


class Mailbox:
    """A real SMTP server on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content))
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


class Hook:
    """A real HTTP server on loopback that keeps what it is posted; its port outlives a stop."""

    def __init__(self) -> None:
        self.posts: list[dict] = []
        self.requests: list[tuple[dict[str, str], str]] = []
        """Headers and body of each, as they came."""
        self.drops = 0
        """How many of the next posts are taken and then left without an answer."""
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> "Hook":
        hook, posts, requests = self, self.posts, self.requests

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                requests.append((dict(self.headers), body))
                posts.append(json.loads(body))
                if hook.drops:
                    hook.drops -= 1
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args) -> None:
                """Be quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error) -> None:
        self.stop()

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


def in_seconds(seconds: float) -> datetime:
    """A moment ahead, in whole seconds."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).replace(microsecond=0)


def toml_utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
