"""`alertd ack`: by the id of a message, while a daemon runs and while none does; what is refused changes nothing."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import closing

import pytest
from cli.commands import read_as_a_person
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

from alertd.ledger import Ledger

SETTINGS = """\
[policy]
lead_times = ["1h"]
after = []
[[channel]]
name = "room"
kind = "console"
[[channel]]
name = "desk"
kind = "console"
"""

REFUSED, WRONG = 1, 2


def config_of(folder, *more):
    (folder / "alertd.toml").write_text(SETTINGS)
    ends = toml_utc(in_seconds(48 * 3600))
    write_truces(folder, truce_text("ghouta", "starts = 2016-05-01T00:00:00", f"ends = {ends}", *more))
    return folder


def rows(config, *, kind="recorded"):
    return [row for row in alertd_json(config, "history") if row["kind"] == kind]


def told(config, process):
    """The ids of the first messages, once both channels have settled them."""
    until(lambda: process.said().count("Alert: ") >= 2, "two messages")
    until(lambda: all(row["settled_at"] for row in rows(config)), "their settling")
    ids = re.findall(r"^Alert: (\w{6})$", process.said(), re.MULTILINE)
    assert {row["alert_id"] for row in rows(config)} == set(ids)
    return ids


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """A folder that a daemon watched for a while; none runs now."""
    config = config_of(tmp_path_factory.mktemp("stopped"))
    with running(config) as process:
        told(config, process)
        assert process.stop() == 0
    return config


@pytest.fixture
def config(stopped, tmp_path):
    """The same, with a ledger of its own."""
    with closing(Ledger.open_reader(stopped / "state" / "ledger.db")) as ledger:
        (tmp_path / "state").mkdir()
        ledger.backup(tmp_path / "state" / "ledger.db")
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    write_truces(tmp_path, (stopped / "truces" / "truces.toml").read_text())
    return tmp_path


def test_while_a_daemon_runs_an_alert_is_acknowledged_for_all_its_targets_until_its_end_moves(tmp_path):
    config = config_of(tmp_path)
    with running(config) as process:
        first, second = told(config, process)
        done = alertd(config, "ack", first, "--as", "Lena", "--note", "calling the centre")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"Acknowledged by Lena: alert {first}, Calm in ghouta [ghouta], recorded, end ")
        assert 'It holds for room and desk. Note: "calling the centre".' in " ".join(done.stdout.split())
        assert {(row["acknowledged_by"], row["acknowledged_note"]) for row in rows(config)} == {
            ("Lena", "calling the centre")
        }
        assert alertd(config, "ack", second, "--as", "Omar").returncode == REFUSED
        moved = toml_utc(in_seconds(72 * 3600))
        config_of(tmp_path, "[[truce.extension]]", f"until = {moved}")
        until(lambda: rows(config)[0]["acknowledgement_void"], "the end that moved")
        assert "void, as the end has moved since" in alertd(config, "show", "ghouta").stdout
        assert rows(config, kind="extended")[0]["acknowledged_by"] is None
        assert process.stop() == 0


LAPSE = """\
[policy]
lead_times = []
after = ["4s"]
[[channel]]
name = "desk"
kind = "console"
[[escalation]]
name = "lapse"
alerts = ["lapsed"]
steps = [{ channel = "desk" }, { channel = "desk" }]
"""


@pytest.mark.parametrize("word", [0, 1], ids=["the first", "the second"])
def test_a_lapse_is_acknowledged_by_the_id_of_either_time_that_it_is_said(tmp_path, word):
    (tmp_path / "alertd.toml").write_text(LAPSE)
    write_truces(tmp_path, "")
    with running(tmp_path) as process:
        ends = toml_utc(in_seconds(6))
        write_truces(tmp_path, truce_text("ghouta", "starts = 2016-05-01T00:00:00", f"ends = {ends}"))
        until(lambda: len(said := rows(tmp_path, kind="lapsed")) == 2 and said[1]["settled_at"], "both words")
        done = alertd(tmp_path, "ack", rows(tmp_path, kind="lapsed")[word]["alert_id"], "--as", "Lena")
        assert (done.returncode, done.stderr) == (0, "")
        assert "The escalation to desk is called off." in " ".join(done.stdout.split())
        assert [row["state"] for row in rows(tmp_path, kind="escalated")] == ["acknowledged"]
        assert [row["acknowledged_by"] for row in rows(tmp_path, kind="lapsed")] == ["Lena", "Lena"]
        assert process.stop() == 0


def test_while_no_daemon_runs_it_is_acknowledged_all_the_same_and_the_next_daemon_knows(command, config):
    alert = rows(config)[0]["alert_id"]
    done = command(config, "ack", f"#{alert.upper()}", "--as", "Lena", "--yes", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(said) == [
        *("alert_id", "truce", "kind", "stage", "ends_at", "targets"),
        *("acknowledged_at", "acknowledged_by", "acknowledged_way", "acknowledged_note"),
        *("called_off", "people_missing"),
    ]
    assert (said["alert_id"], said["targets"]) == (alert, ["room", "desk"])
    assert (said["acknowledged_by"], said["acknowledged_way"], said["acknowledged_note"]) == ("Lena", "command", None)
    with running(config) as process:
        assert {row["acknowledged_at"] for row in rows(config)} == {said["acknowledged_at"]}
        assert process.stop() == 0


def test_history_and_show_tell_who_acknowledged_with_the_note(command, config):
    alert = rows(config)[0]["alert_id"]
    command(config, "ack", alert, "--as", "Lena [bold]\x1b[31m", "--note", "on\nit")
    history = command(config, "history").stdout
    assert len(re.findall(r"acknowledged by Lena \[bold\] at [\d:]+Z [^,]+, by command \(on it\)", history)) == 2
    shown = command(config, "show", "ghouta").stdout
    assert len(re.findall(r"✓ +acknowledged: recorded +Lena \[bold\] +by command: on it", shown)) == 1


def refused(command, config, alert, code):
    before = alertd_json(config, "history")
    done = command(config, "ack", alert, "--as", "Omar", "--json")
    assert (done.returncode, done.stdout) == (code, "")
    assert alertd_json(config, "history") == before
    return read_as_a_person(done)


def test_the_second_is_told_who_was_first_and_nothing_changes(command, config):
    first, second = (row["alert_id"] for row in rows(config))
    assert command(config, "ack", first, "--as", "Lena").returncode == 0
    for alert in (first, second):
        said = refused(command, config, alert, REFUSED)
        assert re.search(r"recorded, end .*: it is acknowledged by Lena at .*, by command; nothing was written", said)


def test_an_alert_that_is_still_to_come_is_refused_with_its_moment(command, config):
    alert = rows(config, kind="reminder")[0]["alert_id"]
    assert re.search(
        rf"alert {alert}, Calm in ghouta \[ghouta\], reminder 1h, end .*: it is not sent yet, but due at .*Z",
        refused(command, config, alert, REFUSED),
    )


def test_an_alert_whose_end_has_moved_is_refused(command, config):
    alert = rows(config)[0]["alert_id"]
    until_ = toml_utc(in_seconds(72 * 3600))
    file = config / "truces" / "truces.toml"
    file.write_text(f"{file.read_text()}[[truce.extension]]\nuntil = {until_}\n")
    with running(config) as process:
        until(lambda: rows(config, kind="extended"), "the extension")
        assert process.stop() == 0
    assert "that end is in force no more" in refused(command, config, alert, REFUSED)
    superseded = next(row for row in rows(config, kind="reminder") if row["state"] == "superseded")
    said = refused(command, config, superseded["alert_id"], REFUSED)
    assert "it was never sent (revision 2 of the truce replaced it)" in said


@pytest.mark.parametrize("alert", ["aaaaaa", "x", "", "recorded", "a b", "ghouta|recorded|-|-|room"])
def test_an_id_that_no_alert_has_is_refused_with_where_ids_stand(command, config, alert):
    said = refused(command, config, alert, WRONG)
    assert f"no alert {alert} is known".replace("  ", " ") in said
    assert "the six characters after `Alert:` at the foot of the message" in said


def test_an_id_that_two_alerts_share_is_refused_with_a_way_to_name_each(command, config, monkeypatch):
    monkeypatch.setattr("alertd.ledger.acknowledging.short_id", lambda _key: "aaaaaa")
    said = refused(command, config, "aaaaaa", WRONG)
    assert "is the id of" in said
    key = rows(config)[0]["key"]
    assert command(config, "ack", key, "--as", "Omar").returncode == 0
    assert {row["acknowledged_by"] for row in rows(config)} == {"Omar"}


def test_without_a_ledger_nothing_is_made(command, sample):
    done = command(sample, "ack", "aaaaaa")
    assert (done.returncode, "there is none yet" in done.stderr) == (REFUSED, True)
    assert not (sample / "state").exists()


def test_who_may_only_read_the_ledger_is_told_what_to_write(command, config, monkeypatch):
    alert = rows(config)[0]["alert_id"]
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, how: real(path, how) and how != os.W_OK)
    assert f"sudo alertd ack {alert}" in refused(command, config, alert, REFUSED)


KILLED_AT = """\
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect

point, written, commit = sys.argv.pop(1), [], DefaultDialect.do_commit

def die_at(reached):
    if written and reached == point:
        os.kill(os.getpid(), signal.SIGKILL)

@event.listens_for(Engine, "before_cursor_execute")
def before(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO acknowledgement"):
        written.append(statement)
        die_at("before it is written")

def commit_and_die(dialect, connection):
    die_at("before it is kept")
    commit(dialect, connection)
    die_at("after it is kept")

DefaultDialect.do_commit = commit_and_die
from alertd.cli import main
main()
"""
"""`alertd`, with a moment at which it is killed as if by kill -9."""


@pytest.mark.parametrize(
    ("point", "is_kept"), [("before it is written", False), ("before it is kept", False), ("after it is kept", True)]
)
def test_kill_9_during_an_ack_loses_and_doubles_nothing(command, config, point, is_kept):
    alert = rows(config)[0]["alert_id"]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_AT, point, "--config", str(config), "ack", alert, "--as", "Lena"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert (killed.returncode, killed.stdout) == (-signal.SIGKILL, ""), "it says nothing before it has kept it"
    assert {row["acknowledged_by"] for row in rows(config)} == {"Lena" if is_kept else None}
    again = command(config, "ack", alert, "--as", "Omar")
    assert again.returncode == (REFUSED if is_kept else 0)
    assert {row["acknowledged_by"] for row in rows(config)} == {"Lena" if is_kept else "Omar"}
