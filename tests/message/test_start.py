"""A start: before it, as it comes, and once the truce is over; alertd never says that a truce holds."""

from datetime import timedelta

import pytest
from factories import FIRST_END, delivery, end, moment, truce
from message.test_facts import told

from alertd.domain.alert import Kind
from alertd.domain.notice import Notice

STARTS = "2016-04-29T22:00"
WHEN = "0100 Sat 30 Apr Damascus (2200Z Fri 29 Apr)"


def of_start(stage, *, late=timedelta(), **other):
    about = truce(**other)
    alert = delivery(Kind.START, stage=stage, ends_at=None, at=STARTS)
    return told(Notice(delivery=alert, truce=about, change=None), late=late)


@pytest.mark.parametrize(
    ("stage", "late", "says"),
    [
        ("1h", timedelta(), f"starts in 1 h, {WHEN}"),
        ("0", timedelta(), f"in force since {WHEN}, as announced"),
        ("1h", timedelta(hours=2), f"in force since {WHEN}, as announced [LATE by 2 h]"),
        ("0", timedelta(hours=25), f"was in force from {WHEN}, as announced; it is over [LATE by 25 h]"),
    ],
)
def test_a_start_is_told_as_of_the_moment_at_which_it_is_sent(stage, late, says):
    assert of_start(stage, late=late).title == f"Regime of calm, Eastern Ghouta: {says}"


def test_the_body_says_the_start_once_and_the_end_that_it_leads_to():
    about = of_start("1h")
    assert [each.heading.partition(",")[0] for each in about.ends] == ["Starts", "End"]
    assert about.starts == ""
    assert about.sentences == ("It is not in force yet.",)
    assert of_start("0").sentences == ("No other start is recorded.",)


def test_a_truce_without_an_end_says_so_beside_its_start():
    about = of_start("0", first_end=end(FIRST_END).open())
    assert [each.heading for each in about.ends][1] == "End: none agreed"


def test_no_start_is_said_to_hold():
    for stage in ("1h", "0"):
        about = of_start(stage)
        assert "hold" not in " ".join([about.title, *about.sentences])
    assert moment(STARTS) == truce().starts
