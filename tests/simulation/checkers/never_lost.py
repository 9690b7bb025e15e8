"""1. Never lost: every delivery is sent at least once, or a row says why not."""

from collections.abc import Iterator

from simulation.evidence import Evidence
from simulation.oracle import Owed

from alertd.ledger import HistoryRow


def check(evidence: Evidence) -> Iterator[str]:
    """Everything owed has a row; and that row is out, or holds one of the three reasons that count."""
    for owed in evidence.owed:
        row = evidence.row_of(owed)
        if row is None:
            yield f"{owed} was never planned"
        else:
            yield from _judge(evidence, owed, row)


def _judge(evidence: Evidence, owed: Owed, row: HistoryRow) -> Iterator[str]:
    match row.state:
        case "delivered":
            if not evidence.arrived(row):
                yield f"{owed} counts as delivered, and never arrived"
        case "failed":
            if not evidence.was_refused(row) and not evidence.given_up(row):
                yield f"{owed} was given up ({row.reason}) although it was not refused and there was time"
        case "overtaken":
            if not evidence.tighter(row):
                yield f"{owed} was overtaken by nothing"
        case "missed":
            pass  # the checker of summaries looks after it
        case "superseded" if evidence.was_told(owed, row):
            pass
        case _:
            yield f"{owed} is {row.state} in the end ({row.reason})"
