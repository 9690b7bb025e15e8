"""6. The failure of a channel is told on another channel: the first of a streak, and once the recovery."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from simulation.events import Began, Called
from simulation.evidence import LAST_WORD, Evidence

FLAPPING = 15 * 60.0
"""Seconds for which a process that has told of a failure does not tell of the next one."""

SLACK = 60.0
"""Seconds that a settlement can take, when the ledger fails as well."""


@dataclass
class _Told:
    """What ops was told of a target."""

    fails: bool = False
    at: float = float("-inf")
    """When this process last told that it fails."""
    keys: list[str] = field(default_factory=list)


def check(evidence: Evidence) -> Iterator[str]:
    """After each settlement the last word about its target is how it ended, unless it flaps; and the words go out."""
    channel_of = {target: channel.name for channel in evidence.run.rules.channels for target in channel.targets}
    told = {target: _Told() for target in channel_of}
    for event in evidence.run.log.of(Began, Called):
        if isinstance(event, Began):
            for one in told.values():
                one.at = float("-inf")
        elif event.call == "settle" and event.outcomes:
            target = evidence.rows[event.keys[-1]].target
            yield from _follow(target, told[target], event)
    for target, one in told.items():
        yield from _judge(evidence, channel_of[target], target, one)


def _follow(target: str, one: _Told, event: Called) -> Iterator[str]:
    if len(set(event.said)) < len(event.said) or set(event.said) & set(one.keys):
        yield f"ops was told twice of {target} in one second, and heard it once ({event.wall:%d %H:%M:%S})"
    for about, _number in dict.fromkeys(tuple(key.split("|")[5:7]) for key in event.said):
        fails = about == f"channel {target} fails"
        if fails is one.fails:
            yield f"ops was told twice: {about} ({event.wall:%d %H:%M:%S})"
        one.fails = fails
        one.at = event.at if fails else one.at
    if event.at <= LAST_WORD:
        one.keys += event.said
    failed = event.outcomes[-1][0] != "accepted"
    if failed and not one.fails and event.at - one.at > FLAPPING + SLACK:
        yield f"{target} failed at {event.wall:%d %H:%M:%S}, and nobody was told"
    if one.fails and not failed:
        yield f"{target} delivers again at {event.wall:%d %H:%M:%S}, and nobody was told"


def _judge(evidence: Evidence, channel: str, target: str, told: _Told) -> Iterator[str]:
    for key in told.keys:
        row = evidence.rows[key]
        if row.channel == channel:
            yield f"what was to be said of {target} was said on its own channel"
        if row.state not in {"delivered", "missed"} and not evidence.was_refused(row) and not evidence.given_up(row):
            yield f"what was to be said of {target} is {row.state} in the end ({row.reason})"
