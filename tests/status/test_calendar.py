"""A truce as an event of a calendar."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from factories import moment, record, termination, truce
from icalendar import Calendar

from alertd.domain.alert import STAGED
from alertd.domain.daily import DailyPause, Hours, HoursFrom, Window, offsets_of
from alertd.domain.milestone import Milestone
from alertd.domain.pause import windows
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.status.calendar import calendar, events
from alertd.times.end import End


def test_no_event_ends_when_it_begins():
    """A truce ended before it began is the hour of its start, cancelled: not every calendar shows an empty event."""
    starts = truce().starts
    before = (starts - timedelta(hours=3)).isoformat()
    for at in (before, starts.isoformat()):
        ended = truce(termination=termination(at, announced=before))
        (made,) = events(ended, Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2016-06-01T00:00"))
        assert made["STATUS"] == "CANCELLED"
        assert made["DTEND"].dt - made["DTSTART"].dt == timedelta(hours=1)


def test_an_event_has_the_name_that_alerts_have_and_the_whole_title_in_its_text():
    (made,) = events(
        truce(name="Ghouta"), Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2016-04-30T00:00")
    )
    assert made["SUMMARY"] == "Ghouta"
    assert made["DESCRIPTION"].endswith("Truce: Regime of calm, Eastern Ghouta [eastern-ghouta]")


def test_a_milestone_stands_in_the_event_and_has_its_alarms():
    owed = Milestone(id="list", what="list of prisoners", at=moment("2016-04-30T12:00"))
    now = moment("2016-04-29T12:00")
    (made,) = events(truce(milestones=(owed,)), Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=now)
    assert "Milestone 1500 Sat 30 Apr: list of prisoners, open" in made["DESCRIPTION"]
    alarms = {alarm["TRIGGER"].dt for alarm in made.walk("VALARM")}
    assert {owed.at - timedelta(hours=1), owed.at, owed.at + timedelta(minutes=15)} <= alarms


BY_DAY = (Hours(time(10), time(20)),)


def gaza(last, hours=BY_DAY, zone="Asia/Gaza", first=date(2025, 7, 27), **other):
    of = DailyPause(hours, first, offsets_of(ZoneInfo(zone), first, date(2037, 1, 1)), **other)
    end = End.open() if last is None else End.instant(of.last_closing(last))
    announced = of.first_opening - timedelta(days=1)
    stated = {"daily": of, "first_end": end, "starts": of.first_opening, "announced": announced}
    return truce(**stated, records=(), zone=zone, start_lead_times=None)


def made_of(about, now, *, withdrawn=False):
    feed = calendar(events(about, Policy(), 1, withdrawn=withdrawn, zone_for=ZoneInfo, now=moment(now)))
    return Calendar.from_ical(feed.to_ical()).walk("VEVENT")


def openings(event):
    """The moments at which a calendar shows an event."""
    begins = event["DTSTART"].dt
    if "RRULE" not in event:
        return [begins]
    rule = rrulestr(f"RRULE:{event['RRULE'].to_ical().decode()}", dtstart=begins)
    left_out = {each.dt for each in event["EXDATE"].dts} if "EXDATE" in event else set()
    return [opens for opens in rule if opens not in left_out]


def alarms(event):
    """The moments at which it rings, for each time that it is shown."""
    for alarm in event.walk("VALARM"):
        trigger = alarm["TRIGGER"]
        base = "DTEND" if trigger.params.get("RELATED") == "END" else "DTSTART"
        for opens in openings(event):
            shown = event[base].dt - event["DTSTART"].dt + opens
            yield trigger.dt if isinstance(trigger.dt, datetime) else shown + trigger.dt


def test_the_days_of_a_pause_are_one_event_that_repeats_but_for_those_that_are_otherwise():
    closed, shorter = date(2025, 8, 3), HoursFrom(date(2025, 8, 4), (Hours(time(12), time(16)),))
    about = gaza(date(2025, 8, 10), exceptions=(HoursFrom(closed, ()), shorter))
    every_day, other, last = made_of(about, "2025-07-28T08:00")
    assert every_day["UID"] == "eastern-ghouta-20250727T0700Z@alertd"
    assert every_day["RRULE"] == {"FREQ": ["DAILY"], "UNTIL": [moment("2025-08-09T07:00")]}
    assert [each.dt.day for each in every_day["EXDATE"].dts] == [3, 4]
    assert (other["DTSTART"].dt, other["DTEND"].dt) == (moment("2025-08-04T09:00"), moment("2025-08-04T13:00"))
    assert (last["UID"], last["DTEND"].dt) == ("eastern-ghouta@alertd", moment("2025-08-10T17:00"))
    assert about.first_end.at in {*alarms(last)}
    passed = [str(each["SUMMARY"]) for each in made_of(about, "2025-08-11T08:00")]
    assert passed == [about.title, about.title, f"{about.title}: expired, no extension recorded"]


def test_a_calendar_tells_a_new_last_day_by_the_same_events_and_a_termination_by_cancelled_ones():
    about = gaza(date(2025, 8, 10))
    later = replace(about, records=(record("2025-08-20T17:00", announced="2025-08-01T09:00"),))
    uids = [each["UID"] for each in made_of(about, "2025-08-02T08:00")]
    assert [each["UID"] for each in made_of(later, "2025-08-02T08:00")] == uids
    stop = termination("2025-08-02T08:00", announced="2025-08-02T07:30")
    ended = made_of(replace(about, terminations=(stop,)), "2025-08-02T08:00")
    assert {each["STATUS"] for each in ended} == {"CANCELLED"}
    assert max(each["DTEND"].dt for each in ended) == stop.at
    assert [each["STATUS"] for each in made_of(about, "2025-08-02T08:00", withdrawn=True)] == ["CANCELLED"] * 2


@pytest.mark.parametrize("zone", ["Asia/Gaza", "Asia/Aden", "Australia/Lord_Howe"])
@pytest.mark.parametrize("last", [date(2027, 4, 10), None])
@pytest.mark.parametrize(
    "hours",
    [
        BY_DAY,
        (Hours(time(22), time(6)),),
        (Hours(time(0), time(2, 30)), Hours(time(14), time(0))),
    ],
)
@pytest.mark.parametrize("weekdays", [(), (0, 4)])
def test_what_a_calendar_shows_and_when_it_rings_is_what_is_planned(zone, hours, last, weekdays):
    now = "2026-06-01T08:00"
    exceptions = (HoursFrom(date(2026, 8, 3), ()), HoursFrom(date(2026, 9, 8), (Hours(time(3), time(4)),)))
    about = gaza(last, hours, zone, weekdays=weekdays, exceptions=exceptions)
    made = made_of(about, now)
    shown = [Window(at, at + (each["DTEND"].dt - each["DTSTART"].dt)) for each in made for at in openings(each)]
    until = moment("2028-01-01T00:00") if last is None else moment("2029-01-01T00:00")
    assert sorted(shown) == [*takewhile(lambda window: window.opens < until, windows(about, about.starts))]
    wide = {"reviews_until": moment(now), "now": about.starts, "days_until": until}
    planned = plan(about, (Subscription(channel="desk", targets=("desk",)),), Policy(), **wide)
    staged = {each.due_at for each in planned if each.kind in STAGED}
    rung = {at for each in made for at in alarms(each)}
    assert rung == staged if last else rung <= staged
    assert len(made) < 40


def test_ten_years_of_a_pause_take_less_of_a_calendar_than_a_hundred_plain_truces():
    at = {"withdrawn": False, "zone_for": ZoneInfo}
    ten_years = list(events(gaza(date(2035, 7, 26)), Policy(), 1, **at, now=moment("2025-07-28T08:00")))
    (plain,) = events(truce(), Policy(), 1, **at, now=moment("2016-04-30T00:00"))
    assert len(ten_years) < 30
    assert sum(len(each.to_ical()) for each in ten_years) < 100 * len(plain.to_ical())
