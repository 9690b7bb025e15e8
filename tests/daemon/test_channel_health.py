"""The notices that a channel fails, and that it delivers again."""

from alertd.daemon.channel_health import Streak
from alertd.domain.policy import FLAPPING

FLAPPING_SECONDS = FLAPPING.total_seconds()


def told(*sends):
    """The notices after sends, each with its number; a send is its second, and if it was accepted."""
    streak, notices = Streak(), []
    for accepted, ended in sends:
        before, streak = streak, streak.after(accepted=accepted, ended=ended)
        notices.append(None if streak is before else ("fails" if streak.fails else "delivers", streak.number))
    return notices


def test_a_target_that_delivers_is_not_worth_a_word():
    assert told((True, 0), (True, 1)) == [None, None]


def test_a_streak_is_told_when_it_begins_and_when_it_is_over():
    assert told((False, 0), (False, 9), (True, 20), (True, 30)) == [("fails", 1), None, ("delivers", 2), None]


def test_a_target_that_flaps_is_told_to_fail_once_in_a_while():
    sends = (False, 0), (True, 1), (False, 2), (True, 3), (False, FLAPPING_SECONDS)
    assert told(*sends) == [("fails", 1), ("delivers", 2), None, None, ("fails", 3)]


def test_notices_within_one_second_have_numbers_of_their_own():
    first, second = told((False, 0), (True, 0))
    assert first != second
    assert (first[1], second[1]) == (1, 2)


def test_the_streak_of_an_earlier_run_goes_on():
    streak = Streak(fails=True, number=7)
    assert streak.after(accepted=False, ended=0) is streak
    assert streak.after(accepted=True, ended=0) == Streak(fails=False, number=8)


def test_a_failure_after_a_restart_is_told_at_once_however_lately_another_run_told_of_one():
    assert Streak(fails=False, number=7).after(accepted=False, ended=1) == Streak(fails=True, number=8, told_at=1)
