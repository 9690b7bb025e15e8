"""Duty lists of a real daemon: the right person is told, and a list that says nothing is everybody's."""

import re
from datetime import datetime, timedelta

import pytest
from calendars import calendar, event
from process import alertd, alertd_json, in_seconds, lasting, running, until, write_truces

SETTINGS = """
[policy]
lead_times = []
after = []
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "lena-phone"
kind = "console"
alerts = ["review"]
[[channel]]
name = "noor-phone"
kind = "console"
alerts = ["review"]
[ops]
channel = "desk"
[[escalation]]
name = "end"
alerts = ["lapsed"]
steps = [{ channel = "desk", wait = "6s" }, { duty = "field", wait = "1s" }]
[[duty]]
name = "field"
source = "duty.ics"
people = { "Lena" = "lena-phone", "Noor" = "noor-phone" }
"""


def shifts(change):
    """Lena is on duty until a moment, and Noor from then on."""
    times = [moment.strftime("%Y%m%dT%H%M%SZ") for moment in (change - timedelta(days=1), change, in_seconds(86_400))]
    lena = event("1", "Lena", f"DTSTART:{times[0]}", f"DTEND:{times[1]}")
    return calendar(lena, event("2", "Noor", f"DTSTART:{times[1]}", f"DTEND:{times[2]}"))


@pytest.fixture
def config(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    write_truces(tmp_path, lasting("calm"))
    return tmp_path


def rows(config):
    return [row for row in alertd_json(config, "history") if row["kind"] == "escalated" and row["step"] == 2]


def moment(row, name):
    return datetime.fromisoformat(row[name])


def hand_overs(config):
    return sorted((row["target"], row["state"]) for row in alertd_json(config, "history") if row["kind"] == "shift")


def test_who_comes_on_duty_between_the_planning_and_the_step_is_told_also_after_a_kill(config):
    (config / "duty.ics").write_bytes(shifts(in_seconds(3600)))
    with running(config) as process:
        change = in_seconds(7)
        (config / "duty.ics").write_bytes(shifts(change))
        write_truces(config, lasting("calm", 4))
        until(lambda: len(rows(config)) == 2, "the step, planned for everyone")
        assert change < min(moment(row, "due_at") for row in rows(config))
        process.kill()
        process.start()
        until(lambda: all(row["settled_at"] for row in rows(config)), "the step to whoever is on duty")
        until(lambda: len(hand_overs(config)) == 2, "the hand-over")
        assert process.stop() == 0
    assert hand_overs(config) == [("lena-phone", "delivered"), ("noor-phone", "delivered")]
    assert process.said().count("\nhand-over of field: Noor takes over from Lena until ") == 2
    assert {row["target"]: (row["state"], row["reason"]) for row in rows(config)} == {
        "lena-phone": ("superseded", "somebody else was on duty"),
        "noor-phone": ("delivered", None),
    }


def test_a_list_that_cannot_be_read_goes_to_everyone_and_ops_is_told_once_and_when_it_is_well(config):
    (config / "duty.ics").write_bytes(b"<html>Sign in</html>")
    with running(config) as process:
        write_truces(config, lasting("calm", 4))
        until(lambda: alertd_json(config, "status")["duty"], "the list")
        (duty,) = alertd_json(config, "status")["duty"]
        assert (duty["on_duty"], duty["gap"], duty["channels"]) == ([], "unread", ["lena-phone", "noor-phone"])
        until(lambda: len(rows(config)) == 2 and all(row["settled_at"] for row in rows(config)), "the step to everyone")
        assert {row["state"] for row in rows(config)} == {"delivered"}
        process.kill()
        process.start()
        until(lambda: process.logged().count("duty.not_read") == 2, "another reading")
        (config / "duty.ics").write_bytes(shifts(in_seconds(3600)))
        until(lambda: "is well again" in process.said(), "the list, well again")
        until(lambda: alertd_json(config, "status")["duty"][0]["gap"] is None, "the list, kept")
        (duty,) = alertd_json(config, "status")["duty"]
        assert (duty["on_duty"], duty["channels"]) == (["Lena"], ["lena-phone"])
        shown = alertd(config, "status").stdout
        assert re.search(r"field +Lena +[0-9:]+Z ", shown)
        assert process.stop() == 0
    assert hand_overs(config) == [], "nobody has gone or come"
    said = process.said()
    assert said.count("\nThe duty list field cannot be read: it cannot be read as a calendar") == 1
    assert said.count("\nThe duty list field is well again: Lena is on duty until") == 1
