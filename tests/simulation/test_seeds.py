"""Worlds in which much goes wrong: nothing unsafe happens while it does, and all is told once it stops."""

import errno

import pytest
from simulation import run
from simulation.regression_seeds import FOUND
from simulation.verdict import judge, told

SHORT = (*range(1, 31), *range(121, 141))
"""As many as a change has time for; the planted bugs bring the worlds of their own seeds besides."""

PIECE = 10
"""So many seeds are a test, as pytest can give each test to another processor."""

LONG = range(1, 20_001)
PROCESSES = 2


def findings_of(seeds: range, processes: int) -> str:
    return "\n".join(told(seed, findings) for seed, findings in run.judged(seeds, processes) if findings)


@pytest.mark.timeout(3600)  # one after another on a busy machine
@pytest.mark.parametrize("first", SHORT[::PIECE])
def test_no_promise_is_broken_whatever_a_seed_draws(first):
    assert findings_of(range(first, first + PIECE), processes=1) == ""


def test_seeds_are_judged_one_after_another_where_no_other_process_can_help(monkeypatch):
    def forbidden(processes):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(run, "ProcessPoolExecutor", forbidden)
    assert [seed for seed, _ in run.judged([3, 4], PROCESSES)] == [3, 4]


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_stays_mended(seed):
    findings = judge(seed)
    assert not findings, f"{FOUND[seed]}\n{told(seed, findings)}"


@pytest.mark.parametrize("seed", SHORT[:2])
def test_no_promise_is_broken_with_the_ledger_on_a_server(postgresql, seed):
    findings = judge(seed, postgresql)
    assert not findings, told(seed, findings)


@pytest.mark.long
def test_no_promise_is_broken_in_a_long_run_on_a_server(postgresql):
    assert "\n".join(told(seed, found) for seed in LONG[:2000] if (found := judge(seed, postgresql))) == ""


@pytest.mark.long
def test_no_promise_is_broken_in_a_long_run():
    assert findings_of(LONG, PROCESSES) == ""
