"""4. The safe error is an alert too many: a claim or an unconfirmed termination never silences a reminder."""

from collections.abc import Iterator

from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """While somebody states another end, every stage of the agreed one is still told."""
    for owed in evidence.owed:
        row = evidence.row_of(owed)
        if owed.was_claimed_otherwise and (row is None or row.state in {"planned", "superseded"}):
            yield f"{owed} was silenced while another end was stated"
