"""`alertd tell-down`: ops is told that nobody watches, past the ledger, unless somebody does."""

import pytest
from process import alertd, in_seconds, running, toml_utc, truce_text, write_truces


@pytest.fixture
def config(tmp_path, hook, mailbox):
    """`oncall` is the ops channel, `desk` another."""
    (tmp_path / "alertd.toml").write_text(
        '[[channel]]\nname = "desk"\nkind = "apprise"\nurl = { file = "desk-url" }\n'
        '[[channel]]\nname = "oncall"\nkind = "apprise"\nurl = { file = "oncall-url" }\n'
        '[ops]\nchannel = "oncall"\n'
    )
    (tmp_path / "desk-url").write_text(mailbox.url)
    (tmp_path / "oncall-url").write_text(hook.url)
    return tmp_path


def test_the_ops_channel_is_told_and_no_ledger_is_needed(config, hook, mailbox):
    done = alertd(config, "tell-down")

    assert done.returncode == 0, done.stderr
    assert any("DOWN" in title for title in hook.titles)
    assert mailbox.subjects == []
    assert not (config / "state").exists()


@pytest.mark.parametrize("broken", [True, False])
def test_where_the_ops_channel_fails_or_cannot_be_opened_every_other_is_told(config, hook, mailbox, broken):
    hook.stop()
    if broken:
        (config / "oncall-url").write_text("nonsense://planted-token")

    done = alertd(config, "tell-down")

    assert done.returncode == 0, done.stderr
    assert any("DOWN" in subject for subject in mailbox.subjects)
    assert "planted-token" not in done.stderr


def test_where_nobody_takes_it_the_exit_code_says_so(config, hook, mailbox):
    hook.stop()
    (config / "desk-url").write_text("mailto://127.0.0.1:1?from=a@example.org&to=b@example.org")

    assert alertd(config, "tell-down").returncode == 1


def test_nobody_is_told_while_a_daemon_runs(config, hook, mailbox):
    write_truces(config, truce_text("calm", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(in_seconds(3600))}"))
    with running(config) as process:
        done = alertd(config, "tell-down")
        process.stop()

    assert (done.returncode, f"process {process.pid}" in done.stderr) == (0, True)
    assert not any("DOWN" in title for title in hook.titles)
