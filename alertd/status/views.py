"""The JSON that machines read, from the commands and from the board alike.

A view is a value whose fields are the keys, in their order. Keys are always present, unknown is null, and instants are
in UTC with whole seconds. Only the forms of single things stand here, without the ledger, so that `check` starts
without it. A `Problem` and a `ClockDoubt` are such values themselves.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any

from alertd.daemon.clock_doubt import ClockDoubt
from alertd.domain.alert import Delivery, Kind
from alertd.domain.truce import Standing, State, Statement, Truce, TruceStatus
from alertd.errors import Problem
from alertd.times.end import ALWAYS, End, EndKind
from alertd.times.formats import iso_end, iso_utc
from alertd.times.instant import ZoneLookup


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
class _Ending:
    """The state of a truce, and when it ends."""

    id: str
    state: State
    end_kind: EndKind | None = None
    ends_at: datetime | None = None
    ends_local: str | None = None
    zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class TruceView(_Ending):
    """A truce in a list; of one of which no end can be read, that alone."""

    problems: tuple[int, ...]
    """The places of its problems in the list of problems that goes with it."""


@dataclass(frozen=True, kw_only=True)
class EndView:
    """An end by its kind, its moment and its condition."""

    end_kind: EndKind
    ends_at: datetime | None
    condition: str | None


@dataclass(frozen=True, kw_only=True)
class _StatementView:
    """The common part of a record and a termination: who said it when, and its standing."""

    announced: datetime | None
    confirmed: datetime | None
    denied: datetime | None
    standing: Standing
    stated_by: tuple[str, ...]
    sources: tuple[str, ...]


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
class TruceDocument(_Ending):
    """A truce with all that its file says of it."""

    title: str
    area: str | None
    parties: tuple[str, ...]
    tags: tuple[str, ...]
    announced: datetime | None
    starts: datetime
    first_end: EndView
    sources: tuple[str, ...]
    note: str | None
    left_out: tuple[str, ...]
    records: tuple[RecordView, ...]
    termination: TerminationView | None


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """A delivery that is planned."""

    due_at: datetime
    truce: str | None
    kind: Kind
    stage: str | None
    ends_at: datetime | None
    channel: str
    target: str
    title: str


@dataclass(frozen=True, kw_only=True)
class HistoryView:
    """A delivery of the delivery history."""

    key: str
    truce: str | None
    kind: str
    stage: str | None
    ends_at: datetime | None
    channel: str
    target: str
    state: str
    due_at: datetime
    settled_at: datetime | None
    attempts: int
    possible_repeat: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ChannelView:
    """The health of a channel: all its targets taken together."""

    name: str
    ok: bool
    last_success: datetime | None
    backlog: int


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


def refused_view(truce_id: str, problems: Sequence[Problem]) -> TruceView:
    """A truce of which no end can be read."""
    return TruceView(id=truce_id, state=State.REFUSED, problems=_places(truce_id, problems))


def truce_view(truce: Truce, now: datetime, problems: Sequence[Problem], zone_for: ZoneLookup) -> TruceView:
    """A truce of which an end is known."""
    return TruceView(**_ending(truce, now, zone_for), problems=_places(truce.id, problems))


def truce_document(truce: Truce, now: datetime, zone_for: ZoneLookup) -> TruceDocument:
    """A truce with all that its file says of it."""
    termination = truce.termination
    return TruceDocument(
        **_ending(truce, now, zone_for),
        title=truce.title,
        area=truce.area,
        parties=truce.parties,
        tags=truce.tags,
        announced=known_since(truce.announced),
        starts=truce.starts,
        first_end=end_view(truce.first_end),
        sources=truce.sources,
        note=truce.note,
        left_out=truce.left_out,
        records=tuple(
            RecordView(**_said(record), **keys(end_view(record.end)), written=record.written, note=record.note)
            for record in truce.records
        ),
        termination=None
        if termination is None
        else TerminationView(**_said(termination), ends_at=termination.at, reason=termination.reason),
    )


def end_view(end: End) -> EndView:
    """An end."""
    return EndView(end_kind=end.kind, ends_at=end.at, condition=end.condition)


def delivery_view(delivery: Delivery, title: str) -> DeliveryView:
    """A planned delivery under its title."""
    return DeliveryView(
        due_at=delivery.due_at,
        truce=delivery.truce,
        kind=delivery.kind,
        stage=None if delivery.stage is None else str(delivery.stage),
        ends_at=delivery.ends_at,
        channel=delivery.channel,
        target=delivery.target,
        title=title,
    )


def known_since(value: datetime | None) -> datetime | None:
    """An instant; null too for what has been so for as long as anyone asks."""
    return None if value == ALWAYS else value


def _ending(truce: Truce, now: datetime, zone_for: ZoneLookup) -> dict[str, Any]:
    status = TruceStatus(truce, now)
    return {
        "id": truce.id,
        "state": status.state,
        "end_kind": status.expiry.kind,
        "ends_at": status.end.at,
        "ends_local": iso_end(status.end, zone=zone_for(truce.zone)),
        "zone": truce.zone,
    }


def _said(statement: Statement) -> dict[str, Any]:
    return {
        "announced": known_since(statement.announced),
        "confirmed": known_since(statement.confirmed_at),
        "denied": known_since(statement.denied_at),
        "standing": statement.standing,
        "stated_by": statement.stated_by,
        "sources": statement.sources,
    }


def _places(truce_id: str, problems: Sequence[Problem]) -> tuple[int, ...]:
    return tuple(place for place, problem in enumerate(problems) if problem.truce == truce_id)
