#!/usr/bin/env python3
"""What a register of a given size costs a running daemon: start, restart, an edit, idling, memory.

There is no peer that keeps truces; each size is the peer of the others, as cost should grow with the size alone, and an
edit not even with that. Time is told twice: by the clock, and of the processor, which other work does not stretch.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from reading import write_register
from running import alertd, busy, cpu_seconds, peak_mib, until

SIZES = (12, 1_000, 10_000, 100_000)
EDITS = 5
SETTLED_SECONDS = 5
"""After an edit, until the files count as quiet and all is judged."""


def measure(folder: Path, size: int, idle_seconds: float) -> str:
    """One row of the table."""
    config = folder / str(size)
    config.mkdir()
    write_register(config, size, datetime.now(UTC))
    began = time.monotonic()
    with alertd(config, seconds=1800) as daemon:
        cold, cold_cpu = time.monotonic() - began, cpu_seconds(daemon.pid)
        # The first messages go out meanwhile and after it: an alert about each truce.
        until(lambda: _is_quiet(daemon.pid), "a daemon at rest", 1800)
        told_cpu = cpu_seconds(daemon.pid)
        cold_mib = peak_mib(daemon.pid)
    began = time.monotonic()
    with alertd(config, seconds=600) as daemon:
        warm, warm_cpu = time.monotonic() - began, cpu_seconds(daemon.pid)
        time.sleep(SETTLED_SECONDS)
        until(lambda: _is_quiet(daemon.pid), "a daemon at rest", 600)
        edits = [_edit(config, number) for number in range(EDITS)]
        until(lambda: _is_quiet(daemon.pid), "a daemon at rest", 600)
        before = cpu_seconds(daemon.pid)
        time.sleep(idle_seconds)
        idle = (cpu_seconds(daemon.pid) - before) / idle_seconds
        warm_mib = peak_mib(daemon.pid)
    return (
        f"| {size:,} | {cold:.1f} ({cold_cpu:.1f}) | {told_cpu:.1f} | {warm:.1f} ({warm_cpu:.1f}) "
        f"| {median(edits):.2f} | {max(edits):.2f} "
        f"| {idle:.2%} | {cold_mib:.0f} | {warm_mib:.0f} | {busy()} |"
    )


def _is_quiet(pid: int) -> bool:
    """Whether a process does next to nothing for two seconds."""
    before = cpu_seconds(pid)
    time.sleep(2)
    return cpu_seconds(pid) - before < 0.1  # noqa: PLR2004  a twentieth of a core


def _edit(config: Path, number: int) -> float:
    """Move the start of one truce, and wait until the ledger has what follows; gives the seconds it took."""
    log, file = config / "log.txt", config / "truces" / "0000.toml"
    text = file.read_text()
    seen = log.stat().st_size
    file.write_text(
        text.replace(f'District {number}"', f'District {number}, moved"', 1).replace(":00:00\n", ":00:01\n", 1)
    )
    began = time.monotonic()
    until(lambda: b"tick.done" in log.read_bytes()[seen:], "an edit taken in", 60, pause=0.005)
    took = time.monotonic() - began
    time.sleep(SETTLED_SECONDS + number / EDITS)  # each edit meets the pulse at another moment of its second
    return took


def main() -> None:
    """Measure every size, and print the table."""
    parser = argparse.ArgumentParser(description="What a register costs a running daemon.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--idle", type=float, default=60.0, help="seconds")
    arguments = parser.parse_args()
    sys.stdout.write(
        "| truces | cold start s (CPU) | all told, CPU s | warm restart s (CPU) | edit s, median | worst | idle "
        "| peak MiB | warm peak MiB | machine |\n| ---: " + "| ---: " * 8 + "| --- |\n"
    )
    with TemporaryDirectory() as folder:
        for size in arguments.sizes:
            sys.stdout.write(f"{measure(Path(folder), size, arguments.idle)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
