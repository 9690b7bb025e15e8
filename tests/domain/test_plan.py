"""What is to be sent, to whom and when; and which of what is due is still worth sending."""

import itertools
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from factories import FIRST_END, LAST_END, claim, end, extended_truce, moment, record, termination, truce

from alertd.domain.agenda import Step, next_step
from alertd.domain.alert import Kind
from alertd.domain.change import changes
from alertd.domain.plan import announce, plan
from alertd.domain.policy import Policy, Subscription
from alertd.times.end import End

DESK = Subscription(channel="desk", targets=("desk",))
QUIET = Subscription(channel="quiet", targets=("quiet",), alerts=frozenset({Kind.LAPSED}))
NEVER_MIND = moment("2016-04-01T00:00")


LATER = moment("2016-06-01T00:00")

LADDER_ALONE = Policy(unresolved_for=timedelta())
"""The questions about a lapse stand in `test_reviews`."""


def rows(about, *subscriptions, policy=None, until=NEVER_MIND, now=LATER):
    return plan(about, subscriptions or (DESK,), policy or LADDER_ALONE, reviews_until=until, now=now)


def shown(deliveries):
    return [(d.kind.value, str(d.stage or ""), f"{d.due_at:%d %H%M}") for d in deliveries]


def test_the_ladder_leads_to_the_expiry_and_past_it():
    assert shown(rows(extended_truce())) == [
        ("reminder", "24h", "02 2200"),
        ("reminder", "6h", "03 1600"),
        ("reminder", "1h", "03 2100"),
        ("reminder", "15m", "03 2145"),
        ("lapsed", "0", "03 2200"),
        ("lapsed", "+15m", "03 2215"),
    ]


def test_a_truce_announced_when_already_over_says_nothing_until_it_is_extended():
    late = truce(announced=moment("2016-04-30T22:05"))
    assert rows(late) == ()
    assert rows(replace(late, records=(record(LAST_END, announced="2016-05-01T09:00"),))) != ()


def test_a_truce_that_is_known_before_it_is_announced_is_watched_although_its_end_comes_first():
    """As with a mistake in the year of `announced`."""
    mistaken = truce(announced=moment("2026-04-29T09:00"))
    assert rows(mistaken, now=moment("2016-04-29T12:00")) == rows(truce(), now=moment("2016-04-29T12:00")) != ()


def test_a_stage_before_the_start_is_planned_like_any_other():
    policy = Policy(lead_times=(timedelta(hours=30),), after=())
    assert shown(rows(truce(), policy=policy))[0] == ("reminder", "30h", "29 1600")


def test_a_truce_may_have_a_ladder_of_its_own():
    about = truce(lead_times=(timedelta(minutes=90),), after=())
    assert [str(d.stage) for d in rows(about)] == ["90m", "0"]


def test_each_live_end_at_or_before_the_expiry_has_its_ladder_and_only_the_expiry_lapses():
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T09:00"))
    ours = [d for d in rows(about) if d.ends_at == moment("2016-05-03T21:00")]
    assert shown(ours) == [
        ("reminder", "24h", "02 2100"),
        ("reminder", "6h", "03 1500"),
        ("reminder", "1h", "03 2000"),
        ("reminder", "15m", "03 2045"),
        ("reminder", "0", "03 2100"),
    ]


def test_a_claim_never_silences_a_reminder():
    claimed = truce(records=(claim(LAST_END, announced="2016-04-30T09:00"),))
    assert {d.key for d in rows(truce())} <= {d.key for d in rows(claimed)}


def test_an_unconfirmed_termination_never_silences_a_reminder():
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=False))
    assert {d.key for d in rows(truce())} <= {d.key for d in rows(about)}


def test_reminders_lead_to_a_confirmed_termination_and_nothing_lapses():
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00"))
    assert shown(rows(about)) == [
        ("reminder", "24h", "29 1200"),
        ("reminder", "6h", "30 0600"),
        ("reminder", "1h", "30 1100"),
        ("reminder", "15m", "30 1145"),
        ("reminder", "0", "30 1200"),
    ]


def test_a_termination_at_the_very_expiry_is_no_lapse():
    about = truce(termination=termination(FIRST_END, announced="2016-04-30T06:00"))
    assert Kind.LAPSED not in {d.kind for d in rows(about)}


def test_a_termination_after_the_lapse_silences_what_was_still_to_be_said_of_it():
    about = truce(termination=termination("2016-04-30T22:10", announced="2016-04-30T22:10"))
    assert shown(rows(about))[-1] == ("lapsed", "0", "30 2200")


@pytest.mark.parametrize("ends", [End.open(), End.conditional("until the talks end")])
def test_a_truce_without_a_moment_is_reviewed(ends):
    assert shown(rows(truce(first_end=ends), until=moment("2016-05-14T00:00"))) == [
        ("review", "", "06 2200"),
        ("review", "", "13 2200"),
        ("review", "", "20 2200"),
    ]


def test_the_next_review_is_always_planned_however_far_the_start_is():
    about = truce(starts=moment("2016-06-01T00:00"), first_end=End.open())
    assert [f"{d.due_at:%m-%d}" for d in rows(about, until=moment("2016-04-30T00:00"))] == ["06-08"]


def test_reviews_count_from_the_confirmation_that_opened_the_truce():
    about = truce(records=(record(End.open(), announced="2016-04-30T09:00"),))
    assert shown(rows(about, until=moment("2016-05-08T00:00"))) == [
        ("review", "", "07 0900"),
        ("review", "", "14 0900"),
    ]


def test_the_order_of_records_does_not_matter():
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T09:00"))
    for shuffled in itertools.permutations(about.records):
        assert rows(replace(about, records=shuffled)) == rows(about)


# Subscriptions.


def test_a_channel_takes_truces_by_tag_and_kinds_by_filter():
    syria = Subscription(
        channel="syria", targets=("syria",), tags=frozenset({"syria"}), alerts=frozenset({Kind.REMINDER})
    )
    planned = rows(truce(tags=("syria", "north")), syria)
    assert {d.kind for d in planned} == {Kind.REMINDER}
    assert {d.channel for d in rows(truce(tags=("sudan",)), syria, DESK)} == {"desk"}


def test_a_filter_never_hides_what_moves_or_cancels_an_end():
    moved = announce(extended_truce(), changes(truce(), extended_truce()), [QUIET], due_at=moment("2016-05-02T09:00"))
    assert [(d.kind, d.channel) for d in moved] == [(Kind.EXTENDED, "quiet")]
    said = truce(records=(claim(LAST_END, announced="2016-04-30T09:00"),))
    assert announce(said, changes(truce(), said), [QUIET], due_at=moment("2016-05-02T09:00")) == ()


def test_a_first_end_reaches_a_channel_whatever_it_filters():
    before = truce(first_end=End.open())
    after = truce(first_end=End.open(), records=(record(LAST_END, announced="2016-05-02T09:00"),))
    (told,) = announce(after, changes(before, after), [QUIET], due_at=moment("2016-05-02T09:00"))
    assert (told.kind, told.ends_at) == (Kind.DATED, moment(LAST_END))


def test_a_truce_that_no_channel_takes_goes_to_ops_whatever_ops_filters():
    syria = Subscription(channel="syria", targets=("syria",), tags=frozenset({"syria"}))
    ops = Subscription(
        channel="ops", targets=("ops",), tags=frozenset({"x"}), alerts=frozenset({Kind.LAPSED}), ops=True
    )
    assert {(d.channel, d.kind) for d in rows(truce(), syria, ops)} == {("ops", Kind.REMINDER), ("ops", Kind.LAPSED)}
    assert {d.channel for d in rows(truce(), syria)} == {"syria"}


def test_every_target_of_a_channel_has_a_delivery_of_its_own():
    two = Subscription(channel="desk", targets=("desk", "desk#2"))
    assert {d.target for d in rows(truce(), two)} == {"desk", "desk#2"}
    assert len({d.key for d in rows(truce(), two)}) == 12


# Keys.


def test_a_moved_end_gives_other_keys_and_the_same_end_the_same():
    moved = truce(first_end=end(LAST_END))
    assert {d.key for d in rows(truce())}.isdisjoint({d.key for d in rows(moved)})
    assert {d.key for d in rows(moved)} == {d.key for d in rows(extended_truce())}


# What is due.


def step(due_at, now, *, kind=Kind.REMINDER, is_overtaken=False, in_doubt=False):
    return next_step(kind, due_at, now, Policy(), is_overtaken=is_overtaken, in_doubt=in_doubt)


def test_a_stage_that_a_tighter_one_overtakes_is_not_sent():
    due_at = moment("2016-05-03T21:30")
    assert step(due_at, due_at, is_overtaken=True) is Step.OVERTAKE
    assert step(due_at, due_at) is Step.SEND


def test_what_is_older_than_catch_up_becomes_a_line_of_a_summary():
    due_at = moment("2016-05-03T21:30")
    at_the_limit = due_at + Policy().catch_up
    assert step(due_at, at_the_limit) is Step.SEND
    assert step(due_at, at_the_limit + timedelta(seconds=1)) is Step.MISS


def test_by_a_clock_in_doubt_nothing_is_given_up_and_no_end_or_start_is_declared():
    due_at = moment("2016-05-03T21:30")
    years_later = due_at + timedelta(days=700)
    in_doubt = partial(step, due_at, years_later, is_overtaken=True, in_doubt=True)
    assert {kind: in_doubt(kind=kind) for kind in Kind} == {
        kind: Step.WAIT if kind in {Kind.LAPSED, Kind.REVIEW, Kind.START} else Step.SEND for kind in Kind
    }
