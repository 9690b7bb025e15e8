#!/usr/bin/env python3
"""How long the reading of a register holds up the daemon's loop: registers made to be slow, beside a good one.

A task of the loop sleeps for five milliseconds again and again, from the first start of a daemon until all is judged.
A wait counts for as much as the process had the processor meanwhile: what else the machine does is not alertd's.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from running import busy, process, share, truce_text, until, write_config

SETTINGS = '[[channel]]\nname = "console"\nkind = "console"\nalerts = ["reminder", "lapsed"]\n'
"""Nothing goes out about new truces, so that what holds up the loop is the reading."""

ENDS = datetime.now(UTC) + timedelta(days=20)
SETTLED_SECONDS = 8
"""After the start, until the files count as quiet and ops was told of all mistakes."""

WATCHED = "--watched"


def _good(number: int) -> str:
    return truce_text(f"truce-{number}", ENDS)


def _mistaken_zone(number: int) -> str:
    return _good(number).replace('"UTC"', f'"Europe/Kyyv{number}"')


def _two_errors(number: int) -> str:
    return _good(number).replace("ends = ", f'sorce = "{number}"\nends = 25')


def _equal_id(_: int) -> str:
    return _good(0)


def _extensions(number: int) -> str:
    began = ENDS - timedelta(days=30)
    return "\n".join(
        f"[[truce.extension]]\nannounced = {began + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}\n"
        f"until = {ENDS + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
        for minute in range(number)
    )


def subjects(part: int) -> dict[str, list[str]]:
    """The truces of each register, of a `part` of its full size."""

    def several(number: int, truce: Callable[[int], str]) -> list[str]:
        return [truce(each) for each in range(number // part)]

    return {
        "good": several(5000, _good),
        "zones mistaken": several(2000, _mistaken_zone),
        "two errors each": several(5000, _two_errors),
        "equal ids": several(3000, _equal_id),
        "one of 1,000 extensions": [_good(0) + _extensions(1000 // part)],
        "one of 2,000, refused": [_good(0) + _extensions(2000 // part)],
    }


def measure(config: Path, truces: list[str]) -> str:
    """The waits of a first start: p50, p99 and the longest, in milliseconds, and how many were longer than 20."""
    write_config(config, SETTINGS, truces, a_file=len(truces))
    log = config / "log.txt"
    with process([sys.executable, __file__, WATCHED, str(config)], out=log) as daemon:
        until(lambda: b'"agenda.' in log.read_bytes() or daemon.poll() is not None, "a started daemon", 600)
        time.sleep(SETTLED_SECONDS)
    waits = [float(wait) for wait in log.read_text().rpartition("waits ")[2].split()]
    longest = f"{1000 * share(waits, 0.5):.1f} | {1000 * share(waits, 0.99):.1f} | {1000 * max(waits):.0f}"
    return f"{longest} | {sum(wait > 0.02 for wait in waits)} of {len(waits):,}"  # noqa: PLR2004  the aim


def watched(config: str) -> None:
    """Run the daemon, and print at its end by how many seconds the loop was late each time."""
    from alertd.cli import main, run  # noqa: PLC0415  the process that is measured

    waits: list[float] = []
    beats: set[asyncio.Task[None]] = set()
    live = run._live  # noqa: SLF001  where the loop of the daemon begins

    async def beat() -> None:
        while True:
            began, cpu = time.monotonic(), time.process_time()
            await asyncio.sleep(0.005)
            waits.append(min(time.monotonic() - began - 0.005, time.process_time() - cpu))

    async def beating(*arguments: Any) -> None:  # noqa: ANN401  as the daemon calls it
        beats.add(asyncio.create_task(beat()))
        await live(*arguments)

    run._live = beating  # noqa: SLF001  likewise
    sys.argv = ["alertd", "--config", config, "run"]
    try:
        main()
    except SystemExit:
        sys.stdout.write(f"waits {' '.join(map(str, waits))}\n")


def main() -> None:
    """Measure every register, and print the table."""
    parser = argparse.ArgumentParser(description="How long the reading of a register holds up the loop.")
    parser.add_argument("--part", type=int, default=1, help="registers smaller by this factor")
    parser.add_argument(WATCHED, metavar="CONFIG", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.watched:
        watched(arguments.watched)
        return
    sys.stdout.write("| register | p50 ms | p99 ms | max ms | over 20 ms |\n| --- " + "| ---: " * 4 + "|\n")
    with TemporaryDirectory() as folder:
        for number, (name, truces) in enumerate(subjects(arguments.part).items()):
            sys.stdout.write(f"| {len(truces):,}: {name} | {measure(Path(folder) / str(number), truces)} |\n")
            sys.stdout.flush()
    sys.stdout.write(f"\n{busy()}\n")


if __name__ == "__main__":
    main()
