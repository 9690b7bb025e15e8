#!/usr/bin/env python3
"""How long nobody sends when the active one of two nodes fails, and what is lost or comes twice unmarked.

Each round: two nodes as real processes on a real PostgreSQL; three channels (a webhook, Apprise's `json://`, mail); a
hundred truces, of which ten end in each of ten seconds, so 300 deliveries. In the middle of the sends the active one is
killed, stopped (SIGSTOP), or cut off from PostgreSQL (its line carries nothing). It is measured until the daemon of
the other node has begun. The one that was stopped or cut off comes back while the other one sends, or later.

All that chance has a say in comes from the seed of a round: `failover.py --seed 17 1` plays round 17 again. A round in
which something is lost, comes twice unmarked or does not happen in time is told with its seed and its logs are kept;
the exit code is then 1.
"""

import argparse
import json
import re
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import mkdtemp

from running import HERE, busy, truce_text, write_config

sys.path.insert(0, str(HERE.parent / "tests"))

from postgresql import Server, server
from process import Hook, Mailbox, Process, until, write_truces
from proxy import Line

TRUCES = 100
APART = timedelta(milliseconds=100)
CHANNELS = ("webhook", "apprise", "mail")
DELIVERIES = len(CHANNELS) * TRUCES
SETTINGS = """
node = "{node}"
[ledger]
url = {{ file = "ledger-url" }}
[policy]
lead_times = []
after = []
[[channel]]
name = "webhook"
kind = "webhook"
url = {{ file = "hook-url" }}
alerts = ["lapsed"]
digest = false
[[channel]]
name = "apprise"
kind = "apprise"
url = {{ file = "json-url" }}
alerts = ["lapsed"]
digest = false
[[channel]]
name = "mail"
kind = "apprise"
url = {{ file = "mail-url" }}
alerts = ["lapsed"]
digest = false
"""
HOWS = ("killed", "stopped", "cut off")
_NAMED = re.compile(r"Calm in (t-[0-9]+):")


@dataclass(frozen=True, slots=True)
class Chance:
    """The draws of one round."""

    how: str
    part: float
    """The part of the ends that has come when the active node fails."""
    answer_seconds: float
    """The longest time after which the webhook answers; a quarter of it with the other channels."""
    back_seconds: float
    """The time after the take-over when the node that failed comes back, unless it was killed."""
    delays: Random

    @classmethod
    def of(cls, seed: int) -> "Chance":
        """That of a seed."""
        chance = Random(seed)  # noqa: S311  the same in every run
        return cls(
            how=HOWS[seed % len(HOWS)],
            part=chance.uniform(0, 0.8),
            answer_seconds=chance.choice((0.05, 0.3, 1)),
            back_seconds=chance.uniform(0, 5),
            delays=Random(seed + 1),  # noqa: S311  likewise
        )


@dataclass(frozen=True, slots=True)
class Round:
    """One failure, and what came of it."""

    seed: int
    how: str
    seconds: float
    """From the failure to the daemon of the other node."""
    lost: int
    unmarked: int
    """Alerts that came more than once without a mark."""
    marked: int
    """Messages with a mark."""
    behind: int
    """Alerts whose message without a mark came after the one with it."""
    fault: str = ""
    """The thing that did not happen in time."""

    @property
    def is_well(self) -> bool:
        """True if all that is promised was kept."""
        return not (self.lost or self.unmarked or self.fault)


class Receivers:
    """The servers behind the three channels."""

    def __init__(self, chance: Chance, ends: ExitStack) -> None:
        longest, delays = chance.answer_seconds, chance.delays
        self._hook = ends.enter_context(Hook(lambda: delays.uniform(0, longest)))
        self._json = ends.enter_context(Hook(lambda: delays.uniform(0, longest / 4)))
        self._mailbox = ends.enter_context(Mailbox(lambda: delays.uniform(0, longest / 4)))

    def write_urls(self, config: Path) -> None:
        """Tell a node how to reach them."""
        (config / "hook-url").write_text(f"http://127.0.0.1:{self._hook.port}/")
        (config / "json-url").write_text(self._json.url)
        (config / "mail-url").write_text(self._mailbox.url)

    def came(self) -> Iterator[tuple[tuple[str, str], bool]]:
        """Each message about a truce, with its channel and whether it was marked; those of a channel in their order."""
        titles = (self._hook.titles, self._json.titles, self._mailbox.subjects)
        for channel, told in zip(CHANNELS, titles, strict=True):
            for title in told:
                if named := _NAMED.search(title):
                    yield (channel, named[1]), "POSSIBLE REPEAT" in title


def play(seed: int, database: Server) -> Round:
    """One round; what it wrote is kept where something went wrong."""
    chance, folder = Chance.of(seed), Path(mkdtemp(prefix=f"failover-{seed}-"))
    done = _play(seed, chance, database, folder)
    if done.is_well:
        shutil.rmtree(folder)
        kept = ""
    else:
        kept = f" logs: {folder}"
    sys.stderr.write(f"{done}{kept}\n")
    return done


def _play(seed: int, chance: Chance, database: Server, folder: Path) -> Round:
    with Line(database.port) as line, ExitStack() as ends:
        receivers = Receivers(chance, ends)
        nodes = _start(folder, database, line, receivers, ends)
        first = _write_truces(folder, nodes["a"])
        time.sleep(max((first + chance.part * TRUCES * APART - datetime.now(UTC)).total_seconds(), 0))
        failed_at, fault = datetime.now(UTC), ""
        if chance.how == "killed":
            nodes["a"].kill()
        elif chance.how == "stopped":
            nodes["a"].send(signal.SIGSTOP)
        else:
            line.cut()
        try:
            until(lambda: _began(nodes["b"]), "the take-over", patience=60)
            time.sleep(chance.back_seconds)
            if chance.how == "stopped":
                nodes["a"].send(signal.SIGCONT)
            line.mend()
            _wait_for_all(receivers)
            if chance.how != "killed":
                until(lambda: '"standby"' in nodes["a"].logged(), "the stand-by of the one that came back", patience=60)
            time.sleep(1)  # for what is on its way
        except AssertionError as error:
            fault = str(error)
        return _judged(seed, chance.how, _began(nodes["b"]) - failed_at.timestamp(), receivers, fault)


def _wait_for_all(receivers: Receivers) -> None:
    """Wait for as long as something still comes."""
    came = -1
    while came < DELIVERIES:
        before = came
        until(lambda: len(_seen(receivers)) > before, f"more than {before} of the deliveries", patience=120)  # noqa: B023
        came = len(_seen(receivers))


def _seen(receivers: Receivers) -> set[tuple[str, str]]:
    return {key for key, _ in receivers.came()}


def _start(folder: Path, database: Server, line: Line, receivers: Receivers, ends: ExitStack) -> dict[str, Process]:
    """Node a, which is active and reaches PostgreSQL by a line, and node b, which stands by."""
    url = database.new(host="127.0.0.1").url
    nodes: dict[str, Process] = {}
    for node, port, seen in (("a", line.port, "agenda."), ("b", database.port, '"standby"')):
        config = folder / node
        write_config(config, SETTINGS.format(node=node), [truce_text("later", datetime.now(UTC) + timedelta(days=1))])
        (config / "ledger-url").write_text(url.replace(f"port={database.port}", f"port={port}"))
        receivers.write_urls(config)
        process = nodes[node] = Process(config)
        ends.callback(_end, process)
        process.start(seen)
    return nodes


def _write_truces(folder: Path, active: Process) -> datetime:
    """Give both nodes truces that end soon, and wait until they are planned; gives the first end."""
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=10)
    truces = [truce_text(f"t-{number:03}", first + number * APART) for number in range(TRUCES)]
    for node in ("b", "a"):
        write_truces(folder / node, *truces)
    until(lambda: f'"truces": {TRUCES}, "planned"' in active.logged(), "the truces taken in", patience=60)
    return first


def _end(process: Process) -> None:
    if process.alive:
        process.send(signal.SIGCONT)
        process.kill()


def _began(process: Process) -> float:
    """The moment at which the daemon of a node began; 0 before."""
    lines = (json.loads(line) for line in process.logged().splitlines() if '"daemon.started"' in line)
    return next((datetime.fromisoformat(line["timestamp"]).timestamp() for line in lines), 0.0)


def _judged(seed: int, how: str, seconds: float, receivers: Receivers, fault: str) -> Round:
    unmarked = Counter[tuple[str, str]]()
    seen, marked, behind = set[tuple[str, str]](), 0, 0
    for key, is_marked in receivers.came():
        marked += is_marked
        behind += not is_marked and key in seen and not unmarked[key]
        unmarked[key] += not is_marked
        seen.add(key)
    return Round(
        seed,
        how,
        max(seconds, 0.0),
        lost=DELIVERIES - len(seen),
        unmarked=sum(count > 1 for count in unmarked.values()),
        marked=marked,
        behind=behind,
        fault=fault,
    )


def main() -> None:
    """Print a row for each way to fail."""
    parser = argparse.ArgumentParser(description="Two nodes, of which the active one fails.")
    parser.add_argument("rounds", nargs="?", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1, help="that of the first round; each next has the next number")
    parser.add_argument("--at-once", type=int, default=3, help="rounds side by side, as they mostly wait")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.rounds)
    with server() as database, ThreadPoolExecutor(arguments.at_once) as pool:
        rounds = list(pool.map(lambda seed: play(seed, database), seeds))
    for line in _table(rounds):
        sys.stdout.write(f"{line}\n")
    raise SystemExit(0 if all(each.is_well for each in rounds) else 1)


def _table(rounds: list[Round]) -> Iterator[str]:
    yield "| active node | rounds | p50 s | worst s | lost | repeated unmarked | marked | came behind its repeat |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for how in HOWS:
        if of_it := [each for each in rounds if each.how == how]:
            seconds = [each.seconds for each in of_it]
            counts = (sum(getattr(each, name) for each in of_it) for name in ("lost", "unmarked", "marked", "behind"))
            measured = f"{how} | {len(of_it)} | {median(seconds):.1f} | {max(seconds):.1f}"
            yield f"| {measured} | {' | '.join(map(str, counts))} |"
    failing = ", ".join(f"{each.seed} ({each.fault or 'see above'})" for each in rounds if not each.is_well)
    yield f"\nSeeds {rounds[0].seed} to {rounds[-1].seed}, failing: {failing or 'none'}; {busy()}."


if __name__ == "__main__":
    main()
