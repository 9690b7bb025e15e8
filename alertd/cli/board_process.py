"""The process of the board, as the daemon has it beside itself: no page that is made there keeps an alert waiting."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress

from alertd.cli.context import Context
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.tasks import end
from alertd.errors import LedgerError
from alertd.logs.lines import get_logger

log = get_logger(__name__)

_PAUSE_SECONDS = 30.0
"""From the end of a board to the next try: its start costs half a second of a processor."""

_STOP_SECONDS = 5.0


class BoardProcess:
    """Keeps a board running; ops is told once where there is none, and alerts go on without it.

    The board ends when its standard input does, as that does with this process however it ends.
    """

    def __init__(self, context: Context, ops: OpsNotices) -> None:
        options = () if context.log_level is None else ("--log-level", context.log_level)
        self._command = (
            *(sys.executable, "-P", "-m", "alertd", "--config", str(context.config)),
            *(*options, "board", "--with-daemon"),
        )
        self._ops = ops
        self._told = False
        self._task = None if context.settings.board is None else asyncio.create_task(self._keep())

    async def aclose(self) -> None:
        """End the board."""
        await end(self._task)

    async def _keep(self) -> None:
        while True:
            reason = await self._one()
            log.warning("board.failed", error=reason)
            if not self._told:
                with suppress(LedgerError):  # told with the next try: the alarm tells of the ledger
                    await self._ops.tell(
                        "board", f"The status board cannot be opened: {reason}. Alerts go on without it."
                    )
                    self._told = True
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _one(self) -> str:
        """A board, until it ends; gives the reason."""
        try:  # in a group of its own, so that Ctrl-C is for the daemon alone
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, process_group=0)
        except OSError as error:
            return f"no process can be started: {error}"
        try:
            assert process.stdout is not None  # noqa: S101  it is a pipe
            said = (await process.stdout.read()).decode().strip()
            return said or f"its process ended with {await process.wait()}"
        finally:
            await _end(process)


async def _end(process: Process) -> None:
    assert process.stdin is not None  # noqa: S101  it is a pipe
    process.stdin.close()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
