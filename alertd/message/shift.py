"""The shift digest: when it is due, and what it says, so that nothing to say can be told from nobody there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from alertd.domain.alert import Change
from alertd.domain.truce import State, Truce, TruceStatus
from alertd.message.wording import clean, distance, place, plural
from alertd.times.end import EndKind
from alertd.times.formats import short_local, show, show_utc
from alertd.times.instant import ZoneLookup

ENDS = 10
"""The number of next ends that a digest names."""

_ID_LENGTH = 60

_NOT_OVER = (State.RUNNING, State.ANNOUNCED)


class _UpcomingEnd(NamedTuple):
    """An end ahead, in the order in which they come."""

    at: datetime
    truce: str
    zone: str
    kind: EndKind


class Glance(NamedTuple):
    """As much of a truce on watch as a digest tells: a large register does not fit into memory whole."""

    state: State
    end: _UpcomingEnd | None
    """None for one that is over, and for an end without a moment."""


def glance(truce: Truce, now: datetime) -> Glance:
    """As much as a digest tells of a truce."""
    status = TruceStatus(truce, now)
    if status.is_over or status.end.at is None:
        return Glance(status.state, None)
    return Glance(status.state, _UpcomingEnd(status.end.at, truce.id, truce.zone, status.end.kind))


@dataclass(frozen=True, slots=True)
class Shifts:
    """The times of day at which a digest is due, in the zone of those who read it."""

    times: tuple[time, ...]
    zone: tzinfo

    def last(self, now: datetime) -> datetime | None:
        """The latest moment at which a digest was due, `now` included; None where there are none."""
        return max((moment for moment in self._around(now) if moment <= now), default=None)

    def next(self, now: datetime) -> datetime | None:
        """The first moment after `now` at which one is due."""
        return min((moment for moment in self._around(now) if moment > now), default=None)

    def _around(self, now: datetime) -> list[datetime]:
        """The moments of the days about a moment; one that a change of the clocks skips comes as much later."""
        today = now.astimezone(self.zone).date()
        days = (today + timedelta(days=offset) for offset in range(-2, 3))
        return [datetime.combine(day, at, self.zone).astimezone(UTC) for day in days for at in self.times]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """All that a digest tells of."""

    since: datetime
    """When the shift before began."""
    truces: tuple[Glance, ...]
    """All on watch; those that are over may be left out."""
    changes: tuple[tuple[str, Change], ...]
    """The changes since, each with the id of its truce."""
    not_watched: tuple[str, ...]
    held: tuple[str, ...]
    failing: tuple[str, ...]
    """Targets that fail."""


def shift_text(shift: Shift, now: datetime, *, zone_for: ZoneLookup) -> str:
    """The lines of a digest; the first says the most."""
    ends = sorted(truce.end for truce in shift.truces if truce.end is not None)
    running, ahead = (sum(truce.state is which for truce in shift.truces) for which in _NOT_OVER)
    lines = [_first_line(running, ahead, ends, now, zone_for), _changed(shift), _unwatched(shift)]
    if shift.held:
        lines.append(f"Held, as gone from the register without a word: {_list(shift.held)}.")
    if shift.failing:
        lines.append(f"Channels that fail: {_list(shift.failing)}.")
    lines += [_end_line(end, zone_for) for end in ends[:ENDS]]
    if len(ends) > ENDS:
        lines.append(f"{plural(len(ends) - ENDS, 'later end')} not named here.")
    return "\n".join(lines)


def _first_line(running: int, ahead: int, ends: Sequence[_UpcomingEnd], now: datetime, zone_for: ZoneLookup) -> str:
    counts = f"{plural(running, 'truce')} running" + (f", {ahead} ahead" if ahead else "")
    if not ends:
        return f"{counts}, no end ahead"
    at, truce_id, zone, _ = ends[0]
    local = f"{short_local(at, zone=zone_for(zone))} {place(zone)} ({show_utc(at)})"
    return f"{counts}, next end {distance(at, now)}: {local}, {_id(truce_id)}"


def _changed(shift: Shift) -> str:
    since = show_utc(shift.since)
    if not shift.changes:
        return f"Nothing changed since {since}."
    by_kind: dict[str, list[str]] = defaultdict(list)
    for truce_id, change in shift.changes:
        by_kind[change.kind].append(truce_id)
    kinds = "; ".join(f"{kind}: {_list(dict.fromkeys(ids))}" for kind, ids in by_kind.items())
    return f"Changed since {since}: {kinds}."


def _unwatched(shift: Shift) -> str:
    return f"NOT WATCHED: {_list(shift.not_watched)}." if shift.not_watched else "Nothing in the register is unwatched."


def _end_line(end: _UpcomingEnd, zone_for: ZoneLookup) -> str:
    shown = show(end.at, zone=zone_for(end.zone), zone_name=end.zone)
    return f"{_id(end.truce)}: {'at any time from ' if end.kind is EndKind.DATE else ''}{shown}"


def _list(ids: Iterable[str]) -> str:
    named = [_id(truce_id) for truce_id in ids]
    more = len(named) - ENDS
    return ", ".join(named[:ENDS]) + (f" and {more} more" if more > 0 else "")


def _id(truce_id: str) -> str:
    return clean(truce_id, _ID_LENGTH)
