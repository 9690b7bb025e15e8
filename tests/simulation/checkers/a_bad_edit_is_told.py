"""6. What is not watched, or stays in its last good form, is told: a bad edit reaches ops, with the file's name."""

from collections.abc import Iterator
from itertools import pairwise

from simulation.events import Looked, Saved, Stepped
from simulation.evidence import Evidence

QUIET = 3.0
ENOUGH = 30.0


def check(evidence: Evidence) -> Iterator[str]:
    """Text that cannot be read and that stands still for a while has an ops alert that names its file."""
    run = evidence.run
    saves = [event for event in run.log.of(Saved) if event.at > 0]
    looks = run.log.of(Looked)
    told = {row.key for row in run.rows if row.kind == "ops"}
    for save, after in pairwise(saves):
        if not save.state.broken:
            continue
        look = next((look for look in looks if look.state is save.state), None)
        if look is None or after.at < look.at + ENOUGH or not evidence.lived_through(look.at, look.at + ENOUGH):
            continue
        if any(look.at <= step.at <= look.at + ENOUGH for step in run.log.of(Stepped)):
            continue
        if run.swarm.errors:
            continue  # a disk that refuses may have refused this
        for file in sorted(save.state.broken_files):
            if not any(f"truces/{file}" in key for key in told):
                yield f"{save.act}: no ops alert names truces/{file}"
