"""`alertd ack`: somebody has seen an alert and sees to it. Of the commands, it alone writes to the ledger."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import typer

from alertd.cli.author import author
from alertd.cli.context import Context
from alertd.cli.daemons_eyes import become_daemon
from alertd.cli.ledger import open_ledger
from alertd.cli.options import NewAcknowledgement
from alertd.cli.screen import screen
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery
from alertd.errors import AlertdError, LedgerError
from alertd.ledger import Ledger, acknowledging
from alertd.ledger.acknowledging import Judged
from alertd.message.wording import SENTENCE_LENGTH, clean, joined
from alertd.status.answers import ack_view, answered_in_words, escalation_in_words, subject, why_not
from alertd.status.views import dump

WAY = "command"
"""The way in which this command acknowledges."""


def ack(context: Context, alert: str, new: NewAcknowledgement, *, json: bool) -> None:
    """Acknowledge the alert that is named by its short id or its key, on all its targets.

    Raises `BadParameter` where it names none, or several; `AlertdError` where there is nothing to acknowledge.
    """
    note = clean(new.note or "", SENTENCE_LENGTH) or None
    given = Acknowledgement(at=context.now, by=author(new.by), way=WAY, note=note)
    become_daemon(context)
    named = _named(context, alert)
    address = context.ledger_address
    if isinstance(address, Path) and not os.access(address, os.W_OK):
        raise LedgerError(f"you may read the ledger, and not write it: sudo alertd ack {named.short_id}")
    with closing(Ledger.open(address)) as ledger:
        judged = ledger.run(acknowledging.acknowledge, named.key, given, answered_in_words)
    if judged is None:
        raise LedgerError(f"alert {named.short_id} has just been forgotten: it is too old")
    if judged.refusal is not None:
        raise AlertdError(f"{subject(judged, context.zones.find)}: {why_not(judged.refusal, judged)}")
    if json:
        print(dump(ack_view(judged, given)))  # noqa: T201  the command's output
    else:
        screen().print(_told(context, judged, given), markup=False)


def _named(context: Context, alert: str) -> Delivery:
    """A delivery of the alert that is meant."""
    text = alert.strip().removeprefix("#")
    with closing(open_ledger(context)) as ledger:
        found = ledger.run(acknowledging.find, text if "|" in text else text.lower())
    if not found:
        raise typer.BadParameter(
            f"no alert {clean(text, SENTENCE_LENGTH)} is known: write the six characters after `Alert:` at the foot of "
            "the message; `alertd history --json` has them as `alert_id`",
            param_hint="ALERT",
        )
    if len(found) > 1:
        raise typer.BadParameter(
            f"{text} is the id of {len(found)} alerts: write the id that came by another channel, or one of these "
            f"keys in quotes: {_keys(found)}",
            param_hint="ALERT",
        )
    return found[0]


def _keys(found: Sequence[Delivery]) -> str:
    return ", ".join(f'"{delivery.key}"' for delivery in found)


def _told(context: Context, judged: Judged, given: Acknowledgement) -> str:
    note = f' Note: "{given.note}".' if given.note else ""
    what = subject(judged, context.zones.find)
    return (
        f"Acknowledged by {given.by}: {what}. It holds for {_targets(judged)}.{note} "
        f"{escalation_in_words(judged)}What else is planned still goes out."
    )


def _targets(judged: Judged) -> str:
    return joined([delivery.target for delivery in judged.deliveries])
