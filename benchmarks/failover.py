#!/usr/bin/env python3
"""How long nobody sends when the active one of two nodes fails, and what is lost or comes twice unmarked.

Each round: two nodes on a real PostgreSQL, three webhook channels, and ten truces that end in each of ten seconds. At a
random moment the active node is killed, stopped (SIGSTOP), or cut off from PostgreSQL (its line carries nothing).
It is measured until the daemon of the other node has begun. `failover.py ROUNDS`; 100 take about an hour.
"""

import json
import random
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from running import HERE, busy, truce_text, write_config

sys.path.insert(0, str(HERE.parent / "tests"))

from postgresql import Server, server
from process import Hook, Process, until
from proxy import Line

TRUCES = 100
APART = timedelta(milliseconds=100)
CHANNELS = ("one", "two", "three")
CHANNEL = """
[[channel]]
name = "{name}"
kind = "webhook"
url = {{ file = "hook-url" }}
alerts = ["lapsed"]
digest = false
"""
SETTINGS = """
node = "{node}"
[ledger]
url = {{ file = "ledger-url" }}
[policy]
lead_times = []
after = []
"""
HOWS = ("killed", "stopped", "cut off")


@dataclass(frozen=True, slots=True)
class Round:
    """One failure, and what came of it."""

    how: str
    seconds: float
    """From the failure to the daemon of the other node."""
    lost: int
    unmarked: int
    marked: int


def one(how: str, database: Server, folder: Path, chance: random.Random) -> Round:
    """One round."""
    with Hook(lambda: chance.uniform(0, 0.05)) as hook, Line(database.port) as line, ExitStack() as ends:
        url = database.new(host="127.0.0.1").url
        first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=10)
        truces = [truce_text(f"t-{number:03}", first + number * APART) for number in range(TRUCES)]
        nodes: dict[str, Process] = {}
        for node, port in (("a", line.port), ("b", database.port)):
            config = folder / node
            write_config(
                config, SETTINGS.format(node=node) + "".join(CHANNEL.format(name=name) for name in CHANNELS), truces
            )
            (config / "ledger-url").write_text(url.replace(f"port={database.port}", f"port={port}"))
            (config / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
            process = nodes[node] = Process(config)
            ends.callback(_end, process)
            process.start("agenda." if node == "a" else '"standby"')
        moment = first + chance.uniform(0, 0.8) * TRUCES * APART
        time.sleep(max((moment - datetime.now(UTC)).total_seconds(), 0))
        failed_at = datetime.now(UTC)
        if how == "killed":
            nodes["a"].kill()
        elif how == "stopped":
            nodes["a"].send(signal.SIGSTOP)
        else:
            line.cut()
        until(lambda: _began(nodes["b"]), "the take-over", patience=60)
        until(lambda: len(_came(hook)) == len(CHANNELS) * TRUCES, "every delivery", patience=90)
        if how == "stopped":
            nodes["a"].send(signal.SIGCONT)
        line.mend()
        time.sleep(2)  # for what the one that wakes up may send
        return _judged(how, _began(nodes["b"]) - failed_at.timestamp(), hook)


def _end(process: Process) -> None:
    if process.alive:
        process.send(signal.SIGCONT)
        process.kill()


def _began(process: Process) -> float:
    """The moment at which the daemon of a node began; 0 before."""
    lines = (json.loads(line) for line in process.logged().splitlines() if line.startswith("{"))
    began = [line["timestamp"] for line in lines if line["event"] == "daemon.started"]
    return datetime.fromisoformat(began[0]).timestamp() if began else 0.0


def _came(hook: Hook) -> Counter[tuple[str, str]]:
    """The alerts that came, each with its channel and whether it was marked as a possible repeat."""
    return Counter(
        (post["alerts"][0]["channel"], post["alerts"][0]["truce"])
        for post in list(hook.posts)
        if post["alerts"][0]["truce"]
    )


def _judged(how: str, seconds: float, hook: Hook) -> Round:
    seen, unmarked, marked = set(), 0, 0
    for post in hook.posts:
        told = post["alerts"][0]
        key, is_marked = (told["channel"], told["truce"]), "POSSIBLE REPEAT" in post["title"]
        marked += is_marked
        unmarked += bool(told["truce"]) and key in seen and not is_marked
        seen.add(key)
    lost = len(CHANNELS) * TRUCES - len(_came(hook))
    return Round(how, seconds, lost=lost, unmarked=unmarked, marked=marked)


def main() -> None:
    """Print a row for each way to fail."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    chance = random.Random(20161129)  # noqa: S311  the same moments in every run
    rounds: list[Round] = []
    with server() as database:
        for number in range(count):
            with TemporaryDirectory() as folder:
                rounds.append(one(HOWS[number % len(HOWS)], database, Path(folder), chance))
            print(rounds[-1], file=sys.stderr, flush=True)  # noqa: T201  the script's output
    print("| active node | rounds | p50 s | worst s | lost | repeated unmarked | marked |")  # noqa: T201
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")  # noqa: T201
    for how in HOWS:
        if of_it := [each for each in rounds if each.how == how]:
            seconds = [each.seconds for each in of_it]
            counts = (sum(getattr(each, name) for each in of_it) for name in ("lost", "unmarked", "marked"))
            measured = f"{how} | {len(of_it)} | {median(seconds):.1f} | {max(seconds):.1f}"
            print(f"| {measured} | {' | '.join(map(str, counts))} |")  # noqa: T201
    print(f"\n{busy()}")  # noqa: T201


if __name__ == "__main__":
    main()
