"""The ledger: what is known of every truce, what is still to be sent and when, and what became of what was sent."""

from alertd.ledger.records import (
    ChannelHealth,
    Handed,
    HistoryRow,
    KnownTruce,
    Recorded,
    Revision,
    Said,
    Settlement,
    Tally,
    Told,
    TruceStanding,
    Try,
)
from alertd.ledger.states import LEGAL, DeliveryState, IllegalTransition
from alertd.ledger.store import Ledger
from alertd.ledger.thread import LedgerThread

__all__ = [
    "LEGAL",
    "ChannelHealth",
    "DeliveryState",
    "Handed",
    "HistoryRow",
    "IllegalTransition",
    "KnownTruce",
    "Ledger",
    "LedgerThread",
    "Recorded",
    "Revision",
    "Said",
    "Settlement",
    "Tally",
    "Told",
    "TruceStanding",
    "Try",
]
