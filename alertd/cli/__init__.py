"""The commands. They wire everything together, and nothing imports them.

Each command imports only what it needs when it runs: `check` starts without the ledger and without Apprise.
"""

import os
import sys
from typing import TYPE_CHECKING

from alertd.cli.run_app import is_run, run_app
from alertd.errors import AlertdError, ConfigError

if TYPE_CHECKING:
    import typer


def main() -> None:
    """Run the command line; what went wrong is told as advice, without a traceback, and exits with 1."""
    try:
        command_line()(prog_name="alertd")
    except AlertdError as error:
        problems = error.problems if isinstance(error, ConfigError) else ()
        text = "\n  ".join((f"alertd: {error}", *map(str, problems)))
        print(_for_journal(text), file=sys.stderr)  # noqa: T201  the last word to a person
        raise SystemExit(1) from None


def command_line() -> "typer.Typer":
    """The command line for the arguments of this process: that of the daemon has no other command."""
    if is_run(sys.argv[1:]):
        return run_app()
    from alertd.cli.app import app  # noqa: PLC0415  1.2 MB of names and helps that a daemon would keep

    return app


def _for_journal(text: str) -> str:
    """The text as an error, where it is the journal that reads it."""
    from alertd.logs import is_journal, with_priority  # noqa: PLC0415  most commands end without a last word

    return with_priority(text) if is_journal(sys.stderr, os.environ) else text
