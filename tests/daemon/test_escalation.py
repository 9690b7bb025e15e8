"""Escalations of a real daemon: a step comes after its wait, also after kill -9, and never after an acknowledgement."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from process import Hook, alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

SETTINGS = """
[policy]
lead_times = []
after = []
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "duty"
kind = "webhook"
url = { file = "hook-url" }
alerts = ["review"]
[[channel]]
name = "head"
kind = "console"
alerts = ["review"]
[ops]
channel = "head"
[[escalation]]
name = "end"
alerts = ["lapsed"]
steps = [{ channel = "desk", wait = "2s" }, { channel = "duty", wait = "2s" }, { channel = "head", wait = "2s" }]
"""

WAIT = timedelta(seconds=2)


@pytest.fixture
def hook():
    with Hook() as receiver:
        yield receiver


@pytest.fixture
def config(tmp_path, hook):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
    write_truces(tmp_path, truce_text("calm", "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(5))}"))
    return tmp_path


def chain(config):
    """The alert that begins the chain and the steps that follow, in their order."""
    rows = [row for row in alertd_json(config, "history") if row["kind"] in ("lapsed", "escalated")]
    return sorted((row for row in rows if row["channel"] == "desk" or row["step"]), key=lambda row: row["step"] or 0)


def moment(row, name):
    return datetime.fromisoformat(row[name])


def steps_to_duty(hook):
    alerts = [alert for post in hook.posts for alert in post["alerts"]]
    return [alert for alert in alerts if alert["kind"] == "escalated"]


def test_nobody_answers_and_a_kill_between_a_step_and_its_settlement_does_not_stop_the_chain(config, hook):
    with running(config) as process:
        until(lambda: "POSSIBLE" in process.said() or "expired" in process.said(), "the alert to the desk")
        hook.delay = lambda: 60.0
        until(lambda: steps_to_duty(hook), "the step to the duty, which gets no answer")
        process.kill()
        assert [row["state"] for row in chain(config)] == ["delivered", "acquired"]
        hook.delay = lambda: 0.0
        process.start()
        until(lambda: len(chain(config)) == 4 and all(row["settled_at"] for row in chain(config)), "the whole chain")
        assert process.stop() == 0
    told = chain(config)
    assert [(row["target"], row["state"]) for row in told] == [
        ("desk", "delivered"),
        ("duty", "delivered"),
        ("head", "delivered"),
        ("head", "delivered"),
    ]
    for before, after in pairwise(told):
        wait = moment(after, "due_at") - moment(before, "settled_at")
        assert abs(wait - WAIT) < timedelta(seconds=1), "seconds are cut in the JSON"
        assert moment(after, "settled_at") >= moment(after, "due_at")
    first, again = steps_to_duty(hook)
    assert (first["possible_repeat"], again["possible_repeat"]) == (False, True)
    assert (again["follows"], again["escalation"], again["step"], again["stage"]) == ("lapsed", "end", 2, "0")
    assert "Not acknowledged: " in process.said()
    assert "Nobody answered: " in process.said()


def test_nothing_follows_an_acknowledgement_whatever_happens_to_the_daemon(config, hook):
    with running(config) as process:
        until(lambda: steps_to_duty(hook), "the step to the duty")
        until(lambda: len(chain(config)) == 3, "the step to the head")
        process.kill()
        (duty,) = steps_to_duty(hook)
        done = alertd(config, "ack", duty["alert_id"], "--as", "Lena")
        assert (done.returncode, done.stderr) == (0, "")
        assert "The escalation to head is called off." in done.stdout
        process.start()
        due = moment(chain(config)[2], "due_at")
        until(lambda: in_seconds(-2) > due, "the moment of the step that is called off")
        until(lambda: len(hook.posts) == 2 or hook.posts[-1]["alerts"][0]["kind"] == "ops", "the duty told of it")
        assert process.stop() == 0
    assert [(row["target"], row["state"]) for row in chain(config)] == [
        ("desk", "delivered"),
        ("duty", "delivered"),
        ("head", "acknowledged"),
    ]
    assert {row["acknowledged_by"] for row in chain(config)} == {"Lena"}
    assert "Not acknowledged: " not in process.said()
    assert "is acknowledged by Lena" in hook.posts[-1]["text"]
