from datetime import timedelta

import pytest
from factories import delivery, end, moment, truce
from ledger.steps import (
    MORNING,
    POLICY,
    change,
    copy_for,
    ladder,
    news,
    record,
    result_of,
    revision,
    row,
    send,
    state,
    states,
    take,
)

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.errors import LedgerError
from alertd.ledger import DeliveryState, TruceStanding, acquisition, planning, queries, settlement

OLD, NEW = "2016-05-02T22:00", "2016-05-03T22:00"


def counts(recorded):
    return recorded.inserted, recorded.superseded, recorded.revived


def test_a_truce_comes_back_whole_with_its_standing_and_where_it_was_read(ledger):
    record(ledger, of=truce(title="Latakia"), standing=TruceStanding.HELD)
    known = ledger.run(queries.truces)["eastern-ghouta"]
    assert known.truce == truce(title="Latakia")
    assert (known.revision, known.standing, known.file, known.line) == (1, TruceStanding.HELD, "truces/syria.toml", 12)


@pytest.mark.parametrize(
    ("second", "number"),
    [
        ({}, 1),
        ({"standing": TruceStanding.WITHDRAWN}, 1),
        ({"wanted": ladder()}, 1),
        ({"of": truce(title="another")}, 2),
        ({"changes": [change()]}, 2),
    ],
)
def test_a_revision_is_counted_where_something_changed_and_only_there(ledger, second, number):
    record(ledger)
    record(ledger, **second)
    assert ledger.run(queries.truces)["eastern-ghouta"].revision == number


def test_a_recording_gives_its_truces_as_they_stand_now(ledger):
    record(ledger)
    recorded = record(ledger, of=truce(title="another"), standing=TruceStanding.HELD)
    assert recorded.truces == (ledger.run(queries.truces)["eastern-ghouta"],)


def test_what_lies_ahead_is_planned_once_and_what_was_not_known_in_time_never(ledger):
    now = moment("2016-05-03T16:00:01")
    late, ahead = ladder(stages=("24h", "6h")), ladder(stages=("1h", "15m"))
    assert counts(record(ledger, wanted=late + ahead, now=now)) == (2, 0, 0)
    assert counts(record(ledger, wanted=late + ahead, now=now)) == (0, 0, 0)
    assert set(states(ledger)) == {each.key for each in ahead}


def test_a_stage_that_is_due_at_the_very_moment_is_planned(ledger):
    stages = ladder(stages=("6h",))
    record(ledger, wanted=stages, now=stages[0].due_at)
    assert state(ledger, stages[0]) is DeliveryState.PLANNED


def test_a_moved_end_supersedes_the_old_ladder_and_plans_the_new_one(ledger):
    old, new = ladder(ends_at=OLD, stages=("6h", "1h")), ladder(ends_at=NEW, stages=("6h", "1h"))
    record(ledger, wanted=old)
    moved = record(ledger, of=truce(first_end=end(NEW)), wanted=new)
    assert counts(moved) == (2, 2, 0)
    assert {state(ledger, each) for each in old} == {DeliveryState.SUPERSEDED}
    assert {state(ledger, each) for each in new} == {DeliveryState.PLANNED}
    assert row(ledger, old[0]).reason == "revision 2 of the truce replaced it"


def test_an_end_moved_there_and_back_leaves_its_ladder_planned_where_its_moment_is_ahead(ledger):
    there, back = ladder(ends_at=OLD, stages=("6h", "1h")), ladder(ends_at=NEW, stages=("1h",))
    record(ledger, wanted=there)
    record(ledger, wanted=back)
    again = record(ledger, wanted=there, now=moment("2016-05-02T17:00"))
    assert counts(again) == (0, 1, 1)
    assert state(ledger, there[0]) is DeliveryState.SUPERSEDED, "its moment passed while it was not wanted"
    assert state(ledger, there[1]) is DeliveryState.PLANNED
    assert (row(ledger, there[1]).reason, row(ledger, there[1]).settled_at) == (None, None)


def test_an_overdue_reminder_for_a_replaced_end_is_superseded_too(ledger):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    record(ledger, wanted=ladder(), now=old.due_at + timedelta(minutes=5))
    assert state(ledger, old) is DeliveryState.SUPERSEDED


def test_what_was_acquired_but_not_dispatched_is_superseded(ledger):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    ledger.run(acquisition.acquire, old.due_at, POLICY)
    record(ledger, wanted=ladder(), now=old.due_at)
    assert state(ledger, old) is DeliveryState.SUPERSEDED
    assert take(ledger, old.due_at) == ()


def test_what_its_channel_has_keeps_its_outcome(ledger):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    ledger.run(acquisition.acquire, old.due_at, POLICY)
    (dispatched,) = take(ledger, old.due_at)
    assert record(ledger, wanted=ladder(), now=old.due_at).superseded == 0
    ledger.run(settlement.settle, [result_of(dispatched)], old.due_at)
    assert state(ledger, old) is DeliveryState.DELIVERED


@pytest.mark.parametrize("outcome", [Verdict.FAILED, Verdict.UNSURE])
def test_what_failed_while_its_end_was_replaced_is_not_tried_again(ledger, outcome):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    ledger.run(acquisition.acquire, old.due_at, POLICY)
    (dispatched,) = take(ledger, old.due_at)
    record(ledger, of=truce(title="moved"), wanted=ladder(), now=old.due_at)
    copy = copy_for(ends_at=OLD)
    ledger.run(settlement.settle, [result_of(dispatched, outcome, copies=(copy,))], old.due_at)
    assert state(ledger, old) is DeliveryState.SUPERSEDED
    assert row(ledger, old).reason == "revision 2 of the truce replaced it"
    assert copy.alert.delivery.key not in states(ledger), "the fallback is not told of a replaced end either"


def test_what_failed_after_its_end_was_moved_there_and_back_is_tried_again(ledger):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    ledger.run(acquisition.acquire, old.due_at, POLICY)
    (dispatched,) = take(ledger, old.due_at)
    record(ledger, wanted=ladder(), now=old.due_at)
    record(ledger, wanted=[old], now=old.due_at)
    ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED)], old.due_at)
    assert state(ledger, old) is DeliveryState.PLANNED


def test_the_ladder_of_one_truce_is_not_touched_by_another(ledger):
    mine = ladder(truce="latakia")
    record(ledger, of=truce(id="latakia"), wanted=mine)
    record(ledger, wanted=())
    assert {state(ledger, each) for each in mine} == {DeliveryState.PLANNED}


def test_a_review_that_is_no_longer_wanted_is_superseded(ledger):
    review = delivery(Kind.REVIEW, ends_at=None, due_at=moment("2016-05-09T09:00"))
    record(ledger, wanted=[review])
    assert record(ledger, wanted=ladder()).superseded == 1
    assert state(ledger, review) is DeliveryState.SUPERSEDED


def test_a_planned_alert_whose_moment_moved_is_due_at_the_new_one(ledger):
    """The day of a date end can end at another hour when its zone changes; the day, and so the key, is the same."""
    lapsed = delivery(Kind.LAPSED, stage="0", due_at=moment("2016-05-04T22:00"))
    record(ledger, wanted=[lapsed])
    later = delivery(Kind.LAPSED, stage="0", due_at=moment("2016-05-04T23:00"))
    record(ledger, wanted=[later])
    assert ledger.run(acquisition.next_due) == later.due_at


@pytest.mark.parametrize("is_acquired", [False, True])
def test_a_review_asks_about_the_end_that_has_moved_though_its_moment_stays(ledger, is_acquired):
    """A lapse is asked about every 24 h: an end that moves by a day leaves the moments of its reviews as they are."""
    due_at = moment("2016-05-04T22:00")
    record(ledger, wanted=[delivery(Kind.REVIEW, ends_at=OLD, due_at=due_at)])
    if is_acquired:
        ledger.run(acquisition.acquire, due_at, POLICY)
    record(ledger, wanted=[delivery(Kind.REVIEW, ends_at=NEW, due_at=due_at)], now=due_at)
    (review,) = ledger.run(queries.history)
    assert (review.due_at, review.ends_at) == (due_at, moment(NEW))


def test_a_truce_that_two_ends_share_has_one_delivery_for_both(ledger):
    assert record(ledger, wanted=ladder() + ladder()).inserted == len(ladder())


def test_a_change_alert_carries_the_number_of_the_revision_that_it_announces(ledger):
    record(ledger, wanted=())
    record(ledger, changes=[change()], announced=[news()])
    (alert,) = ledger.run(queries.history)
    assert alert.key.endswith("|2")


def test_news_supersedes_unsent_news_of_the_same_truce_to_the_same_target(ledger):
    record(ledger, changes=[change()], announced=[news(), news(channel="board", target="board"), news(truce="latakia")])
    record(ledger, changes=[change()], announced=[news()])
    assert {(row.target, row.truce, row.key[-1]): row.state for row in ledger.run(queries.history)} == {
        ("desk", "eastern-ghouta", "1"): DeliveryState.SUPERSEDED,
        ("board", "eastern-ghouta", "1"): DeliveryState.PLANNED,
        ("desk", "latakia", "1"): DeliveryState.PLANNED,
        ("desk", "eastern-ghouta", "2"): DeliveryState.PLANNED,
    }


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        (Kind.EXTENDED, Kind.CLAIMED, False),
        (Kind.CLAIMED, Kind.CLAIMED, True),
        (Kind.CLAIMED, Kind.EXTENDED, True),
        (Kind.EXTENDED, Kind.WITHDRAWN, True),
    ],
)
def test_a_claim_never_hides_anything_but_a_claim(ledger, earlier, later, hidden):
    record(ledger, changes=[change(earlier)], announced=[news(earlier)])
    record(ledger, changes=[change(later)], announced=[news(later)])
    assert ledger.run(queries.history, truce="eastern-ghouta")[0].state is (
        DeliveryState.SUPERSEDED if hidden else DeliveryState.PLANNED
    )


def test_news_that_was_sent_stays_delivered(ledger):
    record(ledger, changes=[change()], announced=[news()])
    send(ledger, MORNING)
    record(ledger, changes=[change()], announced=[news()])
    assert [row.state for row in ledger.run(queries.history)].count(DeliveryState.DELIVERED) == 1


def test_the_alerts_of_one_revision_do_not_supersede_each_other(ledger):
    record(ledger, changes=[change()], announced=[news(), news(Kind.CORRECTED)])
    record(ledger, announced=[news(Kind.OPENED)])
    assert {row.state for row in ledger.run(queries.history)} == {DeliveryState.PLANNED}


def test_a_register_change_is_recorded_whole_or_not_at_all(ledger):
    """An error in one truce leaves the others, too, as they were: the next read finds the same difference again."""
    record(ledger, of=truce(id="first"))
    broken = revision(of=truce(id="second"), wanted=[delivery(stage="6h", truce="second", channel=None)])
    with pytest.raises(LedgerError):
        ledger.run(
            planning.store,
            [revision(of=truce(id="first", title="changed"), wanted=ladder(truce="first")), broken],
            MORNING,
        )
    assert set(ledger.run(queries.truces)) == {"first"}
    assert ledger.run(queries.truces)["first"].truce.title == truce().title
    assert ledger.run(queries.history) == ()


def test_many_truces_are_recorded_in_one_go(ledger):
    count = 1_203
    revisions = [
        revision(of=truce(id=f"t{number}"), wanted=ladder(truce=f"t{number}"), changes=[change(Kind.RECORDED)])
        for number in range(count)
    ]
    assert ledger.run(planning.store, revisions, MORNING).inserted == count * len(ladder())
    assert len(ledger.run(queries.truces)) == count
    assert ledger.run(planning.store, revisions, MORNING).inserted == 0


def test_the_copy_that_a_fallback_has_stays_while_its_original_is_wanted_and_goes_with_it(ledger):
    (reminder,) = ladder(stages=("6h",))
    copy = copy_for()
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, Verdict.REFUSED, copies=(copy,))
    record(ledger, of=truce(title="a new title"), wanted=[reminder], now=reminder.due_at)
    assert state(ledger, copy.alert.delivery) is DeliveryState.PLANNED
    record(ledger, wanted=ladder(ends_at="2016-05-05T22:00"), now=reminder.due_at)
    assert state(ledger, copy.alert.delivery) is DeliveryState.SUPERSEDED


def test_an_alert_in_the_hands_of_its_channel_twice_replaced_names_the_last_revision(ledger):
    (old,) = ladder(ends_at=OLD, stages=("6h",))
    record(ledger, wanted=[old])
    ledger.run(acquisition.acquire, old.due_at, POLICY)
    (dispatched,) = take(ledger, old.due_at)
    record(ledger, of=truce(title="b"), now=old.due_at)
    record(ledger, of=truce(title="c"), now=old.due_at)
    ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED)], old.due_at)
    assert row(ledger, old).reason == "revision 3 of the truce replaced it"
