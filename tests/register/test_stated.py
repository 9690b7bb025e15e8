"""A duration or another end that was stated beside an end: compared with it, and never taken for it."""

import pytest

from alertd.errors import Level

HEAD = """\
[[truce]]
id = "homs"
title = "Truce of Homs"
zone = "Asia/Damascus"
announced = 2016-02-27T00:00:00
starts = 2016-02-27T00:00:00
"""
DATED = HEAD + "ends = 2016-03-05\n"
TIMED = HEAD + "ends = 2016-03-05T12:00:00\n"
OPEN = HEAD + "open = true\n"

FROM_ELSEWHERE = ", or it counts from another moment: write that as `from`"


def record(*lines, kind="extension"):
    return "\n".join((f"[[truce.{kind}]]", "announced = 2016-03-04T12:00:00", *lines, ""))


@pytest.mark.parametrize("kind", ["extension", "claim"])
@pytest.mark.parametrize(
    ("head", "lines", "told"),
    [
        (
            DATED,
            ['until = "5 May 2016"', 'stated_duration = "60d"'],
            (
                "Sat 5 Mar to Thu 5 May is 61 d, stated 60d: `until` or `stated_duration` is wrong" + FROM_ELSEWHERE,
                ["2016-05-04", "2016-05-05"],
            ),
        ),
        (
            DATED,
            ['by = "60d"', 'stated_until = "5 May 2016"'],
            ("ends Wed 4 May, stated Thu 5 May: `by` or `stated_until` is wrong", ["2016-05-04", "2016-05-05"]),
        ),
        (
            TIMED,
            ['until = "1200 Thu 5 May"', 'stated_duration = "60d"'],
            (
                "1200 Sat 5 Mar to 1200 Thu 5 May is 60 d 23 h, by the clock 61 d, stated 60d: "
                "`until` or `stated_duration` is wrong" + FROM_ELSEWHERE,
                ["2016-05-04T12:00:00+03:00", "2016-05-05T12:00:00+03:00"],
            ),
        ),
        (
            TIMED,
            ["until = 2016-03-08", 'stated_duration = "48h"'],
            (
                "1200 Sat 5 Mar to Tue 8 Mar is 60 h to 3 d 12 h, stated 48 h: `until` or `stated_duration` is wrong"
                + FROM_ELSEWHERE,
                ["2016-03-07T12:00:00+02:00", "2016-03-08"],
            ),
        ),
        (
            TIMED,
            ['until = "2359 Mon 7 Mar"', 'stated_until = "0000 Mon 7 Mar"'],
            (
                "ends 2359 Mon 7 Mar, stated 0000 Mon 7 Mar: `until` or `stated_until` is wrong",
                ["2016-03-07T00:00:00+02:00", "2016-03-07T23:59:00+02:00"],
            ),
        ),
        (
            OPEN,
            ['until = "1200 Mon 7 Mar"', 'stated_duration = "48h"'],
            (
                "1200 Fri 4 Mar to 1200 Mon 7 Mar is 72 h, stated 48 h: `until` or `stated_duration` is wrong"
                + FROM_ELSEWHERE,
                ["2016-03-06T12:00:00+02:00", "2016-03-07T12:00:00+02:00"],
            ),
        ),
        (
            TIMED,
            ["from = 2016-03-06T12:00:00", 'until = "1200 Mon 7 Mar"', 'stated_duration = "48h"'],
            (
                "1200 Sun 6 Mar to 1200 Mon 7 Mar is 24 h, stated 48 h: `until` or `stated_duration` is wrong"
                + FROM_ELSEWHERE,
                ["2016-03-07T12:00:00+02:00", "2016-03-08T12:00:00+02:00"],
            ),
        ),
    ],
)
def test_what_is_stated_beside_the_end_of_a_record_and_differs_is_told_with_both_ends(read, kind, head, lines, told):
    register = read(head + record(*lines, kind=kind))
    (problem,) = register.problems
    assert (problem.code.value, problem.level, problem.line) == ("mismatch", Level.WARNING, 9 + len(lines))
    assert (problem.message, [reading.write for reading in problem.readings]) == told
    assert len(register.truces[0].truce.records) == 1


@pytest.mark.parametrize("key", ['stated_duration = "48h"', "stated_until = 2016-04-01"])
@pytest.mark.parametrize(("kind", "end"), [("extension", "open = true"), ("claim", 'until_condition = "talks fail"')])
def test_what_is_stated_beside_no_end_in_time_is_told(read, kind, end, key):
    (problem,) = read(TIMED + record(end, key, kind=kind)).problems
    what = "a duration" if "duration" in key else "an end"
    assert problem.message == f"{what} is stated, yet the {kind} has no end in time"


@pytest.mark.parametrize(
    ("head", "lines"),
    [
        (DATED, ['until = "4 May 2016"', 'stated_duration = "60d"']),
        (DATED, ["until = 2016-05-04T18:00:00", 'stated_until = "4 May 2016"']),
        (DATED, ['until = "2400 Wed 4 May 2016"', 'stated_until = "4 May 2016"']),
        (DATED, ['until = "4 May 2016"', "stated_until = 2016-05-04T18:00:00", 'stated_duration = "60d"']),
        (TIMED, ['until = "4 May 2016"', 'stated_duration = "60d"']),
        (TIMED, ['by = "60d"', 'stated_until = "4 May 2016"', 'stated_duration = "60d"']),
        (TIMED, ["from = 2016-03-06T12:00:00", 'until = "1200 Tue 8 Mar"', 'stated_duration = "48h"']),
        (OPEN, ['until = "1200 Sun 6 Mar"', 'stated_duration = "48h"']),
    ],
)
def test_what_is_stated_and_agrees_is_silent(read, head, lines):
    assert read(head + record(*lines)).problems == ()


def test_a_later_record_counts_from_the_extension_before_it(read):
    later = record('until = "1200 Wed 9 Mar"', 'stated_duration = "24h"').replace("03-04", "03-07")
    first = record('until = "1200 Tue 8 Mar"')
    assert read(TIMED + first + later).problems == ()
    (problem,) = read(TIMED + later).problems
    assert problem.message.startswith("1200 Sat 5 Mar to 1200 Wed 9 Mar is 4 d, stated 24 h:")


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ('stated_duration = "two months"', "bad_duration"),
        ("stated_duration = 60", "bad_duration"),
        ('stated_until = "in spring"', "bad_time"),
        ("stated_until = true", "bad_time"),
    ],
)
def test_what_is_stated_and_cannot_be_read_costs_nothing(read, key, code):
    register = read(TIMED + record("until = 2016-03-08T12:00:00", key))
    (problem,) = register.problems
    assert (problem.code.value, problem.level, problem.line) == (code, Level.WARNING, 11)
    (found,) = register.truces
    assert (found.has_error, found.truce.left_out, len(found.truce.records)) == (False, (), 1)


def test_a_mistake_of_recording_is_compared_with_nothing(read):
    lines = ['until = "1200 Thu 5 May"', 'stated_duration = "60d"', "stated_until = 2016-05-04"]
    assert len(read(TIMED + record(*lines)).problems) == 2
    assert read(TIMED + record(*lines, "void = true")).problems == ()


def test_a_duration_beside_an_end_whose_base_cannot_be_read_is_not_judged(read):
    lost = record('until = "perhaps"').replace("03-04", "03-03")
    register = read(TIMED + lost + record('until = "1200 Thu 5 May"', 'stated_duration = "60d"'))
    assert [problem.code.value for problem in register.problems] == ["bad_time"]
