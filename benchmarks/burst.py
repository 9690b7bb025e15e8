#!/usr/bin/env python3
"""How fast alerts go out that are due at one instant, durable in the ledger, beside two peers and the same sink.

- `alertd`: truces that all end at one instant, a webhook channel without digests, so one message for each delivery.
- `alertd, PostgreSQL`: the same with the ledger on a server of this machine, each commit on the disk before it counts.
- `alertd, digests`: the same with digests.
- `Alertmanager`: as many alerts, each a group of its own, posted to its API.
- `APScheduler and Apprise`: a date job for each alert, calling Apprise from its twenty threads.
- `alertd, slow` and `Apprise, slow`: a sink that answers after 200 ms, twenty `json://` URLs: with alertd's Apprise
  channel, and with Apprise's own `notify()` for each alert.

Neither peer keeps what it has sent: after a crash, Alertmanager sends again what it is told again, and jobs are gone.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import Request, urlopen

import psycopg
from running import (
    HERE,
    SinkProcess,
    alertd,
    alertmanager,
    busy,
    cpu_seconds,
    peak_mib,
    process,
    sink,
    truce_text,
    until,
    write_config,
)

sys.path.insert(0, str(HERE.parent / "tests"))

import postgresql

COUNT = 10_000
SLOW_URLS = 20
SLOW_MS = 200
ALERTMANAGER_CONFIG = """
route: {{receiver: sink, group_by: ["..."], group_wait: 0s, group_interval: 1s, repeat_interval: 24h}}
receivers: [{{name: sink, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]}}]
"""
ALERTMANAGER_BATCH = 500


@dataclass(frozen=True, slots=True)
class Burst:
    """One burst by one subject."""

    alerts: int
    messages: int
    seconds: float
    """From the instant at which they were due to the last that came."""
    cpu_seconds: float
    peak_mib: float
    kept: str
    """What is durable of it afterwards."""

    @property
    def rate(self) -> float:
        """Alerts a second."""
        return self.alerts / self.seconds


def alertd_burst(folder: Path, to: SinkProcess, count: int, *, digest: bool) -> Burst:
    """Truces that all end at one instant."""
    return _alertd(folder, to, webhook(to, digest=digest), count, targets=1)


def webhook(to: SinkProcess, *, digest: bool) -> str:
    """The keys of a channel that posts to the sink."""
    return f'kind = "webhook"\nurl = "http://127.0.0.1:{to.port}/"\ndigest = {str(digest).lower()}'


def alertd_on_server(folder: Path, to: SinkProcess, count: int) -> Burst:
    """The burst of truces, with the ledger on PostgreSQL as it comes: every commit waits for the disk."""
    with durable_server() as server:
        return _alertd(folder, to, webhook(to, digest=False), count, targets=1, server=server.new().url)


def durable_server() -> AbstractContextManager[postgresql.Server]:
    """PostgreSQL as it comes, and not as tests have it."""
    return postgresql.server(fsync="on", synchronous_commit="on", full_page_writes="on", autovacuum="on")


def _alertd(  # noqa: PLR0913  what is measured
    folder: Path, to: SinkProcess, channel: str, count: int, *, targets: int, server: str | None = None
) -> Burst:
    """Measure a daemon with one channel; `count` truces for each of its targets."""
    config = folder / f"alertd-{time.monotonic_ns()}"
    settings = f'[policy]\nlead_times = []\nafter = []\n[[channel]]\nname = "sink"\nalerts = ["lapsed"]\n{channel}\n'
    if server is not None:
        settings += '[ledger]\nurl = { env = "LEDGER_URL" }\n'
        os.environ["LEDGER_URL"] = server
    # A start reads and plans all of them first; the time for that grows with what else runs here. In whole seconds, as
    # an end is written.
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=20 + count // 150)
    write_config(config, settings, [truce_text(f"truce-{number:05}", ends) for number in range(count)])
    deliveries = count * targets
    with alertd(config) as daemon:
        if datetime.now(UTC) > ends - timedelta(seconds=3):
            raise SystemExit("the machine is too busy: the daemon was not ready before the burst was due")
        to.clear()
        time.sleep(max((ends - datetime.now(UTC)).total_seconds() - 1, 0))
        before = cpu_seconds(daemon.pid)
        ledger = server or config / "state" / "ledger.db"
        until(lambda: _delivered(ledger) >= deliveries, f"{deliveries} deliveries", 600, pause=1)
        came = to.came()
        last = max(at for at, _ in came)
        return Burst(
            alerts=deliveries,
            messages=len(came),
            seconds=last - ends.timestamp(),
            cpu_seconds=cpu_seconds(daemon.pid) - before,
            peak_mib=peak_mib(daemon.pid),
            kept=f"{_delivered(ledger):,} deliveries, {_attempts(ledger):,} attempts",
        )


def _delivered(ledger: Path | str) -> int:
    return _count(ledger, "select count(*) from delivery where state = 'delivered' and kind = 'lapsed'")


def _attempts(ledger: Path | str) -> int:
    return _count(ledger, "select count(*) from attempt")


def _count(ledger: Path | str, query: str) -> int:
    """`ledger` is a file, or the URL of a server."""
    opened = psycopg.connect(ledger) if isinstance(ledger, str) else sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)
    with closing(opened) as connection:
        (count,) = connection.execute(query).fetchone()
        return int(count)


def alerts_of_api(count: int) -> list[bytes]:
    """Alerts as Alertmanager's API takes them, several hundred a request."""
    return [
        json.dumps(
            [{"labels": {"alertname": "lapsed", "truce": f"truce-{number:05}"}} for number in range(start, stop)]
        ).encode()
        for start in range(0, count, ALERTMANAGER_BATCH)
        for stop in (min(start + ALERTMANAGER_BATCH, count),)
    ]


def post_alerts(port: int, body: bytes) -> None:
    """Post alerts to the Alertmanager of a port; raises OSError."""
    request = Request(f"http://127.0.0.1:{port}/api/v2/alerts", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60):
        pass


def alertmanager_burst(folder: Path, to: SinkProcess, count: int) -> Burst:
    """Alerts posted to Alertmanager's API, in requests of several hundred, as Prometheus does."""
    data = folder / f"alertmanager-{time.monotonic_ns()}"
    bodies = alerts_of_api(count)
    with alertmanager(data, ALERTMANAGER_CONFIG.format(port=to.port)) as (manager, port):
        to.clear()
        before, began = cpu_seconds(manager.pid), time.time()
        for body in bodies:
            post_alerts(port, body)
        came = to.wait_for(count, 300)
        return Burst(
            alerts=count,
            messages=len(came),
            seconds=max(at for at, _ in came) - began,
            cpu_seconds=cpu_seconds(manager.pid) - before,
            peak_mib=peak_mib(manager.pid),
            kept="nothing until its snapshot, every 15 min",
        )


def peer_burst(folder: Path, to: SinkProcess, count: int, peer: str) -> Burst:
    """A peer that is a script: `peers.py` beside this file."""
    due = time.time() + 10 + count / 1000
    log = folder / f"{peer}.txt"
    to.clear()
    with process([sys.executable, str(HERE / "peers.py"), peer, str(to.port), str(count), str(due)], out=log) as script:
        until(lambda: time.time() > due - 1, "the burst", 600)
        before = cpu_seconds(script.pid)
        alerts = count * (SLOW_URLS if peer == "apprise" else 1)
        came = to.wait_for(alerts, 600)
        return Burst(
            alerts=alerts,
            messages=len(came),
            seconds=max(at for at, _ in came) - due,
            cpu_seconds=cpu_seconds(script.pid) - before,
            peak_mib=peak_mib(script.pid),
            kept="nothing",
        )


def slow_alertd(folder: Path, to: SinkProcess, count: int) -> Burst:
    """Apprise's `json://` in alertd, to several URLs of a sink that is slow."""
    urls = ", ".join(f'"json://127.0.0.1:{to.port}/{number}"' for number in range(SLOW_URLS))
    return _alertd(folder, to, f'kind = "apprise"\nurl = [{urls}]\ndigest = false', count, targets=SLOW_URLS)


def main() -> None:
    """Run every subject as often as asked for, in turns, and print medians and ratios."""
    parser = argparse.ArgumentParser(description="Alerts that are due at one instant.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--slow", type=int, default=50, help=f"alerts for each of {SLOW_URLS} slow URLs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="subjects whose name holds this text")
    arguments = parser.parse_args()
    count, slow = arguments.count, arguments.slow
    rows: dict[str, list[Burst]] = {}
    with TemporaryDirectory() as name, sink(Path(name)) as fast, sink(Path(name), SLOW_MS) as late:
        folder = Path(name)
        subjects: dict[str, Callable[[], Burst]] = {
            "alertd": lambda: alertd_burst(folder, fast, count, digest=False),
            "alertd, PostgreSQL": lambda: alertd_on_server(folder, fast, count),
            "Alertmanager": lambda: alertmanager_burst(folder, fast, count),
            "APScheduler and Apprise": lambda: peer_burst(folder, fast, count // 5, "apscheduler"),
            "alertd, digests": lambda: alertd_burst(folder, fast, count, digest=True),
            "alertd, slow": lambda: slow_alertd(folder, late, slow),
            "Apprise, slow": lambda: peer_burst(folder, late, slow, "apprise"),
        }
        for number in range(arguments.rounds):
            for subject, run in subjects.items():
                if arguments.only is None or arguments.only in subject:
                    rows.setdefault(subject, []).append(run())
                    sys.stderr.write(f"round {number + 1}: {subject}: {rows[subject][-1]}\n")
    for line in _table(rows):
        sys.stdout.write(f"{line}\n")


def _table(rows: dict[str, list[Burst]]) -> Iterator[str]:
    heads = (
        "subject",
        "alerts",
        "messages",
        "alerts/s",
        "last came after s",
        "CPU s",
        "peak MiB",
        "alertd is",
        "durable then",
    )
    yield f"| {' | '.join(heads)} |"
    yield "| --- " + "| ---: " * 7 + "| --- |"
    for subject, bursts in rows.items():
        one = sorted(bursts, key=lambda burst: burst.seconds)[len(bursts) // 2]
        own = "alertd, slow" if "slow" in subject else "alertd"
        ratio = ""
        if subject != own and own in rows:
            ours, theirs = (median(burst.rate for burst in rows[each]) for each in (own, subject))
            ratio = f"{ours / theirs:.2f} times as fast"
        yield (
            f"| {subject} | {one.alerts:,} | {one.messages:,} | {one.rate:,.0f} | {one.seconds:.1f} "
            f"| {one.cpu_seconds:.1f} | {one.peak_mib:.0f} | {ratio} | {one.kept} |"
        )
    yield f"\nMedians; {busy()}."


if __name__ == "__main__":
    main()
