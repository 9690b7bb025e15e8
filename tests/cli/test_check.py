"""`alertd check`: where every truce stands, and every mistake with its file, its line and what to write instead."""

import json

import pytest
from cli.commands import PROBLEM_KEYS, SAMPLE, tree
from process import truce_text, write_truces

AT = ("--at", "2016-05-02 1800 Asia/Damascus")
WINDOW = ("starts = 2016-04-30T01:00:00", "ends = 2016-05-04T01:00:00")


def checked(done, *, code):
    assert (done.returncode, done.stderr) == (code, "")
    found = json.loads(done.stdout)
    assert list(found) == ["truces", "problems"]
    assert all(list(problem) == PROBLEM_KEYS for problem in found["problems"])
    return found["truces"], found["problems"]


def test_each_kind_of_end_is_told_with_every_key(command, five_kinds):
    write_truces(five_kinds, truce_text("refused", "starts = 2016-04-30T01:00:00", "ends = true"), name="more.toml")
    before = tree(five_kinds)
    truces, _ = checked(command(five_kinds, "check", *AT, "--json"), code=1)
    damascus = "Asia/Damascus"
    rows = [
        ("called-off", "terminated", "instant", "2016-05-02T09:30:00Z", "2016-05-02T12:30:00+03:00", damascus, []),
        ("condition", "announced", "conditional", None, None, damascus, []),
        ("day", "running", "date", "2016-05-03T21:00:00Z", "2016-05-04", damascus, []),
        ("open", "running", "open", None, None, damascus, []),
        ("refused", "refused", None, None, None, None, [0]),
        ("running", "running", "instant", "2016-05-03T22:00:00Z", "2016-05-04T01:00:00+03:00", damascus, []),
    ]
    assert [tuple(truce.values()) for truce in truces] == rows
    keys = ["id", "state", "end_kind", "ends_at", "ends_local", "zone", "problems"]
    assert all(list(truce) == keys for truce in truces)
    assert tree(five_kinds) == before


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2016-04-30 0059 Asia/Damascus", "announced"),
        ("2016-04-30 0100 Asia/Damascus", "running"),
        ("2016-05-04T00:59:59+03:00", "running"),
        ("032200Z MAY 16", "lapsed"),
    ],
)
def test_a_truce_stands_as_it_did_at_the_moment_asked_for(command, five_kinds, at, state):
    truces, _ = checked(command(five_kinds, "check", "--at", at, "--json"), code=0)
    assert {truce["id"]: truce["state"] for truce in truces}["running"] == state


def test_a_termination_ends_a_truce_at_its_time(command, five_kinds):
    def state(at):
        truces, _ = checked(command(five_kinds, "check", "--at", at, "--json"), code=0)
        return {truce["id"]: truce["state"] for truce in truces}["called-off"]

    assert state("2016-05-02 1229 Asia/Damascus") == "running"
    assert state("2016-05-02 1230 Asia/Damascus") == "terminated"


@pytest.fixture
def mistaken(tmp_path):
    """Five mistakes in three files, with good truces between them."""
    write_truces(
        tmp_path,
        truce_text("key", *WINDOW, 'colour = "red"'),
        truce_text("zone", *WINDOW).replace('"UTC"', '"Asia/Damascas"'),
        truce_text("ends", *WINDOW, 'lasts = "96h"'),
        truce_text("twice", *WINDOW),
        truce_text("neighbour", *WINDOW),
        name="a.toml",
    )
    write_truces(
        tmp_path,
        truce_text("syntax", "starts = 2016-04-30T01:00:00", "ends = 0100 Sun"),
        truce_text("below", *WINDOW),
        name="b.toml",
    )
    write_truces(tmp_path, "\n", truce_text("twice", *WINDOW), name="c.toml")
    return tmp_path


MISTAKES = [
    ("truces/a.toml", 7, "key", "unknown_key"),
    ("truces/a.toml", 12, "zone", "unknown_zone"),
    ("truces/a.toml", 22, "ends", "two_ends"),
    ("truces/a.toml", 25, "twice", "duplicate_id"),
    ("truces/b.toml", 6, "syntax", "syntax"),
    ("truces/c.toml", 4, "twice", "duplicate_id"),
]


def test_one_look_finds_every_mistake_in_every_file(command, mistaken):
    truces, problems = checked(command(mistaken, "check", *AT, "--json"), code=1)
    assert [(one["file"], one["line"], one["truce"], one["code"]) for one in problems] == MISTAKES
    assert {one["level"] for one in problems} == {"error"}
    indexes = {truce["id"]: truce["problems"] for truce in truces}
    assert indexes == {
        "below": [],
        "ends": [2],
        "key": [0],
        "neighbour": [],
        "syntax": [4],
        "twice": [3, 5],
        "zone": [1],
    }


def test_a_mistake_takes_no_neighbour_with_it_and_no_more_than_it_must(command, mistaken):
    truces, _ = checked(command(mistaken, "check", *AT, "--json"), code=1)
    running = {truce["id"]: truce["ends_at"] for truce in truces if truce["state"] == "running"}
    assert running == dict.fromkeys(("below", "key", "neighbour"), "2016-05-04T01:00:00Z")
    assert {truce["id"] for truce in truces if truce["state"] == "refused"} == {"ends", "syntax", "twice", "zone"}


def test_as_text_every_mistake_begins_with_its_file_and_line(command, mistaken):
    done = command(mistaken, "check", *AT)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    told = [line for line in lines if line.startswith("truces/")]
    assert [line.split(": ")[:2] for line in told] == [[f"{file}:{line}", "error"] for file, line, *_ in MISTAKES]
    assert any(line.split()[:2] == ["ends", "refused"] and "not watched" in line for line in lines)
    assert any(line.split()[0] == "below" and "040100ZMAY16" in line for line in lines)


def test_as_text_an_end_stands_in_its_zone_in_utc_and_as_a_date_time_group(command, five_kinds):
    (line,) = [line for line in command(five_kinds, "check", *AT).stdout.splitlines() if line.startswith("running")]
    assert "0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May" in line
    assert line.split()[-1] == "032200ZMAY16"


def test_text_from_a_file_is_never_read_as_markup(command, tmp_path):
    condition = "the [bold]talks[/nothing] end"
    write_truces(
        tmp_path,
        truce_text("a", "starts = 2016-04-30T01:00:00", f'until_condition = "{condition}"', '"[/red]" = 1'),
    )
    shown = command(tmp_path, "check", *AT).stdout
    assert condition in shown
    assert "[/red]" in shown


def test_a_time_with_two_meanings_comes_with_what_to_write_and_that_is_taken(command, tmp_path):
    at = ("--at", "2016-05-05 0000 UTC")
    announced = ("announced = 2016-05-04T12:00:00", "starts = 2016-05-04T13:00:00")
    write_truces(tmp_path, truce_text("a", *announced, 'ends = "0100 Wed"'))
    _, (problem,) = checked(command(tmp_path, "check", *at, "--json"), code=1)
    assert (problem["code"], problem["line"]) == ("weekday", 7)
    readings = problem["readings"]
    assert [list(reading) for reading in readings] == [["local", "utc", "write"]] * 2
    assert [reading["utc"] for reading in readings] == ["2016-05-04T01:00:00Z", "2016-05-11T01:00:00Z"]
    assert readings[1]["local"] == "2016-05-11T01:00:00+00:00"
    shown = command(tmp_path, "check", *at).stdout
    assert all(f"write {reading['write']}" in shown for reading in readings)
    write_truces(tmp_path, truce_text("a", *announced, f'ends = "{readings[1]["write"]}"'))
    truces, problems = checked(command(tmp_path, "check", *at, "--json"), code=0)
    assert ([truce["ends_at"] for truce in truces], problems) == (["2016-05-11T01:00:00Z"], [])


def test_a_warning_fails_a_strict_check_alone_and_its_truce_is_watched(command, tmp_path):
    write_truces(tmp_path, truce_text("odd", *WINDOW, 'stated_duration = "48h"'))
    truces, (problem,) = checked(command(tmp_path, "check", *AT, "--json"), code=0)
    assert (problem["level"], problem["code"]) == ("warning", "mismatch")
    assert [(truce["state"], truce["problems"]) for truce in truces] == [("running", [0])]
    checked(command(tmp_path, "check", *AT, "--strict", "--json"), code=1)


def test_a_mistake_in_the_settings_hides_no_truce_and_shows_no_secret(command, sample):
    settings = sample / "alertd.toml"
    settings.write_text('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "slack://planted"\ncolour = "planted"\n')
    done = command(sample, "check", *AT, "--json")
    truces, problems = checked(done, code=1)
    at_settings = [(one["line"], one["level"], one["code"]) for one in problems if one["file"] == "alertd.toml"]
    assert at_settings == [(4, "warning", "secret"), (5, "error", "unknown_key")]
    assert [truce["id"] for truce in truces] == ["eastern-ghouta", "latakia"]
    assert "planted" not in done.stdout + command(sample, "check", *AT).stdout


def test_without_a_truce_file_the_mistakes_in_the_settings_are_told_as_well(command, tmp_path):
    (tmp_path / "alertd.toml").write_text("[policy]\nlead_times = nonsense\n")
    done = command(tmp_path, "check")
    assert done.returncode == 1
    assert f"no truce files in {tmp_path / 'truces'}" in done.stderr
    assert "alertd.toml:2: error: " in done.stderr


def test_a_truce_that_no_channel_takes_is_an_error_at_its_header(command, tmp_path):
    (tmp_path / "alertd.toml").write_text('[[channel]]\nname = "console"\nkind = "console"\ntags = ["syria"]\n')
    write_truces(
        tmp_path, truce_text("taken", *WINDOW, 'tags = ["syria"]'), truce_text("lost", *WINDOW, 'tags = ["sudan"]')
    )
    _, (problem,) = checked(command(tmp_path, "check", *AT, "--json"), code=1)
    assert (problem["code"], problem["truce"], problem["line"]) == ("unreachable", "lost", 9)


def test_a_misspelt_variable_is_a_warning(command, sample, monkeypatch):
    monkeypatch.setenv("ALERTD_STATEDIR", "planted")
    done = command(sample, "check", *AT, "--json")
    _, problems = checked(done, code=0)
    (found,) = [one for one in problems if "ALERTD_STATEDIR" in one["message"]]
    assert found["level"] == "warning"
    assert "planted" not in done.stdout


def test_zone_data_over_a_year_old_is_doubted_at_every_truce(command):
    done = command(SAMPLE, "check", "--json", "--at", "2100-01-01 0000 UTC")
    assert [(one["truce"], one["code"], one["level"]) for one in json.loads(done.stdout)["problems"]] == [
        ("eastern-ghouta", "stale_zone", "warning"),
        ("latakia", "stale_zone", "warning"),
    ]
    assert done.returncode == 0
