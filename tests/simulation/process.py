"""One life of the daemon's process: the real daemon, workers and loop, put together as `alertd run` does.

Three things that the process asks the machine for are answered by the world: the time that APScheduler reads, the
chance that spreads retries, and where log lines go. Its daily chores are done every hour. Its pulse stays a pulse;
it is only marked, so that the loop can leave out those that could find nothing.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import structlog
from simulation.disk import SimulatedDisk
from simulation.duties import CalendarProcess
from simulation.ends import MADE_UP_ZONES
from simulation.events import Complained, Ticked
from simulation.loop import Pulse
from simulation.targets import FaultyTarget

from alertd.cli import assembly
from alertd.cli.assembly import build
from alertd.cli.context import Context
from alertd.daemon.alarm import Alarm
from alertd.daemon.clock_doubt import ClockMonitor
from alertd.daemon.loop import DaemonLoop
from alertd.domain.policy import QUIET_BEFORE_LOSS
from alertd.duty import reading
from alertd.errors import Problem
from alertd.ledger import Ledger
from alertd.message.render import Renderer
from alertd.register import ParsedFile, RegisterCache
from alertd.times.instant import ZoneLookup
from alertd.times.zones import PATH_VARIABLE, ZoneWatch, package_zones

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

PATIENCE = timedelta(seconds=20)

LOOKS_FOR_ZONES_EVERY = timedelta(hours=1)
"""A world lasts half a day, and newer zone data are to be found by a process that runs already."""


NEWEST_ZONES = datetime(2026, 1, 1, tzinfo=UTC)
"""The beginning of the year of the zone data in use, whatever is installed."""


class WorldContext(Context):
    """The config folder of a world, seen through the zone data that lie about there."""

    def __init__(self, world: "SimulatedWorld") -> None:
        super().__init__(world.folder, None)
        self.__dict__["zone_watch"] = ZoneWatch(_SimulatedEnvironment(world))
        self.__dict__["settings"] = world.settings
        self.__dict__["renderer"] = _renderer()


class WatchedRegisterCache(RegisterCache):
    """The truce files; that they are read is noted, with the state in which they are."""

    def __init__(self, world: "SimulatedWorld", config_dir: Path, zone_for: Callable[[], ZoneLookup]) -> None:
        super().__init__(config_dir, zone_for)
        self._world = world

    def has_changed(self) -> bool:
        self._world.look_at_files()
        return super().has_changed()

    def read(self, now: datetime, *, once_more: bool) -> list[ParsedFile]:
        from simulation.world import OLD_ZONES  # noqa: PLC0415  the world imports this module

        old_zones = OLD_ZONES in self._zone_for().__self__.directories
        self._world.looked(now, old_zones=old_zones, once_more=once_more)
        return super().read(now, once_more=once_more)


class _SimulatedEnvironment(dict[str, str]):
    """The environment of the process: where the zone data lie, as it is asked for."""

    def __init__(self, world: "SimulatedWorld") -> None:
        super().__init__({PATH_VARIABLE: ""})
        self._world = world

    def __getitem__(self, name: str) -> str:
        from simulation.world import OLD_ZONES  # noqa: PLC0415  the world imports this module

        return f"{OLD_ZONES}:{_newest()}" if self._world.old_zones else _newest()


def newest_zones() -> ZoneWatch:
    """The newest zone data of a world."""
    return ZoneWatch({PATH_VARIABLE: _newest()})


def _newest() -> str:
    return f"{MADE_UP_ZONES}:{package_zones().directories[0]}"


async def live(world: "SimulatedWorld", ledger: Ledger) -> str:
    """Run until somebody asks it to stop; tells how it ended."""
    app = build(
        WorldContext(world),
        SimulatedDisk(ledger, world),
        world.timeline,
        open_targets_of=lambda channel: tuple(FaultyTarget(name, channel.kind, world) for name in channel.targets),
        live=True,
        quiet=QUIET_BEFORE_LOSS,
        doubt=ClockMonitor(
            world.timeline.monotonic,
            world.settings.policy.clock_patience,
            is_synchronised=lambda: world.synchronised,
            not_before=NEWEST_ZONES,
        ),
        horizon=world.swarm.horizon,
    )

    def sign_of_life(now: datetime, *_: object) -> None:
        world.last_tick = now
        world.note(Ticked, moment=now)

    alarm = Alarm(app.workers, app.ops, world.timeline)
    life = DaemonLoop(app.daemon, world.timeline, alarm, last_tick=world.last_tick, on_tick=sign_of_life)
    app.daemon._duty.wake = life._wake.set  # truce files are read within a tick here, calendars beside it
    tick = life.tick

    async def tick_seen() -> None:
        world.begin_tick()  # it asks for the time now, and may wait for ops before it looks
        await tick()

    life.tick = tick_seen
    asked = False

    def stop() -> None:
        nonlocal asked
        asked = True
        life.stop()

    world.stop = stop
    if world.is_over:
        stop()
    await life.run()
    await app.workers.stop(patience=PATIENCE)
    return "stopped" if asked else "gave up"


@contextmanager
def surroundings(world: "SimulatedWorld") -> Iterator[None]:
    """What the process finds on its machine."""
    before = structlog.get_config()
    structlog.configure(
        processors=[lambda _logger, method, entry: _complain(world, method, entry)],
        wrapper_class=structlog.make_filtering_bound_logger(30),
    )
    with ExitStack() as stack:
        stack.enter_context(patch("alertd.daemon.loop.PULSE", Pulse))
        stack.enter_context(patch("alertd.daemon.housekeeping.CHORES_EVERY", LOOKS_FOR_ZONES_EVERY))
        stack.enter_context(patch.object(reading, "TemplateProcess", CalendarProcess))
        stack.enter_context(patch("os.fsync", lambda _: None))  # nothing outlives the machine
        stack.enter_context(patch("apscheduler.schedulers.base.datetime", _datetime_of(world)))
        stack.enter_context(patch.object(assembly, "Random", lambda: world.random_of("jitter")))
        stack.enter_context(patch.object(assembly, "RegisterCache", partial(WatchedRegisterCache, world)))
        try:
            yield
        finally:
            structlog.configure(**before)


@cache
def _renderer() -> tuple[Renderer, tuple[Problem, ...]]:
    """The templates hold nothing of a process, and take longer to read than a short life lasts."""
    return Renderer(), ()


def _datetime_of(world: "SimulatedWorld") -> type[datetime]:
    """The type by which APScheduler asks for the time."""

    class WorldDatetime(datetime):
        @classmethod
        def now(cls, tz=None):
            return world.timeline.now().astimezone(tz)

    return WorldDatetime


def _complain(world: "SimulatedWorld", method: str, entry: dict[str, object]) -> str:
    """Note a line of the daemon's log that warns of something."""
    event = str(entry["event"])
    if event == "tick.failed":
        world.stir()
    if world.loop is not None:  # a process that is gone says no further word
        error = sys.exc_info()[1]
        detail = str(entry.get("error") or entry.get("detail") or "")
        world.note(Complained, event=event, detail=detail or (f"{type(error).__name__}: {error}" if error else ""))
    raise structlog.DropEvent
