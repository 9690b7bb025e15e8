"""`alertd ledger copy`: the ledger moves to another database, with its history."""

from pathlib import Path

import typer

from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.daemons_eyes import become_daemon
from alertd.cli.screen import add_row, screen, show_table, table
from alertd.daemon.instance import Instance
from alertd.errors import LedgerError
from alertd.ledger import Address, Ledger, ServerUrl, moving
from alertd.settings import FILE
from alertd.settings.secrets import SCHEMES


def move_ledger(context: Context, to: str) -> None:
    """Move the ledger, and say what is there now, and what to write into the settings; raises `LedgerError`."""
    source, target = context.ledger_address, _address(context, to)
    become_daemon(context)
    instance = Instance.acquire(context.settings.state_dir)
    try:
        if not Ledger.exists(source):
            raise LedgerError(
                f"ledger {source}: there is none yet; write where it is to be into [ledger], and run alertd"
            )
        content = moving.move(source, target)
    finally:
        instance.release()
    counted = table("TABLE", "ROWS")
    for name, found in content.items():
        add_row(counted, (name, str(found.rows)))
    show_table(counted, empty="")
    screen().print(f"The ledger is at {target} now, compared row by row. {_what_to_write(target)}", markup=False)


def _address(context: Context, to: str) -> Address:
    if to == "file":
        return context.settings.state_dir / LEDGER_NAME
    if to.partition("://")[0] in SCHEMES:
        return ServerUrl(to)
    raise typer.BadParameter("write postgresql://USER@HOST/DATABASE, or the word file", param_hint="--to")


def _what_to_write(target: Address) -> str:
    if isinstance(target, Path):
        return f"Take `url` out of [ledger] in {FILE}, then start alertd."
    return f"Write its address as `url` of [ledger] into {FILE}, as a secret, then start alertd."
