"""The agenda as the ticks ask for it: the ledger, and what is known of it while nobody changes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from alertd.domain.alert import Delivery
from alertd.domain.escalation import nobody_is_off
from alertd.domain.policy import Policy
from alertd.domain.quiet import AllQuietHours
from alertd.ledger import Acquired, LedgerThread, acquisition
from alertd.message.moments import end_in_words, moment_of
from alertd.message.wording import named_with_id
from alertd.times.zones import ZoneWatch

ASKED_AT_LEAST_EVERY = timedelta(seconds=10)
"""A ledger that has come to fail is noticed by then, though nothing is due."""


@dataclass(frozen=True, slots=True)
class _Quiet:
    """A ledger in which nothing was due, and nobody had work."""

    version: object
    asked_at: datetime
    next_due: datetime | None

    def lasts(self, version: object, now: datetime) -> bool:
        """True where an acquisition would find nothing."""
        is_recent = abs(now - self.asked_at) < ASKED_AT_LEAST_EVERY
        return is_recent and version == self.version and (self.next_due is None or now < self.next_due)


class Agenda:
    """Acquires what is due, and tells when something next is; asks nothing of a ledger that is as it was."""

    def __init__(
        self,
        ledger: LedgerThread,
        policy: Policy,
        zones: ZoneWatch,
        quiet_hours: Callable[[], AllQuietHours],
        is_off_duty: Callable[[Delivery, datetime], bool] | None = None,
    ) -> None:
        """`is_off_duty` is asked about steps of escalations at the moment of an acquisition."""
        self._ledger = ledger
        self._quiet_hours = quiet_hours
        self._is_off_duty = is_off_duty
        self._policy = policy
        self._zones = zones
        self._quiet: _Quiet | None = None

    async def acquire(self, now: datetime, *, in_doubt: bool) -> Acquired:
        """Acquire what is due, by a clock that may be in doubt; raises `LedgerError`."""
        version = await self._ledger.version()  # before all else: what changes meanwhile counts as new
        if self._quiet is not None and self._quiet.lasts(version, now) and not in_doubt:
            return Acquired(targets=(), acquired=0, overtaken=0, missed=0)
        self._quiet, is_off_duty = None, self._is_off_duty
        acquired = await self._ledger.run_ahead(  # nothing is sent before it is dispatched
            acquisition.acquire,
            now,
            self._policy,
            in_doubt=in_doubt,
            quiet_hours=self._quiet_hours(),
            is_off_duty=nobody_is_off if is_off_duty is None else lambda step: is_off_duty(step, now),
            named=named_with_id,
            shown_end=partial(end_in_words, now=now, zone_for=self._zones.find),
            shown=partial(moment_of, now=now, zone_for=self._zones.find),
        )
        if not (acquired.targets or in_doubt):
            self._quiet = _Quiet(version, now, await self._ledger.run(acquisition.next_due))
        return acquired

    async def next_due(self) -> datetime | None:
        """The earliest moment at which something may be acquired, None without one; raises `LedgerError`."""
        if self._quiet is not None and self._quiet.version == await self._ledger.version():
            return self._quiet.next_due
        return await self._ledger.run(acquisition.next_due)
