"""Bugs in what is planned of starts, daily pauses and milestones: small changes of the real code, as in `mutants`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from alertd.daemon import reconcile
from alertd.domain import agenda, alert, change, daily, pause, plan
from alertd.domain.alert import Kind
from alertd.ledger import acquisition
from alertd.times.end import End


def a_start_that_slips_is_the_same() -> AbstractContextManager[object]:
    """The alerts of a start that moved count as those of the one before it."""
    own_key = alert.Delivery._own_key

    def without_start(self):
        key = own_key(self)
        return key.replace(alert.iso_utc(self.at), "") if self.kind is Kind.START else key

    return patch.object(alert.Delivery, "_own_key", without_start)


def what_never_begins_is_in_force() -> AbstractContextManager[object]:
    """A truce that was ended before its start is said to begin."""
    return patch.object(plan, "over_at", lambda _: None)


def a_slip_is_not_told() -> AbstractContextManager[object]:
    """A start moves without a word, unless an end moves with it."""
    changes = reconcile.changes

    def but_of_a_start(old, new):
        return tuple(change for change in changes(old, new) if change.starts is None or change.old != change.new)

    return patch.object(reconcile, "changes", but_of_a_start)


@contextmanager
def a_doubtful_clock_begins_a_truce() -> Iterator[None]:
    """A start is declared by a clock that may be wrong."""
    certain = agenda.CERTAIN | {Kind.START}
    with patch.object(agenda, "CERTAIN", certain), patch.object(acquisition, "CERTAIN", certain):
        yield


def other_hours_change_nothing() -> AbstractContextManager[object]:
    """A daily pause keeps the hours that it had first."""
    return patch.object(pause, "pause_of", lambda truce: truce.daily)


def a_pause_has_no_last_day() -> AbstractContextManager[object]:
    """The windows of a daily pause go on after its last day."""
    return patch.object(pause, "expiry", lambda _: End.open())


def an_opening_happens_once() -> AbstractContextManager[object]:
    """Of an opening or a closing that clocks show twice, the earlier counts."""
    moments = daily.DailyPause.moments
    return patch.object(daily.DailyPause, "moments", lambda self, wall: moments(self, wall)[:1])


def a_moved_milestone_is_not_told() -> AbstractContextManager[object]:
    """A milestone moves without a word."""
    return patch.object(change, "moved_milestones", lambda *_: ())
