"""The shift digest: when it is due, and what it says."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import LAST_END, claim, day, end, extended_truce, moment, truce

from alertd.domain.alert import Change, Kind
from alertd.message.shift import ENDS, Shift, Shifts, glance, shift_text

ZURICH = Shifts((time(7), time(19)), ZoneInfo("Europe/Zurich"))
NOW = moment("2016-05-03T05:00")
"""0700 in Zurich."""


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2016-05-03T05:00", "2016-05-03T05:00", "2016-05-03T17:00"),
        ("2016-05-03T04:59", "2016-05-02T17:00", "2016-05-03T05:00"),
        ("2016-05-03T23:30", "2016-05-03T17:00", "2016-05-04T05:00"),
        ("2016-03-27T04:59", "2016-03-26T18:00", "2016-03-27T05:00"),  # the clocks went forward that night
        ("2016-10-30T05:59", "2016-10-29T17:00", "2016-10-30T06:00"),  # and back that one
    ],
)
def test_a_digest_is_due_by_the_clock_of_those_who_read_it(now, last, following):
    assert ZURICH.last(moment(now)) == moment(last)
    assert ZURICH.next(moment(now)) == moment(following)


def test_an_hour_that_the_clocks_skip_still_brings_its_digest():
    at_half_past_two = Shifts((time(2, 30),), ZoneInfo("Europe/Zurich"))
    days = [at_half_past_two.next(datetime(2016, 3, day, 12, tzinfo=UTC)).date().day for day in (25, 26, 27)]
    assert days == [26, 27, 28]


def test_an_hour_that_comes_twice_brings_its_digest_once():
    at_half_past_two = Shifts((time(2, 30),), ZoneInfo("Europe/Zurich"))
    night = [moment("2016-10-30T00:00") + timedelta(minutes=minute) for minute in range(180)]

    assert {at_half_past_two.last(now) for now in night[31:]} == {moment("2016-10-30T00:30")}
    assert {at_half_past_two.next(now) for now in night[30:]} == {moment("2016-10-31T01:30")}


def told(*truces, **other):
    fields = {"changes": (), "not_watched": (), "held": (), "failing": ()}
    glances = tuple(glance(one, NOW) for one in truces)
    shift = Shift(since=moment("2016-05-02T17:00"), truces=glances, **(fields | other))
    return shift_text(shift, NOW, zone_for=ZoneInfo).splitlines()


def test_it_counts_what_runs_and_names_the_next_end_first():
    later = truce(id="latakia", first_end=end("2016-05-05T22:00"))
    ahead = truce(id="homs", starts=moment("2016-05-04T22:00"), first_end=end("2016-05-06T22:00"))
    over = truce(id="aleppo", first_end=end("2016-05-02T22:00"))
    first, *rest = told(later, over, ahead, extended_truce())
    assert first == (
        "2 truces running, 1 ahead, next end in 17 h: 0100 Wed 4 May Damascus (2200Z Tue 3 May), eastern-ghouta"
    )
    assert rest == [
        "Nothing changed since 1700Z Mon 2 May.",
        "Nothing in the register is unwatched.",
        "eastern-ghouta: 0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May",
        "latakia: 0100 Fri 6 May 2016 Asia/Damascus (+03:00) = 2200Z Thu 5 May",
        "homs: 0100 Sat 7 May 2016 Asia/Damascus (+03:00) = 2200Z Fri 6 May",
    ]


def test_it_says_what_changed_what_is_not_watched_what_is_held_and_what_fails():
    lines = told(
        changes=(
            ("ghouta", Change(kind=Kind.EXTENDED, old=None, new=end(LAST_END))),
            ("homs", Change(kind=Kind.RECORDED, old=None, new=end(LAST_END))),
            ("latakia", Change(kind=Kind.EXTENDED, old=None, new=end(LAST_END))),
            ("ghouta", Change(kind=Kind.EXTENDED, old=None, new=end(LAST_END))),
        ),
        not_watched=("aleppo",),
        held=("homs",),
        failing=("desk#2",),
    )
    assert lines == [
        "0 truces running, no end ahead",
        "Changed since 1700Z Mon 2 May: extended: ghouta, latakia; recorded: homs.",
        "NOT WATCHED: aleppo.",
        "Held, as gone from the register without a word: homs.",
        "Channels that fail: desk#2.",
    ]


def test_of_many_ends_it_names_the_soonest_and_counts_the_rest():
    many = [truce(id=f"t{number:02}", first_end=end(LAST_END)) for number in range(ENDS + 3)]
    lines = told(*many)
    assert lines[-1] == "3 later ends not named here."
    assert len(lines) == 3 + ENDS + 1


def test_a_day_is_told_as_a_day_and_a_claim_moves_nothing():
    lines = told(
        truce(first_end=day("2016-05-03T21:00")),
        truce(id="homs", first_end=end(LAST_END), records=(claim("2016-05-03T21:00", announced="2016-05-02T09:00"),)),
    )
    assert "eastern-ghouta: at any time from 0000 Wed 4 May 2016 Asia/Damascus (+03:00) = 2100Z Tue 3 May" in lines
    assert lines[-1].startswith("homs: 0100 Wed 4 May")
    assert timedelta(hours=16) == moment("2016-05-03T21:00") - NOW
