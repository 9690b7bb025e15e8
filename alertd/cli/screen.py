"""The look of the commands on a terminal: tables, and one sentence where there is nothing to show."""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from alertd.domain.alert import Delivery
from alertd.domain.pause import turn_in_words
from alertd.domain.quiet import AllQuietHours, quiet_until
from alertd.domain.truce import TruceStatus
from alertd.message.wording import condition_of_start, distance
from alertd.times.formats import show_utc

WIDTH_WITHOUT_TERMINAL = 1000


def screen(*, stderr: bool = False) -> Console:
    """The terminal of a person; a pipe gets lines that are not folded to a narrow width."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    return console


def table(*columns: str) -> Table:
    """An empty table in the house style."""
    return Table(*columns, box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))


def state_in_words(status: TruceStatus, zone: tzinfo) -> str:
    """The state of a truce; of one that is unresolved, waits to begin or opens daily, more than that."""
    if status.unresolved_since is not None:
        return f"expired {distance(status.unresolved_since, status.at)}, unresolved"
    if begins := condition_of_start(status.truce):
        return status.state if status.is_over else f"has not begun: {begins}"
    return turn_in_words(status.truce, status.at, zone) or status.state


def add_row(to: Table, cells: Iterable[str | None]) -> None:
    """Add a row of plain text: what a file or a server says is never read as markup."""
    to.add_row(*(Text(cell or "") for cell in cells))


def show_table(filled: Table, *, empty: str) -> None:
    """Print a table, or a sentence where it has no rows."""
    if filled.row_count:
        screen().print(filled)
    else:
        screen().print(empty, markup=False)


def deliveries_table(planned: Sequence[tuple[Delivery, str]], quiet_hours: AllQuietHours, now: datetime) -> Table:
    """Deliveries with their titles, in their order, and until when they wait for quiet hours."""
    filled = table("DUE", "TRUCE", "KIND", "STAGE", "CHANNEL", "TITLE")
    for delivery, title in planned:
        stage = None if delivery.stage is None else str(delivery.stage)
        waits = quiet_until(quiet_hours, delivery, now)
        due = utc(delivery.due_at) + (f", waits until {show_utc(waits)}" if waits else "")
        add_row(filled, (due, delivery.truce, delivery.kind, stage, delivery.target, title))
    return filled


def utc(moment: datetime | None) -> str:
    """A moment in a table."""
    return "-" if moment is None else show_utc(moment, year=True)
