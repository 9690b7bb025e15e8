"""The one line that `systemctl status` shows."""

from zoneinfo import ZoneInfo

import pytest
from factories import LAST_END, day, end, moment, record, termination, truce

from alertd.domain.outlook import Outlook, outlook_line
from alertd.domain.truce import TruceStatus
from alertd.message.wording import named
from alertd.times.end import End

NOW = moment("2016-05-03T12:00")


def line(of) -> str:
    """What is said where this truce alone is on watch."""
    stands = Outlook(running=1, next_end=TruceStatus(of, NOW).end.at, next_truce=of, holds_until=None)
    return outlook_line(stands, NOW, zone_for=ZoneInfo, named=named)


def test_it_names_the_end_as_they_count_it_there():
    assert line(truce(name="Eastern Ghouta", first_end=end(LAST_END))) == "1 running, next end 0100 Wed Eastern Ghouta"


def test_without_an_end_it_says_so():
    nothing = Outlook(running=0, next_end=None, next_truce=None, holds_until=None)
    assert outlook_line(nothing, NOW, zone_for=ZoneInfo, named=named) == "0 running, no end ahead"


def test_a_termination_that_is_ahead_is_the_end():
    ending = truce(
        name="Eastern Ghouta",
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
    assert line(truce(name="Eastern Ghouta", first_end=ends)) == f"1 running, {expected}"


def test_it_calls_the_truce_as_alerts_do_and_does_not_fill_the_screen():
    assert line(truce(title="Regime of calm", first_end=end(LAST_END))).endswith(" Wed Regime of calm")
    assert len(line(truce(title="x" * 500, first_end=end(LAST_END)))) < 100


def test_an_extension_moves_it():
    extended = truce(
        name="Eastern Ghouta",
        first_end=end(LAST_END),
        records=(record("2016-05-04T22:00", announced="2016-05-03T10:00"),),
    )

    assert line(extended) == "1 running, next end 0100 Thu Eastern Ghouta"
