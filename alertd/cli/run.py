"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import gc
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from alertd import __version__
from alertd.cli.assembly import App, build, open_or_close
from alertd.cli.board import open_board
from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.alarm import Alarm
from alertd.daemon.clock_doubt import ClockMonitor, release_year
from alertd.daemon.instance import Instance
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.systemd import Manager, signals
from alertd.domain.outlook import WAITS, outlook_line
from alertd.domain.policy import LEDGER_PAUSE, QUIET_BEFORE_LOSS
from alertd.errors import LedgerDamaged, LedgerError, Level
from alertd.ledger import Ledger, queries, set_aside
from alertd.logs import configure, is_journal
from alertd.settings.last import keep_settings
from alertd.times.clock import SystemClock, is_synchronised

if TYPE_CHECKING:
    from alertd.daemon.heartbeat import Heartbeat

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=20)
"""The time for which a stop waits for messages that are on their way."""

LONGEST_START = timedelta(minutes=10)
"""The time for which a service manager waits for the first tick: time enough to bring a large ledger up to date."""

MARGIN = timedelta(seconds=10)
"""The time for which it is waited beyond the longest stop."""

TURN = timedelta(milliseconds=0.5)
"""The time for which a thread may go on while another waits for its turn."""

AHEAD = 3
"""The number of next deliveries that are logged at a start."""


def run(context: Context) -> None:
    """Watch the register until SIGTERM or SIGINT; SIGHUP reads it at once."""
    settings = context.settings
    configure(
        context.log_level or settings.log_level,
        stream=sys.stderr,
        tty=sys.stderr.isatty(),
        journal=is_journal(sys.stderr, os.environ),
    )
    path = settings.state_dir / LEDGER_NAME
    manager = Manager.of(os.environ)
    manager.starting("opening the ledger", LONGEST_START)
    instance, store, news = asyncio.run(_begin(context, path))
    try:
        asyncio.run(_live(context, store, instance, manager, news))
    finally:
        instance.release()


async def _begin(context: Context, path: Path) -> tuple[Instance, Ledger, tuple[str, ...]]:
    """Take hold of the state folder and open its ledger; the last is what ops should know of that.

    The register knows what is to be watched, so a new ledger takes a damaged one's place. What may pass is waited for
    however long it lasts, with the alarm raised as in a running daemon.
    """
    clock = SystemClock()
    instance: Instance | None = None
    alarm: Alarm | None = None
    news: list[str] = []
    async with AsyncExitStack() as meanwhile:
        try:
            while True:
                try:
                    instance = instance or Instance.acquire(context.settings.state_dir)
                    ledger = await asyncio.to_thread(Ledger.open, path)
                    return instance, ledger, (*news, *(alarm.recovery_notice() if alarm is not None else ()))
                except LedgerDamaged as error:
                    aside = set_aside(path, clock.now())
                    log.error("ledger.set_aside", error=str(error), moved_to=str(aside))  # noqa: TRY400  advice, no traceback
                    news.append(_told_of(aside))
                except LedgerError as error:
                    if not error.passing:
                        raise
                    if alarm is None:
                        alarm = await meanwhile.enter_async_context(_alarm_without_ledger(context, clock))
                    alarm.failed(error)
                    await asyncio.sleep(LEDGER_PAUSE.total_seconds())
        except BaseException:
            if instance is not None:
                instance.release()
            raise


@asynccontextmanager
async def _alarm_without_ledger(context: Context, clock: SystemClock) -> AsyncIterator[Alarm]:
    """An alarm over a ledger in memory, for as long as the real one cannot be opened."""
    opened = partial(open_or_close, clock=clock, closed={})
    with closing(Ledger.in_memory()) as empty:
        app = build(context, empty, clock, open_targets_of=opened, live=True, quiet=QUIET_BEFORE_LOSS)
        alarm = Alarm(app.workers, app.ops, clock)
        try:
            yield alarm
        finally:
            await alarm.aclose()


async def _live(context: Context, store: Ledger, instance: Instance, manager: Manager, news: Sequence[str]) -> None:
    clock = SystemClock()
    closed: dict[str, str] = {}
    opened = partial(open_or_close, clock=clock, closed=closed)
    doubt = ClockMonitor(
        clock.monotonic,
        context.settings.policy.clock_patience,
        is_synchronised=is_synchronised,
        not_before=release_year(context.zones.version),
    )
    app = build(context, store, clock, open_targets_of=opened, live=True, quiet=QUIET_BEFORE_LOSS, doubt=doubt)
    log.info(
        "alertd.started",
        version=__version__,
        config=str(context.config),
        state_dir=str(context.settings.state_dir),
        zone_data=context.zones.version,
        channels=[channel.name for channel in context.settings.channels],
    )
    _log_problems(context, closed)
    heartbeat = _heartbeat(context, clock)

    def reload() -> None:
        manager.reloading()
        daemon_loop.reread()

    try:
        async with open_board(context, app.daemon, clock) as board:

            def sign_of_life(now: datetime, next_tick: datetime | None, reread: bool) -> None:  # noqa: FBT001  what a tick tells
                instance.ticked(now, app.daemon.clock_doubt)
                board.ticked(now, next_tick)
                stands = outlook_line(app.daemon.outlook, now, zone_for=context.zone_watch.find)
                manager.ticked(stands, answers=reread)
                if heartbeat is not None:
                    heartbeat.beat()

            daemon_loop = DaemonLoop(
                app.daemon,
                clock,
                Alarm(app.workers, app.ops, clock),
                last_tick=instance.last_tick,
                on_tick=sign_of_life,
            )
            with signals(asyncio.get_running_loop(), stop=daemon_loop.stop, reload=reload):
                await daemon_loop.tick()
                if context.settings.stands_in is None:
                    keep_settings(context.settings, context.config)
                with suppress(LedgerError):  # the log has it, and the alarm tells of the ledger
                    await _tell_troubles(context, app, closed, news, board.trouble)
                await _tell_what_is_ahead(app)
                _make_way()
                await daemon_loop.run()
    finally:
        manager.stopping(PATIENCE + MARGIN)
        if heartbeat is not None:
            await heartbeat.aclose()
        await app.workers.stop(patience=PATIENCE)
        app.ledger.close()
        log.info("alertd.stopped")


def _log_problems(context: Context, closed: Mapping[str, str]) -> None:
    """Say in the log what is wrong with the settings, the templates and the channels."""
    for problem in context.settings.problems:
        level = logging.ERROR if problem.level is Level.ERROR else logging.WARNING
        log.log(level, "settings.problem", problem=str(problem))
    for problem in context.template_problems:
        log.warning("template.refused", problem=str(problem))
    for channel, reason in closed.items():
        log.error("channel.closed", channel=channel, reason=reason)


async def _tell_troubles(
    context: Context, app: App, closed: Mapping[str, str], news: Sequence[str], board: str | None
) -> None:
    """Tell ops what went wrong with the ledger, the board, the templates and the channels at this start."""
    if news:
        await app.ops.tell("ledger", "\n".join(news))
    if board is not None:
        await app.ops.tell("board", board)
    for problem in context.template_problems:
        await app.ops.tell(problem.file, str(problem))
    for channel, reason in closed.items():
        text = (
            f"The channel {channel} cannot be opened, and reaches nobody: {reason}. "
            "Its fallback is told instead, if it has one. Mend it, then restart alertd."
        )
        await app.ops.tell(f"channel {channel}", text, besides=channel)


def _make_way() -> None:
    """Let nothing of this process keep an alert waiting that is not an alert.

    Going through all that stands since the start takes Python's collector some 90 ms, again and again; and a thread
    that makes a page of the board gives way after 5 ms, while an alert changes threads half a dozen times.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN.total_seconds())


def _heartbeat(context: Context, clock: SystemClock) -> "Heartbeat | None":
    ops = context.settings.ops
    if ops is None or ops.heartbeat is None:
        return None
    from alertd.daemon.heartbeat import Heartbeat  # noqa: PLC0415  9 MB of an HTTP client that only it needs

    return Heartbeat(ops.heartbeat.url.get_secret_value(), ops.heartbeat.every, clock)


def _told_of(aside: Path) -> str:
    return (
        f"The ledger was damaged. It lies at {aside} now, and a new one was begun: every truce of the register is "
        "watched, but what was sent before is not remembered, and may come again. A backup can be put back instead: "
        "stop alertd, move the copy to the ledger's place, start it."
    )


async def _tell_what_is_ahead(app: App) -> None:
    """Say at start what comes next, or that nothing does: silence must not be taken for watchfulness."""
    try:
        ahead = await app.ledger.run(queries.upcoming, AHEAD)
    except LedgerError:  # the tick has just told of it
        return
    if not ahead:
        nothing = "no truce in the register has anything ahead; `alertd add` asks for one"
        log.warning("agenda.empty", hint=WAITS if app.daemon.outlook.waits else nothing)
    for delivery in ahead:
        log.info(
            "agenda.ahead",
            due_at=delivery.due_at,
            truce=delivery.truce,
            kind=delivery.kind,
            stage=None if delivery.stage is None else str(delivery.stage),
            target=delivery.target,
        )
