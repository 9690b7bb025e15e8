"""A ledger on a PostgreSQL server: connecting, the session that has hold of it, and the server's errors as advice.

Everything that is PostgreSQL's own stands here. Writers come one after another, as with a file: each transaction takes
a lock first. A daemon has hold of the ledger by a lock of its session, on the one connection on which all of its
transactions run, so one that lost its session can write nothing any more. The server gives that lock back when the
connection ends; it watches for hosts that vanish as closely as alertd does.
"""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any, LiteralString
from urllib.parse import parse_qs

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, text

from alertd.errors import LedgerError, SessionLost
from alertd.ledger.address import ServerUrl
from alertd.ledger.generation import Origin
from alertd.ledger.place import LedgerPlace
from alertd.ledger.seen_attempts import SeenAttempts
from alertd.ledger.versions import bring_up_to_date, require_not_newer, require_up_to_date
from alertd.logs import redact, register_secret

try:
    import psycopg
    from psycopg.abc import Buffer
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
    from psycopg.types.string import StrDumperUnknown
except ImportError as missing:  # the package, or the library of PostgreSQL that it needs
    raise LedgerError(
        "a ledger on PostgreSQL needs psycopg: install it beside alertd with `pip install 'alertd[postgresql]'`"
    ) from missing

# Its warnings come with the errors that it raises, again and again.
logging.getLogger("psycopg").setLevel(logging.ERROR)

OLDEST = 15
"""The oldest server that the tests have seen."""

BUSY_SECONDS = 5
"""Seconds to wait for another session that holds a lock."""

SILENT_SECONDS = 11
"""Seconds for which a daemon that has hold of the ledger may say nothing: one that does was stopped, or is cut off.

Another daemon asks each second, and takes a moment to begin: 15 s in all.
"""

UNREAD_SECONDS = 60
"""Seconds for which an answer may wait for a daemon to read it: for as long the watchdog waits for a tick.

Over the network its session ends sooner, by `tcp_user_timeout`; a Unix socket has nothing of the kind.
"""

PULSE_SECONDS = 3
"""Seconds after which it says something, whatever it is at."""

_CONNECTION = {
    "connect_timeout": "10",  # seconds; the rest finds within 12 s that the server's host is gone
    "keepalives_idle": "6",
    "keepalives_interval": "3",
    "keepalives_count": "2",
    "tcp_user_timeout": "12000",  # milliseconds
}
"""Options of a connection, as far as the URL does not give others."""

_PRIMARY = {"target_session_attrs": "read-write"}
"""Of several servers that a URL names, a writer takes the one that takes writes."""

_SESSION = """
SET tcp_keepalives_idle = 6; SET tcp_keepalives_interval = 3; SET tcp_keepalives_count = 2;
SET tcp_user_timeout = '12s';
SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';
"""
"""The server finds as soon that this host is gone; what is committed is on its disk, whatever is its default."""

_ACTIVE, _WRITING = 0x616C6572, 0x616C6573
"""The numbers of alertd's locks; the second number of each stands for the schema of the ledger."""

_OF_SCHEMA = "hashtext(current_schema())"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"  # all that one transaction reads is of one moment
_WRITE = f"BEGIN; SELECT pg_advisory_xact_lock({_WRITING}, {_OF_SCHEMA})"
_WITHOUT_WAIT = "; SET LOCAL synchronous_commit = off"
_SAME_SESSION = "; SELECT 1 / (pg_backend_pid() = {process})::integer"
"""Fails where a pooler has handed the transaction to another session than the one that has hold of the ledger."""

_TAKE_HOLD = f"SELECT pg_try_advisory_lock({_ACTIVE}, {_OF_SCHEMA})"
_OF_HOLDER = (  # the numbers of a lock are those of an index of objects, which has no sign
    "FROM pg_locks JOIN pg_stat_activity AS activity USING (pid) "  # noqa: S608  numbers of the code
    "WHERE locktype = 'advisory' AND granted AND pg_locks.database = (SELECT oid FROM pg_database "
    f"WHERE datname = current_database()) AND classid = {_ACTIVE} AND objsubid = 2 "
    f"AND objid::bigint = {_OF_SCHEMA}::bigint & 4294967295"
)
_HOLDER = f"SELECT activity.application_name {_OF_HOLDER}"
_END_SILENT = (
    f"SELECT pg_terminate_backend(activity.pid, 1000) {_OF_HOLDER} AND clock_timestamp() - activity.state_change > "
    "CASE activity.wait_event WHEN 'ClientRead' THEN make_interval(secs => %s) "
    "WHEN 'ClientWrite' THEN make_interval(secs => %s) END"
)
"""Ends the session that has hold of the ledger and says nothing, or reads no answer, and waits a second for its end.

The server ends one that says nothing by itself, but not within a pipeline of statements: there it has no timeout.
"""
_NAME = "alertd "
"""Before the name of the node in the name of its session."""

_OTHER_ORDER = text(
    "SELECT relname AS table, attname AS column, format_type(atttypid, atttypmod) AS type FROM pg_attribute "
    "JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' "
    "AND attnum > 0 AND attcollation NOT IN (0, 'pg_catalog.\"C\"'::regcollation)"
)
"""The columns whose texts are not in the order of their letters' numbers, as they are in a file and in Python."""

_ADVICE = {
    "08": "the server cannot be reached, or does not answer; alertd goes on by itself once it does",
    "25006": "it takes no writes: it is a standby, or set read-only; name the primary in `url`, or let it write",
    "28": "it does not let this user in; check user and password in `url`, and pg_hba.conf",
    "3D": "the server has no database of this name: CREATE DATABASE makes one",
    "3F": "the database has no such schema, or this user may not use it",
    "40": "another transaction was in the way; it is tried again",
    "42501": "the user of `url` may not use it: make that user the owner of the database, or of schema and tables",
    "42P01": "a table is missing: put back a dump, or restart alertd, which makes what is missing of an empty ledger",
    "53100": "the disk of the server is full; make room, and alertd goes on where it was",
    "53300": "the server takes no more connections; end some, or raise max_connections",
    "53": "the server is short of memory or files; alertd goes on by itself once it has some",
    "55P03": f"another session has held a lock for more than {BUSY_SECONDS} s; look for it in pg_stat_activity",
    "57": "the server stops, starts or has ended the session; alertd goes on by itself",
    "58": "the server's disk gave an error; check its log",
    "XX": "the server has found damage; check its log, and put back a dump where the ledger is damaged",
}
"""By the code of the error, or by its first characters, which are its class."""

_WHILE_CONNECTING = {
    "authentication failed": "28",
    "pg_hba.conf": "28",
    " does not exist": "3D",
    "too many connections": "53300",
    "connection slots": "53300",
    "not permitted to log in": "28",
    "session is read-only": "25006",
}
"""The codes of errors while connecting, which come without one, by the server's English words."""

_ENDED = ("08", "57P")
"""The codes of errors after which there is no session."""


class PostgresqlServer:
    """An open ledger on a server."""

    driver_error: type[Exception] = psycopg.Error
    place: LedgerPlace | None = None

    def __init__(self, url: ServerUrl, *, writes: bool) -> None:
        """It connects when it is first used."""
        self.origin = Origin.KNOWN
        self._url = url
        self._writes = writes
        self._session: int | None = None
        """The process of the server that has hold of the ledger for this daemon."""
        self._waits = True
        self._seen: SeenAttempts | None = None
        """Of a daemon; it recognises by this an older dump."""
        self._is_new = False
        self._closing = Event()
        _register_password(url.url)
        self.engine = self._engine()

    def _engine(self) -> Engine:
        """An engine of one connection; hidden parameters keep documents out of error texts."""
        engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,
            use_native_hstore=False,
            paramstyle="format",  # values in the order of their places, as with a file
        )
        event.listen(engine, "begin", self._begin)
        return engine

    def _begin(self, connection: Connection) -> None:
        raw = _driver_connection(connection.connection)
        try:
            raw.execute(self._beginning())
        except psycopg.errors.DivisionByZero:
            connection.invalidate()
            raise self._lost("a pooler has handed it over") from None
        except psycopg.Error:
            if raw.closed:
                connection.invalidate()
            raise

    def _beginning(self) -> LiteralString:
        """The statements that begin a transaction, in one way to the server."""
        if not self._writes:
            return _READ
        wait = "" if self._waits else _WITHOUT_WAIT
        same = "" if self._session is None else _SAME_SESSION.format(process=self._session)
        return f"{_WRITE}{wait}{same}"

    def _connect(self) -> "psycopg.Connection[Any]":
        """A connection that begins and ends its transactions as it is told to."""
        if self._session is not None:
            raise self._lost("the connection was lost")
        try:
            given = conninfo_to_dict(self._url.url)
        except psycopg.Error:
            raise LedgerError(
                "the URL of the ledger cannot be read: write postgresql://USER:PASSWORD@HOST/DATABASE, with %40 for an "
                "@ in the password, %2F for a /, and %25 for a %"
            ) from None
        wanted = _CONNECTION | (_PRIMARY if self._writes else {})
        others = {name: value for name, value in wanted.items() if name not in given}
        options = make_conninfo(self._url.url, application_name=_NAME.strip(), **others)
        raw = psycopg.connect(options, autocommit=True)
        try:
            self._require_fit(raw)
            raw.adapters.register_dumper(str, _WithoutNul)
            raw.execute(_SESSION)
            _set(raw, "lock_timeout", f"{BUSY_SECONDS}s")
        except BaseException:
            raw.close()
            raise
        return raw

    def _require_fit(self, raw: "psycopg.Connection[Any]") -> None:
        major = raw.info.server_version // 10_000
        if major < OLDEST:
            raise LedgerError(f"ledger {self._url}: it is PostgreSQL {major}; alertd needs {OLDEST} or newer")
        if raw.info.parameter_status("server_encoding") != "UTF8":
            raise LedgerError(
                f"ledger {self._url}: the database cannot keep every text; make one with CREATE DATABASE alertd "
                "ENCODING 'UTF8' TEMPLATE template0"
            )
        process = _process(raw)
        if process != raw.info.backend_pid and self._shares_sessions(process):  # a pooler tells a number of its own
            raise LedgerError(
                f"ledger {self._url}: a pooler in transaction mode stands before the server, so that two daemons could "
                "run on one ledger; name the server itself in `url`, or set pool_mode = session for this database"
            )

    def _shares_sessions(self, process: int) -> bool:
        """True where a second connection gets the session that the first had."""
        with psycopg.connect(self._url.url, autocommit=True) as second:
            return _process(second) == process

    def open(self) -> None:
        """Connect; a reader also sees that there is a ledger in the form that it knows."""
        with self.engine.begin() as connection:
            if not self._writes:
                require_up_to_date(connection, str(self._url))

    def take_hold(self, node: str) -> bool:
        """Take hold of the ledger by a lock of this session, unless another has it that is still there."""
        with self._raw() as raw:
            if not _value(raw, _TAKE_HOLD):
                silent = _value(raw, _END_SILENT, SILENT_SECONDS, UNREAD_SECONDS)
                if not (silent and _value(raw, _TAKE_HOLD)):
                    return False
            _set(raw, "application_name", f"{_NAME}{node}")
            self._session = _process(raw)
        return True

    def become_active(self, node: str) -> bool:
        """Take hold of the ledger unless another has it, and bring it up to date; know it in either case."""
        if self._seen is None and self._url.seen is not None:
            self._seen = SeenAttempts(self._url.seen)
        if not self.take_hold(node):
            self._look_on()
            return False
        try:
            with self.engine.begin() as connection:
                self.bring_up_to_date(connection)
            with self._raw() as raw:
                for name in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
                    _set(raw, name, f"{SILENT_SECONDS}s")
                Thread(target=_keep_alive, args=(raw, self._closing), name="ledger pulse", daemon=True).start()
        except BaseException:
            self.close()  # lets go of the ledger
            raise
        return True

    def _look_on(self) -> None:
        """See what is in a ledger that another node has; refuse to wait for one that this alertd could not take."""
        with self._raw() as raw:
            if _value(raw, "SELECT to_regclass('alembic_version')") is None:
                return
            require_not_newer(str(_value(raw, "SELECT version_num FROM alembic_version")), str(self._url))
            if self._seen is not None:
                self._seen.see(_attempts(raw))

    def bring_up_to_date(self, connection: Connection) -> None:
        """Make the tables, or bring them up to date, and their texts into the order of a file."""
        self._is_new = bring_up_to_date(connection, str(self._url))
        _set_order(connection)

    def active_node(self) -> str | None:
        """The node in the name of the session that has hold of the ledger."""
        with self._raw() as raw:
            name = _value(raw, _HOLDER)
        return None if name is None else str(name).removeprefix(_NAME)

    @contextmanager
    def without_wait(self) -> Iterator[None]:
        """Let what is committed within not wait for the disk."""
        self._waits = False
        try:
            yield
        finally:
            self._waits = True

    def version(self) -> object:
        """The transactions of the server whose work is seen: others than the ledger's make it differ as well."""
        with self._raw() as raw:
            self._look(raw)
            return _value(raw, "SELECT pg_current_snapshot()::text")

    def _look(self, raw: "psycopg.Connection[Any]") -> None:
        """See what is in it, unless it lacks what was seen."""
        if self._seen is not None and self._session is not None and self.origin is Origin.KNOWN:
            self._seen.see(_attempts(raw))

    def recognise(self) -> Origin:
        """Find out by its attempts if it was put back, or another was begun, since this node saw it last."""
        if self._seen is not None:
            with self._raw() as raw:
                self.origin = self._seen.origin(_attempts(raw), is_new=self._is_new)
        return self.origin

    def advance(self) -> None:
        """Count on from where it is."""
        self.origin = Origin.KNOWN
        if self._seen is not None:
            with self._raw() as raw:
                self._seen.set(_attempts(raw))

    def checkpoint(self) -> None:
        """Nothing: the server does so by itself."""

    def backup(self, path: Path) -> None:
        """Raises `LedgerError`: the server has a better way."""
        raise LedgerError(
            f"the ledger is on a server: copy it with `pg_dump --format=custom --file={path}`, which takes the same "
            "URL; pg_restore puts it back"
        )

    def put_back(self) -> None:
        """Nothing: no file can be deleted."""

    def close(self) -> None:
        """Let go of the ledger, and end the session."""
        self._closing.set()
        if self._session is not None:
            with suppress(psycopg.Error, LedgerError), self._raw() as raw:  # else the server does, once it notices
                self._look(raw)
                raw.execute("SELECT pg_advisory_unlock_all()")
        self.engine.dispose()
        self._session = None

    def advice(self, error: BaseException | None) -> LedgerError:
        """The error of the server as advice."""
        code = (error.sqlstate if isinstance(error, psycopg.Error) else None) or ""
        unreached = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not code
        if self._session is not None and (unreached or code.startswith(_ENDED)):
            return self._lost(_first_line(error))
        if unreached:
            code = next((code for words, code in _WHILE_CONNECTING.items() if words in str(error)), "08")
        advice = next((_ADVICE[code[:length]] for length in (5, 2) if code[:length] in _ADVICE), None)
        told = f"ledger {self._url}: {_first_line(error)}"
        return LedgerError(told if advice is None else f"{told}: {advice}", passing=advice is not None)

    def _lost(self, reason: str) -> SessionLost:
        return SessionLost(
            f"ledger {self._url}: the session that had hold of it has ended ({reason}); another node may have it now",
            passing=True,
        )

    @contextmanager
    def _raw(self) -> "Iterator[psycopg.Connection[Any]]":
        """The driver's own connection, outside any transaction."""
        with closing(self.engine.raw_connection()) as pooled:
            raw = _driver_connection(pooled)
            try:
                yield raw
            except psycopg.Error:
                if raw.closed:
                    pooled.invalidate()
                raise


class _WithoutNul(StrDumperUnknown):
    """Texts as the server takes them: it keeps no NUL, which a file or an answer may have in it."""

    def dump(self, obj: str) -> Buffer | None:
        """The text, with the sign for what cannot be shown in place of each NUL."""
        return super().dump(obj.replace("\0", "\ufffd"))


def _driver_connection(pooled: PoolProxiedConnection) -> "psycopg.Connection[Any]":
    raw = pooled.driver_connection
    assert isinstance(raw, psycopg.Connection)  # noqa: S101  tells mypy what the driver is
    return raw


def _value(raw: "psycopg.Connection[Any]", query: LiteralString, *parameters: float) -> object:
    """The one value that a query gives; None where it gives no row."""
    row = raw.execute(query, parameters).fetchone()
    return None if row is None else row[0]


def _attempts(raw: "psycopg.Connection[Any]") -> int:
    """The number of the last attempt that a ledger has given."""
    return int(str(_value(raw, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempt_id_seq")))


def _keep_alive(raw: "psycopg.Connection[Any]", closing: Event) -> None:
    """Say something to the server again and again: this thread stands still with the process, and never otherwise."""
    while not (closing.wait(PULSE_SECONDS) or raw.closed):
        with suppress(psycopg.Error):  # of a transaction that has failed, or of a session that has ended: see `advice`
            raw.execute("SELECT 1")


def _set(raw: "psycopg.Connection[Any]", name: str, value: str) -> None:
    """Set an option of the session."""
    raw.execute("SELECT set_config(%s, %s, false)", [name, value])


def _process(raw: "psycopg.Connection[Any]") -> int:
    """The process of the server that answers."""
    return int(str(_value(raw, "SELECT pg_backend_pid()")))


def _set_order(connection: Connection) -> None:
    """Have all texts in one order, whatever is the database's own: those of a new ledger, and of new columns."""
    quote = connection.dialect.identifier_preparer.quote
    for found in connection.execute(_OTHER_ORDER).all():
        table, column = quote(found.table), quote(found.column)
        connection.exec_driver_sql(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE {found.type} COLLATE "C"')


def _first_line(error: object) -> str:
    """The words of the server, without any secret; the lines that follow may quote what is in the ledger."""
    return redact(str(error).partition("\n")[0])


def _register_password(url: str) -> None:
    register_secret(url)
    before, _, options = url.partition("?")
    user = before.partition("://")[2].rpartition("@")[0]
    for password in (user.partition(":")[2], *parse_qs(options).get("password", ())):
        register_secret(password)
