"""Which faults exist in a world, and all their details: everything here is drawn from the seed, and nothing elsewhere.

Each kind of fault exists in a fifth to a half of the worlds only (swarm testing): a world in which everything goes
wrong at once hides what a single fault does on a long quiet day.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from simulation.duties import PHONES, Save, draw_lists, draw_saves

from alertd.domain.policy import HORIZON

HOUR = 3600.0

TROUBLE = 8 * HOUR
"""How long a world has faults, in seconds of its monotonic time."""

CALM = 4 * HOUR
"""How long it is then watched without any."""

DAY = 24 * HOUR

AHEAD = (150.0, 1200.0, 3 * HOUR, 3 * HOUR, 10 * DAY, 10 * DAY)
BEHIND = (-150.0, -1800.0, -5 * HOUR, -3 * DAY, -30 * DAY)
"""By how much a machine's clock may be wrong when it starts; the last lies before the zone data in use."""

HORIZONS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=3))
"""Horizons for worlds that last half a day; a downtime may be longer."""

ANSWERS = ("refuse", "fail", "slow", "hang", "deaf", "late", "liar", "broken")
"""What a channel may do instead of taking a message and saying so; targets.py carries them out."""


@dataclass(frozen=True)
class Dead:
    """A stretch of time in which a target takes nothing."""

    begins: float
    ends: float


@dataclass(frozen=True)
class Trait:
    """How a target misbehaves."""

    answers: tuple[str, ...] = ()
    rate: float = 0.0
    dead: tuple[Dead, ...] = ()

    @property
    def is_healthy(self) -> bool:
        """Whether it takes everything at once, always."""
        return not self.answers and not self.dead


@dataclass(frozen=True)
class WrongClock:
    """The machine starts with a clock that is wrong, and some service puts it right a while later."""

    at: float
    """When the power goes and the machine starts again; 0 for the first start of all, with an empty ledger."""
    by: float
    """Seconds by which the clock is ahead, or behind if less than nothing."""
    lasts: float
    """Seconds until it is put right, be the process there by then or not."""
    admitted: bool
    """Whether the kernel says meanwhile that its clock is not synchronised."""


@dataclass
class Swarm:
    """The faults of one world."""

    random: Random
    in_memory: bool = True
    targets: dict[str, Trait] = field(default_factory=dict)
    slow_disk: float = 0.0
    """The longest that a call waits for the disk, in seconds."""
    crashes: dict[int, str] = field(default_factory=dict)
    """By the number of a ledger call that writes: whether the process dies `before` or `after` it."""
    errors: frozenset[int] = frozenset()
    """The numbers of ledger calls that fail instead."""
    deaths_while_sending: float = 0.0
    """How likely the process dies with a message in its hands."""
    kills: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)
    steps: list[tuple[float, float]] = field(default_factory=list)
    wrong_clocks: tuple[WrongClock, ...] = ()
    """In order, each put right before the next; in a world that has any the clock is right but for these."""
    suspends: list[tuple[float, float]] = field(default_factory=list)
    new_zones: float | None = None
    """When the newer zone data arrive; None where they were there from the beginning."""
    edits: list[tuple[float, str]] = field(default_factory=list)
    answers: float = 0.0
    """How likely somebody acknowledges what has just arrived."""
    looks_back: list[float] = field(default_factory=list)
    """When somebody acknowledges what was sent before, or something that never was."""
    calendars: tuple[Save, ...] = ()
    """What people save into the calendars of duty lists."""
    long_downtimes: bool = False
    horizon: timedelta = HORIZON
    """The time ahead for which plans go on the agenda: where it is short, they go on it again and again."""

    def downtime(self) -> float:
        """How long the process stays away this time."""
        longest = 8 * HOUR if self.long_downtimes and self.random.random() < 0.3 else HOUR
        return self.random.choice((0.0, 2.0, 30.0, self.random.uniform(0, longest)))


GOOD_EDITS = ("extend", "extend", "extend", "claim", "judge", "move", "terminate", "take_away", "withdraw", "add")
DESK_EDITS = ("check", "check", "close")
SLIPS = ("void", "void", "take_out", "restore", "restore")
OBLIGATIONS = ("owe", "owe", "owe", "answer")
CHAINS = ("oblige", "oblige", "oblige", "slip", "judge_obligation")
FIRST_WORLDS = 100
"""Worlds up to this number have no daily pause, and a milestone a truce at most: older planted bugs hang on them."""

UNANSWERED_WORLDS = 120
"""Worlds up to this number have no escalations, and nobody acknowledges anything."""

WAKEFUL_WORLDS = 130
"""Worlds up to this number have no quiet hours."""

UNROSTERED_WORLDS = 150
"""Worlds up to this number have no duty lists."""

STARTS = ("slip", "slip", "slip", "end_before", "end_before", "void", "withdraw")
PAUSES = ("move_last_day", "move_last_day", "change_hours", "change_hours", "terminate", "take_away", "withdraw")
BAD_EDITS = ("half_written", "bad_value", "duplicate", "lose_file", "lose_all")


def draw(seed: int, targets: tuple[str, ...]) -> Swarm:  # noqa: C901  one question a fault
    """The faults of a seed."""
    random = Random(f"faults {seed}")
    swarm = Swarm(random=random, in_memory=random.random() < 0.92)

    def exists(share: float = 0.5) -> bool:
        return random.random() < share

    def moments(most: int) -> list[float]:
        return sorted(random.uniform(60, TROUBLE) for _ in range(random.randint(1, most)))

    for name in targets:
        swarm.targets[name] = _trait(random) if exists() else Trait()
    if exists(0.3):
        swarm.slow_disk = random.choice((0.05, 0.4, 2.0))
    if exists():
        swarm.crashes = {
            random.randint(1, 250): random.choice(("before", "after")) for _ in range(random.randint(1, 5))
        }
    if exists(0.3):
        swarm.errors = frozenset(random.randint(5, 300) for _ in range(random.randint(1, 8)))
    if exists(0.3):
        swarm.deaths_while_sending = random.choice((0.02, 0.05))
    if exists(0.4):
        swarm.kills = moments(3)
    if exists(0.4):
        swarm.stops = moments(3)
    if exists(0.4):
        swarm.steps = [(at, random.choice((-900, -120, -2, 3, 90, 3600, 20000))) for at in moments(3)]
    if exists(0.4):
        swarm.suspends = [(at, random.choice((30, 900, 4 * HOUR))) for at in moments(2)]
    if exists(0.2):
        swarm.new_zones = random.uniform(HOUR, TROUBLE)
    swarm.long_downtimes = exists(0.3)
    swarm.edits = sorted(
        [
            *_edits(random, moments),
            *_crowd(Random(f"many {seed}")),
            *_desk_edits(Random(f"desk {seed}")),
            *_desk_edits(Random(f"slips {seed}"), SLIPS),
            *_desk_edits(Random(f"milestones {seed}"), OBLIGATIONS),
            *_known_apart(Random(f"days {seed}"), "add_day"),
            *_known_apart(Random(f"twice {seed}"), "add_twice"),
            *_known_ahead(Random(f"ahead {seed}"), "add_ahead", STARTS),
            *(_further(Random(f"further {seed}")) if seed > FIRST_WORLDS else ()),
        ]
    )
    swarm.horizon = Random(f"horizon {seed}").choice((HORIZON, *HORIZONS))
    swarm.wrong_clocks = _wrong_clocks(Random(f"boot {seed}"))
    if swarm.wrong_clocks:
        swarm.steps = []
    _add_people(swarm, seed)
    return swarm


def _add_people(swarm: Swarm, seed: int) -> None:
    """Those who acknowledge, and those who are on duty."""
    if seed > UNANSWERED_WORLDS:
        people = Random(f"people {seed}")
        swarm.answers = people.choice((0.0, 0.05, 0.3))
        swarm.looks_back = [people.uniform(60, TROUBLE + HOUR) for _ in range(people.randint(0, 8))]
    if seed > UNROSTERED_WORLDS:
        swarm.calendars = draw_saves(Random(f"calendars {seed}"), draw_lists(Random(f"duty {seed}")), TROUBLE)
        phones = Random(f"phones {seed}")
        swarm.targets.update({name: _trait(phones) if phones.random() < 0.4 else Trait() for name in PHONES})


def _trait(random: Random) -> Trait:
    answers = tuple(random.sample(ANSWERS, random.randint(0, 3)))
    dead = []
    if not answers or random.random() < 0.3:
        begins = random.uniform(0, TROUBLE)
        dead.append(Dead(begins, begins + random.choice((300.0, HOUR))))
    return Trait(answers, random.choice((0.15, 0.4)), tuple(dead))


def _crowd(random: Random) -> list[tuple[float, str]]:
    """In one world of five many truces run at the same time, and some of them may be taken out at once."""
    if random.random() > 0.2:
        return []
    edits = [(random.uniform(0, 60), "add") for _ in range(random.randint(3, 6))]
    if random.random() < 0.5:
        edits.append((random.uniform(600, TROUBLE), "withdraw_many"))
    return edits


def _desk_edits(random: Random, acts: tuple[str, ...] = DESK_EDITS) -> list[tuple[float, str]]:
    """In one world of two the desk records its own work, or mends its own slips."""
    if random.random() < 0.5:
        return []
    return [(random.uniform(HOUR, TROUBLE), random.choice(acts)) for _ in range(random.randint(1, 4))]


def _known_apart(random: Random, add: str) -> list[tuple[float, str]]:
    """In one world of three a truce of such an end is written down, and much is said of it."""
    if random.random() < 0.67:
        return []
    at = random.uniform(60, (5 if add == "add_day" else 3) * HOUR)
    acts = random.sample(("extend", "claim", "judge", "terminate", "move"), random.randint(0, 2))
    return [(at, add), *((random.uniform(at, TROUBLE), act) for act in acts)]


def _known_ahead(random: Random, add: str, acts: tuple[str, ...]) -> list[tuple[float, str]]:
    """In one world of two a truce is written down before it begins, and its start slips, or never comes."""
    return [] if random.random() < 0.5 else _followed(random, add, acts)


def _further(random: Random) -> list[tuple[float, str]]:
    """A daily pause, and milestones of which some hang on others."""
    begins = random.uniform(60, 4 * HOUR)
    chains = [(random.uniform(begins, begins + 3 * HOUR), random.choice(CHAINS)) for _ in range(random.randint(3, 6))]
    return [*_followed(random, "add_pause", PAUSES), *chains]


def _followed(random: Random, add: str, acts: tuple[str, ...]) -> list[tuple[float, str]]:
    """A truce is written down, and soon something is said of it."""
    at = random.uniform(60, 5 * HOUR)
    drawn = random.sample(acts, random.randint(1, 3))
    return [(at, add), *((random.uniform(at, at + 2.5 * HOUR), act) for act in drawn)]


def _wrong_clocks(random: Random) -> tuple[WrongClock, ...]:
    """In one world of five the machine starts with a wrong clock: at the very first start, later, or both."""
    if random.random() > 0.2:
        return ()
    starts = [0.0] if random.random() < 0.6 else []
    places = range(1, round(TROUBLE / HOUR))
    hours = random.sample(places, random.randint(0 if starts else 1, 2))
    return tuple(
        WrongClock(
            at=at,
            by=random.choice((*AHEAD, *BEHIND)),
            lasts=random.choice((8.0, 45.0, 200.0, 900.0, random.uniform(5, 0.5 * HOUR))),
            admitted=random.random() < 0.5,
        )
        for at in (*starts, *(hour * HOUR + random.uniform(0, 0.4 * HOUR) for hour in sorted(hours)))
    )


def _edits(random: Random, moments) -> list[tuple[float, str]]:
    """Mostly apart from one another, now and then within the same few seconds."""
    edits = [(random.uniform(0, 30), "add") for _ in range(random.randint(1, 2))]
    good = random.sample(GOOD_EDITS, random.randint(2, 6))
    for at in moments(4):
        edits.append((at, random.choice(good)))
        if random.random() < 0.2:
            edits.append((at + random.uniform(0.5, 6), random.choice(good)))
    if random.random() < 0.4:
        for at in moments(2):
            edits.append((at, random.choice(BAD_EDITS)))
            edits.append((at + random.choice((1.0, 2.5, 20.0, HOUR)), "save"))
    return sorted(edits)
