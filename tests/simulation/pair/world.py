"""A world of two nodes, in trouble first and then in calm: one ledger on a server, and files of its own on each.

Each node has a loop of its own, and the world lets one after the other take its turn; where none has anything to do,
time passes to whatever comes next. So a process can be paused by letting it take no turn, and be killed in one.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from simulation import world as one_node
from simulation.editor import TAGS, Editor
from simulation.events import Calm, FileState, Log
from simulation.faults import CALM, HOUR, TROUBLE
from simulation.pair.events import Journal, Turn
from simulation.pair.faults import NAMES, Blow, PairSwarm, draw
from simulation.pair.node import Node, NodeClock
from simulation.pair.process import Stage, surroundings
from simulation.pair.server import SILENT, Server, Session
from simulation.timeline import Timeline
from simulation.world import Channel, Run, SimulationRules

from alertd.ledger import beyond
from alertd.ledger.beyond import Planner


@dataclass(frozen=True)
class PairRun(Run):
    """What is left of a world of two nodes for the checkers."""

    journal: Journal

    def text(self) -> str:
        """All that happened in order: what the log holds, what nodes did beside it, and who could have the ledger."""
        return "".join(line for _, line in sorted((*self.log.lines(), *self.journal.lines()), key=lambda one: one[0]))


@dataclass
class PairWorld:
    """The state of one world while it runs."""

    seed: int
    folder: Path
    swarm: PairSwarm
    timeline: Timeline = field(default_factory=Timeline)
    log: Log = field(default_factory=Log)
    journal: Journal = field(default_factory=Journal)
    server: Server = field(default_factory=Server)
    nodes: dict[str, Node] = field(default_factory=dict)
    is_calm: bool = False
    is_over: bool = False
    desk: FileState = field(default_factory=lambda: FileState(number=0, truths=()))
    """What the desk has saved last."""
    offset: float = 0.0
    """By how much the clock of the node that was active last is ahead."""
    writes: int = 0
    _edits: int = 0

    def __post_init__(self) -> None:
        self.server.on_turn = self.take_turn
        self._chance = Random(f"server {self.seed}")

    def run(self) -> None:
        """Let everything happen."""
        while not self.is_over or any(not node.is_gone for node in self.nodes.values()):
            now, whens = self.timeline.seconds, list[float]()
            for node in self.nodes.values():
                when = None if node.loop is None or node.is_paused else node.loop.next_turn()
                if when is not None and when <= now:
                    self._let(node)
                    break
                if when is not None:
                    whens.append(when)
            else:
                self._pass(whens)

    def _let(self, node: Node) -> None:
        Stage.node = node
        try:
            node.turn()
        finally:
            Stage.node = None
        if node.ran_away:
            self.journal.crashes.append("it asks its ledger for ever")
            self.is_over = True
            for each in self.nodes.values():
                each.die()

    def _pass(self, whens: list[float]) -> None:
        happening = self.timeline.next_happening()
        goal = min((*whens, *([] if happening is None else [happening])), default=None)
        assert goal is not None, "both processes wait for ever, and nothing lies ahead in their world"
        if self.timeline.pass_until(goal):
            for node in self.nodes.values():
                if node.loop is not None:
                    node.loop.stirred = node.loop.moved = True

    # What happens.

    def save(self, editor: Editor, act: str) -> None:
        """Somebody at the desk saves something, and it makes its way to the nodes."""
        done = (act, editor.save()) if act == "save" else getattr(editor, act)()
        if done is None:
            return
        self.desk = done[1]
        way = (0.0, 0.0) if self.is_calm else self.swarm.ways[self._edits % len(self.swarm.ways)]
        self._edits += 1
        for name, delay in zip(NAMES, way, strict=True):
            if delay is not None:
                bring = partial(self.nodes[name].receive, self.folder / "desk" / "truces")
                self.timeline.at(self.timeline.seconds + delay, bring)

    def strike(self, blow: Blow) -> None:
        """Something befalls a node, both, or the server."""
        if blow.kind == "restart":
            self.server.is_up = False
            for node in self.nodes.values():
                self.server.end(node.session)
            self.timeline.at(self.timeline.seconds + blow.lasts, self._come_up)
            self.take_turn()
            return
        active = self.server.active or "a"
        for name in NAMES if blow.nodes == "both" else (active if blow.nodes == "active" else blow.nodes,):
            self.befall(self.nodes[name], blow)

    def befall(self, node: Node, blow: Blow) -> None:
        """Something befalls a node."""
        match blow.kind:
            case "kill" | "vanish":
                if not node.is_gone:
                    node.die(vanishes=blow.kind == "vanish")
                    self.start_again(node, blow.lasts)
            case "stop":
                if node.stop is not None:
                    node.starts_again_in = blow.lasts
                    node.was_stopped = True
                    node.stop()
            case "pause":
                node.pause(blow.lasts)
            case "cut":
                node.cut(blow.lasts)

    def start_again(self, node: Node, seconds: float) -> None:
        """Somebody starts a process again."""
        self.timeline.at(self.timeline.seconds + (0.0 if self.is_calm else seconds), node.start)

    def _come_up(self) -> None:
        self.server.is_up = True
        self.take_turn()

    def fall_silent(self, node: Node) -> None:
        """The server hears nothing of a node from now on, and ends its session after a while."""
        session = node.session
        if session is None or session.silent_since is not None:
            return
        session.silent_since = self.timeline.seconds
        end = partial(self._end_silent, session, session.silent_since)
        self.timeline.at(self.timeline.seconds + self._chance.uniform(*SILENT), end)

    def _end_silent(self, session: Session, since: float) -> None:
        if session.silent_since != since:
            return
        self.journal.held.append((since, self.timeline.seconds))
        node = session.node
        if self.server.holder is session or node.is_gone or node.is_cut or node.session is not session:
            self.server.end(session)
        else:  # its machine answers for a process that only stands by
            session.silent_since = None

    def be_heard(self, node: Node) -> None:
        """The server hears of a node again, unless something else keeps it silent."""
        if node.session is not None and not (node.is_gone or node.is_paused or node.is_cut):
            node.session.silent_since = None

    def take_turn(self) -> None:
        """Write down who has the lock and who could have it; and have those who stand by look."""
        able = frozenset(
            name
            for name, node in self.nodes.items()
            if self.server.is_up and not (node.is_gone or node.is_paused or node.is_cut)
        )
        self.journal.turns.append(Turn(at=self.timeline.seconds, holder=self.server.active, able=able))
        for node in self.nodes.values():
            node.stir()

    def calm_down(self, editor: Editor) -> None:
        """No fault is left."""
        self.is_calm = True
        self.log.add(Calm(at=self.timeline.seconds, wall=self.timeline.now()))
        for node in self.nodes.values():
            node.is_calm = True
        self.save(editor, "save")

    def end(self) -> None:
        """Everybody is asked to stop."""
        self.is_over = True
        for node in self.nodes.values():
            node.was_stopped = True
            if node.stop is not None:
                node.stop()
            elif not node.is_gone:
                node.die()


def simulate(seed: int) -> PairRun:
    """The whole history of one seed."""
    with TemporaryDirectory(prefix="alertd-simulation-") as name:
        folder = Path(name)
        rules = _rules(seed)
        settings = one_node._settings(rules)
        swarm = draw(seed, tuple(target for channel in rules.channels for target in channel.targets))
        world = PairWorld(seed, folder, swarm)
        for node in NAMES:
            (folder / node).mkdir()
            world.nodes[node] = Node(
                seed=seed,
                folder=folder / node,
                rules=rules,
                settings=replace(settings, node=node),
                swarm=swarm,
                timeline=NodeClock(world.timeline, swarm.offsets[node]),
                log=world.log,
                name=node,
                world=world,
            )
        _schedule(world)
        with surroundings():
            world.run()
        planner = Planner(subscriptions=settings.subscriptions(), policy=settings.policy)
        rows = world.server.ledger.run(beyond.history, planner)
        return PairRun(seed, rules, swarm, world.log, rows, world.journal)


def _schedule(world: PairWorld) -> None:
    timeline, swarm = world.timeline, world.swarm
    folder = world.folder / "desk"
    editor = Editor(folder / "truces", timeline, Random(f"editor {world.seed}"), Random(f"records {world.seed}"))
    for name, at in swarm.first_starts.items():
        timeline.at(at, world.nodes[name].start)
    for at, act in swarm.edits:
        timeline.at(at, partial(world.save, editor, act))
    for at, blow in swarm.blows:
        timeline.at(at, partial(world.strike, blow))
    for hour in range(1, round((TROUBLE + CALM) / HOUR)):
        timeline.at(hour * HOUR, _nothing)
    timeline.at(TROUBLE, partial(world.calm_down, editor))
    timeline.at(TROUBLE + CALM, world.end)


def _nothing() -> None:
    """What a process does every hour, it does in a quiet one too."""


def _rules(seed: int) -> SimulationRules:
    """Two or three channels: the desk, one that filters, and the one that is on call and hears of alertd itself."""
    random = Random(f"pair rules {seed}")
    desk = Channel(
        "desk",
        random.choice((("desk",), ("desk",), ("desk", "desk#2"))),
        fallback=random.choice((None, "oncall")),
        digest=random.random() < 0.5,
    )
    north = Channel("north", ("north",), tags=(TAGS[1],), alerts=random.choice(((), ("reminder",))), digest=False)
    oncall = Channel("oncall", ("oncall",), tags=("nothing",), ops=True)
    channels = random.choice(((desk, oncall), (desk, oncall), (desk, north, oncall)))
    programs = random.choice(((), ("desk",), ("desk",)))
    channels = tuple(replace(one, kind="webhook", digest=False) if one.name in programs else one for one in channels)
    return SimulationRules(
        channels,
        leads=(timedelta(hours=1), timedelta(minutes=15)),
        catch_up=timedelta(hours=random.choice((2, 24))),
        start_leads=tuple(timedelta(minutes=one) for one in random.choice(((), (10, 0)))),
    )
