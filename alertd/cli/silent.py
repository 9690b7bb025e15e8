"""The part of `check` that looks into a ledger for ends that lie ahead, and of which nobody will be told."""

from contextlib import closing

from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.reconcile import nothing_ahead, surely_ahead
from alertd.errors import LedgerError, Problem
from alertd.ledger import Ledger, queries


def silent(context: Context) -> tuple[Problem, ...]:
    """The ends for which the ledger has nothing ahead, as errors.

    A ledger that cannot be read, or that an older alertd wrote, is for `status` to tell; this is about the files.
    """
    settings, now = context.settings, context.now
    try:
        with closing(Ledger.open_reader(settings.state_dir / LEDGER_NAME)) as ledger:
            known, planned = ledger.run(queries.truces).values(), ledger.run(queries.ends_ahead, surely_ahead(now))
    except LedgerError:
        return ()
    return tuple(nothing_ahead(known, planned, settings.subscriptions(), settings.policy, now))
