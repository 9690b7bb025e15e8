#!/usr/bin/env python3
"""Whether looking at the board delays an alert: how late alerts go out with nobody looking, and with a crowd.

The real daemon watches a thousand truces, whose ends are spread over a minute or all fall on one second, and sends
to its console. Each run has a daemon of its own: nobody looks, then the open pages and the requests a second
that the promise speaks of, from another process. Lateness is what the ledger says, from the moment at which an alert
was due to the channel's yes. A last daemon, of which nothing is due, tells how long one viewer waits for a page: for
the first, and for those asked now and then, some of which are made anew.

Nothing here judges the figures: `README.md` beside this file tells what they mean.
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from pathlib import Path
from subprocess import DEVNULL, Popen
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from alertd.domain.alert import Kind
from alertd.ledger import DeliveryState, Ledger, queries

PATHS = (
    "/",
    "/live",
    "/?by=area",
    "/state",
    "/metrics",
    "/api/v1/truces",
    "/truces/t0001",
    "/",
    "/live",
    "/calendar.ics",
)
"""What is asked for, in turn."""

SPREADS = (60, 1)
"""Seconds within which all alerts fall due."""

SETTLE_SECONDS = 25.0
"""From the start of a daemon to the first end: it tells of every new truce first."""

AFTER_SECONDS = 15.0

ASKED = 25
"""How often one viewer asks for each page."""

PAUSE_SECONDS = 1.3
"""From one time to the next: no multiple of the daemon's second."""

PATIENCE_SECONDS = 30.0

ASK_SECONDS = 2.0
"""From one question of an open page to the next."""


@dataclass(frozen=True, slots=True)
class Load:
    """Who looks meanwhile."""

    name: str
    pages: int
    requests_a_second: int


@dataclass(frozen=True, slots=True)
class Answers:
    """What the crowd got."""

    seconds: tuple[float, ...]
    failed: int


def main() -> None:
    """Measure each load in turn and print the table."""
    arguments = _arguments()
    loads = (Load("nobody", 0, 0), Load("a crowd", arguments.pages, arguments.requests))
    columns = "due within | who looks | alerts | p50 | p99 | max | answers | p50 ms | p99 ms | failed"
    _say(f"| {columns} |")
    _say("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for spread, load in product(SPREADS, loads):
        with TemporaryDirectory() as folder:
            late, answers = _measure(Path(folder), load, arguments.truces, spread)
        milliseconds = [1000 * seconds for seconds in answers.seconds]
        _say(
            f"| {spread} s | {load.name} | {len(late):,} | {_at(late, 0.5)} | {_at(late, 0.99)} | {_at(late, 1)} "
            f"| {len(milliseconds):,} | {_at(milliseconds, 0.5)} | {_at(milliseconds, 0.99)} "
            f"| {answers.failed} |",
        )
    _say("\n| page | first ms | p50 ms | max ms |")
    _say("| --- | ---: | ---: | ---: |")
    with TemporaryDirectory() as folder:
        for path, (first, *later) in _waits(Path(folder), arguments.truces).items():
            _say(f"| `{path}` | {first:.0f} | {_at(later, 0.5)} | {_at(later, 1)} |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--truces", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--requests", type=int, default=50, help="a second")
    return parser.parse_args()


def _measure(config: Path, load: Load, truces: int, spread: int) -> tuple[list[float], Answers]:
    """How late each alert was, in ms, and what the crowd got."""
    ends = (datetime.now(UTC) + timedelta(seconds=SETTLE_SECONDS)).replace(microsecond=0)
    with _board(config, ends, truces, spread) as url:
        crowd = _Crowd(url, load, until=ends.timestamp() + spread + AFTER_SECONDS)
        answers = asyncio.run(crowd.look())
        return _lateness(config, ends), answers


def _waits(config: Path, truces: int) -> dict[str, list[float]]:
    """How long one viewer waits for each page, in ms, the first time and later ones."""
    nobody = Load("nobody", 0, 0)
    waited: dict[str, list[float]] = {path: [] for path in ("/", "/?by=area", "/timeline")}
    with _board(config, datetime.now(UTC) + timedelta(days=2), truces, spread=60) as url:
        asyncio.run(_Crowd(url, nobody, until=time.time() + SETTLE_SECONDS).look())
        for _, (path, seconds) in product(range(ASKED), waited.items()):
            time.sleep(PAUSE_SECONDS)
            began = time.monotonic()
            with urlopen(url + path) as answer:
                answer.read()
            seconds.append(1000 * (time.monotonic() - began))
    return waited


@contextmanager
def _board(config: Path, ends: datetime, truces: int, spread: int) -> Iterator[str]:
    """A daemon with a board, and where that is; ends what it starts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    _write(config, port, ends, truces, spread)
    with (config / "log.txt").open("wb") as log:
        daemon = Popen(  # noqa: S603  this very program
            [sys.executable, "-m", "alertd", "--config", str(config), "run"], stdout=DEVNULL, stderr=log, stdin=DEVNULL
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(PATIENCE_SECONDS)


def _write(config: Path, port: int, ends: datetime, truces: int, spread: int) -> None:
    (config / "truces").mkdir()
    (config / "alertd.toml").write_text(f'[[channel]]\nname = "console"\nkind = "console"\n[board]\nlisten = {port}\n')
    moments = [(ends + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ") for second in range(spread)]
    (config / "truces" / "all.toml").write_text(
        "\n".join(
            f'[[truce]]\nid = "t{number:04}"\ntitle = "Calm in place {number}"\nzone = "Asia/Damascus"\n'
            f'area = "Area {number % 25}"\nstarts = 2016-05-02T10:00:00Z\n'
            f"ends = {moments[number % spread]}\nlead_times = []\nafter = []\n"
            for number in range(truces)
        )
    )


def _lateness(config: Path, ends: datetime) -> list[float]:
    ledger = Ledger.open_reader(config / "state" / "ledger.db")
    try:
        rows = [row for row in ledger.run(queries.history) if row.kind == Kind.LAPSED and row.due_at >= ends]
    finally:
        ledger.close()
    unsent = [row for row in rows if row.state is not DeliveryState.DELIVERED or row.settled_at is None]
    if unsent or not rows:
        sys.exit(f"{len(unsent)} of {len(rows)} alerts were not sent in time: the daemon needs longer here")
    return [1000 * (row.settled_at - row.due_at).total_seconds() for row in rows if row.settled_at is not None]


class _Crowd:
    def __init__(self, url: str, load: Load, until: float) -> None:
        self._url = url
        self._load = load
        self._until = until
        self._seconds: list[float] = []
        self._failed = 0

    async def look(self) -> Answers:
        """Look until the end, and tell what was answered."""
        timeout = ClientTimeout(total=None, sock_connect=PATIENCE_SECONDS)
        async with ClientSession(connector=TCPConnector(limit=0), timeout=timeout) as session:
            await self._begin(session)
            pages = [asyncio.create_task(self._follow(session)) for _ in range(self._load.pages)]
            asked = [task async for task in self._requests(session)]
            await asyncio.gather(*asked, *pages)
        return Answers(tuple(self._seconds), self._failed)

    async def _begin(self, session: ClientSession) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                async with session.get(f"{self._url}/readyz") as answer:
                    if answer.ok:
                        return
            except ClientError:
                pass
            await asyncio.sleep(0.1)
        sys.exit("the board did not open")

    async def _requests(self, session: ClientSession):  # noqa: ANN202  tasks
        paths = cycle(PATHS)
        while time.time() < self._until:
            if self._load.requests_a_second:
                yield asyncio.create_task(self._ask(session, next(paths)))
            await asyncio.sleep(1 / (self._load.requests_a_second or 1))

    async def _ask(self, session: ClientSession, path: str) -> bytes:
        began, body = time.monotonic(), b""
        try:
            async with session.get(self._url + path) as answer:
                body = await answer.read()
                self._failed += not answer.ok
        except ClientError:
            self._failed += 1
        self._seconds.append(time.monotonic() - began)
        return body

    async def _follow(self, session: ClientSession) -> None:
        """An open page: it asks for the state again and again, and for what is new."""
        version = None
        while time.time() < self._until:
            state = json.loads(await self._ask(session, "/state") or "{}")
            if state.get("version") != version:
                version = state.get("version")
                await self._ask(session, "/live")
            await asyncio.sleep(ASK_SECONDS)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _at(values: Sequence[float], share: float) -> str:
    if not values:
        return "-"
    ordered = sorted(values)
    return f"{ordered[min(int(share * len(ordered)), len(ordered) - 1)]:.0f}"


if __name__ == "__main__":
    os.environ.pop("ALERTD_CONFIG", None)
    main()
