"""One of the two machines of a world: its clock, its files, its process, and what befalls them."""

import asyncio
import os
import shutil
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from simulation.events import Arrived, Ended, Saved, Stepped, Tried
from simulation.loop import Killed
from simulation.pair.events import Beside, NodeBegan, NodeLooked
from simulation.pair.faults import Fall
from simulation.pair.loop import NodeLoop
from simulation.targets import FaultyTarget
from simulation.timeline import Happening, Timeline
from simulation.world import SimulatedWorld, _AnyEvent

from alertd.channels import Outcome
from alertd.message.values import Message

if TYPE_CHECKING:
    from simulation.pair.server import Session
    from simulation.pair.world import PairWorld


class NodeClock:
    """The world's timeline, with the wall clock of a machine."""

    def __init__(self, timeline: Timeline, offset: float) -> None:
        self._timeline = timeline
        self._offset = timedelta(seconds=offset)

    @property
    def seconds(self) -> float:
        """The monotonic clock."""
        return self._timeline.seconds

    def now(self) -> datetime:
        """The wall time, as this machine has it."""
        return self._timeline.now() + self._offset

    def monotonic(self) -> float:
        """The monotonic time."""
        return self._timeline.seconds

    def at(self, seconds: float, happening: Happening) -> None:
        """Let something happen at a monotonic time."""
        self._timeline.at(seconds, happening)


@dataclass(kw_only=True)
class Node(SimulatedWorld):
    """A machine, and the process on it; to its process it is the whole world."""

    name: str
    world: "PairWorld"
    session: "Session | None" = None
    """The last one that its process opened."""
    stood_by: bool = False
    """Its process found the ledger in the hands of another since it had it last."""
    is_gone: bool = True
    """No process runs."""
    paused_until: float | None = None
    cut_at: float = 0.0
    cut_until: float = 0.0
    """Up to here the server cannot be reached."""
    connecting_since: float | None = None
    starts_again_in: float = 2.0
    """Seconds from a fall to the next start."""
    in_flight: dict[str, tuple["PairTarget", Tried]] = field(default_factory=dict)
    """The messages that a channel has in hand, by their id."""
    task: "asyncio.Task[None] | None" = None
    was_stopped: bool = False
    _lives: int = 0

    @property
    def is_paused(self) -> bool:
        """True if its process stands still."""
        return self.paused_until is not None

    @property
    def is_cut(self) -> bool:
        """True if the server cannot be reached from it."""
        return self.timeline.seconds < self.cut_until

    @property
    def is_active(self) -> bool:
        """True if its session has the lock, and a daemon works with it."""
        holder = self.world.server.holder
        return holder is not None and holder is self.session and holder.has_begun

    # What its process tells.

    def note(self, kind: type[_AnyEvent], **fields) -> _AnyEvent:
        """Write down what was observed: beside the log, where it has no hold of the ledger."""
        event = kind(at=self.timeline.seconds, wall=self.timeline.now(), **fields)
        if self.is_active or isinstance(event, Arrived | Ended):
            self.log.add(event)
        else:
            self.world.journal.beside.append(Beside(event=event, node=self.name, active=self.world.server.active))
        return event

    def began(self, last_tick: datetime | None) -> None:
        """Its daemon begins to work with the ledger."""
        holder = self.world.server.holder
        if holder is None or holder is not self.session or holder.has_begun:
            return
        holder.has_begun = True
        by = self.world.swarm.offsets[self.name] - self.world.offset
        self.world.offset += by
        if by:
            self.note(Stepped, by=by, how="step")
        self.note(NodeBegan, node=self.name, last_tick=last_tick, stood_by=self.stood_by)
        self.note(Saved, act=f"files of {self.name}", state=self.state)
        self.stood_by = False
        assert self.loop is not None
        self.loop.is_standby = False
        self.stir()

    def looked(self, now: datetime, *, old_zones: bool, once_more: bool) -> None:
        """Its daemon read the files."""
        self.note(NodeLooked, moment=now, state=self.state, old_zones=old_zones, once_more=once_more, node=self.name)

    def rest(self) -> None:
        """It stands by, and knows all that there is to know."""
        if self.loop is not None:
            self.loop.is_standby = True
            self.loop.stirred = False

    def random_of(self, name: str) -> Random:
        """A source of chance of its own for a part of it, new in each life of the process."""
        return Random(f"{name} {self.seed} {self.name} {self._lives}")

    def next_fault_of_server(self) -> tuple[bool, Fall | None]:
        """What befalls the call that is about to write: whether it fails, and what happens around it."""
        world = self.world
        world.writes += 1
        if world.is_calm:
            return False, None
        return world.writes in world.swarm.errors, world.swarm.falls.get(world.writes)

    # What befalls it.

    def receive(self, folder: Path) -> None:
        """The files come as they stand in a folder."""
        self.state = replace(self.world.desk)  # another than that of the other node
        own = self.folder / "truces"
        if not folder.exists():
            shutil.rmtree(own, ignore_errors=True)
            return
        own.mkdir(exist_ok=True)
        for path in folder.iterdir():
            copy, stat = own / path.name, path.stat()
            if not copy.exists() or copy.stat().st_mtime_ns != stat.st_mtime_ns:
                copy.write_bytes(path.read_bytes())
                os.utime(copy, ns=(stat.st_mtime_ns, stat.st_mtime_ns))
        for path in own.iterdir():
            if not (folder / path.name).exists():
                path.unlink()
        if self.is_active:
            self.note(Saved, act=f"files of {self.name}", state=self.state)

    def start(self) -> None:
        """Start its process."""
        from simulation.pair.process import live  # noqa: PLC0415  that module imports this one

        if not self.is_gone or self.world.is_over:
            return
        self._lives += 1
        delays, longest = self.random_of("disk"), self.world.swarm.slow_disk

        def delay() -> float:
            slow = not self.world.is_calm and longest and delays.random() < 0.3
            return delays.uniform(0, longest) if slow else 0.0005

        self.loop = NodeLoop(self.world.timeline, delay)
        self.is_gone = self.was_stopped = self.stood_by = False
        self.session = self.paused_until = self.connecting_since = None
        self.task = self.loop.create_task(live(self))
        self.world.take_turn()

    def turn(self) -> None:
        """Let its process do what is ready."""
        assert self.loop is not None
        assert self.task is not None
        try:
            self.loop.turn()
        except Killed:
            self.die()
            self.world.start_again(self, self.starts_again_in)
            return
        if self.task.done():
            if (error := self.task.exception()) is not None:
                self.world.journal.crashes.append(f"{type(error).__name__}: {error}")
            elif not self.was_stopped:
                self.world.journal.crashes.append("it ended, and nobody had asked it to")
            self.die(to_end=False)
            self.world.start_again(self, self.starts_again_in)

    def die(self, *, vanishes: bool = False, to_end: bool = True) -> None:
        """Its process is gone, without another word; the server hears of it unless the machine is gone too."""
        if self.is_gone or self.loop is None:
            return
        self.is_gone = True
        if to_end:
            chance = self.random_of("cut short")
            for target, sent in list(self.in_flight.values()):
                target.cut_short(sent, chance)
        self.in_flight.clear()
        if vanishes or self.is_cut:
            self.world.fall_silent(self)
        else:
            self.world.server.end(self.session)
        loop, self.loop, self.stop = self.loop, None, None
        loop.abandon()
        self.world.take_turn()

    def pause(self, seconds: float) -> None:
        """Its process stands still."""
        if self.is_gone or self.is_paused:
            return
        until = self.paused_until = self.timeline.seconds + seconds
        self.world.journal.held.append((self.timeline.seconds, until))
        self.world.fall_silent(self)
        self.timeline.at(until, partial(self._wake, until))
        self.world.take_turn()

    def _wake(self, until: float) -> None:
        if self.paused_until == until:
            self.paused_until = None
            self.world.be_heard(self)
            self.stir()
            self.world.take_turn()

    def cut(self, seconds: float) -> None:
        """The server cannot be reached from it."""
        if self.is_cut:
            return
        self.cut_at, self.cut_until = self.timeline.seconds, self.timeline.seconds + seconds
        self.world.journal.held.append((self.cut_at, self.cut_until))
        self.world.fall_silent(self)
        self.timeline.at(self.cut_until, self._mend)
        self.world.take_turn()

    def _mend(self) -> None:
        if not self.is_cut:
            self.world.be_heard(self)
            self.stir()
            self.world.take_turn()


class PairTarget(FaultyTarget):
    """A target that may have taken a message although its sender was cut short."""

    def __init__(self, name: str, kind: str, node: Node) -> None:
        super().__init__(name, kind, node)
        self._node = node
        self._chance = node.random_of(f"cut short {name}")
        self._tries: dict[str, Tried] = {}

    async def send(self, message: Message) -> Outcome:
        """Take a message, or not."""
        try:
            return await super().send(message)
        except asyncio.CancelledError:
            sent = self._tries[message.message_id or ""]
            if sent.message_id in self._node.in_flight:
                self.cut_short(sent, self._chance)
            self._note_answer(sent, "unsure")
            raise

    def cut_short(self, sent: Tried, chance: Random) -> None:
        """Its sender is gone: what it had begun to send may arrive."""
        if chance.random() < 0.4:
            self._arrive(sent)

    def _tried(self, message: Message) -> Tried:
        sent = super()._tried(message)
        self._node.in_flight[sent.message_id] = self, sent
        self._tries[sent.message_id] = sent
        return sent

    def _arrive(self, sent: Tried) -> None:
        self._node.in_flight.pop(sent.message_id, None)
        super()._arrive(sent)

    def _note_answer(self, sent: Tried, verdict: str) -> None:
        self._node.in_flight.pop(sent.message_id, None)
        super()._note_answer(sent, verdict)
