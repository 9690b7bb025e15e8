"""Each bug, planted alone, is found within a hundred seeds by the checker of the promise that it breaks."""

import pytest
from simulation.planted import BUGS
from simulation.verdict import catch


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found(bug):
    assert catch(bug) is not None, f"no finding of {bug.checker}"
