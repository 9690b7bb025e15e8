"""`[[escalation]]`: what it comes to, and what is said of a chain that would reach nobody."""

from datetime import timedelta

import pytest
from factories import delivery, truce

from alertd.domain.alert import Kind
from alertd.errors import Code, ConfigError
from alertd.settings import check_settings, load_settings
from alertd.times.zones import load_zones

CHANNELS = """\
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "sudan"
kind = "console"
tags = ["sudan"]
alerts = ["lapsed"]
[[channel]]
name = "head"
kind = "console"
[ops]
channel = "head"
[[escalation]]
"""

LINE = CHANNELS.count("\n")
"""Of the head of the table of the escalation."""

WHOLE = """\
name = "last-hour"
alerts = ["reminder:60m", "lapsed:+15m", "start:0", "shortened"]
tags = ["syria"]
people = 2
repeat = 1
steps = [{ channel = "desk", wait = "5m" }, { channel = "head" }]
"""


@pytest.fixture(scope="session")
def zone_for():
    return load_zones({}).find


@pytest.fixture
def problems(tmp_path, zone_for):
    def check(text):
        (tmp_path / "alertd.toml").write_text(CHANNELS + text)
        found = check_settings(tmp_path, {}, zone_for=zone_for)[1]
        return [(each.line - LINE, each.code, each.message) for each in found]

    return check


@pytest.fixture
def escalation(tmp_path, zone_for):
    (tmp_path / "alertd.toml").write_text(CHANNELS + WHOLE)
    (found,) = load_settings(tmp_path, {}, zone_for=zone_for).escalations()
    return found


def test_the_chain_is_gone_through_as_often_as_it_is_repeated_and_ends_at_ops(escalation):
    chain = [(step.channels[0].channel, step.wait) for step in escalation.steps]
    five, ten = timedelta(minutes=5), timedelta(minutes=10)
    assert chain[:-1] == [("desk", five), ("head", ten), ("desk", five), ("head", ten)]
    assert [each.channel for each in escalation.steps[-1].channels] == ["head"]
    assert (escalation.name, escalation.people) == ("last-hour", 2)


@pytest.mark.parametrize(
    ("alert", "begins"),
    [
        (delivery(stage="1h"), True),
        (delivery(stage="6h"), False),
        (delivery(Kind.LAPSED, stage="+15m"), True),
        (delivery(Kind.LAPSED, stage="0"), False),
        (delivery(Kind.SHORTENED), True),
        (delivery(Kind.EXTENDED), False),
        (delivery(stage="1h", channel="head", target="head"), False),
    ],
)
def test_it_begins_with_the_alerts_that_it_names_as_its_first_channel_gets_them(escalation, alert, begins):
    assert escalation.begins_with(alert, truce(tags=("syria",))) is begins
    assert not escalation.begins_with(alert, truce(tags=("sudan",)))


def test_without_an_ops_channel_everybody_is_told_that_nobody_answered(tmp_path, zone_for):
    text = CHANNELS.replace('[ops]\nchannel = "head"\n', "") + WHOLE
    (tmp_path / "alertd.toml").write_text(text)
    (found,) = load_settings(tmp_path, {}, zone_for=zone_for).escalations()
    assert [each.channel for each in found.steps[-1].channels] == ["desk", "sudan", "head"]


NAME, ALERTS = 'name = "a"\n', 'alerts = ["lapsed"]\n'
STEPS = 'steps = [{ channel = "desk" }]\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ALERTS + STEPS, (0, Code.MISSING, "an escalation needs a `name`")),
        (NAME + STEPS, (0, Code.MISSING, "an escalation needs `alerts`")),
        (NAME + ALERTS, (0, Code.MISSING, "an escalation needs `steps`")),
        (NAME + ALERTS + "steps = []", (0, Code.MISSING, "an escalation needs `steps`")),
        (NAME + ALERTS + "steps = [{}]", (3, Code.MISSING, "a step needs a `channel`")),
        (NAME + ALERTS + 'steps = [{ channel = "dusk" }]', (3, Code.CHANNEL, "no channel has the name")),
        (NAME + ALERTS + 'steps = [{ channel = "desk", wait = "0" }]', (3, Code.BAD_DURATION, "")),
        (NAME + ALERTS + 'steps = [{ channel = "desk", wiat = "1m" }]', (3, Code.UNKNOWN_KEY, "wait")),
        (NAME + STEPS + 'alerts = ["reminders"]', (3, Code.CHANNEL, 'takes "reminder:1h" or "lapsed"')),
        (NAME + STEPS + 'alerts = ["escalated"]', (3, Code.CHANNEL, 'takes "reminder:1h" or "lapsed"')),
        (NAME + STEPS + 'alerts = ["ops"]', (3, Code.CHANNEL, 'takes "reminder:1h" or "lapsed"')),
        (NAME + STEPS + 'alerts = ["extended:1h"]', (3, Code.CHANNEL, 'write "extended" alone')),
        (NAME + STEPS + 'alerts = ["reminder:soon"]', (3, Code.BAD_DURATION, '"reminder:1h"')),
        (NAME + STEPS + "alerts = [1]", (3, Code.CHANNEL, 'takes "reminder:1h" or "lapsed"')),
        (NAME + ALERTS + STEPS + "people = 0", (4, Code.SYNTAX, "takes a number from 1 to 10")),
        (NAME + ALERTS + STEPS + "repeat = 11", (4, Code.SYNTAX, "takes a number from 0 to 10")),
        (NAME + ALERTS + STEPS + "repeat = true", (4, Code.SYNTAX, "")),
        (
            NAME + ALERTS + 'steps = [{ channel = "sudan" }]',
            (3, Code.CHANNEL, "the channel of the first step takes only truces with its `tags`"),
        ),
        (
            NAME + ALERTS + 'steps = [{ channel = "sudan" }]\ntags = ["sudan",\n"syria"]',
            (5, Code.CHANNEL, "takes no truce with this tag"),
        ),
        (
            NAME + 'tags = ["sudan"]\nsteps = [{ channel = "sudan" }]\nalerts = ["lapsed",\n"reminder"]',
            (5, Code.CHANNEL, "leaves out reminder"),
        ),
        (
            NAME + ALERTS + STEPS + "[[escalation]]\n" + NAME + ALERTS + STEPS,
            (5, Code.CHANNEL, "has this name already"),
        ),
    ],
)
def test_each_mistake_is_told_with_its_line_and_what_to_write(problems, text, expected):
    found = problems(text)
    assert len(found) == 1, found
    ((line, code, message),) = found
    assert (line, code) == expected[:2]
    assert expected[2] in message


def test_a_later_step_may_go_to_a_channel_that_takes_other_truces(problems):
    assert problems(NAME + ALERTS + 'steps = [{ channel = "desk" }, { channel = "sudan" }]') == []


def test_a_chain_with_a_mistake_leaves_no_settings_to_run_on(tmp_path, zone_for):
    (tmp_path / "alertd.toml").write_text(CHANNELS + NAME + ALERTS)
    with pytest.raises(ConfigError):
        load_settings(tmp_path, {}, zone_for=zone_for)
