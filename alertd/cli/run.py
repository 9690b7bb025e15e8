"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import gc
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from alertd import __version__
from alertd.cli.assembly import App, build
from alertd.cli.board_process import BoardProcess
from alertd.cli.context import Context
from alertd.cli.ledger import planner
from alertd.cli.log import configure_log
from alertd.cli.opening import open_or_close
from alertd.cli.reload import Reloading, log_refused, read_again
from alertd.cli.requests import Requests
from alertd.cli.taking_hold import Hold, TakingHold
from alertd.daemon.alarm import Alarm
from alertd.daemon.clock_doubt import ClockMonitor, release_year
from alertd.daemon.instance import Instance
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.place_watch import PlaceWatch
from alertd.daemon.systemd import Manager, signals
from alertd.domain.outlook import WAITS, outlook_line
from alertd.domain.policy import QUIET_BEFORE_LOSS
from alertd.errors import ConfigError, LedgerError, Level
from alertd.ledger import ALONE, beyond, monitoring, node_settings
from alertd.logs.lines import get_logger
from alertd.message.wording import named
from alertd.settings.last import keep_settings
from alertd.settings.parts import digests
from alertd.times.clock import SystemClock, is_synchronised

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

_NEW_OBJECTS = 10_000
"""New objects after which Python's collector looks for garbage: messages on their way are more than its own 700."""

AHEAD = 3
"""The number of next deliveries that are logged at a start."""


def run(context: Context) -> None:
    """Watch the register until SIGTERM or SIGINT; SIGHUP reads it at once, and settings and templates too."""
    configure_log(context)
    manager = Manager.of(os.environ)
    manager.starting("opening the ledger", LONGEST_START)
    gc.set_threshold(_NEW_OBJECTS)
    asyncio.run(_live(context, manager))


async def _live(context: Context, manager: Manager) -> None:
    """One daemon after another, as other settings are taken in and another node takes over and fails."""
    requests, clock = Requests(), SystemClock()
    instance: Instance | None = None
    last_tick: datetime | None = None
    with signals(asyncio.get_running_loop(), stop=requests.stop, reload=requests.reload):
        try:
            while not requests.stopping:
                taking = TakingHold(context, clock, manager, requests, instance)
                try:
                    held = await taking.hold(last_tick)
                finally:
                    instance = taking.instance
                if held is None:
                    context = await _reloaded(context, requests, manager)
                    continue
                assert instance is not None  # noqa: S101  it is taken before the ledger
                following, last_tick = await _serve(context, held, instance, manager, requests)
                if following is None:
                    break
                context = following
                gc.unfreeze()  # what the daemon before has left
                gc.collect()
                configure_log(context)
        finally:
            if instance is not None:
                instance.release()
    log.info("alertd.stopped")


async def _reloaded(context: Context, requests: Requests, manager: Manager) -> Context:
    """The surroundings as the files have them now, if a reload was asked for while there was no daemon."""
    if not requests.reloading:
        return context
    requests.reloading = False
    manager.reloading()
    try:
        fresh = await asyncio.to_thread(read_again, context)
    except ConfigError as error:
        log_refused(error)
        return context
    configure_log(fresh)
    return fresh


async def _serve(
    context: Context,
    held: Hold,
    instance: Instance,
    manager: Manager,
    requests: Requests,
) -> tuple[Context | None, datetime | None]:
    """A daemon until it is stopped, other settings are to be taken in, or it has lost its hold of the ledger.

    Gives the surroundings of the one that is to follow, if one is, and its last tick.
    """
    clock, store, last_tick = SystemClock(), held.ledger, held.last_tick
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
        requests.hand_to(stop=daemon_loop.stop, reload=partial(reloading.begin, daemon_loop))
        gc.freeze()  # going through what stays takes Python's collector some 90 ms, again and again, and alerts wait
        await daemon_loop.begin()
        if not daemon_loop.is_stopping:
            if context.settings.stands_in is None:
                keep_settings(context.settings, context.config)
            with suppress(LedgerError):  # the log has it, and the alarm tells of the ledger
                await _tell_troubles(context, app, closed, held.news, ticked=daemon_loop.last_tick != last_tick)
            await _tell_what_is_ahead(context, app)
            gc.freeze()  # the register too
        await daemon_loop.run()
    finally:
        requests.keep()
        await board.aclose()
        following = context if daemon_loop.has_lost_ledger else reloading.following
        if following is None or requests.stopping:
            manager.stopping(PATIENCE + MARGIN)
        await reloading.aclose()
        if heartbeat is not None:
            await heartbeat.aclose()
        await app.daemon.aclose()
        await app.workers.stop(patience=_patience(following, is_lost=daemon_loop.has_lost_ledger))
        instance.holds(())
        await place_watch.leave()
        app.ledger.close()
    return following, daemon_loop.last_tick if daemon_loop.has_read else last_tick


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
    await _tell_other_settings(context, app)
    channels = [channel for channel in context.settings.channels if channel.name in closed]
    reasons = {target: (channel.name, closed[channel.name]) for channel in channels for target in channel.targets}
    await app.ledger.run(monitoring.close, reasons)
    if news:
        # Two nodes may take over within one second, and each has its word.
        about = "ledger" if context.node == ALONE else f"ledger of node {context.node}"
        await app.ops.tell(about, "\n".join(news))
    for problem in context.template_problems:
        await app.ops.tell(problem.file, str(problem))
    for channel, reason in closed.items():
        text = (
            f"The channel {channel} cannot be opened, and reaches nobody: {reason}. "
            "Its fallback is told instead, if it has one. Mend it, then restart alertd."
        )
        await app.ops.tell(f"channel {channel}", text, besides=channel)


async def _tell_other_settings(context: Context, app: App) -> None:
    """Tell ops where the node that was active before had other settings; raises `LedgerError`."""
    parts, node = digests(context.settings), context.node
    others = await app.ledger.run(node_settings.compare, parts, node)
    if others is not None and ALONE not in {node, others.node}:
        text = (
            f"Node {node} has other settings than node {others.node}, which was active before: "
            f"{', '.join(others.parts)}. Those of {node} hold now. Give all nodes the same, then reload alertd."
        )
        await app.ops.tell("settings of the nodes", text)
    await app.ledger.run(node_settings.keep, parts, node)


def _heartbeat(context: Context, clock: SystemClock) -> "Heartbeat | None":
    ops = context.settings.ops
    if ops is None or ops.heartbeat is None or not (url := ops.heartbeat.url.get_secret_value()):
        return None
    from alertd.daemon.heartbeat import Heartbeat  # noqa: PLC0415  9 MB of an HTTP client that only it needs

    return Heartbeat(url, ops.heartbeat.every, clock)


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
