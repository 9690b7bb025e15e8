"""The part of `check` that looks into a ledger: ends of which nobody will be told, records that came long after."""

from contextlib import closing

from alertd.cli.context import Context
from alertd.cli.ledger import open_ledger
from alertd.daemon.belated_records import belated_problems
from alertd.daemon.reconcile import nothing_ahead, surely_ahead
from alertd.errors import LedgerError, Problem
from alertd.ledger import queries


def silent(context: Context) -> tuple[Problem, ...]:
    """The ends for which the ledger has nothing ahead, as errors; and the records with an old announcement.

    A ledger that cannot be read, or that an older alertd wrote, is for `status` to tell; this is about the files.
    """
    settings, now = context.settings, context.now
    try:
        with closing(open_ledger(context)) as ledger:
            known, planned = ledger.run(queries.truces).values(), ledger.run(queries.ends_ahead, surely_ahead(now))
            belated = ledger.run(queries.belated)
    except LedgerError:
        return ()
    return (
        *belated_problems(known, belated),
        *nothing_ahead(known, planned, settings.subscriptions(), settings.policy, now),
    )
