"""A daily pause that runs on for longer than the horizon: the daemon tells every window, and `plan` shows each."""

import json

import pytest
from process import alertd, alertd_json

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
