"""Records whose announcement lies long before the edit that brought them: often a wrong year or month."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce
from alertd.times.end import ALWAYS

BELATED_AFTER = timedelta(hours=48)
"""From how long after its announcement on a record that comes is questioned."""


def announced_long_ago(old: Truce, new: Truce, now: datetime) -> tuple[Record | Termination, ...]:
    """The records that an edit made now brings to a truce and that were announced long before it."""
    known = {statement.announced for statement in _statements(old)} | {new.announced, ALWAYS}
    return tuple(
        statement
        for statement in _statements(new)
        if statement.announced < now - BELATED_AFTER and statement.announced not in known
    )


def belated(old: Truce, new: Truce, now: datetime) -> tuple[datetime, ...]:
    """The announcements of such records, earliest first.

    Whoever writes down when it was recorded has said that it is late, and is not asked.
    """
    found = announced_long_ago(old, new, now)
    return tuple(sorted({statement.announced for statement in found if not _is_said_to_be_late(statement)}))


def _is_said_to_be_late(statement: Record | Termination) -> bool:
    """True if it tells itself that it was written down later than it was announced."""
    recording = statement.recording
    return recording is not None and recording.at is not None and recording.at > statement.announced


def still_belated(truce: Truce, announced: datetime) -> bool:
    """True if a record of the truce still says that it was announced then, and not that this is late."""
    return any(
        statement.announced == announced and not _is_said_to_be_late(statement) for statement in _statements(truce)
    )


def _statements(truce: Truce) -> Iterator[Record | Termination]:
    yield from truce.records
    yield from truce.terminations
