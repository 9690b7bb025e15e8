"""1. A row says why it was not sent; and in the end nothing is left under way."""

from collections.abc import Iterator

from simulation.events import Called
from simulation.evidence import LAST_WORD, Evidence

WHY = frozenset({"failed", "superseded", "overtaken", "missed"})


def check(evidence: Evidence) -> Iterator[str]:
    """Every row that was not delivered has a reason, and none of the past is still planned or acquired.

    The past of a look at the agenda is what lay behind its moment, which may be a little before the look itself.
    """
    events = evidence.run.log.events
    last = [event for event in events if event.at >= LAST_WORD]
    moments = [event.moment for event in last if isinstance(event, Called)]
    past = min((*moments, *(event.wall for event in last)), default=events[0].wall)
    for row in evidence.run.rows:
        if row.state in WHY and not row.reason:
            yield f"{row.key} is {row.state} and does not say why"
        elif row.state == "acquired" or (row.state == "planned" and row.due_at < past and not evidence.waits_on(row)):
            yield f"{row.key} is still {row.state} in the end, {row.attempts} tries later"
