"""Complaints about whoever asks, one line a minute of each kind: a log that anybody can fill tells nothing."""

from typing import Any

from aiohttp.http_exceptions import HttpProcessingError

from alertd.logs.lines import get_logger
from alertd.message.printable import where
from alertd.times.clock import Clock

log = get_logger(__name__)

_MINUTE = 60.0


class LimitedLog:
    """Logs each kind of complaint at most once a minute, with how many were left out since."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said: dict[str, tuple[float, int]] = {}
        """For each kind the moment of its last line, and how many came since."""

    def of_request(self, error: BaseException | None) -> None:
        """A request that is none, or that could not be answered; never with what it said."""
        if error is None or isinstance(error, HttpProcessingError):
            self.error("board.malformed", error=type(error).__name__)
        else:
            self.error("board.failed", error=where(error))

    def error(self, event: str, **details: Any) -> None:  # noqa: ANN401  whatever belongs to the line
        """Log, or count."""
        now = self._clock.monotonic()
        at, left_out = self._said.get(event, (float("-inf"), 0))
        if now - at < _MINUTE:
            self._said[event] = (at, left_out + 1)
            return
        self._said[event] = (now, 0)
        log.error(event, **details, left_out=left_out)
