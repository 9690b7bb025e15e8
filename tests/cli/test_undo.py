"""`alertd undo`: which record it marks, what it writes, and what it shows before and after."""

import json

import pytest
from cli.commands import read_as_a_person, tree
from process import in_seconds, toml_utc, truce_text, write_truces

from alertd.toml.load import load_toml

FILE = "truces/truces.toml"


@pytest.fixture
def config(tmp_path):
    """One truce that ends in two days, with an extension and a claim recorded after it."""
    end = in_seconds(48 * 3600)
    records = (
        "# The first statement.\n[[truce.extension]]",
        "announced = 2016-05-02T12:00:00Z",
        'by = "24h"',
        'stated_by = "Army"',
        "[[truce.claim]]",
        "announced = 2016-05-01T12:00:00Z",
        'by = "2h"',
        'stated_by = "Centre"',
        "recorded = 2016-05-03T12:00:00Z",
        'recorded_by = "Anna"',
    )
    write_truces(tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00Z", f"ends = {toml_utc(end)}", *records))
    return tmp_path


def tables(config):
    (table,) = load_toml((config / FILE).read_text())["truce"]
    return table


def test_the_record_that_was_written_down_last_is_marked_whenever_it_was_announced(command, config):
    done = command(config, "undo", "calm", "--reason", "wrong truce", "--as", "Bert", "--source", "a call", "--yes")
    claim, extension = (tables(config)[kind][0] for kind in ("claim", "extension"))
    assert (claim["void_reason"], claim["void_by"], claim["void_source"]) == ("wrong truce", "Bert", "a call")
    assert (claim["recorded_by"], "void" in claim, "void" in extension) == ("Anna", True, False)
    said = "counts as never made: record 2: claim, by 2h, Centre, unconfirmed, recorded by Anna; its end: "
    assert done.stdout.splitlines()[0].startswith(f"calm: {said}")
    assert f"({said}" in done.stdout
    assert "# The first statement." in (config / FILE).read_text()


def test_undo_again_marks_the_one_before_and_then_there_is_none_left(command, config):
    for kind in ("claim", "extension"):
        assert command(config, "undo", "calm", "--yes").returncode == 0
        assert "void" in tables(config)[kind][0]
    before = tree(config)
    done = command(config, "undo", "calm", "--yes")
    assert (done.returncode, tree(config)) == (1, before)
    assert "truce calm has no record that could be undone" in read_as_a_person(done)
    assert "`alertd withdraw calm`" in read_as_a_person(done)


def test_a_record_can_be_named_and_the_moment_too(command, config):
    done = command(config, "undo", "calm", "--record", "1", "--announced", "2016-05-02 1300", "--yes", "--json")
    view = json.loads(done.stdout)
    named = "counts as never made: record 1: extension, by 24h, Army, confirmed; its end: "
    assert view["record"].startswith(named)
    assert tables(config)["extension"][0]["void"] == "2016-05-02 1300"
    assert view["new_ends_at"] < view["old_ends_at"]


@pytest.mark.parametrize(("number", "says"), [("7", "there is no record 7"), ("2", "marked as a mistake already")])
def test_what_cannot_be_undone_lists_what_can(command, config, number, says):
    command(config, "undo", "calm", "--yes")
    before = tree(config)
    done = command(config, "undo", "calm", "--record", number, "--yes")
    assert (done.returncode, tree(config)) == (2, before)
    assert says in read_as_a_person(done)
    assert "1: extension, by 24h, Army, confirmed" in read_as_a_person(done)


def test_a_mistake_waits_for_no_confirmation(command, config):
    command(config, "undo", "calm", "--yes")
    done = command(config, "confirm", "calm", "--yes")
    assert (done.returncode, "no record waits to be confirmed" in read_as_a_person(done)) == (2, True)


def test_a_mistake_stays_readable_in_json(command, config):
    command(config, "undo", "calm", "--reason", "wrong truce", "--as", "Bert", "--yes")
    (truce,) = json.loads(command(config, "export", "--format", "json").stdout)
    claim, extension = truce["records"]
    assert (claim["standing"], claim["void_reason"], claim["void_by"]) == ("void", "wrong truce", "Bert")
    assert (extension["standing"], extension["void"], extension["void_reason"]) == ("confirmed", None, None)
