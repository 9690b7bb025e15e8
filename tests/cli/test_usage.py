"""What every command has in common: how it is told where to look, and what it says where there is nothing."""

import os
import subprocess
import sys

import pytest
from cli.commands import AFTER_ALL, BEFORE_ALL, SAMPLE, read_as_a_person, tree
from process import alertd, truce_text, write_truces

from alertd.cli.run_app import is_run

PRINTING = {
    "check": ("check",),
    "plan": ("plan",),
    "rehearse": ("rehearse", "--from", BEFORE_ALL, "--to", AFTER_ALL),
    "status": ("status",),
    "history": ("history",),
    "show": ("show", "a"),
    "extend": ("extend", "a", "--by", "24h", "--yes"),
}
SENDING = {"run": ("run",), "board": ("board",), "test-channel": ("test-channel", "console")}


def one_sentence(done, config):
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("alertd: ")
    assert str(config) in line
    return line


@pytest.mark.parametrize("json", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("name", PRINTING)
def test_a_folder_that_is_missing_or_empty_is_told_in_one_sentence_and_nothing_is_made(command, tmp_path, name, json):
    missing, empty, bare = tmp_path / "missing", tmp_path / "empty", tmp_path / "bare"
    empty.mkdir()
    (bare / "truces").mkdir(parents=True)
    before = tree(tmp_path)
    assert "--config or ALERTD_CONFIG" in one_sentence(command(missing, *PRINTING[name], *json), missing)
    for config in (empty, bare):
        one_sentence(command(config, *PRINTING[name], *json), config)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["check", "plan", "rehearse", "status", "extend"])
def test_where_no_truce_is_it_names_the_commands_that_make_one(command, tmp_path, name):
    said = one_sentence(command(tmp_path, *PRINTING[name]), tmp_path)
    assert f"`alertd add`, or `alertd init {tmp_path}` for an example" in said


def test_settings_without_truces_are_no_folder_to_begin(command, tmp_path):
    (tmp_path / "alertd.toml").touch()
    said = one_sentence(command(tmp_path, "check"), tmp_path)
    assert "`alertd add`" in said
    assert "alertd init" not in said


@pytest.mark.parametrize("name", SENDING)
def test_a_missing_folder_is_told_in_one_sentence_by_what_runs_and_sends(tmp_path, name):
    missing = tmp_path / "missing"
    assert "--config or ALERTD_CONFIG" in one_sentence(alertd(missing, *SENDING[name]), missing)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("name", [name for name in PRINTING if name != "check"])
def test_settings_that_cannot_be_used_are_told_with_file_and_line_and_without_a_traceback(command, tmp_path, name):
    write_truces(tmp_path, truce_text("a", "starts = 2016-05-01T00:00:00", 'lasts = "24h"'))
    (tmp_path / "alertd.toml").write_text('[policy]\nlead_times = ["planted"]\n')
    done = command(tmp_path, *PRINTING[name])
    assert (done.returncode, done.stdout) == (1, "")
    first, *problems = done.stderr.splitlines()
    assert str(tmp_path / "alertd.toml") in first
    assert [line.split(": ")[0].strip() for line in problems] == ["alertd.toml:2"]
    assert "planted" not in done.stderr


OPTIONS = [
    ("check", "--at"),
    ("plan", "--at"),
    ("plan", "--until"),
    ("history", "--since"),
    ("rehearse", "--from"),
    ("rehearse", "--to"),
]


def with_time(name, option, time):
    others = {"--from": BEFORE_ALL, "--to": AFTER_ALL} if name == "rehearse" else {}
    return [name, *(part for pair in (others | {option: time}).items() for part in pair)]


@pytest.mark.parametrize(("name", "option"), OPTIONS)
@pytest.mark.parametrize(
    ("time", "write"),
    [
        ("0100", "2016-05-02 1800 Asia/Damascus"),
        ("2016-05-02 1800", "2016-05-02 1800 Asia/Damascus"),
        ("tomorrow", "write the date"),
        ("2016-13-01T00:00Z", "such as 4 May 2016"),
        ("2016-05-02 1800 Asia/Damascas", "Asia/Damascus"),
        ("2016-05-02 1800 IST", "IST"),
        ("midnight 3 May 2016 Asia/Damascus", '"2400 Tue 3 May 2016 Asia/Damascus" is 2016-05-04T00:00:00+03:00'),
        ("0230 20 Apr 2024 Asia/Gaza", "Asia/Gaza"),
        ("0130 28 Oct 2023 Asia/Gaza", '"0130 Sat 28 Oct 2023 +03:00" is 2023-10-28T01:30:00+03:00'),
        ("", "2400 Tue 3 May 2016"),
    ],
)
def test_a_time_that_cannot_be_read_is_a_usage_error_that_says_what_to_write(command, name, option, time, write):
    done = command(SAMPLE, *with_time(name, option, time))
    assert (done.returncode, done.stdout) == (2, "")
    said = read_as_a_person(done)
    assert f"Invalid value for {option}" in said
    assert write in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("plan", "--nonsense"),
        ("plan", "surplus"),
        ("--log-level", "loud", "plan"),
        ("test-channel",),
        ("test-channel", "nobody"),
        ("test-channel", "console", "--all"),
        ("test-channel", "console", "--truce", "aleppo"),
    ],
)
def test_what_is_no_command_is_a_usage_error(command, arguments):
    done = command(SAMPLE, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: alertd")


def test_a_channel_that_does_not_exist_is_told_with_those_that_do(command):
    assert "there is no channel desk; there are: console" in read_as_a_person(command(SAMPLE, "test-channel", "desk"))


def test_the_folder_can_stand_in_the_environment():
    done = subprocess.run(
        [sys.executable, "-m", "alertd", "check", "--at", BEFORE_ALL],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"ALERTD_CONFIG": str(SAMPLE)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "latakia" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("check",), ("plan",), ("plan", "--json"), ("check", "--json"), ("export", "--format", "csv")]
)
def test_what_only_reads_files_starts_without_the_ledger_and_without_apprise(arguments):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "alertd", "--config", str(SAMPLE), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "alertd" in loaded
    assert loaded.isdisjoint(
        {"sqlalchemy", "alembic", "apprise", "apscheduler", "aiohttp", "icalendar", "jinja2", "structlog"}
    )


def test_the_daemon_loads_no_http_client_before_something_calls_the_web_and_nothing_that_draws():
    """Each is a tenth of the memory that a small register needs."""
    code = "import sys, alertd.cli; alertd.cli.command_line(); import alertd.cli.run; print(*sys.modules)"
    command = [sys.executable, "-c", code, "--config", str(SAMPLE), "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())
    assert "alertd.cli.run" in loaded
    assert loaded.isdisjoint({"aiohttp", "apprise", "alembic", "rich", "psycopg", "sqlalchemy.dialects.postgresql"})
    assert loaded.isdisjoint({"multiprocessing", "alertd.cli.app", "alertd.cli.options"})


@pytest.mark.parametrize(
    ("arguments", "starts_it"),
    [
        (["run"], True),
        (["--config", "here", "--log-level", "debug", "run"], True),
        (["--config=here", "run"], True),
        (["--config", "run"], False),
        (["--config", "run", "check"], False),
        (["run", "--help"], False),
        (["--version", "run"], False),
        ([], False),
    ],
)
def test_a_command_line_is_the_daemons_where_it_asks_for_nothing_else(arguments, starts_it):
    assert is_run(arguments) is starts_it


def test_check_loads_no_loop_and_no_json_for_machines_where_nobody_asks_for_it():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "alertd", "--config", str(SAMPLE), "check"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "alertd.channels.blocking" in loaded
    assert loaded.isdisjoint({"asyncio", "alertd.status.views", "alertd.cli.import_csv"})


def test_a_folder_that_is_missing_is_told_before_anybody_answers_a_question(command, tmp_path):
    truce = ("--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h", "--yes")
    assert "--config or ALERTD_CONFIG" in one_sentence(command(tmp_path / "no", "add", *truce), tmp_path / "no")
    assert tree(tmp_path) == {}


def test_what_completes_a_key_press_loads_nothing_of_the_program():
    """Whoever presses Tab waits for it."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "alertd", "--config", str(SAMPLE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"_ALERTD_COMPLETE": "complete_bash", "COMP_WORDS": "alertd extend l", "COMP_CWORD": "2"},
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert {module for module in loaded if module.startswith("alertd.") and not module.startswith("alertd.cli")} == {
        "alertd.errors"
    }
    assert loaded.isdisjoint({"sqlalchemy", "apprise", "tomlkit", "tree_sitter", "jinja2"})
