"""3. A reminder for a replaced end is never sent after the change was seen."""

from collections.abc import Iterator

from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """Whatever a worker is handed belongs to an end that is in force at that moment, as far as the daemon has read."""
    for one in evidence.reading.unwanted:
        yield f"{one.what} was handed over at {one.handed.wall:%d %H:%M:%S.%f}, and its end is not in force"
