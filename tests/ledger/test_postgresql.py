"""What a ledger on a real PostgreSQL keeps besides what any ledger must: its session, its server, and its secrets."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from ledger.steps import ladder, ops, record, revision, states
from postgresql import PASSWORD
from process import until
from sqlalchemy import Connection, create_engine, select, text

from alertd.errors import LedgerError, SessionLost
from alertd.ledger import DeliveryState, Ledger, Origin, ServerUrl, acquisition, planning, queries
from alertd.ledger import postgresql as room
from alertd.ledger.migrations.versions import r0001_base
from alertd.ledger.prepared import Prepared
from alertd.ledger.schema import VERSION, metadata


@pytest.fixture
def url(postgresql):
    return postgresql.new()


@pytest.fixture
def active(url):
    """A ledger of which the node `one` has hold."""
    ledger = Ledger.open(url)
    assert ledger.become_active("one")
    yield ledger
    ledger.close()


def sql(url, statement):
    with closing(psycopg.connect(url.url, autocommit=True)) as raw:
        cursor = raw.execute(statement)
        return cursor.fetchall() if cursor.description else []


def sessions(node):
    return f"SELECT pid FROM pg_stat_activity WHERE application_name = 'alertd {node}'"  # noqa: S608  a name of the test


def end_session(postgresql, node="one"):
    postgresql.execute(f"SELECT pg_terminate_backend(pid) FROM ({sessions(node)}) AS its")  # noqa: S608  likewise


def end_of(postgresql, node="one"):
    """Wait until the server has no session of a node any more."""
    while postgresql.execute(sessions(node)):
        time.sleep(0.01)


@contextmanager
def role(postgresql, name, options=""):
    """A user who may log in and nothing else."""
    postgresql.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {options}")
    yield
    postgresql.execute(f"DROP OWNED BY {name}", database="alertd")
    postgresql.execute(f"DROP ROLE {name}")


# -- opening -------------------------------------------------------------------------------------------------------


def test_what_was_written_is_there_for_the_next_daemon_and_for_readers(url, active):
    record(active, wanted=ladder())
    active.close()
    with closing(Ledger.open_reader(url)) as reader:
        assert len(reader.run(queries.history)) == len(ladder())
    again = Ledger.open(url)
    assert again.become_active("one")
    assert len(again.run(queries.history)) == len(ladder())
    again.close()


def test_a_ledger_is_reached_over_the_network_too(postgresql):
    with closing(Ledger.open(postgresql.new(host="127.0.0.1"))) as ledger:
        assert ledger.become_active("one")
        assert record(ledger, wanted=ladder()).inserted == len(ladder())


def test_there_is_none_before_a_daemon_has_taken_hold_of_it(url):
    assert not Ledger.exists(url)
    with pytest.raises(LedgerError, match="there is none yet; `alertd run` makes it"):
        Ledger.open_reader(url)
    with closing(Ledger.open(url)) as ledger:
        assert ledger.become_active("one")
    assert Ledger.exists(url)


def test_a_reader_cannot_write_and_reads_all_of_one_moment(url, active):
    with closing(Ledger.open_reader(url)) as reader:
        with pytest.raises(LedgerError, match="read-only"):
            record(reader, wanted=ladder())
        with reader.transaction() as connection:
            assert queries.history(connection) == ()
            record(active, wanted=ladder())
            assert queries.history(connection) == ()
        assert len(reader.run(queries.history)) == len(ladder())


def test_the_version_differs_as_soon_as_anybody_has_changed_something(url, active):
    with closing(Ledger.open_reader(url)) as reader:
        before = reader.version(), active.version()
        reader.run(queries.history)
        assert (reader.version(), active.version()) == before
        record(active, wanted=ladder())
        after = reader.version(), active.version()
        assert before[0] != after[0]
        assert before[1] != after[1]
        sql(url, "DELETE FROM delivery WHERE stage = '24h'")
        assert active.version() != after[1]


def test_texts_come_in_the_order_of_a_file_whatever_the_database_is_used_to(active):
    with active.transaction() as connection:
        in_order = "SELECT 'a-b' < 'aB' COLLATE \"C\", 'a-b' < 'aB'"
        assert connection.exec_driver_sql("SELECT 'B' < 'a', 'B' COLLATE \"C\" < 'a'").one() == (False, True), in_order
    names = ["ab", "B", "a-b", "Z"]
    for name in names:
        record(active, wanted=ladder(truce=name), of=_truce(name))
    assert list(active.run(queries.truces)) == sorted(names)
    assert [each.truce for each in active.run(queries.upcoming, 4)] == sorted(names)


def test_a_text_that_the_server_cannot_keep_is_kept_without_what_it_cannot(active):
    active.run(acquisition.enqueue, [ops(text="an answer with a \0 in it")], ladder()[0].due_at)
    with active.transaction() as connection:
        assert connection.exec_driver_sql("SELECT text FROM delivery").scalar() == "an answer with a \ufffd in it"


def _truce(name):
    from factories import truce  # noqa: PLC0415

    return truce(id=name)


def test_the_migrations_lead_to_the_tables_that_the_code_knows(url):
    """No ledger on a server is as old as the first of them; what they do now, they will do then."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url.url))
    with engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            r0001_base.upgrade()
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num varchar(32) NOT NULL PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
    engine.dispose()
    with closing(Ledger.open(url)) as ledger:
        assert ledger.become_active("one")
        with ledger.transaction() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert sql(url, "SELECT version_num FROM alembic_version") == [(VERSION,)]


def test_a_ledger_that_a_newer_alertd_wrote_is_left_alone_and_let_go_of(url, active):
    active.close()
    sql(url, "UPDATE alembic_version SET version_num = '9999'")
    with closing(Ledger.open(url)) as ledger:
        with pytest.raises(LedgerError, match="a newer alertd wrote it"):
            ledger.become_active("old")
        assert ledger.active_node() is None


# -- the session that has hold of it -------------------------------------------------------------------------------


def test_one_node_has_hold_of_the_ledger_until_it_lets_go(url, active):
    with closing(Ledger.open(url)) as other:
        assert not other.become_active("two")
        assert (other.active_node(), active.active_node()) == ("one", "one")
        active.close()
        assert other.become_active("two")
        assert other.active_node() == "two"


def test_two_ledgers_of_one_database_have_a_node_each(postgresql, active):
    with closing(Ledger.open(postgresql.new())) as other:
        assert other.active_node() is None
        assert other.become_active("two")
        assert (active.active_node(), other.active_node()) == ("one", "two")


def test_a_node_that_lost_its_session_can_write_nothing_any_more(postgresql, url, active):
    record(active, wanted=ladder(stages=("24h",)))
    end_session(postgresql)
    for _ in range(3):
        with pytest.raises(SessionLost, match="another node may have it now") as lost:
            record(active, wanted=ladder())
        assert lost.value.passing
    for call in (active.version, active.active_node, lambda: active.run_ahead(queries.history)):
        with pytest.raises(SessionLost):
            call()
    with closing(Ledger.open(url)) as other:
        assert other.become_active("two")
        assert len(other.run(queries.history)) == 1


@pytest.mark.parametrize("ask", [Connection.execute, lambda connection, query: Prepared(query).all(connection, {})])
def test_a_session_that_ends_within_a_transaction_leaves_nothing_of_it(postgresql, url, active, ask):
    def cut_off(connection):
        planning.store(connection, [], ladder()[0].due_at)
        connection.exec_driver_sql("DELETE FROM alembic_version")
        end_session(postgresql)
        end_of(postgresql)
        ask(connection, select(text("1 AS number")))

    with pytest.raises(SessionLost, match=r"has ended \(terminating connection due to administrator command\)"):
        active.run(cut_off)
    assert sql(url, "SELECT version_num FROM alembic_version") == [(VERSION,)]


def test_a_node_that_stands_still_loses_its_session(postgresql, url, monkeypatch):
    """A process that is stopped keeps its connection, as the kernel answers for it."""
    monkeypatch.setattr(room, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(room, "PULSE_SECONDS", 60)
    with closing(Ledger.open(url)) as still, closing(Ledger.open(url)) as other:
        assert still.become_active("still")
        end_of(postgresql, "still")
        assert other.become_active("two")
        with pytest.raises(SessionLost):
            still.run(queries.history)


def test_a_node_that_stands_still_within_a_pipeline_of_statements_loses_its_session(url, monkeypatch):
    """The server has no timeout there."""
    monkeypatch.setattr(room, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(room, "PULSE_SECONDS", 60)
    with closing(Ledger.open(url)) as still, closing(Ledger.open(url)) as other:
        assert still.become_active("still")
        taken = []

        def stand_still(connection):
            raw = connection.connection.driver_connection
            with raw.pipeline():
                raw.execute("SELECT 1")
                raw.pgconn.flush()
                time.sleep(0.1)
                taken.append(other.become_active("two"))

        with pytest.raises(SessionLost):
            still.run(stand_still)
        assert taken == [True]


def test_a_node_that_stands_still_within_a_large_answer_loses_its_session(postgresql, url, monkeypatch):
    """Over a Unix socket nothing else ends it."""
    monkeypatch.setattr(room, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(room, "PULSE_SECONDS", 60)
    waits_for = "SELECT wait_event FROM pg_stat_activity WHERE application_name = 'alertd still'"
    with closing(Ledger.open(url)) as still, closing(Ledger.open(url)) as other:
        assert still.become_active("still")
        with still._database._raw() as raw:
            raw.pgconn.send_query(b"SELECT repeat('x', 1000000) FROM generate_series(1, 50)")
            until(lambda: postgresql.execute(waits_for) == [("ClientWrite",)], "an answer that nobody reads")
            assert not other.become_active("two")
            monkeypatch.setattr(room, "UNREAD_SECONDS", 0.05)
            until(lambda: other.become_active("two"), "the end of its session", 10)
        with pytest.raises(SessionLost):
            still.run(queries.history)


def test_a_node_that_is_at_something_else_for_long_keeps_its_session(url, monkeypatch):
    """As in the first reading of a large register, and within a transaction that takes its time."""
    monkeypatch.setattr(room, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(room, "PULSE_SECONDS", 0.05)
    with closing(Ledger.open(url)) as busy, closing(Ledger.open(url)) as other:
        assert busy.become_active("busy")
        time.sleep(1)
        assert not other.become_active("two")
        with busy.transaction() as connection:
            queries.history(connection)
            time.sleep(1)
            assert not other.become_active("two")
            assert queries.history(connection) == ()


def test_beside_the_node_that_has_hold_of_it_a_command_can_write(url, active):
    record(active, wanted=ladder())
    with closing(Ledger.open(url)) as command:
        record(command, wanted=ladder(stages=("1h",)))
    assert list(states(active).values()).count(DeliveryState.SUPERSEDED) == len(ladder()) - 1


def test_what_writes_comes_one_after_another(url, active):
    """As with a file: what one transaction has read is still so when it writes."""
    with closing(Ledger.open(url)) as command, ThreadPoolExecutor(1) as beside:
        with active.transaction() as connection:
            later = beside.submit(command.run, queries.history)
            time.sleep(0.2)
            assert not later.done()
            planning.store(connection, [revision(wanted=ladder())], ladder()[0].due_at)
        assert len(later.result()) == len(ladder())


def test_what_is_committed_is_on_the_disk_of_the_server_unless_it_may_wait(active):
    def mode(connection):
        return connection.exec_driver_sql("SHOW synchronous_commit").scalar()

    assert (active.run(mode), active.run_ahead(mode), active.run(mode)) == ("on", "off", "on")


# -- an older dump -------------------------------------------------------------------------------------------------


def opened(url, seen, node="one"):
    """The contents that a daemon of a node with that file finds when it becomes active."""
    with closing(Ledger.open(ServerUrl(url.url, seen))) as ledger:
        assert ledger.become_active(node)
        found = ledger.recognise()
        ledger.advance() if found is not Origin.KNOWN else None
        return found


def try_to_send(ledger, times):
    """Try something that often."""
    with ledger.transaction() as connection:
        for _ in range(times):
            connection.exec_driver_sql("SELECT nextval('attempt_id_seq')")
    ledger.version()  # as each tick asks


def test_an_older_dump_is_recognised_by_each_node_that_saw_more_sent(postgresql, url, tmp_path):
    seen = {node: tmp_path / node for node in ("one", "two", "new")}
    with closing(Ledger.open(ServerUrl(url.url, seen["one"]))) as active:
        assert active.become_active("one")
        assert active.recognise() is Origin.KNOWN
        try_to_send(active, 5)
        dump = postgresql.dump(url)
        try_to_send(active, 1)
        with closing(Ledger.open(ServerUrl(url.url, seen["two"]))) as standby:
            assert not standby.become_active("two")
    assert [opened(url, seen[node]) for node in seen] == [Origin.KNOWN] * 3

    postgresql.put_back(dump)
    assert [opened(url, seen["one"]), opened(url, seen["one"])] == [Origin.COPY, Origin.KNOWN]
    assert [opened(url, seen["two"]), opened(url, seen["two"])] == [Origin.COPY, Origin.KNOWN]


def test_a_new_ledger_where_another_had_been_is_told_from_a_first_one(postgresql, url, tmp_path):
    seen = tmp_path / "seen"
    with closing(Ledger.open(ServerUrl(url.url, seen))) as active:
        assert active.become_active("one")
        assert active.recognise() is Origin.KNOWN
        try_to_send(active, 5)
    other = postgresql.new()
    assert [opened(other, seen), opened(other, seen)] == [Origin.NEW, Origin.KNOWN]


def test_a_file_of_seen_attempts_that_cannot_be_written_or_says_no_number_costs_nothing_else(url, tmp_path):
    seen = tmp_path / "seen"
    seen.write_text("what?")
    assert opened(url, seen) is Origin.KNOWN
    seen.unlink()
    seen.symlink_to(tmp_path / "elsewhere")
    with closing(Ledger.open(ServerUrl(url.url, seen))) as active:
        assert active.become_active("one")
        assert active.recognise() is Origin.KNOWN
        try_to_send(active, 5)
    assert not (tmp_path / "elsewhere").exists()


# -- a pooler ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pooler(postgresql):
    """Starts pgbouncer before the server in a mode, and gives the URL by which it is reached."""
    with ExitStack() as running:
        yield lambda mode: running.enter_context(postgresql.pooler(mode))


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_lends_sessions_out_is_refused_with_the_reason(pooler, mode):
    text, passing = refusal(pooler(mode))
    assert "a pooler in transaction mode stands before the server" in text
    assert "set pool_mode = session" in text
    assert not passing


def test_a_pooler_that_keeps_sessions_apart_will_do(pooler):
    with closing(Ledger.open(pooler("session"))) as ledger:
        assert ledger.become_active("one")
        assert record(ledger, wanted=ladder()).inserted == len(ladder())


def test_a_transaction_in_another_session_than_the_one_that_has_hold_of_the_ledger_does_nothing(url, active):
    """As behind a pooler that was put into transaction mode under a running daemon."""
    record(active, wanted=ladder(stages=("24h",)))
    active._database._session += 1
    for _ in range(2):
        with pytest.raises(SessionLost):
            record(active, wanted=ladder())
    with closing(Ledger.open_reader(url)) as reader:
        assert len(reader.run(queries.history)) == 1


# -- errors as advice ----------------------------------------------------------------------------------------------


def refusal(url):
    with pytest.raises(LedgerError) as refused, closing(Ledger.open(url)) as ledger:
        ledger.become_active("one")
    assert PASSWORD not in f"{refused.value}{refused.value.__cause__}"
    return str(refused.value), refused.value.passing


def test_a_server_that_is_not_there_is_waited_for():
    text, passing = refusal(ServerUrl(f"postgresql://alertd:{PASSWORD}@127.0.0.1:1/alertd"))
    assert text.startswith("ledger postgresql://127.0.0.1:1/alertd: ")
    assert text.endswith("the server cannot be reached, or does not answer; alertd goes on by itself once it does")
    assert passing


def test_a_wrong_password_and_a_database_that_is_not_there_are_told(postgresql):
    text, passing = refusal(postgresql.url(password="another"))
    assert "check user and password in `url`" in text
    assert passing
    text, passing = refusal(ServerUrl(postgresql.url().url.replace("/alertd?", "/nowhere?")))
    assert "CREATE DATABASE makes one" in text
    assert passing


def test_a_url_that_cannot_be_read_is_told_without_a_word_of_it():
    text, _ = refusal(ServerUrl(f"postgresql://alertd:{PASSWORD}%zz@127.0.0.1/alertd"))
    assert text.startswith("the URL of the ledger cannot be read: write postgresql://USER:PASSWORD@HOST/DATABASE")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            "postgresql://alertd:secret@db.example.org:5432/alertd?sslmode=verify-full",
            "postgresql://db.example.org:5432/alertd",
        ),
        ("postgres://one,two/alertd?password=secret", "postgresql://one,two/alertd"),
        ("postgresql://alertd:sec/ret@db/alertd", "postgresql://db/alertd"),
        ("postgresql://alertd:sec?ret@db/alertd", "postgresql"),
        ("postgresql://alertd:sec@ret@db/alertd", "postgresql"),
        ("postgresql:///alertd?password=sec@ret", "postgresql"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url, shown):
    assert str(ServerUrl(url)) == shown
    assert "sec" not in repr(ServerUrl(url))


def test_a_server_that_is_too_old_is_refused(url, monkeypatch):
    monkeypatch.setattr(room, "OLDEST", 99)
    text, passing = refusal(url)
    assert "alertd needs 99 or newer" in text
    assert not passing


def test_a_database_that_cannot_keep_every_text_is_refused(postgresql):
    postgresql.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    text, _ = refusal(ServerUrl(postgresql.url().url.replace("/alertd?", "/latin?")))
    assert "ENCODING 'UTF8' TEMPLATE template0" in text


def test_a_user_who_does_not_own_the_schema_is_told_what_to_do(postgresql):
    with role(postgresql, "guest"):
        text, passing = refusal(postgresql.url(user="guest"))
    assert "make that user the owner of the database" in text
    assert passing


def test_a_server_that_takes_no_writes_is_told_and_waited_for(postgresql):
    with role(postgresql, "frozen"):
        postgresql.execute("CREATE SCHEMA frozen AUTHORIZATION frozen", database="alertd")
        url = postgresql.url("frozen", user="frozen")
        postgresql.execute("ALTER ROLE frozen SET default_transaction_read_only = on")
        text, passing = refusal(url)
        assert "name the primary in `url`, or let it write" in text
        assert passing
        postgresql.execute("ALTER ROLE frozen RESET default_transaction_read_only")
        with closing(Ledger.open(url)) as ledger:
            assert ledger.become_active("one")


def test_a_limit_of_connections_is_told_and_waited_for(postgresql):
    with role(postgresql, "many", "CONNECTION LIMIT 1"):
        url = postgresql.url(user="many")
        with closing(psycopg.connect(url.url)):
            text, passing = refusal(url)
    assert "end some, or raise max_connections" in text
    assert passing


def test_a_lock_that_somebody_holds_is_waited_for_and_told(url, active, monkeypatch):
    active.close()
    monkeypatch.setattr(room, "BUSY_SECONDS", 0.05)
    with closing(Ledger.open(url)) as ledger:
        assert ledger.become_active("one")
        with closing(psycopg.connect(url.url)) as other:
            other.execute("LOCK TABLE delivery")
            with pytest.raises(LedgerError, match="another session has held a lock") as locked:
                record(ledger, wanted=ladder())
        assert locked.value.passing
        assert record(ledger, wanted=ladder()).inserted == len(ladder())


def test_no_error_tells_what_the_documents_hold(url, active):
    with closing(Ledger.open_reader(url)) as reader, pytest.raises(LedgerError) as caught:
        record(reader, of=_truce("planted-secret"))
    assert "planted-secret" not in f"{caught.value}{caught.value.__cause__}"


def test_a_backup_says_what_makes_one(active, tmp_path):
    with pytest.raises(LedgerError, match=f"pg_dump --format=custom --file={tmp_path}/copy"):
        active.backup(tmp_path / "copy")


def test_a_reader_goes_on_by_itself_once_the_server_is_back(postgresql, url, active):
    record(active, wanted=ladder())
    active.close()
    with closing(Ledger.open_reader(url)) as reader:
        postgresql.stop()
        for call in (reader.version, lambda: reader.run(queries.history)):
            with pytest.raises(LedgerError) as gone:
                call()
            assert gone.value.passing
        postgresql.start()
        assert reader.version()
        assert len(reader.run(queries.history)) == len(ladder())
