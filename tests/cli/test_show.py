"""`alertd show`: the lineage of one truce, of a ledger that a real daemon wrote."""

import json
from types import SimpleNamespace

import pytest
from cli.commands import read_as_a_person
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, watching, write_truces

SAID = "Calm [bold]in[/bold] \\u202ehomS"


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A truce that was claimed on, extended and reminded of, and the JSON of its lineage."""
    config = tmp_path_factory.mktemp("watched")
    with watching(config) as process:
        end = in_seconds(3600 + 12)
        homs = truce_text("homs", "starts = 2016-05-01T00:00:00Z", f"ends = {toml_utc(end)}", 'source = "radio"')
        write_truces(config, homs.replace("Calm in homs", SAID))
        until(lambda: "ends in 1 h" in process.said(), "the reminder")
        alertd_json(config, "claim", "homs", "--by", "1h", "--stated-by", "Centre", "--source", "phone", "--yes")
        until(lambda: "Centre" in process.said(), "the claim")
        alertd_json(config, "extend", "homs", "--by", "24h", "--source", "statement", "--yes")
        until(lambda: "extended" in process.said(), "the extension")
        until(lambda: alertd_json(config, "history", "--truce", "homs")[-1]["kind"] != "extended", "its settling")
        assert process.stop() == 0
    return SimpleNamespace(config=config, shown=alertd_json(config, "show", "homs"), first=toml_utc(end))


def test_json_tells_what_was_known_when_and_from_which_source(watched):
    assert list(watched.shown) == ["truce", "standing", "file", "line", "revisions", "deliveries"]
    changes = [change for revision in watched.shown["revisions"] for change in revision["changes"]]
    assert [change["kind"] for change in changes] == ["recorded", "claimed", "extended"]
    assert [change["sources"] for change in changes] == [[], ["phone"], ["statement"]]
    assert changes[1]["stated_by"] == ["Centre"]
    assert changes[2]["old"]["ends_at"] == watched.first < changes[2]["new"]["ends_at"]
    seen = [revision["seen_at"] for revision in watched.shown["revisions"]]
    assert seen == sorted(seen)
    records = watched.shown["truce"]["records"]
    assert [(record["written"], record["standing"]) for record in records] == [
        ("by 1h", "claimed"),
        ("by 24h", "confirmed"),
    ]


def test_json_tells_which_alerts_went_where_when_and_with_what_result(watched):
    rows = {(row["kind"], row["stage"], row["ends_at"]): row for row in watched.shown["deliveries"]}
    reminder = rows["reminder", "1h", watched.first]
    assert (reminder["state"], reminder["target"]) == ("delivered", "console")
    (sent,) = reminder["tries"]
    assert list(sent) == ["at", "outcome", "took_ms", "detail"]
    assert sent["outcome"] == "accepted"
    assert reminder["due_at"] <= sent["at"] <= reminder["settled_at"]
    lapsed = rows["lapsed", "0", watched.first]
    assert (lapsed["state"], lapsed["tries"]) == ("superseded", [])


def test_a_person_sees_the_ends_drawn_and_every_event_in_its_order(command, watched):
    lines = command(watched.config, "show", "homs").stdout.splitlines()
    assert lines[0] == "Calm [bold]in[/bold] homS [homs]: running, watched, truces/truces.toml:1"
    drawn = [line for line in lines if "━" in line]
    assert [line.split()[-1] for line in drawn] == ["replaced", "agreed"]
    assert drawn[0].count("━") < drawn[1].count("━")
    events = [line for line in lines if any(sign in line for sign in "○●├")]
    order = ["seen: recorded", "reminder 1h", "seen: claimed", "seen: extended"]
    places = [next(at for at, line in enumerate(events) if what in line) for what in order]
    assert places == sorted(places)
    assert any("Centre" in line and "phone" in line for line in events)
    assert any("delivered at try 1" in line for line in events)
    assert "\\u202e" not in "".join(lines)
    assert not {"\u202e", "\x1b"} & set("".join(lines))


def test_a_truce_that_nobody_knows_is_a_usage_error_and_one_that_no_daemon_saw_says_so(command, watched):
    done = command(watched.config, "show", "nobody")
    assert (done.returncode, "there are: homs" in read_as_a_person(done)) == (2, True)
    write_truces(watched.config, truce_text("new", "starts = 2016-05-01T00:00:00Z", "open = true"), name="new.toml")
    done = command(watched.config, "show", "new")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no daemon has seen it yet" in done.stderr


def test_without_a_ledger_there_is_nothing_to_show(command, sample):
    done = command(sample, "show", "latakia")
    assert (done.returncode, "there is none yet" in read_as_a_person(done)) == (1, True)


def test_a_broken_template_is_told_by_check_and_by_the_daemon_and_the_built_in_one_is_used(tmp_path):
    write_truces(tmp_path, truce_text("homs", "starts = 2016-05-01T00:00:00Z", "open = true"))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "text.jinja").write_text("fine\n{{ nonsense }}\n")
    found = json.loads(alertd(tmp_path, "check", "--json").stdout)["problems"]
    assert [(problem["file"], problem["line"], problem["code"]) for problem in found] == [
        ("templates/text.jinja", 2, "unknown_key")
    ]
    with running(tmp_path) as process:
        until(lambda: "templates/text.jinja:2: error" in process.said(), "the warning to ops")
        until(lambda: "Calm in homs" in process.said(), "the message")


def test_a_template_of_the_folder_is_what_the_daemon_sends(tmp_path):
    write_truces(tmp_path, truce_text("homs", "starts = 2016-05-01T00:00:00Z", "open = true"))
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "text.jinja").write_text("OUR DESK: {{ alerts[0].title }}\n")
    assert alertd(tmp_path, "check").returncode == 0
    with running(tmp_path) as process:
        until(lambda: "OUR DESK: Calm in homs" in process.said(), "the message")
