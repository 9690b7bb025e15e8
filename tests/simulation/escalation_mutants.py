"""Bugs in acknowledgements and escalations: small changes of the real code, as in `mutants`."""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from alertd.daemon import settling
from alertd.ledger import acknowledging, escalating, planning, schema, settlement


def an_answer_calls_nothing_off() -> AbstractContextManager[object]:
    """Steps that are planned go out although somebody has answered."""
    return patch.object(escalating, "call_off", lambda *_: ())


def an_early_answer_is_forgotten() -> AbstractContextManager[object]:
    """A step is planned although enough people answered before its turn."""
    return patch.object(escalating, "_people", lambda *_: {})


def one_answer_is_enough() -> AbstractContextManager[object]:
    """A chain that asks for two people ends with the first."""
    step = settling.next_steps

    def for_one(escalations, *rest, **how):
        return step(tuple(replace(one, people=1) for one in escalations), *rest, **how)

    return patch.object(settling, "next_steps", for_one)


def nobody_is_told_of_the_answer() -> AbstractContextManager[object]:
    """Who was escalated to has no word of the acknowledgement."""
    return patch.object(acknowledging, "_tell", lambda *_: None)


def one_failure_starts_the_wait() -> AbstractContextManager[object]:
    """An answer is waited for from the first failure of a channel, which may take it a moment later."""
    return patch.object(settling, "FALLBACK_AFTER", 1)


def nobody_waits_for_an_answer() -> AbstractContextManager[object]:
    """The next step goes as soon as the one before it was taken."""
    step = settling.next_steps

    def at_once(escalations, delivery, truce, now, *, has_failed):
        found = step(escalations, delivery, truce, now, has_failed=has_failed)
        return tuple(
            replace(one, deliveries=tuple(replace(each, due_at=now) for each in one.deliveries)) for one in found
        )

    return patch.object(settling, "next_steps", at_once)


def a_channel_that_fails_ends_a_chain() -> AbstractContextManager[object]:
    """Only what a channel took is followed by a step."""
    step = settling._next_steps

    def of_taken(dispatched, state, context):
        return step(dispatched, state, context) if state is settling.DeliveryState.DELIVERED else ()

    return patch.object(settling, "_next_steps", of_taken)


def a_start_calls_off_all_steps() -> AbstractContextManager[object]:
    """A start takes the steps that an earlier process had acquired for answered."""
    recover = settlement.recover
    any_step = schema.delivery.c.follows.is_not(None).label("is_answered")

    def recover_none(connection, targets, now):
        with patch.object(escalating, "IS_ANSWERED", any_step):
            return recover(connection, targets, now)

    return patch.object(settlement, "recover", recover_none)


def the_last_step_is_left_out() -> AbstractContextManager[object]:
    """Ops is not told that nobody answered."""
    plan = escalating.plan_steps

    def but_the_last(connection, following, now):
        kept = [one for one in following if not any(each.follows.is_last for each in one.deliveries)]
        plan(connection, kept, now)

    return patch.object(escalating, "plan_steps", but_the_last)


def a_moved_end_goes_on_escalating() -> AbstractContextManager[object]:
    """Steps of an end that was replaced stay planned."""
    return patch.object(planning, "_is_still_followed", lambda *_: True)
