"""`alertd board`: the status board, in a process of its own beside the daemon that it tells of."""

import asyncio
import os
import signal
import sys
from contextlib import suppress

import typer

from alertd.board import Board, RegisterReader, Sources
from alertd.cli.context import Context
from alertd.cli.ledger import ledger_trouble, lock_trouble, open_ledger, open_to_write
from alertd.cli.log import configure_log
from alertd.daemon.instance import signs_of_life
from alertd.duty import Kept
from alertd.errors import AlertdError, ConfigError
from alertd.ledger import Ledger
from alertd.register import RegisterProblems
from alertd.settings import FILE
from alertd.status.overview import with_ledger_trouble
from alertd.times.clock import SystemClock

NICE = 5
"""By how much the board stands behind its daemon where both want a processor: a page may wait, an alert may not."""


def board(context: Context, *, with_daemon: bool) -> None:
    """Show the board until SIGTERM or SIGINT; `with_daemon` also until standard input ends, which `alertd run` holds.

    That reads from standard output why it cannot be shown. Raises `AlertdError` with the reason for everybody else.
    """
    try:
        asyncio.run(_show(context, with_daemon=with_daemon))
    except (AlertdError, OSError) as error:
        if with_daemon:
            print(error)  # noqa: T201  see above
            raise typer.Exit(1) from None
        if isinstance(error, OSError):
            raise ConfigError(f"the board cannot be opened: {error}") from error
        raise


async def _show(context: Context, *, with_daemon: bool) -> None:
    if context.settings.board is None:
        raise ConfigError(f"the board has no address: set `listen` in [board] of {FILE}", context.settings.problems)
    configure_log(context)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if with_daemon:
        with suppress(PermissionError):  # a sandbox may forbid it: then both have equal rights
            os.nice(NICE)
        loop.add_reader(sys.stdin, ended.set)  # nothing is ever written there
    served = Board(_sources(context), context.settings.board)
    try:
        await served.start()
        await ended.wait()
    finally:
        await served.stop()


def _sources(context: Context) -> Sources:
    clock, state_dir = SystemClock(), context.settings.state_dir
    register = RegisterReader(context.config, context.zone_watch, clock, context.node)

    def problems(ledger: Ledger) -> RegisterProblems:
        signs = signs_of_life(state_dir)
        trouble = ledger_trouble(context.ledger_address, signs) or lock_trouble(state_dir, signs)
        return with_ledger_trouble(register.problems(ledger), trouble)

    return Sources(
        open_ledger=lambda: open_ledger(context),
        open_to_write=lambda: open_to_write(context),
        register_problems=problems,
        settings=context.settings,
        zone_for=context.zone_watch.find,
        tzdata=lambda: context.zones.version,
        clock=clock,
        signs=lambda: signs_of_life(state_dir),
        rosters=Kept(state_dir).rosters if context.settings.duty else dict,
    )
