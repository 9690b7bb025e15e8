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


def test_a_lapse_said_again_shows_steps_only_where_those_of_the_first_word_are_over(command, config):
    again = SETTINGS.replace('"reminder:1h"', '"lapsed"').replace("after = []", 'after = ["6m", "30m"]')
    (config / "alertd.toml").write_text(again)
    done = command(config, "plan", "--at", "2016-05-02 1800Z", "--until", "2016-05-04 0000Z", "--json")
    told = [each for each in json.loads(done.stdout) if each["kind"] == "escalated"]
    assert [each["stage"] for each in told] == ["0"] * len(STEPS) + ["+30m"] * len(STEPS)


def test_a_rehearsal_plays_the_steps(command, config):
    done = command(config, "rehearse", "--from", "2016-05-02 1800Z", "--to", "2016-05-04 0000Z", "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert steps(found) == STEPS
    titles = [each["title"].partition(": Calm")[0] for each in found if each["kind"] == "escalated"]
    assert titles == ["Not acknowledged"] * 3 + ["Nobody answered"]


REHEARSE = ("rehearse", "--from", "2016-05-02 1800Z", "--to", "2016-05-04 0000Z")


def rehearsed(command, config, *options):
    done = command(config, *REHEARSE, "--json", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_channel_that_always_answers_ends_the_chain_at_its_step(command, config):
    found = rehearsed(command, config, "--ack", "duty 100%")
    assert steps(found) == STEPS[:1]
    (told,) = [each for each in found if "is acknowledged by duty" in each["body"]]
    assert (told["kind"], told["target"], told["sent_at"]) == ("ops", "duty", "2016-05-03T21:05:00Z")


def test_a_channel_that_answers_the_alert_itself_begins_no_chain(command, config):
    found = rehearsed(command, config, "--ack", "desk 100%")
    assert [each["kind"] for each in found if each["kind"] == "escalated"] == []
    assert steps(rehearsed(command, config, "--ack", "desk 0%")) == STEPS


def test_who_answers_is_drawn_from_the_seed(command, config):
    lasting = ("starts = 2016-04-30T22:00:00Z", "ends = 2016-05-03T22:00:00Z")
    write_truces(config, *(truce_text(name, *lasting) for name in "abcdefgh"))

    def unanswered(seed):
        found = rehearsed(command, config, "--ack", "duty 50%", "--seed", seed)
        return [each["truce"] for each in found if each["step"] == 3]

    first = unanswered("1")
    assert first == unanswered("1")
    assert 0 < len(first) < 8
    assert first != unanswered("2")


def test_a_person_is_told_what_was_acknowledged(command, config):
    done = command(config, *REHEARSE, "--ack", "duty 100%")
    assert "--- 2105Z Tue 3 May 2016, acknowledged by duty: Not acknowledged: Calm" in done.stdout


@pytest.mark.parametrize(
    ("share", "says"),
    [
        ("desk", 'write a channel and a share, such as "desk 90%"'),
        ("desk 101%", "write a channel and a share"),
        ("dusk 90%", "there is no such channel: write one of desk, duty, head"),
    ],
)
def test_a_share_that_is_none_is_refused_with_what_to_write(command, config, share, says):
    done = command(config, *REHEARSE, "--ack", share)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.replace("│", " ").split())


def test_where_nothing_asks_for_an_answer_nobody_can_give_one(command, config):
    (config / "alertd.toml").write_text(SETTINGS.partition("[[escalation]]")[0])
    done = command(config, *REHEARSE, "--ack", "desk 90%")
    assert done.returncode == 2
    assert "alertd.toml has no [[escalation]]" in " ".join(done.stderr.replace("│", " ").split())
