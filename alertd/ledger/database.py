"""The file under the ledger: opening it, bringing it up to date, its transactions, and its errors as advice.

Everything that is SQLite's own stands here, so that another database is another such module. WAL lets `status`
read while the daemon writes; synchronous=FULL makes a committed row survive a power cut.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from alertd.errors import LedgerDamaged, LedgerError
from alertd.files.private import ALONE, FOLDER, GROUP, open_private, tighten
from alertd.ledger.generation import Origin, origin, read_beside, write_beside
from alertd.ledger.place import LedgerPlace
from alertd.ledger.schema import VERSION, metadata

BUSY_SECONDS = 5
"""Seconds to wait for another process that holds the file."""

CACHE_KIB = 32_000
"""Memory for pages at most: with SQLite's own 2 MB a large agenda's indexes are read again for each row."""

_ADVICE = {
    sqlite3.SQLITE_NOTADB: "this is not a ledger; move the file away, and a new one is made at the next start",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; stop alertd and put back a copy, or move the file away to start anew",
    sqlite3.SQLITE_READONLY: "it cannot be written; check the owner and the rights of the file and its folder",
    sqlite3.SQLITE_PERM: "it cannot be used; check the owner and the rights of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and who may use it",
    sqlite3.SQLITE_BUSY: "another process holds it; see that no second alertd or database tool has it open",
    sqlite3.SQLITE_FULL: "the disk is full; make room, and alertd goes on where it was",
    sqlite3.SQLITE_IOERR: "the disk gave an error; check the disk and the file system",
}
_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_PASSING = _ADVICE.keys() - _DAMAGED

_PRIMARY_CODE = 0xFF
"""SQLite's extended error codes carry the plain one in their lowest byte."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class Ledger:
    """The durable store of truces, deliveries and attempts, and the agenda: one open file, or one in memory.

    For one thread at a time. It asks for no time and starts nothing.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self.place: LedgerPlace | None = None
        """The place of its file; None of one that is in memory, or open for reading alone."""
        self.origin = Origin.KNOWN
        """Its origin, until a daemon has taken up all that it does not know."""
        self._is_new = False

    @staticmethod
    def exists(path: Path) -> bool:
        """Tell if a ledger was ever made there; raises `LedgerError` if this user may not know."""
        try:
            return path.exists()
        except OSError as error:
            raise LedgerError(f"ledger {path}: {error.strerror}: {_ADVICE[sqlite3.SQLITE_PERM]}") from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the file for writing; make it, or bring it up to date, where needed; raises `LedgerError`."""
        try:
            path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"ledger {path}: its folder cannot be made: {error.strerror}") from error
        _keep_private(path)
        ledger = cls(_engine(URL.create("sqlite", database=str(path)), writes=True), str(path))
        with ledger._closed_on_error(), ledger.transaction() as connection:
            _require_not_newer(connection, str(path))
            version = _version(connection)
            ledger._is_new = version is None
            if version is None:
                _make(connection)
            elif version != VERSION:
                _migrate(connection)
        ledger.place = LedgerPlace(path)
        return ledger

    @classmethod
    def open_reader(cls, path: Path) -> Self:
        """Open the file for reading alone; raises `LedgerError` if it is missing, or in an older form."""
        if not cls.exists(path):
            raise LedgerError(f"ledger {path}: there is none yet; `alertd run` makes it")
        url = URL.create("sqlite", database=f"{path.absolute().as_uri()}?{_for_reading(path)}", query={"uri": "true"})
        ledger = cls(_engine(url, writes=False), str(path))
        with ledger._closed_on_error(), ledger.transaction() as connection:
            _require_not_newer(connection, str(path))
            if _version(connection) != VERSION:
                raise LedgerError(
                    f"ledger {path}: an older alertd wrote it; start the daemon once to bring it up to date"
                )
        return ledger

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that is gone when it is closed, for rehearsal and simulation."""
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
        )
        _begin_with(engine, "BEGIN IMMEDIATE")
        metadata.create_all(engine)
        return cls(engine, "in memory")

    def run(
        self,
        call: Callable[Concatenate[Connection, _Arguments], _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """Call a function of this room in a transaction of its own; raises `LedgerError` with advice."""
        with self.transaction() as connection:
            return call(connection, *args, **kwargs)

    def run_both(self, first: Callable[[Connection], object], then: Callable[[Connection], _Result]) -> _Result:
        """Call two functions of this room in one transaction; gives what the second gives, raises `LedgerError`."""
        with self.transaction() as connection:
            first(connection)
            return then(connection)

    def run_ahead(
        self,
        call: Callable[Concatenate[Connection, _Arguments], _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """`run` without a wait for the disk: for what nobody acts on before a later transaction, which does wait.

        A power cut may lose it, alone or with what came after it, and never what came before it.
        """
        self._set_synchronous("NORMAL")
        try:
            return self.run(call, *args, **kwargs)
        finally:
            self._set_synchronous("FULL")

    def _set_synchronous(self, mode: str) -> None:
        with self._raw() as raw:
            raw.execute(f"PRAGMA synchronous={mode}").close()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or nothing; an error of the database raises a `LedgerError` with advice."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise _advice(self._name, error.orig) from error
        except sqlite3.Error as error:  # while connecting, before SQLAlchemy wraps
            raise _advice(self._name, error) from error

    def version(self) -> tuple[int, int]:
        """A value that differs as soon as the ledger has been changed, by this connection or by another."""
        with self._raw() as raw:
            (by_others,) = raw.execute("PRAGMA data_version").fetchone()
            return raw.total_changes, by_others

    def recognise(self) -> Origin:
        """Find out if the last daemon had this very ledger, and if so begin another generation of it.

        A copy is checked, as it may have been written over a ledger in use. Raises `LedgerError`.
        """
        if self.place is None:  # nobody else can have put it there
            return self.origin
        found = origin(self._generation(), read_beside(self.place.path), is_new=self._is_new)
        if found is Origin.COPY:
            with self.transaction() as connection:
                verdict = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
            if verdict != "ok":
                raise LedgerDamaged(f"ledger {self._name}: it was put back damaged ({verdict})")
        self.origin = found
        if found is Origin.KNOWN:
            self.advance()
        return found

    def advance(self) -> None:
        """Begin another generation: from now on every copy that was made is an older one; raises `LedgerError`."""
        assert self.place is not None  # noqa: S101  one that was recognised has a place
        generation = max(abs(self._generation()), read_beside(self.place.path) or 0) + 1
        with self.transaction() as connection:
            connection.exec_driver_sql(f"PRAGMA user_version = {generation}")
        self.checkpoint()  # into the head of the file, where others look
        self.place.expect(generation)
        write_beside(self.place.path, generation)
        self.origin = Origin.KNOWN

    def _generation(self) -> int:
        with self.transaction() as connection:
            return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    def checkpoint(self) -> None:
        """Take the write-ahead log into the file and cut it to nothing, as far as no reader is in the way."""
        with self._raw() as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def backup(self, path: Path) -> None:
        """Copy all that is committed to a new file, which is whole, checked and on the disk once it has its name.

        Raises `LedgerError` where it is there already or cannot be written, `LedgerDamaged` where the copy is damaged.
        """
        self._copy(path, ALONE, is_backup=True)

    def put_back(self) -> None:
        """Make a ledger whose file was deleted again at its place, with all that is in it; raises `LedgerError`."""
        if self.place is not None:
            self._copy(self.place.path, GROUP, is_backup=False)

    def _copy(self, path: Path, mode: int, *, is_backup: bool) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            if path.exists():
                raise LedgerError(f"{path} is there already: name another file, or move that one away")
            part.unlink(missing_ok=True)
            os.close(open_private(part, mode, new=True))
            with self._raw() as raw, closing(sqlite3.connect(part)) as copy:
                raw.backup(copy)
                if is_backup:
                    (generation,) = copy.execute("PRAGMA user_version").fetchone()
                    copy.execute(f"PRAGMA user_version = {-abs(generation)}").close()
                (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise LedgerDamaged(f"ledger {self._name}: the copy is damaged ({verdict}), and so is the ledger")
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.rename(path)
        except OSError as error:
            raise LedgerError(f"the copy {path} cannot be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()
        if self.place is not None:
            self.place.close()
            self.place = None

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        """The driver's own connection, outside any transaction."""
        try:
            with closing(self._engine.raw_connection()) as pooled:
                raw = pooled.driver_connection
                assert isinstance(raw, sqlite3.Connection)  # noqa: S101  tells mypy what the driver is
                yield raw
        except sqlite3.Error as error:
            raise _advice(self._name, error) from error

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def _keep_private(path: Path) -> None:
    """Let nobody read the ledger but its owner and group; what SQLite makes beside it gets the same rights.

    A ledger that is there is not opened here: closing it would end SQLite's own locks on it.
    """
    with suppress(OSError):  # what is in the way SQLite meets as well, and tells with advice
        if not path.exists():
            os.close(open_private(path, GROUP, new=True))
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                tighten(path.with_name(path.name + suffix), GROUP)


def _for_reading(path: Path) -> str:
    """The address that opens the file for reading alone.

    SQLite needs the files beside it, and makes them where they are missing. Whoever may not write to the folder reads a
    ledger that nobody has open, which has none of them and is whole without, as one that does not change.
    """
    quiet = not Path(f"{path}-wal").exists() and not os.access(path.parent, os.W_OK)
    return "immutable=1" if quiet else "mode=ro"


def set_aside(path: Path, now: datetime) -> Path:
    """Move a damaged file, with what belongs to it, to a name that tells when; gives the new path.

    Raises `LedgerError` where it cannot be moved.
    """
    aside = path.with_name(f"{path.name}.damaged-{now:%Y%m%dT%H%M%SZ}")
    try:
        for suffix in ("-wal", "-shm", ""):  # what belongs to it first, as it would belong to a new one
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    except OSError as error:
        raise LedgerError(
            f"ledger {path}: it is damaged and cannot be moved away: {error.strerror}", passing=True
        ) from error
    return aside


def _engine(url: URL, *, writes: bool) -> Engine:
    """An engine of one connection; hidden parameters keep documents out of error texts."""
    engine = create_engine(
        url, pool_size=1, max_overflow=0, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS}
    )
    if writes:
        _keep_durable(engine)
    # A writer takes the lock at once: one that reads first and writes later can be refused in between.
    _begin_with(engine, "BEGIN IMMEDIATE" if writes else "BEGIN")
    return engine


def _keep_durable(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(raw: sqlite3.Connection, _: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}"):
            raw.execute(f"PRAGMA {pragma}").close()


def _begin_with(engine: Engine, statement: str) -> None:
    """Begin each transaction here: left alone, the driver begins none for reading or for a change of the schema."""

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _version(connection: Connection) -> str | None:
    """The migration that the file stands at; None for an empty file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("select version_num from alembic_version"))
    return version


def _require_not_newer(connection: Connection, name: str) -> None:
    version = _version(connection)
    if version is not None and version > VERSION:
        raise LedgerError(
            f"ledger {name}: a newer alertd wrote it (version {version}, this one knows {VERSION}); upgrade"
        )


def _make(connection: Connection) -> None:
    """Make the tables in an empty file, as the migrations would: Alembic takes a third of a first start to load."""
    metadata.create_all(connection)
    connection.execute(text("create table alembic_version (version_num varchar(32) not null primary key)"))
    connection.execute(text("insert into alembic_version values (:version)"), {"version": VERSION})


def _migrate(connection: Connection) -> None:
    """Bring the file up to date, within the transaction that is open."""
    from alembic import command  # noqa: PLC0415  half a second that only a new version needs
    from alembic.config import Config  # noqa: PLC0415  likewise

    config = Config()
    config.set_main_option("script_location", "alertd.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _advice(name: str, error: BaseException | None) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    text = f"ledger {name}: {error}" + (f": {_ADVICE[code]}" if code in _ADVICE else "")
    return LedgerDamaged(text) if code in _DAMAGED else LedgerError(text, passing=code in _PASSING)
