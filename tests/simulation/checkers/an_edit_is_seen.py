"""4. Each edit of the register is recorded, and newer zone data are found: nothing that was saved stays unread."""

from collections.abc import Iterator
from itertools import pairwise

from simulation.events import Event, Looked, Saved
from simulation.evidence import Evidence
from simulation.process import LOOKS_FOR_ZONES_EVERY

SECONDS = 60.0
"""How long a save may stay unread by a process that lives: a ledger that is slow, or fails, holds up a tick."""


def check(evidence: Evidence) -> Iterator[str]:
    """What stood in the files while the process lived was read by it; in the end it read by the newest zone data.

    Where it did not read, nothing that the other checkers say is worth anything.
    """
    log = evidence.run.log
    saves = log.of(Saved)
    last = log.events[-1]
    for save, end in pairwise([*saves, last]):
        for begins, ends in evidence.lives:
            until = min(ends, end.at)
            if until - max(begins, save.at) < SECONDS:
                continue
            seen = _last_look(log.of(Looked), until)
            if seen is None or seen.state.texts != save.state.texts:
                yield f"nobody read what was saved at {save.wall:%d %H:%M:%S} ({save.act}) within {SECONDS:g} s"
    begins, ends = evidence.lives[-1]
    seen = _last_look(log.of(Looked), ends)
    if seen is not None and seen.old_zones and ends - begins > LOOKS_FOR_ZONES_EVERY.total_seconds() + SECONDS:
        yield "the newer zone data were never read by"


def _last_look(looks: list[Looked], until: float) -> Looked | None:
    return max((one for one in looks if one.at <= until), key=_moment, default=None)


def _moment(event: Event) -> float:
    return event.at
