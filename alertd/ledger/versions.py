"""The version of the tables of a ledger: making them, and bringing older ones up to date."""

from sqlalchemy import Connection, inspect, text

from alertd.errors import LedgerError
from alertd.ledger.schema import VERSION, metadata

MOVED, ARRIVING = "moved ", "arriving "
"""Before the version of a ledger that no daemon may take: it has gone to another database, or is not whole yet."""

MARKS = "a"
"""All versions come before it, and all marks after it."""


def version_of(connection: Connection) -> str | None:
    """The migration that the ledger stands at, after its mark if it has one; None of an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("select version_num from alembic_version"))
    return version


def require_up_to_date(connection: Connection, name: str) -> None:
    """Raises `LedgerError` with advice unless the ledger has the form that this alertd knows."""
    version = version_of(connection)
    _require_usable(version, name)
    if version is None:
        raise LedgerError(f"ledger {name}: there is none yet; `alertd run` makes it")
    if version != VERSION:
        raise LedgerError(f"ledger {name}: an older alertd wrote it; start the daemon once to bring it up to date")


def bring_up_to_date(connection: Connection, name: str) -> bool:
    """Make the tables, or bring them up to date, within the transaction that is open; tells if they are new.

    Raises `LedgerError` where a newer alertd wrote them.
    """
    version = version_of(connection)
    _require_usable(version, name)
    if version is None:
        _make(connection)
    elif version != VERSION:
        _migrate(connection)
    return version is None


def mark(connection: Connection, version: str) -> None:
    """Write down the version, perhaps with a mark before it."""
    connection.execute(text("update alembic_version set version_num = :version"), {"version": version})


def _require_usable(version: str | None, name: str) -> None:
    if version is None:
        return
    if version.startswith(MOVED):
        raise LedgerError(
            f"ledger {name}: it was moved away by `alertd ledger copy`: write the `url` of its new place into "
            "[ledger], or take `url` out for the file"
        )
    if version.startswith(ARRIVING):
        raise LedgerError(f"ledger {name}: it is a copy that is not whole: give the same `alertd ledger copy` again")
    require_not_newer(version, name)


def require_not_newer(version: str, name: str) -> None:
    """Raises `LedgerError` where a newer alertd wrote a ledger, by its version, which may have a mark."""
    if VERSION < version < MARKS:
        raise LedgerError(
            f"ledger {name}: a newer alertd wrote it (version {version}, this one knows {VERSION}); upgrade"
        )


def _make(connection: Connection) -> None:
    """Make the tables as the migrations would: Alembic takes a third of a first start to load."""
    metadata.create_all(connection)
    connection.execute(text("create table alembic_version (version_num varchar(32) not null primary key)"))
    connection.execute(text("insert into alembic_version values (:version)"), {"version": VERSION})


def _migrate(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  half a second that only a new version needs
    from alembic.config import Config  # noqa: PLC0415  likewise

    config = Config()
    config.set_main_option("script_location", "alertd.ledger:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
