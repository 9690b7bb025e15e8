"""`void`, the mark of a record that was a mistake, as a truce file has it."""

import pytest
from factories import moment

from alertd.domain.known import as_known
from alertd.domain.truce import expiry

HEAD = """\
[[truce]]
id = "a"
title = "A"
zone = "UTC"
announced = 2023-10-20T12:00:00
starts = 2023-10-21T01:00:00
ends = 2023-10-27T01:00:00
"""
BY = '[[truce.extension]]\nannounced = 2023-10-{day}T12:00:00\nby = "24h"\n'


def expiry_at(register, at):
    (read,) = register.truces
    known = as_known(read.truce, moment(at))
    return expiry(known).at


def test_the_mark_is_read_with_its_reason_and_who_made_it(read):
    lines = 'void = 2023-10-25T12:00:00\nvoid_reason = "wrong truce"\nvoid_by = "Anna"\nvoid_source = "a call"\n'
    register = read(HEAD + BY.format(day=24) + lines)
    ((record,),) = (truce.truce.records for truce in register.truces)
    assert register.problems == ()
    assert (record.void.at, record.void.reason) == (moment("2023-10-25T12:00"), "wrong truce")
    assert (record.void.by, record.void.sources) == ("Anna", ("a call",))


@pytest.mark.parametrize(("written", "at"), [("true", "2023-10-24T12:00"), ("2023-10-24T11:00:00", "2023-10-24T12:00")])
def test_a_mark_without_a_later_time_counts_from_the_announcement(read, written, at):
    (truce,) = read(HEAD + BY.format(day=24) + f"void = {written}\n").truces
    assert truce.truce.records[0].void.at == moment(at)


def test_no_mark_is_made_by_false(read):
    (truce,) = read(HEAD + BY.format(day=24) + "void = false\n").truces
    assert truce.truce.records[0].void is None


def test_a_duration_never_counts_from_a_mistake_once_it_is_marked_and_did_until_then(read):
    """The same extension typed twice: the first of the two is marked, and the second counts from the end before."""
    register = read(HEAD + BY.format(day=24) + "void = 2023-10-25T13:00:00\n" + BY.format(day=25))
    assert expiry_at(register, "2023-10-24T13:00") == moment("2023-10-28T01:00")
    assert expiry_at(register, "2023-10-25T12:30") == moment("2023-10-29T01:00")
    assert expiry_at(register, "2023-10-25T13:00") == moment("2023-10-28T01:00")


def test_of_several_marks_each_counts_from_its_own_moment_on(read):
    register = read(
        HEAD
        + BY.format(day=22)
        + "void = 2023-10-25T13:00:00\n"
        + BY.format(day=23)
        + "void = 2023-10-25T14:00:00\n"
        + BY.format(day=24)
    )
    assert expiry_at(register, "2023-10-25T12:00") == moment("2023-10-30T01:00")
    assert expiry_at(register, "2023-10-25T13:30") == moment("2023-10-29T01:00")
    assert expiry_at(register, "2023-10-25T14:00") == moment("2023-10-28T01:00")


def test_what_cannot_be_counted_from_a_mistake_is_no_problem_once_it_is_marked(read):
    """An open end has nothing to count from, as long as it stands."""
    mistake = "[[truce.extension]]\nannounced = 2023-10-23T12:00:00\nopen = true\nvoid = 2023-10-25T13:00:00\n"
    register = read(HEAD + mistake + BY.format(day=24))
    assert register.problems == ()
    assert expiry_at(register, "2023-10-25T13:00") == moment("2023-10-28T01:00")


def test_a_mistake_does_not_stand_in_for_an_end_that_cannot_be_read(read):
    broken = HEAD.replace("ends = 2023-10-27T01:00:00", 'ends = "soon"')
    (truce,) = read(
        broken + BY.format(day=24).replace('by = "24h"', "until = 2023-10-28T01:00:00") + "void = true\n"
    ).truces
    assert truce.truce is None


def test_a_mark_that_cannot_be_read_is_told(read):
    register = read(HEAD + BY.format(day=24) + 'void = "yes"\n')
    assert [(problem.line, problem.code) for problem in register.problems] == [(11, "bad_time")]


def test_a_termination_can_be_a_mistake_too(read):
    (truce,) = read(HEAD + "[[truce.termination]]\nat = 2023-10-26T01:00:00\nvoid = true\n").truces
    assert expiry_at(read(), "2023-10-26T02:00") == moment("2023-10-27T01:00")
    assert as_known(truce.truce, moment("2023-10-26T02:00")).terminations == ()
