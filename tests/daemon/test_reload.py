"""SIGHUP takes in settings and templates whole, or refuses them whole: a real process, real HTTP, and nothing lost."""

import json
import signal

import pytest
from process import Hook, alertd_json, lasting, running, until, write_truces

SETTINGS = """\
[policy]
lead_times = ["30m"]
after = []
[[channel]]
name = "desk"
kind = "webhook"
url = { file = "desk-url" }
[ops]
channel = "desk"
"""
NEW_CHANNEL = '[[channel]]\nname = "night"\nkind = "webhook"\nurl = { file = "night-url" }\n'


@pytest.fixture
def desk():
    with Hook() as hook:
        yield hook


@pytest.fixture
def night():
    with Hook() as hook:
        yield hook


@pytest.fixture
def config(tmp_path, desk, night):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    (tmp_path / "desk-url").write_text(f"http://127.0.0.1:{desk.port}/")
    (tmp_path / "night-url").write_text(f"http://127.0.0.1:{night.port}/")
    write_truces(tmp_path, lasting("known"))
    return tmp_path


def events(process, name):
    return [line for line in map(json.loads, process.logged().splitlines()) if line["event"] == name]


def rows(config, **wanted):
    found = alertd_json(config, "history")
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def reload(process, config, settings):
    (config / "alertd.toml").write_text(settings)
    process.send(signal.SIGHUP)


def test_channels_come_change_and_go_without_a_restart(config, desk, night):
    with running(config) as process:
        until(lambda: "known" in str(desk.posts), "the first alert")
        pid = process.pid
        reload(process, config, SETTINGS + NEW_CHANNEL)
        until(lambda: rows(config, channel="night", kind="reminder"), "the plan of the new channel")
        assert events(process, "settings.taken_in")[-1]["changes"] == ["channel night added"]
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "more" in str(night.posts) and "more" in str(desk.posts), "news at both")

        only_night = SETTINGS.replace(SETTINGS[SETTINGS.index("[[channel]]") : SETTINGS.index("[ops]")], NEW_CHANNEL)
        reload(process, config, only_night.replace('channel = "desk"', 'channel = "night"').replace("30m", "20m"))
        until(lambda: len(events(process, "settings.taken_in")) > 1, "the second reload")
        assert events(process, "settings.taken_in")[-1]["changes"] == [
            "channel desk removed",
            "[policy] changed",
            "[ops] changed",
        ]
        gone = until(lambda: rows(config, channel="desk", truce="more", kind="reminder", state="superseded"), "no desk")
        assert gone[0]["reason"] == "no channel has this target any more"
        assert until(
            lambda: rows(config, channel="night", truce="more", stage="20m", state="planned"), "the new ladder"
        )
        assert process.pid == pid
        assert process.stop() == 0


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (SETTINGS.replace("after", "aftr"), "alertd.toml:3: error: unknown key `aftr`"),
        (SETTINGS + NEW_CHANNEL.replace("night-url", "nowhere"), "alertd.toml:13: error: "),
        (SETTINGS + NEW_CHANNEL.replace('{ file = "night-url" }', '"htps://example.org"'), "channel night, URL 1: "),
        (f'state_dir = "elsewhere"\n{SETTINGS}', "`state_dir` counts from the next start on"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_whole_and_the_old_stays(config, desk, settings, says):
    with running(config) as process:
        until(lambda: "known" in str(desk.posts), "the first alert")
        reload(process, config, settings.replace('"30m"', '"20m"'))
        until(lambda: events(process, "settings.refused"), "the refusal")
        assert any(says in line["problem"] for line in events(process, "settings.refused"))
        until(lambda: "stay in force" in str(desk.posts), "ops told")
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "more" in str(desk.posts), "what is new, by the old settings")
        (config / "alertd.toml").write_text(SETTINGS)
        assert rows(config, truce="more", stage="30m", state="planned")
        assert not events(process, "settings.taken_in")
        assert process.stop() == 0


def test_templates_are_taken_in_and_a_reload_without_a_change_begins_nothing_anew(config, desk):
    with running(config) as process:
        until(lambda: "known" in str(desk.posts), "the first alert")
        process.send(signal.SIGHUP)
        until(lambda: len(events(process, "register.read")) > 1, "the truces, read again")
        assert len(events(process, "alertd.started")) == 1
        (config / "templates").mkdir()
        (config / "templates/title.jinja").write_text("Planted title")
        process.send(signal.SIGHUP)
        until(lambda: len(events(process, "alertd.started")) > 1, "the next daemon")
        assert events(process, "settings.taken_in")[-1]["changes"] == ["the templates changed"]
        write_truces(config, lasting("more"), name="more.toml")
        until(lambda: "Planted title" in str(desk.posts), "the new title")
        assert process.stop() == 0
