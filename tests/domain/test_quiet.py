"""Quiet hours by the wall clock of several zones, also where the clocks change in them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import delivery, moment
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import TRUCELESS, Kind, Stage
from alertd.domain.quiet import QuietHours, WallHours, quiet_until

ZONES = (
    "UTC",
    "Asia/Damascus",
    "Asia/Kathmandu",
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Beirut",
)
WORDS = [*(kind for kind in Kind if kind not in TRUCELESS), *map(Stage.parse, ("24h", "1h", "15m", "0", "+15m"))]


def quiet(hours="22:00-06:00", zone="UTC", passing=()):
    begins, ends = map(time.fromisoformat, hours.split("-"))
    return QuietHours(
        hours=WallHours(begins, ends),
        zone=ZoneInfo(zone),
        kinds=frozenset(word for word in passing if isinstance(word, Kind)),
        stages=frozenset(word for word in passing if isinstance(word, Stage)),
    )


def over_at(hours, zone, at):
    return quiet(hours, zone).over_at(moment(at))


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2016-05-03T18:59:59", None),
        ("2016-05-03T19:00", "2016-05-04T03:00"),
        ("2016-05-03T21:00", "2016-05-04T03:00"),
        ("2016-05-04T02:59:59", "2016-05-04T03:00"),
        ("2016-05-04T03:00", None),
    ],
)
def test_quiet_hours_go_over_midnight_of_the_zone_and_are_over_at_their_end(at, until):
    assert over_at("22:00-06:00", "Asia/Damascus", at) == (moment(until) if until else None)


def test_quiet_hours_can_lie_in_one_day():
    assert over_at("12:00-14:00", "Asia/Kathmandu", "2016-05-03T07:00") == moment("2016-05-03T08:15")
    assert over_at("12:00-14:00", "Asia/Kathmandu", "2016-05-03T20:00") is None


def test_quiet_hours_can_last_until_midnight():
    assert over_at("22:00-00:00", "UTC", "2016-05-03T23:59:59") == moment("2016-05-04T00:00")
    assert over_at("22:00-00:00", "UTC", "2016-05-04T00:00") is None


@pytest.mark.parametrize(
    ("hours", "zone", "at", "until"),
    [
        # Forward at 0200: the night is an hour shorter, and ends at 0600 by the clock.
        ("22:00-06:00", "Europe/Zurich", "2016-03-26T22:00", "2016-03-27T04:00"),
        # Back at 0300: an hour longer.
        ("22:00-06:00", "Europe/Zurich", "2016-10-29T21:00", "2016-10-30T05:00"),
        # An end that the clocks leave out: the moment of the jump.
        ("22:00-02:30", "Europe/Zurich", "2016-03-27T00:30", "2016-03-27T01:00"),
        ("22:00-02:30", "Europe/Zurich", "2016-03-27T01:00", None),
        # An end that comes twice: the first.
        ("22:00-02:30", "Europe/Zurich", "2016-10-30T00:29", "2016-10-30T00:30"),
        ("22:00-02:30", "Europe/Zurich", "2016-10-30T01:15", None),
        # A beginning that comes twice: the second.
        ("02:30-06:00", "Europe/Zurich", "2016-10-30T00:45", None),
        ("02:30-06:00", "Europe/Zurich", "2016-10-30T01:30", "2016-10-30T05:00"),
        # A beginning that is left out: the moment of the jump.
        ("02:30-06:00", "Europe/Zurich", "2016-03-27T00:59", None),
        ("02:30-06:00", "Europe/Zurich", "2016-03-27T01:00", "2016-03-27T04:00"),
        # Both are left out: no quiet hours that night.
        ("02:15-02:45", "Europe/Zurich", "2016-03-27T01:00", None),
        # Beirut jumps over midnight itself.
        ("21:00-00:00", "Asia/Beirut", "2016-03-26T21:30", "2016-03-26T22:00"),
        # Lord Howe by half an hour: 0200 comes to be 0230.
        ("22:00-02:15", "Australia/Lord_Howe", "2016-10-01T15:00", "2016-10-01T15:30"),
        # Samoa left out a whole day.
        ("22:00-06:00", "Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00"),
        ("22:00-06:00", "America/New_York", "2016-11-06T09:30", "2016-11-06T11:00"),
    ],
)
def test_clocks_that_change_in_the_night_never_make_it_longer_than_the_wall_clock_says(hours, zone, at, until):
    assert over_at(hours, zone, at) == (moment(until) if until else None)


@pytest.mark.parametrize(
    ("passing", "kind", "stage", "passes"),
    [
        ((Stage.parse("1h"),), Kind.REMINDER, "1h", True),
        ((Stage.parse("1h"),), Kind.REMINDER, "6h", False),
        ((Stage.parse("1h"),), Kind.REMINDER, "45m", True),
        ((Stage.parse("1h"),), Kind.LAPSED, "0", True),
        ((Stage.parse("1h"),), Kind.START, "1h", True),
        ((Stage.parse("1h"),), Kind.LAPSED, "+15m", False),
        ((Stage.parse("+15m"),), Kind.LAPSED, "+15m", True),
        ((Stage.parse("+15m"),), Kind.LAPSED, "0", False),
        ((Stage.parse("15m"),), Kind.REMINDER, "1h", False),
        ((Kind.LAPSED,), Kind.LAPSED, "+15m", True),
        ((Kind.SHORTENED,), Kind.SHORTENED, None, True),
        ((Kind.SHORTENED,), Kind.EXTENDED, None, False),
        ((Stage.parse("1h"),), Kind.RECORDED, None, False),
        ((), Kind.OPS, None, True),
        ((), Kind.SHIFT, None, True),
        ((), Kind.MISSED, None, True),
    ],
)
def test_a_kind_passes_as_it_is_listed_and_a_stage_with_all_that_are_nearer(passing, kind, stage, passes):
    assert quiet(passing=passing).passes(kind, None if stage is None else Stage.parse(stage)) is passes


@given(
    st.sampled_from(ZONES),
    st.times().map(lambda each: each.replace(second=0, microsecond=0, fold=0)),
    st.times().map(lambda each: each.replace(second=0, microsecond=0, fold=0)),
    st.datetimes(datetime(2010, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  Hypothesis asks so
)
def test_what_waits_never_waits_past_the_wall_time_at_which_quiet_hours_end(zone, begins, ends, at):
    if begins == ends:
        return
    hours = quiet(f"{begins}-{ends}", zone)
    until = hours.over_at(at)
    shown = at.astimezone(ZoneInfo(zone)).time()
    in_hours = begins <= shown < ends if begins < ends else shown >= begins or shown < ends
    if until is None:
        return
    assert in_hours
    assert at < until <= at + timedelta(hours=26)
    assert hours.over_at(until) is None
    clock = ZoneInfo(zone)
    just_before = (until - timedelta(seconds=1)).astimezone(clock).time()
    assert just_before >= begins or just_before < ends


@given(st.sampled_from(WORDS), st.booleans(), st.sampled_from(("24h", "6h", "1h", "15m")))
def test_what_may_pass_is_held_at_no_hour(word, night, stage):
    at = moment("2016-05-03T23:00" if night else "2016-05-03T12:00")
    found = delivery(stage=stage, due_at=at, ends_at="2016-05-05T22:00", channel="desk")
    held = quiet_until({"desk": quiet(passing=(word,))}, found)
    if quiet(passing=(word,)).passes(found.kind, found.stage) or not night:
        assert held is None
    else:
        assert held == moment("2016-05-04T06:00")


def test_a_channel_without_quiet_hours_is_never_held():
    assert quiet_until({}, delivery(stage="24h")) is None
