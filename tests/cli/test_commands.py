"""The commands as a person and a machine meet them, through the real command line."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from process import (
    Hook,
    Mailbox,
    alertd,
    alertd_json,
    in_seconds,
    running,
    toml_utc,
    truce_text,
    until,
    write_truces,
)

SAMPLE = Path(__file__).parents[2] / "config"
FROM, TO = "2016-04-29 1200 Asia/Damascus", "2016-05-04 0200 Asia/Damascus"
PLAN_KEYS = ["due_at", "truce", "kind", "stage", "ends_at", "channel", "target", "title"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


# The sample.


def test_the_plan_shows_the_world_as_it_was_known_then():
    planned = alertd_json(SAMPLE, "plan", "--at", "2016-05-01 0001 Asia/Damascus", "--truce", "eastern-ghouta")
    assert {one["ends_at"] for one in planned} == {"2016-05-01T22:00:00Z"}
    assert all(list(one) == PLAN_KEYS for one in planned)
    at_the_announcement = alertd_json(SAMPLE, "plan", "--at", "2016-05-01 0000 Asia/Damascus")
    assert [one["kind"] for one in at_the_announcement if one["due_at"] == "2016-04-30T21:00:00Z"] == ["extended"]
    assert alertd_json(SAMPLE, "plan", "--at", "2016-04-28 0000 Asia/Damascus") == []


# Mistakes.

MISTAKES = {
    "syntax": ("ends = 0100 Sun", 6),
    "unknown_key": ('ends = "0100 Wed 4 May 2016"\nsauce = "x"', 7),
    "two_ends": ('ends = "0100 Wed 4 May 2016"\nlasts = "24h"', 7),
    "unknown_zone": ('ends = "0100 Wed 4 May 2016"', 4),
}


@pytest.mark.parametrize("code", MISTAKES)
def test_check_names_file_and_line_of_a_mistake_and_spares_the_neighbours(tmp_path, code):
    lines, line = MISTAKES[code]
    bad = truce_text("bad", "starts = 2016-05-01T00:00:00", lines)
    if code == "unknown_zone":
        bad = bad.replace('"UTC"', '"Asia/Damaskus"')
    good = truce_text("good", "starts = 2016-05-01T00:00:00", 'ends = "0100 Wed 4 May 2016"')
    write_truces(tmp_path, bad, good)
    done = alertd(tmp_path, "check", "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert (code, "truces/truces.toml", line, "bad") in [
        (one["code"], one["file"], one["line"], one["truce"]) for one in found["problems"]
    ]
    truces = {one["id"]: one for one in found["truces"]}
    assert truces["good"]["ends_at"] == "2016-05-04T01:00:00Z"
    assert truces["good"]["problems"] == []
    assert [found["problems"][index]["code"] for index in truces["bad"]["problems"]] == [code]
    assert f"truces/truces.toml:{line}: error:" in alertd(tmp_path, "check").stdout


def test_a_duplicate_id_is_told_at_both_places_and_neither_is_taken(tmp_path):
    one = truce_text("twice", "starts = 2016-05-01T00:00:00", 'ends = "0100 Wed 4 May 2016"')
    write_truces(tmp_path, one, name="a.toml")
    write_truces(tmp_path, "\n", one, name="b.toml")
    found = json.loads(alertd(tmp_path, "check", "--json").stdout)
    assert [(p["code"], p["file"], p["line"]) for p in found["problems"]] == [
        ("duplicate_id", "truces/a.toml", 2),
        ("duplicate_id", "truces/b.toml", 4),
    ]
    assert [truce["state"] for truce in found["truces"]] == ["refused"]


def test_check_tells_each_truce_with_every_key(tmp_path):
    write_truces(
        tmp_path,
        truce_text("b-open", "starts = 2016-05-01T00:00:00", "open = true"),
        truce_text("a-day", "starts = 2016-05-01T00:00:00", "ends = 2016-05-04").replace('"UTC"', '"Asia/Damascus"'),
        truce_text("c-refused", "starts = 2016-05-01T00:00:00", "ends = true"),
    )
    done = alertd(tmp_path, "check", "--json", "--at", "2016-05-02 0000 UTC")
    truces = json.loads(done.stdout)["truces"]
    assert truces[0] == {
        "id": "a-day",
        "state": "running",
        "end_kind": "date",
        "ends_at": "2016-05-03T21:00:00Z",
        "ends_local": "2016-05-04",
        "zone": "Asia/Damascus",
        "problems": [],
    }
    assert [(one["id"], one["state"], one["end_kind"], one["ends_at"]) for one in truces[1:]] == [
        ("b-open", "running", "open", None),
        ("c-refused", "refused", None, None),
    ]


def test_a_warning_fails_a_strict_check_alone(tmp_path):
    lines = ("starts = 2016-05-01T00:00:00", 'lasts = "24h"', 'stated_duration = "48h"')
    write_truces(tmp_path, truce_text("odd", *lines))
    assert alertd(tmp_path, "check").returncode == 0
    assert alertd(tmp_path, "check", "--strict").returncode == 1


@pytest.mark.parametrize(
    "command", [["run"], ["check"], ["plan"], ["status"], ["rehearse", "--from", FROM, "--to", TO]]
)
def test_a_folder_without_truces_is_told_in_one_sentence(tmp_path, command):
    for config in (tmp_path, tmp_path / "missing"):
        done = alertd(config, *command)
        assert (done.returncode, done.stdout) == (1, "")
        assert len(done.stderr.splitlines()) == 1
        assert str(config) in done.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command", [["plan", "--at", "tomorrow"], ["plan", "--at", "2016-05-02 1800"], ["check", "--at", "x"]]
)
def test_a_time_that_cannot_be_read_is_a_usage_error(command):
    done = alertd(SAMPLE, *command)
    assert (done.returncode, done.stdout) == (2, "")


def test_check_and_plan_start_without_the_ledger_and_without_apprise():
    for command in (["check"], ["plan", "--at", FROM]):
        arguments = ["--config", str(SAMPLE), *command]
        code = (
            f"import sys; sys.argv[1:] = {arguments!r}\n"
            "from alertd.cli import main\n"
            "try:\n    main()\nexcept SystemExit:\n    pass\n"
            "assert not {'sqlalchemy', 'apprise', 'alembic', 'apscheduler'} & set(sys.modules)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)


# A running daemon, seen from outside.


def test_status_and_history_tell_what_runs_with_every_key(tmp_path):
    write_truces(
        tmp_path,
        truce_text("good", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(in_seconds(7200))}"),
        truce_text("bad", "starts = 2016-05-01T00:00:00", "ends = true"),
    )
    with running(tmp_path) as process:
        until(lambda: "good" in process.said(), "the first alert")
        status = alertd_json(tmp_path, "status")
        assert process.stop() == 0
    assert list(status) == [
        *("version", "tzdata", "pid", "last_tick", "truces", "next", "channels", "not_watched", "problems"),
    ]
    assert status["pid"] == process.pid
    assert INSTANT.fullmatch(status["last_tick"])
    assert [(one["id"], one["state"]) for one in status["truces"]] == [("bad", "refused"), ("good", "running")]
    assert status["not_watched"] == ["bad"]
    assert [one["stage"] for one in status["next"]] == ["1h", "15m", "0", "+15m"]
    (channel,) = status["channels"]
    assert (list(channel), channel["ok"]) == (["name", "ok", "last_success", "backlog"], True)
    assert alertd_json(tmp_path, "status")["pid"] is None
    assert "NOT RUNNING" in alertd(tmp_path, "status").stdout.splitlines()[0]
    rows = alertd_json(tmp_path, "history")
    keys = (
        "key",
        "truce",
        "kind",
        "stage",
        "ends_at",
        "channel",
        "target",
        "state",
        "due_at",
        "settled_at",
        "attempts",
    )
    assert all(list(row) == [*keys, "possible_repeat", "reason"] for row in rows)
    assert alertd_json(tmp_path, "history", "--truce", "good")[0]["state"] == "delivered"
    assert alertd_json(tmp_path, "history", "--channel", "nobody") == []


def test_a_test_message_reaches_each_target_and_gives_its_answer(tmp_path):
    end = in_seconds(7200)
    write_truces(tmp_path, truce_text("good", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(end)}"))
    with Mailbox() as mailbox, Hook() as hook:
        (tmp_path / "alertd.toml").write_text(
            """
[[channel]]
name = "mail"
kind = "apprise"
url = { env = "MAIL_URL" }
[[channel]]
name = "hook"
kind = "apprise"
url = { env = "HOOK_URL" }
"""
        )
        hook_url = hook.url.replace("json://", "json://user:hunter2secret@")
        env = {"MAIL_URL": mailbox.url, "HOOK_URL": hook_url}
        assert alertd(tmp_path, "test-channel", "--all", "--truce", "good", env=env).returncode == 0
        assert "TEST" in mailbox.subjects[0]
        assert "TEST" in hook.titles[0]
        assert "ends in" in hook.titles[0]
        hook.stop()
        done = alertd(tmp_path, "test-channel", "hook", "--json", env=env)
        assert (done.returncode, json.loads(done.stdout)[0]["outcome"]) == (1, "failed")
        assert "hunter2secret" not in done.stdout + done.stderr


def test_zone_data_over_a_year_old_is_doubted_at_every_truce():
    done = alertd(SAMPLE, "check", "--json", "--at", "2100-01-01 0000 UTC")
    assert [(one["truce"], one["code"], one["level"]) for one in json.loads(done.stdout)["problems"]] == [
        ("eastern-ghouta", "stale_zone", "warning"),
        ("latakia", "stale_zone", "warning"),
    ]
    assert done.returncode == 0
