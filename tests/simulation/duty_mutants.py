"""Bugs in duty lists: small changes of the real code, as in `mutants`."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch
from weakref import WeakKeyDictionary

from alertd.daemon import duty_watch
from alertd.daemon.duty_watch import DutyWatch
from alertd.domain.duty import DutyList
from alertd.duty import reading


def on_duty_when_planned() -> AbstractContextManager[object]:
    """A step goes to whoever was on duty when the step before it was sent."""

    def is_off(self, delivery, now):
        follows = delivery.follows
        if follows is None:
            return False
        chain = next(one for one in self.duties.escalations if one.name == follows.escalation)
        return self.duties.is_off(delivery, delivery.due_at - chain.steps[follows.step - 2].wait)

    return patch.object(DutyWatch, "is_off", is_off)


def a_gap_reaches_one_person() -> AbstractContextManager[object]:
    """The first of the list is told alone, where nobody known is on duty."""
    return patch.object(DutyList, "everyone", property(lambda self: frozenset([min(self.people.values())])))


def a_shift_outlasts_its_end() -> AbstractContextManager[object]:
    """Whoever goes is on duty for five minutes more."""
    turns = reading.turns_of

    def longer(slots, since, until):
        return turns([replace(slot, ends=slot.ends + timedelta(minutes=5)) for slot in slots], since, until)

    return patch.object(reading, "turns_of", longer)


def a_list_that_is_gone_counts() -> AbstractContextManager[object]:
    """A file that cannot be read leaves on duty whoever was."""
    take_in = DutyWatch._take_in

    def keep_roster(self, name, watched):
        roster = self.duties.rosters.get(name)
        has_taken = take_in(self, name, watched)
        self.duties.rosters[name] = self.duties.rosters.get(name) or roster
        return has_taken

    return patch.object(DutyWatch, "_take_in", keep_roster)


def a_gap_is_not_told() -> AbstractContextManager[object]:
    """ops hears nothing of a list."""
    return patch.object(duty_watch, "wrong", lambda *_: None)


@contextmanager
def a_start_hands_over_again() -> Iterator[None]:
    """The people on duty are kept as they were when the process started."""
    keep, at_start = DutyWatch.keep, WeakKeyDictionary[DutyWatch, dict]()

    async def keep_start(self):
        present = self.present
        self.present = at_start.setdefault(self, dict(present))
        await keep(self)
        self.present = present

    with patch.object(DutyWatch, "keep", keep_start):
        yield
