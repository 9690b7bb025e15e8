"""The JSON that machines read, from the commands and from the board alike.

Keys are always present, unknown is null, and instants are in UTC with whole seconds. Only the forms of single things
stand here, without the ledger, so that `check` starts without it.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alertd.domain.alert import Delivery, iso_utc
from alertd.domain.instant import FindZone, iso_day, iso_local
from alertd.domain.truce import EndKind, State, Truce, effective_end, expiry, state
from alertd.errors import Problem

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


def truce_view(truce: Truce, now: datetime, problems: Sequence[Problem], find_zone: FindZone) -> View:
    """Where a truce stands, and when it ends."""
    end = effective_end(truce, now)
    zone = find_zone(truce.zone)
    local = None
    if end.at is not None:
        local = iso_day(end, zone=zone) if end.kind is EndKind.DATE else iso_local(end.at, zone=zone)
    return {
        "id": truce.id,
        "state": state(truce, now),
        "end_kind": expiry(truce).kind,
        "ends_at": moment(end.at),
        "ends_local": local,
        "zone": truce.zone,
        "problems": _indexes(truce.id, problems),
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
