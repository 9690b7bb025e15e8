"""6. One dead channel never delays another: a target without faults gets what is due at once."""

from collections.abc import Iterator

from simulation.events import Called, Ended
from simulation.evidence import Evidence, longest_call


def check(evidence: Evidence) -> Iterator[str]:
    """Once the daemon has looked, a healthy target is given its stage within a few calls of the ledger."""
    run = evidence.run
    patience = 10 + 30 * longest_call(run).total_seconds()
    faults = [event.at for event in run.log.of(Called, Ended) if isinstance(event, Ended) or "failed" in event.call]
    for owed in evidence.reading.owed.values():
        row = evidence.row_of(owed)
        since = owed.owed_since.at
        if owed.released or not run.swarm.targets[owed.target].is_healthy or row is None or row.state != "delivered":
            continue
        if any(since <= at <= since + patience for at in faults) or any(abs(since - at) < 5 for at in faults):
            continue
        calls = (event.moment for event in run.log.of(Called) if since <= event.at <= since + patience)
        if any(run.rules.waits_until(row.target, row.kind, row.stage, moment) for moment in calls):
            continue
        if evidence.was_held_up(since, since + patience):
            continue
        arrived = min((event.at for event in evidence.arrivals.get((owed.target, row.key), [])), default=None)
        if arrived is not None and arrived > since + patience:
            yield f"{owed} waited {arrived - since:.0f} s although its target was well"
