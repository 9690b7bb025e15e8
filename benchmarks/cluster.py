#!/usr/bin/env python3
"""A burst in the middle of which whoever sends is killed: what is lost, what comes twice, how soon it goes on.

- `alertd, PostgreSQL`: two nodes; the active one is killed, and the other takes over.
- `alertd, SQLite`: one process; it is killed, and started again after 5 s, as by its service.
- `Alertmanager`: a cluster of two by gossip on loopback, ten times as often as by default; as Prometheus does, all
  alerts are sent to both, and again every minute; the one that sends first is killed.
- `Alertmanager, none killed`: the same, to tell what comes of the gossip and what of the death.

Each alert is a message of its own, in all of them. It is killed (SIGKILL) once half of the messages have come. The sink
counts each by its truce: Alertmanager has no mark for what may be a repeat. What is silent is the longest time without
any message, from the kill until each alert has come once.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.request import urlopen

from burst import alerts_of_api, durable_server, post_alerts, webhook
from running import (
    Arrival,
    SinkProcess,
    alertd,
    alertmanager,
    busy,
    free_port,
    sink,
    truce_text,
    until,
    write_config,
)

COUNT = 2_000
RESTART_SECONDS = 5
"""As `RestartSec` of alertd.service has it."""

AGAIN_SECONDS = 60
"""The time after which Prometheus sends an alert again (`--rules.alert.resend-delay`)."""

PATIENCE_SECONDS = 120
"""The time after the kill from which on an alert that has not come is lost: alerts are sent again within it."""

LINGER_SECONDS = 20
"""The time for which repeats are waited for, once each alert has come: one Alertmanager waits 15 s for another."""

GOSSIP = "--cluster.gossip-interval=20ms"
"""Instead of 200 ms, with which half of such a burst is repeated with nothing killed: loopback has room for it."""

ALERTMANAGER_CONFIG = """
route: {{receiver: sink, group_by: ["..."], group_wait: 0s, group_interval: 5m, repeat_interval: 4h}}
receivers: [{{name: sink, webhook_configs: [{{url: "http://127.0.0.1:{port}/", send_resolved: false}}]}}]
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """One burst, and what came of it."""

    alerts: int
    before: int
    """Messages that had come at the kill."""
    lost: int
    unmarked: int
    """Messages that say again without a mark what one without a mark has said."""
    marked: int
    """Messages with a mark that say again what another has said."""
    silent_seconds: float
    last_seconds: float
    """From the kill until each alert that ever came has come once."""


def alertd_nodes(folder: Path, to: SinkProcess, count: int) -> Failure:
    """Two nodes of alertd; the active one is killed."""
    with durable_server() as server, ExitStack() as running:
        ledger, env = '[ledger]\nurl = { env = "LEDGER_URL" }\n', {"LEDGER_URL": server.new().url}
        ends, configs = _truces(folder, to, count, *(f'node = "{node}"\n{ledger}' for node in "ab"))
        active = running.enter_context(alertd(configs[0], env))
        running.enter_context(alertd(configs[1], env, shown=b'"standby"'))
        _ready_before(ends)
        return _killed(to, count, active.kill)


def alertd_alone(folder: Path, to: SinkProcess, count: int) -> Failure:
    """One alertd, which is killed and started again."""
    ends, (config,) = _truces(folder, to, count, "")
    with ExitStack() as running:
        active = running.enter_context(alertd(config))
        _ready_before(ends)

        def kill_and_restart() -> None:
            active.kill()
            time.sleep(RESTART_SECONDS)
            running.enter_context(alertd(config))

        return _killed(to, count, kill_and_restart)


def _truces(folder: Path, to: SinkProcess, count: int, *settings: str) -> tuple[datetime, list[Path]]:
    """Truces that all end at one instant, in a config folder for each of the settings."""
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=40 + count // 100)
    truces = [truce_text(f"truce-{number:05}", ends) for number in range(count)]
    channel = f'[[channel]]\nname = "sink"\nalerts = ["lapsed"]\n{webhook(to, digest=False)}\n'
    configs = [folder / f"alertd-{time.monotonic_ns()}-{number}" for number, _ in enumerate(settings)]
    for config, own in zip(configs, settings, strict=True):
        write_config(config, f"{own}[policy]\nlead_times = []\nafter = []\n{channel}", truces)
    return ends, configs


def _ready_before(ends: datetime) -> None:
    if datetime.now(UTC) > ends - timedelta(seconds=1):
        raise SystemExit("the machine is too busy: alertd was not ready before the burst was due")


def alertmanager_cluster(folder: Path, to: SinkProcess, count: int, *, kill: bool) -> Failure:
    """Two nodes of Alertmanager; the one that sends first is killed, or none."""
    gossip = [free_port(), free_port()]
    stop, config = Event(), ALERTMANAGER_CONFIG.format(port=to.port)
    with ExitStack() as running:
        nodes = [
            running.enter_context(
                alertmanager(
                    folder / f"alertmanager-{time.monotonic_ns()}",
                    config,
                    (f"--cluster.listen-address=127.0.0.1:{own}", f"--cluster.peer=127.0.0.1:{other}", GOSSIP),
                )
            )
            for own, other in (gossip, gossip[::-1])
        ]
        ports = [port for _, port in nodes]
        until(lambda: all(_is_settled(port) for port in ports), "a cluster of two", 120, pause=0.5)
        first, _ = nodes[ports.index(min(ports, key=lambda port: _cluster(port)["name"]))]  # the order of their names
        to.clear()
        for port in ports:
            prometheus = Thread(target=_send_again_and_again, args=(port, alerts_of_api(count), stop))
            prometheus.start()
            running.callback(prometheus.join)
        running.callback(stop.set)
        return _killed(to, count, first.kill if kill else lambda: None)


def _is_settled(port: int) -> bool:
    cluster = _cluster(port)
    return cluster["status"] == "ready" and len(cluster["peers"]) == len("ab")


def _cluster(port: int) -> dict[str, Any]:
    with urlopen(f"http://127.0.0.1:{port}/api/v2/status", timeout=30) as answer:
        return json.load(answer)["cluster"]


def _send_again_and_again(port: int, bodies: Sequence[bytes], stop: Event) -> None:
    """Be Prometheus for one Alertmanager; what it cannot take comes again."""
    while True:
        for body in bodies:
            with suppress(OSError):
                post_alerts(port, body)
        if stop.wait(AGAIN_SECONDS):
            return


def _killed(to: SinkProcess, count: int, kill: Callable[[], None]) -> Failure:
    """Kill whoever sends once half has come, and judge what comes then."""
    until(lambda: to.count() >= count / 2, "half of the burst", 120, pause=0.001)
    killed_at, patience = time.time(), time.monotonic() + PATIENCE_SECONDS
    kill()
    while len({arrival.truce for arrival in to.arrivals()}) < count and time.monotonic() < patience:
        time.sleep(0.5)
    time.sleep(LINGER_SECONDS)
    return judged(to.arrivals(), count, killed_at)


def judged(arrivals: Sequence[Arrival], count: int, killed_at: float) -> Failure:
    """Count what came of each alert, of so many."""
    firsts, plain = dict[str, float](), defaultdict[str, int](int)
    for arrival in arrivals:
        firsts.setdefault(arrival.truce, arrival.at)
        plain[arrival.truce] += not arrival.marked
    last = max(*firsts.values(), killed_at)
    times = [killed_at, *(arrival.at for arrival in arrivals if killed_at < arrival.at <= last)]
    unmarked = sum(times_said - 1 for times_said in plain.values() if times_said)
    return Failure(
        alerts=count,
        before=sum(arrival.at <= killed_at for arrival in arrivals),
        lost=count - len(firsts),
        unmarked=unmarked,
        marked=len(arrivals) - len(firsts) - unmarked,
        silent_seconds=max((later - earlier for earlier, later in pairwise(times)), default=0.0),
        last_seconds=last - killed_at,
    )


def main() -> None:
    """Run every subject as often as asked for, in turns, and print sums, medians and ratios."""
    parser = argparse.ArgumentParser(description="A burst in the middle of which whoever sends is killed.")
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", help="subjects whose name holds this text")
    arguments = parser.parse_args()
    count, rows = arguments.count, dict[str, list[Failure]]()
    with TemporaryDirectory() as name, sink(Path(name)) as to:
        folder = Path(name)
        subjects: dict[str, Callable[[], Failure]] = {
            "alertd, PostgreSQL": lambda: alertd_nodes(folder, to, count),
            "alertd, SQLite": lambda: alertd_alone(folder, to, count),
            "Alertmanager": lambda: alertmanager_cluster(folder, to, count, kill=True),
            "Alertmanager, none killed": lambda: alertmanager_cluster(folder, to, count, kill=False),
        }
        for number in range(arguments.rounds):
            for subject, run in subjects.items():
                if arguments.only is None or arguments.only in subject:
                    to.clear()
                    rows.setdefault(subject, []).append(run())
                    sys.stderr.write(f"round {number + 1}: {subject}: {rows[subject][-1]}\n")
    for line in _table(rows):
        sys.stdout.write(f"{line}\n")


def _table(rows: dict[str, list[Failure]]) -> Iterator[str]:
    heads = ("subject", "alerts", "before the kill", "lost", "repeated unmarked", "marked")
    yield f"| {' | '.join(heads)} | silent s | all there after s | alertd, PostgreSQL, is |"
    yield "| --- " + "| ---: " * 7 + "| --- |"
    for subject, failures in rows.items():
        names = ("alerts", "before", "lost", "unmarked", "marked")
        counts = " | ".join(f"{sum(getattr(each, name) for each in failures):,}" for name in names)
        silent, last = (median(getattr(each, name) for each in failures) for name in ("silent_seconds", "last_seconds"))
        own, ratio = rows.get("alertd, PostgreSQL", []), ""
        ours = median(each.last_seconds for each in own) if own else 0.0
        if ours and own is not failures and "none" not in subject:
            ratio = f"{last / ours:.1f} times as fast"
        yield f"| {subject} | {counts} | {silent:.1f} | {last:.1f} | {ratio} |"
    yield f"\nSums of {max(map(len, rows.values()))} rounds, medians of the seconds; {busy()}."


if __name__ == "__main__":
    main()
