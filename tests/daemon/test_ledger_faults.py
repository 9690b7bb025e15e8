"""A ledger that cannot be used: loud, past the ledger too, nothing lost, and all well again once it works."""

import json
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest
from disk import small_disk
from process import Hook, alertd_json, in_seconds, running, toml_utc, truce_text, until, watching, write_truces

SETTINGS = """
[policy]
lead_times = []
after = []
late_after = "2s"
[[channel]]
name = "desk"
kind = "console"
digest = false
[[channel]]
name = "oncall"
kind = "apprise"
url = { file = "hook-url" }
tags = ["nothing"]
[ops]
channel = "oncall"
heartbeat = { url = { file = "ping-url" }, every = "1s" }
"""


@pytest.fixture
def oncall(tmp_path):
    with Hook() as hook:
        (tmp_path / "alertd.toml").write_text(SETTINGS)
        (tmp_path / "hook-url").write_text(hook.url)
        (tmp_path / "ping-url").write_text(f"http://127.0.0.1:{hook.port}/ping")
        yield hook


def lapsing(truce_id, seconds):
    """A truce that ends so many seconds ahead."""
    end = in_seconds(seconds)
    return truce_text(truce_id, "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(end)}")


def add(process, *truces):
    """Let a running daemon know of more truces."""
    write_truces(process.config, *truces)
    until(lambda: process.said().count(": recorded, ends") > len(truces), "the truces told as recorded")


def recorded(config):
    return [row for row in alertd_json(config, "history") if row["kind"] == "recorded"]


def errors(process, event):
    """The error lines of one event that the process has logged."""
    lines = [json.loads(line) for line in process.logged().splitlines() if line.startswith("{")]
    return [line["error"] for line in lines if line["event"] == event and line["level"] == "error"]


def lapsed(process, truce_id):
    return [
        line for line in process.said().splitlines() if line.startswith(f"Calm in {truce_id}: ") and "expired" in line
    ]


def alarms(hook):
    return [post["message"] for post in hook.posts if "SENDS NO ALERTS" in post["message"]]


def is_told_over(hook):
    return [post for post in hook.posts if "The ledger works again" in post["message"]]


@contextmanager
def held(ledger, kind="immediate"):
    """Another process that holds the ledger."""
    script = (
        f"import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('begin {kind}'); print(flush=True); input()"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(ledger)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        other.stdout.readline()
        yield
    finally:
        other.communicate(b"\n")


@pytest.mark.parametrize("seconds", [8, pytest.param(30, marks=pytest.mark.long)])
def test_what_comes_due_while_another_process_holds_the_ledger_goes_out_late(tmp_path, oncall, seconds):
    with watching(tmp_path) as process:
        add(process, lapsing("ghouta", 4))
        with held(tmp_path / "state" / "ledger.db"):
            taken = time.monotonic()
            over = in_seconds(seconds)
            until(lambda: errors(process, "ledger.failed"), "the error", patience=20)
            until(lambda: in_seconds(0) > over, "the time of the lock", patience=seconds + 5)
            assert not lapsed(process, "ghouta")
            assert [at for at in oncall.heartbeats if at > taken + 1] == [], "a heart that beats says that all is well"
            assert bool(alarms(oncall)) == (seconds == 30)
        (title,) = until(lambda: lapsed(process, "ghouta"), "the lapse, once the ledger is free")
        assert "LATE" in title
        free = time.monotonic()
        until(lambda: oncall.heartbeats[-1] > free, "the heartbeat again")
        assert "another process holds it; see that no second alertd" in errors(process, "ledger.failed")[0]
        if seconds == 30:
            until(lambda: is_told_over(oncall), "ops told that it is over")
        assert process.stop() == 0
    told = [row for row in alertd_json(tmp_path, "history", "--truce", "ghouta") if row["kind"] != "review"]
    assert [row["state"] for row in told] == ["delivered"] * 2


def test_a_full_disk_is_told_past_the_ledger_and_what_came_due_goes_out_once_there_is_room(tmp_path, oncall):
    with small_disk(tmp_path / "state") as disk, watching(tmp_path, within=disk.within) as process:
        add(process, *(lapsing(f"homs-{number}", 5) for number in range(20)))
        disk.fill()
        (alarm, *_) = until(lambda: alarms(oncall), "the alarm past the ledger")
        assert "the disk is full; make room, and alertd goes on where it was" in alarm
        assert "the disk is full" in errors(process, "ledger.failed")[0]
        disk.empty()
        until(lambda: all(lapsed(process, f"homs-{number}") for number in range(20)), "every lapse")
        until(lambda: is_told_over(oncall), "ops told that it is over")
        told = [lapsed(process, f"homs-{number}") for number in range(20)]
        assert all(len(titles) == 1 or "POSSIBLE REPEAT" in titles[1] for titles in told)
        assert any("LATE" in titles[0] for titles in told)
        assert process.stop() == 0
        rows = alertd_json(tmp_path, "history", within=disk.within)
    told = [row for row in rows if row["truce"] != "later" and row["kind"] != "review"]
    assert {row["state"] for row in told} == {"delivered"}


def test_a_disk_that_cannot_be_written_at_start_is_told_past_the_ledger_and_waited_for(tmp_path, oncall):
    with small_disk(tmp_path / "state") as disk:
        with watching(tmp_path, within=disk.within) as process:
            add(process, lapsing("ghouta", 7))
            assert process.stop() == 0
        disk.set_writable(writable=False)
        with running(tmp_path, "ledger.failed", within=disk.within) as process:
            assert "Read-only file system" in errors(process, "ledger.failed")[0]
            until(lambda: alarms(oncall), "the alarm past the ledger")
            disk.set_writable(writable=True)
            (title,) = until(lambda: lapsed(process, "ghouta"), "the lapse, once the disk can be written")
            assert "LATE" in title
            until(lambda: is_told_over(oncall), "ops told that it is over")
            assert process.stop() == 0


def test_a_ledger_that_is_garbage_is_set_aside_at_start_and_every_truce_watched_anew(tmp_path, oncall):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.db").write_bytes(b"garbage " * 4096)
    with watching(tmp_path) as process:
        add(process, lapsing("ghouta", 10))
        until(lambda: lapsed(process, "ghouta"), "the lapse")
        (told,) = until(lambda: [p["message"] for p in oncall.posts if "damaged" in p["message"]], "ops told of it")
        assert process.stop() == 0
    (aside,) = (tmp_path / "state").glob("ledger.db.damaged-*")
    assert aside.read_bytes() == b"garbage " * 4096
    assert aside.name in told.replace("\\", "")
    assert "A backup can be put back instead" in told
    assert "not a ledger" in errors(process, "ledger.set_aside")[0]


def test_a_ledger_that_becomes_garbage_is_told_past_it_with_what_to_do_and_a_restart_watches_anew(tmp_path, oncall):
    with watching(tmp_path) as process:
        add(process, lapsing("ghouta", 4))
        # Not within a transaction, at whose end SQLite would put its index right.
        until(lambda: [row["state"] for row in recorded(tmp_path)] == ["delivered"] * 2, "both settled")
        for suffix in ("", "-wal", "-shm"):
            path = tmp_path / "state" / f"ledger.db{suffix}"
            path.write_bytes(b"garbage!" * (path.stat().st_size // 8))
        (alarm, *_) = until(lambda: alarms(oncall), "the alarm past the ledger")
        assert errors(process, "ledger.failed")
        assert "move the file away" in alarm
        process.stop()
    with running(tmp_path) as process:
        until(lambda: process.said().count("Calm in later: recorded") == 2, "the truce watched anew")
        until(lambda: [post for post in oncall.posts if "damaged" in post["message"]], "ops told of it")
        assert process.stop() == 0
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as ledger:
        assert ledger.execute("pragma integrity_check").fetchone() == ("ok",)
