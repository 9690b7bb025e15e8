"""What TOML itself cannot read costs the line, or the record, that it stands in, and never a neighbour."""

import pytest

from alertd.domain.truce import expiry
from alertd.toml.recovery import MISTAKES_AT_MOST, documents

TEXT = """\
# truces of the spring
[[truce]]
id = "before"
title = "Before"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00

[[truce]]
id = "broken"
title = "Broken"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
{0}
  [[truce.extension]]
  announced = 2016-05-01T00:00:00
  by = "24h"
  {1}
  [[truce.extension]]
  announced = 2016-05-02T00:00:00
  until = "0100 Wed"

[[truce]]
id = "after"
title = "After"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
  [[truce.extension]]
  by = "24"
"""
"""What is put in stands on line 15, or on line 19 within a record."""


def broken(register):
    by_id = {truce.id: truce for truce in register.truces}
    assert by_id["before"].problems == ()
    assert by_id["before"].line == 2
    assert [problem.message for problem in by_id["after"].problems] == [
        '"24" has no unit: write 24h for hours or 24m for minutes'
    ]
    return by_id["broken"]


@pytest.mark.parametrize(
    ("mistake", "line", "advice"),
    [
        ("announced = 2016-04-29T18:00", 15, "write 2016-04-29T18:00:00"),
        ("announced = 2016-04-29 18:00", 15, "write 2016-04-29 18:00:00"),
        ("announced = 2016-04-28T24:00:00", 15, 'write "2016-04-28 2400" in quotes'),
        ("announced = 2016-4-29", 15, "two digits for month and day"),
        ("announced = 2016-04-9", 15, "two digits for month and day"),
        ("announced = 0100 Sun", 15, 'write announced = "0100 Sun"'),
        ("announced = 2016-04-31", 15, "April 2016 has no day 31: its last is 30"),
        ("announced = 2015-02-29T01:00:00", 15, "February 2015 has no day 29: its last is 28"),
        ("announced = 2016-13-01T01:00:00", 15, "there is no month 13"),
        ("announced = 2016-04-29T25:00:00", 15, "there is no 25:00"),
        (
            "note = \N{LEFT DOUBLE QUOTATION MARK}Stop\N{RIGHT DOUBLE QUOTATION MARK}",
            15,
            'curly quotes, it takes " alone',
        ),
        ("note = \N{LEFT SINGLE QUOTATION MARK}Stop\N{RIGHT SINGLE QUOTATION MARK}", 15, 'write note = "Stop"'),
        (
            "note = \N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}Stop\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}",
            15,
            "curly",
        ),
        ("lead_times = 24h  # hours", 15, 'write lead_times = "24h"'),
        ('note = "not closed', 15, "a quote is missing"),
        ('note = """never closed', 15, "a quote is missing"),
        ('tags = ["a"', 15, "Unclosed"),
        ('tags = [\n"a",\n"b" "c"\n]', 17, "Unclosed"),
        ("note =", 15, "Invalid value"),
        ("nonsense", 15, "'='"),
        ('title = "Again"', 15, "`title` stands twice"),
        ("note = " + "[" * 3000, 15, "TOML cannot read this"),
        ("note = 1" + "0" * 5000, 15, "TOML cannot read this"),
        ('note = "\x01"', 15, "Illegal character"),
        ('note = "a\\b\\c"', 15, "\\"),
    ],
)
def test_a_broken_line_costs_that_line(read, mistake, line, advice):
    register = read(TEXT.format(mistake, ""))
    found = broken(register)
    (problem,) = found.problems
    assert (problem.line, problem.code, problem.truce) == (line, "syntax", "broken")
    assert advice in problem.message
    assert expiry(found.truce).at.isoformat() == "2016-05-03T22:00:00+00:00"
    (sentence,) = found.truce.left_out
    assert f"(truces/a.toml line {line}) cannot be read" in sentence


@pytest.mark.parametrize(
    "mistake",
    [
        "confirmed = no",
        'note = "not closed',
        'note = """never closed',
        "until = 2016-05-02T01:00",
        'by = "24h"',
        "nonsense",
        'source = ["a"',
    ],
)
def test_a_broken_line_of_a_record_costs_that_record_and_what_counts_from_it(read, mistake):
    found = broken(read(TEXT.format("", mistake)))
    (problem,) = found.problems
    assert (problem.line, problem.code) == (19, "syntax")
    assert [record.written for record in found.truce.records] == ["until 0100 Wed"]
    assert "[[truce.extension]]" in found.truce.left_out[0]


@pytest.mark.parametrize(("announced", "left"), [("2016-05-01T00:00:00", []), ("2016-05-03T00:00:00", ["by 24h"])])
def test_a_by_announced_after_a_broken_record_is_left_out(read, announced, left):
    text = (
        TEXT.format("", "nonsense")
        .replace("2016-05-01T00:00:00", announced)
        .replace('until = "0100 Wed"', 'by = "24h"')
    )
    found = broken(read(text))
    assert [record.written for record in found.truce.records] == left


def test_a_broken_record_without_a_date_may_have_moved_every_base(read):
    text = (
        TEXT.format("", "nonsense")
        .replace("announced = 2016-05-01T00:00:00", "")
        .replace('until = "0100 Wed"', 'by = "24h"')
    )
    assert broken(read(text)).truce.records == ()


@pytest.mark.parametrize("header", ["[[truce.extension]", "[truce.extension]]", "[[truce.extension]] x", "[[truce.]]"])
def test_a_broken_header_of_a_record_costs_that_record(read, header):
    found = broken(read(TEXT.format("", f"{header}\nannounced = 2016-05-01T09:00:00\nuntil = 2016-05-30")))
    assert [problem.line for problem in found.problems] == [19]
    assert [record.written for record in found.truce.records] == ["by 24h", "until 0100 Wed"]


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        ("[[truce.extension]", "a closing bracket is missing: write [[truce.extension]]"),
        ("[truce.extension]]", "an opening bracket is missing: write [[truce.extension]]"),
        ("[truce.extension]", "write [[truce.extension]], with two brackets, at each of them: there may be several"),
        ("[[truce.claim]", "a closing bracket is missing: write [[truce.claim]]"),
    ],
)
def test_a_header_that_is_not_closed_as_it_was_opened_is_told_with_the_bracket(read, header, advice):
    found = broken(read(TEXT.format("", f"{header}\nannounced = 2016-05-01T09:00:00\nuntil = 2016-05-30")))
    assert [problem.message for problem in found.problems] == [advice]


@pytest.mark.parametrize("header", ["[[truce]", "[truce]]", "[truce", "[[truce]] x", "[[truce]] # \x01", "[truce]"])
def test_a_broken_header_of_a_truce_is_read_as_one(read, header):
    text = TEXT.format("", "")
    start = text.index("[[truce]]", 30)
    found = broken(read(text[:start] + header + text[start + len("[[truce]]") :]))
    assert [(problem.line, problem.code) for problem in found.problems] == [(9, "syntax")]
    assert expiry(found.truce).at.isoformat() == "2016-05-03T22:00:00+00:00"


def test_a_broken_end_is_no_end(read):
    text = TEXT.format("ends = 2016-05-01T01:00:00", "").split("  [[truce.extension]]")[0]
    register = read(text)
    found = register.truces[1]
    assert found.truce is None
    assert [(problem.line, problem.code) for problem in found.problems] == [(15, "syntax")]


def test_each_broken_line_is_told(read):
    found = broken(read(TEXT.format("note = x\nnonsense\narea = z", "")))
    assert [problem.line for problem in found.problems] == [15, 16, 17]
    assert len(found.truce.left_out) == 3


def test_a_broken_id_is_still_known(read):
    text = TEXT.format("", "").replace('id = "broken"', "id = broken")
    assert [problem.line for problem in broken(read(text)).problems] == [10]


def test_mistakes_before_the_first_truce_cost_no_truce(read):
    register = read("nonsense\n" + TEXT.format("", "").replace('by = "24"', 'by = "24h"'))
    assert [(problem.line, problem.truce) for problem in register.problems] == [(1, None)]
    assert [truce.truce is None for truce in register.truces] == [False] * 3


def test_what_only_the_whole_file_forbids_is_told(read):
    register = read("truce = []\n" + TEXT.format("", "").replace('by = "24"', 'by = "24h"'))
    assert [problem.code for problem in register.problems] == ["syntax"]
    assert len(register.truces) == 3


def test_windows_line_ends_change_nothing(read):
    register = read(TEXT.format("nonsense", "").replace("\n", "\r\n"))
    assert [problem.line for problem in broken(register).problems] == [15]


def test_what_is_broken_all_over_is_given_up_and_still_named(read):
    lines = "\n".join("nonsense" for _ in range(3 * MISTAKES_AT_MOST))
    found = broken(read(TEXT.format(lines, "")))
    assert found.truce is None
    assert {problem.code for problem in found.problems} == {"syntax"}
    assert len(found.problems) <= MISTAKES_AT_MOST + 1


def test_a_sound_text_is_one_document_with_the_lines_of_the_file():
    (document,) = documents("truces/a.toml", TEXT.format("", ""))
    assert document.mistakes == ()
    assert document.truce_line(2) == document.line(("truce", 2)) == 24
