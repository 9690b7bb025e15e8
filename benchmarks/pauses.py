#!/usr/bin/env python3
"""What ten years of a daily pause cost beside a hundred plain truces: reading, planning, the calendar, the timeline.

Each is done in this process; the fastest of several rounds counts, in processor time, and the peak of what Python
allocated meanwhile in one more. The aim is a ratio of at most 1 in each line.
"""

import os
import sys
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from alertd.board.rows import make_row
from alertd.board.timeline import timeline
from alertd.domain.plan import plan
from alertd.domain.policy import HORIZON, Policy, Subscription
from alertd.domain.truce import Truce
from alertd.register import read_register
from alertd.status.calendar import events
from alertd.times.zones import load_zones

NOW = datetime(2026, 4, 30, 9, tzinfo=UTC)
ROUNDS = 5
PLAIN = 100
POLICY = Policy()
DESK = (Subscription(channel="desk", targets=("desk",), ops=True),)
ZONES = load_zones(os.environ)

PAUSE = """
[[truce]]
id = "road"
title = "Tactical pause"
zone = "Asia/Gaza"
announced = 2026-04-29T12:00:00
daily = ["0800-1200", "1400-1900"]
starts = 2026-04-30
ends = 2036-04-29
"""


def _plain(number: int) -> str:
    begins = NOW + timedelta(hours=number)
    return f"""
[[truce]]
id = "truce-{number}"
title = "Local truce {number}"
zone = "Asia/Damascus"
announced = 2026-04-29T12:00:00
starts = {begins:%Y-%m-%dT%H:%M:%S}Z
ends = {begins + timedelta(days=3):%Y-%m-%dT%H:%M:%S}Z
"""


def _read(config: Path) -> list[Truce]:
    return [read.truce for read in read_register(config, zone_for=ZONES.find, now=NOW).truces if read.truce is not None]


def _planned(truces: Iterable[Truce]) -> int:
    limits = {"reviews_until": NOW, "now": NOW, "days_until": NOW + HORIZON}
    return sum(map(len, [plan(truce, DESK, POLICY, **limits) for truce in truces]))


def _calendar(truces: Iterable[Truce]) -> int:
    look = {"withdrawn": False, "zone_for": ZONES.find, "now": NOW}
    return sum(map(len, [event.to_ical() for truce in truces for event in events(truce, POLICY, 1, **look)]))


def _timeline(truces: Sequence[Truce]) -> int:
    rows = [make_row(truce, POLICY, ZONES.find(truce.zone), NOW) for truce in truces]
    return len(timeline(rows, POLICY, ZONES.find, NOW))


def _measured(work: Callable[[], int]) -> tuple[float, float, int]:
    """Milliseconds, KiB, and the size of what was made."""
    size, fastest = work(), float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        work()
        fastest = min(fastest, process_time() - began)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return fastest * 1000, peak / 1024, size


def main() -> None:
    """Print the table."""
    with TemporaryDirectory() as folder:
        configs = []
        for name, text in (("pause", PAUSE), ("plain", "".join(map(_plain, range(PLAIN))))):
            config = Path(folder) / name
            (config / "truces").mkdir(parents=True)
            (config / "truces" / "a.toml").write_text(text)
            configs.append(config)
        pause, plain = (_read(config) for config in configs)
        works: list[tuple[str, Callable[[], int], Callable[[], int]]] = [
            ("reading, truces", lambda: len(_read(configs[0])), lambda: len(_read(configs[1]))),
            ("planning, deliveries", lambda: _planned(pause), lambda: _planned(plain)),
            ("calendar, bytes", lambda: _calendar(pause), lambda: _calendar(plain)),
            ("timeline, bytes", lambda: _timeline(pause), lambda: _timeline(plain)),
        ]
        sys.stdout.write("| what, and how much of it | ms | KiB | ratio of time | of memory | of size |\n")
        sys.stdout.write("| --- | ---: | ---: | ---: | ---: | ---: |\n")
        for name, of_pause, of_plain in works:
            here, there = _measured(of_pause), _measured(of_plain)
            ratios = " | ".join(f"{a / b:.2f}" for a, b in zip(here, there, strict=True))
            pairs = " | ".join(f"{a:,.1f} / {b:,.1f}" for a, b in zip(here[:2], there[:2], strict=True))
            sys.stdout.write(f"| {name} {here[2]:,} / {there[2]:,} | {pairs} | {ratios} |\n")


if __name__ == "__main__":
    main()
