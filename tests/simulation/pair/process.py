"""The process of a node: `alertd run` as it is, in its way to the ledger, in its daemon and back again.

What it asks its machine for is answered by the node whose turn it is: the time, the chance that spreads retries, its
files, its state folder, the server, and where log lines go.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import patch

import structlog
from simulation.events import Complained, Ticked
from simulation.loop import Pulse
from simulation.pair.node import Node, PairTarget
from simulation.process import LOOKS_FOR_ZONES_EVERY, NEWEST_ZONES, WorldContext

from alertd.channels import Target
from alertd.cli import assembly, run, taking_hold
from alertd.cli.assembly import build
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.systemd import Manager
from alertd.daemon.tick import Daemon
from alertd.ledger import Ledger
from alertd.register import ParsedFile, RegisterCache
from alertd.settings import ChannelSettings

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from simulation.pair.server import Session

    from alertd.cli.assembly import App
    from alertd.daemon.clock_doubt import ClockDoubt


class Stage:
    """Whose turn it is."""

    node: Node | None = None


def current() -> Node:
    """The node whose turn it is."""
    assert Stage.node is not None
    return Stage.node


class NodeContext(WorldContext):
    """The config folder of a node, whose ledger is on the server."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._node = node.name

    @property
    def node(self) -> str:
        """The name by which the ledger knows it."""
        return self._node

    @property
    def ledger_address(self) -> str:
        """The server, which every node of the world has."""
        return "the server"


class WatchedFiles(RegisterCache):
    """The truce files; that they are read is noted once the daemon takes them in."""

    _read: tuple[datetime, bool] | None = None

    def has_changed(self) -> bool:
        current().look_at_files()
        return super().has_changed()

    def read(self, now: datetime, *, once_more: bool) -> list[ParsedFile]:
        self._read = now, once_more
        self._state = current().state
        return super().read(now, once_more=once_more)

    def adopt(self, other: RegisterCache) -> None:
        assert isinstance(other, WatchedFiles)
        assert other._read is not None
        node = current()
        newest, node.state = node.state, other._state
        node.looked(other._read[0], old_zones=False, once_more=other._read[1])
        node.state = newest
        super().adopt(other)


class StateFolder:
    """The state folder of a node, in the hands of its process: the last tick outlives that."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.last_tick = node.last_tick

    @classmethod
    def acquire(cls, _: Path) -> "StateFolder":
        """Take it."""
        return cls(current())

    def holds(self, ledger: tuple[str, ...]) -> None:
        """Nothing: the ledger is no file."""

    def trouble(self) -> None:
        """None."""

    def ticked(self, now: datetime, doubt: "ClockDoubt | None" = None, ledger_trouble: str | None = None) -> None:
        """Leave a sign of life."""
        self._node.last_tick = self.last_tick = now
        if self._node.is_active:
            self._node.note(Ticked, moment=now)

    def release(self) -> None:
        """Give it up."""


class Ledgers:
    """How a node opens the ledger."""

    @staticmethod
    def open(_: object) -> "Session":
        """Connect to the server."""
        node = current()
        return node.world.server.open(node)

    @staticmethod
    def in_memory() -> Ledger:
        """A ledger for a node that has none: the same for all, as nothing comes into it."""
        return _Empty.ledger


class _Empty:
    ledger = Ledger.in_memory()


async def live(node: Node) -> None:
    """Run until somebody asks it to stop."""
    await run._live(NodeContext(node), Manager.of({}))


@contextmanager
def surroundings() -> Iterator[None]:
    """What each process finds on its machine."""
    before = structlog.get_config()
    structlog.configure(
        processors=[lambda _logger, method, entry: _complain(method, entry)],
        wrapper_class=structlog.make_filtering_bound_logger(30),
    )
    standby_pulse = SimpleNamespace(total_seconds=lambda: Pulse(1.0))
    quiet_collector = SimpleNamespace(freeze=_nothing, unfreeze=_nothing, collect=_nothing)
    answers: tuple[tuple[object, str, object], ...] = (
        (run, "SystemClock", lambda: current().timeline),
        (run, "signals", _signals),
        (run, "configure_log", _nothing),
        (run, "keep_settings", _nothing),
        (run, "open_or_close", _opened),
        (run, "is_synchronised", lambda: None),
        (run, "release_year", lambda _: NEWEST_ZONES),
        (run, "build", _built),
        (run, "gc", quiet_collector),
        (taking_hold, "open_or_close", _opened),
        (taking_hold, "Instance", StateFolder),
        (taking_hold, "Ledger", Ledgers),
        (taking_hold, "LEDGER_PAUSE", standby_pulse),
        (taking_hold, "closing", _left_open),
        (assembly, "Random", lambda: current().random_of("jitter")),
        (assembly, "RegisterCache", WatchedFiles),
        (DaemonLoop, "tick", _seen(DaemonLoop.tick)),
        (Daemon, "start", _told(Daemon.start)),
    )
    with ExitStack() as stack:
        for place, name, answer in answers:
            stack.enter_context(patch.object(place, name, answer))
        stack.enter_context(patch("alertd.daemon.loop.PULSE", Pulse))
        stack.enter_context(patch("alertd.daemon.housekeeping.CHORES_EVERY", LOOKS_FOR_ZONES_EVERY))
        stack.enter_context(patch("apscheduler.schedulers.base.datetime", _NodeDatetime))
        try:
            yield
        finally:
            structlog.configure(**before)


class _NodeDatetime(datetime):
    """The type by which APScheduler asks for the time."""

    @classmethod
    def now(cls, tz=None):
        return current().timeline.now().astimezone(tz)


def _nothing(*_: object, **__: object) -> None:
    """What has no place in a simulation."""


@contextmanager
def _left_open(ledger: Ledger) -> Iterator[Ledger]:
    yield ledger


@contextmanager
def _signals(_: "AbstractEventLoop", *, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    node = current()
    node.stop = stop
    yield


def _opened(channel: ChannelSettings, **_: object) -> tuple[Target, ...]:
    return tuple(PairTarget(name, channel.kind, current()) for name in channel.targets)


def _built(*parts, **more) -> "App":
    return build(*parts, **more, horizon=current().swarm.horizon)


def _seen(tick):
    async def seen(loop: DaemonLoop) -> bool:
        current().begin_tick()
        return await tick(loop)

    return seen


def _told(start):
    async def told(daemon: Daemon, now: datetime, last_tick: datetime | None = None) -> None:
        current().began(last_tick)
        await start(daemon, now, last_tick)

    return told


def _complain(method: str, entry: dict[str, object]) -> str:
    """Note a line of the log that warns of something."""
    event = str(entry["event"])
    node = Stage.node
    if node is not None and not node.is_gone:  # a process that is gone says no further word
        if event in ("tick.failed", "ledger.failed"):
            node.stir()
        error = sys.exc_info()[1]
        detail = str(entry.get("error") or entry.get("detail") or "")
        node.note(Complained, event=event, detail=detail or (f"{type(error).__name__}: {error}" if error else ""))
    raise structlog.DropEvent
