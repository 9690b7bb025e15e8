"""Acknowledgements: who has seen an alert and sees to it. They belong to one alert, on all its targets."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from alertd.domain.acknowledgement import Acknowledgement, subject_of
from alertd.domain.alert import Delivery, Kind, alert_key, short_id
from alertd.domain.truce import Truce
from alertd.ledger import escalating, rows, schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.rows import AnyRow
from alertd.ledger.states import DeliveryState
from alertd.ledger.subjects import end_spoken_of, is_in_force, truces_of

_delivery = schema.delivery
_table = schema.acknowledgement

_OF_ALERTS = Prepared(select(_table).where(_table.c.alert.in_(rows.IDS)))

STAYS = timedelta(days=1)
"""The time after the end of an alert, and after it was sent, in which it can be acknowledged."""


class Refusal(StrEnum):
    """The reason for which an alert is not acknowledged."""

    UNSENT = "unsent"
    """Its moment has not come, or its first try is still ahead."""
    SETTLED_UNSENT = "settled unsent"
    """It was superseded, overtaken or missed before anybody was sent it."""
    MOVED = "moved"
    """The end, the start or the milestone that it speaks of is in force no more."""
    OVER = "over"
    """It was sent long ago, and its end is over."""
    TWICE = "twice"
    """This person, or as many people as it takes, have acknowledged it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An alert that somebody wants to acknowledge, and what came of it."""

    named: Delivery
    """The delivery by which it was named."""
    deliveries: tuple[Delivery, ...]
    """One for each of its targets."""
    truce: Truce | None
    """The truce as it is known now; None for an alert that belongs to none."""
    acknowledgement: Acknowledgement
    """The one that stands now: of an alert that was acknowledged before, the first."""
    refusal: Refusal | None
    reason: str | None
    """The reason for the state of a delivery, where it was settled unsent."""
    people: int = 1
    """The number of people that escalations ask for."""
    called_off: tuple[Delivery, ...] = ()
    """The steps of escalations that do not go out any more."""

    @property
    def missing(self) -> int:
        """The number of people that must acknowledge it yet."""
        return max(self.people - len(self.acknowledgement.people), 0)


def find(connection: Connection, named: str) -> tuple[Delivery, ...]:
    """The alerts of which a delivery has this short id, or this key: one delivery of each."""
    query = select(_delivery.c.id, _delivery.c.key).execution_options(yield_per=rows.CHUNK)
    ids = [row.id for row in connection.execute(query) if named in (row.key, short_id(row.key))]
    found = connection.execute(select(_delivery).where(_delivery.c.id.in_(ids)).order_by(_delivery.c.id))
    return tuple({_alert(row): rows.to_delivery(row) for row in found}.values())


def acknowledge(
    connection: Connection, key: str, given: Acknowledgement, words: Callable[[Judged], str]
) -> Judged | None:
    """Acknowledge the alert of the delivery with this key, or say why not; nothing changes then. None as in `judge`.

    The steps of escalations that follow it are called off once as many people have answered as each asks for, and
    whoever they had told is told of that, in these words. Of the same person one acknowledgement counts. That of a
    lapse is written for each time that it is said, as it is one thing that was seen.
    """
    asked = _asked(connection, key, given)
    if asked is None:
        return None
    if asked.judged.refusal is not None:
        return asked.judged
    alerts, before = asked.alerts, asked.before
    new = {"at": given.at, "by": given.by, "way": given.way, "note": given.note}
    connection.execute(insert(_table), [{"alert": alert, **new} for alert in sorted(alerts)])
    now_given = _of_all(_given(connection, alerts))
    called_off = escalating.call_off(connection, alerts, given.at)
    judged = replace(asked.judged, acknowledgement=now_given, called_off=called_off)
    answered = range(len(before.people) + 1 if before else 1, len(now_given.people) + 1)
    told = escalating.told_of(row for row in asked.steps if row.people in answered)
    _tell(connection, judged, told, words(judged), given.at)
    return judged


def judge(connection: Connection, key: str, given: Acknowledgement) -> Judged | None:
    """The outcome that an acknowledgement of this delivery's alert would have; None where no delivery has this key."""
    asked = _asked(connection, key, given)
    return None if asked is None else asked.judged


@dataclass(frozen=True, slots=True)
class _Asked:
    """An alert that is to be acknowledged, as it is before."""

    alerts: Collection[str]
    """The keys of the alerts that are acknowledged with it, its own among them."""
    steps: Sequence[AnyRow]
    """The steps of escalations that follow them."""
    before: Acknowledgement | None
    judged: Judged


def _asked(connection: Connection, key: str, given: Acknowledgement) -> _Asked | None:
    named = connection.execute(select(_delivery).where(_delivery.c.key == key)).one_or_none()
    if named is None:
        return None
    alert = _alert(named)
    alerts = escalating.said_with(connection, alert, named.truce, named.ends_at)
    found = escalating.rows_of(connection, named.truce, alert)
    steps = escalating.steps_of(connection, alerts)
    own = [row for row in steps if row.follows == alert]
    truce = truces_of(connection, [named]).get(named.truce)
    people = max((row.people for row in steps), default=1)
    earlier = _given(connection, alerts)
    before = _of_all(earlier) if earlier else None
    may_grow = not steps and _is_open(found)
    judged = Judged(
        named=rows.to_delivery(named),
        deliveries=tuple(map(rows.to_delivery, found or [named])),
        truce=truce,
        acknowledgement=before or given,
        refusal=_refusal([*found, *own], truce, given.at) or _refused_again(before, given, people, may_grow=may_grow),
        reason=next((row.reason for row in found if row.reason), None),
        people=people,
    )
    return _Asked(alerts, steps, before, judged)


def _refused_again(
    before: Acknowledgement | None, given: Acknowledgement, people: int, *, may_grow: bool
) -> Refusal | None:
    """`may_grow`: a step that asks for more people may follow yet, so that nobody new is turned away."""
    if before is None or (given.by not in before.people and (may_grow or len(before.people) < people)):
        return None
    return Refusal.TWICE


def _is_open(found: Sequence[AnyRow]) -> bool:
    return any(row.state in (DeliveryState.PLANNED, DeliveryState.ACQUIRED) for row in found)


def _tell(connection: Connection, judged: Judged, channels: Mapping[str, str], text: str, now: datetime) -> None:
    """Tell the targets that steps went to that somebody sees to it."""
    about = f"alert {judged.deliveries[0].short_id} is acknowledged"
    notices = [
        rows.new_row(Delivery.truceless(Kind.OPS, now, channel=channel, target=target, about=about), now, text=text)
        for target, channel in channels.items()
    ]
    rows.insert_new(connection, notices)


def of_rows(connection: Connection, found: Sequence[AnyRow]) -> Mapping[str, Acknowledgement]:
    """The acknowledgements of some deliveries, by the deliveries' keys."""
    by_alert = _acknowledged(connection, {_alert(row) for row in found})
    if not by_alert:
        return {}
    acknowledged = [(row, by_alert[alert]) for row in found if (alert := _alert(row)) in by_alert]
    truces = truces_of(connection, [row for row, _ in acknowledged])
    return {
        row.key: replace(
            given,
            is_void=not is_in_force(row, truces.get(row.truce)),
            subject=subject_of(Kind(rows.told_kind(row))),
        )
        for row, given in acknowledged
    }


def _refusal(found: Sequence[AnyRow], truce: Truce | None, now: datetime) -> Refusal | None:
    if not any(row.attempts for row in found):
        return Refusal.UNSENT if _is_open(found) else Refusal.SETTLED_UNSENT
    if not is_in_force(found[0], truce):
        return Refusal.MOVED
    last = max(moment for row in found for moment in (row.due_at, row.settled_at, row.at) if moment is not None)
    end = None if truce is None else end_spoken_of(found[0], truce)
    return Refusal.OVER if now > max(last, end.surely_over if end is not None else last) + STAYS else None


def _alert(row: AnyRow) -> str:
    """The key of the alert that a row tells; of a step of an escalation that of the alert it follows."""
    return row.follows or alert_key(row.key, row.target)


def _acknowledged(connection: Connection, alerts: Collection[str]) -> dict[str, Acknowledgement]:
    """Those of some alerts, by the keys of the alerts."""
    by_alert = defaultdict[str, list[AnyRow]](list)
    for row in _given(connection, alerts):
        by_alert[row.alert].append(row)
    return {alert: _of_all(given) for alert, given in by_alert.items()}


def _given(connection: Connection, alerts: Collection[str]) -> Sequence[AnyRow]:
    """The rows of some alerts in their order; of very many alerts, all there are: people made them."""
    few = len(alerts) <= rows.CHUNK
    found = _OF_ALERTS.all(connection, {"ids": list(alerts)}) if few else connection.execute(select(_table))
    return sorted(found, key=lambda row: row.at)


def _of_all(given: Sequence[AnyRow]) -> Acknowledgement:
    """The acknowledgement that one or more rows make together, of each person the first."""
    first, others = given[0], dict.fromkeys(row.by for row in given)
    return Acknowledgement(
        at=first.at,
        by=first.by,
        way=first.way,
        note=first.note,
        with_others=tuple(name for name in others if name != first.by),
    )
