"""2. A clock step or a suspend delays an alert by no more than a pulse of one second."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from simulation.events import Called, Complained, Stepped
from simulation.evidence import Evidence, longest_call
from simulation.timeline import BEGINNING

PULSE = timedelta(seconds=1)

OPS_FIRST = 6.0
"""Seconds for which what is due waits until ops was told that the clock jumped."""


def check(evidence: Evidence) -> Iterator[str]:
    """From the first moment at which the wall clock shows a stage's moment, the daemon looks within a pulse."""
    run = evidence.run
    # A pulse, the calls that one tick and the one before it make, and whatever the disk refused meanwhile.
    patience = (PULSE + 12 * longest_call(run)).total_seconds() + 0.5
    faults = [event.at for event in run.log.of(Complained) if event.event != "delivery.settled"]
    faults += [event.at for event in run.log.of(Called) if event.call.endswith("failed") or _is_in_doubt(event)]
    for owed in evidence.reading.owed.values():
        shown = _first_shown(evidence, owed.goes_at)
        since = owed.owed_since.at
        if shown is None or since <= shown + patience or any(shown - OPS_FIRST <= at <= since for at in faults):
            continue
        if evidence.lived_through(shown - 1, since) and evidence.lived_through(shown, since + 0.001):
            yield f"{owed} could be seen to be due {since - shown:.1f} s before the daemon looked"


def _is_in_doubt(event: Called) -> bool:
    """Whether the daemon waits for its clock to be put right before it says what is over."""
    return event.call == "acquire" and event.detail == "in doubt"


def _first_shown(evidence: Evidence, due: datetime) -> float | None:
    """When the wall clock first showed a moment, with its steps; None where it stepped back across it since."""
    run = evidence.run
    ahead = timedelta()
    begins = 0.0
    first: float | None = None
    for at, by in [*((event.at, event.by) for event in run.log.of(Stepped)), (float("inf"), 0.0)]:
        reached = (due - BEGINNING - ahead).total_seconds()
        reached = max(reached, begins)
        if reached <= at:
            if first is not None:
                return None
            first = reached
            if by >= 0:
                return first
        ahead += timedelta(seconds=by)
        begins = at
    return first
