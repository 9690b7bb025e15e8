"""A notice: an alert with all that a message tells of it."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Change, Delivery
from alertd.domain.truce import Truce
from alertd.domain.untrue import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """The place that a copy takes: that of an alert which its own channel cannot deliver."""

    channel: str
    truce: Truce | None
    is_line: bool
    """The reader has the alert itself anyway, and gets one line about it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A target that was told of an alert before an escalation goes on."""

    target: str
    at: datetime | None
    """The moment at which its channel took the message; None where it did not."""


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
    ahead: tuple[Delivery, ...] | None = None
    """For a change alert, all that time will bring its target of that truce, soonest first; None where nobody asked."""
    corrects: tuple[Told, ...] = ()
    """The alerts that this target was told and the change says were otherwise, in their order."""
    text: str | None = None
    """The text where there is no truce; else the lines that stand first, such as whose place a fallback takes."""
    possible_repeat: bool = False
    says_again: bool = True
    """False where an alert that says something again comes first, as what was said before it never went out here."""
    quiet_until: datetime | None = None
    """The end of the quiet hours that it waited for; None where it waited for none."""
    clock_doubt: str | None = None
    """Why the clock may be wrong by which this is sent; None where it is believed."""
    acknowledgement: Acknowledgement | None = None
    """Somebody, told by another channel or by an earlier try, sees to it; None where nobody has said so."""
    sent_before: tuple[Sent, ...] = ()
    """Of a step of an escalation: who was told before it, in that order."""
    stands_in: StandIn | None = None
    """The place that it takes as a copy; None for any other."""
