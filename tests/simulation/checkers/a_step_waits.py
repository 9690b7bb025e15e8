"""No step goes out before its wait, counted from when the channel of the step before took it, or failed for good."""

from collections.abc import Iterator
from datetime import timedelta

from simulation.evidence import Evidence, longest_call


def check(evidence: Evidence) -> Iterator[str]:
    """A step is due no earlier than a try of the step before allows; at once where that failed on all its targets."""
    slack = 2 * longest_call(evidence.run) + timedelta(seconds=1)
    for given in evidence.escalations.given:
        due = evidence.rows[given.key].due_at
        if given.may_go_at is None:
            yield f"{given.key} was handed over, and no try of the step before it allows that"
        elif due < given.may_go_at - slack:
            yield f"{given.key} was due at {due:%d %H:%M:%S}, {given.may_go_at - due} before its wait was over"
