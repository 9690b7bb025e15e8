"""`alertd begin` and its `undo`, and where the commands say that a truce has not begun."""

import csv
import io
import json
import tomllib

import pytest
from cli.test_recording import FILE, recorded, refused
from process import in_seconds, toml_utc, truce_text, write_truces

WAITS = 'starts_condition = "once both lists are exchanged"'
ANNOUNCED = f"announced = {toml_utc(in_seconds(-3600))}"
RELEASE = '[[truce.milestone]]\nid = "release"\nwhat = "release of all"\nafter = "72h"'


def gaza(tmp_path, *lines):
    write_truces(tmp_path, truce_text("gaza", ANNOUNCED, WAITS, *lines))
    return tmp_path


def truce_of(config):
    (truce,) = tomllib.loads((config / FILE).read_text())["truce"]
    return truce


def planned(command, config):
    return json.loads(command(config, "plan", "--json").stdout)


def test_that_it_has_begun_is_written_with_what_follows_from_it(command, tmp_path):
    config = gaza(tmp_path, 'lasts = "42d"', RELEASE)
    assert {row["kind"] for row in planned(command, config)} == {"review"}
    view = recorded(command(config, "begin", "gaza", "--source", "a call", "--as", "Ana", "--yes", "--json"))
    assert {row["kind"] for row in view["planned"]} == {"start", "reminder", "lapsed", "milestone", "review"}
    assert view["old_ends_at"] is None
    assert view["new_ends_at"] is not None
    (begun,) = truce_of(config)["begun"]
    assert (begun["at"], begun["source"], begun["recorded_by"]) == (begun["announced"], "a call", "Ana")
    (truce,) = json.loads(command(config, "check", "--json").stdout)["truces"]
    assert (truce["state"], truce["starts_condition"], truce["milestones"][0]["waits_for"]) == ("running", None, None)


def test_what_follows_from_a_start_that_lies_ahead_is_shown_before_it_is_written(command, tmp_path):
    config = gaza(tmp_path, f"ends = {toml_utc(in_seconds(40 * 86400))}")
    done = command(config, "begin", "gaza", "--at", toml_utc(in_seconds(5 * 3600)), "--yes")
    assert done.returncode == 0, done.stderr
    said = done.stdout
    assert "plans 2 alerts of the start" in said
    assert "tells at once: corrected" in said


def test_a_start_that_was_a_mistake_is_undone_and_can_be_recorded_again(command, tmp_path):
    config = gaza(tmp_path, 'lasts = "42d"')
    recorded(command(config, "begin", "gaza", "--yes", "--json"))
    view = recorded(command(config, "undo", "gaza", "--reason", "not yet", "--yes", "--json"))
    assert view["new_ends_at"] is None
    assert {row["kind"] for row in view["cancelled"]} >= {"reminder", "lapsed"}
    (begun,) = truce_of(config)["begun"]
    assert begun["void_reason"] == "not yet"
    (truce,) = json.loads(command(config, "check", "--at", toml_utc(in_seconds(60)), "--json").stdout)["truces"]
    assert (truce["state"], truce["starts_condition"]) == ("announced", "once both lists are exchanged")
    assert recorded(command(config, "begin", "gaza", "--yes", "--json"))["new_ends_at"] is not None
    assert len(truce_of(config)["begun"]) == 2


@pytest.mark.parametrize(
    ("start", "advice"),
    [
        (f"starts = {toml_utc(in_seconds(3600))}", "change `starts` in truces/truces.toml:1"),
        ("", "begins with its announcement"),
    ],
    ids=["a moment", "the announcement"],
)
def test_a_truce_that_has_a_start_names_the_line_to_change(command, tmp_path, start, advice):
    write_truces(tmp_path, truce_text("calm", ANNOUNCED, start, "open = true"))
    refused(command(tmp_path, "begin", "calm", "--yes"), 1, advice)


def test_a_start_after_the_end_is_refused_and_nothing_is_written(command, tmp_path):
    config = gaza(tmp_path, f"ends = {toml_utc(in_seconds(3600))}")
    before = (config / FILE).read_text()
    refused(command(config, "begin", "gaza", "--at", toml_utc(in_seconds(7200)), "--yes"), 1, "not before the end")
    assert (config / FILE).read_text() == before


def test_a_start_is_no_claim_that_could_be_denied(command, tmp_path):
    config = gaza(tmp_path, "open = true")
    recorded(command(config, "begin", "gaza", "--yes", "--json"))
    refused(command(config, "deny", "gaza", "--record", "1", "--yes"), 2, "there is no record 1")


def test_the_commands_say_that_it_has_not_begun_and_what_it_waits_for(command, tmp_path):
    config = gaza(tmp_path, 'lasts = "42d"', RELEASE)
    for words in (("check",), ("export", "--format", "ics")):
        assert "has not begun: “once" in command(config, *words).stdout.replace("\r\n ", "")
    (truce,) = json.loads(command(config, "export", "--format", "json").stdout)
    assert (truce["starts"], truce["begun"], truce["milestones"][0]["at"]) == (None, [], None)
    assert truce["milestones"][0]["waits_for"] == "72h after the start"


def test_an_open_start_is_added_by_an_option_and_goes_through_a_sheet_and_back(command, tmp_path):
    given = (
        "--id",
        "gaza",
        "--title",
        "Gaza",
        "--zone",
        "Asia/Gaza",
        "--starts-condition",
        "once agreed",
        "--lasts",
        "42d",
    )
    assert command(tmp_path, "add", *given, "--yes").returncode == 0
    written = tomllib.loads((tmp_path / "truces" / "gaza.toml").read_text())["truce"][0]
    assert ("starts" in written, written["starts_condition"], written["lasts"]) == (False, "once agreed", "42d")
    sheet = command(tmp_path, "export", "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(sheet))
    assert (row["starts"], row["starts_condition"], row["lasts"], row["until_condition"]) == (
        "",
        "once agreed",
        "42d",
        "",
    )
    other = tmp_path / "other"
    write_truces(other, "")
    (tmp_path / "sheet.csv").write_text(sheet)
    assert command(other, "import", str(tmp_path / "sheet.csv"), "--yes").returncode == 0
    (again,) = [path for path in (other / "truces").iterdir() if path.read_text().strip()]
    assert tomllib.loads(again.read_text())["truce"][0]["starts_condition"] == "once agreed"


def test_a_sheet_tells_each_milestone_with_its_moment_or_what_it_waits_for(command, tmp_path):
    fixed = '[[truce.milestone]]\nid = "list"\nwhat = "list"\nat = 2099-01-01T12:00:00Z'
    config = gaza(tmp_path, "open = true", RELEASE, fixed)
    (row,) = csv.DictReader(io.StringIO(command(config, "export", "--format", "csv").stdout))
    assert row["milestones"] == "release 72h after the start open;list 2099-01-01T12:00:00+00:00 open"


def test_two_starts_are_one_too_many(command, tmp_path):
    given = (
        "--id",
        "x",
        "--title",
        "X",
        "--zone",
        "UTC",
        "--open",
        "--starts",
        "2026-01-01 0000",
        "--starts-condition",
        "y",
    )
    refused(command(tmp_path, "add", *given, "--yes"), 2, "not both")
