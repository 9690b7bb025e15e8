"""The log of two nodes read again: as for one node, but for files of which the active node has an older form.

A file that equals an earlier content counts for nothing, where another node has read the newest: what stands in force
of it stays in force. Any other content is an edit.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from simulation.editor import WITHDRAWN
from simulation.events import Ended, Event, FileState, Ticked
from simulation.expected import Truth, as_known
from simulation.oracle import Oracle
from simulation.pair.events import NodeBegan, NodeLooked, NodeStored


@dataclass(frozen=True, kw_only=True)
class StaleFile:
    """A stretch of a node's work with an older form of a file."""

    node: str
    file: str
    begins: float
    ends: float
    is_gone: bool
    """The other node found it deleted."""


@dataclass
class PairOracle(Oracle):
    """What follows from a log of two nodes."""

    stale_files: list[StaleFile] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    """Changes that came from a stale file."""
    _node: str = ""
    _read: dict[str, list[tuple[str | None, str]]] = field(default_factory=lambda: defaultdict(list))
    """By file, each content that was kept with the node that read it last, in order; None: that it was deleted."""
    _stood_still: bool = False
    """True if the files were read again since they changed last."""
    _known_at: dict[str, datetime] = field(default_factory=dict)
    """By file, the moment up to which its truces were taken in: a node with an older form knows nothing later."""
    _stale: dict[str, float] = field(default_factory=dict)
    """The stale files of the active node, and since when."""

    @property
    def files_in_the_end(self) -> tuple[Truth, ...]:
        """The files as they were read last, with what stands in force in the place of what stale ones say."""
        return () if self._state is None else self._without_stale(self._state).truths

    def _take(self, event: Event) -> None:
        match event:
            case NodeBegan():
                self._node, self._last_tick, self._stood_still = event.node, event.last_tick, False
                self._stale = {}
            case NodeLooked():
                self._stood_still = event.once_more
                self._judge_files(event)
            case NodeStored():
                self._keep(event)
            case Ended():
                self._note_ended(self._stale, event.at)
        look = event.moment if isinstance(event, NodeLooked) else self._look
        super()._take(event)
        if isinstance(event, Ticked):  # the daemon reads beside its ticks: what was read again has stood still
            self._look = look
            if self._stood_still:  # what came due before is judged, be it that nothing was acquired since
                self._gap = None

    def _judge_files(self, look: NodeLooked) -> None:
        texts = dict(look.state.texts)
        stale = {name: self._stale.get(name, look.at) for name, text in texts.items() if self._is_stale(name, text)}
        self._have_stale(stale, look.at)

    def _is_stale(self, name: str, text: str) -> bool:
        *earlier, newest = self._read[name] or [("", self._node)]
        return newest[1] != self._node and newest[0] != text and any(text == other for other, _ in earlier)

    def _have_stale(self, stale: dict[str, float], at: float) -> None:
        self._note_ended(self._stale.keys() - stale.keys(), at)
        self._stale = stale

    def _note_ended(self, names: Iterable[str], at: float) -> None:
        for name in names:
            is_gone, since = self._read[name][-1][0] is None, self._stale[name]
            self.stale_files.append(StaleFile(node=self._node, file=name, begins=since, ends=at, is_gone=is_gone))

    def _keep(self, call: NodeStored) -> None:
        texts = {} if self._state is None else dict(self._state.texts)
        for name in (kept.removeprefix("truces/") for kept in call.kept):
            read, text = self._read[name], None if f"truces/{name}" in call.gone else texts[name]
            if read and read[-1][0] == text:
                read[-1] = text, self._node
            else:
                read.append((text, self._node))
        for truce in call.changed:
            force = self._force.get(truce)
            if force is not None and force.truth.file in self._stale and truce not in self._named():
                self.undone.append(f"{call.detail} at {call.wall:%d %H:%M:%S} on {self._node}: {force.truth.file}")

    def _enforce(self, call) -> None:
        whole, held = self._state, set[str]()
        if whole is not None and self._stale:
            for force in self._force.values():
                if force.truth.file in self._stale:
                    force.truth = as_known(force.truth, self._known_at[force.truth.file])
            self._state = self._without_stale(whole)
            held = self._held - {truth.id for truth in whole.truths if truth.file not in self._stale}
        super()._enforce(call)
        self._state = whole
        if whole is not None:
            files = {truth.file for truth in whole.truths} - self._stale.keys()
            self._known_at.update(dict.fromkeys(files, call.moment))
        self._held |= held & self._force.keys()  # what a stale file says does not bring a truce back

    def _named(self) -> frozenset[str]:
        """The truces in the list of those taken out: it counts for itself, be a truce's own file stale or not."""
        return frozenset() if self._state is None or WITHDRAWN in self._stale else self._state.withdrawn

    def _without_stale(self, state: FileState) -> FileState:
        """The files, with what stands in force in the place of what the stale ones say."""
        stale = self._stale.keys()
        named = self._named()
        kept = [
            force.truth
            for truce, force in self._force.items()
            if force.truth.file in stale and not force.is_gone and truce not in named
        ]
        is_broken = not state.broken_files.isdisjoint(stale)  # one file at most is
        return replace(
            state,
            truths=(*(truth for truth in state.truths if truth.file not in stale), *kept),
            broken=frozenset() if is_broken else state.broken,
            broken_files=state.broken_files - stale,
            cut_files=state.cut_files - stale,
            withdrawn=named,
        )
