"""The same seed gives the same event log, byte for byte, in this process and in any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from simulation.world import simulate

RUN = Path(__file__).parent / "run.py"


@pytest.mark.parametrize("seed", [3, 11])
def test_the_same_seed_gives_the_same_log_whatever_the_hash_seed(seed):
    here = simulate(seed).log.text()
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, RUN, "--seed", str(seed), "--log"],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert there.stdout.startswith(here), there.stderr


def test_another_seed_gives_another_log():
    assert simulate(3).log.text() != simulate(4).log.text()
