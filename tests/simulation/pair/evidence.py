"""What the checkers of two nodes look things up in."""

from dataclasses import dataclass
from functools import cached_property

from simulation.events import Tried
from simulation.evidence import Evidence
from simulation.pair.oracle import PairOracle
from simulation.pair.world import PairRun

GOES_ON = 3.0
"""Seconds after which a node that was held up has caught up."""


@dataclass(frozen=True)
class PairEvidence(Evidence):
    """A run of two nodes with everything that can be asked of it."""

    run: PairRun

    @cached_property
    def reading(self) -> PairOracle:
        """Who had to be told what."""
        reading = PairOracle(self.run)
        reading.follow()
        return reading

    def was_held_up(self, begins: float, ends: float) -> bool:
        """True if a node stood still, or was cut off from the server."""
        return any(start <= ends and begins <= end + GOES_ON for start, end in self.run.journal.held)

    def lived_through(self, begins: float, ends: float) -> bool:
        """True if a daemon ticked without an end in between, and nothing held up a node."""
        return not self.was_held_up(begins, ends) and super().lived_through(begins, ends)

    def was_sent(self, words: tuple[str, ...], since: float) -> bool:
        """True if a message with all of these words was sent from a moment on."""
        return any(event.at >= since and all(word in event.text for word in words) for event in self.run.log.of(Tried))
