"""The words of a daily pause: until when it is open, when it opens again, that it is the last time, other hours."""

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import moment, record, truce

from alertd.domain.alert import Delivery, Kind, Stage
from alertd.domain.change import changes, recorded
from alertd.domain.daily import DailyPause, Hours, HoursFrom, offsets_of
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.values import Reader
from alertd.times.end import End

GAZA = ZoneInfo("Asia/Gaza")
FIRST, LAST = date(2025, 7, 27), date(2025, 8, 10)
PAUSE = DailyPause((Hours(time(10), time(20)),), FIRST, offsets_of(GAZA, FIRST, LAST + timedelta(days=30)))
END = moment("2025-08-10T17:00")
ABOUT = truce(
    name="Gaza routes",
    zone="Asia/Gaza",
    announced=moment("2025-07-26T12:00"),
    starts=PAUSE.first_opening,
    first_end=End.instant(END),
    daily=PAUSE,
    records=(),
)
FEWER = record(
    "2025-08-10T17:00",
    announced="2025-07-28T09:00",
    hours=HoursFrom(date(2025, 8, 4), (Hours(time(12), time(20)),)),
)


def told(kind, at, *, lead=timedelta(), about=ABOUT, change=None, now=None):
    at = moment(at)
    due_at = at - lead
    alert = Delivery(
        due_at=due_at,
        truce=about.id,
        kind=kind,
        stage=None if change else Stage.before(lead),
        ends_at=None if kind is Kind.START else END,
        at=None if change else at,
        channel="desk",
        target="desk",
    )
    return facts(
        Notice(delivery=alert, truce=about, change=change),
        reader=Reader(zone=ZoneInfo("UTC"), zone_name="UTC"),
        truce_zone=GAZA,
        now=moment(now) if now else due_at,
        late_after=timedelta(minutes=1),
        as_sms=True,
    )


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("kind", "at"), [(Kind.START, "2025-07-28T07:00"), (Kind.REMINDER, "2025-07-27T17:00")])
def test_an_sms_of_a_window_says_as_much_of_its_title_as_fits(kind, at):
    found = told(kind, at, lead=HOUR)
    assert found.sms.startswith(found.title[:40].upper()) or found.sms.startswith(found.title[:40])
    assert "ENDS" not in found.sms


def test_an_opening_says_until_when():
    title = told(Kind.START, "2025-07-28T07:00", lead=HOUR).title
    assert title == "Gaza routes: opens in 1 h, 1000 Mon 28 Jul Gaza (0700Z Mon 28 Jul), until 2000 Mon 28 Jul"
    title = told(Kind.START, "2025-07-28T07:00").title
    assert title.startswith("Gaza routes: open since 1000 Mon 28 Jul Gaza (0700Z Mon 28 Jul), as announced, until 2000")


def test_a_closing_says_when_it_opens_again():
    found = told(Kind.REMINDER, "2025-07-27T17:00", lead=HOUR)
    assert found.title == (
        "Gaza routes: closes in 1 h, 2000 Sun 27 Jul Gaza (1700Z Sun 27 Jul); opens again 1000 Mon 28 Jul"
    )
    assert [end.heading for end in found.ends] == [
        "Closes, in 1 h",
        "Opens again, in 15 h",
        "Last closing, in 14 d 1 h",
    ]


def test_a_closing_that_is_told_late_is_told_as_past():
    assert "closed 2 h ago" in told(Kind.REMINDER, "2025-07-27T17:00", lead=HOUR, now="2025-07-27T19:00").title


def test_the_last_opening_and_the_last_closing_say_so():
    assert told(Kind.START, "2025-08-10T07:00", lead=HOUR).title.endswith("until 2000 Sun 10 Aug, for the last time")
    assert told(Kind.REMINDER, "2025-08-10T17:00", lead=HOUR).title == (
        "Gaza routes: closes for the last time in 1 h, 2000 Sun 10 Aug Gaza (1700Z Sun 10 Aug)"
    )


def test_an_opening_whose_hours_have_changed_since_is_not_told_as_it_was():
    assert "the hours have changed" in told(Kind.START, "2025-07-28T05:00").title


@pytest.mark.parametrize("end", ["2025-08-10T17:00", "2025-08-10T16:00"])
def test_other_hours_are_told_with_those_before_them_whether_or_not_the_end_moves(end):
    hours = HoursFrom(date(2025, 8, 4), (Hours(time(12), time(20 if end.endswith("17:00") else 19)),))
    about = truce_with(record(end, announced="2025-07-28T09:00", hours=hours))
    (change,) = changes(ABOUT, about)
    found = told(change.kind, "2025-07-28T09:00", about=about, change=change)
    text = " ".join((found.title, *found.sentences))
    assert f"hours {hours.hours[0]} from Mon 4 Aug 2025 on, before that 1000-2000" in found.title
    assert f"ours {hours.hours[0]} from Mon 4 Aug 2025 on, before that 1000-2000" in text


def test_a_reminder_does_not_repeat_the_hours():
    about = truce_with(FEWER)
    assert not any("before that" in line for line in told(Kind.REMINDER, "2025-07-28T17:00", about=about).sentences)


def test_the_first_message_says_the_hours():
    found = told(Kind.RECORDED, "2025-07-26T12:00", change=recorded(ABOUT))
    assert "Opens each day: 1000-2000, from Sun 27 Jul 2025 on." in found.sentences


def truce_with(*records):
    return replace(ABOUT, records=records)
