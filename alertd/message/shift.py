"""The shift digest: when it is due, and what it says, so that nothing to say can be told from nobody there.

It tells the whole watch since the digest before: first what expired and is unresolved, then the next end whoever states
it. A watch in which nothing happened takes three lines.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.truce import LiveEnd, Owner, State, Truce, TruceStatus
from alertd.domain.watch import Happening, HappeningKind, happenings
from alertd.message.case import Case
from alertd.message.headline import headline
from alertd.message.ladder_headline import is_confirmed
from alertd.message.moments import day_in_words, moment_in_words
from alertd.message.wording import clean, condition_of_start, distance, joined, named, parties, plural
from alertd.times.end import End, EndKind
from alertd.times.formats import show, show_utc
from alertd.times.instant import ZoneLookup

NAMED = 10
"""The truces, or the next ends, that a list of a digest names."""

EVENTS = 20
"""The events of a watch that a digest tells, the latest ones."""

_ID_LENGTH = 60
_PARTY_LENGTH = 40


class _UpcomingEnd(NamedTuple):
    """An end ahead, in the order in which they come."""

    at: datetime
    name: str
    zone: str
    end: End
    stated: str
    """Who states it, where it is not agreed."""


class _Unended(NamedTuple):
    """A truce that runs without an agreed moment to end at."""

    name: str
    kind: EndKind
    checked_at: datetime | None


class _DatedLine(NamedTuple):
    """Something that happened in the watch, in its order."""

    at: datetime
    line: str


class Glance(NamedTuple):
    """As much of a truce on watch as a digest tells: a large register does not fit into memory whole."""

    name: str
    state: State
    unresolved_since: datetime | None
    ends: tuple[_UpcomingEnd, ...]
    unended: _Unended | None
    waits: str
    """Its name and the event that it waits for, where its start is open; else empty."""
    events: tuple[_DatedLine, ...]


def glance(truce: Truce, since: datetime, now: datetime, *, zone_for: ZoneLookup) -> Glance:
    """As much as a digest tells of a truce: how it stands now, and what time brought since a moment."""
    status = TruceStatus(truce, now)
    name = named(truce)
    runs = status.state is State.RUNNING and status.expiry.at is None
    return Glance(
        name=name,
        state=status.state,
        unresolved_since=status.unresolved_since,
        ends=tuple(_ends(status, name)),
        unended=_Unended(name, status.expiry.kind, truce.checked[-1].at if truce.checked else None) if runs else None,
        waits=f"{name} ({begins})" if (begins := condition_of_start(truce)) and not status.is_over else "",
        events=tuple(
            _DatedLine(came.at, _happened(came, truce, now, zone_for)) for came in happenings(truce, since, now)
        ),
    )


def _ends(status: TruceStatus, name: str) -> Iterator[_UpcomingEnd]:
    """The ends ahead, one that several state once, as the first of them is agreed."""
    told = set[datetime]()
    for live in status.ends_ahead:
        if live.end.order not in told:
            told.add(live.end.order)
            yield _UpcomingEnd(live.end.order, name, status.truce.zone, live.end, _stated(live))


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
class SeenChange:
    """A change that the register brought in the watch."""

    at: datetime
    truce: Truce
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """All that a digest tells of."""

    since: datetime
    """The moment of the digest before."""
    truces: tuple[Glance, ...]
    """All on watch; those that are over and bring nothing may be left out."""
    changes: tuple[SeenChange, ...]
    more_changes: int = 0
    """The number of earlier changes in the watch that are not among them."""
    sent: Mapping[Kind, int]
    """The number of alerts of each kind that were sent in the watch."""
    not_watched: tuple[str, ...]
    held: tuple[str, ...]
    failing: tuple[str, ...]
    """Targets that fail."""


def shift_text(shift: Shift, now: datetime, *, zone_for: ZoneLookup) -> str:
    """The lines of a digest; the first says the most."""
    ends = sorted((end for truce in shift.truces for end in truce.ends), key=lambda end: (end.at, end.name))
    first = f"{_unresolved(shift, now)}{_counts(shift)}, {_next_end(ends, now, zone_for)}"
    events = sorted(
        [
            *(event for truce in shift.truces for event in truce.events),
            *(_DatedLine(seen.at, _changed(seen, now, zone_for)) for seen in shift.changes),
        ]
    )
    state_lines = [*_warnings(shift), *_unended(shift, now), *_waiting(shift)]
    since = show_utc(shift.since.replace(second=0, microsecond=0))
    if not (events or shift.more_changes or shift.sent):
        return "\n".join([first, f"Nothing changed since {since}, and nothing was sent.", " ".join(state_lines)])
    return "\n".join([first, *_watch(since, events, shift), *state_lines, *_ends_ahead(ends, zone_for)])


def _unresolved(shift: Shift, now: datetime) -> str:
    """The truces that expired and are neither extended, ended nor closed, the latest first."""
    found = sorted(
        ((truce.unresolved_since, truce.name) for truce in shift.truces if truce.unresolved_since is not None),
        key=lambda lapse: (now - lapse[0], lapse[1]),
    )
    if not found:
        return ""
    shown = _some([f"{name} ({distance(since, now)})" for since, name in found])
    return f"{plural(len(found), 'truce')} expired, unresolved: {shown}; "


def _counts(shift: Shift) -> str:
    running, ahead = (sum(truce.state is which for truce in shift.truces) for which in (State.RUNNING, State.ANNOUNCED))
    return f"{plural(running, 'truce')} running" + (f", {ahead} ahead" if ahead else "")


def _next_end(ends: Sequence[_UpcomingEnd], now: datetime, zone_for: ZoneLookup) -> str:
    if not ends:
        return "no end ahead"
    first = ends[0]
    stated = f", {first.stated}" if first.stated else ""
    if first.end.kind is not EndKind.DATE:
        away, when = distance(first.at, now), moment_in_words(first.at, first.zone, now, zone_for)
    else:
        away = "at any time today" if first.at <= now else f"{distance(first.at, now)} or later"
        when = day_in_words(first.at, first.zone, zone_for)
    return f"next end {away}: {first.name}, {when}{stated}"


def _watch(since: str, events: Sequence[_DatedLine], shift: Shift) -> Iterator[str]:
    """The events of the watch, and what was sent."""
    told = events[-EVENTS:]
    every = len(events) + shift.more_changes
    if told:
        yield f"Since {since}:" if every == len(told) else f"Since {since}, the latest {len(told)} of {every} events:"
    else:
        yield f"Since {since} no end has moved or come."
    yield from (event.line for event in told)
    if shift.sent:
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(shift.sent.items()))
        yield f"Sent: {plural(sum(shift.sent.values()), 'alert')} ({kinds})."
    else:
        yield "Nothing was sent."


def _warnings(shift: Shift) -> Iterator[str]:
    yield f"NOT WATCHED: {_ids(shift.not_watched)}." if shift.not_watched else "Nothing in the register is unwatched."
    if shift.held:
        yield f"Held, as gone from the register without a word: {_ids(shift.held)}."
    if shift.failing:
        yield f"Channels that fail: {_ids(shift.failing)}."


def _unended(shift: Shift, now: datetime) -> Iterator[str]:
    """The truces without a moment to end at, by name, with when somebody last looked if they hold."""
    for kind, what in ((EndKind.OPEN, "Open, without an agreed end"), (EndKind.CONDITIONAL, "On a condition")):
        found = sorted(each.unended for each in shift.truces if each.unended is not None and each.unended.kind is kind)
        if found:
            checks = [
                f"{each.name} ({f'checked {distance(each.checked_at, now)}' if each.checked_at else 'not checked yet'})"
                for each in found
            ]
            yield f"{what}: {_some(checks)}."


def _waiting(shift: Shift) -> Iterator[str]:
    """The truces of which the start is open, by name."""
    found = sorted(truce.waits for truce in shift.truces if truce.waits)
    if found:
        yield f"Not begun yet: {_some(found)}."


def _changed(seen: SeenChange, now: datetime, zone_for: ZoneLookup) -> str:
    """A change as its alert told it, as of now."""
    delivery = Delivery(
        due_at=seen.at,
        truce=seen.truce.id,
        kind=seen.change.kind,
        stage=None,
        ends_at=seen.change.ends_at,
        channel="",
        target="",
    )
    case = Case(delivery=delivery, truce=seen.truce, change=seen.change, zone=zone_for(seen.truce.zone), as_of=now)
    return f"{headline(case)}."


def _happened(came: Happening, truce: Truce, now: datetime, zone_for: ZoneLookup) -> str:
    """Something that time brought, as `Ghouta: expired 9 h ago, no extension recorded: 0100 Wed 4 May Damascus`."""
    ago = distance(came.at, now)
    when = moment_in_words(came.at, truce.zone, now, zone_for)
    if came.live is not None and came.live.end.kind is EndKind.DATE:
        when = f"{day_in_words(came.live.end.order, truce.zone, zone_for)} is over"
    by = f" by {clean(came.by, _PARTY_LENGTH)}" if came.by else ""
    who = "" if came.live is None else _stated_by(came.live)
    then = "extended afterwards" if came.extended else "no extension recorded"
    what = {
        HappeningKind.BEGAN: f"began {ago}: {when}",
        HappeningKind.EXPIRED: f"expired {ago}, {then}: {when}",
        HappeningKind.ENDED: f"ended {ago} (termination by {who}): {when}",
        HappeningKind.STATED_END: f"the end stated by {who} and not confirmed came {ago}: {when}",
        HappeningKind.CHECKED: f"checked{by} {ago}: it holds",
        HappeningKind.CLOSED: f"closed{by} {ago}",
    }
    return f"{named(truce)}: {what[came.kind]}."


def _stated(live: LiveEnd) -> str:
    """Who states an end that is not agreed: `stated by the Russian centre, unconfirmed`."""
    if live.owner is Owner.EXPIRY:
        return ""
    if live.owner is Owner.TERMINATION:
        how = "termination by" if is_confirmed(live.statement) else "early end stated by"
    else:
        how = "stated by"
    return f"{how} {_stated_by(live)}" + ("" if is_confirmed(live.statement) else ", unconfirmed")


def _stated_by(live: LiveEnd) -> str:
    return parties(live.statement.stated_by if live.statement else (), _PARTY_LENGTH)


def _ends_ahead(ends: Sequence[_UpcomingEnd], zone_for: ZoneLookup) -> Iterator[str]:
    """The next ends, where the first line has not told the only one."""
    if len(ends) > 1:
        yield from (_end_line(end, zone_for) for end in ends[:NAMED])
    if len(ends) > NAMED:
        yield f"{plural(len(ends) - NAMED, 'later end')} not named here."


def _end_line(upcoming: _UpcomingEnd, zone_for: ZoneLookup) -> str:
    shown = show(upcoming.at, zone=zone_for(upcoming.zone), zone_name=upcoming.zone)
    stated = f", {upcoming.stated}" if upcoming.stated else ""
    return f"{upcoming.name}: {'at any time from ' if upcoming.end.kind is EndKind.DATE else ''}{shown}{stated}"


def _ids(ids: Iterable[str]) -> str:
    return _some([clean(truce_id, _ID_LENGTH) for truce_id in ids])


def _some(names: Sequence[str]) -> str:
    """The names, as many as a list of a digest has."""
    rest = len(names) - NAMED
    return joined([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])
