"""`alertd checked` and `alertd close`: an entry in the truce file, the preview, and what they refuse."""

import json
import tomllib
from datetime import datetime, timedelta

import pytest
from cli.test_recording import FILE, recorded, refused
from process import in_seconds, toml_utc, truce_text, write_truces

STARTS = "starts = 2016-05-01T00:00:00Z"


@pytest.fixture
def lapse(tmp_path):
    """A truce that ended an hour ago, in UTC."""
    write_truces(tmp_path, truce_text("calm", STARTS, f"ends = {toml_utc(in_seconds(-3600))}   # as agreed"))
    return tmp_path


def table_of(config):
    (table,) = tomllib.loads((config / FILE).read_text())["truce"]
    return table


def state_of(command, config):
    (truce,) = json.loads(command(config, "check", "--json").stdout)["truces"]
    return truce["state"]


def reviews(deliveries):
    return [datetime.fromisoformat(delivery["due_at"]) for delivery in deliveries if delivery["kind"] == "review"]


def test_a_closed_lapse_is_written_and_its_reviews_are_cancelled(command, lapse):
    view = recorded(command(lapse, "close", "calm", "--as", "Ana", "--source", "the field", "--yes", "--json"))
    assert (len(reviews(view["cancelled"])), view["planned"]) == (1, [])
    (entry,) = table_of(lapse)["closed"]
    assert (list(entry), entry["by"], entry["source"]) == (["at", "by", "source"], "Ana", "the field")
    assert "# as agreed" in (lapse / FILE).read_text()
    assert (lapse / FILE).read_text().splitlines()[view["line"] - 1].lstrip().startswith("at = ")
    assert state_of(command, lapse) == "closed"


def test_a_check_answers_the_review_and_the_next_counts_from_it(command, lapse):
    view = recorded(command(lapse, "checked", "calm", "--at", toml_utc(in_seconds(-600)), "--yes", "--json"))
    (before,), (after,) = reviews(view["cancelled"]), reviews(view["planned"])
    assert after - before == timedelta(minutes=50)
    assert state_of(command, lapse) == "lapsed"


def test_a_check_answers_the_review_of_an_open_truce(command, tmp_path):
    write_truces(tmp_path, truce_text("calm", f"starts = {toml_utc(in_seconds(-86400))}", "open = true"))
    view = recorded(command(tmp_path, "checked", "calm", "--yes", "--json"))
    (before,), (after,) = reviews(view["cancelled"]), reviews(view["planned"])
    assert timedelta(0) <= after - before - timedelta(days=1) < timedelta(minutes=1)


def test_what_follows_is_shown_before_it_is_written(command, lapse):
    said = command(lapse, "close", "calm", "--yes").stdout
    assert said.index("stays; cancels 1 review; nothing is ahead") < said.index(f"Written: {FILE}:")


def test_the_last_of_several_checks_counts(command, lapse):
    for minutes in (30, 20, 10):
        recorded(
            command(lapse, "checked", "calm", "--announced", toml_utc(in_seconds(-60 * minutes)), "--yes", "--json")
        )
    assert len(table_of(lapse)["checked"]) == 3


@pytest.mark.parametrize(
    ("ends", "more", "says"),
    [
        (3600, "", "has not lapsed, so there is nothing to close: `alertd end` records that it ends early"),
        (-3600, "closed = A_MINUTE_AGO", "is closed already: nobody is asked about it any more"),
        (3600, "[truce.termination]\nat = 2016-05-02T00:00:00Z", "is terminated already"),
    ],
)
def test_what_has_not_lapsed_or_is_over_for_good_is_not_closed(command, tmp_path, ends, more, says):
    more = more.replace("A_MINUTE_AGO", toml_utc(in_seconds(-60)))
    write_truces(tmp_path, truce_text("calm", STARTS, f"ends = {toml_utc(in_seconds(ends))}", more))
    before = (tmp_path / FILE).read_text()
    refused(command(tmp_path, "close", "calm", "--yes"), 1, says)
    assert (tmp_path / FILE).read_text() == before


def test_a_check_that_lies_before_the_announcement_is_refused(command, tmp_path):
    window = (f"announced = {toml_utc(in_seconds(-7200))}", f"ends = {toml_utc(in_seconds(-3600))}")
    write_truces(tmp_path, truce_text("calm", *window))
    refused(
        command(tmp_path, "checked", "calm", "--at", "2015-05-01 0900 UTC", "--yes"), 1, "was not announced by then"
    )


def test_nothing_is_written_that_nobody_has_agreed_to(command, lapse):
    refused(command(lapse, "close", "calm"), 2, "--yes")
    refused(command(lapse, "close", "klam", "--yes"), 2, "klam")
