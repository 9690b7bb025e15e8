"""Deliveries as rows: writing new ones, reading them back, and the one door through which a row changes its state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Row, Update, bindparam, update

from alertd.domain.alert import Delivery, Followed, Kind, Stage
from alertd.ledger import schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.states import DeliveryState, IllegalTransition, require_legal

CHUNK = 500
"""Rows or ids in one statement: few enough for the parameters that a database takes, and for memory."""

NOT_REPLACED: Mapping[str, object] = dict.fromkeys(
    ("replaced_by", "carried_by", "reason", "settled_at", "not_before", "quiet_until")
)
"""The columns of a row that is planned as if it had never been superseded."""

SETTLED = frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.OVERTAKEN, DeliveryState.MISSED})
"""The states in which a row ends, other than by the register."""

CLOCK_WAS_AHEAD = "the clock was ahead when it was settled; its moment is still to come"

IDS: BindParameter[Sequence[int | str]] = bindparam("ids", expanding=True)
"""The ids that a statement is about, at most a chunk of them."""

AnyRow = Row[*tuple[Any, ...]]
"""A row of any query; which columns it has, its query says."""

_PLANNED = DeliveryState.PLANNED.value

_Element = TypeVar("_Element")


def chunks(items: Iterable[_Element]) -> Iterator[list[_Element]]:
    """The items in lists of at most `CHUNK`, none held longer than needed."""
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


NewRow = tuple[str | int | None, ...]
"""A row that is not written yet: values as the driver takes them, in the order of `_COLUMNS`."""

_COLUMNS = (
    "key",
    "truce",
    "revision",
    "kind",
    "stage",
    "ends_at",
    "at",
    "milestone",
    "channel",
    "target",
    "about",
    "number",
    "text",
    "stands_for",
    "planned_at",
    "due_at",
    "state",
    "attempts",
    "possible_repeat",
)

# A first reading of a large register writes a million rows, and three quarters of that time would go into binding.
_INSERT_NEW = {
    style: f"INSERT INTO {schema.delivery.name} ({', '.join(_COLUMNS)}) "  # noqa: S608  names of the code alone
    f"VALUES ({', '.join([mark] * len(_COLUMNS))}) ON CONFLICT (key) DO NOTHING"
    for style, mark in (("qmark", "?"), ("format", "%s"))
}
"""By the way in which the driver marks the place of a value."""


def new_row(delivery: Delivery, now: datetime, *, text: str | None = None, stands_for: str | None = None) -> NewRow:
    """The row that a delivery begins as: planned, and never tried; see `mark_steps`."""
    return (
        delivery.key,
        delivery.truce,
        delivery.revision,
        str(delivery.kind),
        None if delivery.stage is None else str(delivery.stage),
        None if delivery.ends_at is None else schema.milliseconds(delivery.ends_at),
        None if delivery.at is None else schema.milliseconds(delivery.at),
        delivery.milestone,
        delivery.channel,
        delivery.target,
        delivery.about,
        delivery.number,
        text,
        stands_for,
        schema.milliseconds(now),
        schema.milliseconds(delivery.due_at),
        _PLANNED,
        0,
        False,
    )


def insert_new(connection: Connection, rows: Iterable[NewRow]) -> int:
    """Insert the rows whose key is unknown, and say how many they were."""
    statement = _INSERT_NEW[connection.dialect.paramstyle]
    return sum(connection.exec_driver_sql(statement, chunk).rowcount for chunk in chunks(rows))


def mark_steps(connection: Connection, deliveries: Iterable[Delivery]) -> None:
    """Write down which alerts these follow as steps of escalations: so few do that no other row pays for it."""
    steps = [
        {
            "of_key": delivery.key,
            "follows": follows.alert,
            "escalation": follows.escalation,
            "step": follows.step,
            "people": follows.people,
            "is_last": follows.is_last,
        }
        for delivery in deliveries
        if (follows := delivery.follows) is not None
    ]
    if steps:
        connection.execute(_MARK_STEP, steps)


_MARK_STEP = (
    update(schema.delivery)
    .where(schema.delivery.c.key == bindparam("of_key"))
    .values({name: bindparam(name) for name in ("follows", "escalation", "step", "people", "is_last")})
)

OF_DELIVERY = tuple(
    schema.delivery.c[name]
    for name in (
        *("key", "truce", "revision", "kind", "stage", "ends_at", "at", "milestone"),
        *("channel", "target", "about", "number", "due_at"),
        *("follows", "escalation", "step", "people", "is_last"),
    )
)
"""The columns of which a delivery is made."""


def to_delivery(row: AnyRow) -> Delivery:
    """The delivery that a row with these columns stands for; its key is the row's."""
    return Delivery(
        due_at=row.due_at,
        truce=row.truce,
        kind=Kind(row.kind),
        stage=None if row.stage is None else Stage.parse(row.stage),
        ends_at=row.ends_at,
        at=row.at,
        milestone=row.milestone,
        channel=row.channel,
        target=row.target,
        revision=row.revision,
        about=row.about,
        number=row.number,
        follows=None if row.follows is None else _followed(row),
        known_as=row.key,
    )


def told_kind(row: AnyRow) -> str:
    """The kind of the alert that a row tells: of a step of an escalation that of the alert it follows."""
    return row.kind if row.follows is None else _followed(row).kind


def _followed(row: AnyRow) -> Followed:
    return Followed(alert=row.follows, escalation=row.escalation, step=row.step, people=row.people, is_last=row.is_last)


def move(
    connection: Connection, ids: Sequence[int], source: DeliveryState, goal: DeliveryState, **values: object
) -> None:
    """Take deliveries from one state to another, all of them or, with an error, none."""
    require_legal(source, goal)
    statement = _move_together(source, goal, frozenset(values))
    for chunk in chunks(ids):
        moved = statement.run(connection, {"ids": chunk, **values})
        _require_all(moved, len(chunk), source, goal)


def move_each(
    connection: Connection, rows: Sequence[Mapping[str, object]], source: DeliveryState, goal: DeliveryState
) -> None:
    """Take deliveries from one state to another, each with values of its own; `row` names its id."""
    require_legal(source, goal)
    if not rows:
        return
    statement = _move_one(source, goal, frozenset(rows[0].keys() - {"row"}))
    moved = statement.run_each(connection, rows)
    _require_all(moved, len(rows), source, goal)


@cache
def _move_together(source: DeliveryState, goal: DeliveryState, columns: frozenset[str]) -> Prepared:
    return Prepared(_move(source, goal, columns).where(schema.delivery.c.id.in_(IDS)))


@cache
def _move_one(source: DeliveryState, goal: DeliveryState, columns: frozenset[str]) -> Prepared:
    return Prepared(_move(source, goal, columns).where(schema.delivery.c.id == bindparam("row")))


def _move(source: DeliveryState, goal: DeliveryState, columns: Iterable[str]) -> Update:
    """Sets the state, and these columns to what a call gives them."""
    given: dict[str, BindParameter[object]] = {column: bindparam(column) for column in columns}
    return update(schema.delivery).where(schema.unindexed_state == source).values(state=goal, **given)


def replaced_reason(number: int) -> str:
    """Why a delivery is superseded."""
    return f"revision {number} of the truce replaced it"


def _require_all(moved: int, wanted: int, source: DeliveryState, goal: DeliveryState) -> None:
    if moved != wanted:
        raise IllegalTransition(f"{wanted - moved} of {wanted} deliveries were not {source} and cannot become {goal}")
