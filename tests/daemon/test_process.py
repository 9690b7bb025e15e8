"""The real process, on truces that end seconds ahead, with a real SMTP server and a real HTTP server."""

import re
import signal

import pytest
from process import (
    alertd_json,
    in_seconds,
    running,
    toml_utc,
    truce_text,
    until,
    watching,
    write_truces,
)


def settings(config, mailbox, hook):
    (config / "alertd.toml").write_text(
        """
[policy]
lead_times = ["20s", "2s"]
after = []
late_after = "3s"
[[channel]]
name = "mail"
kind = "apprise"
url = { file = "mail-url" }
digest = false
[[channel]]
name = "hook"
kind = "apprise"
url = { file = "hook-url" }
digest = false
"""
    )
    (config / "mail-url").write_text(mailbox.url)
    (config / "hook-url").write_text(hook.url)


def rows(config, **wanted):
    return [row for row in alertd_json(config, "history") if all(row[key] == value for key, value in wanted.items())]


def started(end):
    return (f"starts = {toml_utc(end.replace(year=end.year - 1))}", f"ends = {toml_utc(end)}")


def test_reminders_arrive_on_both_channels_and_an_extension_silences_the_old_ladder(tmp_path, mailbox, hook):
    settings(tmp_path, mailbox, hook)
    with watching(tmp_path) as process:
        end = in_seconds(35)
        path = write_truces(tmp_path, truce_text("ghouta", *started(end)))
        for got in (lambda: mailbox.subjects, lambda: hook.titles):
            until(lambda got=got: [title for title in got() if "ends in" in title], "the first reminder")
        extended_to = in_seconds(3600)
        with path.open("a") as file:
            file.write(f"[[truce.extension]]\nuntil = {toml_utc(extended_to)}\n")
        for got in (lambda: mailbox.subjects, lambda: hook.titles):
            until(lambda got=got: [title for title in got() if "extended" in title], "the extension")
        until(lambda: in_seconds(0) > end, "the old end", patience=60)
        assert process.stop() == 0
    assert not rows(tmp_path, kind="lapsed", state="delivered")
    old = [row for row in rows(tmp_path, kind="reminder") if row["ends_at"] == toml_utc(end)]
    assert {row["stage"]: row["state"] for row in old if row["channel"] == "mail"} == {
        "20s": "delivered",
        "2s": "superseded",
    }
    assert not any("expired" in title for title in [*mailbox.subjects, *hook.titles])


def test_kill_9_and_a_restart_lose_nothing_and_send_nothing_settled_again(tmp_path, mailbox, hook):
    settings(tmp_path, mailbox, hook)
    with watching(tmp_path) as process:
        end = in_seconds(35)
        write_truces(tmp_path, truce_text("ghouta", *started(end)))
        until(lambda: rows(tmp_path, stage="20s", channel="hook", state="delivered"), "the first reminder settled")
        until(lambda: rows(tmp_path, stage="20s", channel="mail", state="delivered"), "the first reminder settled")
        process.kill()
    until(lambda: in_seconds(-1) > end, "the end, with nobody watching", patience=60)
    with running(tmp_path) as process:
        until(lambda: len(rows(tmp_path, kind="lapsed", state="delivered")) == 2, "the lapse, late")
        assert process.stop() == 0
    for titles in (mailbox.subjects, hook.titles):
        assert sum("ends in" in title for title in titles) == 1
        assert sum("expired" in title for title in titles) == 1
    assert {row["state"] for row in rows(tmp_path, truce="ghouta", stage="2s")} == {"overtaken"}
    assert not rows(tmp_path, possible_repeat=True)


def test_a_dead_server_gets_the_alert_once_it_is_back_marked_late_and_delays_no_other(tmp_path, mailbox, hook):
    settings(tmp_path, mailbox, hook)
    hook.stop()
    end = in_seconds(60 * 60)
    write_truces(tmp_path, truce_text("ghouta", *started(end)))
    with running(tmp_path) as process:
        until(lambda: [title for title in mailbox.subjects if "ghouta" in title], "the mail")
        mailed = rows(tmp_path, kind="recorded", channel="mail")[0]
        assert mailed["state"] == "delivered"
        until(lambda: rows(tmp_path, kind="recorded", channel="hook")[0]["attempts"], "a failed try")
        until(lambda: [t for t in mailbox.subjects if "hook" in t], "ops told of the dead channel through the other")
        hook.start()
        until(lambda: hook.titles, "the alert, once the server is back", patience=60)
        assert process.stop() == 0
    (row,) = rows(tmp_path, kind="recorded", channel="hook")
    assert (row["state"], row["attempts"] > 1) == ("delivered", True)
    assert any("LATE" in title for title in hook.titles)


def test_a_failed_send_is_tried_again_after_a_restart(tmp_path, mailbox, hook):
    settings(tmp_path, mailbox, hook)
    hook.stop()
    write_truces(tmp_path, truce_text("ghouta", *started(in_seconds(3600))))
    with running(tmp_path) as process:
        until(lambda: rows(tmp_path, kind="recorded", channel="hook", state="planned"), "a failed try")
        until(lambda: rows(tmp_path, kind="recorded", channel="hook")[0]["attempts"], "a failed try")
        assert process.stop() == 0
    hook.start()
    with running(tmp_path) as process:
        until(lambda: hook.titles, "the alert")
        assert process.stop() == 0


def test_sighup_reads_the_register_at_once_and_an_edit_is_seen_by_itself(tmp_path):
    write_truces(tmp_path, truce_text("ghouta", *started(in_seconds(3600))))
    with running(tmp_path) as process:
        until(lambda: "ghouta" in process.said(), "the first truce")
        write_truces(tmp_path, truce_text("latakia", *started(in_seconds(7200))), name="more.toml")
        until(lambda: "latakia" in process.said(), "the second truce")
        before = process.logged().count("register.read")
        process.send(signal.SIGHUP)
        until(lambda: process.logged().count("register.read") > before, "a reading")
        assert process.stop() == 0


def test_a_second_daemon_on_the_same_ledger_is_refused_with_the_first_ones_number(tmp_path):
    write_truces(tmp_path, truce_text("ghouta", *started(in_seconds(3600))))
    with running(tmp_path) as process:
        with running(tmp_path) as other:
            assert other.wait() == 1
            assert f"process {process.pid}" in other.logged()
        assert process.alive


def test_bad_edits_cost_no_good_truce_and_the_last_good_form_survives_a_restart(tmp_path):
    end = in_seconds(3600)
    path = write_truces(
        tmp_path, truce_text("ghouta", *started(end)), truce_text("latakia", *started(in_seconds(7200)))
    )
    with running(tmp_path) as process:
        until(lambda: "latakia" in process.said(), "both truces")
        path.write_text(path.read_text().replace(f"ends = {toml_utc(end)}", "ends = 0100 Sun"))
        until(lambda: "last good form" in process.said(), "ops told of the bad edit")
        good = {truce["id"]: truce["ends_at"] for truce in alertd_json(tmp_path, "status")["truces"]}
        assert good["ghouta"] == toml_utc(end)
        assert process.stop() == 0
    with running(tmp_path) as process:
        until(lambda: process.said().count("last good form") == 2, "ops told again")
        status = alertd_json(tmp_path, "status")
        assert {truce["id"]: truce["ends_at"] for truce in status["truces"]}["ghouta"] == toml_utc(end)
        assert status["pid"] == process.pid
        assert status["not_watched"] == []
        assert process.stop() == 0


@pytest.mark.parametrize("sign", ["daemon.started", "tick.done"])
def test_a_stop_cuts_a_first_start_with_a_large_register_short_and_the_next_goes_on(tmp_path, sign):
    """While it is read, and when a part of it has been taken in."""
    end = toml_utc(in_seconds(864_000))
    texts = (truce_text(f"t-{n:04}", "starts = 2016-01-01T00:00:00Z", f"ends = {end}") for n in range(3000))
    write_truces(tmp_path, *texts)
    with running(tmp_path, seen=sign) as process:
        assert process.stop() == 0
    before = len(rows(tmp_path, kind="recorded"))
    assert before < 3000
    assert (before > 0) == (sign == "tick.done")
    with running(tmp_path) as process:
        until(lambda: process.said().count("Truce: Calm in t-") >= 3000, "all of them told")
        assert process.stop() == 0
    told = re.findall(r"^Truce: Calm in t-(\d+)", process.said(), re.MULTILINE)
    assert sorted(map(int, told)) == [*range(3000)]
    assert "POSSIBLE REPEAT" not in process.said()
