"""The tables of the ledger, and how a moment is stored.

The tables as they are now; how an older file gets there stands in `migrations`, and a test holds the two equal.
No query lives here. Moments are integers (milliseconds since 1970, UTC), because they order, index and compare
alike in every database, and no driver can hand them back without a zone.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    false,
    func,
    text,
)

VERSION = "0017"
"""The newest migration. Versions are serial numbers of four digits, so that older and newer can be told apart."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@lru_cache(maxsize=1024)
def milliseconds(moment: datetime) -> int:
    """A moment as it is stored; a naive one is a mistake and raises. Remembered, as is what is read back."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its zone: {moment.isoformat()}")
    return (moment - _EPOCH) // _MILLISECOND


def _stored(moment: datetime | None) -> int | None:
    return None if moment is None else milliseconds(moment)


@lru_cache(maxsize=1024)
def _moment(stored: int | None) -> datetime | None:
    """Remembered, as rows that come together share moments, and each row has several."""
    return None if stored is None else _EPOCH + stored * _MILLISECOND


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, kept as whole milliseconds since 1970 and rounded down to them."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, *_: object) -> Callable[[datetime | None], int | None]:
        """Gives milliseconds of a moment."""
        return _stored

    def result_processor(self, *_: object) -> Callable[[int | None], datetime | None]:
        """Gives the moment, in UTC."""
        return _moment


ROW_ID = BigInteger().with_variant(Integer, "sqlite")
"""A number that the database gives; SQLite gives one to its own integers alone, which are as long."""

metadata = MetaData()

truce = Table(
    "truce",
    metadata,
    Column("id", String, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("expiry", UtcMoment),
    Column("standing", String(16), nullable=False),
    Column("file", String, nullable=False),
    Column("line", Integer, nullable=False),
    Column("tags", Text, nullable=False, server_default=""),  # one a line
    Column("over_at", UtcMoment),  # from when on it is over, as far as known; also empty in rows of an older alertd
    Column("look_at", UtcMoment),  # when its next review, or more of its plan, has to be put on the agenda
    Column("rest_from", UtcMoment),  # when the first delivery of its plan that is not on the agenda is due
    Column("is_asked_about", Boolean, nullable=False, server_default=false()),  # its next review is on the agenda
)
"""The latest revision of each truce: its last good form, where it was read, and what is asked of it most."""

Index(
    "truce_rest",
    truce.c.rest_from,
    sqlite_where=truce.c.rest_from.is_not(None),
)

revision = Table(
    "revision",
    metadata,
    Column("truce", String, ForeignKey("truce.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("seen_at", UtcMoment, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("changes", Text, nullable=False),
)
"""The changes of each truce, and when they were seen; append only."""

Index("revision_seen", revision.c.seen_at)

belated_record = Table(
    "belated_record",
    metadata,
    Column("truce", String, ForeignKey("truce.id"), primary_key=True),
    Column("announced", UtcMoment, primary_key=True),
    Column("seen_at", UtcMoment, nullable=False),
)
"""The records that an edit brought long after their announcement, and when; whether they still say so, they tell."""

delivery = Table(
    "delivery",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("truce", String),
    Column("revision", Integer),
    Column("kind", String(16), nullable=False),
    Column("stage", String(16)),
    Column("ends_at", UtcMoment),
    Column("milestone", String),  # the id of the one that it speaks of
    Column("at", UtcMoment),  # the instant that its stage counts to; empty without a stage
    Column("channel", String, nullable=False),
    Column("target", String, nullable=False),
    Column("about", String),
    Column("number", Integer),  # of a notice among those about the same thing; empty in rows of an older alertd
    Column("text", Text),
    Column("stands_for", String),  # the key of the delivery whose place a fallback's copy takes
    Column("follows", String),  # the key, without a target, of the alert that a step of an escalation follows
    Column("escalation", String),  # its name
    Column("step", Integer),
    Column("people", Integer),  # the number of acknowledgements that make the step unnecessary
    Column("is_last", Boolean),  # the chain is at its end with it
    Column("replaced_by", Integer),  # the revision that made it unwanted, also where its channel has it already
    Column("carried_by", Integer),  # the revision whose alert says as well what this superseded change alert did not
    Column("corrected_by", Integer),  # the revision whose alert puts right what this delivered one told
    Column("planned_at", UtcMoment, nullable=False),
    Column("due_at", UtcMoment, nullable=False),
    Column("not_before", UtcMoment),
    Column("quiet_until", UtcMoment),  # the end of the quiet hours that it waited for, or waits for
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("possible_repeat", Boolean, nullable=False),
    Column("dispatched_at", UtcMoment),
    Column("settled_at", UtcMoment),
    Column("reason", Text),
    Column("message_id", String),
)
"""One alert for one target, and what became of it: the agenda and the delivery history."""

unindexed_state = delivery.c.state + ""
"""The state of a row that is found by something else: SQLite takes a state for rare, and would read all rows in it."""

Index("delivery_agenda", delivery.c.state, delivery.c.due_at)
Index("delivery_truce", delivery.c.truce, delivery.c.ends_at)
_ACQUIRED = text("state = 'acquired'")
"""In an index of what is acquired alone, a large agenda costs nothing; a query must spell it like this to use it."""

Index(
    "delivery_acquired",
    delivery.c.target,
    delivery.c.dispatched_at,
    delivery.c.ends_at,
    delivery.c.due_at,
    sqlite_where=_ACQUIRED,
)
Index(
    "delivery_waiting",
    delivery.c.state,
    delivery.c.not_before,
    sqlite_where=delivery.c.not_before.is_not(None),
)

Index(
    "delivery_follows",
    delivery.c.follows,
    sqlite_where=delivery.c.follows.is_not(None),
)

attempt = Table(
    "attempt",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("delivery", ROW_ID, ForeignKey("delivery.id"), nullable=False),
    Column("at", UtcMoment, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("took_ms", Integer),
    Column("detail", Text),
)
"""Every try to send, and how it went; append only."""

Index("attempt_delivery", attempt.c.delivery)

acknowledgement = Table(
    "acknowledgement",
    metadata,
    Column("alert", String, primary_key=True),  # the key of its deliveries, without the target
    Column("by", String, primary_key=True),
    Column("at", UtcMoment, nullable=False),
    Column("way", String(16), nullable=False),
    Column("note", Text),
)
"""The acknowledgements of alerts, each for all its targets, one of each person; append only.

If they are void, the ends of the truce tell.
"""

register_file = Table(
    "register_file",
    metadata,
    Column("name", String, primary_key=True),
    Column("traits", String),  # by which it is known again unopened; empty where it has to be opened
    Column("blocks", Text, nullable=False),
)
"""The last read form of each truce file, as far as it was taken in whole: a line for each truce."""

file_content = Table(
    "file_content",
    metadata,
    Column("name", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("content", String(64), nullable=False),
    Column("node", String, nullable=False),  # of the newest: who read it last
    Column("seen_at", UtcMoment, nullable=False),
    Column("is_newest", Boolean, nullable=False),
)
"""The contents that each truce file has had, as fingerprints, numbered as they came; the oldest are forgotten."""

node_settings = Table(
    "node_settings",
    metadata,
    Column("part", String, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("node", String, nullable=False),
)
"""The settings of the node that was active last, by their parts: fingerprints in which no secret went."""

cache_key = Table(
    "cache_key",
    metadata,
    Column("of", String, primary_key=True),
    Column("digest", String(64), nullable=False),
)
"""The digests of all that readings and plans rest on: where one differs, they are made anew."""

message = Table(
    "message",
    metadata,
    Column("id", String, primary_key=True),
    Column("sent_at", UtcMoment, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
)
"""Every message that a channel took, or may have taken, as it was worded; deliveries name it by its id."""

Index("message_sent", message.c.sent_at)

target = Table(
    "target",
    metadata,
    Column("name", String, primary_key=True),
    Column("channel", String, nullable=False),
    Column("last_success", UtcMoment),
    Column("last_failure", UtcMoment),
    Column("failing_since", UtcMoment),
    Column("closed", Text),
)
"""The last success and failure of each target that was ever tried, or that could not be opened.

`failing_since` is the first failure of a streak that still lasts, `closed` why its channel could not be opened.
"""


def is_of_window(table: FromClause) -> ColumnElement[bool]:
    """True for rows of a closing of a daily pause that is not its last: those are told of no end."""
    return func.coalesce(table.c.at, table.c.ends_at) < table.c.ends_at
