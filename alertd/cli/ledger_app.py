"""`alertd ledger …`: the commands about the ledger itself; names, options and help."""

from typing import Annotated

import typer

ledger_app = typer.Typer(help="Move the ledger to another database.", no_args_is_help=True)


@ledger_app.callback()
def group() -> None:
    """Move the ledger to another database."""


@ledger_app.command()
def copy(
    context: typer.Context,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="URL", help="postgresql://USER@HOST/DATABASE, or file: the one in the state folder."
        ),
    ],
) -> None:
    """Move the ledger with its history to a database or a file, while alertd is stopped; the old one counts no more."""
    from alertd.cli.move_ledger import move_ledger  # noqa: PLC0415  each command loads what it needs alone

    move_ledger(context.obj, to)
