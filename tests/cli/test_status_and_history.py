"""`alertd status` and `alertd history`: what a daemon did and will do, read from its ledger while it runs and after."""

import json
import os
from types import SimpleNamespace

import pytest
from cli.commands import DELIVERY_KEYS, PROBLEM_KEYS, TRUCE_KEYS, read_as_a_person, tree
from process import alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces
from terminal import Terminal

from alertd.ledger import Ledger, queries
from alertd.times.formats import show_utc

HISTORY_KEYS = [
    *("key", "truce", "kind", "stage", "ends_at", "at", "milestone", "follows", "escalation", "step"),
    *("channel", "target", "state", "due_at"),
    *("settled_at", "attempts"),
    *("possible_repeat", "reason"),
    *("alert_id", "acknowledged_at", "acknowledged_by", "acknowledged_way", "acknowledged_note"),
    "acknowledgement_void",
    "quiet_until",
]
STATUS_KEYS = [
    *("version", "tzdata", "pid", "last_tick", "clock_doubt", "truces", "next", "channels", "not_watched"),
    *("problems", "node", "role", "active_node", "duty"),
]

SETTINGS = """\
[[channel]]
name = "room"
kind = "console"
tags = ["syria"]
[[channel]]
name = "desk"
kind = "console"
tags = ["syria"]
alerts = ["lapsed"]
"""


def started(*lines):
    return ("starts = 2016-05-01T00:00:00", *lines)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A folder that a daemon watched for a while, and the status as it was then."""
    config = tmp_path_factory.mktemp("watched")
    (config / "alertd.toml").write_text(SETTINGS)
    first, second, third = in_seconds(2 * 3600), in_seconds(40 * 3600), in_seconds(80 * 3600)
    write_truces(
        config,
        truce_text("first", *started(f"ends = {toml_utc(first)}", 'tags = ["syria"]')),
        truce_text("second", *started(f"ends = {toml_utc(second)}", 'tags = ["syria"]')),
        truce_text("lost", *started(f"ends = {toml_utc(third)}", 'tags = ["sudan"]')),
        truce_text("refused", *started("ends = true", 'tags = ["syria"]')),
    )
    with running(config) as process:
        until(lambda: "lost" in process.said() and "second" in process.said(), "the first messages")
        until(lambda: all(row["settled_at"] for row in alertd_json(config, "history")[:1]), "their settling")
        status = alertd_json(config, "status")
        assert process.stop() == 0
    ends = {"first": toml_utc(first), "second": toml_utc(second), "third": toml_utc(third)}
    return SimpleNamespace(config=config, status=status, pid=process.pid, **ends)


@pytest.fixture
def history(command, watched):
    def read(*arguments):
        done = command(watched.config, "history", *arguments, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        rows = json.loads(done.stdout)
        assert all(list(row) == HISTORY_KEYS for row in rows)
        return rows

    return read


def test_a_running_daemon_is_told_with_every_key(watched):
    status = watched.status
    assert list(status) == STATUS_KEYS
    assert status["pid"] == watched.pid
    assert status["last_tick"] is not None
    assert status["clock_doubt"] is None
    assert all(list(truce) == TRUCE_KEYS for truce in status["truces"])
    assert all(list(delivery) == DELIVERY_KEYS for delivery in status["next"])
    assert all(list(problem) == PROBLEM_KEYS for problem in status["problems"])
    assert [list(channel) for channel in status["channels"]] == [
        ["name", "ok", "last_success", "backlog", "reason"]
    ] * 2


def test_status_tells_the_truces_in_the_form_of_check_and_what_nobody_watches(watched):
    rows = [(truce["id"], truce["state"], truce["end_kind"], truce["ends_at"]) for truce in watched.status["truces"]]
    assert rows == [
        ("first", "running", "instant", watched.first),
        ("lost", "running", "instant", watched.third),
        ("refused", "refused", None, None),
        ("second", "running", "instant", watched.second),
    ]
    assert watched.status["not_watched"] == ["lost", "refused"]


def test_status_tells_the_next_ten_deliveries_of_the_plan(command, watched):
    told = [
        (delivery["truce"], delivery["kind"], delivery["stage"], delivery["target"])
        for delivery in watched.status["next"]
    ]
    assert told == [
        ("first", "reminder", "1h", "room"),
        ("first", "reminder", "15m", "room"),
        ("first", "lapsed", "0", "desk"),
        ("first", "lapsed", "0", "room"),
        ("first", "lapsed", "+15m", "desk"),
        ("first", "lapsed", "+15m", "room"),
        ("second", "reminder", "24h", "room"),
        ("first", "review", None, "room"),
        ("second", "reminder", "6h", "room"),
        ("second", "reminder", "1h", "room"),
    ]
    assert watched.status["next"] == json.loads(command(watched.config, "plan", "--json").stdout)[:10]


def test_without_a_daemon_status_says_so_first_and_still_tells_what_the_ledger_knows(command, watched):
    status = json.loads(command(watched.config, "status", "--json").stdout)
    assert (status["pid"], status["next"], status["truces"]) == (
        None,
        watched.status["next"],
        watched.status["truces"],
    )
    assert status["last_tick"] >= watched.status["last_tick"]
    first, second, third, *_ = command(watched.config, "status").stdout.splitlines()
    assert first.startswith(f"NOT RUNNING: no alertd runs on {watched.config / 'state'}")
    assert (second, third) == ("NOT WATCHED: lost", "NOT WATCHED: refused")


def test_status_without_a_ledger_leaves_none_behind(command, sample):
    before = tree(sample.parent)
    status = json.loads(command(sample, "status", "--json").stdout)
    assert list(status) == STATUS_KEYS
    assert (status["pid"], status["last_tick"], status["truces"], status["next"]) == (None, None, [], [])
    assert status["channels"] == [{"name": "console", "ok": True, "last_success": None, "backlog": 0, "reason": None}]
    assert tree(sample.parent) == before


def test_while_the_clock_is_in_doubt_status_says_so_first_with_the_reason_and_until_when(command, tmp_path):
    (tmp_path / "alertd.toml").write_text("")
    write_truces(tmp_path, truce_text("calm", *started(f"ends = {toml_utc(in_seconds(7200))}")))
    (tmp_path / "state").mkdir()
    lock = tmp_path / "state" / "alertd.lock"
    lock.touch()
    later = in_seconds(3600)
    os.utime(lock, (later.timestamp(), later.timestamp()))
    with running(tmp_path) as process:
        until(lambda: "clock may be wrong" in process.said(), "the word to ops")
        status, text = alertd_json(tmp_path, "status"), command(tmp_path, "status").stdout
        assert process.stop() == 0
    assert status["clock_doubt"]["reason"] == f"it lies before the last tick, of {show_utc(later, year=True)}"
    assert toml_utc(in_seconds(240)) < status["clock_doubt"]["until"] <= toml_utc(in_seconds(300))
    first = text.splitlines()[0]
    assert first.startswith(
        f"CLOCK IN DOUBT: the clock may be wrong: {status['clock_doubt']['reason']}. What has lapsed"
    )
    assert "by this clock at the latest; reminders go out, marked. Set it right." in first
    assert json.loads(command(tmp_path, "status", "--json").stdout)["clock_doubt"] is None


def test_history_tells_every_row_with_every_key_the_newest_last(history, watched):
    rows = history()
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    (recorded,) = [row for row in rows if row["kind"] == "recorded" and row["truce"] == "first"]
    assert recorded == recorded | {
        "stage": None,
        "ends_at": watched.first,
        "channel": "room",
        "target": "room",
        "state": "delivered",
        "attempts": 1,
        "possible_repeat": False,
        "reason": None,
    }
    assert recorded["settled_at"] >= recorded["due_at"]
    ahead = [row for row in rows if row["kind"] in {"reminder", "lapsed"}]
    assert {(row["state"], row["settled_at"], row["attempts"], row["reason"]) for row in ahead} == {
        ("planned", None, 0, None)
    }
    assert len({row["key"] for row in rows}) == len(rows)


def test_history_can_be_of_one_truce_one_channel_and_from_one_moment_on(history, watched):
    whole = history()
    for option, key, value in (("--truce", "truce", "second"), ("--channel", "channel", "desk")):
        chosen = [row for row in whole if row[key] == value]
        assert 0 < len(chosen) < len(whole)
        assert history(option, value) == chosen
    both = history("--truce", "first", "--channel", "desk", "--since", watched.first)
    assert [(row["kind"], row["stage"], row["channel"]) for row in both] == [
        ("lapsed", "0", "desk"),
        ("lapsed", "+15m", "desk"),
    ]
    assert history("--since", "2099-01-01 0000 UTC") == []
    assert history("--truce", "nobody") == []


def test_history_as_text_has_a_line_a_delivery_or_a_sentence(command, watched, history):
    head, *lines = command(watched.config, "history").stdout.splitlines()
    assert head.split() == ["DUE", "ALERT", "TO", "STATE"]
    assert len(lines) == len(history())
    empty = command(watched.config, "history", "--since", "2099-01-01 0000 UTC")
    assert (empty.returncode, empty.stdout) == (0, "Nothing was planned yet.\n")


def test_history_is_readable_on_a_terminal_of_eighty_columns(watched):
    person = Terminal(watched.config, "history", columns=80)
    assert person.leave() == 0
    lines = person.screen.splitlines()
    assert max(map(len, lines)) <= 80
    assert any("first reminder" in line and "room" in line for line in lines)


def test_a_ledger_that_cannot_be_read_is_told_in_one_sentence(command, sample):
    (sample.parent / "state").mkdir()
    (sample.parent / "state" / "ledger.db").write_text("no ledger at all" * 100)
    for name in ("status", "history"):
        done = command(sample, name)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr
        assert str(sample.parent / "state" / "ledger.db") in read_as_a_person(done)


def test_a_backup_is_a_ledger_and_never_overwrites_one(command, watched, history, tmp_path):
    config, rows = watched.config, history()
    done = command(config, "backup", str(tmp_path / "copy.db"))
    assert (done.returncode, "is copied to" in done.stdout) == (0, True)
    copy = Ledger.open_reader(tmp_path / "copy.db")
    assert [row.key for row in copy.run(queries.history)] == [row["key"] for row in rows]
    copy.close()
    again = command(config, "backup", str(tmp_path / "copy.db"))
    assert (again.returncode, again.stdout) == (1, "")
    assert "is there already" in again.stderr


def test_truces_whose_file_is_gone_are_held_and_status_still_tells_them(command, watched, tmp_path):
    (watched.config / "truces" / "truces.toml").rename(tmp_path / "aside.toml")
    try:
        done = command(watched.config, "status", "--json")
        planning = command(watched.config, "plan", "--json")
    finally:
        (tmp_path / "aside.toml").rename(watched.config / "truces" / "truces.toml")
    assert done.returncode == 0
    assert [truce["id"] for truce in json.loads(done.stdout)["truces"]] == ["first", "lost", "second"]
    assert (planning.returncode, planning.stdout) == (1, "")
