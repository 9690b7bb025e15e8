"""The answers in a rehearsal: `--ack "desk 90%"` lets a channel acknowledge nine of ten alerts that ask for it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random

import typer

from alertd.channels import Outcome, Target
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery
from alertd.domain.escalation import Escalation
from alertd.ledger import LedgerThread, acknowledging, queries
from alertd.message.values import Item, Message
from alertd.status.answers import answered_in_words
from alertd.times.clock import Clock

WAY = "rehearsal"
"""The way in which a rehearsal acknowledges."""

_SHARE = re.compile(r"(?P<channel>.+?)\s+(?P<percent>[0-9]{1,3})%")
_HUNDRED = 100

Told = Callable[[datetime, Item, str], None]
"""Takes in an answer: its moment, the alert, and the channel."""

Shares = Mapping[str, int]
"""The alerts of a hundred that each channel answers."""


def shares(written: Sequence[str], channels: Sequence[str], escalations: Sequence[Escalation]) -> Shares:
    """Read `--ack`; raises `BadParameter` where it says nothing, or nothing asks for an answer."""
    found: dict[str, int] = {}
    for text in written:
        match = _SHARE.fullmatch(text.strip())
        if match is None or int(match["percent"]) > _HUNDRED:
            raise typer.BadParameter('write a channel and a share, such as "desk 90%"', param_hint="--ack")
        if match["channel"] not in channels:
            raise typer.BadParameter(
                f"there is no such channel: write one of {', '.join(channels)}", param_hint="--ack"
            )
        found[match["channel"]] = int(match["percent"])
    if found and not escalations:
        raise typer.BadParameter("nothing asks for an answer: alertd.toml has no [[escalation]]", param_hint="--ack")
    return found


class Answers:
    """Draws, from a seed, which alerts the people of each channel acknowledge, each at the moment at which it comes."""

    def __init__(
        self,
        shares: Shares,
        seed: int,
        escalations: Sequence[Escalation],
        clock: Clock,
        told: Told,
    ) -> None:
        self._shares = shares
        self._seed = seed
        self._escalations = escalations
        self._clock = clock
        self._told = told
        self.ledger: LedgerThread | None = None
        """That of the rehearsal, once it has begun."""

    def of(self, channel: str, target: Target) -> Target:
        """A target whose readers may answer; one that no share speaks of as it is."""
        return _AnsweringTarget(target, channel, self) if channel in self._shares else target

    async def draw(self, channel: str, message: Message) -> None:
        """Acknowledge what is drawn of the alerts of a message."""
        for item in message.items:
            if self._is_drawn(channel, item.delivery) and await self._asks(item.delivery):
                await self._answer(channel, item)

    def _is_drawn(self, channel: str, delivery: Delivery) -> bool:
        """Drawn from the key, so that the order in which channels are sent to changes nothing."""
        drawn = Random(f"{self._seed}|{delivery.key}").randrange(_HUNDRED)  # noqa: S311  no secret
        return drawn < self._shares[channel]

    async def _asks(self, delivery: Delivery) -> bool:
        if delivery.follows is not None or delivery.truce is None or self.ledger is None:
            return delivery.follows is not None
        known = await self.ledger.run(queries.truces, [delivery.truce])
        truce = known[delivery.truce].truce
        return any(escalation.begins_with(delivery, truce) for escalation in self._escalations)

    async def _answer(self, channel: str, item: Item) -> None:
        if self.ledger is None:
            return
        now = self._clock.now()
        given = Acknowledgement(at=now, by=channel, way=WAY, note=None)
        judged = await self.ledger.run(acknowledging.acknowledge, item.delivery.key, given, answered_in_words)
        if judged is not None and judged.refusal is None:
            self._told(now, item, channel)


class _AnsweringTarget:
    def __init__(self, target: Target, channel: str, answers: Answers) -> None:
        self.name = target.name
        self._target = target
        self._channel = channel
        self._answers = answers

    async def send(self, message: Message) -> Outcome:
        """Send it, and let its readers answer."""
        outcome = await self._target.send(message)
        await self._answers.draw(self._channel, message)
        return outcome

    async def aclose(self) -> None:
        """Let go of what the target holds."""
        await self._target.aclose()
