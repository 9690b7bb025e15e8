"""A step to a duty list goes to exactly who is on duty when it goes out; in a gap, or in doubt, to everyone."""

from collections.abc import Iterator

from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """Of a step that is taken for the first time the targets are those of one calendar that may count."""
    for told in evidence.rosters.steps:
        wanted = [told.everyone] if told.at.in_doubt else [one.targets for one in told.expected]
        if told.targets not in wanted:
            chain, alert, number = told.group
            yield (
                f"step {number} of {chain} to {told.duty.name} for {alert} goes to {_named(told.targets)} at "
                f"{told.at.moment:%d %H:%M:%S}, when {' or '.join(map(_named, wanted))} should be told"
            )


def _named(targets: frozenset[str]) -> str:
    return ", ".join(sorted(targets)) or "nobody"
