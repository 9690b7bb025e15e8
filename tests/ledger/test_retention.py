"""What is kept, for how long, and how it is copied."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from ledger.steps import MORNING, POLICY, ladder, record, result_of, send, states, take

from alertd.errors import LedgerDamaged, LedgerError
from alertd.ledger import DeliveryState, Ledger, SentMessage, acquisition, queries, retention, schema, settlement

SIX, ONE = ladder(stages=("6h", "1h"))
AFTER = SIX.due_at + timedelta(seconds=1)


def rows(ledger, table):
    with ledger.transaction() as connection:
        return connection.execute(table.select()).all()


def test_what_was_settled_long_ago_goes_with_its_attempts_and_words_and_nothing_else(ledger):
    record(ledger, wanted=[SIX, ONE])
    ledger.run(acquisition.acquire, SIX.due_at, POLICY)
    (dispatched,) = take(ledger, SIX.due_at)
    ledger.run(
        settlement.settle,
        [result_of(dispatched)],
        SIX.due_at,
        sent_messages=[SentMessage(id="m1", title="ends in 6 h", text="…")],
    )
    assert ledger.run(retention.prune, SIX.due_at, 10) == 0
    assert ledger.run(retention.prune, AFTER, 10) == 1
    assert states(ledger) == {ONE.key: DeliveryState.PLANNED}
    assert rows(ledger, schema.attempt) == rows(ledger, schema.message) == []
    assert [channel.last_success for channel in ledger.run(queries.channels)] == [SIX.due_at], (
        "how a channel fares is remembered"
    )
    assert len(ledger.run(queries.truces)) == 1


def test_what_was_superseded_stays_as_long_as_it_can_be_wanted_again(ledger):
    record(ledger, wanted=[ONE])
    record(ledger, wanted=[])
    assert ledger.run(retention.prune, ONE.due_at, 10) == 0
    record(ledger, wanted=[ONE])
    assert states(ledger) == {ONE.key: DeliveryState.PLANNED}


def test_pruning_takes_no_more_at_once_than_it_is_told(ledger):
    record(ledger, wanted=ladder())
    for each in ladder():
        send(ledger, each.due_at)
    after = ladder()[-1].due_at + timedelta(seconds=1)
    assert [
        ledger.run(retention.prune, after, 3),
        ledger.run(retention.prune, after, 3),
        ledger.run(retention.prune, after, 3),
    ] == [3, 1, 0]


def test_a_checkpoint_empties_the_log(tmp_path):
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path)
    record(ledger, wanted=ladder())
    log = tmp_path / "ledger.db-wal"
    assert log.stat().st_size > 0
    ledger.checkpoint()
    assert log.stat().st_size == 0
    ledger.close()


def test_a_backup_is_whole_while_the_daemon_writes(tmp_path):
    daemon = Ledger.open(tmp_path / "ledger.db")
    record(daemon, wanted=ladder())
    reader = Ledger.open_reader(tmp_path / "ledger.db")
    reader.backup(tmp_path / "copy.db")
    daemon.run(acquisition.acquire, MORNING, POLICY)
    reader.close()
    daemon.close()
    copy = Ledger.open(tmp_path / "copy.db")
    assert len(copy.run(queries.upcoming, 10)) == len(ladder())
    copy.close()
    assert not (tmp_path / "copy.db.part").exists()


def test_a_backup_overwrites_nothing(tmp_path):
    ledger = Ledger.open(tmp_path / "ledger.db")
    (tmp_path / "copy.db").write_text("mine")
    with pytest.raises(LedgerError, match="is there already: name another file"):
        ledger.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "mine"
    ledger.close()


def test_a_backup_into_a_folder_that_is_not_there_is_told(tmp_path):
    ledger = Ledger.open(tmp_path / "ledger.db")
    with pytest.raises(LedgerError, match="cannot be written: No such file"):
        ledger.backup(tmp_path / "nowhere" / "copy.db")
    ledger.close()


def test_a_copy_of_a_damaged_ledger_is_no_backup(tmp_path):
    path = tmp_path / "ledger.db"
    ledger = Ledger.open(path)
    record(ledger, wanted=ladder())
    ledger.close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("pragma writable_schema=on")
        raw.execute("update sqlite_master set rootpage = 2 where name = 'delivery_agenda'")
    reader = Ledger.open_reader(path)
    with pytest.raises(LedgerDamaged):
        reader.backup(tmp_path / "copy.db")
    reader.close()
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("copy")] == []


def modes(folder):
    return {file.name: f"{file.stat().st_mode & 0o777:o}" for file in folder.iterdir()}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077], ids=lambda mask: f"umask {mask:03o}")
def test_the_ledger_is_for_its_owner_and_group_and_a_copy_for_its_maker_whatever_the_umask(tmp_path, mask):
    before = os.umask(mask)
    try:
        with closing(Ledger.open(tmp_path / "state" / "ledger.db")) as ledger:
            record(ledger, wanted=[ONE])
            assert modes(tmp_path / "state") == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), "640")
            ledger.backup(tmp_path / "copy")
    finally:
        os.umask(before)
    assert modes(tmp_path)["copy"] == "600"
    assert modes(tmp_path)["state"] in {"750", "700"}


def test_a_ledger_that_anybody_could_read_is_closed_to_them_at_the_next_start(tmp_path):
    Ledger.open(tmp_path / "ledger.db").close()
    (tmp_path / "ledger.db").chmod(0o666)
    with closing(Ledger.open(tmp_path / "ledger.db")) as ledger:
        record(ledger, wanted=[ONE])
        assert set(modes(tmp_path).values()) == {"640"}


def test_a_ledger_that_its_owner_keeps_from_the_group_stays_so(tmp_path):
    Ledger.open(tmp_path / "ledger.db").close()
    (tmp_path / "ledger.db").chmod(0o600)
    Ledger.open(tmp_path / "ledger.db").close()
    assert modes(tmp_path) == {"ledger.db": "600"}
