"""The JSON of who wrote something down, since when it is known, that it was a mistake; and of a begun truce."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alertd.domain.beginning import Beginning
from alertd.domain.recording import Recording, Void
from alertd.times.end import ALWAYS


@dataclass(frozen=True, kw_only=True)
class BeginningView:
    """A record that a truce has begun."""

    at: datetime
    announced: datetime
    sources: tuple[str, ...]
    recorded: datetime | None
    recorded_by: str | None
    void: datetime | None
    void_reason: str | None
    void_by: str | None
    void_sources: tuple[str, ...]


def beginning_view(begun: Beginning) -> BeginningView:
    """A record that a truce has begun."""
    recording = recording_keys("recorded", begun.recording)
    return BeginningView(
        at=begun.at, announced=begun.announced, sources=begun.sources, **recording, **void_keys(begun.void)
    )


def void_keys(void: Void | None) -> dict[str, Any]:
    """The mark of a mistake, as four keys."""
    return {
        "void": void.at if void else None,
        "void_reason": void.reason if void else None,
        "void_by": void.by if void else None,
        "void_sources": void.sources if void else (),
    }


def recording_keys(key: str, recording: Recording | None) -> dict[str, Any]:
    """The person who wrote something down and the moment, as two keys."""
    return {key: recording.at if recording else None, f"{key}_by": recording.by if recording else None}


def known_since(value: datetime | None) -> datetime | None:
    """An instant; null too for what has been so for as long as anyone asks."""
    return None if value == ALWAYS else value
