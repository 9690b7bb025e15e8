"""The states of a delivery and every way from one to the next, as one table that code, docs and tests read.

No row changes its state except through this table: what it does not list cannot happen, and raises.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from alertd.errors import LedgerError


class DeliveryState(StrEnum):
    """The state of a delivery; the last six are its end, unless its moment turns out to be still to come."""

    PLANNED = "planned"
    """Waits for its moment, or for another try."""
    ACQUIRED = "acquired"
    """A worker has it, or is about to; if this is what a restart finds, it may have been sent."""
    DELIVERED = "delivered"
    """The channel took it."""
    FAILED = "failed"
    """Given up, with a reason."""
    SUPERSEDED = "superseded"
    """The register no longer wants it; or it is a step of an escalation, and somebody else is on duty."""
    OVERTAKEN = "overtaken"
    """A tighter stage of the same end says it better, or what was announced at that very moment has said it."""
    MISSED = "missed"
    """Too old to be said alone: it stands as a line in a summary."""
    ACKNOWLEDGED = "acknowledged"
    """A step of an escalation that is not needed: somebody sees to the alert."""


_ANSWERED = "it is a step of an escalation, and the alert that it follows was acknowledged"

_TOO_EARLY = "a clock that was ahead settled it before its moment, which is still to come"

LEGAL: Mapping[DeliveryState, Mapping[DeliveryState, str]] = MappingProxyType(
    {
        DeliveryState.PLANNED: {
            DeliveryState.ACQUIRED: "its moment has come",
            DeliveryState.SUPERSEDED: "the register changed before its moment; or it is a step to somebody off duty",
            DeliveryState.OVERTAKEN: "a tighter stage of the same end, its announcement or the start came at once",
            DeliveryState.MISSED: "its moment is too long ago; a summary tells it",
            DeliveryState.ACKNOWLEDGED: _ANSWERED,
        },
        DeliveryState.ACQUIRED: {
            DeliveryState.DELIVERED: "the channel took it",
            DeliveryState.PLANNED: "again, later: a failure, a timeout, a crash, or a clock that may be wrong",
            DeliveryState.FAILED: "given up: refused, or tried for too long",
            DeliveryState.SUPERSEDED: "the register changed before it was sent, or before it could be tried again",
            DeliveryState.OVERTAKEN: "a tighter stage came while it waited for its worker",
            DeliveryState.ACKNOWLEDGED: _ANSWERED,
        },
        DeliveryState.SUPERSEDED: {
            DeliveryState.PLANNED: "the same end is back, and its moment is ahead; or it stands in for one that failed",
        },
        DeliveryState.DELIVERED: {DeliveryState.PLANNED: _TOO_EARLY},
        DeliveryState.FAILED: {DeliveryState.PLANNED: _TOO_EARLY},
        DeliveryState.OVERTAKEN: {DeliveryState.PLANNED: _TOO_EARLY},
        DeliveryState.MISSED: {DeliveryState.PLANNED: _TOO_EARLY},
        DeliveryState.ACKNOWLEDGED: {},
    }
)
"""From each state, the states that can follow, and why they do."""


class IllegalTransition(LedgerError):
    """A delivery cannot go from the one state to the other; this is a mistake in alertd, not in its use."""


def require_legal(source: DeliveryState, goal: DeliveryState) -> None:
    """Raises `IllegalTransition` unless the table lists this step."""
    if goal not in LEGAL[source]:
        raise IllegalTransition(f"a delivery cannot go from {source} to {goal}")
