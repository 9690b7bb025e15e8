"""The blows that two nodes and their server take, and the ways of the files to each: all of it drawn from the seed."""

from dataclasses import dataclass, field
from random import Random
from typing import Literal

from simulation.faults import ANSWERS, HORIZONS, HOUR, TROUBLE, Dead, Swarm, Trait

from alertd.domain.policy import HORIZON

NAMES = ("a", "b")

OTHER = {"a": "b", "b": "a"}

BlowKind = Literal["kill", "vanish", "stop", "pause", "cut", "restart"]

SHORT = (2.0, 8.0, 11.5, 14.0, 17.0, 25.0)
LONG = (60.0, 300.0, 1800.0)

LIVES = (40, 90, 200, 420)
"""Minutes after which a truce of the editor's ends: what befalls a node then meets a burst."""


@dataclass(frozen=True)
class Blow:
    """Something that befalls a node, both, or the server."""

    kind: BlowKind
    """`kill`: the process ends. `vanish`: its machine does, without a word. `stop`: it is asked to end. `pause`: it
    stands still, as by SIGSTOP. `cut`: the server cannot be reached from there. `restart`: of the server."""
    nodes: Literal["active", "a", "b", "both"] = "active"
    lasts: float = 0.0
    """Seconds until it goes on, is started again, or is reached again."""


@dataclass(frozen=True)
class Fall:
    """A blow to the node that writes, just before or just after that is committed."""

    blow: Blow
    when: Literal["before", "after"]


@dataclass
class PairSwarm(Swarm):
    """The faults of one world of two nodes."""

    first_starts: dict[str, float] = field(default_factory=dict)
    """By node, when it is started first."""
    offsets: dict[str, float] = field(default_factory=dict)
    """By node, the seconds by which its clock is ahead."""
    blows: list[tuple[float, Blow]] = field(default_factory=list)
    falls: dict[int, Fall] = field(default_factory=dict)
    """By the number of a write."""
    ways: tuple[tuple[float | None, float | None], ...] = ((0.0, 0.0),)
    """The seconds after which each edit in turn reaches node a and node b; None: it waits for a later one."""


EDITS = ("extend", "extend", "extend", "claim", "judge", "move", "terminate", "take_away", "withdraw", "check", "add")
BAD_EDITS = ("half_written", "bad_value", "lose_file")


def draw(seed: int, targets: tuple[str, ...]) -> PairSwarm:
    """The faults of a seed."""
    random = Random(f"pair {seed}")
    swarm = PairSwarm(random=random)
    swarm.targets = {name: _trait(random) if random.random() < 0.3 else Trait() for name in targets}
    if random.random() < 0.2:
        swarm.slow_disk = random.choice((0.05, 0.4, 2.0))
    if random.random() < 0.15:
        swarm.errors = frozenset(random.randint(5, 200) for _ in range(random.randint(1, 4)))
    swarm.horizon = random.choice((HORIZON, *HORIZONS))
    first = random.choice(NAMES)
    swarm.first_starts = {first: 0.0, OTHER[first]: random.choice((0.0, 0.0, 5.0, 30.0, HOUR))}
    swarm.offsets = {"a": 0.0, "b": 0.0}
    if random.random() < 0.4:
        swarm.offsets[random.choice(NAMES)] = random.choice((-7.0, -3.0, -0.5, 0.5, 2.0, 6.0))
    swarm.edits = _edits(random)
    swarm.ways = _ways(random)
    swarm.blows = sorted(_blows(random, [at for at, _ in swarm.edits]), key=lambda one: one[0])
    if random.random() < 0.6:
        swarm.falls = {
            random.randint(1, 120): Fall(
                _blow(random, ("kill", "pause", "pause", "cut")), random.choice(("before", "after"))
            )
            for _ in range(random.randint(1, 4))
        }
    return swarm


def _trait(random: Random) -> Trait:
    answers = tuple(random.sample(ANSWERS, random.randint(0, 2)))
    dead = []
    if not answers:
        begins = random.uniform(0, TROUBLE)
        dead.append(Dead(begins, begins + random.choice((300.0, HOUR))))
    return Trait(answers, random.choice((0.15, 0.4)), tuple(dead))


def _edits(random: Random) -> list[tuple[float, str]]:
    crowd = random.choice((1, 1, 1, 2, 2, 5))
    edits = [(random.uniform(0, 40), "add") for _ in range(crowd)]
    for _ in range(random.randint(1, 4)):
        at = random.uniform(60, 0.75 * TROUBLE)
        edits.append((at, random.choice(EDITS)))
        if random.random() < 0.3:
            edits.append((at + random.uniform(2, 40), random.choice(EDITS)))
    if random.random() < 0.15:
        at = random.uniform(60, TROUBLE)
        edits += [(at, random.choice(BAD_EDITS)), (at + random.choice((2.5, 20.0, 600.0)), "save")]
    return sorted(edits)


def _ways(random: Random) -> tuple[tuple[float | None, float | None], ...]:
    """How edits come to the nodes: at once, to one of them later, or not before a later edit does."""
    how = random.choice(("at once", "a first", "b first", "either", "either"))
    if how == "at once":
        return ((0.0, 0.0),)
    ways = list[tuple[float | None, float | None]]()
    for _ in range(12):
        late = random.choice((0.0, 1.5, 20.0, 900.0, 2 * HOUR, None, None, None))
        a_first = how == "a first" or (how == "either" and random.random() < 0.5)
        ways.append((0.0, late) if a_first else (late, 0.0))
    return tuple(ways)


def _blows(random: Random, edits: list[float]) -> list[tuple[float, Blow]]:
    blows = [(_moment(random, edits), _blow(random)) for _ in range(random.choice((0, 1, 1, 2, 3, 4)))]
    if random.random() < 0.2:  # back and forth
        at = _moment(random, edits)
        kind: BlowKind = random.choice(("kill", "stop", "pause", "cut"))
        for _ in range(random.randint(3, 6)):
            blows.append((at, Blow(kind, lasts=random.choice((2.0, 20.0, 30.0)))))
            at += random.uniform(3, 40)
    return blows


def _moment(random: Random, edits: list[float]) -> float:
    """Any, or soon after an edit, or near the moment at which truces of the first minute end if nobody moves them."""
    if random.random() < 0.3:
        return random.uniform(30, TROUBLE)
    if random.random() < 0.5:
        return random.choice(edits) + random.choice((0.5, 3.0, 10.0, 600.0))
    lead = random.choice((0, 0, 0, 15, 60))
    minutes = random.choice([life for life in LIVES if life > lead]) - lead
    return minutes * 60.0 + random.choice((-5.0, -0.05, 0.05, 0.3, random.uniform(-2, 3)))


def _blow(
    random: Random,
    kinds: tuple[BlowKind, ...] = ("kill", "kill", "vanish", "stop", "pause", "pause", "cut", "cut", "restart"),
) -> Blow:
    kind = random.choice(kinds)
    lasts = random.choice((*SHORT, *LONG))
    if kind == "restart":
        return Blow(kind, lasts=random.choice((0.0, 1.0, 5.0, 40.0, 300.0)))
    return Blow(kind, random.choice(("active", "active", "active", "a", "b", "both")), lasts)
