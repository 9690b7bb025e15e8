#!/usr/bin/env python3
"""What a small register costs: start, memory, idling and `check` with a dozen truces, beside peers in the same run.

- `alertd`: `alertd run` for the second time, without a channel but the console, at its pulse of one second.
- `Alertmanager`: with no alert, as its start and idling hardly depend on them; one program that was compiled.
- `libraries`: Python with APScheduler and Apprise loaded, a job each second that does nothing: the least that a
  script of one's own would cost.

A start counts from the command until it says that it is ready. Everything has its bytecode, as what pip installs has.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from typing import Any

from reading import write_register
from running import HERE, alertd, alertmanager, busy, cpu_seconds, peak_mib, process, until

TRUCES = 12
ALERTMANAGER_CONFIG = "{route: {receiver: nobody}, receivers: [{name: nobody}]}"
SETTLED_SECONDS = 6
"""After a start, until the files count as quiet and all is judged."""


@dataclass(frozen=True, slots=True)
class Small:
    """The figures of one subject."""

    start: float
    start_cpu: float
    peak_mib: float
    idle: float
    """The share of a core."""


def measure(subject: Callable[[], AbstractContextManager[int]], rounds: int, idle_seconds: float) -> Small:
    """The fastest start of several, and idling after the last."""
    starts = []
    for number in range(rounds):
        began = time.monotonic()
        with subject() as pid:
            starts.append((time.monotonic() - began, cpu_seconds(pid)))
            if number < rounds - 1:
                continue
            time.sleep(SETTLED_SECONDS)
            before = cpu_seconds(pid)
            time.sleep(idle_seconds)
            idle = (cpu_seconds(pid) - before) / idle_seconds
            return Small(min(wall for wall, _ in starts), min(cpu for _, cpu in starts), peak_mib(pid), idle)
    raise SystemExit("at least one round")


@contextmanager
def _alertd(config: Path) -> Any:  # noqa: ANN401  what contextmanager makes of it
    with alertd(config) as daemon:
        yield daemon.pid


@contextmanager
def _alertmanager(folder: Path) -> Any:  # noqa: ANN401  likewise
    with alertmanager(folder / str(time.monotonic_ns()), ALERTMANAGER_CONFIG) as (manager, _):
        yield manager.pid


@contextmanager
def _libraries(folder: Path) -> Any:  # noqa: ANN401  likewise
    told = folder / f"{time.monotonic_ns()}.txt"
    with process([sys.executable, str(HERE / "peers.py"), "idle", "9", "0", "0"], out=told) as script:
        until(lambda: told.read_bytes().endswith(b"\n"), "the libraries", 60)
        yield script.pid


def command_seconds(command: list[str], rounds: int) -> tuple[float, float]:
    """The fastest of several runs of a command, by the clock and of the processor."""
    took = []
    for _ in range(rounds):
        before, began = getrusage(RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  commands of this file alone
        wall, after = time.monotonic() - began, getrusage(RUSAGE_CHILDREN)
        took.append((wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return min(wall for wall, _ in took), min(cpu for _, cpu in took)


def main() -> None:
    """Measure every subject, and print both tables."""
    parser = argparse.ArgumentParser(description="What a small register costs.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    arguments = parser.parse_args()
    with TemporaryDirectory() as name:
        folder, config = Path(name), Path(name) / "config"
        config.mkdir()
        write_register(config, TRUCES, datetime.now(UTC))
        check = [sys.executable, "-m", "alertd", "--config", str(config), "check"]
        bare = [sys.executable, "-c", "import pydantic, typer; pydantic.BaseModel"]
        checks = {
            "`alertd check`": command_seconds(check, arguments.rounds),
            "pydantic and typer, loaded": command_seconds(bare, arguments.rounds),
        }
        with _alertd(config):  # the first start makes the ledger
            time.sleep(SETTLED_SECONDS)
        subjects: dict[str, Callable[[], AbstractContextManager[int]]] = {
            "alertd": lambda: _alertd(config),
            "Alertmanager": lambda: _alertmanager(folder),
            "libraries": lambda: _libraries(folder),
        }
        rows = {subject: measure(begun, arguments.rounds, arguments.idle) for subject, begun in subjects.items()}
    own = rows["alertd"]
    sys.stdout.write("| subject | start s (CPU) | peak MiB | idle | alertd takes: start, memory, idle |\n")
    sys.stdout.write("| --- | ---: | ---: | ---: | --- |\n")
    for subject, row in rows.items():
        takes = f"{own.start / row.start:.1f}, {own.peak_mib / row.peak_mib:.2f}, {_ratio(own.idle, row.idle)} times"
        sys.stdout.write(
            f"| {subject} | {row.start:.2f} ({row.start_cpu:.2f}) | {row.peak_mib:.0f} | {row.idle:.2%} "
            f"| {'' if subject == 'alertd' else takes} |\n"
        )
    sys.stdout.write("\n| command | s | CPU s | alertd takes |\n| --- | ---: | ---: | --- |\n")
    (wall, _), *_ = checks.values()
    for number, (command, (seconds, cpu)) in enumerate(checks.items()):
        takes = f"{wall / seconds:.1f} times as long" if number else ""
        sys.stdout.write(f"| {command} | {seconds:.2f} | {cpu:.2f} | {takes} |\n")
    sys.stdout.write(f"\nFastest of {arguments.rounds}; {busy()}.\n")


def _ratio(own: float, other: float) -> str:
    return f"{own / other:.1f}" if other else "many"


if __name__ == "__main__":
    main()
