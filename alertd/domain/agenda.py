"""The agenda's rules and words: the next step of a delivery that is due, and the verdict on a send.

Which rows are due is for the ledger to find, and how a message is sent for the channels. They meet in these words, so
that none needs another.
"""

from datetime import datetime
from enum import StrEnum

from alertd.domain.alert import Kind
from alertd.domain.policy import Policy

CERTAIN = frozenset(Kind) - {Kind.LAPSED, Kind.REVIEW, Kind.START}
"""The kinds that may be sent by a clock that is in doubt: a review can say that an end
has passed, and a start that a truce is in force."""


class Step(StrEnum):
    """The next step of a delivery whose moment has come."""

    SEND = "send"
    OVERTAKE = "overtake"
    """A tighter stage of the same end says it better."""
    MISS = "miss"
    """Too old to be sent alone: a line in a summary to the same target."""
    WAIT = "wait"
    """Not to be sent by a clock in doubt: it stays on the agenda, or goes back to it."""


def next_step(  # noqa: PLR0913  each speaks for another step
    kind: Kind, due_at: datetime, now: datetime, policy: Policy, *, is_overtaken: bool, in_doubt: bool
) -> Step:
    """The next step of a due delivery; by a clock in doubt nothing is given up, and no end or start is declared."""
    if in_doubt:
        return Step.SEND if kind in CERTAIN else Step.WAIT
    if is_overtaken:
        return Step.OVERTAKE
    return Step.MISS if now - due_at > policy.catch_up else Step.SEND


class Verdict(StrEnum):
    """The verdict on a send, as far as known."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good: the same message will never be taken there."""
    FAILED = "failed"
    """Surely not sent; another try may succeed."""
    UNSURE = "unsure"
    """Perhaps sent: no answer came in time, so the next try may be a repeat."""
