"""Rehearsal: the same daemon on a clock of its own, which jumps from one wake to the next."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from alertd.daemon import Daemon
from alertd.delivery import Workers


class VirtualClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime) -> None:
        self._began = now
        self._now = now

    def now(self) -> datetime:
        """The virtual wall time."""
        return self._now

    def monotonic(self) -> float:
        """Virtual seconds since the clock was made."""
        return (self._now - self._began).total_seconds()

    def set(self, now: datetime) -> None:
        """Let it be a later moment."""
        self._now = now


async def rehearse(  # noqa: PLR0913  a rehearsal has this many settings
    daemon: Daemon,
    workers: Workers,
    clock: VirtualClock,
    *,
    until: datetime,
    speed: float | None,
    on_tick: Callable[[datetime], None],
) -> None:
    """Tick from the clock's moment until the last wake that is not later than `until`.

    `speed` is how many virtual seconds pass in a second; None jumps. `on_tick` is told each moment that was reached.
    """
    await daemon.start(clock.now())
    await daemon.prime(clock.now())
    workers.start()
    wake: datetime | None = clock.now()
    while wake is not None and wake <= until:
        if speed is not None:
            await asyncio.sleep((wake - clock.now()).total_seconds() / speed)
        clock.set(max(wake, clock.now()))
        await daemon.tick(clock.now())
        await workers.idle()
        on_tick(clock.now())
        wake = await daemon.next_wake()
    clock.set(until)
    on_tick(until)
