"""The one thread on which a daemon calls its ledger, so that the disk never holds up the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from alertd.ledger.database import Ledger
from alertd.ledger.generation import Origin

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class LedgerThread:
    """A ledger and its thread; calls are made one after another, in the order in which they were asked for.

    A call that has begun is finished, even if nobody waits for it any more.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def run(
        self,
        call: Callable[Concatenate[Connection, _Arguments], _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """Run a function of the ledger in a transaction of its own, on the thread; raises `LedgerError`."""
        return await self._on_thread(partial(self._ledger.run, call, *args, **kwargs))

    async def run_ahead(
        self,
        call: Callable[Concatenate[Connection, _Arguments], _Result],
        *args: _Arguments.args,
        **kwargs: _Arguments.kwargs,
    ) -> _Result:
        """`run` without a wait for the disk: for what nobody acts on before a later transaction."""
        return await self._on_thread(partial(self._ledger.run_ahead, call, *args, **kwargs))

    async def run_both(self, first: Callable[[Connection], object], then: Callable[[Connection], _Result]) -> _Result:
        """Run two functions of the ledger in one transaction; gives what the second gives, raises `LedgerError`."""
        return await self._on_thread(partial(self._ledger.run_both, first, then))

    async def version(self) -> object:
        """A value that differs as soon as the ledger has been changed; raises `LedgerError`."""
        return await self._on_thread(self._ledger.version)

    async def checkpoint(self) -> None:
        """Take what was committed from the log into the file, and begin the log anew; raises `LedgerError`."""
        await self._on_thread(self._ledger.checkpoint)

    @property
    def is_restored(self) -> bool:
        """True if it does not know all that was sent, until what it lacks is taken up."""
        return self._ledger.origin is not Origin.KNOWN

    async def advance(self) -> None:
        """Begin another generation, as what the ledger lacked is taken up, or it is left; raises `LedgerError`."""
        await self._on_thread(self._ledger.advance)

    async def put_back(self) -> None:
        """Make a ledger whose file was deleted again at its place; raises `LedgerError`."""
        await self._on_thread(self._ledger.put_back)

    async def _on_thread(self, call: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    def close(self) -> None:
        """Finish what was asked for, then close the ledger."""
        self._executor.shutdown()
        self._ledger.close()
