"""Bugs in what is planned of a start: small changes of the real code, as in `mutants`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

from alertd.daemon import reconcile
from alertd.domain import agenda, alert, plan
from alertd.domain.alert import Kind
from alertd.ledger import acquisition


def a_start_that_slips_is_the_same() -> AbstractContextManager[object]:
    """The alerts of a start that moved count as those of the one before it."""
    make_key = alert.Delivery.__post_init__

    def make_key_without_start(self):
        make_key(self)
        if self.kind is Kind.START:
            object.__setattr__(self, "key", self.key.replace(alert.iso_utc(self.at), ""))

    return patch.object(alert.Delivery, "__post_init__", make_key_without_start)


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
