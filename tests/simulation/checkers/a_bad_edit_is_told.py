"""6. What is not watched, or stays in its last good form, is told: a bad edit reaches ops, with the file's name."""

from collections.abc import Iterator
from itertools import pairwise

from simulation.events import Called, Looked, Saved, Stepped
from simulation.evidence import Evidence

QUIET = 3.0
ENOUGH = 30.0


def check(evidence: Evidence) -> Iterator[str]:
    """Text that cannot be read and that stands still for a while has an ops alert that names its file, of its own time.

    It may have been said before this save, as long as nobody has read the file whole since.
    """
    run = evidence.run
    saves = [event for event in run.log.of(Saved) if event.at > 0]
    looks = run.log.of(Looked)
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
            if not _was_told(evidence, file, look.at):
                yield f"{save.act}: no ops alert names truces/{file}"


def _was_told(evidence: Evidence, file: str, seen: float) -> bool:
    """Whether ops was told of a file that was read broken, since it was last read whole."""
    log = evidence.run.log
    looks = [look for look in log.of(Looked) if look.at < seen]
    whole = max((look.at for look in looks if file not in look.state.broken_files), default=0.0)
    return any(
        f"truces/{file}" in key
        for say in log.of(Called)
        if say.call == "enqueue" and whole <= say.at <= seen + ENOUGH
        for key in say.keys
    )
