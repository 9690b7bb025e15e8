"""The only place that asks for the time; everything else is told.

Tests, rehearsals and simulations bring a clock of their own.
"""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """The wall time, as an aware UTC moment; it may step forward and back."""
        ...

    def monotonic(self) -> float:
        """Seconds since a moment that means nothing; never steps back."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall time, as an aware UTC moment."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since a moment that means nothing, for measuring how long something takes."""
        return time.monotonic()
