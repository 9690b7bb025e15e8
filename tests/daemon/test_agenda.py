"""The agenda as ticks ask for it: nothing of a ledger that is as it was, and all of one that may not be."""

from contextlib import closing
from datetime import timedelta

import pytest
from ledger.steps import MORNING, POLICY, ladder, record

from alertd.daemon.agenda import ASKED_AT_LEAST_EVERY, Agenda
from alertd.ledger import Ledger, LedgerThread
from alertd.times.zones import ZoneWatch

SECOND = timedelta(seconds=1)


class AskedLedger(LedgerThread):
    """A ledger that counts how often it is asked."""

    asked = 0

    async def run(self, call, *args, **kwargs):
        self.asked += 1
        return await super().run(call, *args, **kwargs)

    async def run_ahead(self, call, *args, **kwargs):
        self.asked += 1
        return await super().run_ahead(call, *args, **kwargs)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    with closing(AskedLedger(Ledger.open(path))) as ledger:
        yield ledger


@pytest.fixture
def agenda(ledger):
    return Agenda(ledger, POLICY, ZoneWatch({}), dict)


async def test_a_ledger_that_is_as_it_was_is_asked_nothing(ledger, agenda):
    await agenda.acquire(MORNING, in_doubt=False)
    asked = ledger.asked
    assert (await agenda.acquire(MORNING + SECOND, in_doubt=False)).acquired == 0
    assert await agenda.next_due() is None
    assert ledger.asked == asked


async def test_a_ledger_is_asked_again_after_a_while_though_nothing_changed(ledger, agenda):
    await agenda.acquire(MORNING, in_doubt=False)
    asked = ledger.asked
    await agenda.acquire(MORNING + ASKED_AT_LEAST_EVERY, in_doubt=False)
    assert ledger.asked > asked


async def test_by_a_clock_in_doubt_the_ledger_is_always_asked(ledger, agenda):
    await agenda.acquire(MORNING, in_doubt=False)
    asked = ledger.asked
    await agenda.acquire(MORNING, in_doubt=True)
    await agenda.acquire(MORNING, in_doubt=False)
    assert ledger.asked >= asked + 2


async def test_what_another_process_writes_is_acquired_at_the_next_tick(path, agenda):
    due_at = ladder()[0].due_at
    await agenda.acquire(due_at, in_doubt=False)
    with closing(Ledger.open(path)) as other:
        record(other, wanted=ladder())
    assert await agenda.next_due() == due_at
    assert (await agenda.acquire(due_at, in_doubt=False)).acquired == 1


async def test_what_time_brings_is_acquired_though_nothing_was_written(path, agenda):
    with closing(Ledger.open(path)) as other:
        record(other, wanted=ladder())
    due_at = ladder()[0].due_at
    await agenda.acquire(due_at - SECOND, in_doubt=False)
    assert (await agenda.acquire(due_at, in_doubt=False)).acquired == 1


async def test_what_waits_for_its_worker_is_named_at_each_tick(path, agenda):
    with closing(Ledger.open(path)) as other:
        record(other, wanted=ladder())
    due_at = ladder()[0].due_at
    targets = [(await agenda.acquire(due_at, in_doubt=False)).targets for _ in range(3)]
    assert targets == [("desk",)] * 3
