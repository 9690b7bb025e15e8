"""2. What is older than `catch_up` goes out as one line in a summary to the same channel; nothing else does."""

from collections.abc import Iterator

from simulation.evidence import LAST_WORD, Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """A missed row was too old, and a summary that names it reached its target; nothing too old goes out by itself."""
    for handed in evidence.reading.handed:
        if handed.overdue > evidence.run.rules.catch_up and not handed.promised:
            yield f"{handed.what} went out by itself {handed.overdue} after it was due"
    last = next(event.wall for event in reversed(evidence.run.log.events) if event.at <= LAST_WORD)
    for row in evidence.run.rows:
        if row.state != "missed" or row.settled_at is None or row.settled_at > last:
            continue
        if row.settled_at - row.due_at <= evidence.run.rules.catch_up:
            yield f"{row.key} was summed up after {row.settled_at - row.due_at} only"
        elif row.truce is None:  # its text goes into the summary whole
            continue
        elif not evidence.stands_in_a_summary(row) and not _summary_was_refused(evidence, row):
            yield f"{row.key} counts as missed, and stands in no summary that arrived"


def _summary_was_refused(evidence: Evidence, row) -> bool:
    return any(
        other.kind == "missed" and other.target == row.target and other.state == "failed" for other in evidence.run.rows
    )
