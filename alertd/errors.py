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
    """The file, a line or a value cannot be read; or a template fails."""
    UNKNOWN_KEY = "unknown_key"
    """A key, a table or an `ALERTD_` variable means nothing here."""
    MISSING = "missing"
    """Something that is needed is not there: a key, a credential, a file, a variable."""
    TWO_ENDS = "two_ends"
    """Two keys say when it ends."""
    DUPLICATE_ID = "duplicate_id"
    """Two truces have the same id."""
    BAD_TIME = "bad_time"
    """A time cannot be read, or can mean several things."""
    BAD_DURATION = "bad_duration"
    """A duration cannot be read, or has no end to count from."""
    GAP = "gap"
    """The clocks jump over this hour on that day."""
    OVERLAP = "overlap"
    """The clocks show this hour twice on that day."""
    WEEKDAY = "weekday"
    """The weekday does not fit the date, or is the day from which it is counted."""
    MIDNIGHT = "midnight"
    """A bare midnight: it can be the beginning of the day or its end."""
    ABBREVIATION = "abbreviation"
    """A zone abbreviation such as IST names no zone for certain."""
    MISMATCH = "mismatch"
    """The duration or the end that was stated beside an end disagrees with it."""
    UNKNOWN_ZONE = "unknown_zone"
    """The zone database has no zone of this name."""
    ORDER = "order"
    """A moment stands before one that it must follow, or an `announced` cannot be right where it stands."""
    UNREACHABLE = "unreachable"
    """No channel takes this truce."""
    STALE_ZONE = "stale_zone"
    """The zone data is old, or the end is close to a change of the clocks."""
    SECRET = "secret"  # noqa: S105  a code, not a credential
    """A secret stands in plain text or is too short, or others can read or change something."""
    CHANNEL = "channel"
    """A channel is not set up as its kind needs it."""
    PASSED_OVER = "passed_over"
    """Something in the folder of the truce files is not read."""
    STALE_FILE = "stale_file"
    """This node has a form of the file that is not the one read last, or a file that another node found deleted."""
    NOTHING_AHEAD = "nothing_ahead"
    """An end lies ahead, and nobody will be told of it."""
    LEDGER = "ledger"
    """The ledger or the lock of the daemon that runs is not in its place."""


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


class SessionLost(LedgerError):
    """The session by which a daemon had taken hold of its ledger is lost: another may have it now."""


class LedgerDamaged(LedgerError):
    """The file is no ledger, or not a whole one."""


class ChannelError(AlertdError):
    """A channel cannot be set up or reached; `permanent` tells whether trying again can help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
