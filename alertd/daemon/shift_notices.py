"""The digest of a shift: gathered from the ledger and the register, and given to ops when one is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.reconcile import not_watched
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.policy import Subscription
from alertd.ledger import LedgerThread, TruceStanding, queries
from alertd.message.shift import EVENTS, Glance, SeenChange, Shift, Shifts, glance, shift_text
from alertd.register import RegisterCache
from alertd.times.instant import ZoneLookup


class ShiftNotices:
    """Gives ops the digest of each shift."""

    def __init__(  # noqa: PLR0913  each is a part of its own
        self,
        ledger: LedgerThread,
        ops: OpsNotices,
        cache: RegisterCache,
        index: TruceIndex,
        subscriptions: tuple[Subscription, ...],
        *,
        shifts: Shifts | None,
        catch_up: timedelta,
        zone_for: ZoneLookup,
    ) -> None:
        self._ledger = ledger
        self._ops = ops
        self._cache = cache
        self._index = index
        self._subscriptions = subscriptions
        self._shifts = shifts
        self._catch_up = catch_up
        self._zone_for = zone_for

    def next(self, after: datetime) -> datetime | None:
        """The moment of the next digest; None where there are none."""
        return None if self._shifts is None else self._shifts.next(after)

    async def tell(self, last_tick: datetime, now: datetime) -> None:
        """Give the latest digest that has come due since the last tick: late after a pause, and never one for each.

        Raises `LedgerError`.
        """
        if self._shifts is None:
            return
        due_at = self._shifts.last(now)
        if due_at is None or due_at <= last_tick:
            return
        since = await self._ledger.run(queries.last_shift, due_at)
        since = since or self._shifts.last(due_at - timedelta(microseconds=1)) or due_at
        text = shift_text(await self.shift(since, now), now, zone_for=self._zone_for)
        await self._ops.tell_shift(text, due_at, now)

    async def shift(self, since: datetime, now: datetime) -> Shift:
        """All that a digest tells of."""
        seen = await self._ledger.run(queries.changes_since, since)
        health = await self._ledger.run(queries.channels)
        watched, entries = self._index.watched(), self._index.entries
        told = seen[-EVENTS:]
        known = await self._index.truces({row.truce for row in told})
        return Shift(
            since=since,
            truces=await self._glances(watched, since, now),
            changes=tuple(SeenChange(at=row.seen_at, truce=known[row.truce].truce, change=row.change) for row in told),
            more_changes=len(seen) - len(told),
            sent=await self._ledger.run(queries.sent_since, since, self._catch_up),
            not_watched=not_watched(self._cache.refused(), entries, self._subscriptions, now),
            held=tuple(truce_id for truce_id in watched if entries[truce_id].standing is TruceStanding.HELD),
            failing=tuple(channel.target for channel in health if channel.failing_since is not None),
        )

    async def _glances(self, watched: Sequence[str], since: datetime, now: datetime) -> tuple[Glance, ...]:
        return tuple(
            [
                glance(known.truce, since, now, zone_for=self._zone_for)
                async for part in self._index.in_parts(watched)
                for known in part
            ]
        )
