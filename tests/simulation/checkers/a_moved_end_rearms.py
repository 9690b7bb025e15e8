"""3. A moved end re-arms: a new end has a ladder of its own, and one that came back has its old ladder again."""

from collections.abc import Iterator

from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """Of an end that is not the first, every stage has a row; and no stage that is wanted stays superseded."""
    for owed in evidence.owed:
        row = evidence.row_of(owed)
        if row is None and owed.ends_at != owed.first_end:
            yield f"{owed} was not planned when the end had moved there"
        elif row is not None and row.state == "superseded" and not evidence.was_told(owed, row):
            yield f"{owed} stays superseded ({row.reason}) although its end is in force"
