import pytest

from alertd.ledger import Ledger


@pytest.fixture(params=["file", "memory", "postgresql"])
def ledger(request, tmp_path):
    """A ledger in a real file, one in memory, and one on a real server: all keep every promise."""
    match request.param:
        case "memory":
            ledger = Ledger.in_memory()
        case "file":
            ledger = Ledger.open(tmp_path / "ledger.db")
        case "postgresql":
            ledger = Ledger.open(request.getfixturevalue("postgresql").new())
            assert ledger.become_active("one")
    yield ledger
    ledger.close()
