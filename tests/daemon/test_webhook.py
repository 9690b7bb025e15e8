"""The real process and a webhook receiver: signed, idempotent, marked where it must be, and no secret anywhere."""

import json

import pytest
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces
from standardwebhooks import Webhook

SECRET = "whsec_" + "cGxhbnRlZC1zZWNyZXQtb2YtYWxlcnRk"
PLANTED = ("planted-token", SECRET, SECRET.removeprefix("whsec_"))


@pytest.fixture
def config(tmp_path, hook):
    (tmp_path / "alertd.toml").write_text(
        '[policy]\nlead_times = ["4s"]\nafter = []\n'
        '[[channel]]\nname = "hook"\nkind = "webhook"\nurl = { file = "url" }\nsecret = { file = "secret" }\n'
    )
    (tmp_path / "url").write_text(f"http://127.0.0.1:{hook.port}/planted-token?key=planted-token")
    (tmp_path / "secret").write_text(SECRET)
    return tmp_path


def starting(end):
    return (f"starts = {toml_utc(end.replace(year=end.year - 1))}", f"ends = {toml_utc(end)}")


def alerts(hook, kind):
    pairs = zip(hook.requests, hook.posts, strict=True)
    return [(headers, post) for (headers, _), post in pairs if post["alerts"][0]["kind"] == kind]


def test_alerts_arrive_signed_each_in_a_message_of_its_own_and_no_secret_is_told(config, hook):
    write_truces(config, *(truce_text(name, *starting(in_seconds(25))) for name in ("ghouta", "latakia")))
    with running(config) as process:
        until(lambda: len(alerts(hook, "lapsed")) == 2, "both lapses")
        assert process.stop() == 0
        told = process.logged() + process.said()
    for headers, body in hook.requests:
        assert Webhook(SECRET).verify(body, headers) == json.loads(body)
    rows = {row["key"]: row for row in alertd_json(config, "history") if row["kind"] != "review"}
    for post in hook.posts:
        (alert,) = post["alerts"]
        assert rows[alert["key"]]["state"] == "delivered"
        assert {key: alert[key] for key in ("truce", "kind", "stage", "ends_at", "channel", "target", "due_at")} == {
            key: rows[alert["key"]][key] for key in ("truce", "kind", "stage", "ends_at", "channel", "target", "due_at")
        }
    assert len({headers["webhook-id"] for headers, _ in hook.requests}) == len(hook.posts) == len(rows)
    told += alertd(config, "history").stdout + alertd(config, "status").stdout
    told += "".join(path.read_bytes().decode(errors="replace") for path in (config / "state").iterdir())
    assert [sekrit for sekrit in PLANTED if sekrit in told] == []


def test_a_server_that_takes_an_alert_and_drops_the_connection_gets_a_marked_repeat_under_the_same_id(config, hook):
    hook.drops = 1
    write_truces(config, truce_text("ghouta", *starting(in_seconds(3600))))
    with running(config) as process:
        until(lambda: len(alerts(hook, "recorded")) == 2, "the repeat")
        until(lambda: alertd_json(config, "history")[0]["state"] == "delivered", "the repeat settled")
        assert process.stop() == 0
    (first, post), (second, repeat) = alerts(hook, "recorded")
    assert first["webhook-id"] == second["webhook-id"] == second["Idempotency-Key"]
    assert [body["alerts"][0]["possible_repeat"] for body in (post, repeat)] == [False, True]
    assert "POSSIBLE REPEAT" in repeat["title"]


def test_a_server_that_was_down_gets_the_alert_once_without_the_mark(config, hook):
    hook.stop()
    write_truces(config, truce_text("ghouta", *starting(in_seconds(3600))))
    with running(config) as process:
        until(lambda: alertd_json(config, "history")[0]["attempts"], "a failed try")
        hook.start()
        until(lambda: alertd_json(config, "history")[0]["state"] == "delivered", "the alert", patience=60)
        assert process.stop() == 0
    ((_, post),) = alerts(hook, "recorded")
    assert not post["alerts"][0]["possible_repeat"]


def test_test_channel_posts_a_message_marked_test(config, hook):
    write_truces(config, truce_text("ghouta", *starting(in_seconds(3600))))
    for arguments in ((), ("--truce", "ghouta")):
        done = alertd(config, "--log-level", "debug", "test-channel", "hook", "--json", *arguments)
        assert [result["outcome"] for result in json.loads(done.stdout)] == ["accepted"]
        assert [sekrit for sekrit in PLANTED if sekrit in done.stdout + done.stderr] == []
    assert [post["alerts"][0]["test"] for post in hook.posts] == [True, True]
    for headers, body in hook.requests:
        Webhook(SECRET).verify(body, headers)


def test_a_secret_of_another_form_is_told_without_it(config):
    write_truces(config, truce_text("ghouta", *starting(in_seconds(3600))))
    (config / "secret").write_text("planted token!")
    done = alertd(config, "test-channel", "hook")
    assert done.returncode == 1
    with running(config) as process:
        process.stop()
    for told in (done.stderr, process.logged()):
        assert "channel hook: its `secret` is not in base64" in told
        assert "planted" not in done.stdout + told
        assert "Traceback" not in told
