"""The outlook of the daemon, counted anew only where something was stored or time has made another."""

from datetime import datetime

from alertd.daemon.reconcile import waits_for_first
from alertd.daemon.truce_index import TruceIndex
from alertd.domain.outlook import Outlook
from alertd.domain.truce import TruceStatus
from alertd.register import RegisterProblems


class OutlookCounter:
    """Counts the truces on watch, and finds the next end among them."""

    def __init__(self, index: TruceIndex) -> None:
        self._index = index
        self.outlook = Outlook(running=0, next_end=None, next_truce=None, holds_until=None)
        """The state of the watch, as last counted."""
        self._counted_of: int | None = None
        """The version of the index that it was counted from; None where it is to be counted anew."""

    def forget(self) -> None:
        """Have the next `count` begin anew, as after a step back of the clock."""
        self._counted_of = None

    async def count(self, register_problems: RegisterProblems, now: datetime) -> None:
        """Count anew where something was stored or has ended since; raises `LedgerError`."""
        turn = self.outlook.holds_until
        if self._counted_of == self._index.version and self._index.entries and (turn is None or now < turn):
            return
        ahead = self._index.ahead(now)
        ends = ((entry.over_at, truce_id) for truce_id, entry in ahead.items() if entry.over_at is not None)
        over_at, first = min(ends, default=(None, None))
        known = None if first is None else (await self._index.truces([first])).get(first)
        truce = None if known is None else known.truce
        self.outlook = Outlook(
            running=len(ahead),
            next_end=None if truce is None else TruceStatus(truce, now).end.at,
            next_truce=truce,
            holds_until=over_at,
            waits=waits_for_first(self._index.entries, register_problems),
        )
        self._counted_of = self._index.version
