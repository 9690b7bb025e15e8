"""`checked` and `closed` of a truce file: a time, a table, or a list of these, and what is wrong with one."""

from datetime import UTC, datetime, timedelta

import pytest

from alertd.domain.statement import DeskAct
from alertd.errors import Code, Level

TRUCE = """\
[[truce]]
id = "ghouta"
title = "Regime of calm"
zone = "Asia/Damascus"
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
"""


SIGNED_TABLE = """\
  [[truce.{key}]]
  at = 2016-05-01T09:00:00
  by = "Ana"
  source = ["call", "https://example.org"]
"""

INSTEAD = "if it ended early, write [[truce.termination]]"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


FIRST = DeskAct(at=utc("2016-05-01T06:00"))
SECOND = DeskAct(at=utc("2016-05-02T06:00"))
SIGNED = DeskAct(at=utc("2016-05-01T06:00"), by="Ana", sources=("call", "https://example.org"))


@pytest.mark.parametrize("key", ["checked", "closed"])
@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{key} = 2016-05-01T09:00:00", (FIRST,)),
        ('{key} = "0900 Sun 1 May 2016"', (FIRST,)),
        ("{key} = [2016-05-02T09:00:00, 2016-05-01T09:00:00]", (FIRST, SECOND)),
        ('{key} = {{ at = 2016-05-01T06:00:00Z, by = "Ana", source = ["call", "https://example.org"] }}', (SIGNED,)),
        ("{key} = [2016-05-01T09:00:00, {{ at = 2016-05-02T09:00:00 }}]", (FIRST, SECOND)),
        (
            SIGNED_TABLE + "  [[truce.{key}]]\n  at = 2016-05-02T09:00:00\n",
            (SIGNED, SECOND),
        ),
        ("{key} = []", ()),
    ],
)
def test_every_way_to_write_what_the_desk_did(read, key, written, expected):
    register = read(TRUCE + written.format(key=key))
    assert register.problems == ()
    assert getattr(register.truces[0].truce, key) == expected


def test_a_truce_has_its_own_time_between_questions(read):
    truce = read(f'{TRUCE}unresolved_every = "12h"\nunresolved_for = "2d"\n').truces[0].truce
    assert (truce.unresolved_every, truce.unresolved_for) == (timedelta(hours=12), timedelta(days=2))


@pytest.mark.parametrize(
    ("written", "code", "line", "message"),
    [
        ('checked = "noon"', Code.BAD_TIME, 8, None),
        ('checked = [\n  2016-05-01T09:00:00,\n  "0900",\n]', Code.BAD_TIME, 10, None),
        ("[[truce.checked]]\nby = 'Ana'", Code.MISSING, 8, "an entry of `checked` needs `at`, its time"),
        ("[[truce.closed]]\nat = 2016-05-01T09:00:00\nwho = 'Ana'", Code.UNKNOWN_KEY, 10, None),
        ("closed = true", Code.BAD_TIME, 8, None),
        ('unresolved_every = "0h"', Code.BAD_DURATION, 8, None),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line_and_the_truce_stays_watched(read, written, code, line, message):
    register = read(TRUCE + written)
    (problem,) = register.problems
    assert (problem.level, problem.code, problem.line) == (Level.ERROR, code, line)
    assert message is None or problem.message == message
    assert register.truces[0].truce is not None
    assert len(register.truces[0].truce.left_out) == int(code is not Code.UNKNOWN_KEY)


def test_one_bad_time_leaves_the_others_of_its_list(read):
    truce = read(f'{TRUCE}checked = [2016-05-01T09:00:00, "0900"]\n').truces[0].truce
    assert truce.checked == (FIRST,)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("checked = 2030-05-01T09:00:00", "`checked` lies in the future: is its date right?"),
        (
            "checked = 2015-05-01T09:00:00",
            "`checked` lies before the announcement, and does nothing: is its date right?",
        ),
        (
            "closed = [2016-05-01T00:59:59]",
            "`closed` does nothing, as the truce was not over then: close it after its end; " + INSTEAD,
        ),
    ],
)
def test_what_does_nothing_where_it_stands_is_a_warning(read, written, message):
    (problem,) = read(TRUCE + written).problems
    assert (problem.level, problem.code, problem.line, problem.message) == (Level.WARNING, Code.ORDER, 8, message)


def test_a_closing_beside_a_later_extension_is_what_it_was(read):
    """The truce had lapsed by then, so the closing is history and no mistake."""
    extension = "[[truce.extension]]\nannounced = 2016-05-03T12:00:00\nuntil = 2016-05-05T01:00:00\n"
    assert read(f"{TRUCE}closed = 2016-05-01T09:00:00\n{extension}").problems == ()


def test_a_table_of_a_truce_that_stands_outside_one_is_told_how_to_be_written(read):
    (problem,) = read(f"{TRUCE}[[closed]]\nat = 2016-05-01T09:00:00\n").problems
    assert problem.message == "`closed` belongs to a truce: write [[truce.closed]]"


def test_a_broken_table_of_the_desk_loses_no_extension(read):
    """It cannot have moved the end, so a `by` after it still has its base."""
    broken = "[[truce.checked]]\nat = = 2016\n"
    extension = '[[truce.extension]]\nannounced = 2016-05-03T12:00:00\nby = "24h"\n'
    truce = read(f"{TRUCE}{broken}{extension}").truces[0].truce
    assert len(truce.records) == 1
