"""An announcement that cannot be right beside the others is questioned, and its record counts all the same."""

import pytest

from alertd.domain.truce import expiry
from alertd.errors import Level

HEAD = """\
[[truce]]
id = "a"
title = "A"
zone = "Asia/Damascus"
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
"""
"""Seven lines; each record below has four, its `announced` in the second of them."""


def records(kind: str, *announced: str) -> str:
    end = "at = 2016-05-08T01:00:00" if kind == "termination" else "until = 2016-05-09T01:00:00"
    return "".join(f"[[truce.{kind}]]\nannounced = {each}\n{end}\n\n" for each in announced)


@pytest.mark.parametrize("kind", ["extension", "claim", "termination"])
@pytest.mark.parametrize(
    ("announced", "lines"),
    [
        (["2016-05-01T12:00:00", "2016-05-02T12:00:00"], {}),
        (["2016-05-01T12:00:00", "2016-05-01T12:00:00"], {}),
        (["2016-04-29T18:00:00"], {}),
        (["2015-05-01T12:00:00"], {9: "lies before that of the truce, 1800 Fri 29 Apr 2016"}),
        (["2016-05-01T12:00:00", "2015-05-01T12:00:00"], {13: "lies before that of the truce, 1800 Fri 29 Apr 2016"}),
        (
            ["2016-05-02T12:00:00", "2016-05-01T12:00:00"],
            {13: "lies before that of the {kind} above it, 1200 Mon 2 May 2016"},
        ),
        (
            ["2016-05-02T12:00:00", "2017-05-03T12:00:00", "2016-05-04T12:00:00"],
            {13: "lies after that of the {kind} below it, 1200 Wed 4 May 2016"},
        ),
        (
            ["2016-05-03T12:00:00", "2016-05-02T12:00:00", "2016-05-04T12:00:00"],
            {13: "lies before that of the {kind} above it, 1200 Tue 3 May 2016"},
        ),
    ],
)
def test_an_announcement_out_of_order_is_a_warning_at_its_line(read, kind, announced, lines):
    register = read(HEAD + records(kind, *announced))
    expected = {line: f"`announced` {what.format(kind=kind)}: is its date right?" for line, what in lines.items()}
    assert {problem.line: problem.message for problem in register.problems} == expected
    assert {(problem.level, problem.code.value, problem.truce) for problem in register.problems} <= {
        (Level.WARNING, "order", "a")
    }


def test_a_record_that_is_questioned_counts(read):
    (listed,) = read(HEAD + records("extension", "2015-05-01T12:00:00")).truces
    assert expiry(listed.truce).at.isoformat() == "2016-05-08T22:00:00+00:00"


def test_a_single_termination_is_questioned_too(read):
    (problem,) = read(HEAD + "[truce.termination]\nannounced = 2015-05-01\nat = 2016-04-30T12:00:00\n").problems
    assert (problem.line, problem.code.value) == (9, "order")


def test_what_is_marked_as_a_mistake_is_no_longer_questioned(read):
    assert read(HEAD + records("extension", "2015-05-01T12:00:00").rstrip() + "\nvoid = 2016-05-01\n").problems == ()


def test_extensions_and_claims_may_stand_in_any_order_to_each_other(read):
    text = records("extension", "2016-05-03T12:00:00") + records("claim", "2016-05-01T12:00:00")
    assert read(HEAD + text).problems == ()
