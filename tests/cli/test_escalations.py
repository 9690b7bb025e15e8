"""Escalations at the commands: `plan` and `rehearse` show the steps as they come if nobody answers."""

import json

import pytest
from process import truce_text, write_truces

SETTINGS = """
[policy]
lead_times = ["1h"]
after = []
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "duty"
kind = "console"
tags = ["of no truce"]
[[channel]]
name = "head"
kind = "console"
tags = ["of no truce"]
[ops]
channel = "head"
[[escalation]]
name = "last-hour"
alerts = ["reminder:1h"]
steps = [{ channel = "desk", wait = "5m" }, { channel = "duty", wait = "3m" }]
repeat = 1
"""

STEPS = [
    ("21:05", "duty", 2),
    ("21:08", "desk", 3),
    ("21:13", "duty", 4),
    ("21:16", "head", 5),
]
"""When each is due, to whom, and its number; the last tells ops that nobody answered."""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    write_truces(tmp_path, truce_text("calm", "starts = 2016-04-30T22:00:00Z", "ends = 2016-05-03T22:00:00Z"))
    return tmp_path


def steps(found):
    told = [each for each in found if each["kind"] == "escalated"]
    assert {(each["follows"], each["escalation"], each["stage"]) for each in told} == {("reminder", "last-hour", "1h")}
    assert {each["ends_at"] for each in told} == {each["at"] for each in told} == {"2016-05-03T22:00:00Z"}
    return [(each["due_at"][11:16], each["target"], each["step"]) for each in told]


def test_the_plan_shows_the_steps(command, config):
    done = command(config, "plan", "--at", "2016-05-02 1800Z", "--until", "2016-05-04 0000Z", "--json")
    assert steps(json.loads(done.stdout)) == STEPS


def test_the_plan_shows_no_step_that_is_due_later(command, config):
    done = command(config, "plan", "--at", "2016-05-02 1800Z", "--until", "2016-05-03 2108Z", "--json")
    assert steps(json.loads(done.stdout)) == STEPS[:2]


def test_a_rehearsal_plays_the_steps(command, config):
    done = command(config, "rehearse", "--from", "2016-05-02 1800Z", "--to", "2016-05-04 0000Z", "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert steps(found) == STEPS
    titles = [each["title"].partition(": Calm")[0] for each in found if each["kind"] == "escalated"]
    assert titles == ["Not acknowledged"] * 3 + ["Nobody answered"]
