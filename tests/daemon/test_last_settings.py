"""Settings that went bad silence nothing at the next start: those that worked last stand in, and everybody is told."""

import shutil

import pytest
from process import Hook, alertd, alertd_json, lasting, running, until, write_truces

SETTINGS = """\
[policy]
lead_times = []
after = []
[[channel]]
name = "desk"
kind = "apprise"
url = { file = "desk-url" }
[[channel]]
name = "oncall"
kind = "apprise"
url = { file = "oncall-url" }
tags = ["nothing"]
fallback = "desk"
[ops]
channel = "oncall"
"""

BREAKS = {
    "TOML cannot read it": lambda folder: edit(folder, "[ops]", "[ops"),
    "a key is unknown": lambda folder: edit(folder, "fallback", "falback"),
    "a kind is unknown": lambda folder: edit(folder, '"apprise"', '"aprise"'),
    "it is gone": lambda folder: (folder / "alertd.toml").unlink(),
    "it is no text": lambda folder: (folder / "alertd.toml").write_bytes(b"\xff\xfe"),
}


@pytest.fixture
def desk():
    with Hook() as hook:
        yield hook


@pytest.fixture
def oncall():
    with Hook() as hook:
        yield hook


@pytest.fixture
def config(tmp_path, desk, oncall):
    """A config folder whose settings have worked once."""
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "desk-url").write_text(desk.url)
    (tmp_path / "oncall-url").write_text(oncall.url)
    write_truces(tmp_path, lasting("known"))
    with running(tmp_path) as process:
        process.stop()
    return tmp_path


def edit(folder, before, after):
    path = folder / "alertd.toml"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))


def messages(hook):
    """All that was said, without the marks that keep Markdown from reading more into it."""
    return "\n".join(post["message"] for post in hook.posts).replace("\\", "")


@pytest.mark.parametrize("broken", BREAKS)
def test_a_daemon_starts_on_the_settings_that_worked_last_and_tells_ops(config, desk, oncall, broken):
    BREAKS[broken](config)
    with running(config) as process:
        write_truces(config, lasting("soon", 5), name="soon.toml")
        until(lambda: any("soon" in title and "expired" in title for title in desk.titles), "the lapse at the desk")
        told = until(lambda: "alertd.toml cannot be used" in messages(oncall) and messages(oncall), "ops told")
        status = alertd_json(config, "status")
        process.stop()

    assert "alertd runs on the settings that worked last, kept at" in told
    assert "error" in {problem["level"] for problem in status["problems"] if problem["file"] == "alertd.toml"}
    assert status["pid"] is not None
    assert [channel["name"] for channel in status["channels"]] == ["desk", "oncall"]


def test_an_ops_channel_whose_secret_is_lost_leaves_ops_to_its_fallback(config, desk):
    (config / "oncall-url").unlink()
    with running(config) as process:
        until(lambda: "The channel oncall cannot be opened" in messages(desk), "the other channel told")
        until(lambda: "the file `oncall-url` cannot be read: No such file or directory" in messages(desk), "and why")
        process.stop()


def test_mended_settings_count_at_the_next_start(config, desk, oncall):
    edit(config, "[ops]", "[ops")
    with running(config) as process:
        process.stop()
    edit(config, "[ops", "[ops]")
    edit(config, "desk-url", "third-url")
    with Hook() as third:
        (config / "third-url").write_text(third.url)
        with running(config) as process:
            write_truces(config, lasting("more"), name="more.toml")
            until(lambda: "more" in messages(third), "what is new, by the mended settings")
            process.stop()
    assert not [problem for problem in alertd_json(config, "status")["problems"] if problem["file"] == "alertd.toml"]


def test_settings_that_never_worked_stop_a_start_with_advice(tmp_path):
    (tmp_path / "alertd.toml").write_text('[[channel]]\nname = "desk"\nkind = "aprise"\n')
    write_truces(tmp_path, lasting("known"))

    done = alertd(tmp_path, "run")

    assert done.returncode == 1
    assert "alertd.toml:3: error: `kind` takes one of" in done.stderr


def test_the_word_that_alertd_is_down_goes_out_by_the_settings_that_worked_last(config, desk, oncall):
    edit(config, "[ops]", "[ops")

    done = alertd(config, "tell-down")

    assert done.returncode == 0, done.stderr
    assert any("DOWN" in title for title in oncall.titles)


def test_what_is_kept_names_secrets_and_holds_none(config, desk):
    edit(config, '{ file = "desk-url" }', f'"{desk.url}?token=planted-secret"')
    with running(config) as process:
        process.stop()
    kept = config / "state" / "last-settings.toml"

    assert "planted-secret" not in kept.read_text()
    assert 'file = "oncall-url"' in kept.read_text()
    assert kept.stat().st_mode & 0o777 & ~0o640 == 0


def test_a_secret_in_plain_text_is_taken_from_the_file_with_the_mistake(config, desk):
    edit(config, '{ file = "desk-url" }', f'"{desk.url}"')
    with running(config) as process:
        process.stop()
    edit(config, "fallback", "falback")
    with running(config) as process:
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "more" in messages(desk), "what is new, at the desk")
        process.stop()


def lose_its_file(config):
    (config / "desk-url").unlink()


def write_two(config):
    (config / "desk-url").write_text("json://planted-token@127.0.0.1/\njson://planted-path@127.0.0.1/\n")


def empty_it(config):
    (config / "desk-url").write_text("\ufeff\n")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lose_its_file, "the file `desk-url` cannot be read: No such file or directory"),
        (write_two, "the file `desk-url` has several lines"),
        (empty_it, "the file `desk-url` is empty"),
    ],
)
def test_a_secret_that_cannot_be_had_at_the_first_start_costs_its_channel_alone(config, desk, oncall, spoil, why):
    spoil(config)
    shutil.rmtree(config / "state")
    edit(config, 'url = { file = "desk-url" }', 'url = { file = "desk-url" }\nfallback = "oncall"')
    edit(config, 'fallback = "desk"\n', "")
    checked = alertd(config, "check")
    with running(config) as process:
        until(lambda: why in messages(oncall), "ops told")
        desk_in_status = alertd_json(config, "status")["channels"][0]
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "more" in messages(oncall), "the fallback, told instead", patience=60)
        process.stop()

    assert (checked.returncode, why in checked.stdout) == (1, True)
    assert (desk_in_status["name"], desk_in_status["ok"]) == ("desk", False)
    assert "its URL, proxy or secret cannot be read" in desk_in_status["reason"]
    assert "planted" not in messages(oncall) + process.logged() + str(alertd_json(config, "history"))


def test_a_board_whose_token_cannot_be_had_is_not_served_without_one(config, oncall):
    settings = config / "alertd.toml"
    settings.write_text(f'{settings.read_text()}\n[board]\nlisten = 1\ntoken = {{ env = "NOT_SET" }}\n')
    with running(config) as process:
        until(lambda: "the environment variable `NOT_SET` is not set" in messages(oncall), "ops told")
        assert "board.listening" not in process.logged()
        process.stop()


def test_a_channel_that_cannot_be_opened_costs_itself_alone(config, desk, oncall):
    (config / "desk-url").write_text("jsonn://planted-token@127.0.0.1/planted-path")
    edit(config, 'url = { file = "desk-url" }', 'url = { file = "desk-url" }\nfallback = "oncall"')
    edit(config, 'fallback = "desk"\n', "")
    with running(config) as process:
        told = until(lambda: "desk cannot be opened" in messages(oncall) and messages(oncall), "ops told")
        desk_in_status = alertd_json(config, "status")["channels"][0]
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "more" in messages(oncall), "the fallback, told instead", patience=60)
        process.stop()

    assert (desk_in_status["name"], desk_in_status["ok"]) == ("desk", False)
    assert desk_in_status["reason"].startswith("channel desk, URL 1: Apprise cannot load it")
    assert "The channel desk cannot be opened, and reaches nobody: channel desk, URL 1: " in told
    assert "planted" not in told + process.logged() + process.said() + str(alertd_json(config, "history"))
