"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from alertd import __version__
from alertd.cli.assembly import House, build, open_channel
from alertd.cli.context import LEDGER_NAME, Context
from alertd.clock import SystemClock
from alertd.domain.policy import QUIET_BEFORE_LOSS
from alertd.domain.truce import is_over
from alertd.drivers.life import Life
from alertd.judgement import is_watched
from alertd.ledger import Ledger
from alertd.logs import configure, is_journal
from alertd.service import Instance, Manager, signals

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=20)
"""How long a stop waits for messages that are on their way."""

LONGEST_START = timedelta(minutes=10)
"""How long a service manager waits for the first tick: time enough to bring a large ledger up to date."""

MARGIN = timedelta(seconds=10)
"""How much longer than a stop may take it is waited for."""

AHEAD = 3
"""How many of the next deliveries are told at start."""


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
    if not context.read_register(context.now).files and not _holds_truces(path, context.now):
        raise context.no_truces()
    instance = Instance.acquire(settings.state_dir)
    try:
        manager = Manager.of(os.environ)
        manager.starting("opening the ledger", LONGEST_START)
        store = Ledger.open(path)
        asyncio.run(_live(context, store, instance, manager))
    finally:
        instance.release()


def _holds_truces(path: Path, now: datetime) -> bool:
    """Whether the ledger knows a truce not yet over, which is watched even though its file is gone."""
    if not Ledger.exists(path):
        return False
    ledger = Ledger.open_reader(path)
    try:
        return any(is_watched(known) and not is_over(known.truce, now) for known in ledger.truces().values())
    finally:
        ledger.close()


async def _live(context: Context, store: Ledger, instance: Instance, manager: Manager) -> None:
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
    life = Life(house.daemon, clock, instance, manager, find_zone=context.zone_watch.find)
    with signals(asyncio.get_running_loop(), stop=life.stop, reload=life.reread):
        try:
            await life.tick()
            await _tell_what_is_ahead(house)
            await life.run()
        finally:
            manager.stopping(PATIENCE + MARGIN)
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
