"""The watch over the ledger's place: what is said when its files are deleted, moved or replaced under a running daemon.

The daemon goes on with the files that it holds open, so no alert is lost. But nobody else finds them, and a restart
would not either; so this is told past the ledger, straight through the ops channel, once for each state of affairs.
"""

import asyncio

from alertd.daemon.instance import Instance
from alertd.daemon.tasks import end
from alertd.daemon.workers import Workers
from alertd.domain.policy import ALARM_PAUSE
from alertd.errors import LedgerError
from alertd.ledger import LedgerPlace, LedgerThread
from alertd.logs.lines import get_logger
from alertd.times.clock import Clock

log = get_logger(__name__)

_BACK = "The ledger and the lock of alertd are in their place again. Nothing was lost."


class PlaceWatch:
    """Looks after each tick if the ledger and the lock are where they were opened."""

    def __init__(
        self, place: LedgerPlace | None, instance: Instance, ledger: LedgerThread, workers: Workers, clock: Clock
    ) -> None:
        self._place = place
        self._instance = instance
        self._ledger = ledger
        self._workers = workers
        self._clock = clock
        self.ledger_trouble: str | None = None
        """The reason, as of the last look, why others do not find the ledger; None where they do."""
        self.trouble: str | None = None
        """The same of the ledger or the lock."""
        self._untold: str | None = None
        """The words that nobody has taken yet."""
        self._tell_at = 0.0
        """Monotonic seconds."""
        self._telling: asyncio.Task[None] | None = None

    def look(self) -> str | None:
        """Look now, and tell ops what is new; returns at once, with what is wrong with the ledger itself."""
        self.ledger_trouble = self.trouble_of_place()
        found = self.ledger_trouble or self._instance.trouble()
        if found != self.trouble:
            self._note(found)
        if self._untold is not None and self._clock.monotonic() >= self._tell_at and not self._is_telling:
            self._telling = asyncio.create_task(self._tell(self._untold))
        return self.ledger_trouble

    def trouble_of_place(self) -> str | None:
        """The reason why others do not find the ledger now; None where they do, and of one that is on a server."""
        return None if self._place is None else self._place.trouble()

    def status(self, stands: str) -> str:
        """The line for the service manager: what is wrong comes before how the watch stands."""
        return stands if self.trouble is None else f"LEDGER NOT IN ITS PLACE: {self.trouble}; {stands}"

    async def leave(self) -> None:
        """Keep what is in a ledger that is not in its place, before it is closed for good.

        One whose file was deleted is put back, where nothing else lies in its place. One that was moved is completed
        wherever it lies now. One that somebody wrote over is not touched. One that is in its place begins another
        generation, so that a copy that was made of it meanwhile is an older one.
        """
        await end(self._telling)
        if self._place is None:
            return
        try:
            if self._place.trouble() is None:
                if not self._ledger.is_restored:
                    await self._ledger.advance()
            elif self._place.is_deleted:
                await self._ledger.put_back()
                log.warning("ledger.put_back", path=str(self._place.path))
            elif not self._place.is_overwritten:
                await self._ledger.checkpoint()
        except LedgerError as error:
            log.warning("ledger.left_as_it_is", error=str(error))

    @property
    def _is_telling(self) -> bool:
        return self._telling is not None and not self._telling.done()

    def _note(self, found: str | None) -> None:
        if found is None:
            log.info("ledger.in_place")
            self._untold = _BACK
        else:
            log.error("ledger.not_in_place", trouble=found)
            self._untold = self._in_words(found)
        self.trouble, self._tell_at = found, 0.0

    def _in_words(self, found: str) -> str:
        """The trouble in words, and what to do."""
        if self.ledger_trouble is None or self._place is None:
            return f"The lock of alertd is not in its place: {found}. Alerts go out as before. Restart alertd."
        if self._place.is_overwritten:
            return (
                f"The ledger of alertd is not what it was: {found} while alertd runs. What alertd does now may fail. "
                "Stop alertd, put the copy there once more, start it; see Backup and restore in docs/operations.md."
            )
        if self._place.is_deleted:
            then = "Restart alertd: it puts the ledger back as it stops, where nothing else lies in its place."
        else:
            then = "Move all of its files back; or stop alertd, put them or a copy in their place, and start it."
        return (
            f"The ledger of alertd is not in its place: {found}. Alerts go out as before, from the ledger that alertd "
            f"holds open, but nobody else can read it, and a crash would lose it. {then}"
        )

    async def _tell(self, text: str) -> None:
        heard = await self._workers.broadcast(text)
        log.info("ledger.place_told", heard=heard)
        if not heard:
            self._tell_at = self._clock.monotonic() + ALARM_PAUSE.total_seconds()
        elif self._untold == text:
            self._untold = None
