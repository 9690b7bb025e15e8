"""The log of a command that lasts: the daemon's, and the board's beside it."""

import os
import sys

from alertd.cli.context import Context
from alertd.logs import is_journal
from alertd.logs.lines import configure


def configure_log(context: Context) -> None:
    """Log to standard error as the settings and the command line ask."""
    configure(
        context.log_level or context.settings.log_level,
        stream=sys.stderr,
        tty=sys.stderr.isatty(),
        journal=is_journal(sys.stderr, os.environ),
    )
