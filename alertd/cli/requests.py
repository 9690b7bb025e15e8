"""The requests of signals, whatever the process is at."""

import asyncio
from collections.abc import Callable
from datetime import timedelta


class Requests:
    """The requests that came, and who does them."""

    def __init__(self) -> None:
        self.stopping = False
        self.reloading = False
        """A reload was asked for between two daemons of one process."""
        self._on_stop: Callable[[], None] | None = None
        self._on_reload: Callable[[], None] | None = None
        self._came = asyncio.Event()

    @property
    def are_there(self) -> bool:
        """True if there is something to do before there is a daemon."""
        return self.stopping or self.reloading

    def hand_to(self, *, stop: Callable[[], None], reload: Callable[[], None]) -> None:
        """Have a daemon do them from now on, those too that came before it was there."""
        self._on_stop, self._on_reload = stop, reload
        if self.stopping:
            stop()
        if self.reloading:
            self.reloading = False
            reload()

    def keep(self) -> None:
        """Keep them until there is another daemon."""
        self._on_stop = self._on_reload = None

    def stop(self) -> None:
        """End."""
        self.stopping = True
        self._came.set()
        if self._on_stop is not None:
            self._on_stop()

    def reload(self) -> None:
        """Read truces, settings and templates."""
        if self._on_reload is not None:
            self._on_reload()
        else:
            self.reloading = True
            self._came.set()

    async def wait(self, longest: timedelta) -> None:
        """Wait for a time, or until there is something to do."""
        self._came.clear()
        try:
            async with asyncio.timeout(longest.total_seconds()):
                await self._came.wait()
        except TimeoutError:
            return
