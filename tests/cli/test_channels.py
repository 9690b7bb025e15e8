"""`alertd test-channel`: a real message, marked TEST, to real servers; each target's own answer, and never a secret."""

import json

import pytest
from process import Mailbox, alertd, in_seconds, toml_utc, truce_text, write_truces

PLANTED = "planted-token"


class Refusing(Mailbox):
    """A mail server that takes nothing."""

    async def handle_DATA(self, _server, _session, _envelope) -> str:  # noqa: N802  aiosmtpd's name
        return f"550 {PLANTED} may not send"


@pytest.fixture
def config(tmp_path, hook, mailbox):
    """A channel with a token in its URL, another with two addresses, and a truce with four stages ahead but one."""
    (tmp_path / "alertd.toml").write_text(
        '[[channel]]\nname = "room"\nkind = "apprise"\nurl = { env = "ROOM_URL" }\nzone = "Europe/Zurich"\n'
        '[[channel]]\nname = "mail"\nkind = "apprise"\nurl = [{ env = "MAIL_URL" }, { env = "SECOND_URL" }]\n'
    )
    write_truces(
        tmp_path,
        truce_text("calm", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(in_seconds(5 * 3600))}"),
        truce_text("over", "starts = 2016-05-01T00:00:00", 'lasts = "24h"'),
    )
    return tmp_path


@pytest.fixture
def send(config, hook, mailbox):
    """Run `test-channel` and look for the token in what it prints, however much it logs."""

    def run(*arguments, second=mailbox):
        env = {
            "ROOM_URL": hook.url.replace("://", f"://desk:{PLANTED}@") + f"{PLANTED}?+X-Key={PLANTED}",
            "MAIL_URL": mailbox.url,
            "SECOND_URL": second.url,
        }
        done = alertd(config, "--log-level", "debug", "test-channel", *arguments, env=env)
        assert PLANTED not in done.stdout + done.stderr
        assert not (config / "state").exists()
        return done

    return run


def test_every_target_gets_a_message_marked_test_and_is_told_by_its_name(send, hook, mailbox):
    done = send("--all", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == [
        {"channel": channel, "target": target, "outcome": "accepted", "detail": None}
        for channel, target in (("room", "room"), ("mail", "mail"), ("mail", "mail#2"))
    ]
    assert len(hook.titles) == 1
    assert len(mailbox.subjects) == 2
    assert all("TEST" in title for title in [*hook.titles, *mailbox.subjects])
    assert "TEST" in hook.posts[0]["message"]


def test_one_channel_gets_the_next_reminder_of_a_truce_as_it_would_arrive(send, hook, mailbox):
    assert send("room", "--truce", "calm").returncode == 0
    (post,) = hook.posts
    assert post["title"].startswith("[TEST] Calm in calm: ends in 1 h")
    assert "Truce: Calm in calm" in post["message"]
    assert "Europe/Zurich" in post["message"]
    assert mailbox.mails == []


def test_a_mail_arrives_in_its_final_form(send, mailbox):
    assert send("mail", "--truce", "calm").returncode == 0
    for mail in mailbox.mails:
        plain, rich = mail.get_payload()
        assert (plain.get_content_type(), rich.get_content_type()) == ("text/plain", "text/html")
        for part in (plain, rich):
            written = part.get_payload(decode=True).decode()
            assert "TEST: nothing has happened." in written
            assert "Truce: Calm in calm [calm]" in written
        assert mail["References"] == "<calm.truce@example.org>"


def test_a_target_that_refuses_is_told_and_keeps_no_other_from_its_message(send, hook, mailbox):
    with Refusing() as refusing:
        done = send("--all", "--json", second=refusing)
    assert done.returncode == 1
    results = json.loads(done.stdout)
    assert [(result["target"], result["outcome"]) for result in results] == [
        ("room", "accepted"),
        ("mail", "accepted"),
        ("mail#2", "refused"),
    ]
    assert results[2]["detail"]
    assert (len(hook.posts), len(mailbox.mails)) == (1, 1)


def test_a_server_that_is_down_is_told_as_text_with_the_targets_name(send, hook):
    hook.stop()
    done = send("room")
    assert done.returncode == 1
    head, line = done.stdout.splitlines()
    assert head.split() == ["CHANNEL", "TARGET", "OUTCOME", "DETAIL"]
    assert line.split()[:3] == ["room", "room", "failed"]


def test_a_truce_with_nothing_ahead_sends_nothing(send, hook):
    done = send("room", "--truce", "over")
    assert (done.returncode, done.stdout) == (2, "")
    assert hook.posts == []


def test_with_json_a_console_speaks_beside_it(sample):
    done = alertd(sample, "test-channel", "console", "--json")
    assert [result["outcome"] for result in json.loads(done.stdout)] == ["accepted"]
    assert "TEST" in done.stderr
