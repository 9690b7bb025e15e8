"""The milestones of a truce file: their moments, what became of them, and what is wrong with one."""

from datetime import UTC, datetime, timedelta

import pytest

from alertd.domain.milestone import MilestoneState
from alertd.errors import Code, Level

GAZA = """\
[[truce]]
id = "gaza"
title = "Ceasefire"
zone = "Asia/Gaza"
announced = 2025-10-09T08:00:00
starts = 2025-10-10T12:00:00
ends = 2025-10-20T12:00:00
milestone_lead_times = ["2h", "0"]
"""

AFTER = datetime(2025, 11, 1, tzinfo=UTC)


def milestone(**keys: str) -> str:
    """A table with these keys; each value is TOML, and `base` is the key `from`."""
    lines = [f"{'from' if key == 'base' else key} = {value}" for key, value in keys.items()]
    return "\n".join(["[[truce.milestone]]", *lines, ""])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


RELEASE = milestone(id='"release"', what='"release of all"', after='"72h"')


def test_a_milestone_has_its_moment_in_the_zone_of_the_truce_or_counted_from_the_start_or_another(read):
    register = read(
        GAZA
        + milestone(id='"list"', what='"lists exchanged"', after='"6h"', base='"release"')
        + RELEASE
        + milestone(id='"line"', what='"withdrawal"', by='"IDF"', at="2025-10-10T14:00:00", source='"x"'),
        now=AFTER,
    )
    assert register.problems == ()
    truce = register.truces[0].truce
    assert [(each.id, each.at) for each in truce.milestones] == [
        ("list", utc("2025-10-13T15:00")),
        ("release", utc("2025-10-13T09:00")),
        ("line", utc("2025-10-10T11:00")),
    ]
    assert truce.milestones[2].by == "IDF"
    assert truce.milestones[2].announced == truce.announced
    assert truce.milestone_lead_times == (timedelta(hours=2), timedelta())


def test_a_milestone_that_hangs_on_a_start_moves_with_it(read):
    moved = GAZA.replace("2025-10-10T12:00:00", "2025-10-10T14:00:00")
    truce = read(moved + RELEASE + milestone(id='"x"', what='"x"', after='"1d"', base='"release"')).truces[0].truce
    assert [each.at for each in truce.milestones] == [utc("2025-10-13T11:00"), utc("2025-10-14T11:00")]


def test_what_became_of_a_milestone_is_read(read):
    met = milestone(id='"a"', what='"a"', at="2025-10-11T12:00:00", met="2025-10-11T13:00:00")
    late = milestone(
        id='"b"', what='"b"', at="2025-10-11T12:00:00", missed="2025-10-11T12:00:00", met="2025-10-12T12:00:00"
    )
    missed = milestone(id='"c"', what='"c"', at="2025-10-11T12:00:00", missed="2025-10-11T12:00:00")
    register = read(GAZA + met + late + missed + RELEASE, now=AFTER)
    assert register.problems == ()
    assert [each.state for each in register.truces[0].truce.milestones] == [
        MilestoneState.MET,
        MilestoneState.MET,
        MilestoneState.MISSED,
        MilestoneState.OPEN,
    ]


NAMED = {"id": '"m"', "what": '"m"'}
AT = {**NAMED, "at": "2025-10-11T12:00:00"}


@pytest.mark.parametrize(
    ("written", "code", "line", "message"),
    [
        (
            milestone(**NAMED),
            Code.MISSING,
            9,
            'a milestone needs `at`, its moment, or `after`, such as "72h" from the start',
        ),
        (milestone(**AT, after='"72h"'), Code.TWO_ENDS, 13, "`after` stands beside `at`: keep one of them"),
        (
            milestone(id='"m"', at="2025-10-11T12:00:00"),
            Code.MISSING,
            9,
            "a milestone needs `what`, the obligation in a few words",
        ),
        (milestone(what='"m"', after='"1h"'), Code.MISSING, 9, "a milestone needs an `id`, such as `withdrawal`"),
        (milestone(id='"start"', what='"m"', after='"1h"'), Code.SYNTAX, 10, None),
        (
            milestone(**NAMED, at="2025-10-10T11:59:00"),
            Code.ORDER,
            12,
            "`at` leads to a moment before the start of the truce",
        ),
        (
            milestone(**AT, met="2025-10-09T07:00:00"),
            Code.ORDER,
            13,
            "`met` lies before the milestone was announced: mend the one or the other",
        ),
        (
            milestone(**NAMED, after='"1h"', base='"m"'),
            Code.ORDER,
            13,
            '`from` counts from itself: write "start", or give one of them `at`',
        ),
        (
            milestone(**NAMED, after='"1h"', base='"x"'),
            Code.MISSING,
            13,
            '`from` names no milestone of this truce: write "start"',
        ),
        (milestone(**NAMED, after='"soon"'), Code.BAD_DURATION, 12, None),
        (milestone(**NAMED, at="2025-10-11"), Code.BAD_TIME, 12, None),
        (milestone(**NAMED, at='"noon"'), Code.BAD_TIME, 12, None),
        (milestone(**NAMED, at="2027-03-27T02:30:00"), Code.GAP, 12, None),
        (milestone(**AT, who='"x"'), Code.UNKNOWN_KEY, 13, None),
        (
            milestone(**AT).replace("[[truce.milestone]]", "[truce.milestone]"),
            Code.SYNTAX,
            9,
            "write [[truce.milestone]], with two brackets: there may be several",
        ),
    ],
)
def test_what_cannot_be_right_is_told_at_its_line_with_what_to_write(read, written, code, line, message):
    register = read(GAZA.replace("2025-10-20T12:00:00", "2027-10-20T12:00:00") + written, now=AFTER)
    (problem,) = register.problems
    assert (problem.code, problem.line, problem.level) == (code, line, Level.ERROR)
    assert message in (None, problem.message)
    assert register.truces[0].truce is not None, "the truce itself stays watched"


def test_of_two_milestones_with_one_id_the_second_is_refused(read):
    register = read(GAZA + RELEASE + RELEASE, now=AFTER)
    (problem,) = register.problems
    assert (problem.code, problem.line) == (Code.DUPLICATE_ID, 14)
    assert len(register.truces[0].truce.milestones) == 1


def test_milestones_in_a_circle_are_each_refused_and_the_rest_is_read(read):
    circle = milestone(id='"a"', what='"a"', after='"1h"', base='"b"') + milestone(
        id='"b"', what='"b"', after='"1h"', base='"a"'
    )
    register = read(GAZA + circle + RELEASE, now=AFTER)
    assert {problem.line for problem in register.problems} == {13, 18}
    assert [each.id for each in register.truces[0].truce.milestones] == ["release"]
    assert len(register.truces[0].truce.left_out) == 2


def test_nothing_counts_from_a_start_that_has_no_moment(read):
    register = read(GAZA.replace("starts = 2025-10-10T12:00:00", 'starts = "noon"') + RELEASE, now=AFTER)
    assert [(problem.line, problem.code) for problem in register.problems] == [
        (6, Code.BAD_TIME),
        (12, Code.BAD_DURATION),
    ]


@pytest.mark.parametrize(
    ("written", "code", "line"),
    [
        (milestone(**NAMED, at="2025-10-21T12:00:00"), Code.ORDER, 12),
        (milestone(**NAMED, after='"11d"'), Code.ORDER, 12),
        (milestone(**AT, met="2025-12-01T12:00:00"), Code.ORDER, 13),
        (milestone(**AT, base='"start"'), Code.UNKNOWN_KEY, 13),
    ],
)
def test_what_is_doubtful_is_a_warning_and_the_milestone_counts(read, written, code, line):
    register = read(GAZA + written, now=AFTER)
    (problem,) = register.problems
    assert (problem.code, problem.line, problem.level) == (code, line, Level.WARNING)
    assert len(register.truces[0].truce.milestones) == 1


def test_an_hour_that_comes_twice_counts_from_the_earlier_one(read):
    text = GAZA.replace("2025-10-20T12:00:00", "2025-10-30T12:00:00") + milestone(**NAMED, at="2025-10-25T01:30:00")
    register = read(text, now=AFTER)
    (problem,) = register.problems
    assert (problem.code, problem.line, problem.level) == (Code.OVERLAP, 12, Level.WARNING)
    assert register.truces[0].truce.milestones[0].at == utc("2025-10-24T22:30")


def test_a_line_of_a_milestone_that_toml_cannot_read_leaves_the_end_as_it_is(read):
    register = read(GAZA + '[[truce.milestone]]\nid = "m\n', now=AFTER)
    truce = register.truces[0].truce
    assert truce.first_end.at == utc("2025-10-20T09:00")
    assert any("line 10" in sentence for sentence in truce.left_out)
