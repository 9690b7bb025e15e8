"""2. Late rather than never: what goes out late says how late it is, and what goes out in time does not."""

from collections.abc import Iterator
from datetime import timedelta

from simulation.events import Tried
from simulation.evidence import Evidence, longest_call

LATE = "LATE"

SPEAKS_OF_OTHERS = "marked LATE"
"""Ops is told of what came due while the ledger failed."""


def check(evidence: Evidence) -> Iterator[str]:
    """Judged when the message is given to its channel; within a call of the ledger around the limit both are right."""
    limit, slack = evidence.run.rules.late_after, longest_call(evidence.run) + timedelta(seconds=1)
    for event in evidence.run.log.of(Tried):
        for line in event.lines:
            late_by = event.wall - line.due_at
            says_so = LATE in line.title.replace(SPEAKS_OF_OTHERS, "")
            if late_by > limit + slack and not says_so:
                yield f"{line.key} went out {late_by} late and does not say so"
            if late_by < limit - slack and says_so:
                yield f"{line.key} went out {late_by} after its moment and calls itself late"
