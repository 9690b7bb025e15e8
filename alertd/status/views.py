"""The JSON that machines read, from the commands and from the board alike.

A view is a value whose fields are the keys, in their order. Keys are always present, unknown is null, and instants are
in UTC with whole seconds. Only the forms of single things stand here, without the ledger, so that `check` starts
without it. A `Problem` and a `ClockDoubt` are such values themselves.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from alertd.daemon.clock_doubt import ClockDoubt
from alertd.domain.milestone import by_moment
from alertd.domain.statement import Confirmation, DeskAct, Record, Statement, Termination
from alertd.domain.truce import LiveEnd, State, Truce, TruceStatus, begins, live_terminations
from alertd.errors import Problem
from alertd.message.links import Links
from alertd.status.beginning_views import BeginningView, beginning_view, known_since, recording_keys, void_keys
from alertd.status.daily_views import DailyView, WindowView, daily_view, window_view
from alertd.status.delivery_views import DeliveryView
from alertd.status.duty_views import DutyView
from alertd.status.milestone_views import MilestoneView, milestone_view
from alertd.times.end import End, EndKind
from alertd.times.formats import iso_end, iso_utc
from alertd.times.instant import ZoneLookup

S = TypeVar("S", Record, Termination)


def dump(value: object) -> str:
    """JSON as it goes to standard output."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return iso_utc(value) if isinstance(value, datetime) else keys(value)


def keys(view: object) -> dict[str, Any]:
    """The keys of a view, with their values; raises TypeError for what is none."""
    if not is_dataclass(view):
        message = f"{type(view).__name__} is no view"
        raise TypeError(message)
    return {name: getattr(view, name) for name in _names(view.__class__)}


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def moment(value: datetime | None) -> str | None:
    """An instant, or null."""
    return None if value is None else iso_utc(value)


@dataclass(frozen=True, kw_only=True)
class NextEnd:
    """The next end of a truce, whoever states it."""

    at: datetime
    """For a day without an hour, its first moment."""
    stated_by: tuple[str, ...]
    """Empty for the end that was agreed at first."""
    confirmed: bool


@dataclass(frozen=True, kw_only=True)
class _Ending:
    """The state of a truce, and when it ends."""

    id: str
    state: State
    end_kind: EndKind | None = None
    ends_at: datetime | None = None
    ends_local: str | None = None
    zone: str | None = None
    next_end: NextEnd | None = None
    unresolved_since: datetime | None = None
    starts_condition: str | None = None
    """The event that it waits for to begin; null for a truce that has begun or has a moment of start."""
    milestones: tuple[MilestoneView, ...] = ()
    """The first one first."""
    window: WindowView | None = None
    """Of a daily pause the window that is open, else the next; null where there is none."""


@dataclass(frozen=True, kw_only=True)
class TruceView(_Ending):
    """A truce in a list; of one of which no end can be read, that alone."""

    problems: tuple[int, ...]
    """The places of its problems in the list of problems that goes with it."""
    title: str | None = None
    area: str | None = None
    tags: tuple[str, ...] = ()
    starts: datetime | None = None
    """Null as long as its start is open."""
    claims: tuple[NextEnd, ...] = ()
    """Every other end that somebody stands by, terminations too, the first one first."""
    link: str | None = None
    """The address of its page on the board; null where `[board]` has no `url`, and in `check`."""


@dataclass(frozen=True, kw_only=True)
class EndView:
    """An end by its kind, its moment and its condition."""

    end_kind: EndKind
    ends_at: datetime | None
    condition: str | None


@dataclass(frozen=True, kw_only=True)
class _StatementView:
    """The common part of a record and a termination: who said it when, and its confirmation."""

    announced: datetime | None
    confirmed: datetime | None
    denied: datetime | None
    denied_by: tuple[str, ...]
    denied_source: tuple[str, ...]
    standing: Confirmation
    stated_by: tuple[str, ...]
    sources: tuple[str, ...]
    recorded: datetime | None
    recorded_by: str | None
    decision_recorded: datetime | None
    decision_recorded_by: str | None
    void: datetime | None
    void_reason: str | None
    void_by: str | None
    void_sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecordView(EndView, _StatementView):
    """An extension or a claim."""

    written: str
    note: str | None


@dataclass(frozen=True, kw_only=True)
class TerminationView(_StatementView):
    """A termination."""

    ends_at: datetime
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ActView:
    """A check of a truce, or its closing."""

    at: datetime
    by: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class TruceDocument(_Ending):
    """A truce with all that its file says of it."""

    title: str
    name: str | None
    area: str | None
    parties: tuple[str, ...]
    tags: tuple[str, ...]
    announced: datetime | None
    starts: datetime | None
    """Null as long as its start is open."""
    begun: tuple[BeginningView, ...]
    """The records that it has begun, in the order in which they became known; the last that is not void counts."""
    first_end: EndView
    sources: tuple[str, ...]
    note: str | None
    left_out: tuple[str, ...]
    records: tuple[RecordView, ...]
    termination: TerminationView | None
    """The one that counts: the first that somebody stands by, else the last."""
    terminations: tuple[TerminationView, ...]
    checked: tuple[ActView, ...]
    closed: tuple[ActView, ...]
    recorded: datetime | None
    recorded_by: str | None
    daily: DailyView | None
    """The hours of a daily pause."""


@dataclass(frozen=True, kw_only=True)
class ChannelView:
    """The health of a channel: all its targets taken together."""

    name: str
    ok: bool
    last_success: datetime | None
    backlog: int
    reason: str | None
    """The reason why it could not be opened; null where it is open."""


class Role(StrEnum):
    """The part of a node among those that share a ledger."""

    ACTIVE = "active"
    """Its daemon has the ledger, and sends what comes due."""
    STANDBY = "standby"
    """It waits for its turn."""


@dataclass(frozen=True, kw_only=True)
class StatusView:
    """All that `alertd status` and the board tell."""

    version: str
    tzdata: str
    pid: int | None
    last_tick: datetime | None
    clock_doubt: ClockDoubt | None
    truces: tuple[TruceView, ...]
    next: tuple[DeliveryView, ...]
    channels: tuple[ChannelView, ...]
    not_watched: tuple[str, ...]
    problems: tuple[Problem, ...]
    node: str
    role: Role
    active_node: str | None
    """The node whose daemon has the ledger; None where none has."""
    duty: tuple[DutyView, ...]


def refused_view(truce_id: str, problems: Mapping[str | None, Sequence[int]]) -> TruceView:
    """A truce of which no end can be read; `problems` are those of `problem_places`."""
    return TruceView(id=truce_id, state=State.REFUSED, problems=tuple(problems.get(truce_id, ())))


def truce_view(
    truce: Truce,
    now: datetime,
    problems: Mapping[str | None, Sequence[int]],
    zone_for: ZoneLookup,
    links: Links | None = None,
) -> TruceView:
    """A truce of which an end is known; `problems` are those of `problem_places`."""
    stated = sorted(TruceStatus(truce, now).live_ends[1:], key=lambda live: live.end.order)
    return TruceView(
        **_ending(truce, now, zone_for),
        problems=tuple(problems.get(truce.id, ())),
        title=truce.title,
        area=truce.area,
        tags=truce.tags,
        starts=None if truce.waits_to_begin else begins(truce),
        claims=tuple(view for live in stated if (view := _next_end(live)) is not None),
        link=None if links is None else links.page(truce.id),
    )


def unresolved_first(view: TruceView) -> tuple[bool, float]:
    """A key by which unresolved truces come first, the last to expire before the others; the rest keeps its order."""
    since = view.unresolved_since
    return since is None, 0 if since is None else -since.timestamp()


def truce_document(truce: Truce, now: datetime, zone_for: ZoneLookup) -> TruceDocument:
    """A truce with all that its file says of it."""
    return TruceDocument(
        **_ending(truce, now, zone_for),
        title=truce.title,
        name=truce.name,
        area=truce.area,
        parties=truce.parties,
        tags=truce.tags,
        announced=known_since(truce.announced),
        starts=None if truce.waits_to_begin else begins(truce),
        begun=tuple(map(beginning_view, truce.open_start.beginnings if truce.open_start else ())),
        first_end=end_view(truce.first_end),
        sources=truce.sources,
        note=truce.note,
        left_out=truce.left_out,
        records=tuple(map(_record_view, sorted((*truce.records, *_voided(truce, Record)), key=_announced))),
        termination=next(map(_termination_view, (*live_terminations(truce), *reversed(truce.terminations))), None),
        terminations=tuple(map(_termination_view, (*truce.terminations, *_voided(truce, Termination)))),
        checked=_act_views(truce.checked),
        closed=_act_views(truce.closed),
        **recording_keys("recorded", truce.recording),
        daily=daily_view(truce, now),
    )


def _act_views(acts: Sequence[DeskAct]) -> tuple[ActView, ...]:
    return tuple(ActView(at=act.at, by=act.by, sources=act.sources) for act in acts)


def _voided(truce: Truce, kind: type[S]) -> Iterator[S]:
    """The records of a kind that count as never made: they stay readable."""
    return (statement for statement in truce.voided if isinstance(statement, kind))


def _announced(record: Record) -> datetime:
    return record.announced


def _record_view(record: Record) -> RecordView:
    return RecordView(**_said(record), **keys(end_view(record.end)), written=record.written, note=record.note)


def _termination_view(termination: Termination) -> TerminationView:
    return TerminationView(**_said(termination), ends_at=termination.at, reason=termination.reason)


def end_view(end: End) -> EndView:
    """An end."""
    return EndView(end_kind=end.kind, ends_at=end.at, condition=end.condition)


def _ending(truce: Truce, now: datetime, zone_for: ZoneLookup) -> dict[str, Any]:
    status = TruceStatus(truce, now)
    return {
        "id": truce.id,
        "state": status.state,
        "end_kind": status.expiry.kind,
        "ends_at": status.end.at,
        "ends_local": iso_end(status.end, zone=zone_for(truce.zone)),
        "zone": truce.zone,
        "next_end": _next_end(status.next_end),
        "unresolved_since": status.unresolved_since,
        "starts_condition": truce.open_start.condition if truce.open_start and truce.waits_to_begin else None,
        "milestones": tuple(map(milestone_view, by_moment(truce.milestones))),
        "window": window_view(truce, now),
    }


def _next_end(live: LiveEnd | None) -> NextEnd | None:
    if live is None:
        return None
    statement = live.statement
    return NextEnd(
        at=live.end.order,
        stated_by=statement.stated_by if statement else (),
        confirmed=statement is None or statement.is_confirmed,
    )


def _said(statement: Statement) -> dict[str, Any]:
    return {
        "announced": known_since(statement.announced),
        "confirmed": known_since(statement.confirmed_at),
        "denied": known_since(statement.denied_at),
        "denied_by": statement.denied_by,
        "denied_source": statement.denied_sources,
        "standing": statement.confirmation,
        "stated_by": statement.stated_by,
        "sources": statement.sources,
        **recording_keys("recorded", statement.recording),
        **recording_keys("decision_recorded", statement.decision_recording),
        **void_keys(statement.void),
    }


def problem_places(problems: Iterable[Problem]) -> Mapping[str | None, Sequence[int]]:
    """The places of each truce's problems in the list of all."""
    places: dict[str | None, list[int]] = defaultdict(list)
    for place, problem in enumerate(problems):
        places[problem.truce].append(place)
    return places
