"""2. Of several missed stages of one end only the tightest is sent; the rest are overtaken by it."""

from collections.abc import Iterator

from simulation.evidence import Evidence

from alertd.ledger import HistoryRow


def check(evidence: Evidence) -> Iterator[str]:
    """An overtaken row has a later stage that was due by then; and no row goes out with a later stage of it due."""
    for row in evidence.run.rows:
        if row.state == "overtaken" and not any(_was_due_by(row, other) for other in evidence.tighter(row)):
            yield f"{row.key} is overtaken, and no later stage of its end was due"
    for owed in evidence.owed:
        row = evidence.row_of(owed)
        if row is None or row.state != "overtaken" or evidence.arrived(row):
            continue
        last = max(evidence.tighter(row), key=lambda other: other.due_at, default=None)
        if last is not None and last.state == "overtaken":
            yield f"{owed} is overtaken, and so is the last stage of its end"
    for handed in evidence.reading.handed:
        if handed.tighter:
            yield f"{handed.what} went out at {handed.at.moment}, when {' and '.join(handed.tighter)} was due as well"


def _was_due_by(row: HistoryRow, other: HistoryRow) -> bool:
    return row.settled_at is not None and other.due_at <= row.settled_at
