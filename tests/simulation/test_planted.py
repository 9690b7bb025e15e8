"""Each bug, planted alone, is found within a hundred seeds by the checker of the promise that it breaks."""

from concurrent.futures import ProcessPoolExecutor

import pytest
from simulation.planted import BUGS
from simulation.verdict import is_caught

PROCESSES = 2


@pytest.fixture(scope="module")
def caught():
    """For each bug whether it is found, tried in processes of their own."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        return [*pool.map(is_caught, range(len(BUGS)))]


@pytest.mark.parametrize("number", range(len(BUGS)), ids=lambda number: BUGS[number].name)
def test_a_planted_bug_is_found(caught, number):
    assert caught[number], f"no finding of {BUGS[number].checker}"
