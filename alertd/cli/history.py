"""`alertd history`: every delivery that was ever planned, and what became of it."""

from contextlib import closing
from datetime import timedelta

from alertd.cli.context import Context
from alertd.cli.ledger import open_ledger, planner
from alertd.cli.screen import add_row, show_table, table, utc
from alertd.ledger import HistoryRow, beyond
from alertd.message.acknowledged import acknowledged
from alertd.status.overview import history_view
from alertd.status.views import dump
from alertd.times.duration import span

_WORTH_SAYING = timedelta(minutes=1)
"""The time between a delivery's moment and its settlement from which on the table tells of it."""


def history(context: Context, *, truce: str | None, channel: str | None, since: str | None, json: bool) -> None:
    """Print the delivery record, newest last."""
    from_moment = None if since is None else context.moment(since, "--since")
    with closing(open_ledger(context)) as ledger:
        rows = ledger.run(beyond.history, planner(context), truce=truce, channel=channel, since=from_moment)
    if json:
        print(dump([history_view(row) for row in rows]))  # noqa: T201  the command's output
        return
    filled = table("DUE", "ALERT", "TO", "STATE")
    for row in rows:
        alert = " ".join(part for part in (row.truce, row.kind, row.stage) if part)
        add_row(filled, (utc(row.due_at), alert, row.target, _state(row)))
    show_table(filled, empty="Nothing was planned yet.")


def _state(row: HistoryRow) -> str:
    """The state of a delivery, and how it came to be: four columns stay readable on a terminal of 80."""
    parts = [row.state, *(["possible repeat"] if row.possible_repeat else [])]
    if row.settled_at is not None and row.settled_at - row.due_at >= _WORTH_SAYING:
        parts.append(f"{span(row.settled_at - row.due_at)} after it was due")
    if row.attempts > 1:
        parts.append(f"{row.attempts} tries")
    if row.acknowledgement is not None:
        parts.append(acknowledged(row.acknowledgement))
    return ", ".join(parts) + (f": {row.reason}" if row.reason else "")
