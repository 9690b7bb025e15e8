"""The one thread on which a daemon calls its ledger, so that the disk never holds up the loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from alertd.ledger.store import Ledger

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class LedgerThread:
    """A ledger and its thread; calls are made one after another, in the order in which they were asked for."""

    def __init__(self, store: Ledger) -> None:
        self.store = store
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    async def run(
        self, call: Callable[_Arguments, _Result], *args: _Arguments.args, **kwargs: _Arguments.kwargs
    ) -> _Result:
        """Make a call of the store on the thread; once begun it is finished, even if nobody waits for it any more."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Finish what was asked for, then close the ledger."""
        self._executor.shutdown()
        self.store.close()
