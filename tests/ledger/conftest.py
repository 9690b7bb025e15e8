import pytest

from alertd.ledger import Ledger


@pytest.fixture(params=["file", "memory"])
def ledger(request, tmp_path):
    """A ledger in a real file, and one in memory: both keep every promise."""
    ledger = Ledger.in_memory() if request.param == "memory" else Ledger.open(tmp_path / "ledger.db")
    yield ledger
    ledger.close()
