"""The doubt about the clock: for a while after a start or a step back, what it says may be wrong.

Meanwhile nothing is said or given up that a wrong clock would make false: no truce has lapsed, nothing was missed, and
no stage has overtaken another. It ends by itself, as a clock that nobody puts right must not silence anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alertd.domain.policy import CLOCK_STEP
from alertd.times.formats import show_utc


def never_told() -> bool | None:
    """For a clock of which nobody says how it is set, as in a rehearsal."""
    return None


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """A clock that may be wrong."""

    reason: str
    until: datetime
    """By this very clock, when it is believed at the latest."""

    def __str__(self) -> str:
        """For whoever looks at a daemon that waits."""
        return (
            f"the clock may be wrong: {self.reason}. What has lapsed or was missed waits until it is right, until "
            f"{show_utc(self.until, year=True)} by this clock at the latest; reminders go out, marked. Set it right."
        )


class ClockMonitor:
    """Looks at each tick for a reason to doubt the clock, and waits for as long as patience lasts."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        patience: timedelta,
        *,
        is_synchronised: Callable[[], bool | None] = never_told,
        not_before: datetime | None = None,
    ) -> None:
        """`not_before` is a moment that has surely passed."""
        self._monotonic = monotonic
        self._patience = patience.total_seconds()
        self._is_synchronised = is_synchronised
        self._not_before = not_before
        self._since = monotonic()
        """Monotonic seconds of the start or of the last step back."""
        self._looked_at: datetime | None = None
        self._latest: datetime | None = None
        """The last tick that is known, be it of an earlier run, until a clock that lies before it is believed."""
        self.found: ClockDoubt | None = None
        """The doubt as of the last look; None where the clock is believed."""

    def begin(self, last_tick: datetime | None) -> None:
        """Count the patience from now on."""
        self._since = self._monotonic()
        self._latest = last_tick

    @property
    def reason(self) -> str | None:
        """The reason of the doubt as of the last look; None where the clock is believed."""
        return None if self.found is None else self.found.reason

    def look(self, now: datetime) -> ClockDoubt | None:
        """The doubt at this moment, if there is one."""
        if self._looked_at is not None and self._looked_at - now >= CLOCK_STEP:
            self._since = self._monotonic()
        self._looked_at = now
        waits = self._monotonic() - self._since < self._patience
        reason = why_in_doubt(now, self._latest, self._not_before, self._is_synchronised) if waits else None
        self.found = None if reason is None else ClockDoubt(reason, self.over_at(now).replace(microsecond=0))
        if reason is None or self._latest is None or now > self._latest:
            self._latest = now
        return self.found

    def over_at(self, now: datetime) -> datetime:
        """The moment at which patience ends, by a clock that runs on from here."""
        return now + timedelta(seconds=max(0.0, self._since + self._patience - self._monotonic()))


def why_in_doubt(
    now: datetime,
    last_tick: datetime | None,
    not_before: datetime | None,
    is_synchronised: Callable[[], bool | None],
) -> str | None:
    """The reason for which a clock that tells `now` may be wrong; None where nothing speaks against it."""
    if not_before is not None and now < not_before:
        return f"it lies before the zone data in use, of {show_utc(not_before, year=True)} or later"
    if last_tick is not None and last_tick - now >= CLOCK_STEP:
        return f"it lies before the last tick, of {show_utc(last_tick, year=True)}"
    if is_synchronised() is False:
        return "the machine has not synchronised it yet"
    return None


def release_year(version: str) -> datetime | None:
    """The beginning of the year in which zone data such as `2026f` was released; None where that is not known."""
    year = version[:4]
    return datetime(int(year), 1, 1, tzinfo=UTC) if year.isdecimal() and len(year) == 4 and int(year) else None  # noqa: PLR2004
