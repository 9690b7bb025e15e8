"""Worlds of two nodes in which much goes wrong: nothing is lost, nothing comes twice unmarked, and one node writes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.pair.mutants import BUGS, SEEDS
from simulation.pair.run import COMMAND, README, judge
from simulation.pair.world import simulate
from simulation.run import judged
from simulation.table import rows
from simulation.verdict import catch, told

RUN = Path(__file__).parent / "run.py"

SHORT = range(1, 25)
PIECE = 6
LONG = range(1, 20_001)
PROCESSES = 2

TURNS = {2: "cb06ed6991385a5b", 17: "1947697d275c4ae2", 35: "0812071d8a532db3"}
"""The turns of a few worlds as digests, the same on every Python; renew them where the daemon itself acts otherwise."""

REGRESSIONS = {
    1415: "A question about a truce of a stale file was judged by that file.",
    3166: "A stale file seemed to the checker to put back a truce that was held.",
    6033: "A denial dated later was expected of a node with a file that had none.",
    6796: "Of two nodes that took over in one and the same second by their clocks, one was not told of.",
    8215: "The same, where the first of them ended after 24 ms.",
    10461: "A truce that was over when it was first seen was woken by a claim's announcement, half a second later.",
    10600: "A node that was asked to stop, and had lost its session, waited 20 s for workers that settle nothing.",
}
"""Seeds that once found a fault, with what it was."""

ROWS = rows(README)


def findings_of(seeds: range, processes: int) -> str:
    return "\n".join(told(seed, found, COMMAND) for seed, found in judged(seeds, processes, judge) if found)


@pytest.mark.timeout(1200)  # one after another on a busy machine
@pytest.mark.parametrize("first", SHORT[::PIECE])
def test_no_promise_of_two_nodes_is_broken_whatever_a_seed_draws(first):
    assert findings_of(range(first, first + PIECE), processes=1) == ""


@pytest.mark.parametrize("seed", REGRESSIONS)
def test_a_fault_that_a_seed_found_stays_mended(seed):
    assert findings_of(range(seed, seed + 1), processes=1) == ""


@pytest.mark.long
def test_no_promise_of_two_nodes_is_broken_in_a_long_run():
    assert findings_of(LONG, PROCESSES) == ""


def test_every_bug_of_two_nodes_stands_in_the_table_with_one_of_the_seeds():
    assert [row.split("|")[1].strip() for _, row in ROWS] == [bug.name for bug in BUGS]
    assert {seed for seed, _ in ROWS} <= set(SEEDS)


@pytest.mark.parametrize(
    ("seed", "bug"),
    # Not strict, as the test above says which one is missing.
    [pytest.param(seed, bug, id=bug.name) for (seed, _), bug in zip(ROWS, BUGS, strict=False)],
)
def test_a_bug_of_two_nodes_is_found_by_the_seed_of_the_table(seed, bug):
    assert catch(bug, [seed], judge) is not None, "the simulator draws otherwise now: pair/run.py --plant"


def test_the_same_seed_gives_the_same_log_of_two_nodes_whatever_the_hash_seed():
    first, other = (
        subprocess.run(
            [sys.executable, RUN, "--seed", "17", "--log"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "1")
    )
    assert len(first.splitlines()) > 100
    assert other == first


def test_a_world_of_two_nodes_takes_the_same_turns_on_every_python():
    seen = {seed: hashlib.sha256(simulate(seed).log.turns().encode()).hexdigest()[:16] for seed in TURNS}
    assert seen == TURNS, "a world differs from those that other versions of Python, or an earlier alertd, made"
