import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from factories import delivery, end, moment, truce
from ledger.steps import MORNING, POLICY, TARGETS, change, ladder, news, ops, record, send, states, take
from sqlalchemy import create_engine

import alertd
from alertd.domain.acknowledgement import Acknowledgement
from alertd.errors import LedgerDamaged, LedgerError
from alertd.ledger import (
    CacheKey,
    DeliveryState,
    Ledger,
    acknowledging,
    acquisition,
    queries,
    restart_cache,
    set_aside,
    settlement,
)
from alertd.ledger.migrations.versions import (
    r0001_base,
    r0002_targets_and_messages,
    r0003_memory_of_the_register,
    r0004_acquired,
)
from alertd.ledger.schema import VERSION, metadata

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def written(path):
    """The path of a ledger with one ladder, closed."""
    ledger = Ledger.open(path)
    record(ledger, wanted=ladder())
    ledger.close()
    return path


def sql(path, statement):
    with closing(sqlite3.connect(path)) as raw, raw:
        return raw.execute(statement).fetchall()


# -- opening -------------------------------------------------------------------------------------------------------


def test_what_was_written_is_there_after_the_ledger_was_closed(written):
    ledger = Ledger.open(written)
    assert len(ledger.run(queries.history)) == len(ladder())
    ledger.close()


def test_a_commit_is_on_the_disk_before_it_is_reported(path):
    ledger = Ledger.open(path)
    with ledger.transaction() as connection:
        assert connection.exec_driver_sql("pragma journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("pragma synchronous").scalar() == 2, "FULL"
    ledger.close()


def test_what_waits_for_a_later_transaction_alone_does_not_wait_for_the_disk_and_what_comes_after_it_does(path):
    ledger = Ledger.open(path)

    def mode(connection):
        return connection.exec_driver_sql("pragma synchronous").scalar()

    def fail(_connection):
        raise LedgerError("the disk is full")

    assert (ledger.run_ahead(mode), ledger.run(mode)) == (1, 2), "NORMAL, then FULL"
    with pytest.raises(LedgerError):
        ledger.run_ahead(fail)
    assert ledger.run(mode) == 2
    ledger.close()


def test_a_reader_sees_what_the_daemon_commits_while_it_runs_and_cannot_write(path):
    daemon = Ledger.open(path)
    reader = Ledger.open_reader(path)
    record(daemon, wanted=ladder())
    assert len(reader.run(queries.history)) == len(ladder())
    with pytest.raises(LedgerError, match="cannot be written"):
        record(reader, wanted=())
    assert len(daemon.run(queries.history)) == len(ladder())
    reader.close()
    daemon.close()


def test_a_reader_makes_no_ledger(path):
    with pytest.raises(LedgerError, match="there is none yet"):
        Ledger.open_reader(path)
    assert not path.exists()


def test_a_path_with_signs_that_mean_something_in_an_address_is_taken_as_it_stands(tmp_path):
    path = tmp_path / "a?mode=rwc&b#c %41" / "ledger.db"
    Ledger.open(path).close()
    Ledger.open_reader(path).close()
    assert path.exists()


@pytest.mark.parametrize("opening", [Ledger.open, Ledger.open_reader])
def test_a_file_that_is_no_ledger_is_left_alone_with_advice(path, opening):
    path.parent.mkdir()
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.db: file is not a database: this is not a ledger; move"):
        opening(path)
    assert path.read_bytes().startswith(b"not a database")


@pytest.mark.parametrize("opening", [Ledger.open, Ledger.open_reader])
def test_a_ledger_that_a_newer_alertd_wrote_is_left_alone_with_advice(written, opening):
    sql(written, "update alembic_version set version_num = '9999'")
    with pytest.raises(LedgerError, match="a newer alertd wrote it"):
        opening(written)
    assert sql(written, "select version_num from alembic_version") == [("9999",)]


def test_a_reader_does_not_bring_an_older_ledger_up_to_date(written):
    sql(written, "update alembic_version set version_num = '0000'")
    with pytest.raises(LedgerError, match="start the daemon once"):
        Ledger.open_reader(written)


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="its folder cannot be made: Not a directory"):
        Ledger.open(tmp_path / "file" / "state" / "ledger.db")


def test_a_ledger_that_another_process_holds_is_told_with_advice(written, monkeypatch):
    monkeypatch.setattr("alertd.ledger.sqlite.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(written)) as other:
        other.execute("begin immediate")
        with pytest.raises(LedgerError, match="database is locked: another process holds it"):
            Ledger.open(written)


def test_a_full_disk_is_told_with_advice_and_loses_nothing_that_was_there(path):
    ledger = Ledger.open(path)
    record(ledger, wanted=ladder())
    with ledger.transaction() as connection:
        pages = connection.exec_driver_sql("pragma page_count").scalar()
    with ledger.transaction() as connection:
        connection.exec_driver_sql(f"pragma max_page_count = {pages}")
    many = [delivery(stage=f"{minutes}m") for minutes in range(61, 1000) if minutes % 60]
    with pytest.raises(LedgerError, match="the disk is full; make room"):
        record(ledger, wanted=many)
    assert len(ledger.run(queries.history)) == len(ladder())
    assert set(states(ledger).values()) == {DeliveryState.PLANNED}
    ledger.close()


def test_no_error_tells_what_the_documents_hold(written):
    reader = Ledger.open_reader(written)
    with pytest.raises(LedgerError) as caught:
        record(reader, of=truce(title="planted-secret"))
    assert "planted-secret" not in f"{caught.value}{caught.value.__cause__}"
    reader.close()


def test_only_what_waiting_can_mend_is_passing(path, written, monkeypatch):
    monkeypatch.setattr("alertd.ledger.sqlite.BUSY_SECONDS", 0.05)
    with closing(sqlite3.connect(written)) as other:
        other.execute("begin immediate")
        with pytest.raises(LedgerError) as locked:
            Ledger.open(written)
    path.write_bytes(b"not a database " * 1000)
    with pytest.raises(LedgerDamaged) as damaged:
        Ledger.open(path)
    assert (locked.value.passing, damaged.value.passing) == (True, False)


def test_a_damaged_file_is_set_aside_with_all_that_belongs_to_it(path):
    path.parent.mkdir()
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(f"garbage{suffix}")
    aside = set_aside(path, datetime(2016, 5, 3, 22, 0, 1, tzinfo=UTC))
    assert aside.name == "ledger.db.damaged-20160503T220001Z"
    assert {file.name.removeprefix(aside.name): file.read_text() for file in path.parent.iterdir()} == {
        "": "garbage",
        "-wal": "garbage-wal",
        "-shm": "garbage-shm",
    }


# -- versions ------------------------------------------------------------------------------------------------------


def of_the_first_version(path):
    """A file as the first migration alone makes it."""
    path.parent.mkdir(exist_ok=True)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        r0001_base.upgrade()
    engine.dispose()
    sql(path, "create table alembic_version (version_num varchar(32) not null primary key)")
    sql(path, "insert into alembic_version values ('0001')")


def form(path):
    """The columns of each table, in no order, and the indexes of a ledger."""
    tables = [name for (name,) in sql(path, "select name from sqlite_master where type = 'table' order by name")]
    columns = {name: {column[1:] for column in sql(path, f"pragma table_info({name})")} for name in tables}
    return columns, sql(path, "select name, sql from sqlite_master where type = 'index' order by name")


def test_the_migrations_lead_to_the_tables_that_the_code_knows(path):
    of_the_first_version(path)
    ledger = Ledger.open(path)
    with ledger.transaction() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    ledger.close()


def test_a_new_ledger_has_the_form_to_which_the_migrations_lead(path, tmp_path):
    of_the_first_version(path)
    for each in (path, tmp_path / "new.db"):
        Ledger.open(each).close()
    assert form(tmp_path / "new.db") == form(path)
    assert sql(tmp_path / "new.db", "select * from alembic_version") == [(VERSION,)]


def test_the_version_that_the_code_knows_is_the_last_migration():
    config = Config()
    config.set_main_option("script_location", "alertd.ledger:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [VERSION]


def test_a_ledger_of_the_first_version_opens_in_this_one_and_keeps_its_deliveries(path):
    """The file is filled with the SQL of its time."""
    of_the_first_version(path)
    sql(
        path,
        """insert into delivery (key, truce, kind, stage, ends_at, channel, target, planned_at, due_at, state,
               attempts, possible_repeat)
           values ('k', 'eastern-ghouta', 'reminder', '6h', 1462312800000, 'desk', 'desk', 0, 1462291200000,
               'planned', 0, 0)""",
    )
    sql(
        path,
        """insert into attempt (delivery, at, outcome)
           values (1, 1000, 'accepted'), (1, 2000, 'failed'), (1, 3000, 'unsure')""",
    )
    ledger = Ledger.open(path)
    assert ledger.run(queries.upcoming, 1) == (delivery(stage="6h"),)
    (desk,) = ledger.run(queries.channels)
    assert (desk.last_success, desk.last_failure) == (EPOCH + timedelta(seconds=1), EPOCH + timedelta(seconds=3))
    assert desk.failing_since == EPOCH + timedelta(seconds=3)
    ledger.close()
    assert sql(path, "select version_num from alembic_version") == [(VERSION,)]


def test_what_an_older_ledger_had_claimed_is_acquired_in_this_one_and_sent_again(path):
    """The file is made by the migrations up to the third, and filled with the SQL of its time."""
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for migration in (r0001_base, r0002_targets_and_messages, r0003_memory_of_the_register):
            migration.upgrade()
    engine.dispose()
    sql(path, "create table alembic_version (version_num varchar(32) not null primary key)")
    sql(path, "insert into alembic_version values ('0003')")
    sql(path, "insert into basis values ('reading', 'abc')")
    sql(
        path,
        """insert into delivery (key, truce, kind, stage, ends_at, channel, target, planned_at, due_at, state,
               attempts, possible_repeat, handed_at)
           values ('waits', 'a', 'reminder', '6h', 1462312800000, 'desk', 'desk', 0, 1, 'claimed', 0, 0, null),
                  ('sends', 'b', 'reminder', '6h', 1462312800000, 'desk', 'desk', 0, 1, 'claimed', 1, 0, 2),
                  ('done', 'c', 'reminder', '6h', 1462312800000, 'desk', 'desk', 0, 1, 'delivered', 1, 0, 2)""",
    )
    ledger = Ledger.open(path)

    assert {found.key: found.state for found in ledger.run(queries.history)} == {
        "waits": DeliveryState.ACQUIRED,
        "sends": DeliveryState.ACQUIRED,
        "done": DeliveryState.DELIVERED,
    }
    assert ledger.run(restart_cache.remembered)[0] == CacheKey(reading="abc")
    assert ledger.run(settlement.recover, ["desk"], EPOCH) == 2
    assert {found.key: found.possible_repeat for found in ledger.run(queries.history)} == {
        "waits": False,
        "sends": True,
        "done": False,
    }
    ledger.close()


def test_notices_of_an_older_ledger_keep_their_keys_and_the_next_one_is_another(path):
    """The file is made by the migrations up to the fourth, and filled with the SQL of its time."""
    path.parent.mkdir()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        for migration in (r0001_base, r0002_targets_and_messages, r0003_memory_of_the_register, r0004_acquired):
            migration.upgrade()
    engine.dispose()
    sql(path, "create table alembic_version (version_num varchar(32) not null primary key)")
    sql(path, "insert into alembic_version values ('0004')")
    about = "channel desk fails"
    old = ops(about, channel="oncall", target="oncall")
    sql(
        path,
        """insert into delivery (key, kind, channel, target, about, text, planned_at, due_at, state, attempts,
               possible_repeat)
           values ('-|ops|-|2016-05-02T09:00:00Z|oncall|channel desk fails', 'ops', 'oncall', 'oncall',
               'channel desk fails', 'desk fails', 0, 1462179600000, 'planned', 0, 0)""",
    )
    ledger = Ledger.open(path)

    assert ledger.run(queries.last_notice, (about,)) == (about, 0)
    ledger.run(acquisition.enqueue, [old], MORNING)
    assert [row.key for row in ledger.run(queries.history)] == [old.delivery.key]
    ledger.run(acquisition.enqueue, [ops(about, channel="oncall", target="oncall", number=1)], MORNING)
    assert [row.key for row in ledger.run(queries.history)] == [old.delivery.key, f"{old.delivery.key}|1"]
    ledger.close()


def test_what_an_older_ledger_had_superseded_is_carried_by_the_last_of_the_alerts_that_replaced_it(path):
    """The file is filled by this version, and set back to what the fifth migration knew."""
    changes = [change(new=end(f"2016-05-0{day}T22:00")) for day in (3, 4, 5)]
    ledger = Ledger.open(path)
    for each in changes:
        record(ledger, changes=[each], announced=[news(ends_at=f"{each.new.at:%Y-%m-%dT%H:%M}")])
    ledger.close()
    sql(path, "alter table target drop column closed")
    sql(path, "drop table node_settings")
    sql(path, "drop table file_content")
    sql(path, "drop table acknowledgement")
    sql(path, "drop table belated_record")
    sql(path, "drop index delivery_follows")
    for column in ("at", "milestone", "quiet_until", "follows", "escalation", "step", "people", "is_last"):
        sql(path, f"alter table delivery drop column {column}")
    sql(path, "alter table delivery drop column carried_by")
    sql(path, "alter table delivery drop column corrected_by")
    sql(path, "drop index truce_rest")
    sql(path, "alter table truce drop column rest_from")
    sql(path, "alter table truce drop column is_asked_about")
    sql(path, "update alembic_version set version_num = '0005'")

    ledger = Ledger.open(path)
    (dispatched,) = send(ledger, MORNING)
    assert dispatched.notice.earlier == (changes[0], changes[1])
    ledger.close()


def test_who_acknowledged_in_an_older_ledger_stands_in_the_newer_one(path):
    Ledger.open(path).close()
    sql(path, "drop table node_settings")
    sql(path, "drop table file_content")
    sql(path, "drop index delivery_follows")
    for column in ("follows", "escalation", "step", "people", "is_last"):
        sql(path, f"alter table delivery drop column {column}")
    sql(path, "drop table acknowledgement")
    columns = "alert varchar primary key, at bigint not null, by varchar not null, way varchar(16) not null, note text"
    sql(path, f"create table acknowledgement ({columns})")
    sql(path, "insert into acknowledgement values ('a|lapsed|0|-', 1462312800000, 'lena', 'command', 'on it')")
    sql(path, "update alembic_version set version_num = '0014'")

    ledger = Ledger.open(path)
    (found,) = ledger.run(acknowledging._acknowledged, {"a|lapsed|0|-"}).values()
    assert found == Acknowledgement(at=moment("2016-05-03T22:00"), by="lena", way="command", note="on it")
    ledger.close()


# -- crashes -------------------------------------------------------------------------------------------------------

_CHILD = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from ledger.steps import *
from alertd.ledger import Ledger, acquisition, planning, settlement
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{before}
ledger = Ledger.open(Path({path!r}))
{act}
die()
"""


DIES_AT_VERSION = "import alertd.ledger.versions as versions\nversions.text = lambda _: die()"
"""Once all tables stand, and before the file says of which version they are."""


def killed_after(path, act="", *, before=""):
    """Run a program that writes to the ledger and kills itself outright."""
    tests = str(Path(__file__).parents[1])
    program = _CHILD.format(tests=tests, path=str(path), act=act, before=before)
    root = str(Path(alertd.__file__).parents[1])
    child = subprocess.run([sys.executable, "-c", program], env=os.environ | {"PYTHONPATH": root}, check=False)
    assert child.returncode == -signal.SIGKILL


def reopened(path):
    ledger = Ledger.open(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("pragma integrity_check").fetchall() == [("ok",)]
    return ledger


def test_what_was_recorded_survives_the_death_of_the_daemon(path):
    killed_after(path, "record(ledger, wanted=ladder())")
    ledger = reopened(path)
    assert len(ledger.run(queries.upcoming, 10)) == len(ladder())
    ledger.close()


def test_a_migration_that_was_cut_short_is_made_anew(path):
    of_the_first_version(path)
    before = form(path)
    killed_after(path, before="from alembic import op\nop.create_index = lambda *_, **__: die()")
    assert form(path) == before
    reopened(path).close()
    assert form(path) != before


def test_a_ledger_that_was_made_in_part_is_made_anew(path):
    killed_after(path, before=DIES_AT_VERSION)
    assert sql(path, "select name from sqlite_master") == []
    reopened(path).close()


def test_a_recording_that_was_cut_short_left_nothing(path):
    killed_after(path, "planning._apply = die\nrecord(ledger, wanted=ladder())")
    ledger = reopened(path)
    assert ledger.run(queries.truces) == {}
    assert record(ledger, wanted=ladder()).inserted == len(ladder())
    ledger.close()


def test_what_was_being_sent_at_the_death_of_the_daemon_is_sent_again_and_marked(written):
    now = ladder()[0].due_at
    killed_after(written, "now = ladder()[0].due_at\nledger.run(acquisition.acquire, now, POLICY)\ntake(ledger, now)")
    ledger = reopened(written)
    assert ledger.run(settlement.recover, TARGETS, now) == 1
    (dispatched,) = send(ledger, now)
    assert (dispatched.notice.possible_repeat, dispatched.attempts) == (True, 2)
    ledger.close()


def test_a_settlement_that_was_cut_short_leaves_the_delivery_to_be_sent_again(written):
    now = ladder()[0].due_at
    act = "now = ladder()[0].due_at\nsettlement._append_attempts = die\nsend(ledger, now)"
    killed_after(written, act)
    ledger = reopened(written)
    assert ledger.run(settlement.recover, TARGETS, now) == 1
    ledger.run(acquisition.acquire, now, POLICY)
    assert [sent.notice.possible_repeat for sent in take(ledger, now)] == [True]
    ledger.close()
