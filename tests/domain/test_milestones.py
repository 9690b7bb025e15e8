"""The plan of a milestone: what is said before it, at it and after it, and when nothing more is said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import end, moment, taken, termination, truce

from alertd.domain.alert import Kind
from alertd.domain.change import changes, takes_away
from alertd.domain.horizon import beyond, reach
from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.milestone import Milestone
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import DeskAct
from alertd.times.end import End

DESK = Subscription(channel="desk", targets=("desk",))
OWED = Milestone(
    id="withdrawal", what="withdrawal", at=moment("2018-12-27T00:00"), announced=moment("2018-12-13T12:00")
)
NOW = moment("2018-12-18T00:00")


def hudaydah(*milestones, **other):
    fields = {"announced": moment("2018-12-13T12:00"), "starts": moment("2018-12-17T21:00"), "first_end": End.open()}
    return truce(id="hudaydah", milestones=milestones, **(fields | other))


def said(watched, now=NOW, policy=None, **only):
    channel = replace(DESK, **only)
    planned = plan(watched, [channel], policy or Policy(), reviews_until=now, now=now)
    return [delivery for delivery in planned if delivery.kind is Kind.MILESTONE]


def test_a_milestone_is_told_before_it_at_it_and_once_more_after_each_of_after():
    planned = said(hudaydah(OWED))
    assert [(str(each.stage), each.due_at - OWED.at) for each in planned] == [
        ("24h", -timedelta(hours=24)),
        ("1h", -timedelta(hours=1)),
        ("0", timedelta()),
        ("+15m", timedelta(minutes=15)),
    ]
    assert {(each.at, each.ends_at, each.milestone) for each in planned} == {(OWED.at, None, "withdrawal")}
    assert planned[0].key == "hudaydah|milestone|24h|-/2018-12-27T00:00:00Z|desk|withdrawal"


def test_a_truce_has_its_own_lead_times_and_an_empty_list_means_none():
    own = hudaydah(OWED, milestone_lead_times=(timedelta(hours=2),), after=(timedelta(hours=3),))
    assert [str(each.stage) for each in said(own)] == ["2h", "+3h"]
    assert said(hudaydah(OWED, milestone_lead_times=())) == []
    assert said(hudaydah(OWED), policy=Policy(milestone_lead_times=())) == []


@pytest.mark.parametrize("answer", ["met", "missed"])
def test_nothing_is_said_of_a_milestone_once_it_is_recorded_what_became_of_it(answer):
    at = moment("2018-12-26T23:30")
    answered = hudaydah(replace(OWED, **{answer: at}))
    assert at in moments_of_knowledge(answered)
    assert len(said(as_known(answered, at - timedelta(seconds=1)))) == 4
    assert said(as_known(answered, at)) == []


def test_a_milestone_that_is_not_announced_yet_is_told_to_nobody_who_looks_back():
    later = replace(OWED, announced=moment("2018-12-20T00:00"))
    assert said(as_known(hudaydah(later), NOW)) == []
    assert len(said(as_known(hudaydah(later), NOW, future_counts=True))) == 4
    assert len(said(as_known(hudaydah(later), later.announced))) == 4


def test_nothing_is_said_from_a_termination_on():
    ended = hudaydah(OWED, termination=termination("2018-12-26T23:30", announced="2018-12-26T12:00"))
    assert [str(each.stage) for each in said(ended)] == ["24h", "1h"]


def test_nothing_is_said_after_the_desk_has_closed_the_truce_and_a_lapse_alone_stops_nothing():
    lapsed = hudaydah(OWED, first_end=end("2018-12-20T00:00"))
    assert len(said(lapsed)) == 4
    closed = replace(lapsed, closed=(DeskAct(at=moment("2018-12-26T12:00")),))
    assert [str(each.stage) for each in said(closed)] == ["24h"]


def test_a_channel_can_leave_milestones_out():
    assert said(hudaydah(OWED), alerts=frozenset({Kind.LAPSED})) == []
    assert len(said(hudaydah(OWED), alerts=frozenset({Kind.MILESTONE}))) == 4


def test_of_each_milestone_the_next_two_alerts_are_within_the_horizon_and_the_rest_beyond():
    far = replace(OWED, id="far", at=moment("2019-12-27T00:00"))
    planned = said(hudaydah(OWED, far))
    part = reach((taken(planned),), NOW, timedelta(days=1))
    held = [each for each in planned if part.holds(each.due_at)]
    assert [each.milestone for each in held].count("far") >= 2
    assert {each.key for each in held} | {each.key for each in beyond(planned, part.rest_from)} == {
        each.key for each in planned
    }


def test_a_milestone_that_moves_is_told_at_once_and_armed_anew():
    moved = replace(OWED, at=OWED.at + timedelta(days=7))
    old, new = hudaydah(OWED), hudaydah(moved)
    (change,) = changes(old, new)
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, End.open(), End.open())
    assert [(move.old, move.new) for move in change.moved] == [(OWED, moved)]
    assert not {each.key for each in said(old)} & {each.key for each in said(new)}


def test_a_start_that_moves_says_which_milestones_it_moves():
    shift = timedelta(hours=3)
    old = hudaydah(OWED)
    new = replace(old, starts=old.starts + shift, milestones=(replace(OWED, at=OWED.at + shift),))
    (change,) = changes(old, new)
    assert "the start moved" in change.reason
    assert [move.new.at for move in change.moved] == [OWED.at + shift]


def test_a_new_milestone_and_what_became_of_one_are_no_news_of_their_own():
    assert changes(hudaydah(), hudaydah(OWED)) == ()
    assert changes(hudaydah(OWED), hudaydah()) == ()
    met = replace(OWED, at=OWED.at + timedelta(days=1), met=OWED.at)
    assert changes(hudaydah(OWED), hudaydah(met)) == ()


def test_a_form_that_lacks_a_milestone_or_what_became_of_one_takes_something_away():
    met = replace(OWED, met=OWED.at)
    other = replace(OWED, id="other")
    assert takes_away(hudaydah(OWED, other), hudaydah(OWED))
    assert takes_away(hudaydah(met), hudaydah(OWED))
    assert not takes_away(hudaydah(OWED), hudaydah(met, other))
