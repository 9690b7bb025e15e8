#!/usr/bin/env python3
"""What it costs to read, resolve and plan a register, and whether that cost grows with its size alone.

Truce files are made, 1,000 truces each, in every time form, several zones, with extensions, claims and terminations;
the same index always gives the same truce. Each measurement has a fresh process to itself, so that memory is that of
one reading. Two peers read the same files beside alertd: `parse` is tomllib alone, below which nothing that reads
TOML in Python can go, and `naive` is the script of thirty lines that one would write instead of alertd.

Nothing here judges the figures: `README.md` beside this file tells what they mean.
"""

import argparse
import re
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from multiprocessing import get_context
from pathlib import Path
from sys import stderr, stdout
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from alertd.domain.known import as_known
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.register import read_register
from alertd.times.zones import load_zones

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 3
"""At least so many for each size."""
TRUCES_MEASURED = 20_000
"""In all rounds together, at least: small registers are read more often, as chance weighs more on them."""
TRUCES_A_FILE = 1_000

NOW = datetime(2026, 4, 30, tzinfo=UTC)
"""After every `announced` and before every start, so that nothing is a problem and every stage lies ahead."""

POLICY = Policy()
SUBSCRIPTIONS = (
    Subscription(channel="desk", targets=("desk",), ops=True),
    Subscription(channel="rooms", targets=("rooms", "rooms#2"), tags=frozenset({"north"})),
)

_ZONES = (
    "Asia/Damascus",
    "Asia/Gaza",
    "Europe/Kyiv",
    "Africa/Khartoum",
    "Asia/Kolkata",
    "Asia/Yangon",
    "America/Bogota",
    "+03:00",
)
_END_FORMS = (
    "ends = {end:%Y-%m-%dT%H:%M:%S}",
    "ends = {end:%Y-%m-%dT%H:%M:%S}+03:00",
    "ends = {end:%Y-%m-%d}",
    'ends = "{end:%H%M %a %d %b %Y}"',
    'ends = "{end:%H%M %a}"',
    'ends = "{end:%d%H%MZ%b%y}"',
    'ends = "{end:%G-W%V-%u %H%M}"',
    'ends = "2400 {end:%a %d %b %Y}"',
    'lasts = "72h"',
    "open = true",
    'until_condition = "until the talks conclude"',
)
_BY = """
  [[truce.extension]]
  announced = {now:%Y-%m}-10T12:00:00
  by = "2d"
  source = "Second statement"
"""
_UNTIL = """
  [[truce.extension]]
  announced = {now:%Y-%m}-12T18:30:00
  until = "{later:%H%M %a %d %b %Y}"
  source = "Third statement"
"""
_CLAIM = """
  [[truce.claim]]
  announced = {now:%Y-%m}-14T09:00:00
  until = {end:%Y-%m-%dT%H:%M:%S}
  stated_by = ["Party A"]
  source = "Statement of one party"
"""
_TERMINATION = """
  [truce.termination]
  announced = {now:%Y-%m}-20T09:00:00
  at = {end:%Y-%m-%dT%H:%M:%S}
  stated_by = ["Party B"]
"""
_RECORDS = ("", _BY, _BY + _UNTIL, _UNTIL + _CLAIM, _CLAIM, _BY + _CLAIM, _TERMINATION)
"""No two of the counts of zones, end forms and kinds of records share a divisor: each meets each."""

_HOURS_OR_DAYS = re.compile(r"(\d+)([hd])")
_ONE_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading of one register by one subject."""

    seconds: float
    """Of the processor, for all of it: one thread does the work, and waiting for a busy machine is not its cost."""
    planning_seconds: float
    """The share that came after reading; zero for a subject that plans nothing or cannot tell."""
    peak_mib: float
    """The most memory that the process ever held, interpreter and imports included."""
    grown_mib: float
    """The same without what it held before it began."""
    result: str
    """What came of it, in words."""


# The register.


def write_register(folder: Path, size: int, now: datetime = NOW) -> None:
    """Write the truce files of a register of this many truces, all of which lie ahead of `now`."""
    truces = folder / "truces"
    truces.mkdir()
    for start in range(0, size, TRUCES_A_FILE):
        texts = (_truce_text(index, now) for index in range(start, min(start + TRUCES_A_FILE, size)))
        (truces / f"{start // TRUCES_A_FILE:04}.toml").write_text("\n".join(texts), encoding="utf-8")


def _truce_text(index: int, now: datetime) -> str:
    first = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    starts = first + timedelta(days=index % 23, hours=index % 24)  # a wall time in the truce's zone
    ends = starts + timedelta(days=3)
    end_form = _END_FORMS[index % len(_END_FORMS)]
    records = _RECORDS[index % len(_RECORDS)]
    if end_form.startswith(("open", "until_condition")):
        records = records.replace(_BY, "")
    text = f"""\
[[truce]]
id = "truce-{index:06}"
title = "Humanitarian pause number {index}"
area = "District {index % 97}"
zone = "{_ZONES[index % len(_ZONES)]}"
parties = ["Party A", "Party B"]
tags = ["{("north", "south")[index // 2 % 2]}"]
announced = {{now:%Y-%m}}-02
starts = {starts:%Y-%m-%dT%H:%M:%S}
{end_form}
source = "First statement"
{records}"""
    return text.format(end=ends, later=ends + timedelta(days=5), now=now - timedelta(days=29))


# The subjects.


def alertd(folder: Path) -> Measured:
    """Read and plan as the daemon does when it first sees a register, and keep all of it as the daemon does."""
    zones = load_zones({})
    held_mib, began = _memory_mib("VmRSS"), process_time()
    register = read_register(folder, zone_for=zones.find, now=NOW)
    read = process_time()
    plans = [
        plan(known, SUBSCRIPTIONS, POLICY, reviews_until=NOW + POLICY.review_every, now=NOW)
        for one in register.truces
        if one.truce is not None and (known := as_known(one.truce, NOW, future_counts=True)) is not None
    ]
    ended = process_time()
    if register.problems or len(plans) != len(register.truces):
        raise SystemExit(f"the register was to be without problems: {register.problems[:3]}")
    result = f"{sum(map(len, plans)):,} deliveries"
    return _measured(ended - began, held_mib, result, planning_seconds=ended - read)


def parse(folder: Path) -> Measured:
    """Peer: tomllib makes tables of the files; no validation, no times in zones, no plan, no words about mistakes."""
    held_mib, began = _memory_mib("VmRSS"), process_time()
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in _files(folder)]
    ended = process_time()
    return _measured(ended - began, held_mib, f"{sum(len(table['truce']) for table in tables):,} tables")


def naive(folder: Path) -> Measured:
    """Peer: tomllib, then the last end in file order less each lead time, for one target.

    It takes what TOML itself reads as a time, and `lasts` and `by` in hours or days as elapsed time. Text times it
    skips; claims it takes for extensions; it validates nothing, looks for no gap or overlap, knows no order of
    confirmation, no rivals among ends, no filters, keys or lapses.
    """
    held_mib, began = _memory_mib("VmRSS"), process_time()
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in _files(folder)]
    truces = [truce for table in tables for truce in table["truce"]]
    ends = [(end, truce["id"]) for truce in truces if (end := _naive_end(truce)) is not None]
    due = sorted((end - lead, truce_id) for end, truce_id in ends for lead in POLICY.lead_times)
    ended = process_time()
    return _measured(ended - began, held_mib, f"{len(due):,} reminders, {len(truces) - len(ends):,} truces unread")


def _naive_end(truce: dict[str, Any]) -> datetime | None:
    """The end, if this way leads to one."""
    zone = ZoneInfo(truce["zone"]) if "/" in truce["zone"] else UTC
    end = _naive_moment(truce.get("ends"), zone)
    if "lasts" in truce and (starts := _naive_moment(truce["starts"], zone)) is not None:
        end = starts + _naive_duration(truce["lasts"])
    for record in (*truce.get("extension", ()), *truce.get("claim", ())):
        if "by" in record:
            end = end and end + _naive_duration(record["by"])
        else:
            end = _naive_moment(record.get("until"), zone)
    return end


def _naive_moment(value: object, zone: tzinfo) -> datetime | None:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone).astimezone(UTC)
    return None


def _naive_duration(text: str) -> timedelta:
    match = _HOURS_OR_DAYS.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(match[1]) * (_ONE_HOUR if match[2] == "h" else 24 * _ONE_HOUR)


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "truces").iterdir())


# Measuring.


def _measured(seconds: float, held_mib: float, result: str, *, planning_seconds: float = 0) -> Measured:
    peak_mib = _memory_mib("VmHWM")
    return Measured(seconds, planning_seconds, peak_mib, peak_mib - held_mib, result)


def _memory_mib(field: str) -> float:
    """What the kernel says of this process; `ru_maxrss` would begin with the memory of the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(f"{field}:")) / 1024


Subject = Callable[[Path], Measured]
SUBJECTS: tuple[Subject, ...] = (alertd, parse, naive)


def measure(folder: Path, rounds: int) -> dict[Subject, Measured]:
    """The fastest round of each subject, as whatever else runs only ever adds; they take turns and share what does."""
    every: dict[Subject, list[Measured]] = {subject: [] for subject in SUBJECTS}
    for _ in range(rounds):
        for subject, measured in every.items():
            measured.append(_in_fresh_process(subject, folder))
    return {subject: min(measured, key=lambda one: one.seconds) for subject, measured in every.items()}


def _in_fresh_process(subject: Subject, folder: Path) -> Measured:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as processes:
        return processes.submit(subject, folder).result()


# The tables.

_HEADERS = (
    "| truces | reading s | planning s | truces/s | µs a truce | growth | peak MiB | KiB a truce | result |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
)
_PEER_HEADERS = (
    "| truces | peer | s | truces/s | µs a truce | growth | peak MiB | alertd takes | result |",
    "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
)

Figures = dict[int, dict[Subject, Measured]]
"""By the size of the register."""


def _rows(figures: Figures) -> Iterator[str]:
    yield from _HEADERS
    for size, measured in figures.items():
        one = measured[alertd]
        yield (
            f"| {size:,} | {one.seconds - one.planning_seconds:.2f} | {one.planning_seconds:.2f} "
            f"| {_speed(figures, alertd, size)} | {one.peak_mib:.0f} | {one.grown_mib * 1024 / size:.1f} "
            f"| {one.result} |"
        )


def _peer_rows(figures: Figures) -> Iterator[str]:
    yield from _PEER_HEADERS
    for size, measured in figures.items():
        for peer in SUBJECTS[1:]:
            one = measured[peer]
            yield (
                f"| {size:,} | {peer.__name__} | {one.seconds:.2f} | {_speed(figures, peer, size)} "
                f"| {one.peak_mib:.0f} | {measured[alertd].seconds / one.seconds:.1f} times as long | {one.result} |"
            )


def _speed(figures: Figures, subject: Subject, size: int) -> str:
    """Truces a second, time a truce, and that against the same in the smallest register: 1 where cost is linear."""
    each = figures[size][subject].seconds / size
    smallest = min(figures)
    growth = each / (figures[smallest][subject].seconds / smallest)
    return f"{1 / each:,.0f} | {each * 1e6:.0f} | {growth:.2f}"


def main() -> None:
    """Measure every size and print both tables, as Markdown."""
    parser = argparse.ArgumentParser(description="What reading, resolving and planning a register costs.")
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="how many truces; several, smallest first")
    figures: Figures = {}
    for size in sorted(parser.parse_args().sizes):
        rounds = max(ROUNDS, TRUCES_MEASURED // size)
        stderr.write(f"{size:,} truces, {rounds} rounds\n")
        with TemporaryDirectory() as folder:
            write_register(Path(folder), size)
            figures[size] = measure(Path(folder), rounds)
    for row in (*_rows(figures), "", *_peer_rows(figures)):
        stdout.write(f"{row}\n")


if __name__ == "__main__":
    main()
