"""Escalations in worlds that a seed draws: chains, channels that fail, crashes, people who answer, ends that move.

What is promised is judged from what the channels saw and from when somebody had answered, without the code of alertd:
a step never goes out after enough people have answered, never before its wait, and always if too few did.
"""

import asyncio
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from factories import moment
from world import World

from alertd.channels import Outcome
from alertd.cli.context import LEDGER_NAME
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.ledger import Ledger, acknowledging

BEGIN, END = "2016-05-03T20:30", "2016-05-03T22:00"
CHANNELS = ("desk", "duty", "head", "boss")
SEEDS = (range(12), range(12, 400))
"""Those of every run, and those of the long one."""

FAILURES_THAT_COUNT = 3
"""From this failure of one step on, its channel counts as one that nobody answers."""

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Try:
    """One send of the alert, or of a step that follows it."""

    step: int
    at: datetime
    verdict: Verdict


@dataclass(frozen=True)
class Drawn:
    """What a seed chooses."""

    steps: tuple[tuple[str, int], ...]
    """Channels, and the minutes of their waits."""
    repeat: int
    people: int
    outcomes: dict[str, tuple[float, float, float]]
    """The chances that a send to each channel fails, is refused, or gets no answer."""
    crashes: float
    """The chance that the process dies at a send, before the ledger knows of it."""
    answers_at_once: float
    """The chance that somebody answers a send before the ledger knows what became of it."""
    answers: tuple[tuple[int, str], ...]
    """Minutes after the beginning, and who answers then."""
    moves_at: int | None
    """The minute at which the end moves."""

    @classmethod
    def of(cls, chance: Random) -> "Drawn":
        chain = tuple((chance.choice(CHANNELS[1:]), chance.randint(1, 7)) for _ in range(chance.randint(0, 3)))
        dead = chance.random() < 0.3
        return cls(
            steps=(("desk", chance.randint(1, 7)), *chain),
            repeat=chance.choice((0, 0, 1, 2)),
            people=chance.choice((1, 1, 2)),
            outcomes={
                name: (0.9, 0.0, 0.1) if dead and name != "head" else chance.choice(((0.0, 0.0, 0.0), (0.3, 0.1, 0.1)))
                for name in CHANNELS
            },
            crashes=chance.choice((0.0, 0.1, 0.3)),
            answers_at_once=chance.choice((0.0, 0.2)),
            answers=tuple(
                (chance.randint(30, 70), chance.choice(("lena", "omar"))) for _ in range(chance.choice((0, 1, 2, 3)))
            ),
            moves_at=chance.choice((None, None, None, chance.randint(30, 50))),
        )

    def settings(self) -> str:
        channels = "".join(
            f'[[channel]]\nname = "{name}"\nkind = "console"\n' + ("" if name == "desk" else 'tags = ["none"]\n')
            for name in CHANNELS
        )
        steps = ", ".join(f'{{ channel = "{name}", wait = "{wait}m" }}' for name, wait in self.steps)
        chain = f'[[escalation]]\nname = "e"\nalerts = ["reminder:1h"]\nsteps = [{steps}]\n'
        return (
            f'[policy]\nlead_times = ["1h"]\nafter = []\n{channels}[ops]\nchannel = "boss"\n'
            f"{chain}repeat = {self.repeat}\npeople = {self.people}\n"
        )

    @property
    def chain(self) -> list[tuple[str, int]]:
        """All steps, as often as the chain is gone through, and the one that tells that nobody answered."""
        return [*self.steps * (1 + self.repeat), ("boss", 0)]


def calm(end: str) -> str:
    return f'[[truce]]\nid = "calm"\ntitle = "Calm"\nzone = "UTC"\nstarts = 2016-05-01T00:00:00\nends = {end}:00\n'


@dataclass(frozen=True)
class Answer:
    """An acknowledgement that was taken in."""

    by: str


@dataclass(frozen=True)
class Move:
    """The end was moved."""


@dataclass
class DrawnWorld(World):
    drawn: Drawn | None = None
    chance: Random | None = None
    log: list[Try | Answer | Move] = field(default_factory=list)
    """All that happened, in its order."""
    died: asyncio.Event = field(default_factory=asyncio.Event)
    deaths: int = 0

    def target(self, name):
        return DrawnTarget(name, self)

    async def tick(self):
        """One tick, and one more where it left something due; a process that dies comes up again."""
        wake = self.clock.now()
        while wake is not None and wake <= self.clock.now():
            await self.app.daemon.tick(self.clock.now())
            waiting = [asyncio.create_task(self.app.workers.idle()), asyncio.create_task(self.died.wait())]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
            if self.died.is_set():
                await self.rise()
            wake = await self.app.daemon.next_wake()

    async def rise(self):
        self.died.clear()
        self.deaths += 1
        await self.stop()
        self.clock.set(self.clock.now() + timedelta(seconds=self.chance.randint(1, 20)))
        self.assemble()
        await self.app.daemon.start(self.clock.now(), self.clock.now())

    async def live(self, until):
        """Every wake up to a moment."""
        while True:
            await self.tick()
            wake = await self.app.daemon.next_wake()
            if wake is None or wake > until:
                break
            self.clock.set(max(wake, self.clock.now()))
        self.clock.set(max(until, self.clock.now()))

    def answer(self, person):
        """Somebody acknowledges what was sent of the alert, by the id of any of its messages, if there are some."""
        sent = [row for row in self.rows(truce="calm") if row.kind in ("reminder", "escalated") and row.attempts]
        if sent:
            self.acknowledge(self.chance.choice(sent).key, person)

    def acknowledge(self, key, person):
        given = Acknowledgement(at=self.clock.now(), by=person, way="command", note=None)
        with closing(Ledger.open(self.config / LEDGER_NAME)) as ledger:  # as the command does, beside the daemon
            if ledger.run(acknowledging.acknowledge, key, given, lambda _: "seen").refusal is None:
                self.log.append(Answer(person))


class DrawnTarget:
    def __init__(self, name, world):
        self.name = name
        self.world = world

    async def send(self, message):
        world = self.world
        failed, refused, unsure = world.drawn.outcomes[self.name]
        verdicts = (Verdict.FAILED, Verdict.REFUSED, Verdict.UNSURE, Verdict.ACCEPTED)
        shares = (failed, refused, unsure, max(0.0, 1.0 - failed - refused - unsure))
        (verdict,) = world.chance.choices(verdicts, shares)
        for item in message.items:
            follows = item.delivery.follows
            if follows is not None or (item.delivery.kind == "reminder" and self.name == "desk"):
                world.log.append(Try(1 if follows is None else follows.step, world.clock.now(), verdict))
                if world.chance.random() < world.drawn.answers_at_once:
                    world.acknowledge(item.delivery.key, world.chance.choice(("lena", "omar")))
        if world.chance.random() < world.drawn.crashes:
            world.died.set()
            await asyncio.Event().wait()
        return Outcome(verdict, None if verdict is Verdict.ACCEPTED else "drawn")

    async def aclose(self):
        """Nothing is held."""


async def lived(folder, seed):
    """From before the alert until long after the last step, with all that the seed draws."""
    chance = Random(seed)  # noqa: S311  the same world in every run
    world = DrawnWorld(folder, VirtualClock(moment(BEGIN)), drawn=Drawn.of(chance), chance=chance)
    world.settings(world.drawn.settings())
    world.write(calm(END))
    await world.start(BEGIN)
    moments = [(minute, person) for minute, person in world.drawn.answers]
    if world.drawn.moves_at is not None:
        moments.append((world.drawn.moves_at, ""))
    for minute, person in sorted(moments):
        await world.live(moment(BEGIN) + minute * MINUTE)
        if person:
            world.answer(person)
        else:
            world.log.append(Move())
            world.write(calm("2016-05-09T22:00"))
    await world.live(moment(BEGIN) + timedelta(hours=5))
    rows = world.rows()
    await world.stop()
    return world, rows


def check_no_step_after_enough_answers_or_a_moved_end(world):
    people, over = set(), False
    for event in world.log:
        match event:
            case Answer(by):
                people.add(by)
            case Move():
                over = True
            case Try(step) if step > 1:
                assert len(people) < world.drawn.people, f"step {step} after {people}"
                assert not over, f"step {step} of an end that has moved"


def check_no_step_before_its_wait(world):
    chain, tries = world.drawn.chain, [event for event in world.log if isinstance(event, Try)]
    for step in range(2, len(chain) + 1):
        before = [each for each in tries if each.step == step - 1]
        for first in [each for each in tries if each.step == step][:1]:
            wait = chain[step - 2][1] * MINUTE
            since = [each.at for each in before if each.verdict is Verdict.ACCEPTED]
            since += [each.at for each in before[FAILURES_THAT_COUNT - 1 :][:1]]
            refused = [each.at for each in before if each.verdict is Verdict.REFUSED]
            assert any(at + wait <= first.at for at in since) or any(at <= first.at for at in refused), first
            last = max(each.at for each in before if each.at <= first.at)
            assert first.at <= last + wait + MINUTE, f"step {step} is late"


def check_every_step_if_nobody_answered(world):
    """Also the last, by which ops is told that nobody answered."""
    people = {event.by for event in world.log if isinstance(event, Answer)}
    if len(people) < world.drawn.people and world.drawn.moves_at is None:
        told = {event.step for event in world.log if isinstance(event, Try)}
        assert told == set(range(1, len(world.drawn.chain) + 1))


def check_whoever_was_told_is_told_of_the_answer(world, rows):
    people = {event.by for event in world.log if isinstance(event, Answer)}
    if len(people) >= world.drawn.people:
        steps = {row.target for row in rows if row.kind == "escalated" and row.attempts}
        told = [row.target for row in rows if row.kind == "ops" and "is acknowledged" in row.key]
        assert sorted(told) == sorted(steps)


@pytest.mark.parametrize("seed", [*SEEDS[0], *(pytest.param(seed, marks=pytest.mark.long) for seed in SEEDS[1])])
async def test_a_chain_keeps_its_promises_whatever_happens(tmp_path, seed):
    world, rows = await lived(tmp_path, seed)
    check_no_step_after_enough_answers_or_a_moved_end(world)
    check_no_step_before_its_wait(world)
    check_every_step_if_nobody_answered(world)
    check_whoever_was_told_is_told_of_the_answer(world, rows)
