"""The part of a plan that goes on the agenda, and when more of it does."""

from datetime import timedelta

from domain.test_plan_properties import HOURS, truces
from factories import delivery, moment, taken
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import LADDER, Kind
from alertd.domain.horizon import WHOLE, beyond, reach
from alertd.domain.plan import by_channel, deliveries
from alertd.domain.policy import Policy, Subscription

NOW = moment("2016-05-02T09:00")
A_DAY = timedelta(days=1)
TAKERS = (
    Subscription(channel="desk", targets=("desk", "desk#2")),
    Subscription(channel="oncall", targets=("oncall",), alerts=frozenset({Kind.LAPSED})),
)
HORIZONS = st.integers(1, 1000).map(lambda hours: timedelta(hours=hours))


def ladder(ends_at, *stages, **other):
    return [delivery(stage=stage, ends_at=ends_at, **other) for stage in stages]


def reach_of(*planned, **channel):
    """By what each channel takes."""
    return reach(tuple(taken(of_channel, **channel) for of_channel in planned), NOW, A_DAY)


def planned(about, now):
    return by_channel(about, TAKERS, Policy(after=(timedelta(days=3),)), reviews_until=now, now=now)


def test_a_plan_within_the_horizon_is_written_down_whole_and_asks_for_no_look():
    assert reach_of(ladder("2016-05-03T08:00", "6h", "1h")) == WHOLE


def test_of_a_far_end_the_next_two_alerts_are_written_down_and_the_rest_in_time():
    far = ladder("2016-06-02T09:00", "6h", "3h", "1h", "15m")
    found = reach_of(far)
    assert [each.due_at for each in far if found.holds(each.due_at)] == [far[0].due_at, far[1].due_at]
    assert list(beyond(far, found.rest_from)) == far[2:]
    assert found.look_at == far[2].due_at - A_DAY / 2


def test_as_one_of_the_next_two_comes_due_another_follows():
    """Else nothing would be written of an end that lies ahead."""
    spread = ladder("2016-12-02T09:00", "4000h", "3000h", "1h", "15m")
    assert reach_of(spread).look_at == spread[0].due_at


def test_each_target_has_its_next_two_of_each_end():
    late = ladder("2016-06-02T09:00", "1h", "15m", channel="oncall", target="oncall")
    claimed = ladder("2016-07-02T09:00", "24h", "6h", "1h")
    found = reach_of([*ladder("2016-06-02T09:00", "24h", "6h", "1h"), *claimed], late)
    assert found.rest_from == claimed[2].due_at


def test_where_the_next_may_wait_for_the_end_of_quiet_hours_all_that_may_go_out_before_it_is_written_down():
    """Else a message would leave out the end that is told in the night, as a reminder is told in the morning."""
    far = ladder("2016-06-02T09:00", "48h", "30h", "25h", "24h", "1h")
    assert reach_of(far, has_quiet_hours=True).rest_from == far[3].due_at


def test_the_next_question_asks_for_a_look_when_it_is_due():
    question = delivery(Kind.REVIEW, ends_at=None, stage=None, due_at=moment("2016-05-09T09:00"))
    assert reach_of([question]).look_at == question.due_at


@given(truces(), HOURS, HORIZONS)
def test_look_by_look_all_of_a_plan_is_written_down_before_it_is_due(about, now, horizon):
    every = deliveries(about, planned(about, now))
    written, whole = set(), {each.key: each for each in every if each.kind in LADDER}
    while True:
        found = reach(planned(about, now), now, horizon)
        fresh = [each for each in whole.values() if found.holds(each.due_at) and each.key not in written]
        written |= {each.key for each in fresh}
        ahead = [each for each in whole.values() if each.due_at > now]
        assert all(each.key in written for each in ahead if each.due_at <= now + horizon)
        if found.rest_from is None:
            break
        assert now < found.look_at < found.rest_from
        now = found.look_at
    assert written == whole.keys()
