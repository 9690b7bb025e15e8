"""`alertd backup`: a copy of the ledger while the daemon runs."""

from contextlib import closing
from pathlib import Path

from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.screen import screen
from alertd.ledger import Ledger


def backup(context: Context, file: Path) -> None:
    """Copy the ledger as it stands to a new file, and say so."""
    with closing(Ledger.open_reader(context.settings.state_dir / LEDGER_NAME)) as ledger:
        ledger.backup(file)
    screen().print(f"The ledger as it stands is copied to {file}.", markup=False)
