"""Runs the simulator by hand: one seed with its event log, many seeds on several processes, or the planted bugs.

.venv/bin/python tests/simulation/run.py --seed 35 --log
.venv/bin/python tests/simulation/run.py --seeds 1:20001 --processes 2
.venv/bin/python tests/simulation/run.py --seeds 1:2001 --postgresql
.venv/bin/python tests/simulation/run.py --plant
"""

import argparse
import sys
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulation.mutants import BUGS, SEEDS, Bug
from simulation.table import README, row_of, rows, write
from simulation.verdict import COMMAND, Judge, catch, judge, told
from simulation.world import simulate


def main(arguments: list[str]) -> int:
    """Give 0 where nothing was found."""
    parser = options(__doc__)
    parser.add_argument("--postgresql", action="store_true", help="keep the ledgers on a server, in one process")
    asked = parser.parse_args(arguments)
    if asked.plant:
        return plant()
    if asked.seeds is not None:
        first, last = map(int, asked.seeds.split(":"))
        if asked.postgresql:
            return run_on_server(range(first, last))
        return run_all(range(first, last), asked.processes)
    if asked.seed is not None and asked.postgresql:
        return run_on_server([asked.seed])
    if asked.seed is None:
        parser.error("name a seed, several seeds, or --plant")
    if asked.log:
        print(simulate(asked.seed).log.text(), end="")
    return run_all([asked.seed], 1)


def options(about: str | None) -> argparse.ArgumentParser:
    """The options of every simulator."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, help="judge this seed")
    parser.add_argument("--log", action="store_true", help="print its event log too")
    parser.add_argument("--seeds", help="judge many: FIRST:AFTER_THE_LAST")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--plant", action="store_true", help="plant each bug, and write the table into README.md")
    return parser


def run_on_server(seeds: Iterable[int]) -> int:
    """Judge seeds, each with its ledger on PostgreSQL."""
    from postgresql import server  # noqa: PLC0415  the driver of a server, for this alone

    with server() as running:
        return report((seed, judge(seed, running)) for seed in seeds)


def run_all(seeds: Iterable[int], processes: int) -> int:
    """Judge seeds."""
    return report(judged(seeds, processes))


def report(found_in: Iterable[tuple[int, list[str]]], command: str = COMMAND) -> int:
    """Print what was found with the command that replays it."""
    bad = count = 0
    for seed, found in found_in:
        count += 1
        if found:
            bad += 1
            print(told(seed, found, command), flush=True)
    print(f"{count} seeds, {bad} with findings")
    return 1 if bad else 0


def judged(seeds: Iterable[int], processes: int, judge: Judge = judge) -> Iterable[tuple[int, list[str]]]:
    """Each seed with what was found."""
    seeds = list(seeds)
    with ExitStack() as stack:
        try:
            pool = stack.enter_context(ProcessPoolExecutor(processes)) if processes > 1 else None
        except OSError:  # no semaphores: an ordinary user in a chroot, where /dev/shm is root's
            pool = None
        results = map(judge, seeds) if pool is None else pool.map(judge, seeds, chunksize=20)
        yield from zip(seeds, results, strict=True)


def plant(bugs: Iterable[Bug] = BUGS, seeds: Iterable[int] = SEEDS, judge: Judge = judge, readme: Path = README) -> int:
    """Plant each bug until it is found, first in the world that found it before, and write the table."""
    lines, missed = list[str](), 0
    found_before = {row.split("|")[1].strip(): seed for seed, row in rows(readme)}
    for bug in bugs:
        caught = catch(bug, (*filter(None, [found_before.get(bug.name)]), *seeds), judge)
        missed += caught is None
        lines.append(row_of(bug, caught))
        print(lines[-1], flush=True)
    write(lines, readme)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
