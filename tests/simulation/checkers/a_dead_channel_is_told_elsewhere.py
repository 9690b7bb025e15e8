"""6. The failure of a channel is told on another channel."""

from collections import defaultdict
from collections.abc import Iterator

from simulation.events import Answered, Began, Called
from simulation.evidence import LAST_WORD, Evidence

ENOUGH = 30.0
"""Seconds of a process's life after a failure by which it has spoken of it."""


def check(evidence: Evidence) -> Iterator[str]:
    """Where a send failed and the process lived on, another channel has an ops alert about that target."""
    run = evidence.run
    channel_of = {target: channel.name for channel in run.rules.channels for target in channel.targets}
    told = defaultdict(set)
    for row in run.rows:
        if row.kind == "ops":
            for target in channel_of:
                if f"channel {target} fails" in row.key.split("|"):
                    told[target].add(channel_of[row.target])
    lost = [event.at for event in run.log.of(Began)]
    lost += [event.at for event in run.log.of(Called) if event.call == "say failed"]
    for event in run.log.of(Answered):
        if event.verdict == "accepted" or event.at > LAST_WORD:
            continue
        if any(event.at <= at <= event.at + ENOUGH for at in lost) or not evidence.lived_through(
            event.at, event.at + ENOUGH
        ):
            continue
        if not told[event.target] - {channel_of[event.target]}:
            yield f"{event.target} failed at {event.wall:%d %H:%M:%S}, and no other channel was told"
            return
