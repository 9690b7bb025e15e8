"""The grammar of times by example: what is read, what is refused, and what is offered instead."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest

from alertd.errors import Code, TimeRefused
from alertd.times.arithmetic import add, add_to_date
from alertd.times.duration import Duration, parse_duration, parse_lead, words
from alertd.times.end import End, EndKind
from alertd.times.formats import dtg, iso_end, iso_local, short_local, show, show_end, show_local, show_utc
from alertd.times.instant import Parsed, parse_moment, parse_time, parse_with_zone
from alertd.times.wall import parse_offset
from alertd.times.zones import package_zones

FIND = package_zones().find
ARABIC_0100 = "\u0660\u0661\u0660\u0660"
MONDAY = datetime(2016, 5, 2, 9, tzinfo=UTC)
"""1200 Mon 2 May 2016 in Damascus, when the extension to 0100 Wednesday was announced."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(value: object, zone: str = "Asia/Damascus", reference: datetime | None = MONDAY) -> Parsed:
    return parse_time(value, zone=FIND(zone), zone_name=zone, zone_for=FIND, reference=reference)


def moment(value: object, zone: str = "Asia/Damascus", reference: datetime | None = MONDAY) -> datetime:
    parsed = read(value, zone, reference)
    assert parsed.ambiguity is None
    assert parsed.end.kind is EndKind.INSTANT
    return parsed.end.order


def refused(value: object, zone: str = "Asia/Damascus", reference: datetime | None = MONDAY) -> TimeRefused:
    """The refusal, after a check that every reading of it can be written and is then certain."""
    with pytest.raises(TimeRefused) as caught:
        read(value, zone, reference)
    refusal = caught.value
    assert list(refusal.readings) == sorted(refusal.readings, key=lambda reading: reading.utc)
    for reading in refusal.readings:
        again = read(reading.write, zone, reference)
        assert again.ambiguity is None
        assert again.end.at == reading.utc
    return refusal


def readings(value: object, zone: str = "Asia/Damascus", reference: datetime | None = MONDAY) -> list[str]:
    return [f"{reading.utc:%Y-%m-%dT%H:%M:%S}" for reading in refused(value, zone, reference).readings]


@pytest.mark.parametrize(
    "text",
    [
        "0100 Wed",
        "0100 wed",
        "01:00 Wednesday",
        "0100H Wed",
        "01:00H WED",
        "01:00:00 Wed",
        "0100 Wed 4 May 2016",
        "0100 Wednesday 4 May 2016",
        "0100 Wed 04 May",
        "0100 4 May",
        "0100 4 may 2016",
        "4 May 2016 0100",
        "Wed 0100",
        "2016-05-04 0100",
        "2016-05-04 01:00:00",
        "2016-05-04T01:00",
        "2016-05-04T01:00:00",
        "2016-05-04t0100",
        "2016-W18-3 0100",
        "2016-W18-3T01:00",
        "0100 Wed +03:00",
        "0100 Wed 4 May 2016 +0300",
        "2016-05-04T01:00+03",
        "2016-05-03T22:00:00Z",
        "2016-05-03T22:00:00.000Z",
        "2016-05-03T19:00:00-03:00",
        "2016-05-03 19:00:00-03:00",
        "2200Z Tue 3 May",
        "2200 Tue Z",
        "2200 Tue 3 May 2016 UTC",
        "2200 Tue utc",
        "0100 Wed Europe/Moscow",
        "0000 Wed Europe/Berlin",
        "1500 Tue America/Los_Angeles",
        "040100C MAY 16",
        "040100C MAY 2016",
        "040100c may 16",
        "040100CMAY16",
        "04 0100 C May 16",
        "04010000C MAY 16",
        "040100C MAY",
        "032200ZMAY16",
        "  0100   Wed  ",
        "0100 Wed 4 May 2016 Asia/Damascus (+03:00)",
        datetime(2016, 5, 4, 1),  # noqa: DTZ001  what TOML reads
        datetime(2016, 5, 4, 1, tzinfo=timezone(timedelta(hours=3))),
        datetime(2016, 5, 3, 22, tzinfo=UTC),
        datetime(2016, 5, 3, 23, 30, tzinfo=timezone(timedelta(hours=1, minutes=30))),
    ],
)
def test_one_hour_in_every_notation(text):
    assert moment(text) == utc("2016-05-03T22:00")


@pytest.mark.parametrize(
    "text", ["2400 Tue 3 May 2016", "24:00 Tue", "2016-05-03T24:00", "24:00:00 3 May", "0000 Wed", "032400C MAY 16"]
)
def test_2400_ends_the_day_it_names(text):
    assert moment(text) == utc("2016-05-03T21:00")


@pytest.mark.parametrize(
    ("letter", "hours"),
    [*zip("ABCDEFGHIKLM", range(1, 13), strict=True), *zip("NOPQRSTUVWXY", range(-1, -13, -1), strict=True), ("Z", 0)],
)
def test_every_zone_letter_of_a_date_time_group(letter, hours):
    expected = datetime(2016, 5, 4, 1, tzinfo=UTC) - timedelta(hours=hours)
    assert moment(f"040100{letter} MAY 16") == expected
    assert moment(f"040100{letter.lower()}may16") == expected


def test_h_means_hours_after_four_digits_and_eight_hours_east_after_six():
    assert moment("0100H Wed 4 May 2016") == utc("2016-05-03T22:00")
    assert moment("040100H MAY 16") == utc("2016-05-03T17:00")


def test_seconds_are_kept():
    assert moment("00:59:30 Wed") == utc("2016-05-03T21:59:30")
    assert moment("04005930C MAY 16") == utc("2016-05-03T21:59:30")


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2000 Sat 24 Jan 2026", "Asia/Damascus", "2026-01-24T17:00"),  # H1: no DST since 2022
        ("0000 1 Dec 2026", "Africa/El_Aaiun", "2026-12-01T00:00"),  # H2: the change of 2026f
        ("0100 10 Apr 2023", "Asia/Gaza", "2023-04-09T23:00"),  # H3
        ("0700 1 Apr 2025", "Asia/Gaza", "2025-04-01T05:00"),  # H4
        ("0700 1 Apr 2025", "Asia/Jerusalem", "2025-04-01T04:00"),
        ("1200 28 Mar 2023", "Asia/Beirut", "2023-03-28T09:00"),  # H5
        ("1200 28 Mar 2023 +02:00", "Asia/Beirut", "2023-03-28T10:00"),
        ("0600 10 Jun 2023", "Africa/Khartoum", "2023-06-10T04:00"),  # H6
        ("0000 21 Apr 2025", "Europe/Kiev", "2025-04-20T21:00"),  # H7
        ("0000 8 Jan 2023", "Europe/Moscow", "2023-01-07T21:00"),  # H8
        ("0000 8 Jan 2023", "Europe/Kyiv", "2023-01-07T22:00"),
        ("2200 27 Jun 2014", "Europe/Moscow", "2014-06-27T18:00"),
        ("1200 10 Oct 2020", "Asia/Baku", "2020-10-10T08:00"),  # H9
        ("0100 10 May 2023", "Africa/Cairo", "2023-05-09T22:00"),  # H10
        ("0400 24 Jun 2023", "Asia/Tehran", "2023-06-24T00:30"),
        ("2359 3 Aug 2024", "Africa/Lubumbashi", "2024-08-03T21:59"),  # H18
        ("2359 3 Aug 2024", "Africa/Kinshasa", "2024-08-03T22:59"),
        ("1800 15 Oct 2025", "Asia/Karachi", "2025-10-15T13:00"),  # H19
        ("1730 15 Oct 2025", "Asia/Kabul", "2025-10-15T13:00"),
        ("2026-W53-5 0000", "UTC", "2027-01-01T00:00"),  # H23
        ("0100 Wed", "+03:00", "2016-05-03T22:00"),
        ("0600 Wed", "-05:30", "2016-05-04T11:30"),
    ],
)
def test_what_real_cases_teach(text, zone, expected):
    assert moment(text, zone) == utc(expected)


# The missing part of a date


def test_a_missing_date_part_is_the_first_match_strictly_after_the_reference():
    assert moment("1200 3 May") == utc("2016-05-03T09:00")
    assert moment("1200") == utc("2016-05-03T09:00")
    assert moment("1201") == utc("2016-05-02T09:01")
    assert moment("1201 2 May") == utc("2016-05-02T09:01")


def test_a_missing_year_may_be_the_next_one():
    assert moment("0100 3 Jan", reference=utc("2016-12-30T00:00")) == utc("2017-01-02T23:00")


def test_the_weekday_is_judged_in_the_times_own_zone():
    """2200Z on Tuesday is Wednesday in Damascus and still Tuesday in New York."""
    reference = utc("2016-05-03T22:00")
    assert refused("0900 Wed", reference=reference).code is Code.WEEKDAY
    assert moment("0900 Wed America/New_York", reference=reference) == utc("2016-05-04T13:00")
    assert refused("0900 Tue Z", reference=reference).code is Code.WEEKDAY


def test_the_weekday_of_the_reference_is_refused_with_that_day_and_a_week_later():
    assert refused("0100 Mon").code is Code.WEEKDAY
    assert readings("0100 Mon") == ["2016-05-01T22:00:00", "2016-05-08T22:00:00"]
    assert [reading.write for reading in refused("0100 Mon").readings] == ["0100 Mon 2 May 2016", "0100 Mon 9 May 2016"]
    assert readings("2400 Mon") == ["2016-05-02T21:00:00", "2016-05-09T21:00:00"]


def test_a_weekday_that_is_not_that_dates_is_refused_with_the_date_and_its_neighbours():
    refusal = refused("0100 Wed 5 May 2016")
    assert refusal.code is Code.WEEKDAY
    assert "5 May 2016 is a Thursday, not a Wednesday" in refusal.message
    assert [reading.local for reading in refusal.readings] == [
        "2016-05-04T01:00:00+03:00",
        "2016-05-05T01:00:00+03:00",
        "2016-05-11T01:00:00+03:00",
    ]
    assert refused("0100 Wed 5 May").code is Code.WEEKDAY
    assert refused("Wed 5 May 2016").code is Code.WEEKDAY


def test_a_full_date_is_taken_as_written_however_far_and_on_whatever_weekday():
    assert moment("0100 Mon 2 May 2016") == utc("2016-05-01T22:00")
    assert moment("0100 4 May 2018") == utc("2018-05-03T22:00")


def test_a_match_more_than_180_days_ahead_is_refused_with_one_reading_on_each_side():
    assert moment("1100 29 Oct") == MONDAY + timedelta(days=180)
    assert refused("1101 29 Oct").code is Code.BAD_TIME
    assert readings("0100 1 May") == ["2016-04-30T22:00:00", "2017-04-30T22:00:00"]
    assert readings("0100 29 Feb") == ["2016-02-28T23:00:00", "2020-02-28T23:00:00"]


def test_without_a_reference_the_date_has_to_be_full():
    for text in ("0100 Wed", "0100 4 May", "0100", "040100C MAY", "Wed"):
        refusal = refused(text, reference=None)
        assert refusal.code is Code.BAD_TIME
        assert "full date" in refusal.message


def test_a_reference_of_always_is_none_to_count_from():
    assert "full date" in refused("0100 Wed", reference=datetime.min.replace(tzinfo=UTC)).message


# Days


@pytest.mark.parametrize("value", [date(2016, 5, 4), "2016-05-04", "4 May 2016", "Wed 4 May 2016", "2016-W18-3"])
def test_a_full_date_without_an_hour_is_a_day(value):
    assert read(value).end == End.of_day(utc("2016-05-03T21:00"), utc("2016-05-04T21:00"))


def test_a_day_whose_midnight_is_jumped_over_begins_at_the_jump():
    """Damascus, 25 March 2016: clocks went from 0000 to 0100."""
    assert read(date(2016, 3, 25)).end == End.of_day(utc("2016-03-24T22:00"), utc("2016-03-25T21:00"))


def test_a_day_begins_at_a_jump_that_began_the_evening_before():
    """Toronto, 30 March 1919: clocks went from 2330 to 0030."""
    assert read(date(1919, 3, 31), "America/Toronto").end.at == utc("1919-03-31T04:30")


def test_a_day_on_which_clocks_go_back_lasts_25_hours():
    end = read(date(2026, 10, 24), "Asia/Beirut").end
    assert end.over is not None
    assert end.at is not None
    assert end.over - end.at == timedelta(hours=25)


def test_a_day_that_a_zone_left_out_does_not_exist():
    refusal = refused(date(2011, 12, 30), "Pacific/Apia")
    assert refusal.code is Code.GAP
    assert [reading.write for reading in refusal.readings] == ["2011-12-29", "2011-12-31"]


def test_a_day_belongs_to_the_zone_of_its_truce():
    assert read("2016-05-04 Asia/Damascus").end == read(date(2016, 5, 4)).end
    assert [reading.write for reading in refused("2016-05-04 Asia/Tokyo").readings] == ["2016-05-04"]


def test_a_day_without_its_full_date_is_refused_with_the_full_date():
    assert [reading.write for reading in refused("Wed").readings] == ["2016-05-04"]
    assert [reading.write for reading in refused("4 May").readings] == ["2016-05-04"]


def test_a_moment_given_as_a_day_counts_from_its_0000():
    def at(value: object) -> End:
        zone = FIND("Asia/Damascus")
        return parse_moment(value, zone=zone, zone_name="Asia/Damascus", zone_for=FIND).end

    assert at(date(2016, 5, 4)) == End.instant(utc("2016-05-03T21:00"))
    assert at("2016-05-04") == End.instant(utc("2016-05-03T21:00"))
    assert at("2016-05-04 Asia/Tokyo") == End.instant(utc("2016-05-03T15:00"))
    assert at(date(2016, 3, 25)) == End.instant(utc("2016-03-24T22:00"))


# Clocks that change


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("0230 Sat 29 Apr 2023", "Asia/Gaza", ["2023-04-28T23:30:00", "2023-04-29T00:30:00"]),
        ("0001 Sun 29 Mar 2026", "Asia/Beirut", ["2026-03-28T21:01:00", "2026-03-28T22:01:00"]),
        ("0001 Fri 24 Apr 2026", "Africa/Cairo", ["2026-04-23T21:01:00", "2026-04-23T22:01:00"]),
        ("0001 Fri 25 Mar 2016", "Asia/Damascus", ["2016-03-24T21:01:00", "2016-03-24T22:01:00"]),
        ("2400 Sat 28 Mar 2026", "Asia/Beirut", ["2026-03-28T21:00:00", "2026-03-28T22:00:00"]),
        (datetime(2023, 4, 29, 2, 30), "Asia/Gaza", ["2023-04-28T23:30:00", "2023-04-29T00:30:00"]),  # noqa: DTZ001
    ],
)
def test_an_hour_that_does_not_exist_is_refused_with_its_neighbours_earliest_first(text, zone, expected):
    assert refused(text, zone).code is Code.GAP
    assert readings(text, zone) == expected


def test_a_gap_is_found_where_the_date_was_left_out_too():
    assert readings("0230 Sat", "Asia/Gaza", utc("2023-04-27T00:00")) == ["2023-04-28T23:30:00", "2023-04-29T00:30:00"]


@pytest.mark.parametrize(
    ("text", "zone", "first", "second"),
    [
        ("0130 Sat 28 Oct 2023", "Asia/Gaza", "2023-10-27T22:30", "2023-10-27T23:30"),
        ("2359 Sat 24 Oct 2026", "Asia/Beirut", "2026-10-24T20:59", "2026-10-24T21:59"),
        ("0100 29 Oct 2022", "Asia/Gaza", "2022-10-28T22:00", "2022-10-28T23:00"),
        (datetime(2023, 10, 28, 1, 30), "Asia/Gaza", "2023-10-27T22:30", "2023-10-27T23:30"),  # noqa: DTZ001
    ],
)
def test_an_hour_that_happens_twice_counts_as_the_earlier_and_says_so(text, zone, first, second):
    parsed = read(text, zone)
    assert parsed.end == End.instant(utc(first), utc(second))
    assert parsed.ambiguity is not None
    assert parsed.ambiguity.code is Code.OVERLAP
    assert [reading.utc for reading in parsed.ambiguity.readings] == [utc(first), utc(second)]
    assert [moment(reading.write, zone) for reading in parsed.ambiguity.readings] == [utc(first), utc(second)]


def test_an_offset_settles_what_happens_twice():
    assert moment("0130 Sat 28 Oct 2023 +02:00", "Asia/Gaza") == utc("2023-10-27T23:30")
    assert moment("0130 Sat 28 Oct 2023 Asia/Gaza (+02:00)", "Asia/Gaza") == utc("2023-10-27T23:30")
    assert moment("0130 Sat 28 Oct 2023 Asia/Gaza (+03:00)", "Asia/Gaza") == utc("2023-10-27T22:30")


def test_an_offset_in_brackets_that_is_not_the_zones_is_refused_with_both():
    assert readings("0100 Wed 4 May 2016 Asia/Damascus (+02:00)") == ["2016-05-03T22:00:00", "2016-05-03T23:00:00"]


def test_an_aware_time_in_a_gap_follows_its_fold():
    gaza = FIND("Asia/Gaza")
    assert moment(datetime(2023, 4, 29, 2, 30, tzinfo=gaza)) == utc("2023-04-29T00:30")
    assert moment(datetime(2023, 4, 29, 2, 30, tzinfo=gaza, fold=1)) == utc("2023-04-28T23:30")


# What is never guessed


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("midnight Wed", Code.MIDNIGHT, ["0000 Wed 4 May 2016", "2400 Wed 4 May 2016"]),
        ("Midnight 4 May", Code.MIDNIGHT, ["0000 Wed 4 May 2016", "2400 Wed 4 May 2016"]),
        ("midnight on 4 May 2016", Code.MIDNIGHT, ["0000 Wed 4 May 2016", "2400 Wed 4 May 2016"]),
        ("midnight", Code.MIDNIGHT, ["0000 Mon 2 May 2016", "0000 Tue 3 May 2016"]),
        (
            "midnight Mon",
            Code.MIDNIGHT,
            ["0000 Mon 2 May 2016", "2400 Mon 2 May 2016", "0000 Mon 9 May 2016", "2400 Mon 9 May 2016"],
        ),
        ("noon Wed", Code.BAD_TIME, ["1200 Wed 4 May 2016"]),
        (
            "0100 Wed IST",
            Code.ABBREVIATION,
            [
                "0100 Wed 4 May 2016 Asia/Kolkata",
                "0100 Wed 4 May 2016 Asia/Jerusalem",
                "0100 Wed 4 May 2016 Europe/Dublin",
            ],
        ),
        (
            "1700 16 Apr 2026 EST",
            Code.ABBREVIATION,
            ["1700 Thu 16 Apr 2026 America/New_York", "1700 Thu 16 Apr 2026 -05:00"],
        ),
        ("0100 Wed MSK", Code.ABBREVIATION, ["0100 Wed 4 May 2016 Europe/Moscow"]),
        ("0100 Wed Egypt", Code.ABBREVIATION, ["0100 Wed 4 May 2016 Africa/Cairo"]),
        ("040100J MAY 16", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("040100 MAY 16", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100L Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 Wed local", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100C Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016 +03:00"]),
        ("0100 Wed UTC+3", Code.BAD_TIME, ["0100 Wed 4 May 2016 +03:00"]),
        ("0100 tomorrow", Code.BAD_TIME, ["0100 Tue 3 May 2016"]),
        ("1 am Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("1:30 p.m. Wed", Code.BAD_TIME, ["1330 Wed 4 May 2016"]),
        ("12:01 a.m. Wed", Code.BAD_TIME, ["0001 Wed 4 May 2016"]),
        ("12 am Wed", Code.BAD_TIME, ["0000 Wed 4 May 2016", "1200 Wed 4 May 2016"]),
        ("1:00 Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016", "1300 Wed 4 May 2016"]),
        ("100 Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 4/5/2016", Code.BAD_TIME, ["0100 Tue 5 Apr 2016", "0100 Wed 4 May 2016"]),
        ("0100 04.05.16", Code.BAD_TIME, ["0100 Tue 5 Apr 2016", "0100 Wed 4 May 2016"]),
        ("0100 2016/05/04", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 May 4", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 4th May", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 4 May 16", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("4 May 0100", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 Wed, 4 May 2016", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100-0300 Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016 -03:00"]),
        (f"{ARABIC_0100} Wed", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        ("0100 4 May 2568", Code.BAD_TIME, ["0100 Sun 4 May 2025"]),
        ("0100 31 June", Code.BAD_TIME, ["0100 Thu 30 Jun 2016", "0100 Fri 1 Jul 2016"]),
        ("0100 30 Feb 2016", Code.BAD_TIME, ["0100 Mon 29 Feb 2016", "0100 Tue 1 Mar 2016"]),
        ("2016-02-30T01:00", Code.BAD_TIME, ["0100 Mon 29 Feb 2016", "0100 Tue 1 Mar 2016"]),
        ("2500 Wed", Code.BAD_TIME, ["0100 Thu 5 May 2016"]),
        ("0160 Wed", Code.BAD_TIME, ["0159 Wed 4 May 2016", "0200 Wed 4 May 2016"]),
        ("23:59:60 Tue", Code.BAD_TIME, ["23:59:59 Tue 3 May 2016", "2400 Tue 3 May 2016"]),
        ("2016-05-04T01:00:00.5", Code.BAD_TIME, ["0100 Wed 4 May 2016", "01:00:01 Wed 4 May 2016"]),
        ("0100 Wed 4 May 2016 = 2200Z Tue 3 May", Code.BAD_TIME, ["0100 Wed 4 May 2016"]),
        (time(1, 0), Code.BAD_TIME, ["0100 Mon 2 May 2016", "0100 Tue 3 May 2016"]),
        (datetime(2016, 5, 4, 1, 0, 0, 5), Code.BAD_TIME, ["0100 Wed 4 May 2016", "01:00:01 Wed 4 May 2016"]),  # noqa: DTZ001
    ],
)
def test_what_is_unclear_is_refused_with_what_it_may_mean(text, code, expected):
    refusal = refused(text)
    assert refusal.code is code
    assert [reading.write for reading in refusal.readings] == expected


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("end of the week", "not a moment"),
        ("0100 next Wed", "not exact"),
        ("dusk Wed", "write the hour"),
        ("0100 Eid", "write the date"),
        ("sundown", "write the hour"),
        ("after Eid", "write the date"),
        ("1 Ramadan 1437", "write the date"),
        ("1 o'clock Wed", "24 h form"),
        ("0100 Wednesdy", "did you mean Wednesday?"),
        ("0100 4 May 1404", "1900 to 2199"),
        ("0100 4 May 2016 2017-05-04", "two dates"),
        ("0100 0200 Wed", "two times of day"),
        ("0100 Wed Thu", "two weekdays"),
        ("0100 Wed +03:00 UTC", "two zones"),
        ("2016-W54-1 0100", "W01 to W52"),
        ("2016-13-04 0100", "no date"),
        ("9900 Wed", "no time of day"),
        ("040100", "not understood"),
        (f"{ARABIC_0100} \u0623\u0631\u0628\u0639\u0627\u0621", "letters a-z"),
        ("", "the time is empty"),
        ("0100 Wedn", '"Wedn" is not understood: did you mean Wednesday?'),
        ("0100 29 Nob", '"Nob" is not understood: did you mean November?'),
        ("29 Dce 2026 0100", "did you mean December?"),
        ("4 Mai 2016 0100", "did you mean May?"),
        ("indefinite", "write `open = true` in the file, or --open in a command"),
        ("until further notice", "--open in a command"),
        ("Asia/Damascus", "names no time"),
        ("0" * 201, "at most 200"),
        (100, '("0100")'),
        (True, "quotes"),
        (1.5, "quotes"),
        (None, "quotes"),
        (["0100 Wed"], "quotes"),
        (datetime(9999, 12, 31, 23, 59, 59), "1900 to 2199"),  # noqa: DTZ001
        (datetime(1, 1, 1), "1900 to 2199"),  # noqa: DTZ001
        (date.max, "1900 to 2199"),
    ],
)
def test_what_is_no_time_is_refused_with_advice(text, advice):
    refusal = refused(text)
    assert refusal.code is Code.BAD_TIME
    assert advice in refusal.message


def test_digits_of_another_script_are_answered_with_the_plain_ones():
    assert '"0100 Wed"' in refused(f"{ARABIC_0100} Wed").message


def test_an_unknown_zone_is_refused_and_not_read_as_another():
    refusal = refused("0100 Wed Asia/Damaskus")
    assert refusal.code is Code.UNKNOWN_ZONE
    assert "Asia/Damascus" in refusal.message
    assert refused("0100 Wed Kyiv").code is Code.UNKNOWN_ZONE
    assert refused("0100 Wed +25:00").code is Code.UNKNOWN_ZONE


def test_every_reason_is_told_at_once():
    message = refused("0100 Wed, 5 May 2016").message
    assert "without a comma" in message
    assert "is a Thursday" in message


def test_a_refusal_quotes_no_control_characters():
    assert refused("0100\x1b[31m Wed").message.isprintable()


# On the command line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-05-02 1800 Asia/Damascus", "2016-05-02T15:00"),
        ("2016-05-03T22:00:00Z", "2016-05-03T22:00"),
        ("040100C MAY 16", "2016-05-03T22:00"),
        ("0100 Wed 4 May 2016 +03:00", "2016-05-03T22:00"),
        ("2016-05-02 Asia/Damascus", "2016-05-01T21:00"),
        ("2016-05-02 UTC", "2016-05-02T00:00"),
    ],
)
def test_a_time_on_the_command_line_carries_its_date_and_zone(text, expected):
    assert parse_with_zone(text, zone_for=FIND) == utc(expected)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2016-05-02 1800", Code.BAD_TIME),
        ("2016-05-02", Code.BAD_TIME),
        ("0100 Wed Asia/Damascus", Code.BAD_TIME),
        ("040100 MAY 16", Code.BAD_TIME),
        ("040100C MAY", Code.BAD_TIME),
        ("2016-05-02 1800 IST", Code.ABBREVIATION),
        ("0130 Sat 28 Oct 2023 Asia/Gaza", Code.OVERLAP),
        ("0230 Sat 29 Apr 2023 Asia/Gaza", Code.GAP),
    ],
)
def test_a_time_on_the_command_line_leaves_nothing_open(text, code):
    with pytest.raises(TimeRefused) as caught:
        parse_with_zone(text, zone_for=FIND)
    assert caught.value.code is code
    for reading in caught.value.readings:
        assert parse_with_zone(reading.write, zone_for=FIND) == reading.utc


@pytest.mark.parametrize("text", ["+03:00:00:00", "3", "03:00", "+3", "UTC", "", "+", f"+{ARABIC_0100}"])
def test_what_is_no_offset_is_left_to_the_zone_database(text):
    assert parse_offset(text) is None


# Durations


@pytest.mark.parametrize(
    ("text", "days", "elapsed"),
    [
        ("48h", 0, timedelta(hours=48)),
        ("90m", 0, timedelta(minutes=90)),
        ("45s", 0, timedelta(seconds=45)),
        ("1d12h", 1, timedelta(hours=12)),
        ("2w", 14, timedelta()),
        ("1w1d1h1m1s", 8, timedelta(seconds=3661)),
        ("PT48H", 0, timedelta(hours=48)),
        ("PT90M", 0, timedelta(minutes=90)),
        ("P2D", 2, timedelta()),
        ("P1W", 7, timedelta()),
        ("P1DT12H", 1, timedelta(hours=12)),
        ("48H", 0, timedelta(hours=48)),
        (" 48h ", 0, timedelta(hours=48)),
    ],
)
def test_durations_in_every_notation(text, days, elapsed):
    assert parse_duration(text) == Duration(days, elapsed)
    assert parse_duration(str(parse_duration(text))) == Duration(days, elapsed)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("48", "48h"),
        ("2 months", "write the date"),
        ("1mo", "write the date"),
        ("P1M", "write the date"),
        ("P1Y2M", "write the date"),
        ("3M", "write the date"),
        ("1y", "write the date"),
        ("0h", "longer than zero"),
        ("PT0S", "longer than zero"),
        ("-5h", "no sign"),
        ("1.5h", "write 1h30m"),
        ("48 hours", "write 48h"),
        ("3 days", "write 3d"),
        ("12h1d", "largest unit first"),
        ("PT", "largest unit first"),
        ("P", "largest unit first"),
        ("", "largest unit first"),
        ("\u0664\u0668h", "0-9"),
        ("9" * 9 + "h", "largest unit first"),
        ("h" * 41, "short"),
        ("99999999w", "hundred years"),
        (48, "quotes"),
        (None, "quotes"),
    ],
)
def test_what_is_no_duration_is_refused_with_what_to_write(value, advice):
    with pytest.raises(TimeRefused) as caught:
        parse_duration(value)
    assert caught.value.code is Code.BAD_DURATION
    assert advice in caught.value.message


def test_in_settings_a_day_is_24_hours():
    assert parse_lead("1d12h") == timedelta(hours=36)
    assert parse_lead("1w") == timedelta(hours=168)


def later(start: str, duration: str, zone: str) -> Parsed:
    return add(utc(start), parse_duration(duration), zone=FIND(zone), zone_name=zone)


@pytest.mark.parametrize(
    ("start", "duration", "zone", "expected"),
    [
        ("2023-10-27T04:00", "48h", "Asia/Gaza", "2023-10-29T04:00"),  # H12: 0600 local
        ("2023-10-27T04:00", "2d", "Asia/Gaza", "2023-10-29T05:00"),  # 0700 local
        ("2025-04-11T06:00", "72h", "Asia/Gaza", "2025-04-14T06:00"),
        ("2016-10-26T22:00", "48h", "Asia/Damascus", "2016-10-28T22:00"),
        ("2016-10-26T22:00", "2d", "Asia/Damascus", "2016-10-28T23:00"),
        ("2023-10-27T04:00", "2d1h", "Asia/Gaza", "2023-10-29T06:00"),
        ("2025-03-17T22:00", "30d", "Europe/Kyiv", "2025-04-16T21:00"),
        ("2025-03-17T21:00", "30d", "Europe/Moscow", "2025-04-16T21:00"),
        ("2016-05-01T22:00", "2w", "Asia/Damascus", "2016-05-15T22:00"),
    ],
)
def test_hours_are_elapsed_and_days_are_of_the_wall_clock(start, duration, zone, expected):
    assert later(start, duration, zone) == Parsed(End.instant(utc(expected)))


def test_days_that_lead_into_a_gap_are_refused_with_durations_that_do_not():
    with pytest.raises(TimeRefused) as caught:
        later("2023-04-28T00:30", "1d", "Asia/Gaza")
    assert caught.value.code is Code.GAP
    assert [reading.write for reading in caught.value.readings] == ["23h", "24h"]
    for reading in caught.value.readings:
        assert later("2023-04-28T00:30", reading.write, "Asia/Gaza").end.at == reading.utc


def test_days_that_lead_into_an_overlap_count_as_the_earlier_and_say_so():
    parsed = later("2023-10-26T22:30", "1d", "Asia/Gaza")
    assert parsed.end == End.instant(utc("2023-10-27T22:30"), utc("2023-10-27T23:30"))
    assert parsed.ambiguity is not None
    assert parsed.ambiguity.code is Code.OVERLAP
    assert [reading.write for reading in parsed.ambiguity.readings] == ["24h", "25h"]


@pytest.mark.parametrize("duration", ["2700w", "500000h", "20000d"])
def test_a_duration_beyond_what_can_be_counted_is_refused(duration):
    with pytest.raises(TimeRefused) as caught:
        later("2150-01-01T00:00", duration, "Asia/Gaza")
    assert caught.value.code is Code.BAD_DURATION


def test_a_day_moves_by_whole_days():
    zone = FIND("Asia/Damascus")
    day = read(date(2016, 3, 24)).end
    moved = add_to_date(day, parse_duration("1d"), zone=zone, zone_name="Asia/Damascus")
    assert moved == read(date(2016, 3, 25)).end
    assert add_to_date(moved, parse_duration("1w"), zone=zone, zone_name="x") == read(date(2016, 4, 1)).end


@pytest.mark.parametrize(("duration", "advice"), [("48h", "write 2d"), ("1d24h", "write 2d"), ("90m", "end itself")])
def test_a_day_does_not_move_by_hours(duration, advice):
    zone = FIND("Asia/Damascus")
    with pytest.raises(TimeRefused) as caught:
        add_to_date(read(date(2016, 5, 4)).end, parse_duration(duration), zone=zone, zone_name="Asia/Damascus")
    assert caught.value.code is Code.BAD_DURATION
    assert advice in caught.value.message


def test_nothing_is_added_to_an_end_without_a_day():
    for end in (End.open(), End.instant(MONDAY)):
        with pytest.raises(TimeRefused, match="write the date"):
            add_to_date(end, parse_duration("1d"), zone=UTC, zone_name="UTC")


# How it is shown


def test_a_moment_is_shown_in_its_zone_and_in_utc():
    at, zone = utc("2016-05-03T22:00"), FIND("Asia/Damascus")
    text = show(at, zone=zone, zone_name="Asia/Damascus")
    assert text == "0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May"
    assert show_local(at, zone=FIND("+03:00"), zone_name="+03:00") == "0100 Wed 4 May 2016 +03:00"
    assert show_utc(at, year=True) == "2200Z Tue 3 May 2016"
    assert short_local(at, zone=zone) == "0100 Wed 4 May"
    assert iso_local(at, zone=zone) == "2016-05-04T01:00:00+03:00"
    assert dtg(at) == "032200ZMAY16"


def test_the_year_of_utc_is_shown_where_it_differs():
    at = utc("2016-12-31T22:00")
    text = show(at, zone=FIND("Asia/Damascus"), zone_name="Asia/Damascus")
    assert text == "0000 Sun 1 Jan 2017 Asia/Damascus (+02:00) = 2200Z Sat 31 Dec 2016"


def test_seconds_are_shown_where_there_are_some():
    at = utc("2016-05-03T21:59:30")
    assert short_local(at, zone=FIND("Asia/Damascus")) == "00:59:30 Wed 4 May"
    assert show_utc(at) == "21:59:30Z Tue 3 May"
    assert dtg(at) == "03215930ZMAY16"


def test_a_day_is_shown_without_an_hour():
    zone = FIND("Asia/Damascus")
    end = read(date(2016, 3, 25)).end
    assert show_end(end, zone=zone, zone_name="Asia/Damascus") == "Fri 25 Mar 2016 Asia/Damascus"
    assert iso_end(end, zone=zone) == "2016-03-25"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=90), "1 h 30 min"),
        (timedelta(hours=49), "2 d 1 h"),
        (timedelta(seconds=45), "45 s"),
        (timedelta(), "0 s"),
        (-timedelta(minutes=90), "1 h 30 min"),
        (timedelta(days=1, seconds=1), "1 d 1 s"),
    ],
)
def test_a_length_of_time_in_words(duration, text):
    assert words(duration) == text
