"""Errors, told as advice: whose fault it is shows in the type, what to do stands in the message.

Problems are values: the register and the settings collect every one of them in a single pass, and only the
edge of the program turns them into lines for a person or JSON for a machine.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Level(StrEnum):
    """The weight of a problem: an error leaves something unwatched, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The kinds of problem that a file can have."""

    SYNTAX = "syntax"
    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    TWO_ENDS = "two_ends"
    DUPLICATE_ID = "duplicate_id"
    BAD_TIME = "bad_time"
    BAD_DURATION = "bad_duration"
    GAP = "gap"
    OVERLAP = "overlap"
    WEEKDAY = "weekday"
    MIDNIGHT = "midnight"
    ABBREVIATION = "abbreviation"
    MISMATCH = "mismatch"
    UNKNOWN_ZONE = "unknown_zone"
    ORDER = "order"
    UNREACHABLE = "unreachable"
    STALE_ZONE = "stale_zone"
    SECRET = "secret"  # noqa: S105  a code, not a credential
    CHANNEL = "channel"
    NOTHING_AHEAD = "nothing_ahead"


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that an unclear time can mean, and the text that says so without doubt."""

    local: str
    """ISO 8601 with offset, such as `2016-05-04T01:00:00+03:00`; a date alone for a day."""
    utc: datetime
    write: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that a person should mend, and how."""

    file: str
    """Relative to the config folder."""
    line: int
    """1-based."""
    truce: str | None
    level: Level
    code: Code
    message: str
    readings: tuple[Reading, ...] = ()

    def __str__(self) -> str:
        """`truces/syria.toml:12: error: …`, as compilers write it, so that editors can jump to it."""
        return f"{self.file}:{self.line}: {self.level}: {self.message} [{self.code}]"


class AlertdError(Exception):
    """Anything that alertd raises on purpose; its text is meant to be read by a person."""


class TimeRefused(AlertdError):
    """A time or duration that cannot be known for certain, with every reading it could have.

    Raised by the grammar of times alone; the register turns it into a Problem with file and line.
    """

    def __init__(self, code: Code, message: str, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.readings = readings


class ConfigError(AlertdError):
    """The settings or the register cannot be used as they are; `problems` says where and why."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class LedgerError(AlertdError):
    """The ledger cannot be opened, read or written; `passing` tells whether waiting can help."""

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        self.passing = passing


class LedgerDamaged(LedgerError):
    """The file is no ledger, or not a whole one."""


class ChannelError(AlertdError):
    """A channel cannot be set up or reached; `permanent` tells whether trying again can help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
