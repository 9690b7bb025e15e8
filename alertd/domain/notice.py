"""A notice: an alert with all that a message tells of it."""

from dataclasses import dataclass

from alertd.domain.alert import Change, Delivery
from alertd.domain.truce import Truce


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert with all that it is about."""

    delivery: Delivery
    truce: Truce | None
    """As known now; None for the kinds that belong to no truce."""
    change: Change | None
    """The change that the alert announces; None for alerts that time brings."""
    earlier: tuple[Change, ...] = ()
    """Earlier changes that were superseded before this target received them; oldest first."""
    text: str | None = None
    """The text where there is no truce; else the lines that stand first, such as whose place a fallback takes."""
    possible_repeat: bool = False
    clock_doubt: str | None = None
    """Why the clock may be wrong by which this is sent; None where it is believed."""
