"""The words in which the agenda is spoken of: what is due, what is chosen of it, and what became of a send.

Values alone. Which due alert is sent and which is overtaken is decided in `plan`; what a row of the ledger is
stands in the ledger; how a message is sent, in the channels. They meet in these words, so that none needs another.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from alertd.domain.alert import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A delivery whose moment has come, and what was tried already."""

    id: int
    delivery: Delivery
    attempts: int
    possible_repeat: bool
    """Whether an earlier try may have arrived although nobody can tell."""
    tighter: bool
    """Whether a later stage of the same end has come due for the same target as well, whatever became of it.

    One that the register no longer wants does not count.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The fate of the due deliveries, by their ids; one that is named nowhere stays as it is."""

    send: tuple[int, ...] = ()
    overtaken: tuple[int, ...] = ()
    """A tighter stage of the same end says it better."""
    missed: tuple[int, ...] = ()
    """Too old to be said alone: a line in a summary to the same target."""
    later: tuple[int, ...] = ()
    """Not to be said by a clock that has come into doubt since it was acquired: it goes back to the agenda."""


Choose = Callable[[Sequence[Due], datetime], Choice]
"""Decides, at a moment, what becomes of deliveries that are due."""


class Verdict(StrEnum):
    """The verdict on a send, as far as known."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """For good: the same message will never be taken there."""
    FAILED = "failed"
    """Surely not sent; another try may succeed."""
    UNSURE = "unsure"
    """Perhaps sent: no answer came in time, so the next try may be a repeat."""
