"""The service on a real systemd: what it tells, what it survives, and what it can reach."""

import json
import re
import signal
import time

import pytest
from process import in_seconds, toml_utc, truce_text, until
from system.conftest import SECRET, SETTINGS

pytestmark = pytest.mark.system

QUICK_WATCHDOG = "[Service]\nWatchdogSec=5s\nRestartSec=1s\n"


def calm(truce_id, end, *lines):
    return truce_text(truce_id, "starts = 2016-05-01T00:00:00Z", f"ends = {toml_utc(end)}", *lines)


def history(service, **wanted):
    rows = json.loads(service.alertd("history", "--json").stdout)
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


@pytest.mark.each_debian
def test_it_is_ready_after_its_first_tick_and_says_what_runs_and_what_ends_next(service):
    end = in_seconds(7200).replace(second=0)
    service.truces(calm("ghouta", end, 'area = "Eastern Ghouta"'), calm("aleppo", in_seconds(9000)))

    service.start()

    status = service.box.run("systemctl", "status", "alertd.service")
    assert re.search(rf'Status: "2 running, next end {end:%H%M %a} Calm in ghouta"', status)
    assert json.loads(service.alertd("status", "--json").stdout)["last_tick"]


@pytest.mark.each_debian
def test_an_alert_is_delivered_and_no_secret_shows_anywhere(service):
    pid = service.start()

    service.truces(calm("ghouta", in_seconds(20)))

    until(lambda: service.post.heard("ends in"), "the reminder")
    until(lambda: service.post.heard("expired"), "the lapse")
    assert SECRET not in service.box.run("cat", f"/proc/{pid}/environ", f"/proc/{pid}/cmdline")
    assert SECRET not in json.dumps(service.box.journal())
    assert SECRET not in service.box.run("journalctl", "--no-pager", "-o", "export")
    assert service.box.try_run("grep", "-r", SECRET, "/var/lib/alertd", "/run/systemd").returncode == 1


def test_each_line_of_the_journal_has_the_priority_of_its_level(service):
    service.truces(calm("ghouta", in_seconds(3600)))
    nobody_listens = service.post.url.replace(f":{service.post.port}", ":1")
    service.box.write("/etc/alertd/credentials/mail-url", nobody_listens, 0o600)

    service.start()

    def lines(level):
        told = [line for line in service.box.journal() if line["MESSAGE"].startswith("{")]
        return {line["PRIORITY"] for line in told if json.loads(line["MESSAGE"])["level"] == level}

    until(lambda: lines("warning"), "a warning, of the failed send")
    assert (lines("info"), lines("warning")) == ({"6"}, {"4"})


def test_the_last_word_of_a_daemon_that_cannot_start_is_an_error_in_the_journal(service):
    service.drop_in("[Service]\nRestart=no\n[Unit]\nOnFailure=\n")
    service.truces(calm("ghouta", in_seconds(3600)))
    settings = service.box.path / "etc/alertd/alertd.toml"
    settings.write_text(f"colour = 1\n{settings.read_text()}")

    assert service.box.try_run("systemctl", "start", "alertd.service").returncode == 1

    (told,) = [line for line in service.box.journal() if "unknown key `colour`" in line["MESSAGE"]]
    assert "alertd.toml:1: error" in told["MESSAGE"]
    assert told["PRIORITY"] == "3"


def test_a_reload_takes_a_good_edit_and_refuses_a_bad_one_without_a_loss(service):
    service.truces(calm("ghouta", in_seconds(3600)))
    pid = service.start()
    until(lambda: service.post.heard("ghouta"), "the first alert")

    longer = calm("ghouta", in_seconds(3600), "[[truce.extension]]", f"until = {toml_utc(in_seconds(9000))}")
    service.truces(longer)
    service.box.run("systemctl", "reload", "alertd.service")
    until(lambda: service.post.heard("ghouta", "extended"), "the extension")

    service.truces(longer.replace("until", "untill"))
    refused = service.box.try_run("systemctl", "reload", "alertd.service")
    assert refused.returncode == 1
    until(lambda: [line for line in service.box.journal() if "truces.toml:8: error" in line["MESSAGE"]], "the reason")

    service.truces(longer)
    service.box.run("systemctl", "reload", "alertd.service")
    service.box.write("/etc/alertd/alertd.toml", "[policy]\nlead_times = nonsense\n")
    assert service.box.try_run("systemctl", "reload", "alertd.service").returncode == 1
    until(lambda: [line for line in service.box.journal() if "alertd.toml:2: error" in line["MESSAGE"]], "the reason")

    assert service.box.serves_as(pid)
    service.box.write("/etc/alertd/alertd.toml", SETTINGS)
    (row,) = history(service, kind="extended")
    assert row["state"] == "delivered"


def test_a_daemon_that_waits_for_its_first_truce_says_so_to_a_reload_and_takes_one_once_it_is_there(service):
    pid = service.start()

    refused = service.box.try_run("systemctl", "reload", "alertd.service")

    assert refused.returncode == 1
    until(
        lambda: [line for line in service.box.journal() if "no truce files in /etc/alertd/truces" in line["MESSAGE"]],
        "the reason",
    )
    assert 'Status: "waits for the first truce' in service.box.run("systemctl", "status", "alertd.service")
    service.truces(calm("ghouta", in_seconds(3600)))
    service.box.run("systemctl", "reload", "alertd.service")
    until(lambda: service.post.heard("ghouta"), "the first alert")
    assert service.box.serves_as(pid)


@pytest.mark.long
def test_killed_it_is_back_within_seconds_and_loses_and_repeats_nothing(service):
    end = in_seconds(25)
    service.truces(calm("ghouta", end))
    pid = service.start()
    until(lambda: history(service, kind="recorded", state="delivered"), "the first alert, settled")

    began = time.monotonic()
    service.box.signal(signal.SIGKILL, pid)
    service.again(pid)

    assert time.monotonic() - began < 15
    until(lambda: history(service, kind="lapsed", state="delivered"), "the end")
    for word in ("new", "ends in", "expired"):
        assert len(service.post.heard(word)) <= 1
    assert len(service.post.heard("ends in")) == len(service.post.heard("expired")) == 1
    assert not history(service, possible_repeat=True)


def test_the_watchdog_restarts_a_daemon_that_stands_still(service):
    service.drop_in(QUICK_WATCHDOG)
    service.truces(calm("ghouta", in_seconds(3600)))
    pid = service.start()

    service.box.signal(signal.SIGSTOP, pid)

    service.again(pid)
    assert [line for line in service.box.journal() if "Watchdog timeout" in line["MESSAGE"]]


@pytest.mark.long
def test_the_watchdog_restarts_a_daemon_whose_ledger_hangs_and_what_came_due_is_sent_late(service):
    service.drop_in(QUICK_WATCHDOG)
    end = in_seconds(25)
    service.truces(calm("ghouta", end))
    pid = service.start()
    until(lambda: history(service, kind="recorded", state="delivered"), "the first alert, settled")
    hang = (
        "import sqlite3, sys; ledger = sqlite3.connect('/var/lib/alertd/ledger.db', isolation_level=None);"
        "ledger.execute('BEGIN IMMEDIATE'); sys.stdin.read()"
    )

    with service.box.beside("python3", "-c", hang):
        assert in_seconds(0) < end
        until(lambda: service.box.pid != pid, "the watchdog", 60)
        until(lambda: in_seconds(-5) > end, "the end, and more than may be late unsaid", 60)
    service.again(pid, 60)

    until(lambda: service.post.heard("LATE", "expired"), "the lapse, late")
    assert len(service.post.heard("expired")) == 1
    assert [line for line in service.box.journal() if "Watchdog timeout" in line["MESSAGE"]]


@pytest.mark.long
def test_a_stop_waits_for_the_message_on_its_way_and_nothing_is_sent_again(service):
    service.post.seconds = 6.0
    service.truces(calm("ghouta", in_seconds(3600)))
    service.start()
    until(lambda: service.post.begun, "a send on its way")

    service.box.run("systemctl", "stop", "alertd.service")

    assert len(service.post.mails) == 1
    assert [row["state"] for row in history(service, kind="recorded")] == ["delivered"]
    service.start()
    until(lambda: history(service), "a second start")
    assert service.post.begun == 1


@pytest.mark.long
def test_a_send_that_outlasts_a_stop_is_repeated_after_the_start_and_marked(service):
    service.post.seconds = 40.0
    service.truces(calm("ghouta", in_seconds(3600)))
    service.start()
    until(lambda: service.post.begun, "a send on its way")

    service.box.run("systemctl", "stop", "alertd.service")

    assert service.box.show("Result") == "success"
    assert [row["state"] for row in history(service, kind="recorded")] == ["acquired"]
    service.post.seconds = 0.0
    service.start()
    until(lambda: service.post.heard("POSSIBLE REPEAT", "ghouta"), "the same again, marked")


def test_a_second_daemon_on_the_same_ledger_is_refused_and_told_of_the_first(service):
    service.truces(calm("ghouta", in_seconds(3600)))
    pid = service.start()

    second = service.alertd("run")

    assert second.returncode == 1
    assert f"another alertd (process {pid}) uses /var/lib/alertd" in second.stderr
    assert service.box.serves_as(pid)


@pytest.mark.each_debian
def test_ops_is_told_when_systemd_gives_up_on_the_daemon_and_only_then(service):
    service.drop_in("[Unit]\nStartLimitBurst=3\n[Service]\nRestartSec=1s\n")
    service.truces(calm("ghouta", in_seconds(3600)))
    service.start()
    service.box.run("systemctl", "stop", "alertd.service")
    newer = (
        "import sqlite3; ledger = sqlite3.connect('/var/lib/alertd/ledger.db');"
        "ledger.execute('update alembic_version set version_num = 9999'); ledger.commit()"
    )
    service.box.run("runuser", "-u", "alertd", "--", "python3", "-c", newer)
    assert not service.post.heard("DOWN")

    service.box.try_run("systemctl", "start", "alertd.service")

    until(lambda: service.post.heard("alertd is DOWN on box since"), "the alert that nobody watches")
    assert service.box.show("ActiveState") == "failed"
    until(lambda: service.box.show("Result", "alertd-down.service") == "success", "the end of the messenger")
    assert len(service.post.heard("DOWN")) == 1


def test_nobody_is_told_that_it_is_down_while_it_runs(service):
    service.truces(calm("ghouta", in_seconds(3600)))
    service.start()

    service.box.run("systemctl", "start", "alertd-down.service")

    assert not service.post.heard("DOWN")
