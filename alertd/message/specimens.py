"""Alerts of every kind, made up: what a template has to be able to tell before anybody relies on it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from alertd.domain.alert import CHANGES, LADDER, STAGED, TRUCELESS, Change, Delivery, Followed, Kind, Stage, alert_key
from alertd.domain.milestone import Milestone
from alertd.domain.notice import Notice, Sent
from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce
from alertd.message.facts import facts
from alertd.message.values import Facts, Reader
from alertd.times.end import End

_ZONE_NAME = "+03:00"
_ZONE = timezone(timedelta(hours=3))
_READER = Reader(zone_name="UTC", zone=UTC)
_ENDS_AT = datetime(2016, 5, 3, 22, tzinfo=UTC)
_DAY = timedelta(days=1)

_CLAIM = Record(
    end=End.instant(_ENDS_AT - timedelta(hours=1)),
    written="until 0000 Wed 4 May 2016",
    announced=_ENDS_AT - _DAY,
    stated_by=("One party",),
    sources=("https://example.org/claim",),
    note="Heard on the radio.",
)
_MILESTONE = Milestone(id="withdrawal", what="Withdrawal to the line", by="One party", at=_ENDS_AT)
_FULL = Truce(
    id="eastern-ghouta",
    title="Regime of calm, Eastern Ghouta",
    area="Eastern Ghouta",
    zone=_ZONE_NAME,
    parties=("One party", "Another party"),
    announced=_ENDS_AT - 5 * _DAY,
    starts=_ENDS_AT - 4 * _DAY,
    first_end=End.instant(_ENDS_AT),
    sources=("https://example.org/statement", "Radio, 2 May"),
    note="Call the access team first.",
    milestones=(_MILESTONE,),
    records=(_CLAIM,),
    terminations=(Termination(at=_ENDS_AT - timedelta(hours=2), announced=_ENDS_AT - _DAY, reason="A stated reason"),),
    left_out=("the extension (truces/a.toml line 9) cannot be read and is left out",),
)
_BARE = Truce(
    id="bare", title="Bare", zone=_ZONE_NAME, starts=_ENDS_AT - _DAY, first_end=End.of_day(_ENDS_AT, _ENDS_AT + _DAY)
)
_OPEN = Truce(id="open", title="Open", zone=_ZONE_NAME, starts=_ENDS_AT - _DAY, first_end=End.open())


def specimens() -> Iterator[Facts]:
    """The facts of every kind of alert, each with all that can be said and with the least."""
    for kind in Kind:
        for truce in (_FULL, _BARE, _OPEN):
            yield _specimen(kind, truce, full=truce is _FULL)


def _specimen(kind: Kind, truce: Truce, *, full: bool) -> Facts:
    if kind is Kind.ESCALATED:
        return _step(truce, full=full)
    return _told(_notice(kind, truce, full=full), full=full)


def _step(truce: Truce, *, full: bool) -> Facts:
    """Of a step of an escalation: the second, or the last of all."""
    notice = _notice(Kind.REMINDER, truce, full=full)
    delivery = notice.delivery
    alert = alert_key(delivery.key, delivery.target)
    follows = Followed(alert=alert, escalation="last-hour", step=2, people=1, is_last=not full)
    step = replace(delivery, kind=Kind.ESCALATED, channel="duty", target="duty", follows=follows)
    sent = (Sent("desk", delivery.due_at), Sent("desk#2", None)) if full else ()
    return _told(replace(notice, delivery=step, sent_before=sent), full=full)


def _notice(kind: Kind, truce: Truce, *, full: bool) -> Notice:
    end = truce.first_end
    delivery = Delivery(
        due_at=_ENDS_AT - timedelta(hours=6),
        truce=None if kind in TRUCELESS else truce.id,
        kind=kind,
        stage=Stage.before(timedelta(hours=6)) if kind in STAGED else None,
        ends_at=None if kind in STAGED - LADDER else end.at,
        at={Kind.MILESTONE: _ENDS_AT, Kind.START: truce.starts}.get(kind),
        milestone=_MILESTONE.id if kind is Kind.MILESTONE else None,
        channel="desk",
        target="desk",
    )
    change = Change(kind=kind, old=None if kind in (Kind.RECORDED, Kind.CLAIMED) else end, new=end, statement=_CLAIM)
    return Notice(
        delivery=delivery,
        truce=None if kind in TRUCELESS else truce,
        change=change if kind in CHANGES else None,
        earlier=(change,) if full and kind in CHANGES else (),
        text="One line.\nAnother line." if full or kind in TRUCELESS else None,
        possible_repeat=full,
    )


def _told(notice: Notice, *, full: bool) -> Facts:
    return facts(
        notice,
        reader=_READER,
        truce_zone=None if notice.truce is None else _ZONE,
        now=notice.delivery.due_at + timedelta(hours=1 if full else 0),
        late_after=timedelta(minutes=1),
        others=("board",) if full else (),
    )
