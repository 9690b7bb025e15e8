"""`alertd history`: every delivery that was ever planned, and what became of it."""

from contextlib import closing

from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.screen import add_row, show_table, table, utc
from alertd.ledger import Ledger, queries
from alertd.status.overview import history_view
from alertd.status.views import dump


def history(context: Context, *, truce: str | None, channel: str | None, since: str | None, json: bool) -> None:
    """Print the delivery record, newest last."""
    from_moment = None if since is None else context.moment(since, "--since")
    with closing(Ledger.open_reader(context.settings.state_dir / LEDGER_NAME)) as ledger:
        rows = ledger.run(queries.history, truce=truce, channel=channel, since=from_moment)
    if json:
        print(dump([history_view(row) for row in rows]))  # noqa: T201  the command's output
        return
    filled = table("DUE", "TRUCE", "KIND", "STAGE", "TARGET", "STATE", "SETTLED", "TRIES", "REASON")
    for row in rows:
        state = f"{row.state}, possible repeat" if row.possible_repeat else row.state
        add_row(
            filled,
            (
                utc(row.due_at),
                row.truce,
                row.kind,
                row.stage,
                row.target,
                state,
                utc(row.settled_at),
                str(row.attempts),
                row.reason,
            ),
        )
    show_table(filled, empty="Nothing was planned yet.")
