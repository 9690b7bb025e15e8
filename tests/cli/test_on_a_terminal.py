"""Recording as a person does it: at a real terminal, from an empty folder, with mistakes."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from cli.commands import tree
from process import running, truce_text, until, write_truces
from terminal import Terminal


@pytest.fixture
def empty(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    return config


def test_from_an_empty_folder_to_a_watched_truce_with_add_alone(empty):
    """Each mistake is told where it is made, with what to write or readings to choose from by their number."""
    person = Terminal(empty, "add")
    person.expect("Title")
    person.type("")
    person.expect("a truce needs a title")
    person.type("Régime de calme, Homs")
    person.expect("[regime-de-calme-homs]")
    person.type("Homs!")
    person.expect("an id takes a-z, 0-9 and - alone")
    person.type("")
    person.expect("Zone")
    person.type("EEST")
    person.expect("EEST names no zone for certain: write Europe/Kyiv or")
    person.type("Asia/Damascas")
    person.expect("did you mean Asia/Damascus")
    person.type("Asia/Damascus")
    person.expect("It starts")
    person.type("")
    person.expect("It ends")
    in_two_days = datetime.now(UTC) + timedelta(days=2)
    person.type(f"midnight {in_two_days:%Y-%m-%d}")
    offered = person.expect("2) 2400")
    assert "Write one of these, or its number:" in offered
    assert "1) 0000" in offered
    person.type("2")
    person.expect("Source")
    person.type("the envoy's office, by phone")
    shown = person.expect("Write it?")
    assert "[regime-de-calme-homs]: new: " in shown
    assert "tells at once: recorded" in shown
    assert not (empty / "truces").exists()
    person.type("y")
    assert "alertd run" in person.expect("watches it")
    assert person.leave() == 0
    (truce,) = tomllib.loads((empty / "truces/regime-de-calme-homs.toml").read_text())["truce"]
    assert truce["ends"] == f"2400 {in_two_days:%a} {in_two_days.day} {in_two_days:%b %Y}"
    with running(empty) as process:
        until(lambda: "Régime de calme, Homs" in process.said(), "the new truce")


@pytest.mark.parametrize(
    ("answer", "key", "value"),
    [
        ("48h", "lasts", "48h"),
        ("open", "open", True),
        ("when the talks are over", "until_condition", "the talks are over"),
        ("0100 1 Jan 2040", "ends", "0100 1 Jan 2040"),
    ],
)
def test_an_end_is_understood_in_each_of_its_forms(empty, answer, key, value):
    person = Terminal(empty, "add", "--title", "A", "--id", "a", "--zone", "UTC", "--source", "x")
    person.expect("It starts")
    person.type("2039-12-01 0100")
    person.expect("It ends")
    person.type(answer)
    person.expect("Write it?")
    person.type("y")
    assert person.leave() == 0
    (truce,) = tomllib.loads((empty / "truces/a.toml").read_text())["truce"]
    assert truce[key] == value


@pytest.mark.parametrize("ends", [b"\x03", b"\x04"])
def test_leaving_in_the_middle_writes_nothing(empty, ends):
    person = Terminal(empty, "add")
    person.expect("Title")
    person.type("A")
    person.expect("id")
    person.press(ends)
    assert person.leave() != 0
    assert tree(empty) == {}


def test_tags_are_asked_for_where_no_channel_takes_a_truce_without_one(empty):
    (empty / "alertd.toml").write_text('[[channel]]\nname = "desk"\nkind = "console"\ntags = ["syria", "sudan"]\n')
    person = Terminal(
        empty, "add", "--title", "A", "--id", "a", "--zone", "UTC", "--starts", "2039-12-01", "--lasts", "48h"
    )
    person.expect("Tags, by which channels take it (sudan, syria)")
    person.type("syria, homs")
    person.expect("Source")
    person.type("")
    person.expect("Write it?")
    person.type("y")
    assert person.leave() == 0
    (truce,) = tomllib.loads((empty / "truces/a.toml").read_text())["truce"]
    assert truce["tags"] == ["syria", "homs"]


def test_broken_settings_are_told_before_the_first_question(empty):
    (empty / "alertd.toml").write_text("[policy]\nlead_times = 3\n")
    person = Terminal(empty, "add")
    person.expect("alertd.toml:2")
    assert person.leave() == 1


def test_whoever_says_no_has_changed_nothing(empty):
    write_truces(empty, truce_text("calm", "starts = 2016-05-01T00:00:00Z", "ends = 2040-05-01T00:00:00Z"))
    before = tree(empty)
    for answer in ("n", ""):
        person = Terminal(empty, "extend", "calm", "--by", "24h")
        assert "0000 Tue 1 May -> 0000 Wed 2 May" in person.expect("Write it? [y/N]")
        person.type(answer)
        person.expect("Nothing was written.")
        assert person.leave() == 1
    assert tree(empty) == before


def test_an_edit_by_somebody_else_while_the_question_stands_is_never_lost(empty):
    path = write_truces(empty, truce_text("calm", "starts = 2016-05-01T00:00:00Z", "ends = 2040-05-01T00:00:00Z"))
    person = Terminal(empty, "extend", "calm", "--by", "24h")
    person.expect("Write it?")
    theirs = path.read_text() + "# theirs\n"
    path.write_text(theirs)
    person.type("y")
    person.expect("has changed meanwhile, and nothing was written")
    assert person.leave() == 1
    assert path.read_text() == theirs


def test_with_json_the_question_leaves_standard_output_alone(empty, tmp_path):
    write_truces(empty, truce_text("calm", "starts = 2016-05-01T00:00:00Z", "ends = 2040-05-01T00:00:00Z"))
    person = Terminal(empty, "extend", "calm", "--by", "24h", "--json")
    person.expect("Write it?")
    person.type("y")
    person.expect('{"file": "truces/truces.toml"')
    assert person.leave() == 0
