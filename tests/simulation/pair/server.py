"""The server that both nodes use: one ledger in memory, and a lock that behaves as the one of a session does.

Whoever has the lock has it for as long as its session lives: until it is given back, its process ends, or the server
has heard nothing of it for so long that it ends the session. A session that has ended writes nothing any more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from simulation.disk import SimulatedDisk
from simulation.events import Called, Ended
from simulation.loop import Killed
from simulation.pair.events import NodeStored

from alertd.errors import LedgerError, SessionLost
from alertd.ledger import GONE, Ledger, Origin

if TYPE_CHECKING:
    from simulation.pair.node import Node

SILENT = (12.0, 15.0)
"""Seconds of silence after which the server ends a session: 15 from the last sign of life, which was up to 3 before."""

GIVES_UP = 17.0
"""Seconds after a cut at which a node knows that its session is gone."""

CONNECTS = 10.0
"""Seconds for which a node tries to connect."""


class Unanswered(BaseException):
    """A call that gets no answer yet: it is made again at a moment, be it to fail then."""

    def __init__(self, until: float) -> None:
        super().__init__(until)
        self.until = until


class Server:
    """The server and what it keeps."""

    def __init__(self) -> None:
        self.ledger = _empty_ledger()
        self.is_up = True
        self.holder: Session | None = None
        self.on_turn: Callable[[], None] = lambda: None
        """Called when the lock changes hands, or comes free."""

    @property
    def active(self) -> str | None:
        """The node that has the lock."""
        return None if self.holder is None else self.holder.node.name

    def end(self, session: "Session | None", how: str = "killed") -> None:
        """End a session, and free its lock."""
        if session is None or session.has_ended:
            return
        session.has_ended = True
        if self.holder is session:
            if session.has_begun:
                session.node.note(Ended, how=how)
            self.holder = None
            self.on_turn()

    def open(self, node: "Node") -> "Session":
        """Connect; raises `LedgerError` where that fails."""
        if node.is_cut:
            node.connecting_since = since = node.connecting_since or node.timeline.seconds
            if node.timeline.seconds < since + CONNECTS:
                raise Unanswered(min(since + CONNECTS, node.cut_until))
        node.connecting_since = None
        if node.is_cut or not self.is_up:
            raise LedgerError("the server cannot be reached", passing=True)
        node.session = Session(self, node)
        return node.session


def _empty_ledger() -> Ledger:
    """The same for one world after another, emptied: to compile its statements takes as long as the rest of a start."""
    with _KEPT._database._raw() as raw:
        raw.deserialize(_EMPTY)
    return _KEPT


_KEPT = Ledger.in_memory()
with _KEPT._database._raw() as _raw:
    _EMPTY = _raw.serialize()


class Session(SimulatedDisk):
    """The session of one node, as the door to the ledger."""

    place = None

    def __init__(self, server: Server, node: "Node") -> None:
        super().__init__(server.ledger, node)
        self._server = server
        self.node = node
        self.has_ended = False
        """The server has ended it."""
        self.has_begun = False
        """A daemon works on it."""
        self.silent_since: float | None = None
        """Since when the server hears nothing of it."""
        self._was_active = False
        self._is_broken = False
        """The node has given it up."""
        self._unheard: list[Any] = []
        """The answer to a call that was carried out, of which the node has not heard."""

    @property
    def origin(self) -> Origin:
        """Known, as on any server."""
        return Origin.KNOWN

    def become_active(self, name: str) -> bool:
        """Take the lock if it is free."""
        self._reach()
        assert name == self.node.name
        if self._server.holder is not None:
            self.node.stood_by = True
            self.node.rest()
            return False
        self._server.holder = self
        self._was_active = True
        self._server.on_turn()
        return True

    def active_node(self) -> str | None:
        """The node that has the lock."""
        self._reach()
        return self._server.active

    def recognise(self) -> Origin:
        """Known, as on any server."""
        self._reach()
        return Origin.KNOWN

    def advance(self) -> None:
        """Nothing: a server has no generations."""

    def run(self, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Call a function of the ledger, if the session lives."""
        return self._answered(partial(super().run, call, *args, **more))

    run_ahead = run

    def run_both(self, first: partial[Any], then: partial[Any]) -> Any:
        """Settle and dispatch as a worker does, in one write."""
        return self._answered(partial(super().run_both, first, then))

    def version(self) -> object:
        """The version of the ledger behind it."""
        return self._answered(super().version)

    def checkpoint(self) -> None:
        """Nothing: a server does so by itself."""

    def close(self) -> None:
        """Give the lock back, and end the session, as far as the server can be reached."""
        if self.node.is_gone:
            return  # no process is left that could
        if not self.node.is_cut and not self.has_ended:
            self._server.end(self, how="stopped")
        self._is_broken = True

    def _answered(self, call: Callable[[], Any]) -> Any:
        """The answer to a call: it may be carried out and the answer be lost."""
        self._reach()
        if self._unheard:
            return self._unheard.pop()
        result = call()
        if self.node.is_cut:  # since it was carried out
            self._unheard.append(result)
            raise Unanswered(self.node.timeline.seconds)
        return result

    def _reach(self) -> None:
        """Raise what a call gets where the session does not live, or is cut off."""
        node = self.node
        if not self._is_broken and node.is_cut:
            gives_up = node.cut_at + GIVES_UP
            if node.timeline.seconds < gives_up:
                raise Unanswered(min(gives_up, node.cut_until))
        if self._is_broken or self.has_ended or node.is_cut or not self._server.is_up:
            self._is_broken = True
            self._unheard.clear()
            if self._was_active:
                raise SessionLost("the session has ended; another node may have it now", passing=True)
            raise LedgerError("the server cannot be reached", passing=True)

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """A write, which may fail, and before and after which something may befall the node."""
        fault, fall = self.node.next_fault_of_server()
        if fault:
            self._world.stir()
            self._world.note(Called, call=f"{name} failed", moment=self._world.timeline.now())
            raise LedgerError("the disk is full", passing=True)
        if fall is not None and fall.when == "before":
            self._befall(fall.blow)
            if fall.blow.kind != "stop":
                raise Unanswered(self.node.timeline.seconds)
        yield
        if self._server.holder is not self:
            self.node.world.journal.stray_writes.append((self.node.timeline.seconds, self.node.name, name))
        if fall is not None and fall.when == "after":
            self._befall(fall.blow)

    def _befall(self, blow) -> None:
        if blow.kind == "kill":
            self.node.starts_again_in = blow.lasts
            raise Killed
        self.node.world.befall(self.node, blow)

    def _note(self, name: str, args: tuple[Any, ...], more: dict[str, Any], result: Any) -> None:
        if name != "store":
            super()._note(name, args, more, result)
            return
        contents = more["contents"].of if "contents" in more else {}
        self._world.note(
            NodeStored,
            call=name,
            moment=args[1],
            node=self.node.name,
            kept=tuple(sorted(contents)),
            gone=tuple(sorted(name for name, content in contents.items() if content == GONE)),
            changed=tuple(one.truce.id for one in args[0] if one.changes),
            detail=" ".join(
                f"{one.truce.id}:{one.standing}:{'+'.join(change.kind for change in one.changes)}" for one in args[0]
            ),
        )
