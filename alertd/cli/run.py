"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alertd import __version__
from alertd.cli.assembly import House, build, open_channel
from alertd.cli.board import open_board
from alertd.cli.context import LEDGER_NAME, Context
from alertd.clock import SystemClock
from alertd.domain.policy import QUIET_BEFORE_LOSS
from alertd.domain.truce import is_over
from alertd.drivers.life import Life
from alertd.judgement import is_watched
from alertd.ledger import Ledger
from alertd.logs import configure
from alertd.service import Instance, signals

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=20)
"""How long a stop waits for messages that are on their way."""

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
        store = Ledger.open(path)
        asyncio.run(_live(context, store, instance))
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


async def _live(context: Context, store: Ledger, instance: Instance) -> None:
    clock = SystemClock()
    house = build(context, store, clock, open_targets_of=open_channel, future_counts=True, quiet=QUIET_BEFORE_LOSS)
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
    await house.daemon.start(clock.now())
    house.workers.start()
    try:
        async with open_board(context, house.daemon, house.ops, clock) as ticked:
            life = Life(house.daemon, clock, instance, ticked)
            with signals(asyncio.get_running_loop(), stop=life.stop, reload=life.reread):
                await life.tick()
                await _tell_what_is_ahead(house)
                await life.run()
    finally:
        await house.workers.stop(patience=PATIENCE)
        house.ledger.close()
        log.info("alertd.stopped")


async def _tell_what_is_ahead(house: House) -> None:
    """Say at start what comes next, or that nothing does: silence must not be taken for watchfulness."""
    ahead = await house.ledger.run(house.ledger.store.upcoming, AHEAD)
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
