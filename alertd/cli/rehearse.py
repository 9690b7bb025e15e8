"""`alertd rehearse`: the same daemon on a virtual clock and a ledger in memory, every channel played by the console."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from alertd.channels import Outcome, Target
from alertd.channels.console import ConsoleTarget
from alertd.cli.assembly import build
from alertd.cli.context import Context
from alertd.cli.duty import rosters
from alertd.cli.rehearsal_answers import Answers, Told, shares
from alertd.cli.rehearsal_report import SentLog, show_report
from alertd.cli.screen import screen
from alertd.daemon.rehearsal import VirtualClock
from alertd.daemon.rehearsal import rehearse as drive
from alertd.domain.agenda import Verdict
from alertd.domain.quiet import AllQuietHours, quiet_until
from alertd.ledger import Ledger, queries
from alertd.logs.lines import configure, get_logger
from alertd.message.values import Item, Message
from alertd.settings import ChannelSettings
from alertd.status.delivery_views import delivery_view
from alertd.status.views import dump, keys
from alertd.times.formats import show_utc

log = get_logger(__name__)


def rehearse(  # noqa: PLR0913  the options of the command
    context: Context, *, start: str, until: str, speed: str, ack: Sequence[str], seed: int, report: bool, json: bool
) -> None:
    """Play from one moment to another, and print each message at the virtual time at which it would be sent.

    With `report` print at the end a table for each truce instead. `ack` says which share of what asks for an answer
    each channel acknowledges, as drawn from the seed. Raises `BadParameter` where the second moment lies
    before the first, for a report in JSON, and for a share that is none.
    """
    if report and json:
        raise typer.BadParameter("it is for reading; --json alone has each message", param_hint="--report")
    begin, end = context.moment(start, "--from"), context.moment(until, "--to")
    if end < begin:
        raise typer.BadParameter("it lies before --from", param_hint="--to")
    pace = _pace(speed)
    context.require_truces()
    configure(context.log_level or "warning", stream=sys.stderr, tty=sys.stderr.isatty())
    for problem in context.template_problems:
        log.warning("template.refused", problem=str(problem))
    sent = SentLog() if report else None
    clock = VirtualClock(begin)
    answers = _answers(context, clock, ack, seed, _say if sent is None and not json else _say_nothing) if ack else None
    asyncio.run(_play(context, clock, end, pace, sent, answers=answers, json=json))


def _answers(context: Context, clock: VirtualClock, ack: Sequence[str], seed: int, told: Told) -> Answers:
    escalations = context.settings.escalations()
    given = shares(ack, [channel.name for channel in context.settings.channels], escalations)
    return Answers(given, seed, escalations, clock, told)


def _say(now: datetime, alert: Item, channel: str) -> None:
    screen().print(f"--- {show_utc(now, year=True)}, acknowledged by {channel}: {alert.title}\n", markup=False)


def _say_nothing(*_: object) -> None:
    """Answers show in what is sent."""


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        pace = 0.0
    if not 0 < pace < float("inf"):
        raise typer.BadParameter("write a number above 0 of virtual seconds in a second, or max", param_hint="--speed")
    return pace


async def _play(  # noqa: PLR0913  a rehearsal, and who listens to it
    context: Context,
    clock: VirtualClock,
    end: datetime,
    pace: float | None,
    sent: SentLog | None,
    *,
    answers: Answers | None,
    json: bool,
) -> None:
    def open_stage(channel: ChannelSettings) -> tuple[Target, ...]:
        played = stage_of(channel)
        return played if answers is None else tuple(answers.of(channel.name, target) for target in played)

    def stage_of(channel: ChannelSettings) -> tuple[Target, ...]:
        if sent is not None:
            return tuple(sent.target(target, clock) for target in channel.targets)
        if json:
            quiet_hours = context.settings.quiet_hours(context.zones.find)
            return tuple(_JsonTarget(target, clock, quiet_hours) for target in channel.targets)
        return tuple(RehearsalConsole(target, clock) for target in channel.targets)

    with closing(Ledger.in_memory()) as store:
        app = build(
            context,
            store,
            clock,
            open_targets_of=open_stage,
            live=False,
            quiet=timedelta(),
            rosters=rosters(context, clock.now()),
        )
        if answers is not None:
            answers.ledger = app.ledger
        try:
            with _Progress(clock.now(), end) as progress:
                await drive(app.daemon, app.workers, clock, until=end, speed=pace, on_tick=progress.reached)
            if sent is not None:
                truces = await app.ledger.run(queries.truces)
                revisions = {truce: await app.ledger.run(queries.revisions, truce) for truce in truces}
                show_report(sent.alerts, truces, revisions, end, zone_for=context.zones.find)
        finally:
            await app.workers.stop(patience=timedelta())
            app.ledger.close()


class RehearsalConsole(ConsoleTarget):
    """The console, telling the virtual time and the channel that it stands for."""

    def __init__(self, name: str, clock: VirtualClock) -> None:
        super().__init__(name)
        self._clock = clock

    def _block(self, message: Message) -> str:
        return f"--- {show_utc(self._clock.now(), year=True)}, to {self.name}\n{super()._block(message)}"


class _JsonTarget:
    """Prints each delivery of a message as one line of JSON."""

    def __init__(self, name: str, clock: VirtualClock, quiet_hours: AllQuietHours) -> None:
        self.name = name
        self._clock = clock
        self._quiet_hours = quiet_hours

    async def send(self, message: Message) -> Outcome:
        for item in message.items:
            view = {
                **keys(delivery_view(item.delivery, item.title, quiet_until(self._quiet_hours, item.delivery))),
                "sent_at": self._clock.now(),
                "message_id": message.message_id,
                "body": message.text,
            }
            print(dump(view), flush=True)  # noqa: T201  the command's output
        return Outcome(Verdict.ACCEPTED)

    async def aclose(self) -> None:
        """Nothing is held."""


class _Progress:
    """A bar with the virtual time, where a person watches."""

    def __init__(self, begin: datetime, end: datetime) -> None:
        self._begin = begin
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            console=screen(stderr=True),
            disable=not sys.stderr.isatty(),
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._progress.add_task(show_utc(begin, year=True), total=max((end - begin).total_seconds(), 1.0))

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def reached(self, now: datetime) -> None:
        """Move the bar to a virtual moment."""
        done = (now - self._begin).total_seconds()
        self._progress.update(self._task, completed=done, description=show_utc(now, year=True))
