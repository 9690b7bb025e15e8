"""Who is on duty at a moment, and that a doubt about it is everybody's."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from alertd.domain.duty import DutyList, Gap, Roster, Slot, Turn, turns_of

NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIELD = DutyList(name="field", people={"Lena": "lena-phone", "Noor": "noor-phone", "Sami": "field-phone"}, zone="UTC")
EVERYONE = {"lena-phone", "noor-phone", "field-phone"}


def test_the_slot_counts_from_its_first_moment_on_to_the_first_of_the_next():
    turns = (Turn(NOW, ("Lena",)), Turn(NOW + 2 * HOUR, ("Noor",)))
    known = Roster(turns=turns, until=NOW + 9 * HOUR, read_at=NOW)
    just_before = NOW + 2 * HOUR - timedelta(microseconds=1)
    assert FIELD.at(known, just_before).channels == {"lena-phone"}
    assert FIELD.at(known, just_before).until == NOW + 2 * HOUR
    assert FIELD.at(known, NOW + 2 * HOUR).channels == {"noor-phone"}


@pytest.mark.parametrize(
    ("known", "gap"),
    [
        (None, Gap.UNREAD),
        (Roster(turns=(), until=NOW, read_at=NOW - HOUR), Gap.UNREAD),
        (Roster(turns=(Turn(NOW, ()),), until=NOW + HOUR, read_at=NOW), Gap.EMPTY),
        (Roster(turns=(Turn(NOW, ("Lenna",)),), until=NOW + HOUR, read_at=NOW), Gap.UNKNOWN),
        (Roster(turns=(Turn(NOW, ("Lena", "Lenna")),), until=NOW + HOUR, read_at=NOW), Gap.UNKNOWN),
        (Roster(turns=(Turn(NOW + HOUR, ("Lena",)),), until=NOW + 2 * HOUR, read_at=NOW), Gap.UNREAD),
    ],
)
def test_with_a_gap_everyone_is_told(known, gap):
    found = FIELD.at(known, NOW)
    assert (found.gap, found.channels) == (gap, EVERYONE)


HOURS = some.integers(min_value=-5, max_value=30).map(lambda hours: NOW + hours * HOUR)


@given(some.lists(some.tuples(HOURS, HOURS, some.sampled_from(sorted(FIELD.people)))), HOURS)
def test_the_turns_say_at_each_moment_whose_slots_hold_it(drawn, moment):
    slots = [Slot(*each) for each in drawn]
    since, until = NOW, NOW + 24 * HOUR
    turns = turns_of(slots, since, until)
    assert turns[0].at == since
    assert all(one.names != other.names and one.at < other.at < until for one, other in pairwise(turns))
    if since <= moment < until:
        told = [turn for turn in turns if turn.at <= moment][-1].names
        assert set(told) == {slot.name for slot in slots if slot.begins <= moment < slot.ends}
