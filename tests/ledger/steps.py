"""What the tests of the ledger do to it, a word each: record, claim, hand over, settle, and look."""

from datetime import timedelta

from factories import delivery, moment, truce

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Change, Kind
from alertd.domain.policy import Policy
from alertd.ledger import (
    Copy,
    DeliveryState,
    Revision,
    Settlement,
    TextDelivery,
    TruceStanding,
    acquisition,
    dispatch,
    planning,
    queries,
    settlement,
)

MORNING = moment("2016-05-02T09:00")
"""Before every stage of the ladder below."""

TARGETS = ["desk", "board", "oncall"]

POLICY = Policy()


def ladder(*, ends_at="2016-05-03T22:00", stages=("24h", "6h", "1h", "15m"), **other):
    return tuple(delivery(stage=stage, ends_at=ends_at, **other) for stage in stages)


def news(kind=Kind.EXTENDED, *, ends_at="2016-05-03T22:00", due_at=MORNING, **other):
    return delivery(kind, ends_at=ends_at, due_at=due_at, **other)


def ops(about="channel desk", *, due_at=MORNING, text="desk fails", **other):
    return TextDelivery(
        delivery=delivery(Kind.OPS, ends_at=None, truce=None, due_at=due_at, about=about, **other), text=text
    )


def copy_for(target="oncall", **other):
    return Copy(
        alert=TextDelivery(delivery=delivery(stage="6h", channel=target, target=target, **other), text="for desk"),
        line=ops(f"alert x to {target}", channel=target, target=target, due_at=delivery(stage="6h").due_at),
    )


def change(kind=Kind.EXTENDED, *, new=None, **other):
    new = new or truce().first_end
    return Change(kind=kind, old=None, new=new, **other)


def revision(*, of=None, changes=(), wanted=(), announced=(), standing=TruceStanding.WATCHED):
    return Revision(
        truce=of or truce(),
        changes=tuple(changes),
        wanted=tuple(wanted),
        announced=tuple(announced),
        standing=standing,
        file="truces/syria.toml",
        line=12,
    )


def record(ledger, *, now=MORNING, **fields):
    return ledger.run(planning.store, [revision(**fields)], now)


def states(ledger, **filters):
    """The state of every delivery, by its key."""
    return {row.key: row.state for row in ledger.run(queries.history, **filters)}


def state(ledger, of):
    return states(ledger)[of.key]


def row(ledger, of):
    return next(found for found in ledger.run(queries.history) if found.key == of.key)


def result_of(dispatched, outcome=Verdict.ACCEPTED, **other):
    next_state = {
        Verdict.ACCEPTED: DeliveryState.DELIVERED,
        Verdict.REFUSED: DeliveryState.FAILED,
        Verdict.FAILED: DeliveryState.PLANNED,
        Verdict.UNSURE: DeliveryState.PLANNED,
    }[outcome]
    fields = {
        "outcome": outcome,
        "detail": None,
        "took": timedelta(milliseconds=40),
        "message_id": "m1",
        "next_state": next_state,
        "not_before": None,
        "possible_repeat": outcome is Verdict.UNSURE,
        "reason": None,
    }
    return Settlement(id=dispatched.id, **(fields | other))


def take(ledger, now, *, target="desk", limit=100):
    return ledger.run(dispatch.dispatch, target, now, POLICY, limit)


def send(ledger, now, outcome=Verdict.ACCEPTED, *, target="desk", **other):
    """Acquire what is due, hand it over and settle it; returns what the worker was handed."""
    ledger.run(acquisition.acquire, now, POLICY)
    dispatched = take(ledger, now, target=target)
    ledger.run(settlement.settle, [result_of(each, outcome, **other) for each in dispatched], now)
    return dispatched
