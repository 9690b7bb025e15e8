"""Settings that cannot be used are told without quoting what stands in them, whichever command meets them."""

import pytest
from planted import PLANTED, leaks
from process import in_seconds, toml_utc, truce_text, write_truces

URL = f"json://{PLANTED}-user:{PLANTED}-word@127.0.0.1:9/{PLANTED}-path?+X-Token={PLANTED}-header"


@pytest.mark.parametrize(
    "settings",
    [
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "{PLANTED}://{PLANTED}/{PLANTED}"\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "slack://{PLANTED}"\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "{URL},{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "webhook"\nurl = "http://[{PLANTED}"\n',
        f'[[channel]]\nname = "desk"\nkind = "webhook"\nurl = "ftp://{PLANTED}@127.0.0.1/"\n',
        f'[[channel]]\nname = "desk"\nkind = "webhook"\nurl = "http://127.0.0.1/"\nsecret = "{PLANTED}!"\n',
        f'[[channel]]\nname = "desk"\nkind = "{URL}"\nurl = "{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ env = "{URL}" }}\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ file = "{URL}" }}\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ credential = "{URL}" }}\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ url = "{URL}" }}\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurls = "{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "console"\nurl = "{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "console"\nzone = "{URL}"\nfallback = "{URL}"\nrate_limit = "{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "console"\nalerts = ["{URL}"]\ndigest = "{URL}"\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "{URL}\n',
        f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "{URL}"\nurl = "{URL}"\n',
        f'[ops]\nchannel = "{URL}"\nheartbeat = "{URL}"\n',
        f'[ops]\nchannel = "console"\nheartbeat = {{ url = "{URL}", every = "{URL}" }}\nshift_digest = ["{URL}"]\n',
        f'[policy]\nlead_times = ["{URL}"]\nlate_after = "{URL}"\n[log]\nlevel = "{URL}"\n[ledger]\nkeep = "{URL}"\n',
    ],
)
def test_settings_that_cannot_be_used_are_told_without_what_stands_in_them(tmp_path, command, monkeypatch, settings):
    write_truces(
        tmp_path, truce_text("ghouta", "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(86400))}")
    )
    (tmp_path / "alertd.toml").write_text(settings)
    monkeypatch.setenv("ALERTD_DESK_TOKEN", PLANTED)
    monkeypatch.setenv("ALERTD_POLICY__CATCH_UP", PLANTED)
    for arguments in (("check",), ("check", "--json"), ("test-channel", "desk"), ("run",), ("status",)):
        done = command(tmp_path, "--log-level", "debug", *arguments)
        assert leaks(done.stdout + done.stderr) == [], arguments
        assert "Traceback" not in done.stderr
    monkeypatch.delenv("ALERTD_POLICY__CATCH_UP")
    for arguments in (("check",), ("test-channel", "desk")):
        done = command(tmp_path, "--log-level", "debug", *arguments)
        assert leaks(done.stdout + done.stderr) == [], arguments
