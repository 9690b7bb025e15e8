"""Worlds in which much goes wrong: nothing unsafe happens while it does, and all is told once it stops."""

import pytest
from simulation.found import FOUND
from simulation.run import judged
from simulation.verdict import judge, told

SHORT = range(1, 201)
LONG = range(1, 20_001)
BLOCK = 50


@pytest.mark.parametrize("first", SHORT[::BLOCK])
def test_no_promise_is_broken_whatever_a_seed_draws(first):
    found = [told(seed, findings) for seed in range(first, first + BLOCK) if (findings := judge(seed))]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_stays_mended(seed):
    findings = judge(seed)
    assert not findings, f"{FOUND[seed]}\n{told(seed, findings)}"


@pytest.mark.long
def test_no_promise_is_broken_in_a_long_run():
    found = [told(seed, findings) for seed, findings in judged(LONG, 2) if findings]
    assert not found, "\n" + "\n".join(found)
