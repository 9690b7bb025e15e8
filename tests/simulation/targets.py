"""Channels that take messages, or do not, or do and say they did not."""

import asyncio
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from simulation import answers
from simulation.events import Answered, Arrived, Line, Promise, Tried
from simulation.loop import Killed

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.domain.policy import SEND_TIMEOUT
from alertd.logs import register_url
from alertd.message.values import Message

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

TIMEOUT = SEND_TIMEOUT.total_seconds()
"""A real target gives up by itself after this long, and tells that it does not know."""

SECRET = "kept-by-nobody-else"
"""Stands in the URLs of channels, and nowhere else."""


def url_of(name: str, kind: str) -> str:
    """The URL of a target, as its channel's settings have it."""
    scheme = "http" if kind == "webhook" else "json"
    return f"{scheme}://reader:{SECRET}@localhost/{name[-1]}"


class FaultyTarget:
    """One target, with the traits that the seed gave it; it behaves as soon as the world is calm."""

    def __init__(self, name: str, kind: str, world: "SimulatedWorld") -> None:
        self.name = name
        self._world = world
        self._random: Random = world.random_of(name)
        self._url = url_of(name, kind)
        register_url(self._url)  # as every channel does with its own

    async def send(self, message: Message) -> Outcome:
        sent = self._tried(message)
        how = self._how()
        await asyncio.sleep(self._random.uniform(0.01, 0.3))
        self._maybe_die()
        if how == "broken":
            self._note_answer(sent, "crashed")
            raise ValueError("a fault in one of a hundred services")
        outcome = await self._answer(how, sent)
        self._maybe_die()
        self._note_answer(sent, outcome.verdict.value)
        return outcome

    async def aclose(self) -> None:
        """Nothing is held."""

    def _how(self) -> str:
        trait, now = self._world.swarm.targets[self.name], self._world.timeline.seconds
        if self._world.is_calm:
            return "take"
        if any(dead.begins <= now < dead.ends for dead in trait.dead):
            return "fail"
        if trait.answers and self._random.random() < trait.rate:
            return self._random.choice(trait.answers)
        return "take"

    async def _answer(self, how: str, sent: Tried) -> Outcome:  # noqa: PLR0911  one case a misbehaviour
        match how:
            case "refuse":
                return Outcome(Verdict.REFUSED, "410 Gone")
            case "fail":
                asked = timedelta(seconds=120) if self._random.random() < 0.1 else None
                return Outcome(Verdict.FAILED, f"503 Service Unavailable: {self._url}", asked)
            case "slow":
                await asyncio.sleep(self._random.uniform(1, TIMEOUT - 1))
            case "hang":
                await asyncio.sleep(TIMEOUT)
                return Outcome(Verdict.UNSURE, "no answer within 60 s")
            case "deaf":
                self._arrive(sent)
                await asyncio.sleep(TIMEOUT)
                return Outcome(Verdict.UNSURE, "no answer within 60 s")
            case "late":
                await asyncio.sleep(TIMEOUT)
                self._world.timeline.at(
                    self._world.timeline.seconds + self._random.uniform(1, 600), lambda: self._arrive(sent)
                )
                return Outcome(Verdict.UNSURE, "no answer within 60 s")
            case "liar":
                self._arrive(sent)
                return Outcome(Verdict.FAILED, "500 Internal Server Error")
        self._arrive(sent)
        return Outcome(Verdict.ACCEPTED)

    def _tried(self, message: Message) -> Tried:
        return self._world.note(
            Tried,
            target=self.name,
            message_id=message.message_id or "",
            title=message.title,
            text=message.text,
            lines=tuple(
                Line(
                    key=item.delivery.key,
                    truce=item.delivery.truce,
                    kind=item.delivery.kind.value,
                    stage=None if item.delivery.stage is None else str(item.delivery.stage),
                    ends_at=item.delivery.ends_at,
                    due_at=item.delivery.due_at,
                    about=item.delivery.about,
                    title=item.title,
                    promises=tuple(
                        Promise(text=one.text, ends_at=one.ends_at, next_at=one.next_at, stands=one.stands)
                        for one in item.follows
                    ),
                )
                for item in message.items
            ),
        )

    def _note_answer(self, sent: Tried, verdict: str) -> None:
        self._world.note(Answered, target=self.name, message_id=sent.message_id, verdict=verdict, lines=sent.lines)

    def _arrive(self, sent: Tried) -> None:
        self._world.note(Arrived, target=self.name, message_id=sent.message_id, sent=sent)
        answers.read(self._world, sent)

    def _maybe_die(self) -> None:
        if not self._world.is_calm and self._random.random() < self._world.swarm.deaths_while_sending / 2:
            raise Killed
