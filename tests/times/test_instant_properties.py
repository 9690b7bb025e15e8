"""What holds of every time: any text, any zone, any moment from 1970 to 2040."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st
from profiles import examples

from alertd.errors import Code, TimeRefused
from alertd.times.duration import parse_duration, parse_lead
from alertd.times.formats import dtg, iso_local, show_local
from alertd.times.instant import Parsed, ZoneLookup, parse_moment, parse_time, parse_with_zone
from alertd.times.vocabulary import ABBREVIATIONS, ADVICE, MONTHS, RELATIVE_DAYS, WEEKDAYS
from alertd.times.zones import package_zones

ZONES = package_zones()
FIND: ZoneLookup = ZONES.find
zone_names = st.sampled_from(sorted(ZONES.names()))
moments = st.integers(0, 2_208_988_800).map(
    lambda seconds: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
walls = st.datetimes(datetime(1970, 1, 2), datetime(2039, 12, 30)).map(  # noqa: DTZ001
    lambda wall: wall.replace(microsecond=0)
)
near_jumps = st.builds(
    lambda day, minutes: datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes),
    st.sampled_from([date(2023, 4, 29), date(2023, 10, 28), date(2026, 3, 29), date(2026, 10, 25), date(2016, 3, 25)]),
    st.integers(-180, 240),
)
scraps = st.sampled_from(
    [
        *WEEKDAYS,
        *[name[:3] for name in MONTHS],
        *sorted(ABBREVIATIONS),
        *ADVICE,
        *RELATIVE_DAYS,
        "0100",
        "01:00",
        "24:00",
        "2400",
        "0060",
        "25:00",
        "100",
        "1:00",
        "1am",
        "12pm",
        "0100Z",
        "0100L",
        "0100C",
        "0100-0300",
        "23:59:60",
        "01:00:00.5",
        "midnight",
        "noon",
        "12",
        "4",
        "04",
        "31",
        "0",
        "99",
        "2016",
        "2568",
        "1404",
        "16",
        "4/5/2016",
        "2016-05-04",
        "2016-02-30",
        "2016-W18-3",
        "T",
        "Z",
        "+03:00",
        "-0330",
        "+25",
        "(+03:00)",
        "UTC",
        "UTC+3",
        "Asia/Gaza",
        "Asia/Nowhere",
        "040100C",
        "040100CMAY16",
        "040100J MAY",
        "local",
        ",",
        "=",
    ]
)
texts = st.one_of(st.text(max_size=30), st.lists(scraps, max_size=6).map(" ".join))


def read(value: object, zone_name: str, reference: datetime | None = None) -> Parsed:
    return parse_time(value, zone=FIND(zone_name), zone_name=zone_name, zone_for=FIND, reference=reference)


def refusal_of(parse: Callable[[], object]) -> TimeRefused | None:
    """What is refused, as a value; anything else that is raised fails the test."""
    try:
        parse()
    except TimeRefused as refusal:
        return refusal
    return None


@given(moments, zone_names)
@examples(1500)
def test_what_is_shown_reads_back_as_the_same_moment_in_every_zone(moment, name):
    zone = FIND(name)
    assert read(show_local(moment, zone=zone, zone_name=name), "UTC") == read(iso_local(moment, zone=zone), "UTC")
    assert read(iso_local(moment, zone=zone), "UTC").end.at == moment
    assert read(dtg(moment), name).end.at == moment or moment.year < 2000


@given(st.one_of(walls, near_jumps), zone_names)
@examples(1500)
@example(datetime(2023, 4, 29, 2, 30), "Asia/Gaza")  # noqa: DTZ001
@example(datetime(2011, 12, 30, 12), "Pacific/Apia")  # noqa: DTZ001
def test_a_wall_time_is_shown_as_written_or_reported_as_skipped_or_repeated(wall, name):
    zone = FIND(name)
    refusal = refusal_of(lambda: read(wall, name))
    if refusal is not None:
        assert refusal.code is Code.GAP
        assert all(reading.utc.astimezone(zone).replace(tzinfo=None) != wall for reading in refusal.readings)
        return
    parsed = read(wall, name)
    readings = [moment for moment in (parsed.end.at, parsed.end.second) if moment is not None]
    assert all(moment.astimezone(zone).replace(tzinfo=None) == wall for moment in readings)
    assert (len(readings) == 2) == (parsed.ambiguity is not None)
    assert readings == sorted(readings)


@given(st.one_of(walls, near_jumps), zone_names)
@examples(1500)
@example(datetime(2023, 4, 29, 2, 30), "Asia/Gaza")  # noqa: DTZ001
@example(datetime(2011, 12, 30, 12), "Pacific/Apia")  # noqa: DTZ001
@example(datetime(1900, 1, 1, 12), "Asia/Tokyo")  # noqa: DTZ001  earlier than what is counted
@example(datetime(2016, 3, 25, 2), "Asia/Damascus")  # noqa: DTZ001  clocks jump at the 0000 before it
def test_the_short_way_and_the_long_one_lead_to_the_same_time(wall, name):
    shown = f"{wall:%H:%M:%S} {WEEKDAYS[wall.weekday()]} {wall.day} {MONTHS[wall.month - 1]} {wall.year}"
    for short, text in ((wall, f"{wall:%Y-%m-%d %H:%M:%S}"), (shown, shown), (wall.date(), f"{wall:%Y-%m-%d}")):
        long = f"{text} {name}"  # a zone in the text takes the long way
        refusal, same = (
            refusal_of(lambda value=short: read(value, name)),
            refusal_of(lambda value=long: read(value, name)),
        )
        if refusal is None or same is None:
            assert refusal is same
            assert read(short, name).end == read(long, name).end
        else:
            assert (refusal.code, [each.utc for each in refusal.readings]) == (
                same.code,
                [each.utc for each in same.readings],
            )


@given(texts, st.sampled_from(["Asia/Damascus", "Asia/Gaza", "+05:30", "Pacific/Apia"]), st.one_of(st.none(), moments))
@examples(3000)
def test_any_text_is_read_or_refused_and_every_reading_can_be_written(text, name, reference):
    refusal = refusal_of(lambda: read(text, name, reference)) or read(text, name, reference).ambiguity
    for reading in refusal.readings if refusal else ():
        again = read(reading.write, name, reference)
        assert again.ambiguity is None
        assert again.end.at == reading.utc


@given(texts, st.sampled_from(["Asia/Damascus", "Asia/Gaza"]))
@examples(1500)
def test_the_readings_of_a_moment_and_of_the_command_line_can_be_written_too(text, name):
    def moment(value: str) -> Parsed:
        return parse_moment(value, zone=FIND(name), zone_name=name, zone_for=FIND)

    refusal = refusal_of(lambda: moment(text))
    for reading in refusal.readings if refusal else ():
        assert moment(reading.write).end.at == reading.utc
    refusal = refusal_of(lambda: parse_with_zone(text, zone_for=FIND))
    for reading in refusal.readings if refusal else ():
        assert parse_with_zone(reading.write, zone_for=FIND) == reading.utc


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.lists(st.integers()),
    st.binary(),
    st.text(),
)


@given(values, st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))))
@examples(1500)
def test_any_value_is_read_or_refused_and_nothing_else_is_raised(value, reference):
    for parse in (
        lambda: read(value, "Asia/Gaza", reference),
        lambda: parse_duration(value),
        lambda: parse_lead(value),
    ):
        refusal = refusal_of(parse)
        assert refusal is None or refusal.message


@given(st.integers(0, 6), st.integers(0, 23), st.integers(0, 59), moments)
@examples(800)
def test_a_weekday_is_its_first_match_after_the_reference_and_within_a_week(weekday, hour, minute, reference):
    text = f"{hour:02d}{minute:02d} {WEEKDAYS[weekday]}"
    if reference.weekday() == weekday:
        return
    at = read(text, "UTC", reference).end.at
    assert at is not None
    assert at.weekday() == weekday
    assert reference < at <= reference + timedelta(days=7)


@given(st.text(alphabet="0123456789hdwmsPT ", max_size=12))
@examples(800)
def test_a_duration_that_is_read_is_positive_and_reads_back(text):
    if refusal_of(lambda: parse_duration(text)) is None:
        assert parse_lead(text) > timedelta()
        assert parse_duration(str(parse_duration(text))) == parse_duration(text)
