"""The ledger: what is known of every truce, what is still to be sent and when, and what became of what was sent.

`Ledger.run` calls a function of a module of this room in a transaction of its own: `planning`, `acquisition`,
`dispatch`, `settlement` and `retention` move the rows, `queries` and `monitoring` read them, `acknowledging` keeps who
acknowledged what, `file_contents` which content of a truce file is the newest, `beyond` plans what the rows do not hold
yet, `restart_cache` spares the next start work, `clock_ahead` mends. Nothing here decides what is sent: plans come from
the domain, and outcomes from the workers.
"""

from alertd.ledger.address import Address, ServerUrl
from alertd.ledger.database import Ledger
from alertd.ledger.file_contents import ALONE
from alertd.ledger.generation import Origin
from alertd.ledger.nodes import GONE, FileContents, NewerContent, OtherSettings
from alertd.ledger.place import LedgerPlace, are_there
from alertd.ledger.sqlite import set_aside
from alertd.ledger.states import LEGAL, DeliveryState, IllegalTransition
from alertd.ledger.thread import LedgerThread
from alertd.ledger.values import (
    Acquired,
    Attempt,
    BelatedRecord,
    CacheKey,
    ChannelHealth,
    Copy,
    DeliveryDetail,
    Dispatched,
    HistoryRow,
    KnownTruce,
    Overdue,
    RememberedFile,
    Revision,
    RevisionSeen,
    SentMessage,
    Settlement,
    Tally,
    TextDelivery,
    TriedSend,
    TruceIndexEntry,
    TruceStanding,
)

__all__ = [
    "ALONE",
    "GONE",
    "LEGAL",
    "Acquired",
    "Address",
    "Attempt",
    "BelatedRecord",
    "CacheKey",
    "ChannelHealth",
    "Copy",
    "DeliveryDetail",
    "DeliveryState",
    "Dispatched",
    "FileContents",
    "HistoryRow",
    "IllegalTransition",
    "KnownTruce",
    "Ledger",
    "LedgerPlace",
    "LedgerThread",
    "NewerContent",
    "Origin",
    "OtherSettings",
    "Overdue",
    "RememberedFile",
    "Revision",
    "RevisionSeen",
    "SentMessage",
    "ServerUrl",
    "Settlement",
    "Tally",
    "TextDelivery",
    "TriedSend",
    "TruceIndexEntry",
    "TruceStanding",
    "are_there",
    "set_aside",
]
