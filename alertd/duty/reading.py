"""The reading of a calendar, as alertd asks for it: what comes back are slots, or why there are none."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.duty import KNOWN_AHEAD, KNOWN_BEFORE, Roster, turns_of
from alertd.errors import AlertdError
from alertd.message.template_process import BYTES_AT_MOST, LimitExceeded, TemplateProcess

CALENDAR_BYTES_AT_MOST = 1_000_000
"""Of one calendar; a year of shifts written out one by one is a fifth of it."""

SLOTS_AT_MOST = 5_000

SECONDS_AT_MOST = 5.0
"""Of the processor, for one calendar."""


class ListRefused(AlertdError):
    """A duty list that cannot be read; its text says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """A calendar to be read: its bytes, the zone of what names none, and the moment."""

    text: bytes
    zone: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a calendar is refused."""

    reason: str


class CalendarReader:
    """Reads calendars, one after the other, in a process that lives as long as one takes.

    It waits for that process: not for the thread of the loop.
    """

    def __init__(self) -> None:
        self._process = TemplateProcess("alertd.duty.calendar_worker")

    def read(self, text: bytes, zone: str, now: datetime) -> Roster:
        """The roster of a calendar from a moment on; raises `ListRefused`."""
        if len(text) > CALENDAR_BYTES_AT_MOST:
            raise ListRefused(f"it is larger than {CALENDAR_BYTES_AT_MOST // 1_000_000} MB")
        try:
            answer = self._process.ask(Question(text, zone, now))
        except LimitExceeded:
            limits = f"{SECONDS_AT_MOST:g} s of the processor or {BYTES_AT_MOST >> 20} MiB of memory"
            raise ListRefused(f"reading it takes more than {limits}") from None
        finally:
            self.close()
        if isinstance(answer, Refusal):
            raise ListRefused(answer.reason)
        assert isinstance(answer, tuple)  # noqa: S101  of slots
        until = now + KNOWN_AHEAD
        return Roster(turns=turns_of(answer, now - KNOWN_BEFORE, until), until=until, read_at=now)

    def close(self) -> None:
        """End what is being read; whoever waits for it is told that it takes too long."""
        self._process.close()
