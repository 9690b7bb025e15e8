"""Escalations in the ledger: a step is planned with the settlement before it, and ends with an acknowledgement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from factories import delivery, end, extended_truce, moment, termination, truce
from factories import record as statement
from ledger.steps import MORNING, POLICY, ladder, record, result_of, row, take

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.domain.escalation import AlertPattern, Escalation, EscalationStep, next_steps
from alertd.domain.policy import Subscription
from alertd.ledger import DeliveryState, acknowledging, acquisition, clock_ahead, queries, settlement
from alertd.ledger.acknowledging import Refusal

END = "2016-05-03T22:00"
CALM = extended_truce(closed=())
(ALERT,) = ladder(ends_at=END, stages=("1h",))
SENT = ALERT.due_at
WAIT = timedelta(minutes=10)


def subscription(name, *targets):
    return Subscription(channel=name, targets=(name, *targets))


def chain(*names, people=1, targets=()):
    steps = tuple(EscalationStep(channels=(subscription(name, *targets),), wait=WAIT) for name in names)
    return Escalation(name="last-hour", alerts=(AlertPattern(Kind.REMINDER),), steps=steps, people=people)


CHAIN = chain("desk", "duty", "head")


def go(ledger, now, outcome=Verdict.ACCEPTED, *, target="desk", escalation=CHAIN):
    """Send what is due for a target, and settle it together with the steps that follow."""
    ledger.run(acquisition.acquire, now, POLICY)
    dispatched = take(ledger, now, target=target)
    ledger.run(settlement.settle, [settled(each, outcome, now, escalation) for each in dispatched], now)
    return dispatched


def settled(each, outcome, now, escalation=CHAIN):
    has_failed = outcome is Verdict.REFUSED
    steps = next_steps((escalation,), each.delivery, CALM, now, has_failed=has_failed)
    return result_of(each, outcome, next_steps=steps if outcome in (Verdict.ACCEPTED, Verdict.REFUSED) else ())


def acknowledge(ledger, row_, *, by="lena", at=SENT):
    given = Acknowledgement(at=at, by=by, way="command", note=None)
    return ledger.run(acknowledging.acknowledge, row_.key, given, lambda judged: f"seen by {judged.acknowledgement.by}")


def steps(ledger):
    """The target, moment and state of each step."""
    rows = [found for found in ledger.run(queries.history) if found.kind == "escalated"]
    return [(found.target, found.due_at, found.state) for found in sorted(rows, key=lambda found: found.step)]


def step_row(ledger, step):
    return next(found for found in ledger.run(queries.history) if found.step == step)


@pytest.fixture
def told(ledger):
    """The reminder one hour before the end was sent to the desk."""
    record(ledger, of=CALM, wanted=[ALERT])
    go(ledger, SENT)
    return ledger


def test_each_step_is_planned_with_the_settlement_of_the_one_before(told):
    assert steps(told) == [("duty", SENT + WAIT, DeliveryState.PLANNED)]
    late = SENT + WAIT + timedelta(minutes=3)
    (second,) = go(told, late, target="duty")
    assert second.notice.sent_before[0].target == "desk"
    assert second.notice.sent_before[0].at == SENT
    assert steps(told)[1:] == [("head", late + WAIT, DeliveryState.PLANNED)]
    go(told, late + WAIT, target="head")
    assert len(steps(told)) == 2


def test_the_key_of_a_step_names_the_alert_the_escalation_and_the_step(told):
    found = step_row(told, 2)
    assert found.key == f"eastern-ghouta|escalated|1h|{END}:00Z|duty|reminder|last-hour|2"
    assert (found.stage, found.at, found.ends_at) == ("1h", moment(END), moment(END))
    assert (found.follows, found.escalation) == ("reminder", "last-hour")


def test_nothing_is_sent_before_its_wait(told):
    assert go(told, SENT + WAIT - timedelta(milliseconds=1), target="duty") == ()
    assert len(go(told, SENT + WAIT, target="duty")) == 1


def test_what_failed_for_good_is_followed_at_once(ledger):
    record(ledger, of=CALM, wanted=[ALERT])
    go(ledger, SENT, Verdict.REFUSED)
    assert steps(ledger) == [("duty", SENT, DeliveryState.PLANNED)]
    (second,) = go(ledger, SENT, target="duty")
    assert [(sent.target, sent.at) for sent in second.notice.sent_before] == [("desk", None)]


def test_a_failure_for_good_brings_forward_the_step_that_waits_for_a_dead_channel(told):
    (again,) = next_steps((CHAIN,), ALERT, CALM, SENT + timedelta(minutes=1), has_failed=True)
    told.run(settlement.escalating.plan_steps, [again], SENT)
    assert steps(told) == [("duty", SENT + timedelta(minutes=1), DeliveryState.PLANNED)]


def test_one_target_of_a_channel_that_fails_says_nothing_as_long_as_another_may_be_reached(ledger):
    twice = chain("desk", "duty", targets=("desk#2",))
    both = [ALERT, replace(ALERT, target="desk#2")]
    record(ledger, of=CALM, wanted=both)
    go(ledger, SENT, Verdict.REFUSED, escalation=twice)
    assert steps(ledger) == []
    go(ledger, SENT, target="desk#2", escalation=twice)
    assert {due for _, due, _ in steps(ledger)} == {SENT + WAIT}


def test_both_targets_that_fail_are_followed_at_once(ledger):
    twice = chain("desk", "duty", targets=("desk#2",))
    record(ledger, of=CALM, wanted=[ALERT, replace(ALERT, target="desk#2")])
    go(ledger, SENT, Verdict.REFUSED, escalation=twice)
    go(ledger, SENT, Verdict.REFUSED, target="desk#2", escalation=twice)
    assert {due for _, due, _ in steps(ledger)} == {SENT}


def test_an_acknowledgement_calls_off_the_step_that_is_planned(told):
    judged = acknowledge(told, row(told, ALERT))
    assert (judged.refusal, [each.target for each in judged.called_off], judged.missing) == (None, ["duty"], 0)
    assert steps(told) == [("duty", SENT + WAIT, DeliveryState.ACKNOWLEDGED)]
    assert go(told, SENT + WAIT, target="duty") == ()


def test_an_acknowledgement_calls_off_the_step_that_waits_for_its_worker(told):
    told.run(acquisition.acquire, SENT + WAIT, POLICY)
    acknowledge(told, row(told, ALERT), at=SENT + WAIT)
    assert take(told, SENT + WAIT, target="duty") == ()
    assert step_row(told, 2).state is DeliveryState.ACKNOWLEDGED


def test_an_acknowledgement_during_a_send_lets_nothing_follow(ledger):
    record(ledger, of=CALM, wanted=[ALERT])
    ledger.run(acquisition.acquire, SENT, POLICY)
    (sent,) = take(ledger, SENT)
    acknowledge(ledger, row(ledger, ALERT))
    ledger.run(settlement.settle, [settled(sent, Verdict.ACCEPTED, SENT)], SENT)
    assert steps(ledger) == []


@pytest.mark.parametrize("outcome", [Verdict.FAILED, Verdict.UNSURE])
def test_a_step_that_was_answered_while_it_was_sent_is_not_tried_again(told, outcome):
    told.run(acquisition.acquire, SENT + WAIT, POLICY)
    (step,) = take(told, SENT + WAIT, target="duty")
    acknowledge(told, row(told, ALERT), at=SENT + WAIT)
    told.run(settlement.settle, [result_of(step, outcome)], SENT + WAIT)
    assert step_row(told, 2).state is DeliveryState.ACKNOWLEDGED


def test_a_step_that_was_answered_while_it_was_sent_does_not_come_back_after_a_crash(told):
    told.run(acquisition.acquire, SENT + WAIT, POLICY)
    take(told, SENT + WAIT, target="duty")
    acknowledge(told, row(told, ALERT), at=SENT + WAIT)
    assert told.run(settlement.recover, ["desk", "duty", "head"], SENT + WAIT) == 0
    assert step_row(told, 2).state is DeliveryState.ACKNOWLEDGED


def test_a_step_that_a_crash_cut_short_comes_again_and_is_followed(told):
    told.run(acquisition.acquire, SENT + WAIT, POLICY)
    take(told, SENT + WAIT, target="duty")
    told.run(settlement.recover, ["desk", "duty", "head"], SENT + WAIT)
    (again,) = go(told, SENT + WAIT + timedelta(seconds=5), target="duty")
    assert again.notice.possible_repeat
    assert step_row(told, 3).due_at == SENT + 2 * WAIT + timedelta(seconds=5)


def test_the_id_of_a_step_names_the_alert_that_it_follows(told):
    go(told, SENT + WAIT, target="duty")
    judged = acknowledge(told, step_row(told, 2), at=SENT + WAIT)
    assert [each.kind for each in judged.deliveries] == [Kind.REMINDER]
    assert row(told, ALERT).acknowledgement.by == "lena"
    assert step_row(told, 2).acknowledgement.by == "lena"
    assert steps(told)[1:] == [("head", SENT + 2 * WAIT, DeliveryState.ACKNOWLEDGED)]


def test_whoever_was_told_by_a_step_is_told_who_sees_to_it_and_nobody_else(told):
    go(told, SENT + WAIT, target="duty")
    acknowledge(told, row(told, ALERT), at=SENT + WAIT)
    notices = [found for found in told.run(queries.history) if found.kind == "ops"]
    assert [found.target for found in notices] == ["duty"]
    (notice,) = go(told, SENT + WAIT, target="duty")
    assert notice.notice.text == "seen by lena"


def test_as_many_different_people_must_answer_as_it_asks_for(ledger):
    pair = chain("desk", "duty", "head", people=2)
    record(ledger, of=CALM, wanted=[ALERT])
    go(ledger, SENT, escalation=pair)
    first = acknowledge(ledger, row(ledger, ALERT))
    assert (first.refusal, first.missing, first.called_off) == (None, 1, ())
    assert acknowledge(ledger, row(ledger, ALERT)).refusal is Refusal.TWICE
    (step,) = go(ledger, SENT + WAIT, target="duty", escalation=pair)
    assert step.notice.acknowledgement.people == ("lena",)
    second = acknowledge(ledger, step_row(ledger, 2), by="omar", at=SENT + WAIT)
    assert (second.refusal, second.missing) == (None, 0)
    assert second.acknowledgement.people == ("lena", "omar")
    assert step_row(ledger, 3).state is DeliveryState.ACKNOWLEDGED
    assert [found.due_at for found in ledger.run(queries.history) if found.kind == "ops"] == [SENT + WAIT]
    assert acknowledge(ledger, row(ledger, ALERT), by="ida").refusal is Refusal.TWICE


def test_whoever_answers_before_the_chain_begins_counts_as_well(ledger):
    pair = chain("desk", "duty", people=2)
    record(ledger, of=CALM, wanted=[ALERT])
    ledger.run(acquisition.acquire, SENT, POLICY)
    dispatched = take(ledger, SENT)
    assert acknowledge(ledger, row(ledger, ALERT)).refusal is None
    assert acknowledge(ledger, row(ledger, ALERT), by="omar").refusal is None
    assert acknowledge(ledger, row(ledger, ALERT), by="omar").refusal is Refusal.TWICE
    ledger.run(settlement.settle, [settled(each, Verdict.ACCEPTED, SENT, pair) for each in dispatched], SENT)
    assert steps(ledger) == []


LAPSED, AGAIN = (delivery(Kind.LAPSED, stage=stage, ends_at=END) for stage in ("0", "+15m"))


@pytest.fixture
def lapsed(ledger):
    """A lapse that was told at its moment, and is told again a quarter of an hour later."""
    record(ledger, of=CALM, wanted=[LAPSED, AGAIN])
    return ledger


def lapse_chain(*names):
    return replace(chain("desk", *names), alerts=(AlertPattern(Kind.LAPSED),))


def test_a_lapse_that_is_said_again_begins_no_second_chain_while_the_first_goes_on(lapsed):
    long = lapse_chain("duty", "head")
    go(lapsed, LAPSED.due_at, escalation=long)
    go(lapsed, AGAIN.due_at, escalation=long)
    assert [found.key for found in lapsed.run(queries.history) if found.step == 2] == [step_row(lapsed, 2).key]


def test_a_lapse_that_is_said_again_begins_no_chain_where_the_first_word_was_answered(lapsed):
    go(lapsed, LAPSED.due_at, escalation=chain("desk"))  # which follows reminders alone
    acknowledge(lapsed, row(lapsed, LAPSED), at=LAPSED.due_at)
    go(lapsed, AGAIN.due_at, escalation=lapse_chain("duty"))
    assert steps(lapsed) == []


def test_a_lapse_that_is_said_again_begins_a_chain_where_the_first_word_had_none(lapsed):
    go(lapsed, AGAIN.due_at, escalation=lapse_chain("duty"))
    assert [target for target, _, _ in steps(lapsed)] == ["duty"]


@pytest.fixture
def said_twice(lapsed):
    """The same, where a chain follows the first word and the second has come too."""
    long = lapse_chain("duty", "head")
    go(lapsed, LAPSED.due_at, escalation=long)
    go(lapsed, LAPSED.due_at + WAIT, target="duty", escalation=long)
    go(lapsed, AGAIN.due_at, escalation=long)
    return lapsed


@pytest.mark.parametrize("word", [LAPSED, AGAIN], ids=["the first", "the second"])
def test_whoever_acknowledges_a_lapse_by_either_word_stops_the_chain_and_is_named_with_both(said_twice, word):
    judged = acknowledge(said_twice, row(said_twice, word), at=AGAIN.due_at)
    assert (judged.refusal, [each.target for each in judged.called_off]) == (None, ["head"])
    assert [state for *_, state in steps(said_twice)] == [DeliveryState.DELIVERED, DeliveryState.ACKNOWLEDGED]
    assert [row(said_twice, each).acknowledgement.by for each in (LAPSED, AGAIN)] == ["lena", "lena"]
    assert [found.target for found in said_twice.run(queries.history) if found.kind == "ops"] == ["duty"]
    other = AGAIN if word is LAPSED else LAPSED
    assert acknowledge(said_twice, row(said_twice, other), at=AGAIN.due_at).refusal is Refusal.TWICE


def test_the_second_word_of_a_lapse_tells_who_acknowledged_the_first(lapsed):
    go(lapsed, LAPSED.due_at)
    acknowledge(lapsed, row(lapsed, LAPSED), at=LAPSED.due_at)
    (again,) = go(lapsed, AGAIN.due_at)
    assert again.notice.acknowledgement.by == "lena"


def test_people_who_acknowledge_a_lapse_by_different_words_count_together(lapsed):
    pair = replace(lapse_chain("duty", "head"), people=2)
    go(lapsed, LAPSED.due_at, escalation=pair)
    assert acknowledge(lapsed, row(lapsed, LAPSED), at=LAPSED.due_at).missing == 1
    go(lapsed, AGAIN.due_at, escalation=pair)
    judged = acknowledge(lapsed, row(lapsed, AGAIN), by="omar", at=AGAIN.due_at)
    assert (judged.missing, judged.acknowledgement.people) == (0, ("lena", "omar"))
    assert steps(lapsed) == [("duty", LAPSED.due_at + WAIT, DeliveryState.ACKNOWLEDGED)]


def test_the_second_word_of_a_lapse_is_not_acknowledged_before_it_is_sent(lapsed):
    go(lapsed, LAPSED.due_at, escalation=lapse_chain("duty"))
    assert acknowledge(lapsed, row(lapsed, AGAIN), at=LAPSED.due_at).refusal is Refusal.UNSENT


def test_an_acknowledgement_of_one_lapse_says_nothing_of_another_truce_or_end(lapsed):
    others = [replace(AGAIN, truce="other"), delivery(Kind.LAPSED, stage="0", ends_at="2016-05-02T22:00")]
    record(lapsed, of=CALM, wanted=[LAPSED, AGAIN, others[1]])
    record(lapsed, of=truce(id="other", first_end=end(END)), wanted=[others[0]])
    go(lapsed, LAPSED.due_at)
    acknowledge(lapsed, row(lapsed, LAPSED), at=LAPSED.due_at)
    assert [row(lapsed, other).acknowledgement for other in others] == [None, None]


MOVED = extended_truce(statement("2016-05-05T22:00", announced="2016-05-03T21:02"))
(LATER,) = ladder(ends_at="2016-05-05T22:00", stages=("1h",))


def test_a_moved_end_supersedes_the_steps_and_its_return_brings_them_back(told):
    record(told, now=SENT, of=MOVED, wanted=[LATER])
    assert steps(told)[0][2] is DeliveryState.SUPERSEDED
    assert go(told, SENT + WAIT, target="duty") == ()
    record(told, now=SENT + WAIT, of=CALM, wanted=[ALERT])
    assert len(go(told, SENT + WAIT, target="duty")) == 1


def test_a_step_that_was_answered_while_a_clock_that_was_set_back_took_it_back_stays_settled(told):
    record(told, now=SENT - WAIT, of=CALM, wanted=[ALERT])
    assert steps(told)[0][2] is DeliveryState.SUPERSEDED
    assert acknowledge(told, row(told, ALERT)).refusal is None
    record(told, now=SENT + WAIT, of=CALM, wanted=[ALERT])
    assert steps(told) == [("duty", SENT + WAIT, DeliveryState.ACKNOWLEDGED)]
    assert go(told, SENT + WAIT, target="duty") == ()


@pytest.mark.parametrize("outcome", [Verdict.ACCEPTED, Verdict.FAILED])
def test_a_step_whose_end_moved_while_it_was_sent_is_followed_by_nothing(told, outcome):
    told.run(acquisition.acquire, SENT + WAIT, POLICY)
    (step,) = take(told, SENT + WAIT, target="duty")
    record(told, now=SENT + WAIT, of=MOVED, wanted=[LATER])
    told.run(settlement.settle, [settled(step, outcome, SENT + WAIT)], SENT + WAIT)
    assert [state for *_, state in steps(told)] == [
        DeliveryState.DELIVERED if outcome is Verdict.ACCEPTED else DeliveryState.SUPERSEDED
    ]


def test_a_plan_that_is_made_anew_leaves_the_steps(told):
    record(told, now=SENT, of=CALM, wanted=[ALERT])
    assert steps(told) == [("duty", SENT + WAIT, DeliveryState.PLANNED)]


def test_a_terminated_truce_supersedes_the_steps_of_the_end_that_it_replaces(told):
    ended = extended_truce(termination=termination("2016-05-03T21:30", announced="2016-05-03T21:02"))
    record(told, now=SENT, of=ended, wanted=[ALERT])
    assert steps(told)[0][2] is DeliveryState.SUPERSEDED


def test_the_steps_that_follow_a_change_are_superseded_when_its_end_moves_again(ledger):
    shortened = delivery(Kind.SHORTENED, ends_at=END, due_at=MORNING)
    short = Escalation(name="cut", alerts=(AlertPattern(Kind.SHORTENED),), steps=CHAIN.steps)
    record(ledger, of=CALM, announced=[shortened])
    go(ledger, MORNING, escalation=short)
    assert steps(ledger) == [("duty", MORNING + WAIT, DeliveryState.PLANNED)]
    record(ledger, now=MORNING, of=CALM)
    assert steps(ledger) == [("duty", MORNING + WAIT, DeliveryState.PLANNED)]
    record(ledger, now=MORNING, of=MOVED)
    assert steps(ledger)[0][2] is DeliveryState.SUPERSEDED


def test_a_clock_that_was_ahead_makes_no_step_wait_for_its_moments(told):
    earlier = SENT - timedelta(days=300)
    told.run(clock_ahead.wait_no_longer, earlier)
    assert steps(told) == [("duty", earlier + WAIT, DeliveryState.PLANNED)]


def test_an_alert_that_nobody_acknowledges_is_found_by_none_of_another_truce(told):
    other = truce(id="other", first_end=end(END))
    record(told, of=other, wanted=[replace(ALERT, truce="other")])
    go(told, SENT)
    acknowledge(told, row(told, ALERT))
    assert sorted(state for *_, state in steps(told)) == [DeliveryState.ACKNOWLEDGED, DeliveryState.PLANNED]
