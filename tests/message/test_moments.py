"""Moments and days in lists of several truces."""

from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, end, moment, truce

from alertd.errors import Reading
from alertd.message.moments import end_in_words, moment_of, reading_in_words

NOW = moment("2016-05-06T12:00")
AT = "2016-05-03T21:00"


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        (truce(first_end=end(AT)), "0000 Wed 4 May Damascus (2100Z Tue 3 May)"),
        (truce(first_end=day(AT)), "Wed 4 May Damascus"),
        (truce(records=(claim(day(AT), announced="2016-05-02T08:00"),)), "Wed 4 May Damascus"),
        (truce(first_end=end(AT), zone="UTC"), "2100Z Tue 3 May"),
        (None, "2100Z Tue 3 May"),
    ],
)
def test_an_end_without_an_hour_is_shown_as_its_day_and_any_other_with_its_hour(about, shown):
    assert end_in_words(about, moment(AT), now=NOW, zone_for=ZoneInfo) == shown


def test_a_moment_that_is_no_end_keeps_its_hour_and_says_another_year():
    shown = moment_of(truce(first_end=day(AT)), moment("2015-05-03T21:00"), now=NOW, zone_for=ZoneInfo)
    assert shown == "0000 Mon 4 May 2015 Damascus (2100Z Sun 3 May)"


@pytest.mark.parametrize(
    ("local", "shown"),
    [
        ("2016-05-04T01:00:00+03:00", "0100 Wed 4 May 2016 (+03:00) = 2200Z Tue 3 May: write so"),
        ("2016-05-04T01:00:30+03:00", "01:00:30 Wed 4 May 2016 (+03:00) = 2200Z Tue 3 May: write so"),
        ("2016-05-04", "Wed 4 May 2016 = 2200Z Tue 3 May: write so"),
    ],
)
def test_a_reading_is_told_as_messages_tell_a_moment(local, shown):
    assert reading_in_words(Reading(local, moment("2016-05-03T22:00"), "so")) == shown
