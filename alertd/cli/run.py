"""`alertd run`: the daemon, until a signal ends it."""

import asyncio
import sys
from datetime import timedelta

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
    instance = Instance.acquire(settings.state_dir)
    try:
        store = Ledger.open(settings.state_dir / LEDGER_NAME)
        held = any(is_watched(known) and not is_over(known.truce, context.now) for known in store.truces().values())
        if not held and not context.read_register(context.now).files:
            raise context.no_truces()
        asyncio.run(_live(context, store, instance))
    finally:
        instance.release()


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
    life = Life(house.daemon, clock, instance)
    with signals(asyncio.get_running_loop(), stop=life.stop, reload=life.reread):
        try:
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
