"""A daily pause that runs on for longer than the horizon: the daemon tells every window, and `plan` shows each."""

import csv
import io
import json

import pytest
from process import alertd, alertd_json, until, watching, write_truces

SETTINGS = """\
[policy]
review_every = "366d"

[[channel]]
name = "desk"
kind = "console"
"""

PAUSE = """\
[[truce]]
id = "road"
title = "Tactical pause, Kerem Shalom road"
zone = "Asia/Gaza"
announced = 2024-06-15T12:00:00
daily = "0800-1900"
starts = 2024-06-16
{end}
"""

ALWAYS_OPEN = PAUSE.replace("0800-1900", "0000-2400").format(end="ends = 2124-12-31\nexcept = [2024-06-17]")

WINDOW = [("start", "1h"), ("start", "0"), ("reminder", "1h"), ("reminder", "15m")]


@pytest.fixture(params=["open = true", "ends = 2024-12-31"])
def config(request, tmp_path):
    (tmp_path / "truces").mkdir()
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "truces" / "a.toml").write_text(PAUSE.format(end=request.param))
    return tmp_path


def test_each_window_is_told_for_as_long_as_the_pause_runs(config):
    during = ("--from", "2024-06-16T00:00:00Z", "--to", "2024-07-26T00:00:00Z")
    told = [json.loads(line) for line in alertd(config, "rehearse", *during, "--json").stdout.splitlines()]
    found = [(each["kind"], each["stage"]) for each in told if each["stage"]]
    assert found == WINDOW * 40


def test_a_plan_shows_each_day_however_far_it_reaches(config):
    during = ("--at", "2024-06-16T00:00:00Z", "--until", "2024-10-01T00:00:00Z")
    found = [(each["kind"], each["stage"]) for each in alertd_json(config, "plan", *during) if each["stage"]]
    assert found == WINDOW * 107


@pytest.mark.parametrize(
    ("at", "state", "window"),
    [
        ("2024-12-29 2000", "closed until 0800 Mon 30 Dec", (False, "30T06", "30T17", "31T06")),
        (
            "2024-12-30 0800",
            "open until 1900 Mon 30 Dec, opens again 0800 Tue 31 Dec",
            (True, "30T06", "30T17", "31T06"),
        ),
        ("2024-12-31 1859", "open until 1900 Tue 31 Dec, for the last time", (True, "31T06", "31T17", None)),
        ("2024-12-31 1901", "expired 1 min ago, unresolved", None),
    ],
)
def test_check_says_if_it_is_open_until_when_and_when_it_opens_again(command, tmp_path, at, state, window):
    write_truces(tmp_path, PAUSE.format(end="ends = 2024-12-31"))
    moment = ("--at", f"{at} Asia/Gaza")
    assert state in command(tmp_path, "check", *moment).stdout
    (found,) = json.loads(command(tmp_path, "check", *moment, "--json").stdout)["truces"]
    if window is None:
        assert found["window"] is None
    else:
        is_open, *moments = window
        hours = [each and f"2024-12-{each}:00:00Z" for each in moments]
        keys = ("open", "opens_at", "closes_at", "opens_again_at")
        assert found["window"] == dict(zip(keys, [is_open, *hours], strict=True))


def watched(config):
    return [each for each in alertd_json(config, "status")["truces"] if each["id"] == "road"]


def test_status_and_show_say_it_too_with_the_hours(tmp_path):
    with watching(tmp_path) as process:
        write_truces(tmp_path, ALWAYS_OPEN)
        (known,) = until(lambda: watched(tmp_path), "the pause")
        status, shown = (alertd(tmp_path, *each).stdout for each in (["status"], ["show", "road"]))
        hours = alertd_json(tmp_path, "show", "road")["truce"]["daily"]
        assert process.stop() == 0
    assert known["window"]["open"]
    assert "open until 0000" in status
    assert "open until 0000" in shown
    assert "Opens each day: 0000-2400, from Sun 16 Jun 2024 on.\nOn Mon 17 Jun 2024: closed all day.\n" in shown
    windows = hours.pop("windows")
    assert hours == {
        "hours": ["0000-2400"],
        "first_day": "2024-06-16",
        "last_day": "2124-12-31",
        "days": [],
        "exceptions": [{"date": "2024-06-17", "hours": []}],
        "changes": [],
    }
    assert {key: known["window"][key] for key in windows[0]} == windows[0]
    assert len(windows) == 32


def test_a_sheet_has_the_next_window(command, tmp_path):
    write_truces(tmp_path, ALWAYS_OPEN)
    (row,) = csv.DictReader(io.StringIO(command(tmp_path, "export", "--format", "csv").stdout))
    (found,) = json.loads(command(tmp_path, "check", "--json").stdout)["truces"]
    assert [row[key] for key in ("opens_at", "closes_at")] == [found["window"][k] for k in ("opens_at", "closes_at")]
