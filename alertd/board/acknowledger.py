"""The one thing that the board writes: who acknowledged an alert. And the limit of those who guess that they may."""

import asyncio
from collections import deque
from contextlib import closing
from http import HTTPStatus

from aiohttp import web

from alertd.board.snapshot import SnapshotReader, Sources
from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery
from alertd.errors import LedgerError
from alertd.ledger.acknowledging import Judged, Refusal, acknowledge, find, judge
from alertd.logs.lines import get_logger
from alertd.status.answers import answered_in_words
from alertd.times.clock import Clock

log = get_logger(__name__)

WRONG_A_MINUTE = 30
"""The number of wrong guesses in a minute that are told what is wrong; whoever comes after them is to come later."""

_MINUTE = 60.0

STATUS = {
    Refusal.UNSENT: HTTPStatus.CONFLICT,
    Refusal.SETTLED_UNSENT: HTTPStatus.CONFLICT,
    Refusal.MOVED: HTTPStatus.CONFLICT,
    Refusal.OVER: HTTPStatus.GONE,
    Refusal.TWICE: HTTPStatus.OK,
}
"""The status of an answer that changed nothing."""


class GuessLimit:
    """Counts wrong guesses. Whoever has the right word is never counted, and never held up."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: deque[float] = deque(maxlen=WRONG_A_MINUTE)
        """Monotonic seconds of the last ones."""

    def note(self) -> None:
        """Count one; raises `HTTPTooManyRequests` where there were too many."""
        now = self._clock.monotonic()
        if len(self._wrong) == WRONG_A_MINUTE and now - self._wrong[0] < _MINUTE:
            raise web.HTTPTooManyRequests(text="Too many wrong guesses: come back in a minute.\n")
        self._wrong.append(now)


class Acknowledger:
    """Judges and writes acknowledgements, in a connection to the ledger that is open for no longer than that takes."""

    def __init__(self, sources: Sources, reader: SnapshotReader, way: str) -> None:
        self._sources = sources
        self._reader = reader
        self._way = way

    def given(self, by: str, note: str | None) -> Acknowledgement:
        """An acknowledgement that is given now."""
        return Acknowledgement(at=self._sources.clock.now(), by=by, way=self._way, note=note)

    async def find(self, alert: str) -> tuple[Delivery, ...]:
        """The alerts that a short id, or the key of a delivery, names: one delivery of each."""
        return await self._reader.read(lambda ledger: ledger.run(find, alert))

    async def judge(self, key: str, given: Acknowledgement) -> Judged | None:
        """The outcome that an acknowledgement of an alert would have; None where there is no such alert."""
        return await self._reader.read(lambda ledger: ledger.run(judge, key, given))

    async def write(self, judged: Judged, given: Acknowledgement) -> Judged:
        """Acknowledge what may be; raises `HTTPException` where the ledger cannot be written."""
        try:
            return await asyncio.to_thread(self._write, judged, given)
        except LedgerError as error:
            alert = judged.named.short_id
            log.warning("board.not_acknowledged", alert=alert, error=str(error))
            text = f"Nothing was acknowledged: the ledger cannot be written. Try again, or run: alertd ack {alert}\n"
            raise web.HTTPServiceUnavailable(text=text) from None

    def _write(self, wanted: Judged, given: Acknowledgement) -> Judged:
        """Write it; somebody else may have been faster."""
        with closing(self._sources.open_to_write()) as ledger:
            judged = ledger.run(acknowledge, wanted.named.key, given, answered_in_words)
        log.info("board.acknowledged", key=wanted.named.key, by=given.by, way=given.way)
        return judged or wanted
