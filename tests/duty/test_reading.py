"""A calendar is read by the rules of its own format, in a process that its limits end."""

from datetime import UTC, datetime, timedelta

import pytest
from calendars import calendar, event

from alertd.domain.duty import KNOWN_AHEAD
from alertd.duty import CalendarReader, ListRefused
from alertd.duty.reading import SLOTS_AT_MOST

NOW = datetime(2026, 10, 23, 12, tzinfo=UTC)
"""Two days before the clocks of Europe go back."""


def turns(*events, zone="UTC", now=NOW, zones=""):
    """The first turns of a calendar, as UTC and names."""
    roster = CalendarReader().read(calendar(*events, zones=zones), zone, now)
    assert roster.read_at == now
    assert roster.until == now + KNOWN_AHEAD
    return [(turn.at.strftime("%d %H%M"), "+".join(turn.names)) for turn in roster.turns]


def refused(text):
    with pytest.raises(ListRefused) as error:
        CalendarReader().read(text, "UTC", NOW)
    return str(error.value)


def test_a_shift_of_each_day_keeps_its_hours_by_the_clocks_of_its_zone():
    night = event("1", "Lena", "DTSTART;TZID=Europe/Berlin:20260101T200000", "DTEND;TZID=Europe/Berlin:20260102T080000")
    night = night.replace("SUMMARY", "RRULE:FREQ=DAILY\r\nSUMMARY")
    assert turns(night)[2:8] == [
        ("23 0600", ""),
        ("23 1800", "Lena"),
        ("24 0600", ""),
        ("24 1800", "Lena"),
        ("25 0700", ""),
        ("25 1900", "Lena"),
    ]


def test_times_without_a_zone_and_whole_days_are_of_the_zone_of_the_list():
    day = event("1", "Noor", "DTSTART;VALUE=DATE:20261025", "DTEND;VALUE=DATE:20261026")
    hours = event("2", "Sami", "DTSTART:20261027T080000", "DTEND:20261027T200000")
    assert turns(day, hours, zone="Europe/Berlin") == [
        ("22 1200", ""),
        ("24 2200", "Noor"),
        ("25 2300", ""),
        ("27 0700", "Sami"),
        ("27 1900", ""),
    ]


def test_a_zone_that_the_calendar_describes_itself_is_taken_from_it():
    zones = (
        "BEGIN:VTIMEZONE\r\nTZID:The desk\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0330\r\n"
        "TZOFFSETTO:+0330\r\nTZNAME:X\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    shift = event("1", "Lena", "DTSTART;TZID=The desk:20261024T080000", "DTEND;TZID=The desk:20261024T200000")
    assert turns(shift, zones=zones) == [("22 1200", ""), ("24 0430", "Lena"), ("24 1630", "")]


def test_an_event_that_was_moved_skipped_or_cancelled_counts_as_it_is_now():
    rule = event("1", "Lena", "DTSTART:20261020T080000Z", "DTEND:20261020T100000Z", "RRULE:FREQ=DAILY;COUNT=8")
    rule = rule.replace("RRULE", "EXDATE:20261025T080000Z\r\nRRULE")
    moved = event("1", "Noor", "RECURRENCE-ID:20261024T080000Z", "DTSTART:20261024T090000Z", "DTEND:20261024T110000Z")
    gone = event("1", "Lena", "RECURRENCE-ID:20261026T080000Z", "DTSTART:20261026T080000Z", "DTEND:20261026T100000Z")
    gone = gone.replace("SUMMARY", "STATUS:CANCELLED\r\nSUMMARY")
    assert turns(rule, moved, gone)[-7:] == [
        ("22 1200", ""),
        ("23 0800", "Lena"),
        ("23 1000", ""),
        ("24 0900", "Noor"),
        ("24 1100", ""),
        ("27 0800", "Lena"),
        ("27 1000", ""),
    ]


def test_of_events_that_overlap_all_people_are_on_duty():
    first = event("1", "Lena", "DTSTART:20261024T080000Z", "DTEND:20261024T120000Z")
    second = event("2", "Noor", "DTSTART:20261024T110000Z", "DURATION:PT3H")
    assert turns(first, second)[1:] == [
        ("24 0800", "Lena"),
        ("24 1100", "Lena+Noor"),
        ("24 1200", "Noor"),
        ("24 1400", ""),
    ]


def test_who_goes_on_is_no_change_of_duty():
    first = event("1", "Lena", "DTSTART:20261024T080000Z", "DTEND:20261024T120000Z")
    second = event("2", "Lena", "DTSTART:20261024T120000Z", "DTEND:20261024T160000Z")
    assert turns(first, second)[1:] == [("24 0800", "Lena"), ("24 1600", "")]


def test_an_unknown_zone_is_refused_and_not_taken_for_another():
    shift = event("1", "Lena", "DTSTART;TZID=Mars/North:20261024T080000", "DTEND;TZID=Mars/North:20261024T200000")
    assert "the zone Mars/North" in refused(calendar(shift))


@pytest.mark.parametrize("text", [b"", b"<html>Sign in</html>", b"\xff\xfe\x00", calendar(event("1", "Lena"))[:-20]])
def test_what_is_no_calendar_is_refused(text):
    assert refused(text).startswith("it ")


def test_a_calendar_that_is_too_large_is_not_even_looked_at():
    assert refused(b"x" * 10_000_000) == "it is larger than 1 MB"


def test_too_many_events_are_refused():
    every_minute = event("1", "Lena", "DTSTART:20261001T000000Z", "DURATION:PT1M", "RRULE:FREQ=MINUTELY;INTERVAL=10")
    assert refused(calendar(every_minute)) == f"it has more than {SLOTS_AT_MOST} events in 62 days"


def test_a_rule_without_end_is_ended_by_the_limits_and_the_next_calendar_is_read():
    endless = event("1", "Lena", "DTSTART:19700101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    reader = CalendarReader()
    with pytest.raises(ListRefused, match="takes more than 5 s of the processor"):
        reader.read(calendar(endless), "UTC", NOW)
    shift = event("1", "Lena", "DTSTART:20261024T080000Z", "DTEND:20261024T120000Z")
    assert [turn.names for turn in reader.read(calendar(shift), "UTC", NOW).turns] == [(), ("Lena",), ()]


def test_what_is_known_ends_where_the_reading_ends():
    shift = event("1", "Lena", "DTSTART:20200101T000000Z", "DTEND:20400101T000000Z")
    roster = CalendarReader().read(calendar(shift), "UTC", NOW)
    assert [(turn.at, turn.names) for turn in roster.turns] == [(NOW - timedelta(days=1), ("Lena",))]
    assert roster.until - NOW == timedelta(days=62)
