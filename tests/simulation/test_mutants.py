"""Each bug, planted alone, is found within two hundred seeds by the checker of the promise that it breaks."""

import pytest
from simulation.mutants import BUGS, SEEDS
from simulation.table import rows
from simulation.verdict import catch

ROWS = rows()


def test_every_bug_stands_in_the_table_with_one_of_the_seeds():
    assert [row.split("|")[1].strip() for _, row in ROWS] == [bug.name for bug in BUGS]
    assert {seed for seed, _ in ROWS} <= set(SEEDS)


@pytest.mark.parametrize(
    ("seed", "bug"),
    # Not strict, as the test above says which one is missing.
    [pytest.param(seed, bug, id=bug.name) for (seed, _), bug in zip(ROWS, BUGS, strict=False)],
)
def test_a_planted_bug_is_found_by_the_seed_of_the_table(seed, bug):
    assert catch(bug, [seed]) is not None, "the simulator draws otherwise now: run.py --plant"
