"""An end that lies ahead, and of which nobody will be told: an error of `status` and `check`, whatever the cause."""

import json
import sqlite3
from contextlib import closing

import pytest
from cli.commands import PROBLEM_KEYS
from process import in_seconds, running, toml_utc, truce_text, until, write_truces

from alertd.times.formats import show_utc

SETTINGS = """\
[policy]
lead_times = ["1h", "30m"]
[[channel]]
name = "desk"
kind = "console"
tags = ["desk"]
[[channel]]
name = "reminders"
kind = "console"
tags = ["reminders"]
alerts = ["reminder"]
"""

DAY = in_seconds(24 * 3600)

WINDOW = "starts = 2016-05-01T00:00:00"


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A folder that a daemon has read."""
    config = tmp_path_factory.mktemp("planned")
    (config / "alertd.toml").write_text(SETTINGS)
    soon, sooner = in_seconds(20 * 60), in_seconds(12 * 3600)

    def truce(truce_id, *lines, tag="desk"):
        return truce_text(truce_id, WINDOW, f'tags = ["{tag}"]', *lines)

    claim = f"[[truce.claim]]\nannounced = 2016-05-02T00:00:00\nuntil = {toml_utc(sooner)}\nstated_by = ['A']"
    end = f"[truce.termination]\nannounced = 2016-05-02T00:00:00\nat = {toml_utc(sooner)}"
    write_truces(
        config,
        truce("lost", f"ends = {toml_utc(DAY)}"),
        truce("claimed", f"ends = {toml_utc(DAY)}", claim),
        truce("last-stage", f"ends = {toml_utc(soon)}"),
        truce("reminded", f"ends = {toml_utc(soon)}", tag="reminders"),
        truce("open", "open = true"),
        truce("ended", f"ends = {toml_utc(DAY)}", end),
        truce("over", "ends = 2016-05-02T00:00:00"),
        truce("mistyped", f"ends = {toml_utc(DAY)}", "announced = 2099-05-01T00:00:00"),
    )
    with running(config) as process:
        until(lambda: "mistyped" in process.said(), "the first messages")
        assert process.stop() == 0
    return config


@pytest.fixture
def spoiled(planned):
    """Change the ledger as no alertd does; afterwards it is as it was."""
    ledger = planned / "state" / "ledger.db"
    before = ledger.read_bytes()

    def spoil(statement, *values):
        with closing(sqlite3.connect(ledger)) as database, database:
            assert database.execute(statement, values).rowcount > 0

    yield spoil
    for beside in ("-wal", "-shm"):
        ledger.with_name(f"ledger.db{beside}").unlink(missing_ok=True)
    ledger.write_bytes(before)


def found(command, config, *arguments):
    done = command(config, *arguments, "--json")
    problems = json.loads(done.stdout)["problems"]
    assert all(list(problem) == PROBLEM_KEYS for problem in problems)
    return done.returncode, [problem for problem in problems if problem["code"] == "nothing_ahead"]


LOSE = "update delivery set state = ? where truce = 'lost' and state = 'planned'"


@pytest.mark.parametrize("asked", ["status", "check"])
def test_a_truce_that_is_as_it_should_be_is_no_error_however_little_is_ahead_of_it(command, planned, asked):
    assert found(command, planned, asked) == (0, [])


@pytest.mark.parametrize("state", ["superseded", "overtaken", "delivered", "failed"])
@pytest.mark.parametrize("asked", ["status", "check"])
def test_an_end_of_which_nobody_will_be_told_is_an_error_whatever_the_cause(command, planned, spoiled, asked, state):
    spoiled(LOSE, state)
    code, (problem,) = found(command, planned, asked)
    assert (code, problem["truce"], problem["level"], problem["file"]) == (1, "lost", "error", "truces/truces.toml")
    about = f"nobody will be told of the end of Calm in lost [lost] at {show_utc(DAY, year=True)}"
    assert problem["message"].startswith(f"{about}: nothing is planned for it. Restart alertd")
    rows = json.loads(command(planned, asked, "--json").stdout)["truces"]
    assert [row["id"] for row in rows if row["problems"]] == ["lost", "mistyped"]
    text = command(planned, asked)
    assert (text.returncode, "nobody will be told of the end of Calm in lost [lost]" in text.stdout) == (1, True)


def test_a_ladder_that_was_deleted_is_told_as_well(command, planned, spoiled):
    spoiled("delete from delivery where truce = 'lost'")
    assert [problem["truce"] for problem in found(command, planned, "status")[1]] == ["lost"]


def test_each_live_end_has_a_ladder_of_its_own(command, planned, spoiled):
    spoiled("update delivery set state = 'failed' where truce = 'claimed' and kind = 'reminder' and stage = '0'")
    assert found(command, planned, "status") == (0, [])
    spoiled(
        "update delivery set state = 'failed' where truce = 'claimed' "
        "and ends_at < (select expiry from truce where id = 'claimed')"
    )
    assert [problem["truce"] for problem in found(command, planned, "status")[1]] == ["claimed"]


def test_a_withdrawn_truce_and_one_that_is_over_have_nothing_ahead_of_them(command, planned, spoiled):
    spoiled("update truce set standing = 'withdrawn' where id = 'lost'")
    spoiled(LOSE, "superseded")
    assert found(command, planned, "status") == (0, [])


@pytest.mark.parametrize("asked", ["status", "check"])
def test_a_truce_of_which_no_channel_takes_a_reminder_is_an_error(command, planned, asked):
    settings = planned / "alertd.toml"
    settings.write_text(SETTINGS.replace('["reminder"]', '["recorded"]'))
    try:
        code, (problem,) = found(command, planned, asked)
    finally:
        settings.write_text(SETTINGS)
    assert (code, problem["truce"]) == (1, "reminded")
    assert 'no channel takes its reminders. Give one that takes it `alerts` with "reminder"' in problem["message"]


def test_a_start_puts_right_what_a_wrong_clock_has_settled(command, planned, spoiled):
    spoiled(LOSE, "overtaken")
    assert found(command, planned, "status")[0] == 1
    with running(planned) as process:
        assert found(command, planned, "status") == (0, [])
        assert process.stop() == 0


def test_a_check_of_another_moment_asks_no_ledger(command, planned, spoiled):
    spoiled(LOSE, "superseded")
    assert found(command, planned, "check", "--at", f"{toml_utc(in_seconds(60))}") == (0, [])


@pytest.mark.parametrize("version", ["0001", "9999"])
def test_a_check_judges_the_files_where_the_ledger_is_of_another_version(command, planned, spoiled, version):
    """As that of a version that is installed over this one."""
    spoiled(LOSE, "superseded")
    spoiled("update alembic_version set version_num = ?", version)
    assert found(command, planned, "check") == (0, [])


def test_a_check_judges_the_files_where_the_ledger_is_none(command, tmp_path):
    write_truces(tmp_path, truce_text("calm", WINDOW, "ends = 2016-05-02T00:00:00"))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.db").write_text("no ledger at all" * 100)
    assert found(command, tmp_path, "check") == (0, [])
