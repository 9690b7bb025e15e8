"""Edits of truce files: what was there stays to the byte, and what is new says what was meant."""

import tomllib
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis.strategies import lists, sampled_from

from alertd.errors import ConfigError
from alertd.register.editing import TruceText, add_truce, add_withdrawn, drop_withdrawn

A_TRUCE = """\
# About a.
[[truce]]
id = "a"
title = "A"           # as announced
starts = 2016-04-30T01:00:00
lasts = "24h"
"""
EXTENSION = """
  [[truce.extension]]
  announced = 2016-05-01   # by radio
  by = "24h"
"""
CLAIM = """
  [[truce.claim]]
  announced = 2016-05-02
  by = "1h"
  stated_by = "B"
"""
TERMINATION = """
  [truce.termination]
  at = 2016-05-03T00:00:00
"""
BELOW = """
# About b.
[[truce]]
id = "b"
title = "B"
"""
NEW = {
    "announced": datetime.fromisoformat("2016-05-03T21:30"),
    "until": "0100 Fri 6 May 2016",
    "source": 'a "quoted"\nsource',
}


def line_of(text, truce="a"):
    return text.replace("\r", "").split("\n").index(f'id = "{truce}"')


def edited(text, truce="a", kind="extension"):
    return TruceText(text, "truces/x.toml", line_of(text, truce)).with_record(kind, NEW, "until")


def is_within(lines, other):
    """Whether all lines stand in another text too, in their order."""
    rest = iter(other)
    return all(line in rest for line in lines)


@given(
    lists(sampled_from([EXTENSION, CLAIM]), max_size=4), sampled_from(["", TERMINATION]), sampled_from(["\n", "\r\n"])
)
def test_no_line_that_was_there_changes_and_the_new_record_is_the_last(records, termination, line_end):
    text = (A_TRUCE + "".join(records) + termination + BELOW).replace("\n", line_end)
    for kind in ("extension", "claim"):
        done = edited(text, kind=kind)
        assert is_within(text.split("\n"), done.text.split("\n"))
        before, after = tomllib.loads(text)["truce"], tomllib.loads(done.text)["truce"]
        assert after[1] == before[1]
        assert after[0] == before[0] | {kind: [*before[0].get(kind, []), NEW]}
        assert done.text.split("\n")[done.line - 1].strip() == 'until = "0100 Fri 6 May 2016"'
        assert done.text.replace("\r\n", "").count("\n") == (0 if line_end == "\r\n" else done.text.count("\n"))


def test_the_comment_of_the_next_truce_stays_with_it():
    done = edited(A_TRUCE + EXTENSION + BELOW)
    assert done.text.endswith(BELOW)
    assert (
        edited(A_TRUCE + "# About b.\n" + BELOW.replace("\n# About b.\n", "")).text.count("# About b.\n[[truce]]") == 1
    )


def test_a_comment_below_the_last_truce_stays_below_it():
    tail = "\n# The end of the file.\n"
    assert edited(A_TRUCE + tail).text.endswith(tail)


def test_a_file_that_ends_without_a_line_end_is_edited_too():
    done = edited((A_TRUCE + EXTENSION).rstrip("\n"))
    assert len(tomllib.loads(done.text)["truce"][0]["extension"]) == 2


def test_a_new_table_is_indented_as_the_one_before_it():
    assert "\n[[truce.extension]]\nannounced = 2016-05-03" in edited(A_TRUCE + EXTENSION.replace("  ", "")).text
    assert "\n  [[truce.extension]]\n  announced = 2016-05-03" in edited(A_TRUCE).text


@pytest.mark.parametrize(
    "broken", ['[[truce]]\nid = "b\nends = \n', "[[truce]\nid = 1\n", '[[truce]]\nid = "b"\nends = """\n']
)
def test_a_broken_neighbour_keeps_nobody_from_recording(broken):
    """At three in the morning the extension matters, and the neighbour's mistake can wait."""
    for text in (A_TRUCE + "\n" + broken, broken.replace('"""', "") + "\n" + A_TRUCE):
        done = edited(text)
        assert is_within(text.split("\n"), done.text.split("\n"))
        assert done.text.split("\n")[done.line - 1].strip() == 'until = "0100 Fri 6 May 2016"'


def test_a_broken_line_in_the_truce_itself_is_told_and_nothing_is_done():
    with pytest.raises(ConfigError, match=r"truces/x\.toml:2: this truce has a line that TOML cannot read"):
        edited(A_TRUCE + "note = oh\n")


def test_records_in_brackets_are_added_to():
    done = edited(A_TRUCE + 'extension = [{ by = "24h" }]   # inline\n')
    assert tomllib.loads(done.text)["truce"][0]["extension"] == [{"by": "24h"}, NEW]
    assert done.text.endswith("# inline\n")


SINGLE_TERMINATIONS = [
    "\n  [truce.termination]   # heard on the radio\n  at = 2016-05-03T00:00:00\n",
    "[ truce . termination ]\nat = 2016-05-03T00:00:00\n",
    "termination = { at = 2016-05-03T00:00:00 }   # heard on the radio\n",
]


@pytest.mark.parametrize("single", SINGLE_TERMINATIONS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_single_termination_becomes_the_first_of_a_list_when_a_second_is_recorded(single, line_end):
    new = {"at": datetime.fromisoformat("2016-05-03T12:00"), "stated_by": "B"}
    text = (A_TRUCE + single + BELOW).replace("\n", line_end)
    done = TruceText(text, "truces/x.toml", line_of(text)).with_record("termination", new, "at")
    before, after = tomllib.loads(text)["truce"], tomllib.loads(done.text)["truce"]
    assert after == [before[0] | {"termination": [before[0]["termination"], new]}, before[1]]
    assert done.text.count("# heard on the radio") == single.count("# heard on the radio")
    third = TruceText(done.text, "truces/x.toml", line_of(done.text)).with_record("termination", new, "at")
    assert len(tomllib.loads(third.text)["truce"][0]["termination"]) == 3


def test_the_first_termination_is_written_as_one_of_a_list():
    done = TruceText(A_TRUCE, "truces/x.toml", 2).with_record("termination", {"at": "2016-05-03 1200"}, "at")
    assert "\n  [[truce.termination]]\n  at = " in done.text


def test_a_termination_in_dotted_keys_is_left_to_its_author():
    text = A_TRUCE + "termination.at = 2016-05-03T00:00:00\n"
    with pytest.raises(ConfigError, match="edit it by hand"):
        TruceText(text, "truces/x.toml", 2).with_record("termination", {"at": "2016-05-03 1200"}, "at")


def test_a_truce_without_a_header_of_its_own_is_refused():
    text = 'truce = [{ id = "a", title = "A" }]\n'
    with pytest.raises(ConfigError, match="edit it by hand"):
        TruceText(text, "truces/x.toml", 1)


def test_a_verdict_stands_in_its_record_and_replaces_an_older_one():
    text = A_TRUCE + CLAIM + CLAIM.replace("stated_by", "confirmed = false   # not yet\n  stated_by") + BELOW
    moment = datetime.fromisoformat("2016-05-02T12:00")
    for index, before in ((0, "stated_by"), (1, "confirmed = 2016-05-02T12:00:00   # not yet")):
        done = TruceText(text, "x", 2).with_keys(("claim", index), {"confirmed": moment})
        assert tomllib.loads(done.text)["truce"][0]["claim"][index]["confirmed"] == moment
        assert done.text.split("\n")[done.line - 1].startswith("  confirmed = 2016-05-02T12:00:00")
        assert before in done.text
        assert done.text.endswith(BELOW)
    windows = TruceText(text.replace("\n", "\r\n"), "x", 2).with_keys(("claim", 0), {"confirmed": moment})
    assert windows.text.count("\n") == windows.text.count("\r\n")


@pytest.mark.parametrize(
    "text", [None, "", "# by hand\n", 'withdrawn = "b"\n', 'withdrawn = [\n  "b",   # agreed\n]\n', "withdrawn = []\n"]
)
def test_a_withdrawn_id_is_listed_once_and_comments_stay(text):
    done = add_withdrawn(text, "w", "a")
    assert add_withdrawn(done.text, "w", "a").text == done.text
    listed = tomllib.loads(done.text)["withdrawn"]
    assert listed == (["b", "a"] if '"b"' in (text or "") else ["a"])
    assert '"a"' in done.text.split("\n")[done.line - 1]
    assert all(comment in done.text for comment in ("# by hand", "# agreed") if comment in (text or ""))
    assert "a" not in tomllib.loads(drop_withdrawn(done.text, "w", "a"))["withdrawn"]


def test_a_truce_is_added_at_the_end_of_what_is_there():
    done = add_truce(A_TRUCE.rstrip(), {"id": "c", "tags": ["x", "y"], "open": True})
    assert done.text.startswith(A_TRUCE)
    assert tomllib.loads(done.text)["truce"][1] == {"id": "c", "tags": ["x", "y"], "open": True}
    assert done.text.split("\n")[done.line - 1] == "[[truce]]"
    assert add_truce("", {"id": "c"}).text == '[[truce]]\nid = "c"\n'


ACT = {"at": datetime.fromisoformat("2016-05-04T09:00"), "by": "Ana"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '\n  [[truce.closed]]\n  at = 2016-05-04T09:00:00\n  by = "Ana"\n'),
        ("closed = 2016-05-02T09:00:00   # first\n", None),
        ("closed = [2016-05-02T09:00:00,   # first\n]\n", None),
        ("closed = { at = 2016-05-02T09:00:00 }   # first\n", None),
        ("  [truce.closed]   # first\n  at = 2016-05-02T09:00:00\n", None),
        ("  [[truce.closed]]   # first\n  at = 2016-05-02T09:00:00\n", None),
    ],
)
@pytest.mark.parametrize("others", ["", EXTENSION])
def test_an_act_of_the_desk_is_added_however_those_before_it_are_written(before, after, others):
    text = A_TRUCE + (before + others if before.startswith("closed") else others + before) + BELOW
    found = TruceText(text, "truces/x.toml", line_of(text)).with_record("closed", ACT, "at").text
    first, second = tomllib.loads(text)["truce"][0], tomllib.loads(found)["truce"][0]
    stood = first.pop("closed", [])
    assert second.pop("closed") == [*(stood if isinstance(stood, list) else [stood]), ACT]
    assert first == second
    assert found.endswith(BELOW)
    assert "# first" in found or not before
    assert after is None or after in found
