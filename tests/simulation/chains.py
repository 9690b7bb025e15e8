"""Escalations as a seed draws them, and what the key of a delivery says of its place in one, without code of alertd."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

ALERTS = (
    ("reminder", "lapsed"),
    ("reminder:15m", "lapsed:0"),
    ("reminder:1h", "start"),
    ("extended", "shortened", "terminated", "lapsed"),
)
FIRST = "desk"
"""The channel of each first step: it takes every truce, and stands in for no other."""

_BEFORE_TARGET = 4
"""The parts of a key that stand before its target."""


@dataclass(frozen=True)
class Chain:
    """An escalation as the settings have it."""

    name: str
    alerts: tuple[str, ...]
    steps: tuple[tuple[str, int], ...]
    """Channels or duty lists, each with the minutes of its wait."""
    repeat: int
    people: int
    tags: tuple[str, ...]
    lists: tuple[str, ...] = ()
    """The names among those of its steps that are duty lists, and no channels."""

    @property
    def waits(self) -> tuple[timedelta, ...]:
        """The waits after all steps but the last, which tells ops that nobody answered."""
        return tuple(timedelta(minutes=minutes) for _, minutes in self.steps) * (1 + self.repeat)

    def list_of(self, number: int) -> str | None:
        """The duty list to which a numbered step goes; None for a channel, and for the word to ops at the end."""
        name, _ = self.steps[(number - 1) % len(self.steps)]
        return name if name in self.lists and number <= len(self.waits) else None

    def begins_with(self, kind: str, stage: str, tags: Iterable[str]) -> bool:
        """True if it follows an alert of this kind and stage, of a truce with these tags."""
        return not (
            {kind, f"{kind}:{stage}"}.isdisjoint(self.alerts) or (self.tags and set(self.tags).isdisjoint(tags))
        )

    def text(self) -> str:
        """Its table in the settings."""
        steps = ", ".join(
            f'{{ {"duty" if name in self.lists else "channel"} = "{name}", wait = "{minutes}m" }}'
            for name, minutes in self.steps
        )
        alerts, tags = (str(list(ones)).replace("'", '"') for ones in (self.alerts, self.tags))
        return (
            f'[[escalation]]\nname = "{self.name}"\nalerts = {alerts}\ntags = {tags}\nsteps = [{steps}]\n'
            f"repeat = {self.repeat}\npeople = {self.people}"
        )


@dataclass(frozen=True)
class Place:
    """The place of a delivery in a chain."""

    chain: Chain
    alert: str
    """The key of the alert itself, without a target."""
    number: int
    target: str


def draw_chains(random: Random, channels: tuple[str, ...], tags: tuple[str, ...]) -> tuple[Chain, ...]:
    """One or two escalations."""
    return tuple(
        Chain(
            name=f"chain-{number}",
            alerts=random.choice(ALERTS),
            steps=tuple(
                (name, random.choice((1, 2, 5, 12)))
                for name in (FIRST, *(random.choice(channels) for _ in range(random.randint(0, 2))))
            ),
            repeat=random.choice((0, 0, 1)),
            people=random.choice((1, 1, 2)),
            tags=random.choice(((), (), tags)),
        )
        for number in range(random.choice((1, 1, 2)))
    )


def alert_of(key: str) -> str:
    """The key of the alert that a delivery tells, or follows, without a target."""
    *before, rest = key.split("|", _BEFORE_TARGET)
    after = rest.split("|")[1:]
    if before[1] == "escalated":
        before[1], *after = after[:-2]
    return "|".join((*before, *after))


def seen_as(alert: str) -> str:
    """The same for all alerts that are acknowledged together: a lapse has one for each time that it is said."""
    truce, kind, _, moment, *rest = alert.split("|")
    return "|".join((truce, kind, moment.partition("/")[0], *rest)) if kind == "lapsed" else alert


def places(key: str, channel: str, tags: Iterable[str], chains: Iterable[Chain]) -> Iterator[Place]:
    """The places of a delivery to a target of a channel, of a truce with these tags."""
    parts = key.split("|")
    kind, stage, target = parts[1], parts[2], parts[_BEFORE_TARGET]
    for chain in chains:
        if kind == "escalated":
            if parts[-2] == chain.name:
                yield Place(chain, alert_of(key), int(parts[-1]), target)
        elif channel == FIRST and chain.begins_with(kind, stage, tags):
            yield Place(chain, alert_of(key), 1, target)
