"""Acknowledgements: of one alert, on all its targets; void once its end moves; never of what nobody was sent."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest
from factories import delivery, end, extended_truce, moment, termination, truce
from factories import record as statement
from ledger.steps import MORNING, ladder, news, record, row, send

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Kind, alert_key, short_id
from alertd.domain.daily import DailyPause, Hours, HoursFrom, Offset
from alertd.domain.milestone import Milestone
from alertd.ledger import acknowledging, queries, retention
from alertd.ledger.acknowledging import Refusal

END = "2016-05-03T22:00"
FIRST, SECOND = (reminder for reminder in ladder(ends_at=END, stages=("6h", "1h")))
SENT = FIRST.due_at
OTHER = delivery(stage="6h", ends_at=END, channel="oncall", target="oncall")
CALM = extended_truce()


def given(at=SENT, by="lena", note=None):
    return Acknowledgement(at=at, by=by, way="command", note=note)


def _alert(of):
    return alert_key(of.key, of.target)


def acknowledge(ledger, of, **fields):
    return ledger.run(acknowledging.acknowledge, of.key, given(**fields), str)


@pytest.fixture
def told(ledger):
    """The reminder six hours before the end was sent to the desk; the one for oncall waits for its worker."""
    record(ledger, of=CALM, wanted=[FIRST, OTHER, SECOND])
    send(ledger, SENT)
    return ledger


def test_an_acknowledgement_holds_for_all_targets_of_its_alert_and_for_no_other_alert(told):
    judged = acknowledge(told, FIRST, note="calling the centre")
    assert (judged.refusal, [each.target for each in judged.deliveries]) == (None, ["desk", "oncall"])
    assert row(told, FIRST).acknowledgement == row(told, OTHER).acknowledgement == given(note="calling the centre")
    assert row(told, SECOND).acknowledgement is None


def test_the_alert_of_a_delivery_is_the_same_for_all_targets_and_another_for_every_other_alert():
    shapes = [
        {"kind": kind, "stage": stage, "revision": revision, "about": about, "number": number}
        for kind, stage, revision, about, number in product(
            Kind, (None, "6h"), (None, 3), (None, "channel reminder"), (None, 2)
        )
    ]
    names = ("desk", "reminder", "eastern-ghouta", "desk#2", "a|b", "6h")
    alerts = {name: [_alert(delivery(target=name, channel=name, **shape)) for shape in shapes] for name in names}
    assert len(set(map(tuple, alerts.values()))) == 1
    assert len(set(alerts["desk"])) == len(shapes)


def test_the_first_acknowledgement_stands(told):
    send(told, SENT, target="oncall")
    acknowledge(told, FIRST)
    again = acknowledge(told, OTHER, by="omar", at=SENT + timedelta(minutes=1))
    assert (again.refusal, again.acknowledgement) == (Refusal.TWICE, given())
    assert row(told, FIRST).acknowledgement == given()


def test_an_alert_that_nobody_was_sent_is_not_acknowledged(told):
    assert acknowledge(told, SECOND).refusal is Refusal.UNSENT
    moved = truce(id=CALM.id, first_end=end("2016-05-04T22:00"))
    record(told, now=SENT, of=moved, wanted=ladder(ends_at="2016-05-04T22:00"))
    judged = acknowledge(told, SECOND)
    assert (judged.refusal, judged.reason) == (Refusal.SETTLED_UNSENT, row(told, SECOND).reason)
    assert [found.acknowledgement for found in told.run(queries.history)].count(None) == len(told.run(queries.history))


@pytest.mark.parametrize(
    "moved",
    [
        extended_truce(statement("2016-05-05T22:00", announced="2016-05-03T16:30")),
        extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-03T16:30")),
    ],
    ids=["extended", "terminated"],
)
def test_a_moved_end_makes_the_acknowledgement_void_and_its_return_brings_it_back(told, moved):
    acknowledge(told, FIRST)
    record(told, now=SENT, of=moved)
    assert row(told, FIRST).acknowledgement.is_void
    assert acknowledge(told, OTHER, by="omar").refusal is Refusal.MOVED
    record(told, now=SENT, of=CALM)
    assert not row(told, FIRST).acknowledgement.is_void


STARTS = moment("2016-05-04T06:00")
BEGINS = truce(id=CALM.id, starts=STARTS, first_end=end("2016-05-09T22:00"))
OWED = Milestone(id="list", what="list", at=STARTS)
HOURS = DailyPause((Hours(time(6), time(20)),), STARTS.date(), (Offset(STARTS - timedelta(days=9), timedelta()),))
LATER_HOURS = replace(HOURS, hours=(Hours(time(7), time(21)),))
OPENS_DAILY = replace(BEGINS, daily=HOURS, first_end=end("2016-05-08T20:00"))
CLOSES = STARTS + timedelta(days=1, hours=14)


def turn(kind, at=STARTS, **other):
    return delivery(kind, stage="1h", ends_at=other.pop("ends_at", None), at=f"{at:%Y-%m-%dT%H:%M}", **other)


@pytest.mark.parametrize(
    ("alert", "stands", "moved"),
    [
        (turn(Kind.START), BEGINS, replace(BEGINS, starts=STARTS + timedelta(hours=1))),
        (
            turn(Kind.MILESTONE, milestone="list"),
            replace(BEGINS, milestones=(OWED,)),
            replace(BEGINS, milestones=(replace(OWED, at=STARTS + timedelta(hours=1)),)),
        ),
        (turn(Kind.MILESTONE, milestone="list"), replace(BEGINS, milestones=(OWED,)), BEGINS),
        (turn(Kind.START, at=STARTS + timedelta(days=1)), OPENS_DAILY, replace(OPENS_DAILY, daily=LATER_HOURS)),
        (
            turn(Kind.REMINDER, at=CLOSES, ends_at="2016-05-08T20:00"),
            OPENS_DAILY,
            replace(OPENS_DAILY, daily=LATER_HOURS),
        ),
    ],
    ids=["a start that slips", "a milestone that moves", "a milestone that is gone", "an opening", "a closing"],
)
def test_an_acknowledgement_is_void_once_the_start_or_the_milestone_moves(ledger, alert, stands, moved):
    record(ledger, of=stands, wanted=[alert])
    send(ledger, alert.due_at)
    sent = alert.due_at
    assert acknowledge(ledger, alert, at=sent).refusal is None
    subject = "end" if alert.kind is Kind.REMINDER else str(alert.kind)
    assert row(ledger, alert).acknowledgement == replace(given(at=sent), subject=subject)
    record(ledger, now=sent, of=moved)
    assert row(ledger, alert).acknowledgement.is_void
    assert acknowledge(ledger, alert, at=sent, by="omar").refusal is Refusal.MOVED
    record(ledger, now=sent, of=stands)
    assert not row(ledger, alert).acknowledgement.is_void


def test_a_closing_stays_acknowledged_where_only_the_last_day_moves(ledger):
    closing = turn(Kind.REMINDER, at=CLOSES, ends_at="2016-05-08T20:00")
    record(ledger, of=OPENS_DAILY, wanted=[closing])
    send(ledger, closing.due_at)
    acknowledge(ledger, closing, at=closing.due_at)
    record(ledger, now=closing.due_at, of=replace(OPENS_DAILY, first_end=end("2016-05-20T20:00")))
    assert not row(ledger, closing).acknowledgement.is_void


NEXT_DAY = STARTS.date() + timedelta(days=1)
NIGHTLY = replace(HOURS, hours=(Hours(time(17), time(3)),), changes=(HoursFrom(NEXT_DAY, (Hours(time(1), time(2)),)),))


@pytest.mark.parametrize(("kind", "hour"), [(Kind.START, 1), (Kind.REMINDER, 2)], ids=["an opening", "a closing"])
def test_where_other_hours_begin_in_a_window_that_is_open_over_midnight_theirs_are_acknowledged_too(ledger, kind, hour):
    at = datetime.combine(NEXT_DAY, time(hour), UTC)
    alert = turn(kind, at=at, ends_at="2016-05-08T02:00" if kind is Kind.REMINDER else None)
    record(ledger, of=replace(OPENS_DAILY, daily=NIGHTLY, first_end=end("2016-05-08T02:00")), wanted=[alert])
    send(ledger, alert.due_at)
    assert acknowledge(ledger, alert, at=alert.due_at).refusal is None


def test_what_is_over_for_more_than_a_day_is_not_acknowledged(told):
    day_after = moment(END) + timedelta(days=1)
    assert acknowledge(told, FIRST, at=day_after + timedelta(seconds=1)).refusal is Refusal.OVER
    assert acknowledge(told, FIRST, at=day_after).refusal is None


def test_an_alert_without_an_end_is_acknowledged_for_a_day_after_it_was_sent(ledger):
    opened = news(Kind.OPENED, ends_at=None)
    record(ledger, of=truce(), announced=[opened], changes=())
    send(ledger, MORNING)
    (row_,) = ledger.run(queries.history)
    late = ledger.run(acknowledging.acknowledge, row_.key, given(at=MORNING + timedelta(days=1, seconds=1)), str)
    assert late.refusal is Refusal.OVER
    assert ledger.run(acknowledging.acknowledge, row_.key, given(at=MORNING + timedelta(days=1)), str).refusal is None


def test_it_is_found_by_the_id_of_each_message_by_its_key_and_by_nothing_else(told):
    for named in (FIRST.short_id, FIRST.key, OTHER.short_id):
        (found,) = told.run(acknowledging.find, named)
        assert _alert(found) == _alert(FIRST)
    assert told.run(acknowledging.find, "aaaaaa") == ()


def test_an_id_that_two_alerts_share_finds_both(told, monkeypatch):
    monkeypatch.setattr("alertd.ledger.acknowledging.short_id", lambda key: short_id(key)[:0])
    assert {_alert(found) for found in told.run(acknowledging.find, "")} == {_alert(FIRST), _alert(SECOND)}


def test_acknowledgements_are_forgotten_with_the_delivery_history(told):
    acknowledge(told, FIRST)
    told.run(retention.prune, SENT, 100)
    assert row(told, FIRST).acknowledgement is not None
    told.run(retention.prune, SENT + timedelta(seconds=1), 100)
    assert told.run(acknowledging._acknowledged, {_alert(FIRST)}) == {}


def test_whoever_is_told_later_is_told_who_sees_to_it(told):
    acknowledge(told, FIRST)
    (later,) = send(told, SENT, target="oncall")
    assert later.notice.acknowledgement == given()
    (other,) = send(told, SECOND.due_at)
    assert other.notice.acknowledgement is None


def test_an_alert_that_counts_to_a_milestone_is_acknowledged_up_to_a_day_after_that(ledger):
    near = delivery(Kind.MILESTONE, stage="24h", ends_at=None, at=END, milestone="aid")
    aid = Milestone(id="aid", what="aid", at=moment(END))
    record(ledger, of=replace(CALM, milestones=(aid,)), wanted=[near])
    send(ledger, near.due_at)
    day_after = moment(END) + timedelta(days=1)
    assert acknowledge(ledger, near, at=day_after + timedelta(seconds=1)).refusal is Refusal.OVER
    assert acknowledge(ledger, near, at=day_after).refusal is None
