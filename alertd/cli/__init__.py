"""The commands. They wire everything together, and nothing imports them.

Each command imports only what it needs when it runs: `check` starts without the ledger and without Apprise.
"""

import sys

from alertd.cli.app import app
from alertd.errors import AlertdError, ConfigError


def main() -> None:
    """Run the command line; what went wrong is told as advice, without a traceback, and exits with 1."""
    try:
        app(prog_name="alertd")
    except AlertdError as error:
        print(f"alertd: {error}", file=sys.stderr)  # noqa: T201  the last word to a person
        if isinstance(error, ConfigError):
            for problem in error.problems:
                print(f"  {problem}", file=sys.stderr)  # noqa: T201  likewise
        raise SystemExit(1) from None
