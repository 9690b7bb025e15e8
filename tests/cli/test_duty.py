"""Duty lists at the commands: `plan` and `rehearse` show the step to whoever is on duty, `check` warns of gaps."""

import json

import pytest
from calendars import calendar, event
from process import truce_text, write_truces

SETTINGS = """
[policy]
lead_times = ["1h"]
after = []
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "lena-phone"
kind = "console"
tags = ["of no truce"]
[[channel]]
name = "noor-phone"
kind = "console"
tags = ["of no truce"]
[ops]
channel = "desk"
[[escalation]]
name = "last-hour"
alerts = ["reminder:1h"]
steps = [{ channel = "desk", wait = "5m" }, { duty = "field", wait = "3m" }]
repeat = 1
[[duty]]
name = "field"
source = "duty.ics"
people = { "Lena" = "lena-phone", "Noor" = "noor-phone" }
zone = "Asia/Damascus"
"""

SOURCE_LINE = SETTINGS.splitlines().index('source = "duty.ics"') + 1

LENA = event("1", "Lena", "DTSTART:20160503T080000", "DTEND:20160504T000700")
"""Until 2107Z, two minutes after the first step to the list and before the second."""
NOOR = event("2", "Noor", "DTSTART:20160504T000700", "DTEND:20160504T080000")


@pytest.fixture
def config(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "duty.ics").write_bytes(calendar(LENA, NOOR))
    write_truces(tmp_path, truce_text("calm", "starts = 2016-04-30T22:00:00Z", "ends = 2016-05-03T22:00:00Z"))
    return tmp_path


PLAN = ("plan", "--at", "2016-05-03 1800Z", "--until", "2016-05-04 0000Z", "--json")
REHEARSE = ("rehearse", "--from", "2016-05-03 1800Z", "--to", "2016-05-04 0000Z", "--json")


def steps(found):
    told = [each for each in found if each["kind"] == "escalated"]
    return [(each["due_at"][11:16], each["target"]) for each in told]


def planned(command, config):
    return steps(json.loads(command(config, *PLAN).stdout))


def rehearsed(command, config):
    return steps(json.loads(line) for line in command(config, *REHEARSE).stdout.splitlines())


@pytest.mark.parametrize("shown", [planned, rehearsed])
def test_each_step_goes_to_whoever_is_on_duty_then(command, config, shown):
    assert shown(command, config) == [
        ("21:05", "lena-phone"),
        ("21:08", "desk"),
        ("21:13", "noor-phone"),
        ("21:16", "desk"),
    ]


@pytest.mark.parametrize("shown", [planned, rehearsed])
@pytest.mark.parametrize("text", [b"", calendar(), calendar(event("1", "Lenna", *LENA.split("\r\n")[3:5]))])
def test_without_somebody_known_on_duty_the_step_goes_to_everyone(command, config, shown, text):
    (config / "duty.ics").write_bytes(text)
    assert {found for found in shown(command, config) if found[0] == "21:05"} == {
        ("21:05", "lena-phone"),
        ("21:05", "noor-phone"),
    }


def problems(command, config, at="2016-05-03 1800Z"):
    found = json.loads(command(config, "check", "--at", at, "--json").stdout)["problems"]
    return [(each["line"], each["level"], each["message"]) for each in found if each["file"] == "alertd.toml"]


def test_check_warns_of_gaps_in_the_next_fourteen_days(command, config):
    always = event("1", "Lena", "DTSTART;VALUE=DATE:20160501", "DTEND;VALUE=DATE:20160507")
    strange = event("2", "Mina", "DTSTART;VALUE=DATE:20160507", "DTEND;VALUE=DATE:20160508")
    later = event("3", "Noor", "DTSTART;VALUE=DATE:20160509", "DTEND;VALUE=DATE:20160518")
    (config / "duty.ics").write_bytes(calendar(always, strange, later))
    message = (
        "the duty list field has gaps in the next 14 days, in which its steps go to everyone of it: “Mina”, whom "
        "`people` do not name, from 0000 Sat 7 May Damascus (2100Z Fri 6 May) to 0000 Sun 8 May Damascus "
        "(2100Z Sat 7 May); nobody from 0000 Sun 8 May Damascus (2100Z Sat 7 May) to 0000 Mon 9 May Damascus "
        "(2100Z Sun 8 May)"
    )
    assert problems(command, config) == [(SOURCE_LINE, "warning", message)]


def test_check_says_nothing_of_a_list_without_gaps(command, config):
    always = event("1", "Lena", "DTSTART;VALUE=DATE:20160501", "RRULE:FREQ=DAILY")
    (config / "duty.ics").write_bytes(calendar(always))
    assert problems(command, config) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "duty.ics cannot be read: No such file or directory"),
        (b"<html>", "it cannot be read as a calendar (ValueError)"),
        (b"x" * 2_000_000, "it is larger than 1 MB"),
    ],
)
def test_check_refuses_a_list_that_cannot_be_read(command, config, text, why):
    (config / "duty.ics").unlink()
    if text is not None:
        (config / "duty.ics").write_bytes(text)
    message = f"the duty list field cannot be read, so its steps go to everyone of it: {why}"
    assert problems(command, config) == [(SOURCE_LINE, "error", message)]
    assert command(config, "check").returncode == 1


def test_check_warns_of_an_address_that_no_daemon_has_read(command, config):
    text = SETTINGS.replace('"duty.ics"', '{ env = "DUTY_URL" }')
    (config / "alertd.toml").write_text(text)
    told = [message for _, level, message in problems(command, config) if level == "warning"]
    assert any("the daemon has not read its address yet" in message for message in told)


def hand_overs(command, config):
    """The hand-overs of a rehearsal: when each is due, to whom, and its lines."""
    found = [json.loads(line) for line in command(config, *REHEARSE).stdout.splitlines()]
    return [
        (each["due_at"][11:16], each["target"], each["body"].splitlines()) for each in found if each["kind"] == "shift"
    ]


def test_at_a_change_of_duty_whoever_comes_and_whoever_goes_is_told_how_things_stand(command, config):
    told = hand_overs(command, config)
    assert [each[:2] for each in told] == [("21:07", "lena-phone"), ("21:07", "noor-phone")]
    for _, _, lines in told:
        assert (
            lines[0] == "hand-over of field: Noor takes over from Lena until 0800 Wed 4 May Damascus (0500Z Wed 4 May)."
        )
        assert lines[1].startswith("Not acknowledged: Calm in calm, reminder 1h (alertd ack ")
        assert lines[2] == "1 truce running, next end in 53 min: Calm in calm, 2200Z Tue 3 May"


def test_a_hand_over_says_when_nothing_waits_for_an_answer_and_nobody_comes(command, config):
    early = event("1", "Lena", "DTSTART:20160503T080000", "DTEND:20160503T220000")
    (config / "duty.ics").write_bytes(calendar(early))
    ((due, target, lines),) = hand_overs(command, config)
    assert (due, target) == ("19:00", "lena-phone")
    assert lines[:2] == ["hand-over of field: Lena goes off duty.", "Nothing waits for an acknowledgement."]


def test_where_one_stays_only_those_who_come_and_go_are_told(command, config):
    text = (config / "alertd.toml").read_text().replace('"Noor" =', '"Mina" = "desk", "Noor" =')
    (config / "alertd.toml").write_text(text)
    always = event("3", "Mina", "DTSTART:20160501T080000", "DTEND:20160509T080000")
    (config / "duty.ics").write_bytes(calendar(LENA, NOOR, always))
    assert [each[:2] for each in hand_overs(command, config)] == [("21:07", "lena-phone"), ("21:07", "noor-phone")]


def test_nobody_is_told_where_nobody_changes(command, config):
    first = event("1", "Lena", "DTSTART:20160503T080000", "DTEND:20160504T000700")
    second = event("2", "Lena", "DTSTART:20160504T000700", "DTEND:20160504T080000")
    (config / "duty.ics").write_bytes(calendar(first, second))
    assert hand_overs(command, config) == []
