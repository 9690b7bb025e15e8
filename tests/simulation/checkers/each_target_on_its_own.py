"""1. Every delivery is one alert to one target: what one of them took counts for no other."""

from collections.abc import Iterator

from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """A row that says delivered says it of its own target: there it arrived, and there it was accepted."""
    for row in evidence.run.rows:
        if row.state == "delivered":
            if not evidence.arrived(row):
                others = sorted({target for target, key in evidence.arrivals if _same_alert(key, row.key)})
                yield f"{row.key} counts as delivered; it arrived at {', '.join(others) or 'no target at all'}"
            elif all(one.verdict != "accepted" for one in evidence.answers.get((row.target, row.key), [])):
                yield f"{row.key} counts as delivered, and its target never accepted it"


def _same_alert(key: str, other: str) -> bool:
    return key.split("|")[:4] == other.split("|")[:4]
