"""The headlines of ends that are no plain moment ahead, word for word."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, delivery, end, moment, truce

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.notice import Notice
from alertd.message.facts import facts, title
from alertd.message.values import Reader
from alertd.times.end import End

READER = Reader(zone_name="America/New_York", zone=ZoneInfo("America/New_York"))
BEGINS, OVER = "2016-04-29T21:00", "2016-04-30T21:00"
"""Saturday 30 April in Damascus."""


def notice(about, kind=Kind.REMINDER, *, stage, ends_at, at=""):
    return Notice(delivery=delivery(kind, stage=stage, ends_at=ends_at, at=at), truce=about, change=None)


def said(about, *, late=timedelta()):
    """The headline without the truce's name."""
    zone = ZoneInfo(about.truce.zone)
    now = about.delivery.due_at + late
    told = facts(about, reader=READER, truce_zone=zone, now=now, late_after=timedelta(days=1))
    if not late:
        assert told.title == title(about, truce_zone=zone)
    assert len(told.title.partition(", the agreed end passed")[0]) <= 120  # which truce, what happens, and when
    return told.title.removeprefix("Ghouta: ")


# A day.


def of_day(stage, *, at="", kind=Kind.REMINDER, **other):
    about = truce(**({"name": "Ghouta", "first_end": day(BEGINS)} | other))
    return notice(about, kind, stage=stage, ends_at=BEGINS, at=at)


@pytest.mark.parametrize(
    ("stage", "at", "words"),
    [
        ("24h", BEGINS, "may end in 24 h or later, on Sat 30 Apr 2016 Damascus (from 2100Z Fri 29 Apr)"),
        ("0", BEGINS, "may end at any time today, Sat 30 Apr 2016 Damascus (from 2100Z Fri 29 Apr)"),
        ("6h", OVER, "last 6 h of 30 April; it may be over already (the day ends 2100Z Sat 30 Apr)"),
        ("15m", OVER, "last 15 min of 30 April; it may be over already (the day ends 2100Z Sat 30 Apr)"),
    ],
)
def test_a_day_is_led_to_from_its_beginning_and_to_its_end(stage, at, words):
    assert said(of_day(stage, at=at)) == words


def test_a_late_reminder_says_how_much_of_the_day_is_left():
    late = timedelta(hours=2, minutes=20)
    assert said(of_day("6h", at=OVER), late=late).startswith("last 3 h 40 min of 30 April; it may be over already")


def test_a_reminder_of_a_day_that_is_over_does_not_call_it_the_last_hours():
    title = said(of_day("6h", at=OVER), late=timedelta(hours=7))
    assert title == "was to end on Sat 30 Apr 2016 Damascus (from 2100Z Fri 29 Apr)"


def test_a_stage_that_comes_before_the_day_speaks_of_what_is_ahead():
    """A day of 23 h and a lead time of 23 h 30 min."""
    of_23_hours = End.of_day(moment(BEGINS), moment(BEGINS) + timedelta(hours=23))
    about = of_day("1410m", at="2016-04-30T20:00", first_end=of_23_hours)
    assert said(about).startswith("may end in 30 min or later, on Sat 30 Apr")


def test_where_the_hours_of_a_truce_are_in_utc_no_hour_is_said_twice():
    about = of_day("6h", at="2016-05-01T00:00", zone="UTC", first_end=day("2016-04-30T00:00"))
    about = notice(about.truce, stage="6h", ends_at="2016-04-30T00:00", at="2016-05-01T00:00")
    assert said(about) == "last 6 h of 30 April; it may be over already"


def test_a_day_that_a_party_states_says_who():
    about = truce(name="Ghouta", first_end=end("2016-05-03T22:00"), records=(stated(day(BEGINS)),))
    assert said(notice(about, stage="24h", ends_at=BEGINS)) == (
        "may end in 24 h or later according to RSF, on Sat 30 Apr 2016 Damascus (from 2100Z Fri 29 Apr)"
    )
    assert said(notice(about, stage="6h", ends_at=BEGINS, at=OVER)) == (
        "last 6 h of 30 April; it may be over already, RSF states (the day ends 2100Z Sat 30 Apr)"
    )


# An hour that comes twice.


def twice(**other):
    ends = End.instant(moment("2023-10-27T22:30"), second=moment("2023-10-27T23:30"))
    return truce(**({"name": "Ghouta", "zone": "Asia/Gaza", "first_end": ends} | other))


AGAIN = {"ends_at": "2023-10-27T22:30", "at": "2023-10-27T23:30"}
BOTH = "0130 Sat 28 Oct Gaza, which comes twice (2230Z and 2330Z Fri 27 Oct)"


def test_every_title_of_an_hour_that_comes_twice_says_so():
    assert said(notice(twice(), stage="1h", ends_at="2023-10-27T22:30")) == f"ends in 1 h, {BOTH}"
    lapse = notice(twice(), Kind.LAPSED, stage="0", ends_at="2023-10-27T22:30")
    assert said(lapse) == f"expired, no extension recorded: {BOTH}"


def test_the_second_lapse_says_that_the_hour_has_come_again():
    lapse = notice(twice(), Kind.LAPSED, stage="0", **AGAIN)
    assert said(lapse) == "expired, no extension recorded: 0130 Sat 28 Oct Gaza has come again (2330Z Fri 27 Oct)"
    assert said(lapse, late=timedelta(minutes=20)).endswith("Gaza has come again 20 min ago (2330Z Fri 27 Oct)")


def test_two_instants_on_two_days_of_utc_have_both_days():
    ends = End.instant(moment("2023-10-28T23:30"), second=moment("2023-10-29T00:30"))
    about = notice(twice(zone="Europe/London", first_end=ends), stage="1h", ends_at="2023-10-28T23:30")
    assert said(about).endswith("which comes twice (2330Z Sat 28 Oct and 0030Z Sun 29 Oct)")


def test_a_new_end_that_happens_twice_is_announced_so():
    end_of_pause = twice().first_end
    change = Change(kind=Kind.RECORDED, old=None, new=end_of_pause)
    alert = Delivery(
        due_at=moment("2023-10-27T09:00"),
        truce="gaza",
        kind=Kind.RECORDED,
        stage=None,
        ends_at=end_of_pause.at,
        channel="desk",
        target="desk",
    )
    assert said(Notice(delivery=alert, truce=twice(), change=change)) == f"recorded, ends {BOTH}"


# A claim later than the expiry.


def stated(ends, *by):
    return claim(ends, announced="2016-04-28T12:00", stated_by=by or ("RSF",))


def later(stage, ends="2016-05-01T09:00", *, by=(), **other):
    about = truce(name="Ghouta", records=(stated(ends, *by),))
    return notice(about, stage=stage, ends_at=other.pop("ends_at", ends), **other)


def test_a_reminder_of_a_later_claim_says_who_states_it_and_that_the_agreed_end_has_passed():
    assert said(later("6h")) == (
        "RSF states the end in 6 h, 1200 Sun 1 May Damascus (0900Z Sun 1 May), the agreed end passed 5 h ago"
    )
    assert said(later("0")) == (
        "RSF states the end now, 1200 Sun 1 May Damascus (0900Z Sun 1 May), the agreed end passed 11 h ago"
    )
    assert said(later("0"), late=timedelta(minutes=5)) == (
        "RSF states an end that passed 5 min ago, 1200 Sun 1 May Damascus (0900Z Sun 1 May), "
        "the agreed end passed 11 h 5 min ago"
    )


def test_two_who_state_one_later_end_state_it():
    assert said(later("6h", by=("US", "Russia"))).startswith("US and Russia state the end in 6 h, ")


def test_a_later_day_that_a_party_states_says_both():
    a_day = {"ends": day("2016-05-01T21:00"), "ends_at": "2016-05-01T21:00"}
    assert said(later("0", **a_day)) == (
        "RSF states that it may end at any time today, Mon 2 May 2016 Damascus (from 2100Z Sun 1 May), "
        "the agreed end passed 23 h ago"
    )
    assert said(later("1h", at="2016-05-02T21:00", **a_day)) == (
        "last 1 h of 2 May; it may be over already, RSF states (the day ends 2100Z Mon 2 May), "
        "the agreed end passed 46 h ago"
    )


def test_the_body_of_a_later_claim_has_both_ends():
    told = facts(
        later("6h"),
        reader=READER,
        truce_zone=ZoneInfo("Asia/Damascus"),
        now=moment("2016-05-01T03:00"),
        late_after=timedelta(minutes=1),
    )
    assert [end.heading for end in told.ends] == ["End stated by RSF (unconfirmed), in 6 h", "Agreed end, 5 h ago"]
    assert "The agreed end passed 5 h ago, and no extension is recorded." in told.sentences


def test_where_a_day_begins_as_the_agreed_end_passes_each_reminder_speaks_of_its_own_end():
    """They begin alike; the instant that a stage counts to tells them apart."""
    about = truce(name="Ghouta", first_end=end(BEGINS), records=(stated(day(BEGINS)),))
    assert said(notice(about, stage="1h", ends_at=BEGINS)).startswith("ends in 1 h, 0000 Sat 30 Apr")
    assert said(notice(about, stage="1h", ends_at=BEGINS, at=OVER)).startswith("last 1 h of 30 April; ")
