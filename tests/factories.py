"""Truces, records and deliveries for tests, after the real case of Eastern Ghouta in spring 2016.

Plain functions: each gives one whole, valid value, and takes what a test is about as keyword arguments. Moments are
written `2016-05-03T22:00` and are UTC.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from alertd.channels import Opening
from alertd.domain.alert import Delivery, Followed, Kind, Stage, alert_key
from alertd.domain.plan import Rung
from alertd.domain.policy import Subscription
from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce
from alertd.times.clock import SystemClock
from alertd.times.end import End

FIRST_END = "2016-04-30T22:00"
"""0100 Sun 1 May in Damascus."""

LAST_END = "2016-05-03T22:00"
"""0100 Wed 4 May in Damascus."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def end(at: str) -> End:
    return End.instant(moment(at))


def day(begins: str) -> End:
    """A day of 24 h that begins at a moment."""
    return End.of_day(moment(begins), moment(begins) + timedelta(days=1))


def record(
    ends: End | str, *, announced: str, confirmed: str | bool = True, denied: str | None = None, **other
) -> Record:
    """A statement about the end; confirmed since it was announced, unless told otherwise."""
    confirmed_at = moment(announced if confirmed is True else confirmed) if confirmed else None
    fields = {"stated_by": ("Syrian army",), "sources": ("https://example.org/extension",), "written": "until …"}
    return Record(
        end=end(ends) if isinstance(ends, str) else ends,
        announced=moment(announced),
        confirmed_at=confirmed_at,
        denied_at=moment(denied) if denied else None,
        **(fields | other),
    )


def claim(ends: End | str, *, announced: str, **other) -> Record:
    """An unconfirmed statement, of the Russian centre unless told otherwise."""
    fields = {"stated_by": ("Russian centre",), "sources": ("https://example.org/centre",), "confirmed": False}
    return record(ends, announced=announced, **(fields | other))


def termination(at: str, *, announced: str, confirmed: bool = True, **other) -> Termination:
    fields = {"stated_by": ("Syrian army",), "sources": ("https://example.org/termination",)}
    confirmed_at = moment(announced) if confirmed else None
    return Termination(at=moment(at), announced=moment(announced), confirmed_at=confirmed_at, **(fields | other))


def truce(*, termination: Termination | None = None, **other) -> Truce:
    """The truce as first announced: 24 h, to 0100 Sun 1 May; with this one termination, or none.

    Without alerts of its start: a test of those gives `start_lead_times=None` for the policy's own.
    """
    fields = {
        "terminations": () if termination is None else (termination,),
        "id": "eastern-ghouta",
        "title": "Regime of calm, Eastern Ghouta",
        "zone": "Asia/Damascus",
        "announced": moment("2016-04-29T15:00"),
        "starts": moment("2016-04-29T22:00"),
        "first_end": end(FIRST_END),
        "sources": ("https://example.org/statement",),
        "start_lead_times": (),
    }
    return Truce(**(fields | other))


def extended_truce(*more: Record, **other) -> Truce:
    """The truce extended twice, each time after it had run out; the expiry is 0100 Wed 4 May."""
    first = record("2016-05-01T22:00", announced="2016-05-01T09:00", written="by 24h")
    second = record(LAST_END, announced="2016-05-02T09:00", written="by 48h")
    return truce(records=(first, second, *more), **other)


def delivery(
    kind: Kind = Kind.REMINDER, *, stage: str | None = None, ends_at: str | None = LAST_END, at: str = "", **other
) -> Delivery:
    """An alert for the channel `desk`, due when its stage says, else at 0900Z Mon 2 May.

    Its stage counts to the end, unless told otherwise. A step of an escalation follows a reminder.
    """
    if kind is Kind.ESCALATED:
        return step_of(delivery(stage=stage or "1h", ends_at=ends_at, at=at, **other))
    ends = moment(ends_at) if ends_at else None
    counts_to = moment(at) if at else ends
    step = Stage.parse(stage) if stage else None
    fields = {
        "due_at": counts_to + step.offset if counts_to and step else moment("2016-05-02T09:00"),
        "truce": "eastern-ghouta",
        "channel": "desk",
        "target": "desk",
        "at": counts_to if step else None,
    }
    return Delivery(kind=kind, stage=step, ends_at=ends, **(fields | other))


def taken(planned: Iterable[Delivery], **channel) -> tuple[Subscription, tuple[Rung, ...]]:
    """A channel with one target, and what it takes of a plan, by its deliveries."""
    rungs = [Rung(each.due_at, each.kind, each.stage, each.ends_at, each.at, each.milestone) for each in planned]
    return Subscription(channel="desk", targets=("desk",), **channel), tuple(rungs)


def step_of(alert: Delivery, *, number: int = 2, people: int = 1, is_last: bool = False, **other) -> Delivery:
    """The step of the escalation `last-hour` that follows an alert."""
    key = alert_key(alert.key, alert.target)
    follows = Followed(alert=key, escalation="last-hour", step=number, people=people, is_last=is_last)
    return replace(alert, kind=Kind.ESCALATED, follows=follows, **other)


def opening(*urls: str, secret: str | None = None, **other) -> Opening:
    """A channel `desk` with these URLs, about to be opened."""
    fields = {
        "channel": "desk",
        "targets": ("desk", *(f"desk#{number}" for number in range(2, len(urls) + 1))),
        "urls": tuple(SecretStr(url) for url in urls),
        "secret": None if secret is None else SecretStr(secret),
        "clock": SystemClock(),
    }
    return Opening(**(fields | other))
