"""The ladders of ends that are no plain moment ahead: a day, an hour that comes twice, a claim after the expiry."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from factories import FIRST_END, claim, day, end, moment, record, termination, truce
from hypothesis import assume, example, given
from hypothesis import strategies as st

from alertd.domain.alert import Kind
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import DeskAct
from alertd.times.end import End
from alertd.times.wall import day_bounds

DESK = (Subscription(channel="desk", targets=("desk",)),)
NOW = moment("2016-04-29T22:00")
BEGINS = "2016-04-30T21:00"
OVER = moment("2016-05-01T21:00")


def rows(about, policy=None):
    planned = plan(about, DESK, policy or Policy(), reviews_until=NOW, now=NOW)
    return [delivery for delivery in planned if delivery.kind is not Kind.REVIEW]


def shown(deliveries):
    return [(d.kind.value, str(d.stage), f"{d.due_at:%d %H%M}", f"{d.at:%d %H%M}") for d in deliveries]


# Ends of which only the day is known.


def test_the_long_stages_lead_to_the_beginning_of_a_day_and_the_short_ones_to_its_end():
    planned = rows(truce(first_end=day(BEGINS)))
    assert shown(planned) == [
        ("reminder", "24h", "29 2100", "30 2100"),
        ("reminder", "0", "30 2100", "30 2100"),
        ("reminder", "6h", "01 1500", "01 2100"),
        ("reminder", "1h", "01 2000", "01 2100"),
        ("reminder", "15m", "01 2045", "01 2100"),
        ("lapsed", "0", "01 2100", "01 2100"),
        ("lapsed", "+15m", "01 2115", "01 2100"),
    ]
    assert {delivery.ends_at for delivery in planned} == {moment(BEGINS)}


def test_a_lead_time_of_a_day_or_more_says_nothing_of_the_end_of_a_day():
    policy = Policy(lead_times=(timedelta(hours=48), timedelta(hours=24), timedelta(hours=23)), after=())
    stages = [(str(delivery.stage), delivery.at) for delivery in rows(truce(first_end=day(BEGINS)), policy)]
    assert stages == [("24h", moment(BEGINS)), ("0", moment(BEGINS)), ("23h", OVER), ("0", OVER)]


@pytest.mark.parametrize(
    ("own", "stages"),
    [((timedelta(hours=48), timedelta(hours=6)), ["48h", "6h", "0"]), ((), ["0"]), (None, ["24h", "0"])],
)
def test_a_truce_may_have_its_own_way_to_the_beginning_of_the_day(own, stages):
    planned = rows(truce(first_end=day(BEGINS), lead_times=(), date_lead_times=own, after=()))
    assert [str(delivery.stage) for delivery in planned if delivery.at == moment(BEGINS)] == stages


def test_the_lead_times_of_a_day_say_nothing_of_an_hour():
    policy = Policy(lead_times=(timedelta(hours=1),), date_lead_times=(timedelta(hours=48),), after=())
    assert [str(delivery.stage) for delivery in rows(truce(), policy)] == ["1h", "0"]


def test_one_lead_time_to_both_ends_of_a_day_is_two_reminders():
    own = (timedelta(hours=6),)
    planned = rows(truce(first_end=day(BEGINS), lead_times=own, date_lead_times=own, after=()))
    assert [(str(delivery.stage), delivery.at) for delivery in planned if str(delivery.stage) == "6h"] == [
        ("6h", moment(BEGINS)),
        ("6h", OVER),
    ]
    assert len({delivery.key for delivery in planned}) == len(planned)


def test_a_day_that_somebody_claims_is_reminded_of_to_its_end_and_does_not_lapse():
    claimed = rows(truce(first_end=end("2016-05-03T22:00"), records=(claim(day(BEGINS), announced=FIRST_END),)))
    ours = [delivery for delivery in claimed if delivery.ends_at == moment(BEGINS)]
    assert [(delivery.kind, str(delivery.stage)) for delivery in ours] == [
        (Kind.REMINDER, stage) for stage in ("24h", "0", "6h", "1h", "15m")
    ]


def test_a_claim_of_the_first_moment_of_the_agreed_day_has_reminders_of_its_own():
    about = truce(first_end=day(BEGINS), records=(claim(BEGINS, announced="2016-04-29T23:00"),))
    to_the_claim = [each for each in rows(about) if each.at == moment(BEGINS)]
    assert [str(each.stage) for each in to_the_claim] == ["24h", "6h", "1h", "15m", "0"]
    assert {each.key for each in rows(truce(first_end=day(BEGINS)))} <= {each.key for each in rows(about)}


ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@given(st.sampled_from(ZONES), st.dates(date(1990, 1, 1), date(2030, 12, 31)))
@example("Asia/Beirut", date(2026, 3, 28))  # the next day begins at 0100
@example("Asia/Beirut", date(2026, 3, 29))  # of 23 h
@example("Europe/Kyiv", date(2026, 10, 25))  # of 25 h
@example("Australia/Lord_Howe", date(2026, 4, 5))  # of 24 h 30 min
def test_in_every_zone_a_day_is_led_to_from_its_first_instant_and_to_its_last(name, when):
    """Counted with zoneinfo alone, from the wall clock of the place."""
    zone = ZoneInfo(name)
    begins, over = (_first_instant(each, zone) for each in (when, when + timedelta(days=1)))
    assume(begins < over)  # a day that a place skipped is no end
    long_ago = moment("1980-01-01T00:00")
    about = truce(zone=name, announced=long_ago, starts=long_ago, first_end=End.of_day(*day_bounds(when, zone)))
    planned = rows(about)
    assert {delivery.ends_at for delivery in planned} == {begins}
    expected = {
        ("reminder", "24h", begins - timedelta(hours=24), begins),
        ("reminder", "0", begins, begins),
        *(("reminder", f"{hours}h", over - timedelta(hours=hours), over) for hours in (6, 1)),
        ("reminder", "15m", over - timedelta(minutes=15), over),
        ("lapsed", "0", over, over),
        ("lapsed", "+15m", over + timedelta(minutes=15), over),
    }
    assert {
        (delivery.kind.value, str(delivery.stage), delivery.due_at, delivery.at) for delivery in planned
    } == expected


def _first_instant(when, zone):
    """The first minute that a clock on the wall shows of a day, or of the days after it."""
    moment = datetime(when.year, when.month, when.day, tzinfo=UTC) - timedelta(hours=15)
    step = timedelta(hours=1)
    while moment.astimezone(zone).date() < when:
        moment += step
    moment -= step
    while moment.astimezone(zone).date() < when:
        moment += timedelta(minutes=1)
    return moment


# An hour that comes twice.

FIRST, SECOND = moment("2026-10-25T00:30"), moment("2026-10-25T01:30")


def test_a_lapse_is_said_at_both_instants_of_an_hour_that_comes_twice():
    planned = rows(truce(first_end=End.instant(FIRST, SECOND)))
    assert shown(delivery for delivery in planned if delivery.kind is Kind.LAPSED) == [
        ("lapsed", "0", "25 0030", "25 0030"),
        ("lapsed", "+15m", "25 0045", "25 0030"),
        ("lapsed", "0", "25 0130", "25 0130"),
    ]
    assert {delivery.ends_at for delivery in planned} == {FIRST}
    assert len({delivery.key for delivery in planned}) == len(planned)


def test_a_claim_of_an_hour_that_comes_twice_never_lapses():
    about = truce(first_end=end("2026-10-26T00:00"), records=(claim(End.instant(FIRST, SECOND), announced=FIRST_END),))
    assert {each.kind for each in rows(about) if each.ends_at == FIRST} == {Kind.REMINDER}


# Claims later than the expiry.

LATER = "2016-05-01T09:00"


def later(*claims, **other):
    """The truce with a later end that somebody claims; the agreed one is 2200Z Sat 30 Apr."""
    return truce(records=claims or (claim(LATER, announced="2016-04-30T12:00"),), **other)


def ours(about, ends_at=LATER):
    return [(str(row.stage), f"{row.due_at:%d %H%M}") for row in rows(about) if row.ends_at == moment(ends_at)]


def test_of_a_later_claim_the_stages_after_the_expiry_are_planned():
    assert ours(later()) == [("6h", "01 0300"), ("1h", "01 0800"), ("15m", "01 0845"), ("0", "01 0900")]


def test_a_stage_at_the_very_expiry_is_not_after_it():
    about = later(claim("2016-05-01T04:00", announced="2016-04-30T12:00"))
    assert ours(about, "2016-05-01T04:00") == [("1h", "01 0300"), ("15m", "01 0345"), ("0", "01 0400")]


def test_a_later_claim_takes_nothing_from_the_agreed_end():
    assert {delivery.key for delivery in rows(truce())} < {delivery.key for delivery in rows(later())}


@pytest.mark.parametrize(
    "spoils",
    [
        {"denied": "2016-04-30T13:00"},
        {"confirmed": "2016-04-30T13:00"},
    ],
)
def test_a_later_claim_that_is_denied_or_confirmed_has_no_ladder_beside_the_agreed_end(spoils):
    about = later(claim(LATER, announced="2016-04-30T12:00", **spoils))
    assert {row.ends_at for row in rows(about)} == {moment(LATER if "confirmed" in spoils else FIRST_END)}


def test_a_dead_later_claim_is_not_told():
    extension = record("2016-05-01T02:00", announced="2016-04-30T14:00")
    assert ours(later(claim(LATER, announced="2016-04-30T12:00"), extension)) == []


def test_after_an_extension_a_later_claim_is_told_from_the_new_expiry_on():
    extension = record("2016-05-01T08:00", announced="2016-04-30T14:00")
    again = claim(LATER, announced="2016-04-30T15:00")
    assert ours(later(extension, again)) == [("15m", "01 0845"), ("0", "01 0900")]


def test_a_confirmed_termination_ends_the_way_to_a_later_claim():
    stopped = termination("2016-05-01T08:30", announced="2016-05-01T08:30")
    assert ours(later(termination=stopped)) == []
    assert ours(later(termination=replace(stopped, confirmed_at=None))) != []


def test_a_truce_that_the_desk_has_closed_is_not_spoken_of_again_because_of_an_older_claim():
    closed = (DeskAct(at=moment("2016-05-01T01:00")),)
    assert ours(later(closed=closed)) == []
    assert ours(later(claim(LATER, announced="2016-05-01T02:00"), closed=closed)) != []
    assert ours(later(closed=(DeskAct(at=moment("2016-04-30T13:00")),))) != []  # before the expiry it is no closing


def test_a_later_claim_of_a_day_is_told_to_the_end_of_that_day():
    about = later(claim(day(BEGINS), announced="2016-04-30T12:00"), first_end=end(BEGINS))
    assert ours(about, BEGINS)[-3:] == [("6h", "01 1500"), ("1h", "01 2000"), ("15m", "01 2045")]
    assert [row.at for row in rows(about) if row.at == OVER] == [OVER] * 3


def test_after_a_day_a_later_claim_is_told_from_the_end_of_that_day_on():
    about = later(claim("2016-05-01T23:00", announced="2016-04-30T12:00"), first_end=day(BEGINS))
    assert ours(about, "2016-05-01T23:00") == [("1h", "01 2200"), ("15m", "01 2245"), ("0", "01 2300")]


def test_a_claim_beside_an_open_end_has_its_whole_ladder():
    about = later(first_end=End.open())
    assert [stage for stage, _ in ours(about)] == ["24h", "6h", "1h", "15m", "0"]
