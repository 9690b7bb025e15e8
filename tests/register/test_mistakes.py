"""Everything that people get wrong in truce files, all at once: one run of `check` tells every mistake at its line.

A mistake is marked on its line with `#! code`, and a warning with `#? code`; nothing else may be told.
A quote that is never closed takes the mark into its text, which does no harm.
"""

import re
from collections import Counter

import pytest
from process import alertd, alertd_json

from alertd.errors import Code

HEAD = """\
title = "A truce with a mistake"
zone = "Asia/Gaza"
announced = 2023-10-20T12:00:00
"""

TOML = f"""\
# What TOML itself cannot read. Each costs its own line and no more.
[[truce]]
id = "no-seconds"
{HEAD}
starts = 2016-04-29T18:00  #! syntax
ends = 2023-10-27T01:00:00

[[truce]]
id = "hour-24"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T24:00:00  #! syntax

[[truce]]
id = "one-digit"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00
  [[truce.extension]]
  announced = 2023-10-24T12:00:00
  until = 2016-5-3  #! syntax

[[truce]]
id = "no-quotes"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 0100 Sun  #! syntax

[[truce]]
id = "open-quote"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00
source = "Reuters  #! syntax

[[truce]]
id = "same-key-twice"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00
ends = 2023-10-28T01:00:00  #! syntax

[[truce]]
id = "April-31"  #! syntax
{HEAD}
starts = 2024-04-21T01:00:00
ends = "0100 31 April 2024"  #! bad_time
"""

TIMES = f"""\
# Times that can mean several things, or nothing.
[[truce]]
id = "bare-midnight"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "midnight Tue 24 Oct 2023"  #! midnight

[[truce]]
id = "same-weekday"
{HEAD}
starts = 2023-10-25T01:00:00  # a Wednesday
ends = "0900 Wed"  #! weekday

[[truce]]
id = "another-weekday"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "0100 Mon 24 Oct 2023"  #! weekday

[[truce]]
id = "abbreviations"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "1700 27 Oct 2023 IST"  #! abbreviation
  [[truce.extension]]
  announced = 2023-10-22T12:00:00
  until = "1700 28 Oct 2023 EST"  #! abbreviation
  [[truce.extension]]
  announced = 2023-10-23T12:00:00
  until = "1700 29 Oct 2023 BST"  #! abbreviation
  [[truce.claim]]
  announced = 2023-10-23T12:00:00
  until = "1700 30 Oct 2023 CST"  #! abbreviation

[[truce]]
id = "dusk"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "dusk 27 Oct 2023"  #! bad_time

[[truce]]
id = "gap"
{HEAD}
starts = 2024-04-19T01:00:00
ends = "0230 Sat 20 Apr 2024"  #! gap

[[truce]]
id = "overlap"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "0130 Sat 28 Oct 2023"  #? overlap

[[truce]]  #? stale_zone
id = "clocks-change-that-night"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "0900 Sat 28 Oct 2023"

[[truce]]
id = "j-is-the-observer"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "240100J OCT 23"  #! bad_time

[[truce]]
id = "no-date"
{HEAD}
starts = "0100 Sat"  #! bad_time
ends = 2023-10-27T01:00:00

[[truce]]
id = "months"
{HEAD}
starts = 2023-10-21T01:00:00
lasts = "2 months"  #! bad_duration

[[truce]]
id = "backwards"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-20T01:00:00  #! order

[[truce]]
id = "forty-seven-hours"
{HEAD}
starts = "0100 Tue 24 Oct 2023"
ends = "2400 Wed 25 Oct 2023"
stated_duration = "48h"  #? mismatch
"""

SHAPE = f"""\
[[truce]]  #! missing
id = "ends-misspelt"
{HEAD}
starts = 2023-10-21T01:00:00
end = 2023-10-27T01:00:00  #! unknown_key

[[truce]]
id = "two-ends"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T01:00:00
lasts = "48h"  #! two_ends

[[truce]]
id = "city"
title = "No such zone"
zone = "Asia/Damaskus"  #! unknown_zone
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00

[[truce]]
id = "est-for-a-zone"
title = "No zone at all"
zone = "EST"  #! abbreviation
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00

[[truce]]
id = "by-from-nowhere"
{HEAD}
starts = 2023-10-21T01:00:00
open = true
  [[truce.extension]]
  by = "24h"  #! bad_duration

[[truce]]
id = "undated-extensions"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T01:00:00
  [[truce.extension]]
  announced = 2023-10-22T01:00:00
  by = "24h"
  [[truce.extension]]  #! missing
  by = "48h"

[[truce]]
id = "one-bracket"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T01:00:00
  [truce.claim]  #! syntax
  announced = 2023-10-22T01:00:00
  until = 2023-10-24T01:00:00

[[truce]]
id = "termination-without-its-hour"
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T01:00:00
  [truce.termination]  #! missing
  stated_by = ["Israel"]

[[truce]]  # on a Tuesday of a year to come
id = "wrong-year"
title = "Announced in years"
zone = "Asia/Gaza"
announced = 2093-10-20T12:00:00  #? order
starts = 2093-10-21T01:00:00
ends = 2093-10-23T01:00:00

[[truce]]
id = "no-quotes"  #! duplicate_id
{HEAD}
starts = 2023-10-21T01:00:00
ends = 2023-10-23T01:00:00

[[truce]]
id = "good"
{HEAD}
starts = 2023-10-21T01:00:00
ends = "0100 Fri 27 Oct 2023"
"""

FILES = {"truces/shape.toml": SHAPE, "truces/times.toml": TIMES, "truces/toml.toml": TOML}

UNMARKED = {("truces/toml.toml", TOML[: TOML.index('id = "no-quotes"')].count("\n") + 1, "error", "duplicate_id")}
"""The other place of the id that stands twice: a mark there would be a second mistake on one line."""

NOT_OF_TRUCE_FILES = {
    Code.SECRET,
    Code.CHANNEL,
    Code.UNREACHABLE,
    Code.NOTHING_AHEAD,
    Code.PASSED_OVER,
    Code.LEDGER,
    Code.STALE_FILE,
}

MARK = re.compile(r"#([!?]) (\w+)$")
LEVELS = {"!": "error", "?": "warning"}


def marked() -> set[tuple[str, int, str, str]]:
    return UNMARKED | {
        (file, number, LEVELS[mark[1]], mark[2])
        for file, text in FILES.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if (mark := MARK.search(line))
    }


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "truces").mkdir()
    (folder / "alertd.toml").write_text('[[channel]]\nname = "desk"\nkind = "console"\n')
    for file, text in FILES.items():
        (folder / file).write_text(text)
    return folder


@pytest.fixture(scope="module")
def checked(config):
    return alertd_json(config, "check", "--at", "2023-10-26 1200Z")


@pytest.fixture(scope="module")
def readings(checked):
    """What each truce's problems could have meant, in UTC, by the truce's id."""
    return {
        problem["truce"]: [reading["utc"] for reading in problem["readings"]]
        for problem in checked["problems"]
        if problem["readings"]
    }


def test_there_are_more_than_thirty_mistakes():
    assert len(marked()) > 30


def test_one_run_tells_every_mistake_once_at_its_line_and_nothing_else(checked):
    told = Counter(
        (problem["file"], problem["line"], problem["level"], problem["code"]) for problem in checked["problems"]
    )
    assert told == Counter(marked())


def test_the_run_fails(config):
    assert alertd(config, "check").returncode == 1


def test_every_code_of_a_truce_file_is_among_them(checked):
    assert {problem["code"] for problem in checked["problems"]} == set(Code) - NOT_OF_TRUCE_FILES


def test_the_good_truce_among_them_is_as_good_as_alone(checked):
    (good,) = (truce for truce in checked["truces"] if truce["id"] == "good")
    assert good == {
        "id": "good",
        "state": "running",
        "end_kind": "instant",
        "ends_at": "2023-10-26T22:00:00Z",
        "ends_local": "2023-10-27T01:00:00+03:00",
        "zone": "Asia/Gaza",
        "problems": [],
        "next_end": {"at": "2023-10-26T22:00:00Z", "stated_by": [], "confirmed": True},
        "unresolved_since": None,
        "starts_condition": None,
        "milestones": [],
        "window": None,
        "title": "A truce with a mistake",
        "area": None,
        "tags": [],
        "starts": "2023-10-20T22:00:00Z",
        "claims": [],
        "link": None,
    }


def test_only_what_has_no_readable_end_is_refused(checked):
    assert {truce["id"] for truce in checked["truces"] if truce["state"] == "refused"} == {
        "abbreviations",
        "another-weekday",
        "april-31",
        "backwards",
        "bare-midnight",
        "city",
        "dusk",
        "ends-misspelt",
        "est-for-a-zone",
        "gap",
        "hour-24",
        "j-is-the-observer",
        "months",
        "no-quotes",
        "same-key-twice",
        "same-weekday",
        "two-ends",
    }


@pytest.mark.parametrize(
    ("truce", "expected"),
    [
        ("bare-midnight", ["2023-10-23T21:00:00Z", "2023-10-24T21:00:00Z"]),
        ("same-weekday", ["2023-10-25T06:00:00Z", "2023-11-01T07:00:00Z"]),
        ("gap", ["2024-04-19T23:30:00Z", "2024-04-20T00:30:00Z"]),
        ("overlap", ["2023-10-27T22:30:00Z", "2023-10-27T23:30:00Z"]),
        ("april-31", ["2024-04-29T22:00:00Z", "2024-04-30T22:00:00Z"]),
        ("forty-seven-hours", ["2023-10-25T21:00:00Z", "2023-10-25T22:00:00Z"]),
    ],
)
def test_what_could_have_been_meant_is_told_earliest_first(readings, truce, expected):
    assert readings[truce] == expected


def test_an_abbreviation_is_read_in_every_zone_that_it_may_stand_for(checked):
    """India's, Israel's and Ireland's clocks are hours apart."""
    (ist,) = (problem for problem in checked["problems"] if "IST" in problem["message"])
    moments = [reading["utc"] for reading in ist["readings"]]
    assert moments == ["2023-10-27T11:30:00Z", "2023-10-27T14:00:00Z", "2023-10-27T16:00:00Z"]


def test_every_reading_is_written_so_that_the_field_takes_it(checked, config, tmp_path):
    """Put in place of the mistake, the text offered leaves no mistake there and means what was said."""
    ends = [
        problem for problem in checked["problems"] if problem["readings"] and problem["truce"] != "forty-seven-hours"
    ]
    for nth in range(max(len(problem["readings"]) for problem in ends)):
        texts = {file: text.splitlines() for file, text in FILES.items()}
        wanted = {}
        for problem in ends:
            reading = problem["readings"][min(nth, len(problem["readings"]) - 1)]
            number = problem["line"] - 1
            key = texts[problem["file"]][number].split("=")[0]
            texts[problem["file"]][number] = f'{key}= "{reading["write"]}"'
            wanted[problem["file"], problem["line"]] = reading["utc"]
        (tmp_path / "truces").mkdir(exist_ok=True)
        for file, lines in texts.items():
            (tmp_path / file).write_text("\n".join(lines) + "\n")
        again = alertd_json(tmp_path, "check", "--at", "2023-10-26 1200Z")
        assert [problem for problem in again["problems"] if (problem["file"], problem["line"]) in wanted] == []
        found = {truce["id"]: truce["ends_at"] for truce in again["truces"]}
        of_first_ends = {
            problem["truce"]: wanted[problem["file"], problem["line"]]
            for problem in ends
            if texts[problem["file"]][problem["line"] - 1].startswith("ends") and problem["truce"] != "abbreviations"
        }
        assert {truce_id: found[truce_id] for truce_id in of_first_ends} == of_first_ends
