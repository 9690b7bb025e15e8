"""What is wrong with a truce file: every problem in one pass, with its file, its line and what to write instead."""

import pytest

from alertd.errors import Level

HEAD = """\
[[truce]]
id = "a"
title = "A"
zone = "Asia/Gaza"
announced = 2023-10-20T12:00:00
"""
"""Five lines; what a test is about begins on the sixth."""

STARTS = "starts = 2023-10-26T01:00:00\n"
BOTH = STARTS + "ends = 2023-10-27T01:00:00\n"
TWO = '[[truce.extension]]\nannounced = 2023-10-26T12:00:00\nby = "24h"\n'


def told(register):
    return [(problem.line, problem.code.value) for problem in register.problems]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (STARTS + "end = 2023-10-27T01:00:00", [(1, "missing"), (7, "unknown_key")]),
        (BOTH + "foo = 1", [(8, "unknown_key")]),
        (BOTH + TWO + "foo = 1", [(11, "unknown_key")]),
        (BOTH + "[truce.termination]\nat = 2023-10-26\nuntil = 1", [(10, "unknown_key")]),
        (BOTH + "[[truce.foo]]", [(8, "unknown_key")]),
        (BOTH + "[[extension]]\nby = '24h'", [(8, "unknown_key")]),
        (STARTS, [(1, "missing")]),
        (BOTH + "[truce.termination]", [(8, "missing")]),
        (BOTH + "[[truce.claim]]\nannounced = 2023-10-26", [(8, "missing")]),
        (BOTH + "[[truce.extension]]\nby = '24h'\n" + TWO, [(8, "missing")]),
        ("lasts = '24h'", [(1, "missing")]),
        (STARTS + "open = true\nlasts = '24h'", [(8, "two_ends")]),
        (BOTH + "[[truce.claim]]\nuntil = 2023-10-28\nby = '24h'", [(10, "two_ends")]),
        (BOTH + "[[truce.claim]]\nopen = true\nuntil_condition = 'x'", [(10, "two_ends")]),
        (STARTS + 'ends = "0100 in the morning"', [(7, "bad_time")]),
        (STARTS + "ends = 1300", [(7, "bad_time")]),
        (STARTS + "ends = 13:00:00", [(7, "bad_time")]),
        (STARTS + 'ends = "040100J NOV 23"', [(7, "bad_time")]),
        ('starts = "0100 Wed"\nends = 2023-10-27', [(6, "bad_time")]),
        (BOTH + "[[truce.claim]]\nuntil = 2023-10-28\nconfirmed = 'perhaps'", [(10, "bad_time")]),
        (BOTH + "[truce.termination]\nat = '0100 Wed'", [(9, "bad_time")]),
        (STARTS + 'lasts = "2 months"', [(7, "bad_duration")]),
        (STARTS + "lasts = 24", [(7, "bad_duration")]),
        (BOTH + "stated_duration = 'x'", [(8, "bad_duration")]),
        (BOTH + "lead_times = ['24h', 'x']", [(8, "bad_duration")]),
        (BOTH + "lead_times = ['5000d']", [(8, "bad_duration")]),
        (BOTH + "[[truce.extension]]\nby = '0h'", [(9, "bad_duration")]),
        (STARTS + "open = true\n[[truce.extension]]\nby = '24h'", [(9, "bad_duration")]),
        (STARTS + "ends = 2023-10-28\n[[truce.extension]]\nby = '12h'", [(9, "bad_duration")]),
        (STARTS + "ends = 2024-04-20T02:30:00", [(7, "gap")]),
        (STARTS + 'ends = "0130 Sat 28 Oct 2023"', [(7, "overlap")]),
        (STARTS + 'ends = "0100 Thu"', [(7, "weekday")]),
        (STARTS + 'ends = "0100 Mon 27 Oct 2023"', [(7, "weekday")]),
        (STARTS + 'ends = "midnight 27 Oct 2023"', [(7, "midnight")]),
        (STARTS + 'ends = "0100 27 Oct 2023 IST"', [(7, "abbreviation")]),
        (BOTH + "stated_duration = '48h'", [(8, "mismatch")]),
        (STARTS + "open = true\nstated_duration = '48h'", [(8, "mismatch")]),
        (STARTS + "ends = 2023-10-26T01:00:00", [(7, "order")]),
        (STARTS + "ends = 2023-10-25", [(7, "order")]),
        (BOTH + "[[truce.claim]]\nuntil = 2023-10-25", [(9, "order")]),
        (BOTH + "[[truce.extension]]\nby = '1h'\nfrom = 2023-10-01", [(9, "order")]),
        (BOTH + "[[truce.claim]]\nuntil = 2023-10-28\nfrom = 2023-10-27", [(10, "unknown_key")]),
        (BOTH + "[[truce.extension]]\nannounced = 2033-10-26\nby = '1h'", [(9, "order")]),
        (BOTH + "recorded = 2033-10-26T01:00:00", [(8, "order")]),
        (BOTH + "recorded = 2023-10-20T11:59:59", [(8, "order")]),
        (BOTH + "recorded = 2023-10-20T12:00:00\nrecorded_by = 'anna'", []),
        (BOTH + TWO + "recorded = 2023-10-01T12:00:00", [(11, "order")]),
        (BOTH + TWO + "decision_recorded = 2033-10-01T12:00:00", [(11, "order")]),
        (BOTH + TWO + "recorded = 'yesterday'", [(11, "bad_time")]),
        (BOTH + "recorded_by = 3", [(8, "syntax")]),
        (BOTH + "[truce.extension]\nby = '24h'", [(8, "syntax")]),
        (
            BOTH + "[[truce.termination]]\nat = 2023-10-26\n[[truce.termination]]\nfoo = 1",
            [(10, "missing"), (11, "unknown_key")],
        ),
        (BOTH + "termination = { at = 'noon', foo = 1 }", [(8, "unknown_key"), (8, "bad_time")]),
        (BOTH + "extension = [3]", [(8, "syntax")]),
        (BOTH + "tags = [\n'a',\n3]", [(10, "syntax")]),
        (STARTS + "open = 'yes'", [(7, "syntax")]),
        (BOTH + "note = 3", [(8, "syntax")]),
    ],
)
def test_each_mistake_is_told_with_its_line(read, lines, expected):
    register = read(HEAD + lines)
    assert told(register) == expected
    assert {(problem.file, problem.truce) for problem in register.problems} <= {
        ("truces/a.toml", "a"),
        ("truces/a.toml", None),
    }


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD.replace('id = "a"\n', ""), (1, "missing")),
        (HEAD.replace('title = "A"\n', ""), (1, "missing")),
        (HEAD.replace('title = "A"', 'title = ""'), (1, "missing")),
        (HEAD.replace('zone = "Asia/Gaza"\n', ""), (1, "missing")),
        (HEAD.replace("Asia/Gaza", "Asia/Gazza"), (4, "unknown_zone")),
        (HEAD.replace("Asia/Gaza", "EET"), (4, "abbreviation")),
        (HEAD.replace('"a"', '"Eastern Ghouta"'), (2, "syntax")),
        (HEAD.replace('"a"', "7"), (2, "syntax")),
        (HEAD.replace("[[truce]]", "[truce]"), (1, "syntax")),
        (HEAD.replace("2023-10-20T12:00:00", "2033-10-20T12:00:00"), (5, "order")),
        (HEAD.replace("2023-10-20T12:00:00", '"noon"'), (5, "bad_time")),
    ],
)
def test_each_mistake_in_the_head_is_told_with_its_line(read, head, expected):
    assert told(read(head + BOTH)) == [expected]


def test_a_truce_without_announced_needs_starts(read):
    head = HEAD.replace("announced = 2023-10-20T12:00:00\n", "")
    assert told(read(head + "ends = 2023-10-27T01:00:00")) == [(1, "missing")]


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        (STARTS + 'ends = "0130 Sat 28 Oct 2023"', Level.WARNING),
        (BOTH + "stated_duration = '48h'", Level.WARNING),
        (BOTH + "[[truce.claim]]\nannounced = 2033-10-26\nuntil = 2023-10-28", Level.WARNING),
        (STARTS + "ends = 2024-04-20T02:30:00", Level.ERROR),
        (BOTH + "tags = 3", Level.ERROR),
    ],
)
def test_a_warning_leaves_nothing_unwatched_and_an_error_does(read, lines, level):
    register = read(HEAD + lines)
    assert [problem.level for problem in register.problems] == [level]
    assert register.truces[0].has_error == (level is Level.ERROR)


def test_an_unclear_time_comes_with_its_readings(read):
    (problem,) = read(HEAD + STARTS + 'ends = "0130 Sat 28 Oct 2023"').problems
    assert [(reading.local, reading.utc.isoformat()) for reading in problem.readings] == [
        ("2023-10-28T01:30:00+03:00", "2023-10-27T22:30:00+00:00"),
        ("2023-10-28T01:30:00+02:00", "2023-10-27T23:30:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("stated", "others"),
    [
        ("24h", "ends = 2023-10-27T01:00:00"),
        ("1d", "ends = 2023-10-27T01:00:00"),
        ("49h", "ends = 2023-10-28T01:30:00"),
        ("48h", "ends = 2023-10-28"),
        ("2d", "lasts = '48h'"),
    ],
)
def test_a_stated_duration_that_agrees_is_silent(read, stated, others):
    starts = STARTS.replace("01:00", "00:30") if stated == "49h" else STARTS
    problems = read(HEAD + starts + f"{others}\nstated_duration = '{stated}'").problems
    assert [problem.code for problem in problems if problem.code != "overlap"] == []


def test_a_stated_duration_that_disagrees_shows_the_arithmetic_and_both_ends(read):
    lines = 'starts = "0100 Tue 10 Oct 2023"\nends = "2400 Wed 11 Oct 2023"\nstated_duration = "48h"'
    (problem,) = read(HEAD.replace("10-20", "10-09") + lines).problems
    assert "0100 Tue 10 Oct to 0000 Thu 12 Oct is 47 h, stated 48 h" in problem.message
    assert [reading.local for reading in problem.readings] == ["2023-10-12T00:00:00+03:00", "2023-10-12T01:00:00+03:00"]
    for reading in problem.readings:
        again = read(HEAD.replace("10-20", "10-09") + STARTS.replace("26", "10") + f'ends = "{reading.write}"')
        assert again.problems == ()
        assert again.truces[0].truce.first_end.at == reading.utc


@pytest.mark.parametrize(
    ("written", "meant"),
    [("end", "ends"), ("startz", "starts"), ("Title", "title"), ("lead_time", "lead_times"), ("sources", "source")],
)
def test_a_misspelt_key_is_told_what_to_write(read, written, meant):
    (problem,) = read(HEAD + BOTH + f"{written} = 3").problems
    assert problem.message == f"unknown key `{written}`: did you mean `{meant}`?"


def test_a_file_with_many_mistakes_lists_them_all(read):
    text = """\
nonsense = 1
[[truce]]
id = "a"
titel = "A"
zone = "Asia/Gaza"
starts = 2023-10-26T01:00
ends = "midnight"
tags = 3
  [[truce.extension]]
  by = "24"
  [[truce.extension]]
  announced = "yesterday"
  by = "24h"
  until = 2023-10-28
  [[truce.claim]]
  foo = 1
  [truce.termination]
  confirmed = 3
[[truce]]
id = "b"
zone = "Nowhere/Else"
lasts = "2 months"
"""
    register = read(text)
    assert told(register) == [
        (1, "unknown_key"),
        (2, "missing"),
        (4, "unknown_key"),
        (6, "syntax"),
        (7, "midnight"),
        (8, "syntax"),
        (9, "missing"),
        (10, "bad_duration"),
        (12, "bad_time"),
        (14, "two_ends"),
        (15, "missing"),
        (16, "unknown_key"),
        (17, "missing"),
        (18, "bad_time"),
        (19, "missing"),
        (19, "missing"),
        (21, "unknown_zone"),
        (22, "bad_duration"),
    ]


def test_an_id_that_stands_twice_is_told_at_both_places_and_neither_is_taken(read):
    good = HEAD.replace('"a"', '"b"') + BOTH
    register = read(HEAD + BOTH + "foo = 1\n" + good, "\n" + HEAD + BOTH)
    assert [(problem.file, problem.line, problem.code, problem.truce) for problem in register.problems] == [
        ("truces/a.toml", 2, "duplicate_id", "a"),
        ("truces/a.toml", 8, "unknown_key", "a"),
        ("truces/b.toml", 3, "duplicate_id", "a"),
    ]
    assert "truces/b.toml line 3" in register.problems[0].message
    twice, once = register.truces
    assert (twice.id, twice.file, twice.line, twice.truce, twice.has_error) == ("a", "truces/a.toml", 1, None, True)
    assert len(twice.problems) == 3
    assert once.truce is not None


def test_problems_are_ordered_by_file_and_line(read):
    register = read(HEAD.replace('"a"', '"z"') + "foo = 1\nbar = 2", HEAD + "foo = 1")
    places = [(problem.file, problem.line) for problem in register.problems]
    assert places == sorted(places)
    assert {file for file, _ in places} == {"truces/a.toml", "truces/b.toml"}
