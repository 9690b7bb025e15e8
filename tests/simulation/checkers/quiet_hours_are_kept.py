"""In quiet hours a channel is told what passes and nothing else, and nothing waits but for their end."""

from collections.abc import Iterator
from datetime import timedelta

from simulation.events import Called, Looked
from simulation.evidence import Evidence

from alertd.ledger import HistoryRow

STORED = timedelta(milliseconds=1)
"""Moments are kept in whole milliseconds."""


def check(evidence: Evidence) -> Iterator[str]:
    """Judged by the moment at which a worker is handed an alert, and by the zone data that the daemon uses then."""
    if not evidence.run.rules.quiets:
        return
    old_zones = False
    for event in evidence.run.log.of(Looked, Called):
        if isinstance(event, Looked):
            old_zones = event.old_zones
        elif event.call == "dispatch":
            yield from _awake(evidence, event, old_zones=old_zones)
    for row in evidence.run.rows:
        if row.quiet_until is not None and not _ends_then(evidence, row):
            yield f"{row.key} waits until {row.quiet_until:%d %H:%M:%S}, and no quiet hours that it keeps end then"


def _awake(evidence: Evidence, call: Called, *, old_zones: bool) -> Iterator[str]:
    """Of a moment at which newer zone data have just arrived, both count."""
    newer_at = evidence.run.swarm.new_zones
    zones = {old_zones, old_zones and newer_at is not None and call.at < newer_at}
    for row in map(evidence.rows.__getitem__, call.keys):
        rest = row.target, row.kind, row.stage, call.moment
        ends = [evidence.run.rules.waits_until(*rest, old_zones=one) for one in zones]
        if None not in ends:
            yield f"{row.key} was handed over at {call.moment:%d %H:%M:%S}, in hours quiet until {ends[0]:%H:%M}"


def _ends_then(evidence: Evidence, row: HistoryRow) -> bool:
    rest = row.target, row.kind, row.stage, row.quiet_until - STORED
    return row.quiet_until in {evidence.run.rules.waits_until(*rest, old_zones=one) for one in (False, True)}
