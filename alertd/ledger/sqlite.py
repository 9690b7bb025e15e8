"""A ledger in a file of SQLite: opening it, its transactions, its generations, and its errors as advice.

Everything that is SQLite's own stands here. WAL lets `status` read while the daemon writes; synchronous=FULL makes a
committed row survive a power cut.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event
from sqlalchemy.engine import URL

from alertd.errors import LedgerDamaged, LedgerError
from alertd.files.private import ALONE, FOLDER, GROUP, open_private, tighten
from alertd.ledger.generation import Origin, origin, read_beside, write_beside
from alertd.ledger.place import LedgerPlace
from alertd.ledger.schema import metadata
from alertd.ledger.versions import bring_up_to_date, require_up_to_date

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


class SqliteFile:
    """An open file of SQLite, or a ledger in memory."""

    driver_error: type[Exception] = sqlite3.Error

    def __init__(self, engine: Engine, path: Path | None = None, *, writes: bool = True) -> None:
        self.engine = engine
        self.place: LedgerPlace | None = None
        self.origin = Origin.KNOWN
        self._path = path
        self._writes = writes
        self._is_new = False

    @staticmethod
    def exists(path: Path) -> bool:
        """Tell if a ledger was ever made there; raises `LedgerError` if this user may not know."""
        try:
            return path.exists()
        except OSError as error:
            raise LedgerError(f"ledger {path}: {error.strerror}: {_ADVICE[sqlite3.SQLITE_PERM]}") from error

    @classmethod
    def writer(cls, path: Path) -> Self:
        """The file for writing, which is made where there is none; raises `LedgerError`."""
        try:
            path.parent.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"ledger {path}: its folder cannot be made: {error.strerror}") from error
        _keep_private(path)
        return cls(_engine(URL.create("sqlite", database=str(path)), writes=True), path)

    @classmethod
    def reader(cls, path: Path) -> Self:
        """The file for reading alone; raises `LedgerError` where there is none."""
        if not cls.exists(path):
            raise LedgerError(f"ledger {path}: there is none yet; `alertd run` makes it")
        url = URL.create("sqlite", database=f"{path.absolute().as_uri()}?{_for_reading(path)}", query={"uri": "true"})
        return cls(_engine(url, writes=False), path, writes=False)

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that is gone when it is closed."""
        engine = create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}, hide_parameters=True
        )
        _begin_with(engine, "BEGIN IMMEDIATE")
        metadata.create_all(engine)
        return cls(engine)

    @property
    def _name(self) -> str:
        return "in memory" if self._path is None else str(self._path)

    def open(self) -> None:
        """Open the file; a writer makes the tables, or brings them up to date, where needed."""
        with self.engine.begin() as connection:
            if self._writes:
                self.bring_up_to_date(connection)
            else:
                require_up_to_date(connection, self._name)
        if self._writes and self._path is not None:
            self.place = LedgerPlace(self._path)

    def advice(self, error: BaseException | None) -> LedgerError:
        """The error of the driver as advice."""
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        text = f"ledger {self._name}: {error}" + (f": {_ADVICE[code]}" if code in _ADVICE else "")
        return LedgerDamaged(text) if code in _DAMAGED else LedgerError(text, passing=code in _PASSING)

    def bring_up_to_date(self, connection: Connection) -> None:
        """Make the tables, or bring them up to date."""
        self._is_new = bring_up_to_date(connection, self._name)

    def take_hold(self, _node: str) -> bool:
        """True: a file has its daemon by the lock of the state folder."""
        return True

    def become_active(self, _node: str) -> bool:
        """True: a file has its daemon by the lock of the state folder, and is brought up to date as it is opened."""
        return True

    def active_node(self) -> str | None:
        """None: the signs of life in the state folder tell of the daemon."""
        return None

    @contextmanager
    def without_wait(self) -> Iterator[None]:
        """Let what is committed within not wait for the disk."""
        self._set_synchronous("NORMAL")
        try:
            yield
        finally:
            self._set_synchronous("FULL")

    def _set_synchronous(self, mode: str) -> None:
        with self._raw() as raw:
            raw.execute(f"PRAGMA synchronous={mode}").close()

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
            with self.engine.begin() as connection:
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
        with self.engine.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA user_version = {generation}")
        self.checkpoint()  # into the head of the file, where others look
        self.place.expect(generation)
        write_beside(self.place.path, generation)
        self.origin = Origin.KNOWN

    def _generation(self) -> int:
        with self.engine.begin() as connection:
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
        self.engine.dispose()
        if self.place is not None:
            self.place.close()
            self.place = None

    @contextmanager
    def _raw(self) -> Iterator[sqlite3.Connection]:
        """The driver's own connection, outside any transaction."""
        with closing(self.engine.raw_connection()) as pooled:
            raw = pooled.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101  tells mypy what the driver is
            yield raw


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
