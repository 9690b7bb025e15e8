"""A step to a duty list in the ledger: planned for everyone of it, told to whoever is on duty once it is due."""

from datetime import timedelta

import pytest
from factories import extended_truce
from ledger.steps import POLICY, ladder, record, result_of, take

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind, alert_key
from alertd.domain.escalation import AlertPattern, Escalation, EscalationStep, next_steps
from alertd.domain.policy import Subscription
from alertd.ledger import DeliveryState, acknowledging, acquisition, escalating, off_duty, queries, settlement

CALM = extended_truce(closed=())
(ALERT,) = ladder(ends_at="2016-05-03T22:00", stages=("1h",))
SENT = ALERT.due_at
WAIT = timedelta(minutes=10)
DUE = SENT + WAIT

PEOPLE = tuple(Subscription(channel=name, targets=(name,)) for name in ("lena", "noor"))
CHAIN = Escalation(
    name="last-hour",
    alerts=(AlertPattern(Kind.REMINDER),),
    steps=(
        EscalationStep(channels=(Subscription(channel="desk", targets=("desk",)),), wait=WAIT),
        EscalationStep(channels=PEOPLE, wait=WAIT, duty="field"),
        EscalationStep(channels=(Subscription(channel="head", targets=("head",)),), wait=WAIT),
    ),
)


def only(*names):
    """Of the duty list only these are on duty."""
    return lambda step: step.follows.step == 2 and step.channel not in names


def settle(ledger, now, target, outcome=Verdict.ACCEPTED):
    for each in take(ledger, now, target=target):
        steps = next_steps((CHAIN,), each.delivery, CALM, now, has_failed=outcome is Verdict.REFUSED)
        following = steps if outcome in (Verdict.ACCEPTED, Verdict.REFUSED) else ()
        ledger.run(settlement.settle, [result_of(each, outcome, next_steps=following)], now)


def acquire(ledger, now, *on_duty, **how):
    return ledger.run(acquisition.acquire, now, POLICY, is_off_duty=only(*on_duty), **how)


def states(ledger):
    found = [row for row in ledger.run(queries.history) if row.kind == "escalated"]
    return {row.target: row.state for row in found}


@pytest.fixture
def planned(ledger):
    record(ledger, of=CALM, wanted=[ALERT])
    ledger.run(acquisition.acquire, SENT, POLICY)
    settle(ledger, SENT, "desk")
    return ledger


def test_the_step_is_planned_for_everyone_and_told_to_whoever_is_on_duty_when_it_is_due(planned):
    assert states(planned) == {"lena": DeliveryState.PLANNED, "noor": DeliveryState.PLANNED}
    acquire(planned, DUE, "noor")
    assert states(planned) == {"lena": DeliveryState.SUPERSEDED, "noor": DeliveryState.ACQUIRED}
    (left,) = [row for row in planned.run(queries.history) if row.target == "lena"]
    assert left.reason == off_duty.REASON


def test_all_that_are_on_duty_are_told_and_the_next_step_comes_once(planned):
    acquire(planned, DUE, "lena", "noor")
    settle(planned, DUE, "lena")
    settle(planned, DUE, "noor")
    assert states(planned)["head"] == DeliveryState.PLANNED
    assert len(states(planned)) == 3


def test_a_step_is_never_left_out_for_everyone(planned):
    acquire(planned, DUE, "somebody else")
    assert states(planned) == {"lena": DeliveryState.ACQUIRED, "noor": DeliveryState.ACQUIRED}


def test_after_a_crash_before_it_was_sent_a_step_goes_to_whoever_is_on_duty_then(planned):
    acquire(planned, DUE, "noor")
    planned.run(settlement.recover, ["desk", "lena", "noor", "head"], DUE)
    assert states(planned) == {"lena": DeliveryState.SUPERSEDED, "noor": DeliveryState.PLANNED}
    acquire(planned, DUE + WAIT, "lena")
    assert states(planned) == {"lena": DeliveryState.ACQUIRED, "noor": DeliveryState.SUPERSEDED}


def test_after_a_crash_before_it_was_sent_whoever_has_come_on_duty_besides_is_told_too(planned):
    acquire(planned, DUE, "noor")
    planned.run(settlement.recover, ["desk", "lena", "noor", "head"], DUE)
    acquire(planned, DUE + WAIT, "lena", "noor")
    assert states(planned) == {"lena": DeliveryState.ACQUIRED, "noor": DeliveryState.ACQUIRED}


def test_after_a_crash_while_it_was_sent_a_step_stays_with_whom_it_may_have_reached(planned):
    acquire(planned, DUE, "noor")
    take(planned, DUE, target="noor")
    planned.run(settlement.recover, ["desk", "lena", "noor", "head"], DUE)
    acquire(planned, DUE + WAIT, "lena")
    assert states(planned) == {"lena": DeliveryState.SUPERSEDED, "noor": DeliveryState.ACQUIRED}


def test_who_was_tried_is_tried_again_though_the_duty_has_changed(planned):
    acquire(planned, DUE, "noor")
    settle(planned, DUE, "noor", Verdict.FAILED)
    acquire(planned, DUE + timedelta(hours=1), "lena")
    assert states(planned) == {"lena": DeliveryState.SUPERSEDED, "noor": DeliveryState.ACQUIRED}


def test_of_two_that_were_tried_both_are_tried_again_though_one_has_gone(planned):
    acquire(planned, DUE, "lena", "noor")
    settle(planned, DUE, "lena", Verdict.FAILED)
    settle(planned, DUE, "noor", Verdict.FAILED)
    acquire(planned, DUE + timedelta(hours=1), "noor")
    assert states(planned) == {"lena": DeliveryState.ACQUIRED, "noor": DeliveryState.ACQUIRED}


def test_a_channel_that_fails_for_good_brings_the_next_step_at_once_whoever_is_off_duty(planned):
    acquire(planned, DUE, "noor")
    settle(planned, DUE, "noor", Verdict.REFUSED)
    (head,) = [row for row in planned.run(queries.history) if row.target == "head"]
    assert (head.state, head.due_at) == (DeliveryState.PLANNED, DUE)


def test_a_step_that_is_asked_for_again_does_not_come_to_those_who_were_off_duty(planned):
    acquire(planned, DUE, "noor")
    settle(planned, DUE, "noor")
    following = next_steps((CHAIN,), ALERT, CALM, DUE, has_failed=True)
    planned.run(escalating.plan_steps, following, DUE)
    acquire(planned, DUE, "lena")
    assert states(planned)["lena"] == DeliveryState.SUPERSEDED


def test_by_a_clock_in_doubt_everyone_is_told(planned):
    acquire(planned, DUE, "noor", in_doubt=True)
    assert states(planned) == {"lena": DeliveryState.ACQUIRED, "noor": DeliveryState.ACQUIRED}


def test_a_step_tells_of_those_before_it_and_not_of_who_is_told_beside_it(planned):
    acquire(planned, DUE, "lena", "noor")
    assert take(planned, DUE, target="lena")
    (noor,) = take(planned, DUE, target="noor")
    assert [told.target for told in noor.notice.sent_before] == ["desk"]


def test_a_hand_over_names_what_nobody_has_answered_since_the_one_before_and_nothing_else(planned):
    def unanswered(since):
        return [step.follows.alert for step, _ in planned.run(escalating.unanswered_since, since)]

    assert unanswered(SENT) == []
    acquire(planned, DUE, "noor")
    settle(planned, DUE, "noor")
    before = SENT - timedelta(hours=1)
    assert unanswered(before) == [alert_key(ALERT.key, ALERT.target)]
    given = Acknowledgement(at=SENT, by="lena", way="command", note=None)
    planned.run(acknowledging.acknowledge, ALERT.key, given, lambda judged: "seen")
    assert unanswered(before) == []
