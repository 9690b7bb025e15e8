"""The ledger as the daemon and the commands have it: its transactions, whichever database keeps it.

What is a database's own stands in a module each, `sqlite` and `postgresql`, behind `Database`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from alertd.errors import LedgerError
from alertd.ledger.address import Address, ServerUrl
from alertd.ledger.generation import Origin
from alertd.ledger.place import LedgerPlace
from alertd.ledger.sqlite import SqliteFile
from alertd.ledger.versions import version_of

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class Database(Protocol):
    """One open ledger, as its database has it: what differs from one to the other."""

    engine: Engine
    """Of one connection."""
    driver_error: type[Exception]
    """The errors of its driver, where SQLAlchemy does not wrap them."""
    place: LedgerPlace | None
    """The place of its file; None of one without a file, or open for reading alone."""
    origin: Origin
    """Its origin, until a daemon has taken up all that it does not know."""

    def advice(self, error: BaseException | None) -> LedgerError:
        """The error of the driver as advice."""

    def open(self) -> None:
        """Open it, once, before all else."""

    def take_hold(self, node: str) -> bool:
        """Take hold of the ledger, if no other has it."""

    def become_active(self, node: str) -> bool:
        """Take hold of the ledger for a daemon, if no other has it, and bring it up to date."""

    def bring_up_to_date(self, connection: Connection) -> None:
        """Make what is in it, or bring it up to date, within a transaction."""

    def active_node(self) -> str | None:
        """The node whose daemon has taken hold of it; None where there is none, or none is told."""

    def without_wait(self) -> AbstractContextManager[None]:
        """Let what is committed within not wait for the disk."""

    def version(self) -> object:
        """A value that differs as soon as the ledger has been changed."""

    def recognise(self) -> Origin:
        """Find out if the last daemon had this very ledger."""

    def advance(self) -> None:
        """Begin another generation."""

    def checkpoint(self) -> None:
        """Take what was committed to where it stays."""

    def backup(self, path: Path) -> None:
        """Copy all that is committed to a new file."""

    def put_back(self) -> None:
        """Make a ledger whose file was deleted again at its place."""

    def close(self) -> None:
        """Let go of it."""


class Ledger:
    """The durable store of truces, deliveries and attempts, and the agenda.

    For one thread at a time. It asks for no time and starts nothing.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def exists(cls, address: Address) -> bool:
        """Tell if a ledger was ever made there; raises `LedgerError` if this user may not know."""
        if isinstance(address, Path):
            return SqliteFile.exists(address)
        with closing(cls(_server(address, writes=False))) as ledger:
            return ledger.run(version_of) is not None

    @classmethod
    def open(cls, address: Address) -> Self:
        """Open it for writing; a file is made, or brought up to date, where needed. Raises `LedgerError`.

        A daemon takes hold of it with `become_active` before it does anything else.
        """
        return cls._opened(SqliteFile.writer(address) if isinstance(address, Path) else _server(address, writes=True))

    @classmethod
    def open_reader(cls, address: Address) -> Self:
        """Open it for reading alone; raises `LedgerError` if it is missing, or in an older form."""
        return cls._opened(SqliteFile.reader(address) if isinstance(address, Path) else _server(address, writes=False))

    @classmethod
    def for_moving(cls, address: Address) -> Self:
        """The ledger at an address as it is, perhaps with a mark that no daemon may take it; see `moving`."""
        return cls(SqliteFile.writer(address) if isinstance(address, Path) else _server(address, writes=True))

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that is gone when it is closed, for rehearsal and simulation."""
        return cls(SqliteFile.in_memory())

    @classmethod
    def _opened(cls, database: Database) -> Self:
        ledger = cls(database)
        try:
            with ledger._advised():
                database.open()
        except BaseException:
            ledger.close()
            raise
        return ledger

    @property
    def place(self) -> LedgerPlace | None:
        """The place of its file; None of one without a file, or open for reading alone."""
        return self._database.place

    @property
    def origin(self) -> Origin:
        """Its origin, until a daemon has taken up all that it does not know."""
        return self._database.origin

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
        with self._advised(), self._database.without_wait():
            return self.run(call, *args, **kwargs)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it or nothing; an error of the database raises a `LedgerError` with advice."""
        with self._advised(), self._database.engine.begin() as connection:
            try:
                yield connection
            except self._database.driver_error as error:  # of a prepared statement: SQLAlchemy's own see to this
                raw = connection.connection.dbapi_connection
                if connection.dialect.is_disconnect(error, raw, None):  # type: ignore[arg-type]  # any error will do
                    connection.invalidate(error)
                raise

    def become_active(self, node: str) -> bool:
        """Take hold of the ledger for the daemon of a node, and make or bring up to date what is in it.

        False where the daemon of another node has it. From then on every transaction is one of the session that has it:
        once that is lost each raises `SessionLost`. A file has its daemon by the lock of the state folder. Raises
        `LedgerError`.
        """
        with self._advised():
            return self._database.become_active(node)

    def take_hold(self, node: str) -> bool:
        """Take hold of the ledger as it is, if no other has it; raises `LedgerError`."""
        with self._advised():
            return self._database.take_hold(node)

    def bring_up_to_date(self, connection: Connection) -> None:
        """Make what is in it, or bring it up to date, within a transaction; raises `LedgerError`."""
        self._database.bring_up_to_date(connection)

    def active_node(self) -> str | None:
        """The node whose daemon has taken hold of it; None where there is none, or none is told.

        Raises `LedgerError`.
        """
        with self._advised():
            return self._database.active_node()

    def version(self) -> object:
        """A value that differs as soon as the ledger has been changed, by this connection or by another."""
        with self._advised():
            return self._database.version()

    def recognise(self) -> Origin:
        """Find out if the last daemon had this very ledger, and if so begin another generation of it.

        A copy is checked, as it may have been written over a ledger in use. Raises `LedgerError`.
        """
        with self._advised():
            return self._database.recognise()

    def advance(self) -> None:
        """Begin another generation: from now on every copy that was made is an older one; raises `LedgerError`."""
        with self._advised():
            self._database.advance()

    def checkpoint(self) -> None:
        """Take what was committed to where it stays, as far as no reader is in the way."""
        with self._advised():
            self._database.checkpoint()

    def backup(self, path: Path) -> None:
        """Copy all that is committed to a new file, which is whole, checked and on the disk once it has its name.

        Raises `LedgerError` where it is there already or cannot be written, `LedgerDamaged` where the copy is damaged.
        """
        with self._advised():
            self._database.backup(path)

    def put_back(self) -> None:
        """Make a ledger whose file was deleted again at its place, with all that is in it; raises `LedgerError`."""
        with self._advised():
            self._database.put_back()

    def close(self) -> None:
        """Let go of it."""
        self._database.close()

    @contextmanager
    def _advised(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._database.advice(error.orig) from error
        except self._database.driver_error as error:  # while connecting, or beside SQLAlchemy
            raise self._database.advice(error) from error


def _server(url: ServerUrl, *, writes: bool) -> Database:
    from alertd.ledger.postgresql import PostgresqlServer  # noqa: PLC0415  only a ledger on a server loads its driver

    return PostgresqlServer(url, writes=writes)
