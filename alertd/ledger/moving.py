"""A ledger moves to another database: copied whole, compared row by row, and never live in two places.

The copy is marked as arriving until it is whole; then the old one is marked as moved, and after that alone the new one
is live. A crash in between leaves one or none that a daemon takes, and the same command goes on where it stopped. The
mark stands in the place of the version, so that an older alertd refuses it as well.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Table, delete, func, insert, select, text

from alertd.errors import LedgerError
from alertd.ledger.address import Address
from alertd.ledger.database import Ledger
from alertd.ledger.rows import CHUNK
from alertd.ledger.schema import VERSION, metadata
from alertd.ledger.versions import ARRIVING, MOVED, mark, version_of

_HOLDER = "`alertd ledger copy`"


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a table, counted and as a digest."""

    rows: int
    digest: str
    """Of every value of every row, in the order of their keys."""


def move(source: Address, target: Address) -> Mapping[str, Content]:
    """Move a ledger, with all that is in it, to another address; gives what is in each table now.

    No daemon may run on either, which the caller sees to for files. Raises `LedgerError`; the old one is live then.
    """
    if source == target:
        raise LedgerError(f"ledger {source}: it is there already")
    with closing(_held(source)) as old, closing(_held(target)) as new:
        standing = old.run(version_of)
        if standing is None:
            raise LedgerError(f"ledger {source}: there is none yet")
        if not standing.startswith(MOVED):
            content = _copy(old, new, target)
        elif (new.run(version_of) or "").startswith(ARRIVING):
            content = new.run(contents)
        else:
            raise LedgerError(f"ledger {source}: it was moved from here already")
        new.run(mark, VERSION)
    with closing(Ledger.open(target)) as live:  # a file that lies where another was is no older copy of that
        live.become_active(_HOLDER)
        live.advance()
    return content


def _copy(old: Ledger, new: Ledger, target: Address) -> Mapping[str, Content]:
    """Copy all rows, compare them, and mark the old ledger as moved; gives what is in each table."""
    with old.transaction() as reading:
        old.bring_up_to_date(reading)
        with new.transaction() as writing:
            _require_vacant(new, writing, target)
            copied = {table.name: _copy_table(reading, writing, table) for table in metadata.sorted_tables}
            mark(writing, f"{ARRIVING}{VERSION}")
        found = new.run(contents)
        if wrong := [name for name, content in copied.items() if found[name] != content]:
            raise LedgerError(
                f"the copy at {target} is not what was copied: {', '.join(wrong)} differ; nothing was moved"
            )
        mark(reading, f"{MOVED}{VERSION}")
    return found


def _held(address: Address) -> Ledger:
    ledger = Ledger.for_moving(address)
    with ExitStack() as unless_held:
        unless_held.callback(ledger.close)
        if not ledger.take_hold(_HOLDER):
            raise LedgerError(f"ledger {address}: alertd on {ledger.active_node()} has it; stop that one first")
        unless_held.pop_all()
    return ledger


def _require_vacant(new: Ledger, connection: Connection, target: Address) -> None:
    """Make the tables, or empty those of a copy that did not arrive or of a ledger that has moved away.

    Raises `LedgerError` where anything else is there.
    """
    version = version_of(connection)
    if version is None:
        new.bring_up_to_date(connection)
    elif version in {f"{ARRIVING}{VERSION}", f"{MOVED}{VERSION}"}:
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
    else:
        raise LedgerError(
            f"{target}: there is a ledger already; name an empty database, or a file that is not there yet"
        )


def _copy_table(reading: Connection, writing: Connection, table: Table) -> Content:
    content = _read(reading, table, lambda rows: writing.execute(insert(table), rows))
    number = table.autoincrement_column
    if content.rows and number is not None and writing.dialect.name == "postgresql":  # a file counts on by itself
        of_table = {"table": table.name, "column": number.name, "newest": writing.scalar(select(func.max(number)))}
        writing.execute(text("SELECT setval(pg_get_serial_sequence(:table, :column), :newest)"), of_table)
    return content


def contents(connection: Connection) -> dict[str, Content]:
    """The content of each table."""
    return {table.name: _read(connection, table, lambda _: None) for table in metadata.sorted_tables}


def _read(connection: Connection, table: Table, take: Callable[[list[dict[str, object]]], object]) -> Content:
    """The content of a table, of which each piece is handed over on the way."""
    digest, count = sha256(), 0
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=CHUNK)
    for rows in connection.execute(query).mappings().partitions():
        take([dict(row) for row in rows])
        shown = "".join(repr(tuple(row.values())) for row in rows)
        digest.update(shown.replace("\\x00", "\ufffd").encode())  # as a server keeps it
        count += len(rows)
    return Content(count, digest.hexdigest())
