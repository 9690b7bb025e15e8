"""The view of the board: one reading of ledger and register, shared by all who look.

A reading happens on the board's own threads, at most twice a second and never for more than a fifth of the time,
however many look. What is made of a reading, a page or a feed, is made once and kept for as long as the reading is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from alertd.board.body import Body
from alertd.board.rows import RowMaker, Rows
from alertd.daemon.clock_doubt import ClockDoubt
from alertd.daemon.instance import Signs
from alertd.domain.alert import Delivery
from alertd.domain.duty import Roster
from alertd.ledger import DeliveryDetail, KnownTruce, Ledger, Overdue, Tally, beyond, monitoring, queries, restart_cache
from alertd.ledger.beyond import Planner
from alertd.register import RegisterProblems
from alertd.settings import Settings
from alertd.status.overview import NEXT, LedgerContent, Overview, overview
from alertd.times.clock import Clock
from alertd.times.instant import ZoneLookup

LATELY = 10
"""The number of last deliveries that are shown."""

_LEAST_SECONDS = 0.5
"""From one reading to the next."""

_REST = 4.0
"""So many times as long as a reading took, and all that was made of it, no other begins."""

_MOST_SECONDS = 3.0
"""But no longer than this."""

_OLDEST = timedelta(seconds=15)
"""After this a reading is made anew although nothing has changed: a page without JavaScript shows its age."""

_SOON = timedelta(seconds=60)
"""From the moment of an alert until its channel counts as one that keeps it waiting."""

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources of all that the board shows."""

    open_ledger: Callable[[], Ledger]
    """Opens a connection for reading."""
    open_to_write: Callable[[], Ledger]
    """Opens one for writing, for an acknowledgement."""
    register_problems: Callable[[Ledger], RegisterProblems]
    """The problems of the truce files as they stand."""
    settings: Settings
    zone_for: ZoneLookup
    tzdata: Callable[[], str]
    """The version of the zone data."""
    clock: Clock
    signs: Callable[[], Signs]
    """The daemon's signs of life."""
    rosters: Callable[[], Mapping[str, Roster | None]] = dict
    """The duty lists as the daemon read them."""

    @property
    def planner(self) -> Planner:
        """The rules by which the rest of a plan is made."""
        return Planner(subscriptions=self.settings.subscriptions(), policy=self.settings.policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One reading, and what was made of it so far."""

    version: int
    """Differs from the one before where something may look different, and from those of an earlier board."""
    at: datetime
    overview: Overview
    rows: Rows
    coming: tuple[Delivery, ...]
    """The alerts that come due after `at`."""
    overdue: Mapping[str, Overdue]
    """By channel."""
    lately: tuple[DeliveryDetail, ...]
    tallies: tuple[Tally, ...]
    made: dict[str, "asyncio.Future[Body]"] = field(default_factory=dict)

    def waits(self, channel: str) -> bool:
        """True if something has been due on a channel for longer than a channel that is well takes."""
        late = self.overdue.get(channel)
        return late is not None and self.at - late.since > _SOON


class SnapshotReader:
    """Reads for all who look."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board")
        self._press = ThreadPoolExecutor(max_workers=1, thread_name_prefix="board-feeds")
        self._lock = asyncio.Lock()
        self._ledger: Ledger | None = None
        self._ledger_files: tuple[str, ...] | None = None
        """The files that the daemon said it had when the ledger was opened."""
        self._maker = RowMaker(sources.settings.policy, sources.zone_for)
        self._known: Mapping[str, KnownTruce] = {}
        self._snapshot: Snapshot | None = None
        self._ledger_version: object = None
        self._register_problems: RegisterProblems | None = None
        self._began = 0.0
        self._spent = 0.0
        """Seconds that the last reading has cost so far, with all that was made of it."""

    async def look(self) -> Snapshot:
        """The snapshot of now; raises LedgerError where the ledger cannot be read."""
        async with self._lock:
            if self._snapshot is None or self._may_read():
                self._began, self._spent = self._sources.clock.monotonic(), 0.0
                self._snapshot = await self.read(self._renewed)
        return self._snapshot

    def _may_read(self) -> bool:
        rest = min(max(_LEAST_SECONDS, _REST * self._spent), _MOST_SECONDS)
        return self._sources.clock.monotonic() >= self._began + rest

    async def read(self, call: Callable[[Ledger], _Result]) -> _Result:
        """Ask the ledger something on the thread that reads it."""
        return await self._work(self._reader, lambda: call(self._opened()))

    async def press(self, call: Callable[[], _Result]) -> _Result:
        """Do slow work on another thread, where it holds up no page."""
        return await self._work(self._press, call)

    async def _work(self, executor: ThreadPoolExecutor, call: Callable[[], _Result]) -> _Result:
        clock = self._sources.clock

        def timed() -> tuple[_Result, float]:
            began = clock.monotonic()
            return call(), clock.monotonic() - began

        result, seconds = await asyncio.get_running_loop().run_in_executor(executor, timed)
        self._spent += seconds
        return result

    async def body(self, snapshot: Snapshot, name: str, make: Callable[[], Awaitable[Body]]) -> Body:
        """The body that was made of a snapshot under a name, made now where it was not: once, however many ask.

        Without a name it is made for whoever asks: many names that differ would fill the memory.
        """
        if not name:
            return await make()
        task = snapshot.made.get(name)
        if task is None:
            task = snapshot.made[name] = asyncio.ensure_future(make())
            task.add_done_callback(lambda done: _forget_failure(snapshot, name, done))
        return await asyncio.shield(task)

    def close(self) -> None:
        """Finish what is being read, and let go of the ledger."""
        self._reader.shutdown(cancel_futures=True)
        self._press.shutdown(cancel_futures=True)
        if self._ledger is not None:
            self._ledger.close()

    def _opened(self) -> Ledger:
        """The ledger of the daemon, opened anew where that has another than before."""
        files = self._sources.signs().ledger
        if self._ledger is not None and files not in {None, self._ledger_files}:
            self._ledger.close()
            self._ledger = self._ledger_version = None
        if self._ledger is None:
            self._ledger, self._ledger_files = self._sources.open_ledger(), files
        return self._ledger

    def _renewed(self, ledger: Ledger) -> Snapshot:
        now = self._sources.clock.now()
        ledger_version, register_problems, doubt = (
            ledger.version(),
            self._sources.register_problems(ledger),
            self._sources.signs().clock_doubt,
        )
        snapshot = self._snapshot
        if (
            snapshot is None
            or (ledger_version, register_problems, doubt)
            != (self._ledger_version, self._register_problems, snapshot.overview.clock_doubt)
            or not snapshot.at <= now < min(snapshot.at + _OLDEST, snapshot.rows.valid_until)
        ):
            snapshot = self._seen(ledger, register_problems, now, doubt)
            self._ledger_version, self._register_problems = ledger_version, register_problems
        return snapshot

    def _seen(
        self, ledger: Ledger, register_problems: RegisterProblems, now: datetime, doubt: ClockDoubt | None
    ) -> Snapshot:
        self._known = ledger.run(queries.truces, unpacked=self._known)
        content = LedgerContent(
            known=self._known,
            listed=ledger.run(restart_cache.index),
            upcoming=ledger.run(beyond.upcoming, NEXT, self._sources.planner),
            health=ledger.run(queries.channels),
            active_node=ledger.active_node(),
        )
        everything = overview(
            content,
            register_problems,
            self._sources.settings,
            self._sources.zone_for,
            now,
            clock_doubt=doubt,
            rosters=self._sources.rosters(),
        )
        return Snapshot(
            version=int(1000 * now.timestamp()) if self._snapshot is None else self._snapshot.version + 1,
            at=now,
            overview=everything,
            rows=self._maker.rows(everything),
            coming=ledger.run(beyond.upcoming, NEXT, self._sources.planner, now),
            overdue=ledger.run(monitoring.overdue, now),
            lately=ledger.run(monitoring.latest, LATELY),
            tallies=ledger.run(monitoring.tallies),
        )


def _forget_failure(snapshot: Snapshot, name: str, done: "asyncio.Future[Body]") -> None:
    """Keep nothing of what could not be made: anybody can ask for what is not there."""
    if done.cancelled() or done.exception() is not None:
        del snapshot.made[name]
