"""Worlds in which much goes wrong: nothing unsafe happens while it does, and all is told once it stops."""

import pytest
from simulation.found import FOUND
from simulation.run import judged
from simulation.verdict import judge, told

SHORT = range(1, 251)
LONG = range(1, 20_001)
PROCESSES = 2


def findings_of(seeds: range) -> str:
    return "\n".join(told(seed, findings) for seed, findings in judged(seeds, PROCESSES) if findings)


def test_no_promise_is_broken_whatever_a_seed_draws():
    assert findings_of(SHORT) == ""


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_stays_mended(seed):
    findings = judge(seed)
    assert not findings, f"{FOUND[seed]}\n{told(seed, findings)}"


@pytest.mark.long
def test_no_promise_is_broken_in_a_long_run():
    assert findings_of(LONG) == ""
