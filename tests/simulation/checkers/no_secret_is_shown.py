"""8. No secret is ever printed, logged, or put in the ledger."""

from collections.abc import Iterator

from simulation.evidence import Evidence
from simulation.targets import SECRET


def check(evidence: Evidence) -> Iterator[str]:
    """What stands in a channel's URL stands nowhere else."""
    if SECRET in evidence.run.log.text():
        yield "the secret of a URL stands in a message or in the daemon's log"
    if any(SECRET in repr(row) for row in evidence.run.rows):
        yield "the secret of a URL stands in the ledger"
