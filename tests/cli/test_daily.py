"""A daily pause that runs on for longer than the horizon: the daemon tells every window, and `plan` shows each."""

import csv
import io
import json
import tomllib
from datetime import date

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


ROUND_TRIPS = {
    "open": "open = true",
    "days": 'ends = 2024-12-31\ndays = ["Mon", "Tue"]',
    "exceptions": 'ends = 2024-12-31\nexcept = [2024-08-03, { date = 2024-08-04, daily = ["0100-0200", "1200-1600"] }]',
    "extended": "ends = 2024-12-31\n[[truce.extension]]\nannounced = 2024-12-01T12:00:00\nuntil = 2025-12-31",
    "lead times": 'ends = 2124-12-31\ndaily_lead_times = ["2h"]',
}


@pytest.mark.parametrize("end", ROUND_TRIPS.values(), ids=ROUND_TRIPS)
def test_a_sheet_brings_a_daily_pause_to_another_register_as_it_was(command, tmp_path, end):
    source, target, sheet = tmp_path / "from", tmp_path / "to", tmp_path / "a.csv"
    target.mkdir()
    write_truces(source, PAUSE.format(end=end).replace('"0800-1900"', '["0800-1200", "2200-0600"]'))
    sheet.write_text(command(source, "export", "--format", "csv").stdout)
    done = command(target, "import", str(sheet), "--yes")
    assert done.returncode == 0, done.stderr
    during = ("--at", "2024-06-15T12:00:00Z", "--until", "2024-09-30T00:00:00Z", "--json")
    keys = ("due_at", "kind", "stage", "at")
    plans = [
        [[row[key] for key in keys] for row in json.loads(command(each, "plan", *during).stdout)]
        for each in (source, target)
    ]
    assert plans[0] == plans[1] != []
    ends = [json.loads(command(each, "check", "--json").stdout)["truces"][0]["ends_at"] for each in (source, target)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(
    "record",
    [
        '[[truce.extension]]\nannounced = 2024-12-01T12:00:00\ndaily = "0900-1000"\nfrom = 2124-01-01',
        "[truce.termination]\nannounced = 2024-12-01T12:00:00\nat = 2024-12-01T12:00:00",
    ],
)
def test_a_row_that_cannot_say_what_is_known_is_refused_and_never_brought_as_something_else(command, tmp_path, record):
    source, target, sheet = tmp_path / "from", tmp_path / "to", tmp_path / "a.csv"
    target.mkdir()
    write_truces(source, PAUSE.format(end=f"ends = 2124-12-31\n{record}"))
    sheet.write_text(command(source, "export", "--format", "csv").stdout)
    assert command(target, "import", str(sheet), "--yes").returncode == 1


def test_hours_that_changed_are_brought_as_they_are_now(command, tmp_path):
    change = '[[truce.extension]]\nannounced = 2024-07-01T12:00:00\ndaily = "0900-1000"\nfrom = 2024-07-02'
    write_truces(tmp_path, PAUSE.format(end=f"open = true\n{change}"))
    (row,) = csv.DictReader(io.StringIO(command(tmp_path, "export", "--format", "csv").stdout))
    assert (row["daily"], row["starts"], row["open"]) == ("0900-1000", "2024-07-02", "true")


def test_add_writes_a_daily_pause_as_a_person_would(command, tmp_path):
    said = ("--title", "Pause", "--id", "road", "--zone", "Asia/Gaza", "--announced", "2024-06-15 1200", "--yes")
    days = ("--daily", "0800-1900", "--starts", "2024-06-16", "--ends", "2124-12-31", "--day", "Sun", "--day", "Mon")
    others = ("--except", "2024-06-23", "--except", "2024-06-24 1200-1600", "--daily-lead-time", "2h")
    write_truces(tmp_path, ALWAYS_OPEN.replace('"road"', '"other"'))
    assert command(tmp_path, "add", *said, *days, *others).returncode == 0
    (written,) = tomllib.loads((tmp_path / "truces/road.toml").read_text())["truce"]
    assert {key: written[key] for key in ("daily", "starts", "ends", "days", "except", "daily_lead_times")} == {
        "daily": ["0800-1900"],
        "starts": date(2024, 6, 16),
        "ends": date(2124, 12, 31),
        "days": ["Sun", "Mon"],
        "except": [date(2024, 6, 23), {"date": date(2024, 6, 24), "daily": ["1200-1600"]}],
        "daily_lead_times": ["2h"],
    }
    done = command(tmp_path, "add", *said[:2], "--id", "again", *said[4:], *days[:2], "--starts", "0800 Mon", "--open")
    assert done.returncode != 0
    assert "as a date" in done.stderr


def test_extend_writes_other_hours_from_a_day_on_and_says_them(command, tmp_path):
    write_truces(tmp_path, PAUSE.format(end="ends = 2124-12-31"))
    hours = ("--daily", "0900-1000", "--daily", "1200-1300", "--from", "2124-01-01")
    done = command(tmp_path, "extend", "road", *hours, "--yes")
    assert done.returncode == 0, done.stderr
    ((record,),) = (each["extension"] for each in tomllib.loads((tmp_path / "truces/truces.toml").read_text())["truce"])
    assert (record["daily"], record["from"]) == (["0900-1000", "1200-1300"], date(2124, 1, 1))
    assert "extension, daily 0900-1000 and 1200-1300 from 2124-01-01, confirmed" in f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    "wrong", [["--daily", "0900-1000"], ["--from", "2124-01-01", "--open"], ["--daily", "x", "--open"]]
)
def test_other_hours_need_their_first_day_and_no_end_beside_them(command, tmp_path, wrong):
    file = write_truces(tmp_path, PAUSE.format(end="ends = 2124-12-31"))
    before = file.read_text()
    assert command(tmp_path, "extend", "road", *wrong, "--yes").returncode == 2
    assert file.read_text() == before
