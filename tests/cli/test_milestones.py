"""`alertd met` and `alertd missed`, and where the commands show the milestones of a truce."""

import json
import tomllib

import pytest
from cli.test_recording import FILE, recorded, refused
from process import in_seconds, toml_utc, truce_text, write_truces


def owed(name, **keys):
    lines = [f'id = "{name}"', f'what = "{name} of all"', *(f"{key} = {value}" for key, value in keys.items())]
    return "\n".join(["[[truce.milestone]]", *lines])


@pytest.fixture
def gaza(tmp_path):
    """A truce that began two days ago, with one milestone ahead by a day and one by two."""
    text = truce_text("gaza", f"starts = {toml_utc(in_seconds(-172_800))}", "open = true")
    first = owed("release", after='"72h"', source='"terms"') + "   # as agreed"
    second = owed("list", after='"24h"') + '\nfrom = "release"'
    write_truces(tmp_path, f"{text}\n{first}\n\n{second}\n")
    return tmp_path


def milestones_of(command, config):
    (truce,) = json.loads(command(config, "check", "--json").stdout)["truces"]
    return truce["milestones"]


def test_the_milestones_are_shown_and_planned(command, gaza):
    shown = milestones_of(command, gaza)
    assert [(each["id"], each["state"], each["met"]) for each in shown] == [
        ("release", "open", None),
        ("list", "open", None),
    ]
    window = ("--at", toml_utc(in_seconds(-60)), "--until", toml_utc(in_seconds(200_000)))
    rows = [row for row in json.loads(command(gaza, "plan", *window, "--json").stdout) if row["kind"] == "milestone"]
    assert {row["milestone"] for row in rows} == {"release", "list"}
    assert {row["at"] for row in rows} == {each["at"] for each in shown}
    assert {row["ends_at"] for row in rows} == {None}


@pytest.mark.parametrize("answer", ["met", "missed"])
def test_what_became_of_a_milestone_is_written_and_its_alerts_are_cancelled(command, gaza, answer):
    view = recorded(command(gaza, answer, "gaza", "release", "--as", "Ana", "--source", "the field", "--yes", "--json"))
    assert {row["milestone"] for row in view["cancelled"]} == {"release"}
    assert view["planned"] == []
    (truce,) = tomllib.loads((gaza / FILE).read_text())["truce"]
    table = truce["milestone"][0]
    assert (table["source"], table["decision_recorded_by"]) == (["terms", "the field"], "Ana")
    assert "# as agreed" in (gaza / FILE).read_text()
    assert [(each["id"], each["state"]) for each in milestones_of(command, gaza)] == [
        ("release", answer),
        ("list", "open"),
    ]
    refused(command(gaza, answer, "gaza", "release", "--yes"), 1, "already")


def test_a_milestone_that_stands_nowhere_is_answered_with_those_that_do(command, gaza):
    done = command(gaza, "met", "gaza", "relese", "--yes")
    assert done.returncode == 2
    assert "release: release of all, open" in done.stderr


def test_a_milestone_cannot_be_met_before_it_was_announced(command, gaza):
    text = (gaza / FILE).read_text().replace('source = "terms"', f"announced = {toml_utc(in_seconds(-3600))}")
    (gaza / FILE).write_text(text)
    done = command(gaza, "met", "gaza", "release", "--at", toml_utc(in_seconds(-7200)), "--yes")
    refused(done, 1, "before the milestone was announced")


def test_a_truce_without_milestones_says_where_to_write_one(command, tmp_path):
    write_truces(tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00Z", "open = true"))
    refused(command(tmp_path, "met", "calm", "x", "--yes"), 1, "[[truce.milestone]]")


@pytest.mark.parametrize("answer", ["met", "missed"])
def test_an_outcome_that_was_a_mistake_is_undone_and_another_can_be_recorded(command, gaza, answer):
    other = {"met": "missed", "missed": "met"}[answer]
    recorded(command(gaza, answer, "gaza", "release", "--yes", "--json"))
    view = recorded(command(gaza, "undo", "gaza", "--reason", "wrong list", "--as", "Ana", "--yes", "--json"))
    assert {row["milestone"] for row in view["planned"]} == {"release"}
    (truce,) = tomllib.loads((gaza / FILE).read_text())["truce"]
    table = truce["milestone"][0]
    assert (answer in table, table["decision_void_reason"], table["decision_void_by"]) == (True, "wrong list", "Ana")
    refused(command(gaza, "undo", "gaza", "--yes"), 1, "no record that could be undone")
    recorded(command(gaza, other, "gaza", "release", "--yes", "--json"))
    later = ("--at", toml_utc(in_seconds(60)))
    (truce,) = json.loads(command(gaza, "check", *later, "--json").stdout)["truces"]
    assert (truce["milestones"][0]["state"], truce["milestones"][0][answer]) == (other, None)
    refused(command(gaza, other, "gaza", "release", "--yes"), 1, "already")


def test_the_outcome_to_undo_is_named_by_its_number_and_is_no_claim(command, gaza):
    recorded(command(gaza, "extend", "gaza", "--until", toml_utc(in_seconds(500_000)), "--yes", "--json"))
    recorded(command(gaza, "met", "gaza", "release", "--yes", "--json"))
    done = command(gaza, "undo", "gaza", "--record", "9", "--yes")
    assert "2: milestone, release met" in done.stderr
    refused(command(gaza, "confirm", "gaza", "--record", "2", "--yes"), 2, "there is no record 2")
    recorded(command(gaza, "undo", "gaza", "--record", "2", "--yes", "--json"))
    assert "decision_void" in (gaza / FILE).read_text()
