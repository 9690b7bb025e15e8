"""What time alone brought for a truce in a watch: it began, expired, ended, was checked or closed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from alertd.domain.truce import LiveEnd, Owner, Truce, TruceStatus
from alertd.times.end import ALWAYS, NEVER, End


class HappeningKind(StrEnum):
    """The kinds of what time brings."""

    BEGAN = "began"
    EXPIRED = "expired"
    ENDED = "ended"
    """A confirmed termination came."""
    STATED_END = "stated end"
    """An end that somebody states, and nobody has confirmed, came."""
    CHECKED = "checked"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened to a truce at a moment."""

    at: datetime
    kind: HappeningKind
    live: LiveEnd | None = None
    """The end that came."""
    extended: bool = False
    """The end that expired was extended afterwards."""
    by: str | None = None


def happenings(truce: Truce, since: datetime, now: datetime) -> tuple[Happening, ...]:
    """The events after one moment up to another, in their order."""
    found = (
        *_began(truce),
        *_expired(truce),
        *_other_ends(TruceStatus(truce, now), since),
        *(Happening(at=act.at, kind=HappeningKind.CHECKED, by=act.by) for act in truce.checked),
        *(Happening(at=act.at, kind=HappeningKind.CLOSED, by=act.by) for act in truce.closed),
    )
    return tuple(sorted((came for came in found if since < came.at <= now), key=lambda came: came.at))


def _began(truce: Truce) -> Iterator[Happening]:
    if truce.starts > truce.announced:
        yield Happening(at=truce.starts, kind=HappeningKind.BEGAN)


def _expired(truce: Truce) -> Iterator[Happening]:
    """Each end of the lineage that came before the next one counted, and before a termination."""
    status = TruceStatus(truce, NEVER)
    stop = status.terminated_at or NEVER
    for live, following in pairwise((*status.chain, None)):
        assert live is not None  # noqa: S101  only the last one is
        over = live.end.surely_over
        counted_since = NEVER if following is None else _counts_since(following)
        if over < min(stop, counted_since):
            yield Happening(at=over, kind=HappeningKind.EXPIRED, live=live, extended=following is not None)


def _counts_since(live: LiveEnd) -> datetime:
    statement = live.statement
    return ALWAYS if statement is None else statement.confirmed_at or statement.announced


def _other_ends(status: TruceStatus, since: datetime) -> Iterator[Happening]:
    """The ends that are not the expiry's, as long as nothing else has ended the truce before.

    A termination that was confirmed in the watch is a change, and tells its end itself.
    """
    for live in status.live_ends:
        is_confirmed = live.statement is not None and live.statement.is_confirmed
        if live.owner is Owner.TERMINATION and is_confirmed:
            if live.end.at == status.terminated_at and _counts_since(live) <= since:
                yield Happening(at=live.end.order, kind=HappeningKind.ENDED, live=live)
        elif live.owner is not Owner.EXPIRY and _is_another(live.end, status):
            yield Happening(at=live.end.surely_over, kind=HappeningKind.STATED_END, live=live)


def _is_another(end: End, status: TruceStatus) -> bool:
    return end.surely_over != status.expiry.surely_over and end.order < (status.terminated_at or NEVER)
