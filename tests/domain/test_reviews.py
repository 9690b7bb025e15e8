"""When alertd asks about a truce: one without an agreed moment, and one that has lapsed."""

from datetime import timedelta

import pytest
from factories import FIRST_END, LAST_END, claim, day, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Kind
from alertd.domain.known import as_known
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import DeskAct
from alertd.times.end import End

DESK = Subscription(channel="desk", targets=("desk",))
LATER = "2016-07-01T00:00"


def asked(about, *, until=LATER, known=LATER, policy=None):
    """The moments of the reviews, and the end that they speak of, as `day hour`."""
    heard = as_known(about, moment(known))
    assert heard is not None
    planned = plan(heard, (DESK,), policy or Policy(), reviews_until=moment(until), now=moment(known))
    reviews = [delivery for delivery in planned if delivery.kind is Kind.REVIEW]
    assert {delivery.ends_at for delivery in reviews} <= {
        heard.records[-1].end.at if heard.records else about.first_end.at
    }
    return [f"{delivery.due_at:%m-%dT%H:%M}" for delivery in reviews]


def acts(*at: str) -> tuple[DeskAct, ...]:
    return tuple(DeskAct(at=moment(each)) for each in at)


def test_a_lapse_is_asked_about_every_day_for_a_week():
    assert asked(truce()) == [f"05-0{number}T22:00" for number in range(1, 8)]


def test_only_the_next_review_is_planned_before_its_moment():
    assert asked(truce(), until="2016-04-30T00:00") == ["05-01T22:00"]
    assert asked(truce(), until="2016-05-01T22:00") == ["05-01T22:00", "05-02T22:00"]


def test_the_policy_and_the_truce_say_how_often_and_for_how_long():
    policy = Policy(unresolved_every=timedelta(hours=10), unresolved_for=timedelta(hours=35))
    assert asked(truce(), policy=policy) == ["05-01T08:00", "05-01T18:00", "05-02T04:00"]
    own = {"unresolved_every": timedelta(hours=36), "unresolved_for": timedelta(hours=36)}
    assert asked(truce(**own), policy=policy) == ["05-02T10:00"]
    assert asked(truce(unresolved_for=timedelta(hours=1))) == []


def test_a_day_without_an_hour_is_asked_about_from_its_end_on():
    about = truce(first_end=day("2016-04-30T21:00"), unresolved_for=timedelta(days=1))
    assert asked(about) == ["05-02T21:00"]


def test_a_check_answers_the_review_and_the_next_counts_from_it():
    about = truce(checked=acts("2016-05-02T10:00"))
    assert asked(about)[:2] == ["05-03T10:00", "05-04T10:00"]
    assert asked(about)[-1] == "05-07T10:00"
    assert asked(about, known="2016-05-02T09:59")[:2] == ["05-01T22:00", "05-02T22:00"]


def test_a_check_at_the_moment_of_a_review_answers_it():
    assert asked(truce(checked=acts("2016-05-01T22:00")))[0] == "05-02T22:00"


def test_a_check_while_it_ran_answers_nothing():
    assert asked(truce(checked=acts("2016-04-30T12:00"))) == asked(truce())


def test_a_check_answers_the_review_of_an_open_truce_too():
    about = truce(first_end=End.open(), checked=acts("2016-05-02T10:00", "2016-05-08T10:00"))
    assert asked(about, until="2016-05-20T00:00") == ["05-15T10:00", "05-22T10:00"]
    assert asked(about, until="2016-05-05T00:00", known="2016-05-05T00:00") == ["05-09T10:00"]


@pytest.mark.parametrize(
    "resolved",
    [
        {"closed": acts("2016-05-02T10:00")},
        {"termination": termination("2016-04-30T23:00", announced="2016-05-02T10:00")},
    ],
)
def test_nobody_is_asked_about_a_lapse_that_is_resolved(resolved):
    about = truce(**resolved)
    assert asked(about, known="2016-05-02T09:59") != []
    assert asked(about, known="2016-05-02T10:00") == []


def test_an_extension_moves_the_questions_to_its_own_lapse():
    assert asked(extended_truce(), until=LAST_END) == ["05-04T22:00"]


def test_a_termination_that_lies_ahead_ends_the_questions():
    about = truce(termination=termination("2016-05-03T10:00", announced="2016-05-01T10:00"))
    assert asked(about) == ["05-01T22:00", "05-02T22:00"]


def test_neither_a_claim_nor_a_closing_before_the_lapse_ends_the_questions():
    assert asked(truce(closed=acts("2016-04-30T21:59"))) == asked(truce())
    claimed = truce(
        records=(record(FIRST_END, announced="2016-04-30T09:00"), claim(FIRST_END, announced="2016-04-30T10:00"))
    )
    assert asked(claimed) == asked(truce())


def test_a_lapse_at_the_end_of_the_calendar_is_asked_about_as_far_as_that_reaches():
    assert asked(truce(first_end=End.instant(moment("9999-12-31T23:00"))), until="9999-12-31T00:00") == []
