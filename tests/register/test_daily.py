"""A daily pause in a truce file: its hours, its last day, changes of both, and each mistake with what to write."""

from datetime import UTC, datetime

import pytest

from alertd.domain.known import as_known
from alertd.domain.pause import windows
from alertd.domain.truce import State, TruceStatus, begins, expiry, pause_of
from alertd.errors import Code, Level
from alertd.times.end import EndKind

PAUSE = """\
[[truce]]
id = "gaza-routes"
title = "Humanitarian routes"
zone = "Asia/Gaza"
announced = 2025-07-26T20:00:00
daily = "1000-2000"
starts = 2025-07-27
ends = 2025-08-10
"""


@pytest.fixture
def read(read):
    return lambda text: read(text, now=utc("2026-11-29"))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def changed(old, new):
    assert old in PAUSE
    return PAUSE.replace(old, new)


def test_the_end_is_the_last_closing_and_the_start_the_first_opening(read):
    found = read(PAUSE).truces[0].truce
    assert (found.starts, expiry(found).at) == (utc("2025-07-27T07:00"), utc("2025-08-10T17:00"))
    assert expiry(found).kind is EndKind.INSTANT


def test_a_pause_can_be_open_or_end_on_a_condition(read):
    assert expiry(read(changed("ends = 2025-08-10", "open = true")).truces[0].truce).kind is EndKind.OPEN
    until = changed("ends = 2025-08-10", 'until_condition = "the crossing opens"')
    assert expiry(read(until).truces[0].truce).kind is EndKind.CONDITIONAL


def test_hours_weekdays_and_exceptions_are_read(read):
    text = changed('"1000-2000"', '["0600-1000", "22:00-02:00"]') + (
        'days = ["Mon", "tuesday"]\nexcept = [2025-07-28, { date = 2025-07-30, daily = "1200-2400" }]\n'
    )
    found = [
        f"{each.opens:%d %H%M}-{each.closes:%d %H%M}" for each in windows(read(text).truces[0].truce, utc("2025-07-27"))
    ][:3]
    assert found == ["29 0300-29 0700", "29 1900-29 2300", "30 0900-30 2100"]


def test_an_extension_moves_the_last_day_or_changes_the_hours_from_a_day_on(read):
    text = PAUSE + (
        '[[truce.extension]]\nannounced = 2025-08-05T12:00:00\ndaily = "0900-1900"\nfrom = 2025-08-07\n'
        "[[truce.extension]]\nannounced = 2025-08-09T12:00:00\nuntil = 2025-08-12\n"
    )
    found = read(text).truces[0].truce
    ends = [expiry(as_known(found, utc(at))).at for at in ("2025-08-01", "2025-08-06", "2025-08-10")]
    assert ends == [utc("2025-08-10T17:00"), utc("2025-08-10T16:00"), utc("2025-08-12T16:00")]
    hours = [each.opens.hour for each in windows(found, utc("2025-08-06"))]
    assert hours == [7, 6, 6, 6, 6, 6, 6]
    assert not pause_of(as_known(found, utc("2025-08-01"))).changes


def test_other_hours_from_the_first_day_on_move_the_start(read):
    text = PAUSE + (
        "[[truce.extension]]\nannounced = 2025-07-26T21:00:00\nconfirmed = 2025-07-26T23:00:00\n"
        'daily = "0600-1900"\nfrom = 2025-07-27\n'
    )
    found = read(text).truces[0].truce
    before, after = (as_known(found, utc(at)) for at in ("2025-07-26T18:30", "2025-07-26T20:30"))
    assert [begins(before), begins(after)] == [utc("2025-07-27T07:00"), utc("2025-07-27T03:00")]
    at_five = utc("2025-07-27T05:00")
    assert [TruceStatus(known, at_five).state for known in (before, after)] == [State.ANNOUNCED, State.RUNNING]


def test_a_claim_of_another_last_day_is_its_last_closing(read):
    text = PAUSE + '[[truce.claim]]\nannounced = 2025-08-05\nuntil = 2025-08-20\nstated_by = "UN"\n'
    assert read(text).truces[0].truce.records[0].end.at == utc("2025-08-20T17:00")


@pytest.mark.parametrize(
    ("text", "code", "line", "advice"),
    [
        (changed("ends = 2025-08-10", "ends = 2025-07-20"), Code.ORDER, 8, "lies before the first"),
        (changed('"1000-2000"', '["0600-1000", "0900-1200"]'), Code.ORDER, 6, "write them as one"),
        (changed('"1000-2000"', '"1000-1000"'), Code.ORDER, 6, "is empty"),
        (changed('"1000-2000"', '"10 till 20"'), Code.BAD_TIME, 6, 'write hours such as "1000-2000"'),
        (changed('"1000-2000"', "[]"), Code.MISSING, 6, 'write hours such as "1000-2000"'),
        (changed("ends = 2025-08-10", 'lasts = "14d"'), Code.TWO_ENDS, 8, "write `ends` with its date"),
        (changed("starts = 2025-07-27", 'starts = "1000 Sun"'), Code.BAD_TIME, 7, "write `starts` as a date"),
        (changed("ends = 2025-08-10", "ends = 2025-08-10T20:00:00"), Code.BAD_TIME, 8, "write `ends` as a date"),
        (PAUSE + 'days = ["Mo"]\n', Code.WEEKDAY, 9, "Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        (PAUSE + 'except = ["soon"]\n', Code.BAD_TIME, 9, "write `except` as a date"),
        (PAUSE + "except = [{ date = 2025-08-01 }]\n", Code.SYNTAX, 9, "takes dates, or tables"),
        (changed("starts = 2025-07-27\n", ""), Code.MISSING, 1, "needs `starts`"),
    ],
)
def test_a_mistake_is_refused_with_what_to_write_and_the_truce_is_not_watched_by_half(read, text, code, line, advice):
    found = read(text)
    problem = next(problem for problem in found.problems if problem.level is Level.ERROR)
    assert (problem.code, problem.line) == (code, line)
    assert advice in problem.message
    assert found.truces[0].truce is None


@pytest.mark.parametrize(
    ("record", "code", "advice"),
    [
        ('by = "7d"', Code.BAD_TIME, "write `until` with its last day"),
        ('until = "2000 Tue"', Code.BAD_TIME, "write `until` as a date"),
        ('daily = "0900-1900"', Code.MISSING, "from = 2025-08-04"),
        ('daily = "0900"\nfrom = 2025-08-04', Code.BAD_TIME, 'write hours such as "1000-2000"'),
    ],
)
def test_a_mistake_in_an_extension_costs_that_extension_alone(read, record, code, advice):
    found = read(f"{PAUSE}[[truce.extension]]\nannounced = 2025-08-05\n{record}\n")
    assert code in {problem.code for problem in found.problems}
    assert any(advice in problem.message for problem in found.problems)
    assert expiry(found.truces[0].truce).at == utc("2025-08-10T17:00")
    assert found.truces[0].truce.left_out


def test_what_belongs_to_a_daily_pause_needs_its_hours(read):
    plain = changed('daily = "1000-2000"\n', "") + 'days = ["Mon"]\n'
    assert any("write its hours too" in problem.message for problem in read(plain).problems)


def test_an_exception_on_a_day_without_a_window_is_a_warning(read):
    found = read(PAUSE + "except = [2025-09-01, 2025-08-02]\n")
    (problem,) = found.problems
    assert (problem.level, problem.line) == (Level.WARNING, 9)
    assert "no window on Mon 1 Sep 2025" in problem.message
    assert found.truces[0].truce is not None


def test_other_hours_on_such_a_day_are_a_warning_that_says_what_they_bring(read):
    days = 'days = ["Sun"]\nexcept = { date = 2025-07-31, daily = "1200-1600" }\n'
    found = read(PAUSE + days)
    (problem,) = found.problems
    assert problem.level is Level.WARNING
    assert "no window on Thu 31 Jul 2025 but this one, 1200-1600" in problem.message


@pytest.mark.parametrize("hours", ["0230-0430", "0100-0230"])
def test_a_change_of_the_clocks_at_an_hour_of_it_is_a_warning_with_the_dates(read, hours):
    text = PAUSE.replace("Asia/Gaza", "Europe/Berlin").replace("1000-2000", hours).replace("2025-08-10", "2026-11-30")
    (problem,) = read(text).problems
    assert problem.level is Level.WARNING
    assert "on Sun 26 Oct 2025, Sun 29 Mar 2026, Sun 25 Oct 2026:" in problem.message
    assert "write an `except`" in problem.message


def test_no_window_at_all_is_refused(read):
    found = read(changed("ends = 2025-08-10", "ends = 2025-07-27") + 'days = ["Mon"]\n')
    assert "no window" in found.problems[0].message
    assert found.truces[0].truce is None
