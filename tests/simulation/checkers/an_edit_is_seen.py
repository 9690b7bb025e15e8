"""4. Each edit of the register is recorded, and newer zone data are found: nothing that was saved stays unread."""

from collections.abc import Iterator
from itertools import pairwise

from simulation.events import Looked, Saved
from simulation.evidence import Evidence
from simulation.process import LOOKS_FOR_ZONES_EVERY

SECONDS = 60.0
"""By when it is read, if it stood and the process lived so long: a ledger that is slow, or fails, holds up a tick."""


def check(evidence: Evidence) -> Iterator[str]:
    """What stood in the files for a minute of the process's life was read in it; in the end by the newest zone data.

    Where it did not read, nothing that the other checkers say is worth anything.
    """
    log = evidence.run.log
    looks = log.of(Looked)
    for save, end in pairwise([*log.of(Saved), log.events[-1]]):
        for begins, ends in evidence.lives:
            until = min(ends, end.at)
            if until - max(begins, save.at) < SECONDS:
                continue
            seen = _last_look(looks, max(begins, save.at) + SECONDS)
            if seen is None or seen.state.texts != save.state.texts:
                yield f"nobody read what was saved at {save.wall:%d %H:%M:%S} ({save.act}) within {SECONDS:g} s"
    begins, ends = evidence.lives[-1]
    seen = _last_look(looks, ends)
    if seen is not None and seen.old_zones and ends - begins > LOOKS_FOR_ZONES_EVERY.total_seconds() + SECONDS:
        yield "the newer zone data were never read by"


def _last_look(looks: list[Looked], until: float) -> Looked | None:
    return next((one for one in reversed(looks) if one.at <= until), None)
