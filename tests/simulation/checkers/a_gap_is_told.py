"""ops is told where nobody known is on duty, or a list cannot be read, and when it is well again."""

from collections.abc import Iterator

from simulation.evidence import LAST_WORD, Evidence

TOLD_WITHIN = 60.0
"""Seconds for which it has been plain who is on duty."""


def check(evidence: Evidence) -> Iterator[str]:
    """The last word to ops about a list holds."""
    for found in evidence.rosters.settled:
        if found.seconds > TOLD_WITHIN and found.at.at <= LAST_WORD and found.told != found.is_on.gap:
            yield (
                f"{found.duty.name} is {found.is_on.gap or 'well'} at {found.at.moment:%d %H:%M:%S}, "
                f"and ops was told that it is {found.told or 'well'}"
            )
