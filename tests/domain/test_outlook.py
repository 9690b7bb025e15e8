"""The one line that `systemctl status` shows."""

from zoneinfo import ZoneInfo

import pytest
from factories import LAST_END, day, end, moment, record, termination, truce

from alertd.domain.outlook import outlook, outlook_line
from alertd.domain.truce import End

NOW = moment("2016-05-03T12:00")


def line(*truces, now=NOW) -> str:
    return outlook_line(outlook(truces, now), now, find_zone=ZoneInfo)


def test_it_says_how_many_run_and_which_end_comes_next_as_they_count_it_there():
    running = truce(id="ghouta", area="Eastern Ghouta", first_end=end(LAST_END))
    later = truce(id="latakia", first_end=end("2016-05-04T22:00"))
    ahead = truce(id="aleppo", starts=moment("2016-05-05T22:00"), first_end=end("2016-05-07T22:00"))

    assert line(later, running, ahead) == "2 running, next end 0100 Wed Eastern Ghouta"


def test_what_is_over_counts_no_more():
    over = truce(id="over", first_end=end("2016-05-01T22:00"))
    called_off = truce(
        id="off", first_end=end(LAST_END), termination=termination("2016-05-02T12:00", announced="2016-05-02T11:00")
    )

    assert line(over, called_off) == "0 running, no end ahead"


def test_a_termination_that_is_ahead_is_the_end():
    ending = truce(
        area="Eastern Ghouta",
        first_end=end(LAST_END),
        termination=termination("2016-05-03T15:00", announced="2016-05-03T11:00"),
    )

    assert line(ending) == "1 running, next end 1800 Tue Eastern Ghouta"


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        (end("2016-05-09T11:59"), "1459 Mon"),
        (end("2016-05-09T12:00"), "1500 Mon 9 May"),
        (day("2016-05-04T21:00"), "Thu"),
        (End.open(), None),
    ],
)
def test_a_date_is_added_as_soon_as_the_weekday_may_mislead(ends, told):
    expected = "no end ahead" if told is None else f"next end {told} Eastern Ghouta"
    assert line(truce(area="Eastern Ghouta", first_end=ends)) == f"1 running, {expected}"


def test_a_title_stands_in_for_an_area_and_neither_fills_the_screen():
    assert line(truce(area=None, title="Regime of calm", first_end=end(LAST_END))).endswith(" Wed Regime of calm")
    assert len(line(truce(area="x" * 500, first_end=end(LAST_END)))) < 100


def test_it_holds_until_the_next_start_or_end():
    ahead = truce(id="aleppo", starts=moment("2016-05-03T20:00"), first_end=end("2016-05-07T22:00"))
    running = truce(id="ghouta", first_end=end(LAST_END))

    assert outlook([running], NOW).holds_until == moment(LAST_END)
    assert outlook([running, ahead], NOW).holds_until == moment("2016-05-03T20:00")
    of_day = outlook([truce(first_end=day("2016-05-03T21:00"))], moment("2016-05-03T21:00"))
    assert of_day.holds_until == moment("2016-05-04T21:00")
    assert outlook([], NOW).holds_until is None


def test_an_extension_moves_it():
    extended = truce(
        area="Eastern Ghouta",
        first_end=end(LAST_END),
        records=(record("2016-05-04T22:00", announced="2016-05-03T10:00"),),
    )

    assert line(extended) == "1 running, next end 0100 Thu Eastern Ghouta"
