"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alertd import __version__
from alertd.cli.assembly import App, build
from alertd.cli.board_process import BoardProcess
from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.ledger import planner
from alertd.cli.log import configure_log
from alertd.cli.opening import open_or_close
from alertd.cli.reload import Reloading
from alertd.daemon.alarm import Alarm
from alertd.daemon.clock_doubt import ClockMonitor, release_year
from alertd.daemon.instance import Instance
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.place_watch import PlaceWatch
from alertd.daemon.systemd import Manager, signals
from alertd.domain.outlook import WAITS, outlook_line
from alertd.domain.policy import LEDGER_PAUSE, QUIET_BEFORE_LOSS
from alertd.errors import LedgerDamaged, LedgerError, Level
from alertd.ledger import Ledger, Origin, beyond, monitoring, restoration, set_aside
from alertd.logs.lines import get_logger
from alertd.message.wording import named
from alertd.settings.last import keep_settings
from alertd.times.clock import SystemClock, is_synchronised
from alertd.times.formats import show_utc

if TYPE_CHECKING:
    from alertd.daemon.heartbeat import Heartbeat

log = get_logger(__name__)

PATIENCE = timedelta(seconds=20)
"""The time for which a stop waits for messages that are on their way."""

LONGEST_START = timedelta(minutes=10)
"""The time for which a service manager waits for the first tick: time enough to bring a large ledger up to date."""

RELOAD_PATIENCE = timedelta(seconds=5)
"""The time for which other settings wait for messages that are on their way; one that takes longer is sent again."""

MARGIN = timedelta(seconds=10)
"""The time for which it is waited beyond the longest stop."""

AHEAD = 3
"""The number of next deliveries that are logged at a start."""


def run(context: Context) -> None:
    """Watch the register until SIGTERM or SIGINT; SIGHUP reads it at once, and settings and templates too."""
    configure_log(context)
    manager = Manager.of(os.environ)
    manager.starting("opening the ledger", LONGEST_START)
    instance, store, news = asyncio.run(_begin(context))
    try:
        asyncio.run(_live(context, store, instance, manager, news))
    finally:
        instance.release()


async def _begin(
    context: Context, held: Instance | None = None, last_tick: datetime | None = None
) -> tuple[Instance, Ledger, tuple[str, ...]]:
    """Take hold of the state folder, unless it is held, and open its ledger; the last is what ops should know of that.

    The register knows what is to be watched, so a new ledger takes a damaged one's place. What may pass is waited for
    however long it lasts, with the alarm raised as in a running daemon.
    """
    clock = SystemClock()
    instance = held
    alarm: Alarm | None = None
    news: list[str] = []
    async with AsyncExitStack() as meanwhile:
        try:
            while True:
                try:
                    instance = instance or Instance.acquire(context.settings.state_dir)
                    last_tick = last_tick or instance.last_tick or clock.now()
                    ledger = await asyncio.to_thread(_open_ledger, context, last_tick)
                    news.extend(_told_of_origin(ledger.origin, last_tick, was_damaged=bool(news)))
                    return instance, ledger, (*news, *(alarm.recovery_notice() if alarm is not None else ()))
                except LedgerDamaged as error:
                    aside = set_aside(context.settings.state_dir / LEDGER_NAME, clock.now())
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
            if instance is not None and held is None:
                instance.release()
            raise


def _open_ledger(context: Context, last_tick: datetime) -> Ledger:
    """Open the ledger, take hold of it, and recognise an older copy; raises `LedgerError`."""
    ledger = Ledger.open(context.ledger_address)
    try:
        _become_active(ledger, context.settings.node)
        ledger.recognise()
        _mark_restored(ledger, last_tick)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _become_active(ledger: Ledger, node: str) -> None:
    """Take hold of the ledger; raises `LedgerError` where another daemon has it."""
    if not ledger.become_active(node):
        raise LedgerError(f"the ledger is in use: alertd on {ledger.active_node()} has it", passing=True)


def _mark_restored(ledger: Ledger, last_tick: datetime) -> None:
    """Mark what may repeat where the ledger does not know all that was sent until the last tick of a daemon."""
    if ledger.origin is not Origin.KNOWN:
        marked = ledger.run(restoration.mark_due, last_tick)
        log.warning("ledger.restored", origin=ledger.origin, until=last_tick, marked=marked)


def _told_of_origin(origin: Origin, last_tick: datetime, *, was_damaged: bool) -> Iterator[str]:
    """The words for ops about a ledger that does not know all that was sent."""
    if origin is Origin.COPY:
        yield (
            "The ledger is an older copy: it does not know what was sent after it was made. What had come due by "
            f"{show_utc(last_tick, year=True)}, and what is new to it in the truce files, may come again, marked as a "
            "possible repeat."
        )
    elif origin is Origin.NEW and not was_damaged:
        yield (
            "The ledger that alertd had is not in its place, and a new one was begun: every truce of the register is "
            "watched, but what was sent before is not remembered, and may come again, marked as a possible repeat. "
            "If it was moved away: stop alertd, move it back, start it."
        )


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


class Requests:
    """The requests of signals, whatever the daemon is at."""

    def __init__(self) -> None:
        self.stopping = False
        self.on_stop: Callable[[], None] | None = None
        self.on_reload: Callable[[], None] | None = None
        """Does a reload; None between two daemons of one process, of which the next reads everything anyway."""

    def stop(self) -> None:
        """End."""
        self.stopping = True
        if self.on_stop is not None:
            self.on_stop()

    def reload(self) -> None:
        """Read truces, settings and templates."""
        if self.on_reload is not None:
            self.on_reload()


async def _live(context: Context, store: Ledger, instance: Instance, manager: Manager, news: Sequence[str]) -> None:
    """One daemon after another, as settings are taken in or the ledger is lost; the state folder stays in hand."""
    requests, last_tick = Requests(), instance.last_tick
    with signals(asyncio.get_running_loop(), stop=requests.stop, reload=requests.reload):
        while True:
            following, last_tick = await _serve(context, store, instance, manager, news, requests, last_tick)
            if following is None or requests.stopping:
                break
            context = following
            gc.unfreeze()  # what the daemon before has left
            gc.collect()
            configure_log(context)
            opening = asyncio.create_task(_begin(context, instance, last_tick))
            requests.on_stop = partial(_cancel, opening)
            try:
                _, store, news = await opening
            except asyncio.CancelledError:
                break
    log.info("alertd.stopped")


def _cancel(task: asyncio.Task[object]) -> None:
    task.cancel()


async def _serve(  # noqa: PLR0913, PLR0917  what one daemon of this process leaves to the next
    context: Context,
    store: Ledger,
    instance: Instance,
    manager: Manager,
    news: Sequence[str],
    requests: Requests,
    last_tick: datetime | None,
) -> tuple[Context | None, datetime | None]:
    """A daemon until it is stopped, or until other settings are to be taken in: those, and its last tick."""
    clock = SystemClock()
    closed: dict[str, str] = {}
    opened = partial(open_or_close, clock=clock, closed=closed)
    doubt = ClockMonitor(
        clock.monotonic,
        context.settings.policy.clock_patience,
        is_synchronised=is_synchronised,
        not_before=release_year(context.zones.version),
    )
    app = build(
        context,
        store,
        clock,
        open_targets_of=opened,
        live=True,
        quiet=QUIET_BEFORE_LOSS,
        doubt=doubt,
        node=context.node,
    )
    _log_start(context, closed)
    heartbeat = _heartbeat(context, clock)
    place_watch = PlaceWatch(store.place, instance, app.ledger, app.workers, clock)
    reloading = Reloading(context, app.ops, manager, closed, place_watch.trouble_of_place)
    instance.holds(() if store.place is None else store.place.ids)
    board = BoardProcess(context, app.ops)

    def sign_of_life(now: datetime, reread: bool) -> None:  # noqa: FBT001  what a tick tells
        instance.ticked(now, app.daemon.clock_doubt, place_watch.look())
        stands = outlook_line(app.daemon.outlook, now, zone_for=context.zone_watch.find, named=named)
        manager.ticked(place_watch.status(stands), answers=reread and not reloading.is_going_on)
        if heartbeat is not None:
            heartbeat.beat()

    daemon_loop = DaemonLoop(
        app.daemon, clock, Alarm(app.workers, app.ops, clock), last_tick=last_tick, on_tick=sign_of_life
    )
    try:
        requests.on_stop = daemon_loop.stop
        requests.on_reload = partial(reloading.begin, daemon_loop)
        gc.freeze()  # going through what stays takes Python's collector some 90 ms, again and again, and alerts wait
        await daemon_loop.begin()
        if context.settings.stands_in is None:
            keep_settings(context.settings, context.config)
        with suppress(LedgerError):  # the log has it, and the alarm tells of the ledger
            await _tell_troubles(context, app, closed, news, ticked=daemon_loop.last_tick != last_tick)
        await _tell_what_is_ahead(context, app)
        gc.freeze()  # the register too
        if requests.stopping:
            daemon_loop.stop()
        await daemon_loop.run()
        last_tick = daemon_loop.last_tick
    finally:
        requests.on_stop = requests.on_reload = None
        await board.aclose()
        following = context if daemon_loop.has_lost_ledger else reloading.following
        if following is None:
            manager.stopping(PATIENCE + MARGIN)
        await reloading.aclose()
        if heartbeat is not None:
            await heartbeat.aclose()
        await app.daemon.aclose()
        await app.workers.stop(patience=_patience(following, is_lost=daemon_loop.has_lost_ledger))
        instance.holds(())
        await place_watch.leave()
        app.ledger.close()
    return following, last_tick


def _patience(following: Context | None, *, is_lost: bool) -> timedelta:
    """The time for which the end of a daemon waits for what is on its way: none where nothing can be settled."""
    if is_lost:
        return timedelta()
    return PATIENCE if following is None else RELOAD_PATIENCE


def _log_start(context: Context, closed: Mapping[str, str]) -> None:
    """Say in the log what starts, and what is wrong with the settings, the templates and the channels."""
    log.info(
        "alertd.started",
        version=__version__,
        config=str(context.config),
        state_dir=str(context.settings.state_dir),
        zone_data=context.zones.version,
        channels=[channel.name for channel in context.settings.channels],
    )
    for problem in context.settings.problems:
        level = logging.ERROR if problem.level is Level.ERROR else logging.WARNING
        log.log(level, "settings.problem", problem=str(problem))
    for problem in context.template_problems:
        log.warning("template.refused", problem=str(problem))
    for channel, reason in closed.items():
        log.error("channel.closed", channel=channel, reason=reason)


async def _tell_troubles(
    context: Context, app: App, closed: Mapping[str, str], news: Sequence[str], *, ticked: bool
) -> None:
    """Tell ops what went wrong at this start, and let the ledger know which channels could not be opened.

    A tick that was done has taken up what a restored ledger lacked.
    """
    if ticked and app.ledger.is_restored:
        await app.ledger.advance()
    channels = [channel for channel in context.settings.channels if channel.name in closed]
    reasons = {target: (channel.name, closed[channel.name]) for channel in channels for target in channel.targets}
    await app.ledger.run(monitoring.close, reasons)
    if news:
        await app.ops.tell("ledger", "\n".join(news))
    for problem in context.template_problems:
        await app.ops.tell(problem.file, str(problem))
    for channel, reason in closed.items():
        text = (
            f"The channel {channel} cannot be opened, and reaches nobody: {reason}. "
            "Its fallback is told instead, if it has one. Mend it, then restart alertd."
        )
        await app.ops.tell(f"channel {channel}", text, besides=channel)


def _heartbeat(context: Context, clock: SystemClock) -> "Heartbeat | None":
    ops = context.settings.ops
    if ops is None or ops.heartbeat is None or not (url := ops.heartbeat.url.get_secret_value()):
        return None
    from alertd.daemon.heartbeat import Heartbeat  # noqa: PLC0415  9 MB of an HTTP client that only it needs

    return Heartbeat(url, ops.heartbeat.every, clock)


def _told_of(aside: Path) -> str:
    return (
        f"The ledger was damaged. It lies at {aside} now, and a new one was begun: every truce of the register is "
        "watched, but what was sent before is not remembered, and may come again. A backup can be put back instead: "
        "stop alertd, move the copy to the ledger's place, start it."
    )


async def _tell_what_is_ahead(context: Context, app: App) -> None:
    """Say at start what comes next, or that nothing does: silence must not be taken for watchfulness."""
    try:
        ahead = await app.ledger.run(beyond.upcoming, AHEAD, planner(context))
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
