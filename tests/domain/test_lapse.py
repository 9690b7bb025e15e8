"""A lapse stays unresolved until it is extended, ended or closed, and the next end is told whoever states it."""

import pytest
from factories import FIRST_END, LAST_END, claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.statement import DeskAct
from alertd.domain.truce import State, TruceStatus
from alertd.times.end import End

LATER = "2016-05-05T22:00"


def status(about, at: str) -> TruceStatus:
    known = as_known(about, moment(at))
    assert known is not None
    return TruceStatus(known, moment(at))


def acts(*at: str) -> tuple[DeskAct, ...]:
    return tuple(DeskAct(at=moment(each)) for each in at)


def test_a_lapse_is_unresolved_since_the_expiry():
    about = truce()
    assert status(about, "2016-04-30T21:59").unresolved_since is None
    for at in (FIRST_END, "2016-06-30T00:00"):
        assert (status(about, at).state, status(about, at).unresolved_since) == (State.LAPSED, moment(FIRST_END))


def test_a_day_without_an_hour_lapses_with_its_last_moment():
    about = truce(first_end=day("2016-04-30T21:00"))
    assert status(about, "2016-05-01T20:59").unresolved_since is None
    assert status(about, "2016-05-01T21:00").unresolved_since == moment("2016-05-01T21:00")


def test_a_closed_lapse_is_resolved_from_its_closing_on():
    about = truce(closed=acts("2016-05-01T06:00"))
    assert status(about, "2016-05-01T05:59").unresolved_since == moment(FIRST_END)
    closed = status(about, "2016-05-01T06:00")
    assert (closed.state, closed.unresolved_since, closed.is_over) == (State.CLOSED, None, True)


def test_a_closing_at_the_very_moment_of_the_lapse_counts():
    assert status(truce(closed=acts(FIRST_END)), FIRST_END).state is State.CLOSED


def test_a_closing_before_the_lapse_closes_nothing():
    about = truce(closed=acts("2016-04-30T06:00"))
    assert status(about, "2016-04-30T06:00").state is State.RUNNING
    assert status(about, FIRST_END).unresolved_since == moment(FIRST_END)


def test_a_closed_truce_that_is_extended_runs_and_lapses_again():
    about = extended_truce(closed=acts("2016-05-01T06:00"))
    assert status(about, "2016-05-01T06:00").state is State.CLOSED
    assert status(about, "2016-05-01T09:00").state is State.RUNNING
    assert status(about, LAST_END).unresolved_since == moment(LAST_END)


def test_a_termination_resolves_a_lapse_once_it_is_confirmed_and_has_come():
    ended = truce(termination=termination("2016-05-01T12:00", announced="2016-05-01T06:00"))
    assert status(ended, "2016-05-01T11:59").unresolved_since == moment(FIRST_END)
    assert status(ended, "2016-05-01T12:00").unresolved_since is None
    claimed = truce(termination=termination("2016-05-01T12:00", announced="2016-05-01T06:00", confirmed=False))
    assert status(claimed, "2016-05-01T12:00").unresolved_since == moment(FIRST_END)


def test_a_check_resolves_nothing():
    assert status(truce(checked=acts("2016-05-01T06:00")), "2016-05-01T06:00").unresolved_since == moment(FIRST_END)


def test_what_the_desk_did_becomes_known_at_its_moment():
    about = truce(checked=acts("2016-05-01T06:00"), closed=acts("2016-05-01T07:00"))
    assert moments_of_knowledge(about)[1:] == (moment("2016-05-01T06:00"), moment("2016-05-01T07:00"))
    before = as_known(about, moment("2016-05-01T06:59"), future_counts=True)
    assert before is not None
    assert (before.checked, before.closed) == (about.checked, ())


@pytest.mark.parametrize("at", ["2016-05-01T09:00", LAST_END])
def test_the_next_end_is_the_expiry_until_that_has_passed(at):
    found = status(extended_truce(), at).next_end
    assert (found and found.end) == (None if at == LAST_END else end("2016-05-01T22:00"))


def test_after_the_expiry_a_later_claim_is_the_next_end():
    about = extended_truce(claim(LATER, announced="2016-05-03T09:00"))
    found = status(about, LAST_END).next_end
    assert found is not None
    assert (found.end, found.statement) == (end(LATER), about.records[-1])
    assert status(about, LATER).next_end is None


def test_an_earlier_claim_comes_before_the_expiry():
    found = status(extended_truce(claim("2016-05-03T12:00", announced="2016-05-03T09:00")), "2016-05-03T09:00").next_end
    assert found is not None
    assert found.end == end("2016-05-03T12:00")


def test_a_day_is_the_next_end_while_it_lasts():
    about = truce(first_end=day("2016-04-30T21:00"))
    found = status(about, "2016-05-01T12:00").next_end
    assert found is not None
    assert found.end.at == moment("2016-04-30T21:00")


def test_nothing_beyond_a_confirmed_termination_is_a_next_end():
    ended = extended_truce(termination=termination("2016-05-03T12:00", announced="2016-05-03T09:00"))
    found = status(ended, "2016-05-03T09:00").next_end
    assert found is not None
    assert found.end == end("2016-05-03T12:00")
    assert status(ended, "2016-05-03T12:00").next_end is None


def test_of_a_closed_truce_only_what_is_stated_since_is_a_next_end():
    for announced, expected in (("2016-04-30T09:00", None), ("2016-05-02T09:00", end(LATER))):
        about = truce(records=(claim(LATER, announced=announced),), closed=acts("2016-05-01T06:00"))
        found = status(about, "2016-05-02T09:00").next_end
        assert (found and found.end) == expected


def test_an_open_truce_has_no_next_end_but_a_stated_one():
    assert status(truce(first_end=End.open()), "2016-05-01T09:00").next_end is None
    about = truce(first_end=End.open(), records=(record(LATER, announced="2016-04-30T09:00", confirmed=False),))
    found = status(about, "2016-05-01T09:00").next_end
    assert found is not None
    assert found.end == end(LATER)
