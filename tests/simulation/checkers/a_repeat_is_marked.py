"""1. A repeat that cannot be ruled out is marked: a crash, or a timeout, between the channel's yes and the ledger's."""

from collections.abc import Iterator

from simulation.events import Answered, Ended, Tried
from simulation.evidence import Evidence

MARK = "POSSIBLE REPEAT"


def check(evidence: Evidence) -> Iterator[str]:
    """After a try of which nobody knows how it went, the next is marked; where every try was a no, none is."""
    unknown: set[tuple[str, str]] = set()
    under_way: set[tuple[str, str]] = set()
    excused: set[tuple[str, str]] = set()
    crashed = False
    for event in evidence.run.log.of(Tried, Answered, Ended):
        match event:
            case Tried():
                for line in event.lines:
                    one = event.target, line.key
                    if one in unknown and MARK not in line.title:
                        yield f"{line.key} was sent again unmarked, although its last try may have arrived"
                    if MARK in line.title and one not in unknown | excused and not crashed:
                        yield f"{line.key} is marked, and nothing had happened that could make it a repeat"
                    under_way.add(one)
            case Answered():
                for line in event.lines:
                    one = event.target, line.key
                    under_way.discard(one)
                    if event.verdict == "unsure":
                        unknown.add(one)
                    elif event.verdict == "crashed":  # it may be taken for either
                        excused.add(one)
            case Ended():
                unknown |= under_way
                under_way.clear()
                crashed = True
