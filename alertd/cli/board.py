"""Puts the status board beside a running daemon, where the settings ask for one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from alertd.cli.context import LEDGER_NAME, Context
from alertd.clock import Clock
from alertd.daemon import Daemon
from alertd.errors import LedgerError
from alertd.ledger import Ledger
from alertd.ops import Ops

log = structlog.get_logger(__name__)

Ticked = Callable[[datetime], None]


@asynccontextmanager
async def open_board(context: Context, daemon: Daemon, ops: Ops, clock: Clock) -> AsyncIterator[Ticked]:
    """A board for as long as the context lasts; gives what is to be called after each tick.

    A board that cannot be opened costs no alert: ops is told, and the daemon runs without it.
    """
    settings = context.settings.board
    if settings is None:
        yield _nobody_looks
        return
    from alertd.board import Board, Sources  # noqa: PLC0415  half a second that only a board needs

    board = Board(
        Sources(
            open_ledger=lambda: Ledger.open_reader(context.settings.state_dir / LEDGER_NAME),
            register=lambda: daemon.register,
            settings=context.settings,
            find_zone=context.zone_watch.find,
            tzdata=lambda: context.zones.version,
            clock=clock,
        ),
        settings,
    )
    try:
        await board.start()
    except (OSError, LedgerError) as error:
        log.warning("board.failed", error=str(error))
        await ops.tell("board", f"The status board cannot be opened: {error}. Alerts go on without it.")
    try:
        yield board.ticked
    finally:
        await board.stop()


def _nobody_looks(_now: datetime) -> None:
    """There is no board."""
