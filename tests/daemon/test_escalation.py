"""Escalations of a real daemon: a step comes after its wait, also after kill -9, and never after an acknowledgement."""

import re
import socket
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from process import Hook, Mailbox, alertd, alertd_json, in_seconds, toml_utc, truce_text, until, watching, write_truces

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
name = "mail"
kind = "apprise"
url = { file = "mail-url" }
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
steps = [
  { channel = "desk", wait = "2s" },
  { channel = "mail", wait = "2s" },
  { channel = "duty", wait = "2s" },
  { channel = "head", wait = "2s" },
]
"""

BOARD = """
[board]
listen = {port}
url = "http://127.0.0.1:{port}"
link_key = {{ file = "link-key" }}
"""

WAIT = timedelta(seconds=2)


@pytest.fixture
def hook():
    with Hook() as receiver:
        yield receiver


@pytest.fixture
def mailbox():
    with Mailbox(lambda: mailbox.delay) as mailbox:
        mailbox.delay = 0.0
        yield mailbox


@pytest.fixture
def config(tmp_path, hook, mailbox):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "mail-url").write_text(mailbox.url)
    (tmp_path / "hook-url").write_text(f"http://127.0.0.1:{hook.port}/")
    return tmp_path


@contextmanager
def lapsing(config):
    """A daemon with a truce that is over in seconds."""
    with watching(config) as process:
        end = toml_utc(in_seconds(6))
        write_truces(config, truce_text("calm", "starts = 2016-01-01T00:00:00Z", f"ends = {end}"))
        yield process


def chain(config):
    """The alert that begins the chain and the steps that follow, in their order."""
    rows = [
        row
        for row in alertd_json(config, "history")
        if row["truce"] == "calm" and row["kind"] in ("lapsed", "escalated")
    ]
    return sorted((row for row in rows if row["channel"] == "desk" or row["step"]), key=lambda row: row["step"] or 0)


def moment(row, name):
    return datetime.fromisoformat(row[name])


def steps_to_duty(hook):
    alerts = [alert for post in hook.posts for alert in post["alerts"]]
    return [alert for alert in alerts if alert["kind"] == "escalated"]


def test_nobody_answers_and_kills_between_a_step_and_its_settlement_do_not_stop_the_chain(config, hook, mailbox):
    mailbox.delay = 60.0
    with lapsing(config) as process:
        until(lambda: "POSSIBLE" in process.said() or "expired" in process.said(), "the alert to the desk")
        until(lambda: mailbox.mails, "the step to the mailbox, which gets no answer")
        process.kill()
        assert [row["state"] for row in chain(config)] == ["delivered", "acquired"]
        mailbox.delay = 0.0
        hook.delay = lambda: 60.0
        process.start()
        until(lambda: steps_to_duty(hook), "the step to the duty, which gets no answer")
        process.kill()
        assert [row["state"] for row in chain(config)] == ["delivered", "delivered", "acquired"]
        hook.delay = lambda: 0.0
        process.start()
        until(lambda: len(chain(config)) == 5 and all(row["settled_at"] for row in chain(config)), "the whole chain")
        assert process.stop() == 0
    told = chain(config)
    assert [(row["target"], row["state"], row["attempts"]) for row in told] == [
        ("desk", "delivered", 1),
        ("mail", "delivered", 2),
        ("duty", "delivered", 2),
        ("head", "delivered", 1),
        ("head", "delivered", 1),
    ]
    for before, after in pairwise(told):
        wait = moment(after, "due_at") - moment(before, "settled_at")
        assert abs(wait - WAIT) < timedelta(seconds=1), "seconds are cut in the JSON"
        assert moment(after, "settled_at") >= moment(after, "due_at")
    assert ["POSSIBLE REPEAT" in subject for subject in mailbox.subjects] == [False, True]
    first, again = steps_to_duty(hook)
    assert (first["possible_repeat"], again["possible_repeat"]) == (False, True)
    assert (again["follows"], again["escalation"], again["step"], again["stage"]) == ("lapsed", "end", 3, "0")
    assert "Not acknowledged: " in process.said()
    assert "Nobody answered: " in process.said()


def test_nothing_follows_an_acknowledgement_whatever_happens_to_the_daemon(config, hook, mailbox):
    with lapsing(config) as process:
        until(lambda: steps_to_duty(hook), "the step to the duty")
        until(lambda: len(chain(config)) == 4, "the step to the head")
        process.kill()
        (duty,) = steps_to_duty(hook)
        done = alertd(config, "ack", duty["alert_id"], "--as", "Lena")
        assert (done.returncode, done.stderr) == (0, "")
        assert "The escalation to head is called off." in done.stdout
        process.start()
        due = moment(chain(config)[3], "due_at")
        until(lambda: in_seconds(-2) > due, "the moment of the step that is called off")
        until(lambda: len(hook.posts) == 2 or hook.posts[-1]["alerts"][0]["kind"] == "ops", "the duty told of it")
        until(lambda: "is acknowledged by Lena" in mailbox.subjects[-1], "the mailbox told of it")
        assert process.stop() == 0
    assert [(row["target"], row["state"]) for row in chain(config)] == [
        ("desk", "delivered"),
        ("mail", "delivered"),
        ("duty", "delivered"),
        ("head", "acknowledged"),
    ]
    assert {row["acknowledged_by"] for row in chain(config)} == {"Lena"}
    assert "Not acknowledged: " not in process.said()
    assert "is acknowledged by Lena" in hook.posts[-1]["text"]


def test_a_link_that_is_answered_while_the_daemon_restarts_calls_the_next_step_off(config, hook):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (config / "link-key").write_text("0123456789abcdef0123456789abcdef")
    settings = SETTINGS.replace('"duty", wait = "2s"', '"duty", wait = "40s"') + BOARD.format(port=port)
    (config / "alertd.toml").write_text(settings)
    with lapsing(config) as process:
        until(lambda: steps_to_duty(hook), "the step to the duty")
        until(lambda: len(chain(config)) == 4, "the step to the head")
        link = re.search(r"^Acknowledge: (http://127.0.0.1:\S+)$", hook.posts[-1]["text"], re.MULTILINE)[1]
        process.kill()
        process.start("daemon.started")
        page = until(lambda: answered(link, "Omar"), "the page that says who acknowledged")
        assert "It is acknowledged by Omar" in page
        assert "The escalation to head is called off." in page
        until(lambda: "is acknowledged by Omar" in hook.posts[-1]["text"], "the duty told of it")
        assert process.stop() == 0
    assert [row["state"] for row in chain(config)] == ["delivered", "delivered", "delivered", "acknowledged"]
    assert {(row["acknowledged_by"], row["acknowledged_way"]) for row in chain(config)} == {("Omar", "link")}


def answered(link: str, by: str) -> str | None:
    """The page that answers the form of a link; None while nobody listens."""
    with suppress(URLError), urlopen(link, urlencode({"by": by}).encode(), timeout=30) as page:  # noqa: S310  loopback
        return page.read().decode()
    return None
