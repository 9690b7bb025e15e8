"""A truce as an event of a calendar."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from factories import moment, termination, truce

from alertd.domain.daily import DailyPause, Hours, offsets_of
from alertd.domain.milestone import Milestone
from alertd.domain.policy import Policy
from alertd.status.calendar import events
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


def test_each_window_of_a_daily_pause_is_an_event_of_its_own_with_its_alarms():
    zone, first = ZoneInfo("Asia/Gaza"), date(2025, 7, 27)
    pause = DailyPause((Hours(time(10), time(20)),), first, offsets_of(zone, first, date(2025, 9, 30)))
    last = pause.last_closing(date(2025, 8, 10))
    about = truce(daily=pause, first_end=End.instant(last), starts=pause.first_opening, records=())
    made = list(events(about, Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2025-07-28T08:00")))
    assert [each["DTSTART"].dt.day for each in made] == [28, 29, 30, 31, *range(1, 11)]
    assert len({each["UID"] for each in made}) == len(made)
    assert made[0]["DTEND"].dt == moment("2025-07-28T17:00")
    alarms = [alarm["TRIGGER"].dt for alarm in made[0].walk("VALARM")]
    assert {moment("2025-07-28T16:00"), moment("2025-07-28T16:45")} <= {*alarms}
    assert all(made[0]["DTSTART"].dt <= at <= made[0]["DTEND"].dt for at in alarms)
    for each in made:
        closes = {each["DTEND"].dt - lead for lead in (timedelta(hours=1), timedelta(minutes=15))}
        assert closes <= {alarm["TRIGGER"].dt for alarm in each.walk("VALARM")}
    over = list(events(about, Policy(), 1, withdrawn=False, zone_for=ZoneInfo, now=moment("2025-08-11T08:00")))
    assert [each["UID"] for each in over] == [f"{about.id}@alertd"]
