"""One simulated world: a desk, its channels, a machine, and the real daemon on it, in trouble first and then in calm.

The process is started again and again; the files, the ledger's rows, the clocks and the log stay. Everything that the
seed decides is drawn before the first start or from a random source of its own, so that the order of calls inside the
daemon cannot change what the world does.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property, partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeVar

from simulation import answers, duties, process
from simulation.chains import Chain, draw_chains
from simulation.duties import PHONES, DutyList, draw_lists, with_lists
from simulation.editor import TAGS, Editor
from simulation.events import Began, Calm, Ended, Event, FileState, Log, Looked, Saved, Stepped
from simulation.expected import stage_name
from simulation.faults import (
    CALM,
    HOUR,
    TROUBLE,
    UNANSWERED_WORLDS,
    UNROSTERED_WORLDS,
    WAKEFUL_WORLDS,
    Swarm,
    WrongClock,
    draw,
)
from simulation.loop import Killed, VirtualLoop
from simulation.quiets import Quiet, draw_quiets
from simulation.targets import url_of
from simulation.timeline import Timeline

from alertd.cli.context import LEDGER_NAME, Context
from alertd.ledger import HistoryRow, Ledger, ServerUrl, beyond
from alertd.ledger.beyond import Planner
from alertd.settings import Settings

if TYPE_CHECKING:
    from postgresql import Server

_AnyEvent = TypeVar("_AnyEvent", bound=Event)

MOST_CALLS = 20_000
"""A daemon that asks its ledger more often than this has run away: the busiest world needs a tenth."""

OLD_ZONES = Path(__file__).parents[1] / "zoneinfo" / "2022.1"


START_LEADS = ((), (60, 0), (60, 0), (120, 15, 0), (30, 10))
"""Minutes before a start at which it is told, and at the start."""


DAILY_LEADS = ((), (60, 15), (60, 15), (30,), (90, 20))
"""Minutes before each closing of a pause but the last."""


@dataclass(frozen=True)
class Channel:
    """A channel as the settings have it, for whoever judges without asking them."""

    name: str
    targets: tuple[str, ...]
    tags: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    fallback: str | None = None
    digest: bool = True
    ops: bool = False
    kind: str = "apprise"
    """A webhook has many messages on their way at once."""
    quiet: Quiet | None = None


@dataclass(frozen=True)
class SimulationRules:
    """The rules of a world, as its settings have them."""

    channels: tuple[Channel, ...]
    leads: tuple[timedelta, ...]
    after: tuple[timedelta, ...] = (timedelta(minutes=15),)
    late_after: timedelta = timedelta(seconds=60)
    catch_up: timedelta = timedelta(hours=24)
    date_leads: tuple[timedelta, ...] = (timedelta(hours=24),)
    milestone_leads: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1), timedelta())
    start_leads: tuple[timedelta, ...] = ()
    daily_leads: tuple[timedelta, ...] = ()
    chains: tuple[Chain, ...] = ()
    duties: tuple[DutyList, ...] = ()
    review_every: timedelta = timedelta(days=7)
    unresolved_every: timedelta = timedelta(hours=24)
    unresolved_for: timedelta = timedelta(days=7)

    @cached_property
    def quiets(self) -> dict[str, Quiet]:
        """The quiet hours of each target that has some."""
        return {target: one.quiet for one in self.channels if one.quiet is not None for target in one.targets}

    def waits_until(
        self, target: str, kind: str, stage: str | None, moment: datetime, *, old_zones: bool = False
    ) -> datetime | None:
        """The end of the quiet hours of a target for which an alert waits at a moment; None where it does not."""
        quiet = self.quiets.get(target)
        return None if quiet is None or quiet.lets_pass(kind, stage) else quiet.over_at(moment, old_zones=old_zones)


@dataclass(frozen=True)
class Run:
    """What is left of a world for the checkers."""

    seed: int
    rules: SimulationRules
    swarm: Swarm
    log: Log
    rows: tuple[HistoryRow, ...]


@dataclass
class SimulatedWorld:
    """The state of one world while it runs."""

    seed: int
    folder: Path
    rules: SimulationRules
    settings: Settings
    swarm: Swarm
    timeline: Timeline = field(default_factory=Timeline)
    log: Log = field(default_factory=Log)
    is_calm: bool = False
    is_over: bool = False
    old_zones: bool = False
    loop: VirtualLoop | None = None
    stop: Callable[[], None] | None = None
    """Asks the process to end in peace; None where none runs."""
    last_tick: datetime | None = None
    """What the process left as its sign of life."""
    beside: Callable[[], AbstractContextManager[Ledger]] = field(init=False)
    """Opens the ledger as a command does."""
    synchronised: bool | None = None
    """What the kernel says of its clock; None where nobody tells."""
    kept: Literal["memory", "file", "server"] = "memory"
    """Where its ledger is."""
    state: FileState = field(default_factory=lambda: FileState(number=0, truths=()))
    _calls: int = 0
    _writes: int = 0

    def note(self, kind: type[_AnyEvent], **fields) -> _AnyEvent:
        """Write down what was just observed."""
        event = kind(at=self.timeline.seconds, wall=self.timeline.now(), **fields)
        self.log.add(event)
        return event

    def random_of(self, name: str) -> Random:
        """A source of chance of its own for a part of the world, new in each life of the process."""
        return Random(f"{name} {self.seed} {self._writes}")

    def next_fault_of_disk(self) -> str | None:
        """What befalls the ledger call that is about to write."""
        self._writes += 1
        if self.is_calm:
            return None
        return "error" if self._writes in self.swarm.errors else self.swarm.crashes.get(self._writes)

    def count_call(self) -> None:
        """End a world whose daemon never comes to rest."""
        self._calls += 1
        if self.ran_away:
            self.is_over = True
            raise Killed

    @property
    def ran_away(self) -> bool:
        """Whether the daemon asks its ledger for ever."""
        return self._calls > MOST_CALLS

    def stir(self) -> None:
        """Something happened that the next pulse may find."""
        if self.loop is not None:
            self.loop.stirred = True

    def begin_tick(self) -> None:
        """A tick looks at all that has happened until now, and maybe at the files."""
        if self.loop is not None:
            self.loop.moved = False
            self.loop.saw_files = False

    def look_at_files(self) -> None:
        """A tick looks whether a file has changed; one that has something left to write does not."""
        if self.loop is not None:
            self.loop.saw_files = True

    def settle_down(self) -> None:
        """A tick has looked for the last time: the next pulses find nothing but what it cannot have seen."""
        if self.loop is not None:
            self.loop.stirred = self.loop.moved or not self.loop.saw_files

    def looked(self, now: datetime, *, old_zones: bool, once_more: bool) -> None:
        """The daemon read the files, by these zone data."""
        self.note(Looked, moment=now, state=self.state, old_zones=old_zones, once_more=once_more)


def simulate(seed: int, server: "Server | None" = None) -> Run:
    """The whole history of one seed; with a server the ledger is kept there."""
    with TemporaryDirectory(prefix="alertd-simulation-") as name:
        folder = Path(name)
        rules = _rules(seed)
        targets = (target for channel in rules.channels if channel.name not in PHONES for target in channel.targets)
        swarm = draw(seed, tuple(targets))
        world = SimulatedWorld(seed, folder, rules, replace(_settings(rules), state_dir=folder), swarm)
        _schedule(world, Editor(folder / "truces", world.timeline, Random(f"editor {seed}"), Random(f"records {seed}")))
        with process.surroundings(world), _ledgers(world, server) as open_ledger:
            while not world.is_over:
                _live_once(world, open_ledger)
            ledger = open_ledger()
            planner = Planner(subscriptions=world.settings.subscriptions(), policy=world.settings.policy)
            rows = ledger.run(beyond.history, planner)
            ledger.close()
        return Run(seed, rules, swarm, world.log, rows)


def _live_once(world: SimulatedWorld, open_ledger: Callable[[], Ledger]) -> None:
    """Start the process, let it run to its end, and let the time pass until somebody starts it again."""
    ledger = open_ledger()
    delays = world.random_of("disk")
    longest = world.swarm.slow_disk

    def delay() -> float:
        slow = not world.is_calm and longest and delays.random() < 0.3
        return delays.uniform(0, longest) if slow else 0.0005

    loop = world.loop = VirtualLoop(world.timeline, delay)
    world.note(Began)
    try:
        how = loop.run_until_complete(process.live(world, ledger))
    except Killed:
        how = "ran away" if world.ran_away else "killed"
    finally:
        world.loop = world.stop = None
        loop.abandon()
    if world.kept != "memory":
        with _as_it_lies(world.folder) if (world.kept, how) == ("file", "killed") else nullcontext():
            ledger.close()
    world.note(Ended, how=how)
    again = world.timeline.seconds + (0.0 if world.is_calm else world.swarm.downtime())
    while world.timeline.pass_until(again):
        if world.is_over or (world.is_calm and again > world.timeline.seconds):
            return


@contextmanager
def _as_it_lies(folder: Path) -> Iterator[None]:
    """Undo what closing a ledger in a file does to it: a process that is killed leaves its write-ahead log behind."""
    left = {path: path.read_bytes() for path in (folder / LEDGER_NAME, folder / f"{LEDGER_NAME}-wal")}
    yield
    for path, content in left.items():
        path.write_bytes(content)


@contextmanager
def _ledgers(world: SimulatedWorld, server: "Server | None") -> Iterator[Callable[[], Ledger]]:
    """How each life of the process opens the ledger: the one in memory again, or the file or the server anew."""
    if server is not None:
        world.kept = "server"
        url = server.new()
        world.beside = lambda: closing(Ledger.open(url))
        yield lambda: _active(url)
        server.drop(url)
        return
    if world.swarm.in_memory:
        kept = Ledger.in_memory()
        world.beside = lambda: nullcontext(kept)
        yield lambda: kept
        kept.close()
        return
    world.kept = "file"
    path = world.folder / LEDGER_NAME
    path.write_bytes(_empty_ledger())
    world.beside = lambda: closing(Ledger.open(path))
    yield lambda: Ledger.open(path)


def _active(url: ServerUrl) -> Ledger:
    ledger = Ledger.open(url)
    if not ledger.become_active("one"):
        raise AssertionError(f"{ledger.active_node()} has not let go of it")
    return ledger


@cache
def _empty_ledger() -> bytes:
    """A ledger file as the first start makes it: made once, as the migrations take longer than a whole world."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        Ledger.open(path).close()
        copy = Path(folder) / "copy.db"
        shutil.copy(path, copy)
        return copy.read_bytes()


def _schedule(world: SimulatedWorld, editor: Editor) -> None:  # noqa: C901  one loop a kind of happening
    """Put everything that the world does by itself on the timeline."""
    timeline, swarm = world.timeline, world.swarm
    world.old_zones = swarm.new_zones is not None
    for at, act in swarm.edits:
        timeline.at(at, partial(_save, world, editor, act))
    for at in swarm.kills:
        timeline.at(at, partial(_kill, world))
    for at in swarm.stops:
        timeline.at(at, partial(_stop, world))
    for at, by in swarm.steps:
        timeline.at(at, partial(_step, world, by))
    for clock in swarm.wrong_clocks:
        if clock.at > 0:
            timeline.at(clock.at, partial(_start_wrong, world, clock))
        else:
            _set_wrong(world, clock)
        timeline.at(clock.at + clock.lasts, partial(_put_right, world, clock))
    for at, name, calendar in swarm.calendars:
        timeline.at(at, partial(duties.save, world, name, calendar))
    for at in swarm.looks_back:
        timeline.at(at, partial(answers.look_back, world, at))
    for at, seconds in swarm.suspends:
        timeline.at(at, partial(_suspend, world, seconds))
    if swarm.new_zones is not None:
        timeline.at(swarm.new_zones, partial(_renew_zones, world))
    for hour in range(1, round((TROUBLE + CALM) / HOUR)):
        timeline.at(hour * HOUR, world.stir)  # what a process does every hour, it does in a quiet one too
    timeline.at(TROUBLE, partial(_calm_down, world, editor))
    timeline.at(TROUBLE + CALM, partial(_end, world))


def _save(world: SimulatedWorld, editor: Editor, act: str) -> None:
    done = (act, editor.save()) if act == "save" else getattr(editor, act)()
    if done is not None:
        world.state = done[1]
        world.note(Saved, act=done[0], state=done[1])


def _kill(world: SimulatedWorld) -> None:
    if world.loop is not None:
        raise Killed


def _stop(world: SimulatedWorld) -> None:
    if world.stop is not None:
        world.stop()


def _step(world: SimulatedWorld, by: float) -> None:
    world.timeline.step(timedelta(seconds=by))
    world.note(Stepped, by=by, how="step")


def _set_wrong(world: SimulatedWorld, clock: WrongClock) -> None:
    world.synchronised = False if clock.admitted else None
    _step(world, clock.by)


def _start_wrong(world: SimulatedWorld, clock: WrongClock) -> None:
    _set_wrong(world, clock)
    _kill(world)


def _put_right(world: SimulatedWorld, clock: WrongClock) -> None:
    world.synchronised = None if world.synchronised is None else True
    _step(world, -clock.by)


def _suspend(world: SimulatedWorld, seconds: float) -> None:
    world.timeline.suspend(timedelta(seconds=seconds))
    world.note(Stepped, by=seconds, how="suspend")


def _renew_zones(world: SimulatedWorld) -> None:
    world.old_zones = False


def _calm_down(world: SimulatedWorld, editor: Editor) -> None:
    world.is_calm = True
    world.note(Calm)
    _save(world, editor, "save")


def _end(world: SimulatedWorld) -> None:
    world.is_over = True
    _stop(world)


def _rules(seed: int) -> SimulationRules:
    """Two or three channels: the desk, one that filters, and the one that is on call; people, or programs."""
    random = Random(f"rules {seed}")
    desk = Channel(
        "desk",
        random.choice((("desk",), ("desk",), ("desk", "desk#2"))),
        fallback=random.choice((None, "oncall")),
        digest=random.random() < 0.7,
    )
    north = Channel(
        "north",
        ("north",),
        tags=(TAGS[1],),
        alerts=random.choice(((), ("reminder",), ("lapsed", "milestone", "start"), ("reminder", "lapsed"))),
        digest=random.random() < 0.7,
    )
    oncall = Channel("oncall", ("oncall",), tags=random.choice(((), ("nothing",))), ops=random.random() < 0.7)
    hours = random.choice(((24, 6, 1), (3, 1), (2, 0.5)))
    leads = (*(timedelta(hours=one) for one in hours), timedelta(minutes=15))
    channels = random.choice(((desk, oncall), (desk, north, oncall)))
    programs = Random(f"sorts {seed}").choice(((), (), ("desk",), ("north", "oncall")))
    channels = tuple(replace(one, kind="webhook", digest=False) if one.name in programs else one for one in channels)
    if seed > WAKEFUL_WORLDS:
        quiets = draw_quiets(Random(f"quiet {seed}"), [one.name for one in channels])
        channels = tuple(replace(one, quiet=quiets.get(one.name)) for one in channels)
    asked = Random(f"reviews {seed}")
    names, chains, lists = tuple(one.name for one in channels), (), ()
    if seed > UNANSWERED_WORLDS:
        chains = draw_chains(Random(f"chains {seed}"), names, TAGS[1:])
    if seed > UNROSTERED_WORLDS:
        lists = draw_lists(Random(f"duty {seed}"))
        chains = with_lists(Random(f"steps {seed}"), chains, lists)
        channels = (*channels, *(Channel(name, (name,), tags=("nothing",)) for name in PHONES))
    return SimulationRules(
        channels,
        leads,
        catch_up=timedelta(hours=random.choice((2, 24))),
        start_leads=tuple(timedelta(minutes=one) for one in Random(f"starts {seed}").choice(START_LEADS)),
        daily_leads=tuple(timedelta(minutes=one) for one in Random(f"closings {seed}").choice(DAILY_LEADS)),
        chains=chains,
        duties=lists,
        review_every=timedelta(hours=asked.choice((3, 7 * 24))),
        unresolved_every=timedelta(hours=asked.choice((1, 2, 24))),
        unresolved_for=timedelta(hours=asked.choice((3, 7 * 24))),
    )


@cache
def _settings(rules: SimulationRules) -> Settings:
    """The settings as alertd reads them: once for all worlds that have the same, as reading them takes a while."""
    with TemporaryDirectory() as name:
        (Path(name) / "alertd.toml").write_text(_settings_text(rules))
        context = Context(Path(name), None)
        context.__dict__["zone_watch"] = process.newest_zones()
        return context.settings


def _settings_text(rules: SimulationRules) -> str:
    catch_up = rules.catch_up // timedelta(hours=1)
    lines = ["[policy]", f'catch_up = "{catch_up}h"']
    for name, leads in (
        ("lead_times", rules.leads),
        ("start_lead_times", rules.start_leads),
        ("daily_lead_times", rules.daily_leads),
    ):
        lines.append(f"{name} = {[stage_name(one) for one in leads]}".replace("'", '"'))
    lines += [
        f'{name} = "{getattr(rules, name) // timedelta(hours=1)}h"'
        for name in ("review_every", "unresolved_every", "unresolved_for")
    ]
    for channel in rules.channels:
        lines += ["[[channel]]", f'name = "{channel.name}"', f"digest = {str(channel.digest).lower()}"]
        lines.append(f'kind = "{channel.kind}"')
        urls = (f'"{url_of(target, channel.kind)}"' for target in channel.targets)
        lines.append(f"url = [{', '.join(urls)}]")
        for name, value in (("tags", channel.tags), ("alerts", channel.alerts)):
            if value:
                lines.append(f"{name} = {list(value)}".replace("'", '"'))
        if channel.fallback is not None:
            lines.append(f'fallback = "{channel.fallback}"')
        if channel.quiet is not None:
            lines += channel.quiet.text()
    lines += [one.text() for one in (*rules.chains, *rules.duties)]
    if any(channel.ops for channel in rules.channels):
        lines += ["[ops]", f'channel = "{next(one.name for one in rules.channels if one.ops)}"']
    return "\n".join(lines) + "\n"
