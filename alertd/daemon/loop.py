"""The daemon's loop: ticks at the next due moment, and at a pulse of one second whatever the clocks do.

APScheduler aims at the next due moment by the wall clock, and first at a little before it, to make ready what is due
then. Its job only sets an event, as a job that ticked and re-aimed itself would be skipped while it still ran. It
sleeps on the monotonic clock, so a step of the wall clock or a suspend would delay it by all of its sleep. The pulse is
the loop's own timeout, which no step can stop.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from alertd.daemon.alarm import Alarm
from alertd.daemon.lean_scheduler import AsyncIOScheduler, DateTrigger
from alertd.daemon.tick import Daemon
from alertd.domain.policy import CLOCK_STEP, LONG_DOWN, READY_AHEAD
from alertd.errors import LedgerError, SessionLost
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)

PULSE = timedelta(seconds=1)

_SLACK_SECONDS = 0.001
"""By which two readings of the clocks may differ though neither was set."""


class DaemonLoop:
    """Starts a daemon and drives it until it is told to stop."""

    def __init__(
        self,
        daemon: Daemon,
        clock: Clock,
        alarm: Alarm,
        *,
        last_tick: datetime | None,
        on_tick: Callable[[datetime, bool], None],
    ) -> None:
        """`last_tick` is that of an earlier run; `on_tick` is called after each tick, while all can use the ledger.

        It is told, too, whether that tick has read again what was to be read at once.
        """
        self._daemon = daemon
        self._clock = clock
        self._alarm = alarm
        self.last_tick = last_tick
        """That of this daemon, or of the one before."""
        self._ticked_at: float | None = None
        """Monotonic seconds of the last tick of this run."""
        self._on_tick = on_tick
        self._wake = asyncio.Event()
        self._started = False
        self.has_read = False
        """The register has been read once."""
        self._rereads = 0
        """The number of times that the register was to be read at once."""
        self.is_stopping = False
        self._beginning: asyncio.Task[None] | None = None
        self.has_lost_ledger = False
        """It ended because another may have the ledger now; only opening it anew tells."""
        self._rings_at: float | None = None
        """Monotonic seconds at which the scheduler rings next, as far as is known."""
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})

    def reread(self) -> None:
        """Read the register at once."""
        self._rereads += 1
        self._daemon.reread()
        self._wake.set()

    def stop(self) -> None:
        """End after the tick that may be running; one before the register was read is cut short, as it can take long.

        What it has not put into the ledger by then is read anew by the next start.
        """
        self.is_stopping = True
        self._wake.set()
        if self._beginning is not None:
            self._beginning.cancel()

    async def run(self) -> None:
        """Tick until stopped."""
        self._scheduler.start()
        try:
            while not self.is_stopping:
                await self.tick()
                await self._sleep()
        finally:
            self._scheduler.shutdown(wait=False)
            await self._alarm.aclose()

    async def begin(self) -> None:
        """Tick until the register has been read once, a tick fails, or `stop`; what is due goes out meanwhile."""
        self._daemon.read_beside_ticks(self._wake.set)
        self._beginning = asyncio.create_task(self._tick_until_read())
        try:
            await self._beginning
        except asyncio.CancelledError:
            if not self.is_stopping:
                raise

    async def _tick_until_read(self) -> None:
        while not self.is_stopping and await self.tick() and not self.has_read:
            await self._sleep()

    async def tick(self) -> bool:
        """Tick once, and tell whether that went well; a fault costs this tick alone, as the next pulse tries again."""
        now, rereads = self._clock.now(), self._rereads
        ticked_at = self._clock.monotonic()
        try:
            if not self._started:
                await self._daemon.start(now, self.last_tick)
                self._started = True
            if self.last_tick is not None and self._has_stepped(self.last_tick, now, ticked_at):
                await self._daemon.tell_clock_jump(self.last_tick, now)
            next_wake = await self._daemon.tick(now)
            about_to_come = next_wake if next_wake is not None and now < next_wake <= now + READY_AHEAD else None
            if about_to_come is not None:
                await self._daemon.make_ready(about_to_come)
            self.has_read = self.has_read or not self._daemon.is_reading
            await self._tell_of_life(now, has_reread=rereads == self._rereads and not self._daemon.is_reading)
        except SessionLost as error:
            log.error("ledger.session_lost", error=str(error))  # noqa: TRY400  advice, no traceback
            self.has_lost_ledger = True
            self.stop()
            return False
        except LedgerError as error:
            self._alarm.failed(error)
            return False
        except Exception:  # the one place where a fault costs a tick and not the daemon
            log.exception("tick.failed")
            return False
        self.last_tick, self._ticked_at = now, ticked_at
        if next_wake is not None:
            rings = next_wake if next_wake <= now + READY_AHEAD else next_wake - READY_AHEAD
            self._aim(rings, ticked_at + (rings - now).total_seconds())
        if about_to_come is not None:
            await self._let_come(about_to_come)
        return True

    async def _tell_of_life(self, now: datetime, *, has_reread: bool) -> None:
        """Give a sign of life, and end an alarm, unless a worker cannot use the ledger: it may send nothing then."""
        if (error := self._daemon.ledger_error) is not None:
            self._alarm.failed(error)
            return
        if self.has_read:
            self._on_tick(now, has_reread)
        await self._alarm.recovered()

    async def _let_come(self, moment: datetime) -> None:
        """Wait for the moment of what was made ready: what is read before it could change what goes out then."""
        left = moment - self._clock.now()
        if timedelta() < left <= READY_AHEAD:
            await asyncio.sleep(left.total_seconds())

    def _has_stepped(self, before: datetime, now: datetime, ticked_at: float) -> bool:
        """Tell if the wall clock was set since the last tick, or alertd was suspended or down for long."""
        if self._ticked_at is None:
            return now - before > LONG_DOWN or before - now >= CLOCK_STEP
        passed = timedelta(seconds=ticked_at - self._ticked_at)
        return abs(now - before - passed) >= CLOCK_STEP

    async def _sleep(self) -> None:
        try:
            async with asyncio.timeout(PULSE.total_seconds()):  # wait_for takes other turns from Python 3.12 on
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    def _aim(self, moment: datetime, rings_at: float) -> None:
        """Have the scheduler ring at a moment, which is then by the monotonic clock, unless it will anyway."""
        if self._rings_at is not None and abs(rings_at - self._rings_at) < _SLACK_SECONDS:
            return
        self._rings_at = rings_at
        self._scheduler.add_job(
            self._ring, DateTrigger(moment, timezone=UTC), id="wake", replace_existing=True, max_instances=2
        )

    async def _ring(self) -> None:
        self._rings_at = None
        self._wake.set()
