"""The alerts of a start: what leads to it, what re-arms it, and when nothing is to be said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import FIRST_END, LAST_END, day, end, moment, record, termination, truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Kind
from alertd.domain.change import changes
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.times.end import End

DESK = Subscription(channel="desk", targets=("desk",))
STARTS = moment("2016-04-29T22:00")
ANNOUNCED = moment("2016-04-29T15:00")


def starting(**other):
    return truce(**({"start_lead_times": None} | other))


def starts(about, policy=None, *subscriptions):
    now = moment("2016-04-29T15:00")
    planned = plan(about, subscriptions or (DESK,), policy or Policy(), reviews_until=now, now=now)
    return [delivery for delivery in planned if delivery.kind is Kind.START]


def told(deliveries):
    return [
        (str(delivery.stage), f"{delivery.due_at:%d %H%M}", delivery.ends_at, delivery.at) for delivery in deliveries
    ]


@pytest.mark.parametrize("first_end", [end(FIRST_END), day(FIRST_END), End.open(), End.conditional("the talks end")])
def test_a_start_is_told_an_hour_before_and_at_its_moment_whatever_the_end(first_end):
    assert told(starts(starting(first_end=first_end))) == [
        ("1h", "29 2100", None, STARTS),
        ("0", "29 2200", None, STARTS),
    ]


def test_the_lead_times_are_those_of_the_policy_or_of_the_truce_and_an_empty_list_means_none():
    policy = Policy(start_lead_times=(timedelta(hours=3),))
    assert [str(each.stage) for each in starts(starting(), policy)] == ["3h"]
    assert [str(each.stage) for each in starts(starting(start_lead_times=(timedelta(),)), policy)] == ["0"]
    assert starts(starting(start_lead_times=()), policy) == []
    assert starts(starting(), Policy(start_lead_times=())) == []


@pytest.mark.parametrize("announced", [STARTS, STARTS + timedelta(minutes=10)])
def test_a_truce_that_has_begun_when_it_is_announced_has_no_alerts_of_its_start(announced):
    assert starts(starting(announced=announced)) == []


def test_a_channel_can_leave_them_out():
    deaf = Subscription(channel="deaf", targets=("deaf",), alerts=frozenset({Kind.LAPSED}))
    keen = Subscription(channel="keen", targets=("keen",), alerts=frozenset({Kind.START}))
    assert {each.channel for each in starts(starting(), None, deaf, keen)} == {"keen"}


def test_a_moved_start_gives_other_keys_and_a_moved_end_the_same():
    keys = {each.key for each in starts(starting())}
    slipped = starts(starting(starts=STARTS + timedelta(hours=3)))
    assert len(slipped) == 2
    assert keys.isdisjoint({each.key for each in slipped})
    extended = starting(records=(record(LAST_END, announced="2016-04-29T16:00"),))
    assert {each.key for each in starts(extended)} == keys


@pytest.mark.parametrize("at", ["2016-04-29T20:00", "2016-04-29T21:30", "2016-04-29T22:00"])
def test_what_is_ended_before_it_begins_says_nothing_of_its_start(at):
    assert starts(starting(termination=termination(at, announced="2016-04-29T16:00"))) == []


def test_what_is_ended_after_its_start_has_begun_all_the_same():
    assert len(starts(starting(termination=termination("2016-04-29T22:01", announced="2016-04-29T16:00")))) == 2


def test_what_only_one_party_says_takes_no_alert_of_a_start_away():
    rumour = termination("2016-04-29T20:00", announced="2016-04-29T16:00", confirmed=False)
    assert len(starts(starting(termination=rumour))) == 2


def test_a_truce_whose_end_is_brought_before_its_start_says_nothing_of_it():
    assert starts(starting(records=(record("2016-04-29T21:00", announced="2016-04-29T16:00"),))) == []


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_each_alert_of_a_start_is_exact_and_none_is_without_a_start_ahead(lies_ahead, lasts):
    begins = ANNOUNCED + timedelta(seconds=lies_ahead)
    about = replace(starting(), starts=begins, first_end=End.instant(begins + timedelta(seconds=lasts)))
    assert [each.due_at for each in starts(about)] == [begins - timedelta(hours=1), begins]


@pytest.mark.parametrize("first_end", [end(FIRST_END), end("2016-05-01T01:00")])
def test_a_start_that_moves_is_told_with_both_whether_the_end_moves_or_not(first_end):
    slipped = starting(starts=STARTS + timedelta(hours=3), first_end=first_end)
    (change,) = changes(starting(), slipped)
    assert (change.kind, change.starts) == (Kind.CORRECTED, (STARTS, STARTS + timedelta(hours=3)))
    assert changes(slipped, slipped) == ()
