"""Virtual time: a monotonic count that only grows, a wall clock that may step, and what happens to the world when.

The process under test sees two clocks, as a real one does. Its timers run on the monotonic one; a step of the wall
clock or a suspend moves the other alone. Whatever the process does not do itself (somebody saves a file, the clock
steps, the power goes) is a happening of the world, and lies on the timeline, not in the process's loop: it survives
the process.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

BEGINNING = datetime(2026, 1, 20, 9, 0, tzinfo=UTC)
"""Tuesday noon in Damascus, in a winter of which old zone data thinks otherwise."""

Happening = Callable[[], None]


class Timeline:
    """The clocks of one simulated world, and its happenings."""

    def __init__(self) -> None:
        self.seconds = 0.0
        """The monotonic clock."""
        self.ahead = timedelta()
        """By how much the wall clock has been moved on, by steps and suspends together."""
        self.slept = timedelta()
        """The part of it that was suspends: time that passed in the world, but not for the process."""
        self._happenings: list[tuple[float, int, Happening]] = []
        self._count = 0

    def now(self) -> datetime:
        """The wall time."""
        return BEGINNING + timedelta(microseconds=round(self.seconds * 1_000_000)) + self.ahead

    def true(self) -> datetime:
        """The time that a clock without faults shows."""
        return self.now() - self.ahead + self.slept

    def monotonic(self) -> float:
        """The monotonic time."""
        return self.seconds

    def step(self, by: timedelta) -> None:
        """Set the wall clock forward or back."""
        self.ahead += by

    def suspend(self, for_: timedelta) -> None:
        """Let the world go on without the process: its wall clock shows it, its timers do not."""
        self.ahead += for_
        self.slept += for_

    def at(self, seconds: float, happening: Happening) -> None:
        """Let something happen at a monotonic time."""
        self._count += 1
        heappush(self._happenings, (max(seconds, self.seconds), self._count, happening))

    def next_happening(self) -> float | None:
        """When the world moves next."""
        return self._happenings[0][0] if self._happenings else None

    def pass_until(self, seconds: float) -> bool:
        """Let time pass, but no further than the next happening; that is carried out, and True returned."""
        due = self.next_happening()
        if due is None or due > seconds:
            self.seconds = max(self.seconds, seconds)
            return False
        self.seconds = due
        heappop(self._happenings)[2]()
        return True
