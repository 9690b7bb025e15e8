"""Rehearsal: the same daemon on a clock of its own, which jumps from one wake to the next."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from alertd.daemon.tick import Daemon
from alertd.daemon.workers import Workers

STEP_SECONDS = 0.1
"""Real seconds after which a rehearsal at a given speed shows its time again."""


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

    `speed` is how many virtual seconds pass in a second; None jumps. `on_tick` is told each moment that is reached.
    """
    await daemon.start(clock.now())
    await daemon.prime(clock.now())
    wake: datetime | None = clock.now()
    while wake is not None and wake <= until:
        await _pass_time(clock, wake, speed, on_tick)
        await daemon.tick(clock.now())
        await workers.idle()
        wake = await daemon.next_wake()
    await _pass_time(clock, until, speed, on_tick)


async def _pass_time(
    clock: VirtualClock, moment: datetime, speed: float | None, on_tick: Callable[[datetime], None]
) -> None:
    """Let the virtual time come to a moment; at a speed in small steps, so that whoever watches sees it move."""
    while speed is not None and clock.now() < moment:
        step = min(moment - clock.now(), timedelta(seconds=STEP_SECONDS * speed))
        await asyncio.sleep(step.total_seconds() / speed)
        clock.set(clock.now() + step)
        on_tick(clock.now())
    clock.set(max(moment, clock.now()))
    on_tick(clock.now())
