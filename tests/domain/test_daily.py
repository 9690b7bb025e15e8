"""The windows of a daily pause by the wall clock, in every zone, and the alerts that lead to them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from factories import moment, record, taken, termination, truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Kind
from alertd.domain.change import changes
from alertd.domain.daily import DailyPause, Hours, HoursFrom, offsets_of, overlapping
from alertd.domain.horizon import reach
from alertd.domain.pause import next_opening, window_at, windows
from alertd.domain.plan import days_from, plan
from alertd.domain.policy import HORIZON, Policy, Subscription
from alertd.times.end import End
from alertd.times.wall import instants

DESK = Subscription(channel="desk", targets=("desk",))
FIRST, LAST = date(2025, 7, 27), date(2025, 8, 10)
BY_DAY = Hours(time(10), time(20))
BY_NIGHT = Hours(time(22), time(6))
NOW = moment("2025-07-26T12:00")


def pause(zone="Asia/Gaza", *, hours=(BY_DAY,), first=FIRST, years=1, **other):
    until = first + timedelta(days=366 * years)
    return DailyPause(hours, first, offsets_of(ZoneInfo(zone), first, until), **other)


def daily(of=None, *, last=LAST, **other):
    of = of or pause()
    end = End.open() if last is None else End.instant(of.last_closing(last))
    stated = {"first_end": end, "announced": NOW, "starts": of.first_opening, "start_lead_times": None}
    return truce(**(stated | {"records": ()} | other), zone="Asia/Gaza", daily=of)


def planned(about, now=NOW, until=HORIZON, policy=None):
    return plan(about, (DESK,), policy or Policy(), reviews_until=now, now=now, days_until=now + until)


def local(window, zone="Asia/Gaza"):
    return tuple(f"{each.astimezone(ZoneInfo(zone)):%d %H%M}" for each in window)


def test_each_day_has_its_window_from_the_first_to_the_last():
    found = list(windows(daily(), NOW))
    assert [window.opens.date() for window in found] == [FIRST + timedelta(days=day) for day in range(15)]
    assert found[0] == (moment("2025-07-27T07:00"), moment("2025-07-27T17:00"))
    assert found[-1].closes == moment("2025-08-10T17:00")


def test_a_later_last_day_leaves_every_closing_before_the_old_one_as_it_was():
    before, after = (
        {each.key for each in planned(daily(last=last)) if each.is_of_window} for last in (LAST, date(2025, 8, 20))
    )
    assert before
    assert before == after


def test_the_next_alerts_of_the_last_closing_are_written_down_however_many_closings_come_before_it():
    found = planned(daily())
    held = reach((taken(found),), NOW, HORIZON)
    stages = [str(each.stage) for each in found if each.ends_at and not each.is_of_window and held.holds(each.due_at)]
    assert stages[:2] == ["24h", "6h"]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens():
    found = list(windows(daily(pause(hours=(BY_NIGHT,)), last=date(2025, 7, 28)), NOW))
    assert [local(window) for window in found] == [("27 2200", "28 0600"), ("28 2200", "29 0600")]


def test_weekdays_exceptions_and_changes_say_which_hours_a_day_has():
    of = pause(
        weekdays=(0, 6),
        exceptions=(HoursFrom(date(2025, 7, 28), ()), HoursFrom(date(2025, 7, 29), (Hours(time(12), time(16)),))),
        changes=(HoursFrom(date(2025, 8, 4), (BY_NIGHT,)),),
    )
    assert [local(window) for window in islice(of.windows(NOW, LAST), 4)] == [
        ("27 1000", "27 2000"),
        ("29 1200", "29 1600"),
        ("03 1000", "03 2000"),
        ("04 2200", "05 0600"),
    ]


def test_each_closing_but_the_last_has_its_own_reminders_and_each_opening_a_start():
    found = planned(daily(last=date(2025, 7, 28)))
    told = [(f"{each.due_at:%d %H%M}", each.kind, str(each.stage), f"{each.at or NOW:%d %H%M}") for each in found]
    assert [each for each in told if each[0].startswith("27")] == [
        ("27 0600", Kind.START, "1h", "27 0700"),
        ("27 0700", Kind.START, "0", "27 0700"),
        ("27 1600", Kind.REMINDER, "1h", "27 1700"),
        ("27 1645", Kind.REMINDER, "15m", "27 1700"),
        ("27 1700", Kind.REMINDER, "24h", "28 1700"),
    ]
    assert {each.ends_at for each in found if each.kind is Kind.REMINDER} == {moment("2025-07-28T17:00")}
    assert [each[1:3] for each in told if each[0] == "28 1700"] == [(Kind.LAPSED, "0")]


def test_other_hours_from_the_first_day_on_move_the_first_opening_too():
    later = HoursFrom(FIRST, (Hours(time(12), time(20)),))
    hours = replace(record("2025-08-10T17:00", announced="2025-07-26T13:00"), hours=later)
    starts = [each.at for each in planned(daily(records=(hours,))) if each.kind is Kind.START]
    assert starts[:2] == [moment("2025-07-27T09:00")] * 2


def test_an_empty_list_means_no_reminder_of_a_closing():
    kinds = [each.kind for each in planned(daily(), policy=Policy(daily_lead_times=(), start_lead_times=()))]
    assert Kind.START not in kinds
    ends = {each.at for each in planned(daily(daily_lead_times=())) if each.kind is Kind.REMINDER}
    assert ends == {moment("2025-08-10T17:00")}


def test_a_termination_silences_every_window_after_it():
    stop = moment("2025-07-29T09:00")
    ended = daily(termination=termination("2025-07-29T09:00", announced="2025-07-28T09:00"))
    assert max(each.due_at for each in planned(ended)) == stop
    assert not [each for each in planned(ended) if each.kind is Kind.START and each.at >= stop]
    assert next_opening(ended, stop) is None
    assert window_at(ended, stop - timedelta(minutes=1)).closes == stop
    assert window_at(ended, stop) is None


def test_an_extension_gives_the_days_after_the_old_last_day_too():
    later = record("2025-08-12T17:00", announced="2025-08-09T09:00")
    days = [window.opens.date() for window in windows(daily(records=(later,)), moment("2025-08-09T10:00"))]
    assert days == [date(2025, 8, day) for day in (9, 10, 11, 12)]


def test_the_plan_reaches_as_far_as_it_is_asked_and_says_what_is_left_out():
    about = daily(last=None)
    near, far = planned(about), planned(about, until=timedelta(days=90))
    assert {each.key for each in near} < {each.key for each in far}
    rest = days_from(about, Policy(), NOW, NOW + HORIZON)
    assert rest > NOW + HORIZON
    missing = {each.key for each in far if each.kind in (Kind.START, Kind.REMINDER)} - {each.key for each in near}
    assert min(each.due_at for each in far if each.key in missing) >= rest
    assert days_from(daily(last=FIRST), Policy(), NOW, NOW + HORIZON) is None


def test_ten_years_cost_less_than_a_hundred_plain_truces():
    of = pause(years=10)
    about = daily(of, last=date(2035, 7, 27))
    plain = plan(truce(), (DESK,), Policy(), reviews_until=NOW, now=NOW)
    for years in (0, 3, 9):
        assert len(planned(about, now=NOW + timedelta(days=365 * years))) < 100 * len(plain)


def test_a_moment_is_in_the_window_that_is_open_then():
    about = daily()
    assert window_at(about, moment("2025-07-27T07:00")).closes == moment("2025-07-27T17:00")
    assert window_at(about, moment("2025-07-27T17:00")) is None
    assert next_opening(about, moment("2025-07-27T17:00")).opens == moment("2025-07-28T07:00")


@pytest.mark.parametrize(
    ("hours", "overlap"),
    [
        ((Hours(time(6), time(10)), Hours(time(9), time(12))), True),
        ((Hours(time(6), time(10)), Hours(time(10), time(12))), False),
        ((Hours(time(22), time(6)), Hours(time(5), time(8))), True),
        ((Hours(time(22), time(6)), Hours(time(6), time(8))), False),
    ],
)
def test_windows_that_overlap_are_found_over_midnight_too(hours, overlap):
    assert bool(overlapping(hours)) is overlap


@pytest.mark.parametrize("zone", sorted(available_timezones() - {"localtime"}))
def test_in_every_zone_the_clocks_show_the_hours_of_each_window(zone):
    """Of an hour that comes twice or never, the window is the shorter that it can mean."""
    of = pause(zone, hours=(Hours(time(0, 30), time(2, 30)), Hours(time(23), time(0))), first=date(2026, 1, 1))
    found = list(of.windows(datetime(2025, 12, 30, tzinfo=UTC), date(2026, 12, 31)))
    assert all(here.closes <= there.opens for here, there in pairwise(found))
    for window, hours in zip(found, _expected(of, zone), strict=True):
        for at, shown, choose in zip(window, hours, (max, min), strict=True):
            at_clock = instants(shown, ZoneInfo(zone))
            if at_clock:
                assert at == choose(at_clock)
            else:
                assert abs(at - shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)) <= timedelta(hours=1)


def _expected(of, zone):
    day = of.first
    while day.year == 2026:
        for hours in of.hours_on(day):
            opens, closes = datetime.combine(day, hours.opens), datetime.combine(day + hours.days_later, hours.closes)
            if max(of.moments(opens)) < min(of.moments(closes)):
                yield opens, closes
        day += timedelta(days=1)


@given(
    zone=st.sampled_from(sorted(available_timezones() - {"localtime"})),
    first=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
    opens=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    closes=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
)
def test_the_offsets_of_a_pause_say_what_its_zone_says(zone, first, opens, closes):
    of = pause(zone, hours=(Hours(opens, closes),), first=first)
    for day in (first + timedelta(days=days) for days in range(366)):
        wall = datetime.combine(day, opens)
        assert of.shown(wall) == tuple(sorted(instants(wall, ZoneInfo(zone)))), day


def test_other_hours_that_move_the_first_opening_are_told_as_hours_and_another_first_day_as_a_start():
    later = pause(hours=(Hours(time(11), BY_DAY.closes),))
    (change,) = changes(daily(), daily(later))
    assert (change.kind, change.starts) == (Kind.CORRECTED, None)
    assert change.reason == "the hours changed from 1000-2000 to 1100-2000"
    next_day = pause(first=FIRST + timedelta(days=1))
    (change,) = changes(daily(), daily(next_day))
    assert change.starts == (pause().first_opening, next_day.first_opening)
    assert change.reason.startswith("the start moved from ")
