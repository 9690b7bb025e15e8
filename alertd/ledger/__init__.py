"""The ledger: what is known of every truce, what is still to be sent and when, and what became of what was sent."""

from alertd.ledger.database import set_aside
from alertd.ledger.records import (
    Attempt,
    Basis,
    ChangeSeen,
    ChannelHealth,
    Claimed,
    Copy,
    Handed,
    HistoryRow,
    KnownTruce,
    ListedTruce,
    Recorded,
    RememberedFile,
    Revision,
    RevisionSeen,
    Said,
    Settlement,
    Tally,
    Told,
    TruceStanding,
    Try,
    Worded,
)
from alertd.ledger.states import LEGAL, DeliveryState, IllegalTransition
from alertd.ledger.store import Ledger
from alertd.ledger.thread import LedgerThread

__all__ = [
    "LEGAL",
    "Attempt",
    "Basis",
    "ChangeSeen",
    "ChannelHealth",
    "Claimed",
    "Copy",
    "DeliveryState",
    "Handed",
    "HistoryRow",
    "IllegalTransition",
    "KnownTruce",
    "Ledger",
    "LedgerThread",
    "ListedTruce",
    "Recorded",
    "RememberedFile",
    "Revision",
    "RevisionSeen",
    "Said",
    "Settlement",
    "Tally",
    "Told",
    "TruceStanding",
    "Try",
    "Worded",
    "set_aside",
]
