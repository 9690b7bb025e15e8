"""The same seed gives the same event log, byte for byte, in every process that replays it."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from simulation.world import simulate

RUN = Path(__file__).parent / "run.py"


def log_of(seed, hash_seed):
    """The event log that a process of its own writes, as a replay does."""
    done = subprocess.run(
        [sys.executable, RUN, "--seed", str(seed), "--log"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("seed", [3, 11, 16])  # the last with its ledger in a file
def test_the_same_seed_gives_the_same_log_whatever_the_hash_seed(seed):
    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(partial(log_of, seed), ("0", "1", "2"))
    assert len(first.splitlines()) > 100
    assert others == [first, first]


def test_another_seed_gives_another_log():
    assert simulate(3).log.text() != simulate(4).log.text()
