import threading

import pytest
from ledger.steps import MORNING, ladder, revision

from alertd.errors import LedgerError
from alertd.ledger import Ledger, LedgerThread, acquisition, planning


@pytest.fixture
def thread(tmp_path):
    thread = LedgerThread(Ledger.open(tmp_path / "ledger.db"))
    yield thread
    thread.close()


async def test_every_call_is_made_on_one_thread_that_is_not_the_loop_s(thread):
    seen = {await thread.run(lambda _connection: threading.get_ident()) for _ in range(5)}
    assert len(seen) == 1
    assert threading.get_ident() not in seen


async def test_a_call_gives_what_the_ledger_gives(thread):
    recorded = await thread.run(planning.store, [revision(wanted=ladder())], MORNING)
    assert recorded.inserted == len(ladder())
    assert await thread.run(acquisition.next_due) == ladder()[0].due_at


async def test_an_error_of_the_ledger_comes_out_where_it_was_asked(thread):
    with pytest.raises(LedgerError):
        await thread.run(planning.store, [revision(wanted=ladder(channel=None))], MORNING)


async def test_of_two_calls_in_one_transaction_neither_counts_where_the_second_fails(thread):
    def store(connection):
        planning.store(connection, [revision(wanted=ladder())], MORNING)

    def fail(_connection):
        raise LedgerError("the disk is full")

    with pytest.raises(LedgerError):
        await thread.run_both(store, fail)
    assert await thread.run(acquisition.next_due) is None
    assert await thread.run_both(store, acquisition.next_due) == ladder()[0].due_at
