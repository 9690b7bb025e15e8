"""The JSON that machines read, from the commands and from the board alike.

Keys are always present, unknown is null, and instants are in UTC with whole seconds. Only the forms of single things
stand here, without the ledger, so that `check` starts without it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alertd.domain.alert import Delivery
from alertd.domain.truce import Record, State, Termination, Truce, TruceStatus
from alertd.errors import Problem
from alertd.times.end import ALWAYS, End
from alertd.times.formats import iso_end, iso_utc
from alertd.times.instant import ZoneLookup

View = dict[str, Any]


def dump(value: object) -> str:
    """JSON as it goes to standard output."""
    return json.dumps(value, ensure_ascii=False)


def moment(value: datetime | None) -> str | None:
    """An instant, or null."""
    return None if value is None else iso_utc(value)


def problem_view(problem: Problem) -> View:
    """A problem of settings or register."""
    return {
        "file": problem.file,
        "line": problem.line,
        "truce": problem.truce,
        "level": problem.level,
        "code": problem.code,
        "message": problem.message,
        "readings": [
            {"local": reading.local, "utc": iso_utc(reading.utc), "write": reading.write}
            for reading in problem.readings
        ],
    }


def refused_view(truce_id: str, problems: Sequence[Problem]) -> View:
    """A truce of which no end can be read."""
    return {
        "id": truce_id,
        "state": State.REFUSED,
        "end_kind": None,
        "ends_at": None,
        "ends_local": None,
        "zone": None,
        "problems": _indexes(truce_id, problems),
    }


def truce_view(truce: Truce, now: datetime, problems: Sequence[Problem], zone_for: ZoneLookup) -> View:
    """Where a truce stands, and when it ends."""
    status = TruceStatus(truce, now)
    return {
        "id": truce.id,
        "state": status.state,
        "end_kind": status.expiry.kind,
        "ends_at": moment(status.end.at),
        "ends_local": iso_end(status.end, zone=zone_for(truce.zone)),
        "zone": truce.zone,
        "problems": _indexes(truce.id, problems),
    }


def statement_view(statement: Record | Termination) -> View:
    """A record or a termination: who said what when, and how it stands."""
    view: View = {
        "announced": _known_since(statement.announced),
        "confirmed": _known_since(statement.confirmed_at),
        "denied": _known_since(statement.denied_at),
        "standing": statement.standing,
        "stated_by": list(statement.stated_by),
        "sources": list(statement.sources),
    }
    if isinstance(statement, Record):
        return {**view, **end_view(statement.end), "written": statement.written, "note": statement.note}
    return {**view, "ends_at": iso_utc(statement.at), "reason": statement.reason}


def end_view(end: End | None) -> View:
    """An end by its kind, its moment and its condition."""
    return {
        "end_kind": end.kind if end else None,
        "ends_at": moment(end.at if end else None),
        "condition": end.condition if end else None,
    }


def truce_document(truce: Truce, now: datetime, zone_for: ZoneLookup) -> View:
    """A truce with all that its file says of it."""
    view = truce_view(truce, now, (), zone_for)
    del view["problems"]
    return {
        **view,
        "title": truce.title,
        "area": truce.area,
        "parties": list(truce.parties),
        "tags": list(truce.tags),
        "announced": _known_since(truce.announced),
        "starts": iso_utc(truce.starts),
        "first_end": end_view(truce.first_end),
        "sources": list(truce.sources),
        "note": truce.note,
        "left_out": list(truce.left_out),
        "records": [statement_view(record) for record in truce.records],
        "termination": None if truce.termination is None else statement_view(truce.termination),
    }


def delivery_view(delivery: Delivery, title: str) -> View:
    """A delivery that is planned."""
    return {
        "due_at": iso_utc(delivery.due_at),
        "truce": delivery.truce,
        "kind": delivery.kind,
        "stage": None if delivery.stage is None else str(delivery.stage),
        "ends_at": moment(delivery.ends_at),
        "channel": delivery.channel,
        "target": delivery.target,
        "title": title,
    }


def _indexes(truce_id: str, problems: Sequence[Problem]) -> list[int]:
    return [index for index, problem in enumerate(problems) if problem.truce == truce_id]


def _known_since(value: datetime | None) -> str | None:
    """An instant; null too for what has been so for as long as anyone asks."""
    return None if value in (None, ALWAYS) else moment(value)
