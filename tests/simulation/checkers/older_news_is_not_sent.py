"""News that waited for the end of quiet hours is not sent where later news of its truce has replaced it meanwhile."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from simulation.events import Called
from simulation.evidence import Evidence
from simulation.oracle import CHANGES

from alertd.ledger import HistoryRow

CLAIMED = "claimed"
"""A new claim replaces claims alone: it must not hide what moved an end."""


def check(evidence: Evidence) -> Iterator[str]:
    """The later news counts once the call of the ledger was done that put it on the agenda of the same target."""
    news: dict[tuple[str, str | None], list[HistoryRow]] = defaultdict(list)
    for row in evidence.run.rows:
        if row.kind in CHANGES:
            news[row.target, row.truce].append(row)
    stored = set[int]()
    for event in evidence.run.log.of(Called):
        if event.call == "store":
            stored.add(_milliseconds(event.moment))
        for key in event.keys if event.call == "dispatch" else ():
            row = evidence.rows[key]
            if row.kind not in CHANGES or row.quiet_until is None or event.moment < row.quiet_until:
                continue
            for later in news[row.target, row.truce]:
                if _milliseconds(later.due_at) in stored and _replaces(later, row):
                    yield f"{key} was handed over at {event.wall:%d %H:%M:%S}, after {later.key} was planned"


def _replaces(later: HistoryRow, row: HistoryRow) -> bool:
    return _revision(later) > _revision(row) and (row.kind == CLAIMED or later.kind != CLAIMED)


def _revision(row: HistoryRow) -> int:
    return int(row.key.split("|")[5])


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
