"""The promises of two nodes: those of one, and what comes to them, a function each."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from simulation import checkers
from simulation.checkers.nothing_takes_it_down import INJECTED
from simulation.events import Complained, Ended, Tried
from simulation.evidence import LAST_WORD
from simulation.pair.events import NodeBegan
from simulation.pair.evidence import PairEvidence

TAKES_OVER = 13.0
"""Seconds within which a node that can have the ledger has it: it may still have to give up a try to connect."""

FAULTS = frozenset({"tick.failed", "delivery.crashed", "worker.crashed", "board.failed"})
"""What the log says of a fault that is not the ledger's."""

SAYS_STALE = re.compile(r"truces/([a-z.]+):\d+: error: node (\w+) has (?:a form of this file|this file, which)")

TOLD = 60.0
"""Seconds after which what is to be told stands in the ledger."""


def one_node_writes(evidence: PairEvidence) -> Iterator[str]:
    """No write of a node without the lock is ever committed."""
    for at, node, name in evidence.run.journal.stray_writes:
        yield f"{node} wrote ({name}) at {at:.3f} s without the lock"


def a_woken_node_sends_nothing(evidence: PairEvidence) -> Iterator[str]:
    """Once another node has the ledger, nothing goes out but by that node: what it had in the ledger is the other's."""
    for one in evidence.run.journal.beside:
        if isinstance(one.event, Tried) and one.active not in (None, one.node):
            for line in one.event.lines:
                if line.key in evidence.rows:
                    yield f"{one.node} sent {line.key} at {one.event.at:.3f} s, and {one.active} has the ledger"


def somebody_takes_over(evidence: PairEvidence) -> Iterator[str]:
    """Where a node can have the ledger, and none has it, it soon does."""
    patience = TAKES_OVER + 30 * evidence.run.swarm.slow_disk
    since: dict[str, float] = {}
    for turn, following in pairwise(evidence.run.journal.turns):
        waiting = turn.able if turn.holder is None else ()
        since = {node: since.get(node, turn.at) for node in waiting}
        for node, begins in since.items():
            if following.at - begins > patience:
                yield f"nobody has the ledger from {begins:.3f} s to {following.at:.3f} s, and {node} could"


def a_take_over_is_told(evidence: PairEvidence) -> Iterator[str]:
    """A node that stood by and takes the place of another tells ops so."""
    if evidence.run.swarm.errors:
        return
    events = evidence.run.log.of(NodeBegan, Ended)
    for began, ended in pairwise(events):
        if not isinstance(began, NodeBegan) or not began.stood_by:
            continue
        lasted = began.at <= LAST_WORD and ended.at - began.at > TOLD
        if lasted and not evidence.was_sent((f"Node {began.node} is active now",), began.at):
            yield f"nobody was told that {began.node} took over at {began.wall:%d %H:%M:%S}"


def a_stale_file_is_told(evidence: PairEvidence) -> Iterator[str]:
    """Ops is told which node has an older form of which file."""
    for one in evidence.reading.stale_files:
        words = (f"truces/{one.file}", f"node {one.node} has {'this file' if one.is_gone else 'a form of this file'}")
        if one.ends - one.begins > TOLD and one.begins <= LAST_WORD and not evidence.was_sent(words, one.begins):
            yield f"nobody was told that {one.node} has an older form of {one.file} from {one.begins:.3f} s on"


def only_a_stale_file_is_told(evidence: PairEvidence) -> Iterator[str]:
    """Ops is told of no file that is not stale: what has just been brought is asked for in vain."""
    stale = evidence.reading.stale_files
    for event in evidence.run.log.of(Tried):
        for file, node in SAYS_STALE.findall(event.text):
            if not any((one.file, one.node) == (file, node) and one.begins <= event.at for one in stale):
                yield f"ops was told at {event.at:.3f} s that {node} has an older form of {file}"


def a_stale_file_undoes_nothing(evidence: PairEvidence) -> Iterator[str]:
    """What a stale file says changes no truce."""
    for undone in evidence.reading.undone:
        yield f"a stale file made {undone}"


def no_process_breaks(evidence: PairEvidence) -> Iterator[str]:
    """A process ends only when it is killed or asked to; one without the ledger meets no fault that nobody made."""
    yield from evidence.run.journal.crashes
    for one in evidence.run.journal.beside:
        event = one.event
        if not isinstance(event, Complained) or event.event not in FAULTS:
            continue
        if not any(text in event.detail for text in INJECTED):
            yield f"{event.event} on {one.node} at {event.at:.3f} s: {event.detail}"


OWN: tuple[Callable[[PairEvidence], Iterator[str]], ...] = (
    one_node_writes,
    a_woken_node_sends_nothing,
    somebody_takes_over,
    a_take_over_is_told,
    a_stale_file_is_told,
    only_a_stale_file_is_told,
    a_stale_file_undoes_nothing,
    no_process_breaks,
)


def findings(evidence: PairEvidence) -> list[str]:
    """Everything that speaks against a promise, each with the name of its checker."""
    return [
        *checkers.findings(evidence),
        *(f"{check.__name__}: {found}" for check in OWN for found in check(evidence)),
    ]
