"""The ledger that commands read: the one that the running daemon holds, and never another that lies in its place."""

from pathlib import Path

from alertd.cli.context import Context
from alertd.daemon.instance import Signs, signs_of_life
from alertd.errors import LedgerError
from alertd.ledger import Address, Ledger, are_there
from alertd.ledger.beyond import Planner


def open_ledger(context: Context) -> Ledger:
    """Open the ledger for reading; raises LedgerError where it is not the one of the daemon that runs."""
    address = context.ledger_address
    trouble = ledger_trouble(address, signs_of_life(context.settings.state_dir))
    if trouble is not None:
        raise LedgerError(trouble)
    return Ledger.open_reader(address)


def open_to_write(context: Context) -> Ledger:
    """Open it for writing, for as long as an acknowledgement takes; raises LedgerError as `open_ledger` does."""
    open_ledger(context).close()
    return Ledger.open(context.ledger_address)


def planner(context: Context) -> Planner:
    """The rules by which the part of a plan is made that the ledger does not hold yet."""
    return Planner(subscriptions=context.settings.subscriptions(), policy=context.settings.policy)


def ledger_trouble(path: Address, signs: Signs) -> str | None:
    """The reason why a file at the place of the ledger is not what the daemon that runs goes by; None where it is."""
    if signs.pid is None or not isinstance(path, Path):
        return None
    if signs.ledger is None and signs.is_displaced:
        reason = f"its lock was deleted or moved away from {path.parent}, and with it what tells which ledger it has"
    elif signs.ledger is not None and not are_there(signs.ledger, path):
        reason = signs.ledger_trouble or f"{path} was deleted, moved away or replaced"
    elif signs.ledger_trouble is not None:
        reason = signs.ledger_trouble
    else:
        return None
    return (
        f"alertd (process {signs.pid}) runs on a ledger that is not in its place: {reason}. What it sends next "
        "cannot be read here. Move the ledger back, or restart alertd; ops was told more"
    )


def lock_trouble(state_dir: Path, signs: Signs) -> str | None:
    """The reason why the lock of the daemon that runs is not found; None where it is."""
    if not signs.is_displaced:
        return None
    return f"the lock of alertd (process {signs.pid}) was deleted or moved away from {state_dir}: restart alertd"
