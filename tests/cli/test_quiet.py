"""Quiet hours in what the commands say of what is to come."""

import json

import pytest
from process import truce_text, write_truces

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
zone = "Asia/Damascus"
quiet = { hours = "2200-0600" }
"""
NIGHT = "2016-05-03T03:00:00Z"
"""The end of the quiet hours into which the first reminder falls."""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    ends = ("announced = 2016-05-02T10:00:00", "starts = 2016-05-02T10:00:00", "ends = 2016-05-04T01:00:00")
    write_truces(tmp_path, truce_text("ghouta", 'zone = "Asia/Damascus"', *ends).replace('zone = "UTC"\n', ""))
    return tmp_path


def test_the_plan_says_until_when_an_alert_waits(command, config):
    at = ("--at", "2016-05-02 1800 Asia/Damascus", "--until", "2016-05-04 0200 Asia/Damascus")
    found = json.loads(command(config, "plan", *at, "--json").stdout)
    assert [(row["stage"], row["quiet_until"]) for row in found] == [
        ("24h", NIGHT),
        ("6h", None),
        ("1h", None),
        ("15m", None),
        ("0", None),
        ("+15m", None),
    ]
    first, second = command(config, "plan", *at).stdout.splitlines()[1:3]
    assert "2200Z Mon 2 May 2016, waits until 0300Z Tue 3 May" in first
    assert "waits" not in second


def test_a_rehearsal_sends_what_waits_when_the_quiet_hours_end(command, config):
    span = ("--from", "2016-05-02 1800 Asia/Damascus", "--to", "2016-05-04 0200 Asia/Damascus")
    found = [json.loads(line) for line in command(config, "rehearse", *span, "--json").stdout.splitlines()]
    sent = [(row["stage"], row["sent_at"]) for row in found if row["kind"] in ("reminder", "lapsed")]
    assert sent[0] == ("24h", NIGHT)
    assert sent[1:] == [
        ("6h", "2016-05-03T16:00:00Z"),
        ("1h", "2016-05-03T21:00:00Z"),
        ("15m", "2016-05-03T21:45:00Z"),
        ("0", "2016-05-03T22:00:00Z"),
        ("+15m", "2016-05-03T22:15:00Z"),
    ]
    assert "[LATE by 5 h]" in found[0]["title"]
