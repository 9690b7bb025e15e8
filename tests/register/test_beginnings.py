"""A start that is open in a truce file, and the records that it has begun: as known when, and what is wrong."""

from datetime import UTC, datetime

import pytest

from alertd.domain.change import changes, takes_away
from alertd.domain.known import as_known
from alertd.errors import Code
from alertd.times.end import NEVER, EndKind

GAZA = """\
[[truce]]
id = "gaza"
title = "Ceasefire"
zone = "Asia/Gaza"
announced = 2025-01-18T10:00:00
starts_condition = "once both lists are exchanged"
"""
BEGUN = """
[[truce.begun]]
announced = 2025-01-19T11:20:00
at = 2025-01-19T11:15:00
"""
MILESTONES = """
[[truce.milestone]]
id = "release"
what = "release of all"
after = "72h"

[[truce.milestone]]
id = "list"
what = "list"
after = "24h"
from = "release"

[[truce.milestone]]
id = "fixed"
what = "fixed"
at = 2025-01-20T12:00:00
"""
NOW = datetime(2025, 2, 1, tzinfo=UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def known(read, text, at, **how):
    register = read(text, now=NOW)
    assert register.problems == ()
    return as_known(register.truces[0].truce, utc(at), **how)


@pytest.mark.parametrize("future_counts", [False, True])
def test_before_it_has_begun_nothing_that_counts_from_its_start_has_a_moment(read, future_counts):
    truce = known(read, f'{GAZA}lasts = "42d"\n{MILESTONES}', "2025-01-19T09:19", future_counts=future_counts)
    assert truce.starts == NEVER
    assert (truce.first_end.kind, truce.first_end.condition) == (EndKind.CONDITIONAL, "42d after the start")
    assert [(each.id, each.has_moment, each.waits_for) for each in truce.milestones] == [
        ("release", False, "72h after the start"),
        ("list", False, "24h after release"),
        ("fixed", True, None),
    ]


def test_it_has_begun_as_soon_as_that_is_known_and_not_before(read):
    text = f'{GAZA}lasts = "42d"\n{MILESTONES}{BEGUN}'
    before = known(read, text, "2025-01-19T09:19")
    assert (before.starts, before.first_end.at, before.milestones[0].has_moment) == (NEVER, None, False)
    after = known(read, text, "2025-01-19T09:20")
    assert (after.starts, after.first_end.at) == (utc("2025-01-19T09:15"), utc("2025-03-02T09:15"))
    assert [each.at for each in after.milestones][:2] == [utc("2025-01-22T09:15"), utc("2025-01-23T09:15")]
    assert as_known(after, utc("2025-01-19T09:19")) == before, "what is known can be cut down again"


def test_a_mistake_counts_as_never_made_from_its_moment_on_and_the_last_record_counts(read):
    void = 'void = 2025-01-19T11:30:00\nvoid_reason = "not yet"\n'
    again = BEGUN.replace("11:20", "15:00").replace("11:15", "14:00")
    text = f"{GAZA}open = true\n{BEGUN}{void}{again}"
    starts = {at: known(read, text, at).starts for at in ("2025-01-19T09:29", "2025-01-19T09:30", "2025-01-19T13:00")}
    assert list(starts.values()) == [utc("2025-01-19T09:15"), NEVER, utc("2025-01-19T12:00")]


def test_without_announced_it_is_known_as_it_begins(read):
    text = f"{GAZA}open = true\n{BEGUN.replace('announced = 2025-01-19T11:20:00', '')}"
    assert known(read, text, "2025-01-19T09:14").starts == NEVER
    assert known(read, text, "2025-01-19T09:15").starts == utc("2025-01-19T09:15")


@pytest.mark.parametrize(
    ("text", "line", "code", "says"),
    [
        (GAZA + "starts = 2025-01-19T08:30:00\nopen = true\n", 6, Code.TWO_ENDS, "keep one of them"),
        (GAZA.replace("starts_cond", "until_cond") + BEGUN, 8, Code.UNKNOWN_KEY, "write the moment as `starts`"),
        (GAZA.replace("announced = 2025-01-18T10:00:00", "") + "open = true\n", 1, Code.MISSING, "needs `announced`"),
        (GAZA + "open = true\n" + BEGUN.replace("at = 2025-01-19T11:15:00", ""), 9, Code.MISSING, "needs `at`"),
        (GAZA + "ends = 2025-01-19T11:00:00\n" + BEGUN, 11, Code.ORDER, "is not before the end of the truce"),
        (GAZA + 'lasts = "soon"\n', 7, Code.BAD_DURATION, "duration"),
        (GAZA + "open = true\n" + BEGUN.replace("[[truce.begun]]", "[truce.begun]"), 9, Code.SYNTAX, "two brackets"),
    ],
)
def test_a_mistake_names_its_line_and_what_to_write(read, text, line, code, says):
    problems = read(text, now=NOW).problems
    assert [(problem.line, problem.code) for problem in problems if says in problem.message] == [(line, code)]
    assert len(problems) <= 2


def test_a_start_that_cannot_be_read_is_left_out_and_the_truce_still_waits(read):
    truce = read(f"{GAZA}open = true\n{BEGUN.replace('2025-01-19T11:15:00', 'false')}", now=NOW).truces[0].truce
    assert truce.starts == NEVER
    assert any("the start" in sentence for sentence in truce.left_out)


def test_a_condition_beside_the_hours_of_a_daily_pause_is_one_start_too_many(read):
    text = f'{GAZA}daily = "1000-2000"\nstarts = 2025-01-20\nends = 2025-01-30\n'
    (problem,) = read(text, now=NOW).problems
    assert (problem.code, problem.line) == (Code.TWO_ENDS, 6)


def test_a_record_that_is_gone_may_be_half_written_and_one_that_is_marked_is_not(read):
    void = "void = 2025-01-19T11:30:00\n"
    forms = {
        name: known(read, f"{GAZA}open = true\n{more}", "2025-01-20T00:00")
        for name, more in {"none": "", "begun": BEGUN, "void": BEGUN + void}.items()
    }
    assert takes_away(forms["begun"], forms["none"])
    assert takes_away(forms["void"], forms["begun"])
    assert not takes_away(forms["begun"], forms["void"])
    (change,) = changes(forms["begun"], forms["none"])
    assert change.reason == "the record of its start was taken out of the register"
