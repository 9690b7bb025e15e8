"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alertd import __version__
from alertd.cli.assembly import House, build, open_channel
from alertd.cli.context import LEDGER_NAME, Context
from alertd.clock import SystemClock
from alertd.domain.policy import LEDGER_PAUSE, QUIET_BEFORE_LOSS
from alertd.domain.truce import is_over
from alertd.drivers.alarm import Alarm
from alertd.drivers.life import Life
from alertd.errors import LedgerDamaged, LedgerError
from alertd.heartbeat import Heartbeat
from alertd.judgement import is_watched
from alertd.ledger import Ledger, set_aside
from alertd.logs import configure
from alertd.service import Instance, signals

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=20)
"""How long a stop waits for messages that are on their way."""

PATIENCE_AT_START = timedelta(seconds=60)
"""How long a start waits for a ledger that another process holds, or for room on the disk."""

AHEAD = 3
"""How many of the next deliveries are told at start."""


def run(context: Context) -> None:
    """Watch the register until SIGTERM or SIGINT; SIGHUP reads it at once."""
    settings = context.settings
    configure(context.log_level or settings.log_level, stream=sys.stderr, tty=sys.stderr.isatty())
    path = settings.state_dir / LEDGER_NAME
    if not context.read_register(context.now).files and not _holds_truces(path, context.now):
        raise context.no_truces()
    instance = Instance.acquire(settings.state_dir)
    try:
        store, aside = _open(path)
        asyncio.run(_live(context, store, instance, aside))
    finally:
        instance.release()


def _holds_truces(path: Path, now: datetime) -> bool:
    """Whether the ledger knows a truce not yet over, which is watched even though its file is gone."""
    if not path.exists():
        return False
    ledger = Ledger.open_reader(path)
    try:
        return any(is_watched(known) and not is_over(known.truce, now) for known in ledger.truces().values())
    finally:
        ledger.close()


def _open(path: Path) -> tuple[Ledger, Path | None]:
    """The ledger, and where a damaged one was put: the register knows the truces, so a new one watches them all."""
    clock = SystemClock()
    until = clock.monotonic() + PATIENCE_AT_START.total_seconds()
    told = aside = None
    while True:
        try:
            return Ledger.open(path), aside
        except LedgerDamaged as error:
            aside = set_aside(path, clock.now())
            log.error("ledger.set_aside", error=str(error), moved_to=str(aside))  # noqa: TRY400  advice, no traceback
        except LedgerError as error:
            if not error.passing or clock.monotonic() > until:
                raise
            if told != str(error):
                told = str(error)
                log.error("ledger.failed", error=told, waiting=True)  # noqa: TRY400  likewise
            time.sleep(LEDGER_PAUSE.total_seconds())


async def _live(context: Context, store: Ledger, instance: Instance, aside: Path | None) -> None:
    clock = SystemClock()
    house = build(context, store, clock, open_targets_of=open_channel, life=True, quiet=QUIET_BEFORE_LOSS)
    log.info(
        "alertd.started",
        version=__version__,
        config=str(context.config),
        state_dir=str(context.settings.state_dir),
        zone_data=context.zones.version,
        channels=[channel.name for channel in context.settings.channels],
    )
    for problem in context.settings.problems:
        log.warning("settings.problem", problem=str(problem))
    for problem in context.template_problems:
        log.warning("template.refused", problem=str(problem))
    heartbeat = _heartbeat(context, clock)

    def sign_of_life(now: datetime) -> None:
        instance.ticked(now)
        if heartbeat is not None:
            heartbeat.beat()

    life = Life(
        house.daemon,
        clock,
        Alarm(house.workers, house.ops, clock),
        last_tick=instance.last_tick,
        on_tick=sign_of_life,
    )
    try:
        with signals(asyncio.get_running_loop(), stop=life.stop, reload=life.reread):
            await life.tick()
            if aside is not None:
                await house.ops.tell("ledger", _told_of(aside))
            for problem in context.template_problems:
                await house.ops.tell(problem.file, str(problem))
            await _tell_what_is_ahead(house)
            await life.run()
    finally:
        if heartbeat is not None:
            await heartbeat.aclose()
        await house.workers.stop(patience=PATIENCE)
        house.ledger.close()
        log.info("alertd.stopped")


def _heartbeat(context: Context, clock: SystemClock) -> Heartbeat | None:
    ops = context.settings.ops
    if ops is None or ops.heartbeat is None:
        return None
    return Heartbeat(ops.heartbeat.url.get_secret_value(), ops.heartbeat.every, clock)


def _told_of(aside: Path) -> str:
    return (
        f"The ledger was damaged. It lies at {aside} now, and a new one was begun: every truce of the register is "
        "watched, but what was sent before is not remembered, and may come again. A backup can be put back instead: "
        "stop alertd, move the copy to the ledger's place, start it."
    )


async def _tell_what_is_ahead(house: House) -> None:
    """Say at start what comes next, or that nothing does: silence must not be taken for watchfulness."""
    try:
        ahead = await house.ledger.run(house.ledger.store.upcoming, AHEAD)
    except LedgerError:  # the tick has just told of it
        return
    if not ahead:
        log.warning("agenda.empty", hint="no truce in the register has anything ahead; add one to truces/")
    for delivery in ahead:
        log.info(
            "agenda.ahead",
            due_at=delivery.due_at,
            truce=delivery.truce,
            kind=delivery.kind,
            stage=None if delivery.stage is None else str(delivery.stage),
            target=delivery.target,
        )
