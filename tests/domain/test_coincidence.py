"""The reminders that say again what has just been said, and so are not sent."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import LAST_END, claim, delivery, end, extended_truce, moment, record, truce

from alertd.domain.alert import Kind
from alertd.domain.coincidence import coincides_with

AT_THE_START = "it falls on the very moment at which the truce starts"
AS_ANNOUNCED = "it falls on the very moment at which this end was announced"
DAY_BEFORE = moment("2016-05-02T22:00")


def reminder(stage="24h", *, ends_at=LAST_END, kind=Kind.REMINDER):
    return delivery(kind, stage=stage, ends_at=ends_at)


def test_a_truce_of_a_day_has_no_reminder_of_a_day_at_its_start():
    assert coincides_with(truce(), reminder(ends_at="2016-04-30T22:00")) == AT_THE_START


def test_an_end_announced_a_day_before_it_has_no_reminder_of_a_day():
    about = truce(records=(record(LAST_END, announced="2016-05-02T22:00"),))
    assert coincides_with(about, reminder()) == AS_ANNOUNCED


def test_a_first_end_is_announced_with_its_truce():
    about = truce(first_end=end(LAST_END), announced=DAY_BEFORE)
    assert coincides_with(about, reminder()) == AS_ANNOUNCED


def test_a_confirmation_announces_an_end_as_well():
    about = truce(records=(record(LAST_END, announced="2016-05-01T09:00", confirmed="2016-05-02T22:00"),))
    assert coincides_with(about, reminder()) == AS_ANNOUNCED


def test_a_claim_is_announced_like_any_other_end():
    about = truce(first_end=end("2016-05-09T22:00"), records=(claim(LAST_END, announced="2016-05-02T22:00"),))
    assert coincides_with(about, reminder()) == AS_ANNOUNCED


def test_a_claim_of_the_agreed_end_announces_nothing_new():
    about = truce(first_end=end(LAST_END), records=(claim(LAST_END, announced="2016-05-02T22:00"),))
    assert coincides_with(about, reminder()) is None


@pytest.mark.parametrize("away", [timedelta(seconds=-1), timedelta(seconds=1)])
def test_a_second_beside_either_is_another_moment(away):
    about = truce(first_end=end(LAST_END), announced=DAY_BEFORE + away, starts=DAY_BEFORE + away)
    assert coincides_with(about, reminder()) is None


def test_a_reminder_of_less_than_a_day_is_always_sent():
    for stage, lead in (("23h", timedelta(hours=23)), ("15m", timedelta(minutes=15))):
        at = moment(LAST_END) - lead
        about = truce(first_end=end(LAST_END), announced=at, starts=at)
        assert coincides_with(about, reminder(stage)) is None


def test_nothing_else_than_a_reminder_is_left_unsaid():
    about = truce(first_end=end(LAST_END), starts=moment(LAST_END) + timedelta(days=1))
    lapsed = replace(reminder("0", kind=Kind.LAPSED), due_at=about.starts)
    assert coincides_with(about, lapsed) is None


def test_the_announcement_of_another_end_tells_nothing_of_this_one():
    about = extended_truce(claim("2016-05-09T22:00", announced="2016-05-02T22:00"))
    assert coincides_with(about, reminder()) is None
