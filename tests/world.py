"""A whole daemon on a virtual clock: real files, a real SQLite ledger, and targets that answer as a test wants."""

import os
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from factories import moment

from alertd.channels import Outcome, Target
from alertd.cli.assembly import App, build
from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.clock_doubt import ClockMonitor
from alertd.domain.agenda import Verdict
from alertd.domain.policy import HORIZON
from alertd.ledger import ALONE, Ledger, queries
from alertd.message.values import Message
from alertd.settings import Secrets
from alertd.times.clock import Clock

ACCEPTED = Outcome(Verdict.ACCEPTED)

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = "0100 Wed 4 May 2016"
"""
"""Ends 2200Z Tue 3 May; its stages are 2200Z Mon 2 May, and 1600Z, 2100Z, 2145Z Tue 3 May."""


class Script:
    """A target that answers with what stands in the script of its channel, and accepts after that."""

    def __init__(self, name: str, world: "World") -> None:
        self.name = name
        self._world = world

    async def send(self, message: Message) -> Outcome:
        answers = self._world.answers[self.name]
        outcome = answers.pop(0) if answers else ACCEPTED
        if isinstance(outcome, Exception):
            raise outcome
        if outcome.verdict is Verdict.ACCEPTED:
            self._world.sent.append(SentToTarget(self.name, self._world.clock.now(), message))
        if self._world.after_send is not None:
            await self._world.after_send()
        if self._world.crash_after_send:
            raise Crash
        return outcome

    async def aclose(self) -> None:
        """Nothing is held."""


class Crash(BaseException):
    """The process dies here."""


@dataclass(frozen=True)
class SentToTarget:
    target: str
    at: datetime
    message: Message

    @property
    def kinds(self) -> list[str]:
        return [
            item.delivery.kind.value + (f" {item.delivery.stage}" if item.delivery.stage is not None else "")
            for item in self.message.items
        ]


@dataclass
class World:
    """A config folder, a clock, and a daemon that can be stopped and started again."""

    config: Path
    clock: Clock
    sent: list[SentToTarget] = field(default_factory=list)
    answers: dict[str, list[Outcome | Exception]] = field(default_factory=lambda: defaultdict(list))
    crash_after_send: bool = False
    after_send: Callable[[], Awaitable[object]] | None = None
    """Called once a target has answered, and before the ledger knows of it."""
    synchronised: bool | None = None
    """What the machine says of its clock."""
    zone_data_of: datetime | None = None
    secrets: Secrets = Secrets.UNREAD
    horizon: timedelta = HORIZON
    """The time ahead for which plans go on the agenda."""
    node: str = ALONE
    shared: Path | None = None
    """The folder of a ledger that several nodes share."""

    def write(self, text: str, name: str = "truces.toml") -> None:
        path = self.config / "truces" / name
        path.parent.mkdir(exist_ok=True)
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text)
        os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))

    def remove(self, name: str = "truces.toml") -> None:
        (self.config / "truces" / name).unlink()

    def settings(self, text: str) -> None:
        (self.config / "alertd.toml").write_text(text)

    def target(self, name: str) -> Target:
        """The other side of a channel."""
        return Script(name, self)

    def assemble(self) -> App:
        """The daemon over its ledger, and nobody who drives it yet."""
        context = Context(self.config, None, self.secrets)
        self.ledger = Ledger.open((self.shared or self.config) / LEDGER_NAME)
        self.app = build(
            context,
            self.ledger,
            self.clock,
            open_targets_of=lambda channel: tuple(map(self.target, channel.targets)),
            live=True,
            quiet=timedelta(seconds=3),
            doubt=ClockMonitor(
                self.clock.monotonic,
                context.settings.policy.clock_patience,
                is_synchronised=lambda: self.synchronised,
                not_before=self.zone_data_of,
            ),
            node=self.node,
            horizon=self.horizon,
        )
        return self.app

    async def start(self, at: str | None = None, *, last_tick: str | None = None) -> None:
        if at is not None:
            self.clock.set(moment(at))
        self.assemble()
        await self.app.daemon.start(self.clock.now(), moment(last_tick) if last_tick else None)
        await self.tick()

    async def stop(self) -> None:
        await self.app.workers.stop(patience=timedelta())
        self.app.ledger.close()

    async def tick(self, at: str | None = None) -> None:
        """One tick at a moment, and one more where it left something due, as the driver would."""
        if at is not None:
            self.clock.set(moment(at))
        wake: datetime | None = self.clock.now()
        while wake is not None and wake <= self.clock.now():
            await self.app.daemon.tick(self.clock.now())
            await self.app.workers.idle()
            wake = await self.app.daemon.next_wake()

    async def live_until(self, at: str) -> None:
        """Now, every wake up to a moment, and then that moment."""
        await self.tick()
        while True:
            wake = await self.app.daemon.next_wake()
            if wake is None or wake > moment(at):
                break
            self.clock.set(max(wake, self.clock.now()))
            await self.tick()
        await self.tick(at)

    def kinds(self, target: str = "console") -> list[str]:
        return [kind for sent in self.sent if sent.target == target for kind in sent.kinds]

    def titles(self, target: str = "console") -> list[str]:
        return [sent.message.title for sent in self.sent if sent.target == target]

    def rows(self, **wanted):
        return [
            row
            for row in self.ledger.run(queries.history)
            if all(getattr(row, name) == value for name, value in wanted.items())
        ]
