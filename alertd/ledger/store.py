"""The ledger as the rest of alertd sees it: every call is one transaction, whole or not at all.

Synchronous, for one thread at a time; it asks for no time and starts nothing. What a call does inside its
transaction stands in `planning`, `acquisition`, `dispatch`, `settlement`, `restart_cache`, `queries` and `monitoring`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Self

from alertd.domain.agenda import Choose
from alertd.domain.alert import Delivery, Kind
from alertd.ledger import (
    acquisition,
    clock_ahead,
    dispatch,
    monitoring,
    planning,
    queries,
    restart_cache,
    retention,
    settlement,
)
from alertd.ledger.database import Database, is_there
from alertd.ledger.values import (
    Acquired,
    Attempt,
    CacheKey,
    ChangeSeen,
    ChannelHealth,
    DeliveryDetail,
    Dispatched,
    HistoryRow,
    KnownTruce,
    Misjudged,
    Recorded,
    RememberedFile,
    Revision,
    RevisionSeen,
    SentMessage,
    Settlement,
    Tally,
    TextDelivery,
    TriedSend,
    TruceIndexEntry,
)


class Ledger:
    """The durable record of truces, deliveries and attempts, and the agenda. Every error is a `LedgerError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def exists(path: Path) -> bool:
        """True where a ledger was ever made there."""
        return is_there(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the ledger for the daemon: made where there is none, brought up to date where it is older."""
        return cls(Database.open(path))

    @classmethod
    def open_reader(cls, path: Path) -> Self:
        """Open a ledger that exists, to look and not to touch."""
        return cls(Database.open_reader(path))

    @classmethod
    def in_memory(cls) -> Self:
        """A ledger that leaves nothing behind."""
        return cls(Database.in_memory())

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def truces(
        self, ids: Collection[str] | None = None, *, unpacked: Mapping[str, KnownTruce] = MappingProxyType({})
    ) -> dict[str, KnownTruce]:
        """The truces of these ids, or all ever recorded, by their ids, in their latest form.

        `unpacked` is what an earlier call gave, so that only what has changed since is unpacked.
        """
        with self._database.transaction() as connection:
            return queries.truces(connection, ids, unpacked)

    def listed(self) -> dict[str, TruceIndexEntry]:
        """The index entry of every truce ever recorded, by its id."""
        with self._database.transaction() as connection:
            return restart_cache.listed(connection)

    def reindex(self, known: Iterable[KnownTruce]) -> dict[str, TruceIndexEntry]:
        """Write down what is to be kept at hand of truces whose plans stay as they are; gives it, by their ids."""
        with self._database.transaction() as connection:
            return restart_cache.reindex(connection, known)

    def record(self, revisions: Sequence[Revision], now: datetime, files: Sequence[RememberedFile] = ()) -> Recorded:
        """Take in what the register says of some truces, each named once, and make the agenda fit it.

        `files` is what the next start may take as read of the files that they came from.
        """
        with self._database.transaction() as connection:
            return planning.record(connection, revisions, now, files)

    def misjudged(self, now: datetime) -> Misjudged:
        """Everything that a clock that was ahead may have judged wrongly, now that it tells this moment."""
        with self._database.transaction() as connection:
            return clock_ahead.misjudged(connection, now)

    def wait_no_longer(self, now: datetime) -> None:
        """Let nothing wait for a moment that only a clock that was ahead has shown."""
        with self._database.transaction() as connection:
            clock_ahead.wait_no_longer(connection, now)

    def remembered(self) -> tuple[CacheKey, tuple[RememberedFile, ...]]:
        """On what plans and readings rest, and what was last read of each truce file."""
        with self._database.transaction() as connection:
            return restart_cache.cache_key(connection), restart_cache.files(connection)

    def store_cache_key(self, cache_key: CacheKey) -> None:
        """Write down on what plans and readings rest from now on; what is not known is forgotten, files read too."""
        with self._database.transaction() as connection:
            restart_cache.store_cache_key(connection, cache_key)

    def enqueue(self, deliveries: Sequence[TextDelivery], now: datetime) -> None:
        """Put deliveries that bring their own text on the agenda, each key once."""
        with self._database.transaction() as connection:
            acquisition.enqueue(connection, deliveries, now)

    def recover(self, targets: Collection[str], now: datetime) -> int:
        """At start: plan again what an earlier run had acquired; gives how much that is.

        What it had dispatched is a possible repeat, what had only waited is not.

        `targets` are all that the settings know; what is for any other is superseded.
        """
        with self._database.transaction() as connection:
            return settlement.recover(connection, targets, now)

    def next_due(self, after: datetime | None = None) -> datetime | None:
        """The earliest moment, or the earliest after another, at which something planned may be acquired.

        It is past where something waits already.
        """
        with self._database.transaction() as connection:
            return acquisition.next_due(connection, after)

    def acquire(
        self,
        now: datetime,
        choose: Choose,
        kinds: Collection[Kind] = tuple(Kind),
        *,
        since: datetime | None = None,
    ) -> Acquired:
        """Acquire at most a batch of what is due of these kinds, and name the targets that have something to send.

        A `next_due` that is still past says that there is more. `since` leaves what was due before planned, and what a
        later stage overtakes.
        """
        with self._database.transaction() as connection:
            return acquisition.acquire(connection, now, choose, kinds, since=since)

    def dispatch(
        self, target: str, now: datetime, choose: Choose, limit: int, *, apart: bool = False
    ) -> tuple[Dispatched, ...]:
        """Dispatch what is still wanted of what was acquired for a target, soonest end first; empty when done.

        `apart`: at most one of each truce, for sends at the same time, which could overtake each other.
        """
        with self._database.transaction() as connection:
            return dispatch.dispatch(connection, target, now, choose, limit, apart=apart)

    def settle(
        self,
        settlements: Sequence[Settlement],
        now: datetime,
        *,
        said: Sequence[TextDelivery] = (),
        sent_messages: Sequence[SentMessage] = (),
    ) -> None:
        """Write down what became of sends, what is to become of their deliveries, and what is said of it all."""
        with self._database.transaction() as connection:
            settlement.settle(connection, settlements, now, said=said, sent_messages=sent_messages)

    def prune(self, before: datetime, limit: int) -> int:
        """Forget deliveries that were settled before a moment, at most so many, and what was said in them."""
        with self._database.transaction() as connection:
            return retention.prune(connection, before, limit)

    def checkpoint(self) -> None:
        """Take what was committed from the log into the file, and begin the log anew."""
        self._database.checkpoint()

    def backup(self, path: Path) -> None:
        """Write a whole, checked copy of the ledger as it stands now to a file that must not exist."""
        self._database.backup(path)

    def upcoming(self, limit: int) -> tuple[Delivery, ...]:
        """The next planned deliveries, in the order of plans."""
        with self._database.transaction() as connection:
            return queries.upcoming(connection, limit)

    def ends_ahead(self, after: datetime) -> Mapping[str, Collection[datetime]]:
        """The ends, by truce, for which a stage is planned after a moment."""
        with self._database.transaction() as connection:
            return queries.ends_ahead(connection, after)

    def history(
        self, truce: str | None = None, channel: str | None = None, since: datetime | None = None
    ) -> tuple[HistoryRow, ...]:
        """The record of deliveries, newest last, by when they were settled or else are due."""
        with self._database.transaction() as connection:
            return queries.history(connection, truce=truce, channel=channel, since=since)

    def channels(self) -> tuple[ChannelHealth, ...]:
        """The health of each target, by channel and target."""
        with self._database.transaction() as connection:
            return queries.channels(connection)

    def last_notice(self, abouts: Collection[str]) -> tuple[str, datetime] | None:
        """Of which of these ops was told last, and for which moment; None where never of any."""
        with self._database.transaction() as connection:
            return queries.last_notice(connection, abouts)

    def revisions(self, truce: str) -> tuple[RevisionSeen, ...]:
        """The history of a truce: its revisions, the first one first."""
        with self._database.transaction() as connection:
            return queries.revisions(connection, truce)

    def attempts(self, truce: str) -> tuple[Attempt, ...]:
        """Every try to send a delivery of a truce, the first one first."""
        with self._database.transaction() as connection:
            return queries.attempts(connection, truce)

    def changes_since(self, since: datetime) -> tuple[ChangeSeen, ...]:
        """Changes from a moment on, in the order in which it was seen."""
        with self._database.transaction() as connection:
            return queries.changes_since(connection, since)

    def changes_seen(self) -> int:
        """A number that differs from the last one as soon as somebody else has changed the ledger."""
        return self._database.changes_seen()

    def tallies(self) -> tuple[Tally, ...]:
        """The number of deliveries of each channel in each state."""
        with self._database.transaction() as connection:
            return monitoring.tallies(connection)

    def last_try(self) -> int:
        """The number of the newest try to send; 0 before the first."""
        with self._database.transaction() as connection:
            return monitoring.last_try(connection)

    def tries(self, after: int) -> tuple[TriedSend, ...]:
        """The tries to send that followed a numbered one, oldest first."""
        with self._database.transaction() as connection:
            return monitoring.tries(connection, after)

    def lately(self, limit: int) -> tuple[DeliveryDetail, ...]:
        """The last deliveries that were sent or given up, newest first."""
        with self._database.transaction() as connection:
            return monitoring.lately(connection, limit)

    def told_of(self, truce: str, limit: int) -> tuple[DeliveryDetail, ...]:
        """The newest deliveries of a truce, what lies ahead first; without what was replaced."""
        with self._database.transaction() as connection:
            return monitoring.told_of(connection, truce, limit)
