"""A real daemon, its ledger on a real PostgreSQL: it tells all that it has to, and outlives faults of the server."""

import time

import pytest
from postgresql import PASSWORD, server
from process import Hook, alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

SETTINGS = """
[ledger]
url = { file = "ledger-url" }
[policy]
lead_times = []
after = []
[[channel]]
name = "desk"
kind = "webhook"
url = { file = "desk-url" }
alerts = ["recorded", "lapsed"]
[[channel]]
name = "oncall"
kind = "console"
tags = ["nothing"]
[ops]
channel = "oncall"
"""


@pytest.fixture
def desk(tmp_path):
    with Hook() as hook:
        (tmp_path / "desk-url").write_text(f"http://127.0.0.1:{hook.port}/")
        yield hook


def watch(tmp_path, url):
    """A config folder that is watched; gives what starts a daemon on it."""
    (tmp_path / "ledger-url").write_text(url.url)
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    write_truces(tmp_path, lapsing("first", 3600), name="first.toml")
    return running(tmp_path)


def lapsing(truce_id, seconds):
    return truce_text(truce_id, "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(seconds))}")


def lapsed(hook):
    """The truces whose end was told as passed, each as often as it was, and if it was marked."""
    return [
        (alert["truce"], alert["possible_repeat"])
        for post in list(hook.posts)
        for alert in post["alerts"]
        if alert["kind"] == "lapsed"
    ]


def soon(hook, count):
    return until(lambda: len(lapsed(hook)) >= count and lapsed(hook), f"{count} ends told as passed")


def test_a_daemon_on_a_server_tells_what_is_due_and_every_command_finds_it(tmp_path, postgresql, desk):
    with watch(tmp_path, postgresql.new()) as process:
        write_truces(tmp_path, lapsing("second", 3))
        soon(desk, 1)
        rows = until(
            lambda: [
                row
                for row in alertd_json(tmp_path, "history")
                if row["state"] == "delivered" and row["kind"] == "lapsed"
            ],
            "the row of what was told",
        )
        assert [row["truce"] for row in rows] == ["second"]
        status = alertd_json(tmp_path, "status")
        assert {truce["id"]: truce["state"] for truce in status["truces"]} == {"first": "running", "second": "lapsed"}
        done = alertd(tmp_path, "ack", rows[0]["key"])
        assert "Acknowledged by" in done.stdout, done.stderr
        refused = alertd(tmp_path, "backup", str(tmp_path / "copy"))
        assert "pg_dump --format=custom" in refused.stderr
        assert process.stop() == 0
    assert not (tmp_path / "state" / "ledger.db").exists()
    said = "".join(path.read_text() for path in (process.log, process.out)) + done.stderr + refused.stderr
    assert PASSWORD not in said


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_is_restarted_in_a_burst_loses_nothing_and_repeats_nothing_unmarked(tmp_path, desk, how):
    with server() as own, watch(tmp_path, own.new()) as process:
        names = {f"t{number}" for number in range(60)}
        desk.delay = lambda: 0.05
        write_truces(tmp_path, *(lapsing(name, 5) for name in sorted(names)))
        until(lambda: len(lapsed(desk)) > 5, "the burst has begun")
        own.stop(how)
        time.sleep(2)
        own.start()
        until(lambda: {truce for truce, _ in lapsed(desk)} >= names, "every end told")
        assert "ledger.session_lost" in process.logged()
        first = set()
        for truce, marked in lapsed(desk):
            assert truce not in first or marked, truce
            first.add(truce)
        assert process.alive
        assert process.stop() == 0


def test_a_server_that_is_away_for_long_is_told_to_ops_past_the_ledger_and_so_is_its_return(tmp_path, desk):
    with server() as own, watch(tmp_path, own.new()) as process:
        own.stop()
        until(lambda: "SENDS NO ALERTS" in process.said(), "the alarm")
        assert "the server cannot be reached" in process.said()
        own.start()
        until(lambda: "The ledger works again" in process.said(), "its end")
        assert PASSWORD not in process.said() + process.logged()


def test_a_stop_ends_a_daemon_that_waits_for_its_server(tmp_path, desk):
    with server() as own, watch(tmp_path, own.new()) as process:
        own.stop()
        until(lambda: process.logged().count("ledger.failed"), "it waits")
        assert process.stop() == 0
        own.start()


def test_an_older_dump_that_is_put_back_is_told_and_what_it_does_not_know_of_comes_again_marked(
    tmp_path, postgresql, desk
):
    url = postgresql.new()
    with watch(tmp_path, url) as process:
        write_truces(tmp_path, lapsing("second", 4), name="second.toml")
        until(lambda: len(desk.posts) >= 2, "both truces told as recorded")
        dump = postgresql.dump(url)
        soon(desk, 1)
        until(lambda: process.logged().count('"kind": "lapsed"') > 1, "the lapse settled")
        assert process.stop() == 0
    assert int((tmp_path / "state" / "server.attempts").read_text()) >= 3
    postgresql.put_back(dump)
    with running(tmp_path) as process:
        assert lapsed(desk)[:1] == [("second", False)]
        assert soon(desk, 2)[1:] == [("second", True)]
        until(lambda: "The ledger is an older copy" in process.said(), "a word to ops")
        assert process.stop() == 0
    with running(tmp_path) as process:  # what it lacked is taken up
        until(lambda: "daemon.started" in process.logged(), "the start")
        assert process.stop() == 0
    assert process.said().count("alertd: The ledger is an older copy") == 1
    assert len(lapsed(desk)) == 2
