"""What a command means by "now": the very moment at which it is called.

The machine's clock is frozen by freezegun; what the commands import is imported before that.
"""

import importlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time
from process import truce_text, write_truces

pytestmark = pytest.mark.usefixtures("in_zurich")

SECOND = timedelta(seconds=1)
END = datetime(2026, 10, 25, 2, 0, tzinfo=UTC)
STAGE = END - timedelta(minutes=15)

FIRST_HALF_PAST_TWO = "2026-10-25T00:30:40+00:00"
SECOND_HALF_PAST_TWO = "2026-10-25T01:30:40+00:00"
"""In Zurich the clocks go back from three to two in between."""

for _module in ("add", "check", "init", "plan", "statements", "status"):
    importlib.import_module(f"alertd.cli.{_module}")


@pytest.fixture
def ghouta(tmp_path):
    write_truces(
        tmp_path,
        truce_text("ghouta", "starts = 2026-10-24T00:00:00", "ends = 2026-10-25T02:00:00", 'lead_times = ["15m"]'),
    )
    return tmp_path


def checked(command, config):
    done = command(config, "check", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (truce,) = json.loads(done.stdout)["truces"]
    return truce


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (STAGE - SECOND, ("reminder", "15m")),
        (STAGE, ("reminder", "15m")),
        (STAGE + 0.9 * SECOND, ("reminder", "15m")),
        (STAGE + SECOND, ("lapsed", "0")),
        (END, ("lapsed", "0")),
        (END + SECOND, ("lapsed", "+15m")),
    ],
)
def test_plan_counts_from_this_very_second(command, ghouta, now, first):
    with freeze_time(now):
        planned = json.loads(command(ghouta, "plan", "--json").stdout)
    assert (planned[0]["kind"], planned[0]["stage"]) == first


def test_plan_looks_thirty_days_ahead_of_this_moment(command, tmp_path):
    write_truces(tmp_path, truce_text("far", "starts = 2026-10-24T00:00:00", "ends = 2026-11-24T00:45:00"))
    seen = []
    for now in (datetime(2026, 10, 25, 0, 44, 59, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC)):
        with freeze_time(now):
            seen.append([delivery["stage"] for delivery in json.loads(command(tmp_path, "plan", "--json").stdout)])
    assert seen == [["24h", "6h", "1h", "15m"], ["24h", "6h", "1h", "15m", "0"]]


@pytest.mark.parametrize(("now", "state"), [(END - SECOND, "running"), (END, "lapsed"), (END + SECOND, "lapsed")])
def test_check_tells_the_state_of_this_very_second(command, ghouta, now, state):
    with freeze_time(now):
        assert checked(command, ghouta)["state"] == state


@pytest.mark.parametrize("now", [FIRST_HALF_PAST_TWO, SECOND_HALF_PAST_TWO])
def test_add_means_this_minute_by_now_also_in_the_hour_that_comes_twice(command, tmp_path, now):
    """Announced by somebody in Zurich, in whose clock it is half past two both times."""
    truce = ("--title", "A pause", "--id", "pause", "--zone", "Europe/Zurich", "--lasts", "2h", "--yes")
    with freeze_time(now):
        assert command(tmp_path, "add", *truce).returncode == 0
        found = checked(command, tmp_path)
    assert found["state"] == "running"
    minute = datetime.fromisoformat(now).replace(second=0)
    assert datetime.fromisoformat(found["ends_at"]) == minute + timedelta(hours=2)


@pytest.mark.parametrize("late", [timedelta(), SECOND])
def test_extend_counts_as_announced_at_this_very_second(command, ghouta, late):
    """What is announced as the truce ends comes in time for it to be running on."""
    with freeze_time(END + late):
        done = command(ghouta, "extend", "ghouta", "--by", "1h", "--yes", "--json")
        assert done.returncode == 0
        assert checked(command, ghouta)["state"] == "running"
    moment = f"2026-10-25T02:00:{late.seconds:02d}"
    assert f"announced = {moment}\n" in (ghouta / "truces" / "truces.toml").read_text()


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-10-25T00:40:00+00:00", "2026-10-25T01:00:00Z"),
        ("2026-10-25T00:40:01+00:00", "2026-10-25T01:01:00Z"),
        ("2026-10-25T00:40:59+00:00", "2026-10-25T01:01:00Z"),
        ("2026-12-31T23:50:00+00:00", "2027-01-01T00:10:00Z"),
    ],
)
def test_the_truce_of_init_ends_in_twenty_minutes_and_runs_at_once(command, tmp_path, now, end):
    with freeze_time(now):
        assert command(tmp_path, "init").returncode == 0
        found = checked(command, tmp_path)
    assert (found["state"], found["ends_at"]) == ("running", end)
