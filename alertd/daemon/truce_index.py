"""The truces that the ledger knows: an index at hand, each truce whole on demand, and when to look at one again."""

from collections.abc import AsyncIterator, Collection, Container, Iterable, Mapping, Sequence
from datetime import datetime
from heapq import heappop, heappush

from alertd.domain.policy import CLOCK_STEP, TRUCES_AT_ONCE, Policy
from alertd.ledger import KnownTruce, LedgerThread, TruceIndexEntry, queries, restart_cache


class TruceIndex:
    """The index entry of every truce that was ever recorded; a large register does not fit into memory whole."""

    def __init__(self, ledger: LedgerThread) -> None:
        self._ledger = ledger
        self.entries: dict[str, TruceIndexEntry] = {}
        self.version = 0
        """Another number after each change."""
        self._looks: list[tuple[datetime, str]] = []
        """A heap: when to look at which truce again although no file has changed."""
        self._due: set[tuple[datetime, str]] = set()
        """Looks that were due, taken from the heap until the ledger has what follows from them."""
        self._noted: set[tuple[datetime, str]] = set()
        """The same looks: one that is asked for at each tick, while the ledger fails, is noted once."""
        self.as_of: datetime | None = None
        """The latest moment at which an entry was made; None where that is not known."""

    async def load(self, as_of: datetime | None) -> None:
        """Read the index from the ledger, as the process before left it at a moment; raises `LedgerError`."""
        self.entries = await self._ledger.run(restart_cache.index)
        self.as_of = as_of
        self._look_again(self.watched())

    def update(self, entries: Mapping[str, TruceIndexEntry], now: datetime) -> None:
        """Replace the entries of some truces, and see to it that what comes next of each is planned in time."""
        self.entries.update(entries)
        self.version += 1
        self.as_of = now if self.as_of is None else max(self.as_of, now)
        self._look_again(entries)

    def was_made_after(self, now: datetime) -> bool:
        """True if some entry was made long after now: by a clock that was ahead, not just by another node's."""
        return self.as_of is not None and self.as_of - now >= CLOCK_STEP

    def _look_again(self, truces: Iterable[str]) -> None:
        """Look at each of these truces when its next review, or more of its plan, has to be put on the agenda."""
        for truce_id in truces:
            look_at = self.entries[truce_id].look_at
            if look_at is not None:
                self.look_at(truce_id, look_at)

    def look_at(self, truce_id: str, moment: datetime) -> None:
        """Look at a truce again at a moment; a look for nothing costs little, a missing one an alert."""
        look = (moment, truce_id)
        if look not in self._noted:
            self._noted.add(look)
            heappush(self._looks, look)

    def due(self, now: datetime) -> set[str]:
        """The truces to look at by now; they stay due until `looked`."""
        while self._looks and self._looks[0][0] <= now:
            self._due.add(heappop(self._looks))
        return {truce_id for moment, truce_id in self._due if moment <= now}

    def looked(self, now: datetime) -> None:
        """Forget the looks that were due by now; one that a clock that was ahead made due is ahead again."""
        self._noted -= self._due
        due, self._due = self._due, set()
        for moment, truce_id in due:
            if moment > now:
                self.look_at(truce_id, moment)

    def overdue(self, now: datetime) -> list[str]:
        """The truces of whose plans something has come due before it was put on the agenda."""
        return sorted(
            truce_id
            for truce_id in self.due(now)
            if truce_id in self.entries and self.entries[truce_id].is_overdue(now)
        )

    @property
    def next_look(self) -> datetime | None:
        """The moment of the next look that is not due yet."""
        return self._looks[0][0] if self._looks else None

    def watched(self) -> list[str]:
        """The truces that were not withdrawn."""
        return [truce_id for truce_id, entry in self.entries.items() if entry.is_watched]

    def ahead(self, now: datetime) -> dict[str, TruceIndexEntry]:
        """The truces on watch that are not over."""
        return {
            truce_id: entry for truce_id, entry in self.entries.items() if entry.is_watched and not entry.is_over(now)
        }

    def lapsed(self, now: datetime, since: datetime) -> list[str]:
        """The truces on watch that are over, and are asked about, or were over no earlier than a moment."""
        return [
            truce_id
            for truce_id, entry in self.entries.items()
            if entry.is_watched and entry.is_over(now) and (entry.is_asked_about or (entry.over_at or since) >= since)
        ]

    def asked_about_no_more(self, now: datetime, policy: Policy) -> list[str]:
        """The lapsed truces on watch of which no review lies ahead, though by the policy one may."""
        recent = self.lapsed(now, now - policy.unresolved_for)
        return [truce_id for truce_id in recent if not self.entries[truce_id].is_asked_about]

    def missing(self, register: Container[str], now: datetime) -> dict[str, TruceIndexEntry]:
        """The truces ahead, and the lapsed ones that are asked about, that stand nowhere in the register."""
        return {
            truce_id: entry
            for truce_id, entry in self.entries.items()
            if truce_id not in register and entry.is_watched and (not entry.is_over(now) or entry.is_asked_about)
        }

    async def truces(self, ids: Collection[str]) -> Mapping[str, KnownTruce]:
        """The truces of these ids that the ledger knows, whole; raises `LedgerError`.

        Where it knows none, as in an idle tick, it is not asked.
        """
        known = {truce_id for truce_id in ids if truce_id in self.entries}
        return await self._ledger.run(queries.truces, known) if known else {}

    async def in_parts(self, ids: Sequence[str]) -> AsyncIterator[Collection[KnownTruce]]:
        """The truces of these ids, whole, as many at once as fit into memory; raises `LedgerError`."""
        for start in range(0, len(ids), TRUCES_AT_ONCE):
            yield (await self.truces(ids[start : start + TRUCES_AT_ONCE])).values()
