"""6. After three failures, or a refusal, the fallback is told: the alert itself, or in one line if it has it anyway."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from simulation.events import Called
from simulation.evidence import Evidence
from simulation.oracle import Owed

from alertd.ledger import HistoryRow

FAILURES = 3


def check(evidence: Evidence) -> Iterator[str]:
    """What is owed to a target and is given up there, or fails again and again, is known to its channel's fallback."""
    channels = {channel.name: channel for channel in evidence.run.rules.channels}
    owed_by = {row.key: (owed, row) for owed in evidence.owed if (row := evidence.row_of(owed)) is not None}
    for key in dict.fromkeys(_failing(evidence)):
        if key not in owed_by:
            continue
        owed, row = owed_by[key]
        fallback = channels[owed.channel].fallback
        for target in channels[fallback].targets if fallback is not None else ():
            yield from _judge(evidence, owed, row, target)


def _failing(evidence: Evidence) -> Iterator[str]:
    """The keys of what failed for good, or at its third try or a later one."""
    tries: Counter[str] = Counter()
    for event in evidence.run.log.of(Called):
        if event.call == "dispatch":
            tries.update(event.keys)
        for key, (verdict, state) in zip(event.keys, event.outcomes, strict=False):
            if state == "failed" or (verdict != "accepted" and tries[key] >= FAILURES):
                yield key


def _judge(evidence: Evidence, owed: Owed, row: HistoryRow, target: str) -> Iterator[str]:
    same = replace(owed, target=target)
    copy = evidence.row_of(same)
    lines = [one for one in evidence.run.rows if one.key.endswith(f"|{target}|alert {row.short_id} to {row.target}")]
    has_it_anyway = same.row in evidence.reading.owed or same.row in evidence.reading.waiting
    if copy is None or copy.state == "superseded":
        yield f"{owed} fails, and {target} was not told in its place"
    elif has_it_anyway and not lines:
        yield f"{owed} fails, and {target}, which has it anyway, was not told so"
    elif not has_it_anyway and not all(
        "In the place of channel" in event.sent.text for event in evidence.arrivals.get((target, copy.key), [])
    ):
        yield f"{owed} went to {target} as well, and did not say why"
    if len(lines) > 1:
        yield f"that {owed} fails was told to {target} {len(lines)} times"
