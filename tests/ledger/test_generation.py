"""A ledger that is put back from an older copy is recognised, however it was copied, and nothing else is."""

import shutil
from contextlib import closing

import pytest
from ledger.steps import ladder, record, row
from sqlalchemy import text

from alertd.errors import LedgerDamaged
from alertd.ledger import Ledger, Origin, restoration


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


def started(path):
    """The origin of the ledger that a daemon finds, which then runs, takes up what it lacks, and is killed."""
    with closing(Ledger.open(path)) as ledger:
        found = ledger.recognise()
        ledger.advance() if found is not Origin.KNOWN else None
        assert ledger.place.trouble() is None
    return found


def stopped_with(path, copy):
    """A daemon that starts, runs while a copy is made, and stops."""
    with closing(Ledger.open(path)) as ledger:
        ledger.recognise()
        copy(ledger)
        ledger.advance()


def test_a_ledger_that_starts_again_is_known(path):
    assert [started(path) for _ in range(3)] == [Origin.KNOWN] * 3


def test_a_ledger_of_an_older_alertd_is_known(path):
    Ledger.open(path).close()

    assert started(path) is Origin.KNOWN


def test_a_copy_of_a_stopped_ledger_is_recognised_once_the_ledger_has_run_since(path, tmp_path):
    started(path)
    shutil.copyfile(path, tmp_path / "copy.db")
    started(path)
    shutil.copyfile(tmp_path / "copy.db", path)

    assert [started(path), started(path)] == [Origin.COPY, Origin.KNOWN]


def test_a_copy_of_a_running_ledger_is_recognised_once_that_has_stopped(path, tmp_path):
    stopped_with(path, lambda _: shutil.copyfile(path, tmp_path / "copy.db"))
    shutil.copyfile(tmp_path / "copy.db", path)

    assert started(path) is Origin.COPY


def test_a_backup_is_recognised_even_where_the_ledger_did_not_start_since(path, tmp_path):
    with closing(Ledger.open(path)) as ledger:
        ledger.recognise()
        ledger.backup(tmp_path / "backup.db")
    shutil.copyfile(tmp_path / "backup.db", path)

    assert [started(path), started(path)] == [Origin.COPY, Origin.KNOWN]


def test_a_backup_is_recognised_on_a_machine_that_never_had_a_ledger(path, tmp_path):
    stopped_with(path, lambda ledger: ledger.backup(tmp_path / "backup.db"))
    other = tmp_path / "other" / "ledger.db"
    other.parent.mkdir()
    shutil.copyfile(tmp_path / "backup.db", other)

    assert [started(other), started(other)] == [Origin.COPY, Origin.KNOWN]


def test_a_ledger_on_a_machine_that_never_had_one_is_taken_for_a_copy(path, tmp_path):
    started(path)
    other = tmp_path / "other" / "ledger.db"
    other.parent.mkdir()
    shutil.copyfile(path, other)

    assert started(other) is Origin.COPY


def test_a_new_ledger_where_one_had_been_is_told_from_a_first_one(path):
    started(path)
    path.unlink()

    assert [started(path), started(path)] == [Origin.NEW, Origin.KNOWN]


def test_a_copy_is_recognised_again_until_what_it_lacks_is_taken_up(path, tmp_path):
    started(path)
    shutil.copyfile(path, tmp_path / "copy.db")
    started(path)
    shutil.copyfile(tmp_path / "copy.db", path)
    for _ in range(2):
        with closing(Ledger.open(path)) as ledger:  # killed before its first tick is done
            assert ledger.recognise() is Origin.COPY


def test_a_file_beside_it_that_says_no_number_costs_marks_and_no_start(path):
    started(path)
    path.with_suffix(".generation").write_text("what?")

    assert [started(path), started(path)] == [Origin.COPY, Origin.KNOWN]


def test_a_copy_that_was_damaged_on_its_way_is_not_used(path, tmp_path):
    with closing(Ledger.open(path)) as ledger:
        ledger.recognise()
        record(ledger, wanted=ladder())
        ledger.backup(tmp_path / "backup.db")
        with ledger.transaction() as connection:
            root = connection.scalar(text("select rootpage from sqlite_master where name = 'delivery_agenda'"))
            size = connection.scalar(text("pragma page_size"))
    content = bytearray((tmp_path / "backup.db").read_bytes())
    content[(root - 1) * size + 3 : (root - 1) * size + 5] = b"\0\0"  # an index that has lost its entries
    path.write_bytes(content)

    with closing(Ledger.open(path)) as ledger, pytest.raises(LedgerDamaged, match="it was put back damaged"):
        ledger.recognise()


def test_a_backup_that_is_written_over_a_running_ledger_is_noticed(path, tmp_path):
    with closing(Ledger.open(path)) as ledger:
        ledger.recognise()
        ledger.backup(tmp_path / "backup.db")
        before = ledger.place.trouble()
        shutil.copyfile(tmp_path / "backup.db", path)

        assert (before, ledger.place.trouble()) == (None, f"{path} was overwritten")


def test_a_deleted_ledger_that_was_put_back_is_no_copy(path):
    with closing(Ledger.open(path)) as ledger:
        ledger.recognise()
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink()
        ledger.put_back()

    assert started(path) is Origin.KNOWN


def test_what_had_come_due_by_the_last_tick_is_marked_and_nothing_later(ledger):
    first, second = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[first, second])

    assert ledger.run(restoration.mark_due, first.due_at) == 1

    assert (row(ledger, first).possible_repeat, row(ledger, second).possible_repeat) == (True, False)
