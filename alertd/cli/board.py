"""Puts the status board beside a running daemon, where the settings ask for one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.tick import Daemon
from alertd.errors import LedgerError
from alertd.ledger import Ledger
from alertd.times.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A board, or that there is none."""

    ticked: Callable[[datetime, datetime | None], None]
    """To be called after each tick, with the moment of the next that will have something to do; returns at once."""
    trouble: str | None = None
    """The notice to ops where a board was wanted and cannot be had."""


@asynccontextmanager
async def open_board(context: Context, daemon: Daemon, clock: Clock) -> AsyncIterator[Opened]:
    """A board for as long as the context lasts; one that cannot be opened costs no alert."""
    settings = context.settings.board
    if settings is None:
        yield Opened(_nobody_looks)
        return
    from alertd.board import Board, Sources  # noqa: PLC0415  half a second that only a board needs

    board = Board(
        Sources(
            open_ledger=lambda: Ledger.open_reader(context.settings.state_dir / LEDGER_NAME),
            register_problems=lambda: daemon.register_problems,
            settings=context.settings,
            zone_for=context.zone_watch.find,
            tzdata=lambda: context.zones.version,
            clock=clock,
            clock_doubt=lambda: daemon.clock_doubt,
        ),
        settings,
    )
    trouble = None
    try:
        await board.start()
    except (OSError, LedgerError) as error:
        log.warning("board.failed", error=str(error))
        trouble = f"The status board cannot be opened: {error}. Alerts go on without it."
    try:
        yield Opened(board.ticked, trouble)
    finally:
        await board.stop()


def _nobody_looks(_now: datetime, _next_tick: datetime | None) -> None:
    """There is no board."""
