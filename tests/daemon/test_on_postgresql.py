"""A real daemon, its ledger on a real PostgreSQL: it tells all that it has to, and outlives faults of the server."""

import time

import on_server
import pytest
from postgresql import PASSWORD, server
from process import alertd, alertd_json, lasting, running, until, watching, write_truces


def watch(tmp_path, url, hook):
    """A daemon in a config folder that is watched."""
    on_server.prepare(tmp_path, url, hook)
    return watching(tmp_path)


def lapsed(hook):
    """The truces whose end was told as passed, each as often as it was, and if it was marked."""
    return [(alert["truce"], alert["possible_repeat"]) for alert in on_server.told(hook, "lapsed")]


def soon(hook, count):
    return until(lambda: len(lapsed(hook)) >= count and lapsed(hook), f"{count} ends told as passed")


def test_a_daemon_on_a_server_tells_what_is_due_and_every_command_finds_it(tmp_path, postgresql, hook):
    with watch(tmp_path, postgresql.new(), hook) as process:
        write_truces(tmp_path, lasting("second", 3))
        soon(hook, 1)
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
        assert {truce["id"]: truce["state"] for truce in status["truces"]} == {"later": "running", "second": "lapsed"}
        done = alertd(tmp_path, "ack", rows[0]["key"])
        assert "Acknowledged by" in done.stdout, done.stderr
        refused = alertd(tmp_path, "backup", str(tmp_path / "copy"))
        assert "pg_dump --format=custom" in refused.stderr
        assert process.stop() == 0
    assert not (tmp_path / "state" / "ledger.db").exists()
    said = "".join(path.read_text() for path in (process.log, process.out)) + done.stderr + refused.stderr
    assert PASSWORD not in said


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_server_that_is_restarted_in_a_burst_loses_nothing_and_repeats_nothing_unmarked(tmp_path, hook, how):
    with server() as own, watch(tmp_path, own.new(), hook) as process:
        names = {f"t{number}" for number in range(60)}
        hook.delay = lambda: 0.05
        write_truces(tmp_path, *(lasting(name, 5) for name in sorted(names)))
        until(lambda: len(lapsed(hook)) > 5, "the burst has begun")
        own.stop(how)
        time.sleep(2)
        own.start()
        until(lambda: {truce for truce, _ in lapsed(hook)} >= names, "every end told")
        assert "ledger.session_lost" in process.logged()
        first = set()
        for truce, marked in lapsed(hook):
            assert truce not in first or marked, truce
            first.add(truce)
        assert process.alive
        assert process.stop() == 0


def test_a_server_that_is_away_for_long_is_told_to_ops_past_the_ledger_and_so_is_its_return(tmp_path, hook):
    with server() as own, watch(tmp_path, own.new(), hook) as process:
        own.stop()
        until(lambda: "SENDS NO ALERTS" in process.said(), "the alarm")
        assert "the server cannot be reached" in process.said()
        own.start()
        until(lambda: "The ledger works again" in process.said(), "its end")
        assert PASSWORD not in process.said() + process.logged()


def test_a_stop_ends_a_daemon_that_waits_for_its_server(tmp_path, hook):
    with server() as own, watch(tmp_path, own.new(), hook) as process:
        own.stop()
        until(lambda: process.logged().count("ledger.failed"), "it waits")
        assert process.stop() == 0
        own.start()


def test_an_older_dump_that_is_put_back_is_told_and_what_it_does_not_know_of_comes_again_marked(
    tmp_path, postgresql, hook
):
    url = postgresql.new()
    with watch(tmp_path, url, hook) as process:
        write_truces(tmp_path, lasting("second", 4), name="second.toml")
        until(lambda: len(hook.posts) >= 2, "both truces told as recorded")
        dump = postgresql.dump(url)
        soon(hook, 1)
        until(lambda: process.logged().count('"kind": "lapsed"') > 1, "the lapse settled")
        assert process.stop() == 0
    assert int((tmp_path / "state" / "server.attempts").read_text()) >= 3
    postgresql.put_back(dump)
    with running(tmp_path) as process:
        assert lapsed(hook)[:1] == [("second", False)]
        assert soon(hook, 2)[1:] == [("second", True)]
        until(lambda: "The ledger is an older copy" in process.said(), "a word to ops")
        assert process.stop() == 0
    with running(tmp_path) as process:  # what it lacked is taken up
        until(lambda: "daemon.started" in process.logged(), "the start")
        assert process.stop() == 0
    assert process.said().count("alertd: The ledger is an older copy") == 1
    assert len(lapsed(hook)) == 2
