"""Whether the clock can be believed: for a while after a start or a step back, what it says may be wrong.

Meanwhile nothing is said or given up that a wrong clock would make false: no truce has lapsed, nothing was missed, and
no stage has overtaken another. It ends by itself, as a clock that nobody puts right must not silence anything.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from alertd.domain.display import show_utc
from alertd.domain.policy import CLOCK_STEP


def never_told() -> bool | None:
    """For a clock of which nobody says how it is set, as in a rehearsal."""
    return None


class ClockDoubt:
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
        self.reason: str | None = None
        """Why the clock is in doubt, as of the last look; None where it is believed."""

    def begin(self, last_tick: datetime | None) -> None:
        """Count the patience from now on."""
        self._since = self._monotonic()
        self._latest = last_tick

    def look(self, now: datetime) -> str | None:
        """The reason why the clock is in doubt at this moment, if it is."""
        if self._looked_at is not None and self._looked_at - now >= CLOCK_STEP:
            self._since = self._monotonic()
        self._looked_at = now
        waits = self._monotonic() - self._since < self._patience
        self.reason = why_in_doubt(now, self._latest, self._not_before, self._is_synchronised) if waits else None
        if self.reason is None or self._latest is None or now > self._latest:
            self._latest = now
        return self.reason

    def over_at(self, now: datetime) -> datetime:
        """When patience ends, by a clock that runs on from here."""
        return now + timedelta(seconds=max(0.0, self._since + self._patience - self._monotonic()))


def why_in_doubt(
    now: datetime,
    last_tick: datetime | None,
    not_before: datetime | None,
    is_synchronised: Callable[[], bool | None],
) -> str | None:
    """Why a clock that tells `now` may be wrong; None where nothing speaks against it."""
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
