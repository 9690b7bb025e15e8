#!/usr/bin/env python3
"""Every table of README.md in less than half an hour: the other scripts one after another, with smaller sizes.

One that fails is told, and the rest goes on; the exit code is then 1. Run it with nothing beside it.
"""

import argparse
import subprocess
import sys
import time

from running import HERE, busy

RUNS = {
    "idle.py": ("idle.py", "--rounds", "3", "--idle", "15"),
    "reading.py": ("reading.py", "1000", "10000"),
    "scale.py": ("scale.py", "12", "1000", "10000", "--idle", "15"),
    "holding.py": ("holding.py",),
    "burst.py": ("burst.py", "--rounds", "1"),
    "lateness.py": ("lateness.py", "90", "--steps", "2"),
    "board.py": ("board.py",),
    "pauses.py": ("pauses.py",),
    "failover.py": ("failover.py", "3"),
    "cluster.py": ("cluster.py", "--rounds", "1"),
}
TINY = {
    "idle.py": ("idle.py", "--rounds", "1", "--idle", "2"),
    "reading.py": ("reading.py", "5000"),
    "scale.py": ("scale.py", "12", "--idle", "2"),
    "holding.py": ("holding.py", "--part", "100"),
    "burst.py": ("burst.py", "--rounds", "1", "--count", "50", "--slow", "2"),
    "lateness.py": ("lateness.py", "3", "--steps", "1"),
    "board.py": ("board.py", "--truces", "20", "--pages", "5", "--requests", "5"),
    "pauses.py": ("pauses.py",),
    "failover.py": ("failover.py", "1"),
    "cluster.py": ("cluster.py", "--rounds", "1", "--count", "50"),
}
"""To see that every script runs; the figures mean nothing."""

LONGEST_SECONDS = 15 * 60
"""The time after which a script is given up."""


def run(command: tuple[str, ...]) -> bool:
    """Run a script and print what it prints; tells if it went well."""
    sys.stdout.write(f"\n## {' '.join(command)}\n\nbefore it: {busy()}\n\n")
    sys.stdout.flush()
    began = time.monotonic()
    script, *arguments = command
    try:
        went_well = (
            subprocess.run(  # noqa: S603  scripts of this folder alone
                [sys.executable, str(HERE / script), *arguments], check=False, timeout=LONGEST_SECONDS
            ).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        went_well = False
    sys.stdout.write(f"\n{'took' if went_well else 'FAILED after'} {time.monotonic() - began:.0f} s; {busy()}\n")
    return went_well


def main() -> None:
    """Run all, or those that are named."""
    parser = argparse.ArgumentParser(description="Every table of README.md, with smaller sizes.")
    parser.add_argument("scripts", nargs="*", help=f"some of them alone: {', '.join(RUNS)}")
    parser.add_argument("--tiny", action="store_true", help="only see that each runs")
    arguments = parser.parse_args()
    runs = TINY if arguments.tiny else RUNS
    began = time.monotonic()
    results = [run(command) for name, command in runs.items() if not arguments.scripts or name in arguments.scripts]
    sys.stdout.write(f"\n{len(results)} scripts, {results.count(False)} failed, {time.monotonic() - began:.0f} s\n")
    raise SystemExit(0 if results and all(results) else 1)


if __name__ == "__main__":
    main()
