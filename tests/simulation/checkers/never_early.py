"""1. Never early: nothing is given to a channel before the wall clock has shown its moment."""

from collections.abc import Iterator
from datetime import timedelta

from simulation.events import Tried
from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """A clock that was set back does not take back what it had shown."""
    latest = evidence.run.log.events[0].wall
    for event in evidence.run.log.events:
        latest = max(latest, event.wall)
        if isinstance(event, Tried):
            for line in event.lines:
                if line.due_at > latest + timedelta(milliseconds=1):
                    yield f"{line.key} was sent {line.due_at - latest} early"
