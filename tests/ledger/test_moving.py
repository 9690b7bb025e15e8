"""A ledger that moves: nothing is lost on the way, and no two are ever live."""

import sqlite3
from contextlib import closing

import psycopg
import pytest
from factories import end, moment, truce
from ledger.steps import MORNING, ladder, ops, record, send, states

from alertd.domain.acknowledgement import Acknowledgement
from alertd.errors import LedgerError
from alertd.ledger import Ledger, Origin, acknowledging, acquisition, moving, queries
from alertd.ledger.schema import metadata


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def url(postgresql):
    return postgresql.new()


def opened(address):
    ledger = Ledger.open(address)
    assert ledger.become_active("one")
    return ledger


def filled(address):
    """A ledger with a history, closed; gives what is in it."""
    with closing(opened(address)) as ledger:
        record(ledger, of=truce(first_end=end("2016-05-03T22:00")), wanted=ladder())
        ledger.run(acquisition.enqueue, [ops(text="'); DROP TABLE delivery; -- \u2028 ünï\ncode")], MORNING)
        send(ledger, ladder()[0].due_at)
        given = Acknowledgement(at=moment("2016-05-02T22:30"), by="lena", way="command", note="on it")
        assert ledger.run(acknowledging.acknowledge, ladder()[0].key, given, str).refusal is None
        return ledger.run(moving.contents), ledger.run(queries.history)


@pytest.mark.parametrize("way", ["there", "back"])
def test_what_is_moved_is_the_same_to_the_last_value_and_goes_on(way, file, url):
    source, target = (file, url) if way == "there" else (url, file)
    content, history = filled(source)
    assert sum(found.rows for found in content.values()) > 10
    assert moving.move(source, target) == content
    with closing(opened(target)) as ledger:
        assert ledger.run(queries.history) == history
        assert ledger.recognise() is Origin.KNOWN
        record(ledger, wanted=ladder(ends_at="2016-05-06T22:00"), now=moment("2016-05-03T09:00"))  # with ids of its own
        assert len(states(ledger)) == len(history) + len(ladder())


def test_the_old_one_is_taken_by_nobody_any_more(file, url):
    filled(file)
    moving.move(file, url)
    for opening in (Ledger.open, Ledger.open_reader):
        with pytest.raises(LedgerError, match="it was moved away by `alertd ledger copy`"):
            opening(file)
    with pytest.raises(LedgerError, match="it was moved from here already"):
        moving.move(file, url)


def test_a_ledger_comes_back_to_where_it_was(file, url):
    filled(file)
    moving.move(file, url)
    with closing(opened(url)) as ledger:
        record(ledger, wanted=ladder(stages=("1h",)))
        history = ledger.run(queries.history)
    moving.move(url, file)
    with closing(opened(file)) as ledger:
        assert ledger.recognise() is Origin.KNOWN
        assert ledger.run(queries.history) == history
    with closing(Ledger.open(url)) as ledger, pytest.raises(LedgerError, match="it was moved away"):
        ledger.become_active("one")


def test_nothing_is_copied_over_a_ledger_that_is_there(file, url):
    filled(file)
    _, history = filled(url)
    with pytest.raises(LedgerError, match="there is a ledger already"):
        moving.move(file, url)
    for address in (file, url):
        with closing(opened(address)) as ledger:
            assert ledger.run(queries.history) == history


def test_a_ledger_that_a_daemon_has_is_not_moved(file, url):
    filled(url)
    with closing(opened(url)), pytest.raises(LedgerError, match="alertd on one has it; stop that one first"):
        moving.move(url, file)


@pytest.mark.parametrize("step", range(3))
def test_a_move_that_is_cut_short_leaves_one_live_at_most_and_is_finished_by_the_same_command(
    step, file, url, monkeypatch
):
    content, _ = filled(file)
    calls = []

    def cut_short(connection, version):
        calls.append(version)
        if len(calls) > step:
            raise KeyboardInterrupt
        mark(connection, version)

    mark = moving.mark
    monkeypatch.setattr(moving, "mark", cut_short)
    with pytest.raises(KeyboardInterrupt):
        moving.move(file, url)
    monkeypatch.undo()
    live = [address for address in (file, url) if is_live(address)]
    assert live == ([file] if step < 2 else [])
    assert moving.move(file, url) == content
    assert [address for address in (file, url) if is_live(address)] == [url]


def is_live(address):
    try:
        Ledger.open_reader(address).close()
    except LedgerError:
        return False
    return True


def test_a_copy_that_differs_moves_nothing(file, url, monkeypatch):
    filled(file)
    contents = moving.contents
    monkeypatch.setattr(
        moving, "contents", lambda connection: contents(connection) | {"attempt": moving.Content(0, "")}
    )
    with pytest.raises(LedgerError, match="attempt differ; nothing was moved"):
        moving.move(file, url)
    assert is_live(file)
    assert not is_live(url)


def test_what_the_other_database_cannot_keep_moves_nothing(file, url):
    filled(file)
    with closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("update delivery set step = 99999999999")
    with pytest.raises(LedgerError, match="out of range"):
        moving.move(file, url)
    assert is_live(file)


def test_every_table_is_moved(file, url):
    filled(file)
    assert set(moving.move(file, url)) == set(metadata.tables)
    with closing(psycopg.connect(url.url)) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall()
