"""What is observed of two nodes, beside what is observed of one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from simulation.events import Began, Called, Event, Looked, line_of


@dataclass(frozen=True, kw_only=True)
class NodeBegan(Began):
    """A node that has hold of the ledger began to work with it."""

    node: str
    last_tick: datetime | None
    """That of the daemon before, as far as the node knows."""
    stood_by: bool
    """True if it had found the ledger in the hands of another before."""


@dataclass(frozen=True, kw_only=True)
class NodeLooked(Looked):
    """The active node read the register."""

    node: str


@dataclass(frozen=True, kw_only=True)
class NodeStored(Called):
    """The active node put revisions into the ledger."""

    node: str
    kept: tuple[str, ...]
    """The files of which it kept there what it had read."""
    gone: tuple[str, ...]
    """Those among them that it had found deleted, with their truces taken out on purpose."""
    changed: tuple[str, ...]
    """The truces of which something changed."""


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Something that a node did while it had no hold of the ledger."""

    event: Event
    node: str
    active: str | None
    """The node that had."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A change of what a node can do, or of who has hold of the ledger."""

    at: float
    holder: str | None
    able: frozenset[str]
    """The nodes that run and reach the server."""


@dataclass
class Journal:
    """What a pair's log does not hold."""

    beside: list[Beside] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    stray_writes: list[tuple[float, str, str]] = field(default_factory=list)
    """The moment, node and name of each write by a session that has no hold of the ledger."""
    held: list[tuple[float, float]] = field(default_factory=list)
    """From when to when a node was paused or cut off."""
    crashes: list[str] = field(default_factory=list)
    """How processes ended by themselves."""

    def lines(self) -> Iterator[tuple[float, str]]:
        """A line for each thing, with its moment."""
        for one in self.beside:
            yield one.event.at, f"  {one.node} beside, {one.active or 'nobody'} is active: {line_of(one.event)}\n"
        for turn in self.turns:
            able = ", ".join(sorted(turn.able)) or "none"
            yield turn.at, f"  {turn.at:.6f} {turn.holder or 'nobody'} has the ledger, {able} could\n"
