"""The author and the moment of a record; and that it was a mistake to write it down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.times.end import ALWAYS

WHILE_TYPING = timedelta(minutes=1)
"""A moment so close to the one at which it was written down is that of the writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """The author of a record, and the moment at which it was written down; never that at which something was known."""

    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Void:
    """The mark of a record that was a mistake of whoever wrote it down: it counts as never made."""

    at: datetime
    """From when on it counts as never made."""
    reason: str | None = None
    by: str | None = None
    """The person of the desk who says so; no party."""
    sources: tuple[str, ...] = ()


def announcement(announced: datetime, recording: Recording | None) -> datetime | None:
    """The moment of an announcement, or None where nobody has told it.

    A command that is not told one writes the moment at which it runs, and that is when somebody typed.
    """
    if announced == ALWAYS:
        return None
    typed_at = recording.at if recording else None
    return None if typed_at is not None and abs(typed_at - announced) < WHILE_TYPING else announced
