"""The people who acknowledge: by the id of a message that they read, of one sent long ago, twice, or by a wrong one."""

from functools import partial
from random import Random
from typing import TYPE_CHECKING

from simulation.chains import alert_of
from simulation.events import Acknowledged, Tried
from simulation.faults import HOUR

from alertd.domain.acknowledgement import Acknowledgement
from alertd.ledger import acknowledging

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

PEOPLE = ("Lena", "Omar")
DELAYS = (0.0, 0.1, 5.0, 70.0, 200.0, 400.0, HOUR)
"""Seconds from the arrival of a message to an answer: at first its channel has not yet said that it took it."""

UNKNOWN = "nothing|reminder|1h|-|desk"


def read(world: "SimulatedWorld", sent: Tried) -> None:
    """Somebody reads a message, and may acknowledge an alert in it."""
    random = Random(f"reader {world.seed} {sent.target} {sent.lines[0].key}")
    if random.random() >= world.swarm.answers:
        return
    line = random.choice(sent.lines)
    for _ in range(random.choice((1, 1, 2, 3))):
        answer = partial(acknowledge, world, line.key, random.choice(PEOPLE))
        world.timeline.at(world.timeline.seconds + random.choice(DELAYS), answer)


def look_back(world: "SimulatedWorld", at: float) -> None:
    """Somebody acknowledges anything that was sent, or something that never was."""
    random = Random(f"look back {world.seed} {at}")
    lines = [line for event in world.log.of(Tried)[-8:] for line in event.lines]
    acknowledge(world, random.choice([UNKNOWN, *(line.key for line in lines)]), random.choice(PEOPLE))


def acknowledge(world: "SimulatedWorld", key: str, person: str) -> None:
    """Acknowledge as the command does, beside the daemon or while none runs."""
    given = Acknowledgement(at=world.timeline.now(), by=person, way="command", note=None)
    with world.beside() as ledger:
        judged = ledger.run(acknowledging.acknowledge, key, given, lambda _: "somebody sees to it")
    outcome = "unknown" if judged is None else judged.refusal or "taken"
    world.note(Acknowledged, person=person, key=key, alert=alert_of(key), outcome=str(outcome))
    world.stir()
