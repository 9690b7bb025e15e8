"""`alertd backup`: a copy of the ledger while the daemon runs."""

from contextlib import closing
from pathlib import Path

from alertd.cli.context import Context
from alertd.cli.ledger import open_ledger
from alertd.cli.screen import screen


def backup(context: Context, file: Path) -> None:
    """Copy the ledger as it stands to a new file, and say so."""
    with closing(open_ledger(context)) as ledger:
        ledger.backup(file)
    screen().print(f"The ledger as it stands is copied to {file}.", markup=False)
