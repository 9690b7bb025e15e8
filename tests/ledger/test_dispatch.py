from contextlib import closing
from datetime import timedelta

import pytest
from factories import delivery, end, moment, truce
from ledger.steps import (
    MORNING,
    POLICY,
    TARGETS,
    change,
    copy_for,
    ladder,
    news,
    ops,
    record,
    result_of,
    revision,
    row,
    send,
    state,
    states,
    take,
)
from sqlalchemy import select

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.domain.policy import BATCH
from alertd.ledger import (
    DeliveryState,
    IllegalTransition,
    Ledger,
    SentMessage,
    acquisition,
    dispatch,
    planning,
    queries,
    schema,
    settlement,
)

SECOND = timedelta(seconds=1)


# -- what is due ---------------------------------------------------------------------------------------------------


def test_an_empty_agenda_has_no_next_moment(ledger):
    assert ledger.run(acquisition.next_due) is None
    assert ledger.run(acquisition.acquire, MORNING, POLICY).targets == ()


def test_the_next_moment_is_that_of_the_earliest_planned_delivery(ledger):
    record(ledger, wanted=ladder())
    assert ledger.run(acquisition.next_due) == ladder()[0].due_at


def test_a_delivery_that_waits_for_another_try_is_next_when_its_wait_is_over(ledger):
    first, second = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[first, second])
    again_at = first.due_at + timedelta(seconds=7)
    send(ledger, first.due_at, Verdict.FAILED, not_before=again_at)
    assert ledger.run(acquisition.next_due) == again_at
    assert ledger.run(acquisition.acquire, again_at - SECOND, POLICY).targets == ()
    assert ledger.run(acquisition.acquire, again_at, POLICY).targets == ("desk",)
    assert ledger.run(acquisition.next_due) == second.due_at


def test_nothing_is_acquired_before_its_moment(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    assert ledger.run(acquisition.acquire, reminder.due_at - timedelta(milliseconds=1), POLICY).targets == ()
    assert ledger.run(acquisition.acquire, reminder.due_at, POLICY).targets == ("desk",)


def test_what_was_acquired_is_not_acquired_again(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    assert len(take(ledger, reminder.due_at)) == 1
    assert ledger.run(acquisition.acquire, reminder.due_at, POLICY).targets == ()
    assert take(ledger, reminder.due_at) == ()


def test_every_target_that_has_something_to_send_is_named_until_it_is_dispatched(ledger):
    record(ledger, wanted=ladder(stages=("6h",)) + ladder(stages=("6h",), channel="board", target="board 2"))
    due_at = ladder(stages=("6h",))[0].due_at
    assert ledger.run(acquisition.acquire, due_at, POLICY).targets == ("board 2", "desk")
    take(ledger, due_at)
    assert ledger.run(acquisition.acquire, due_at, POLICY).targets == ("board 2",)


# -- what is chosen ------------------------------------------------------------------------------------------------


def test_of_several_missed_stages_of_one_end_only_the_tightest_is_sent(ledger):
    day, six_hours, hour, quarter = ladder()
    record(ledger, wanted=ladder())
    (dispatched,) = send(ledger, hour.due_at + timedelta(minutes=3))
    assert dispatched.delivery == hour
    assert [state(ledger, each) for each in (day, six_hours, hour, quarter)] == [
        DeliveryState.OVERTAKEN,
        DeliveryState.OVERTAKEN,
        DeliveryState.DELIVERED,
        DeliveryState.PLANNED,
    ]
    assert row(ledger, day).reason == "a later stage of the same end or start was due as well"


def test_of_several_missed_stages_of_one_start_only_the_tightest_is_sent_and_no_end_overtakes_it(ledger):
    starts = "2016-05-03T21:30"
    ahead, begins = (delivery(Kind.START, stage=stage, ends_at=None, at=starts) for stage in ("1h", "0"))
    other = delivery(Kind.START, stage="1h", ends_at=None, at="2016-05-03T22:30")
    hour = ladder(stages=("1h",))[0]
    record(ledger, wanted=[ahead, begins, other, hour])
    sent = send(ledger, begins.due_at + timedelta(minutes=3))
    assert {each.delivery for each in sent} == {begins, other, hour}
    assert state(ledger, ahead) is DeliveryState.OVERTAKEN


@pytest.mark.parametrize("ends_at", ["2016-05-10T17:00", None])
def test_a_closing_of_a_daily_pause_and_the_end_itself_overtake_each_other_in_neither_direction(ledger, ends_at):
    hour, quarter = (delivery(stage=stage, ends_at=ends_at, at="2016-05-09T17:00") for stage in ("1h", "15m"))
    day = [delivery(stage="24h", ends_at=ends_at)] if ends_at else []
    record(ledger, wanted=[hour, quarter, *day])
    sent = send(ledger, quarter.due_at + timedelta(minutes=30))
    assert {each.delivery for each in sent} == {quarter, *day}
    assert state(ledger, hour) is DeliveryState.OVERTAKEN


@pytest.mark.parametrize("ends_at", ["2016-05-10T17:00", None])
def test_a_closing_of_a_daily_pause_is_overtaken_by_no_other_closing(ledger, ends_at):
    morning, evening = (delivery(stage="15m", ends_at=ends_at, at=f"2016-05-09T{at}") for at in ("10:00", "17:00"))
    record(ledger, wanted=[morning, evening])
    sent = send(ledger, evening.due_at + timedelta(minutes=5))
    assert {each.delivery for each in sent} == {morning, evening}


def test_a_closing_of_a_daily_pause_that_waited_long_is_told_however_far_the_last_one_is(ledger):
    quarter = delivery(stage="15m", ends_at="2016-05-20T17:00", at="2016-05-09T17:00")
    record(ledger, wanted=[quarter])
    sent = send(ledger, quarter.due_at + timedelta(hours=2))
    assert [each.delivery for each in sent] == [quarter]


def test_the_stages_of_one_end_are_seen_together_even_where_a_batch_divides_them(ledger):
    """More rows than a batch lie between two stages of each end; the looser one is overtaken all the same."""
    ends = [f"t{number}" for number in range(BATCH)]
    for name in ends:
        record(ledger, of=truce(id=name), wanted=ladder(truce=name, stages=("6h", "1h")))
    now = ladder(stages=("1h",))[0].due_at
    ledger.run(acquisition.acquire, now, POLICY)
    assert ledger.run(acquisition.next_due) <= now, "there is more"
    ledger.run(acquisition.acquire, now, POLICY)
    assert {(row.stage, row.state) for row in ledger.run(queries.history)} == {
        ("6h", DeliveryState.OVERTAKEN),
        ("1h", DeliveryState.ACQUIRED),
    }


def test_a_failed_stage_is_not_tried_again_once_a_tighter_one_was_sent(ledger):
    six_hours, hour = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[six_hours, hour])
    send(ledger, six_hours.due_at, Verdict.FAILED, not_before=hour.due_at + SECOND)
    send(ledger, hour.due_at)
    send(ledger, hour.due_at + SECOND)
    assert state(ledger, six_hours) is DeliveryState.OVERTAKEN
    assert state(ledger, hour) is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    "other",
    [
        {"target": "desk 2"},
        {"ends_at": "2016-05-03T21:00"},
        {"truce": "latakia"},
    ],
)
def test_a_stage_is_overtaken_by_its_own_end_and_target_alone(ledger, other):
    looser = delivery(stage="6h", **other)
    record(ledger, of=truce(id="latakia"), wanted=[wanted for wanted in [looser] if wanted.truce == "latakia"])
    record(ledger, wanted=[delivery(stage="1h"), *(wanted for wanted in [looser] if wanted.truce != "latakia")])
    ledger.run(acquisition.acquire, delivery(stage="1h").due_at, POLICY)
    assert state(ledger, looser) is DeliveryState.ACQUIRED


def test_a_tighter_stage_that_nobody_wants_any_more_overtakes_nothing(ledger):
    six_hours, hour = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[six_hours, hour])
    record(ledger, wanted=[six_hours])
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    assert state(ledger, six_hours) is DeliveryState.ACQUIRED


def test_what_is_too_old_becomes_a_line_in_one_summary_to_the_same_target(ledger):
    for name in ("douma", "latakia"):
        record(ledger, of=truce(id=name), wanted=ladder(truce=name, stages=("1h",)))
        record(ledger, of=truce(id=name), changes=[change()], announced=[], wanted=ladder(truce=name, stages=("1h",)))
    now = moment("2016-05-05T09:00")
    assert ledger.run(acquisition.acquire, now, POLICY).targets == ("desk",)
    (summary,) = take(ledger, now)
    assert (summary.delivery.kind, summary.delivery.channel, summary.delivery.due_at) == (Kind.MISSED, "desk", now)
    assert summary.notice.text.splitlines() == [
        "douma reminder 1h, end 2200Z Tue 3 May, was due 2100Z Tue 3 May",
        "latakia reminder 1h, end 2200Z Tue 3 May, was due 2100Z Tue 3 May",
    ]
    missed = ledger.run(queries.history, truce="douma")[0]
    assert missed.state is DeliveryState.MISSED
    assert summary.delivery.short_id in missed.reason


def test_a_summary_calls_each_truce_as_it_is_told_to(ledger):
    record(ledger, of=truce(name="Ghouta"), wanted=ladder(stages=("1h",)))
    now = moment("2016-05-05T09:00")
    ledger.run(acquisition.acquire, now, POLICY, named=lambda known: f"{known.name} [{known.id}]")
    (summary,) = take(ledger, now)
    due = "end 2200Z Tue 3 May, was due 2100Z Tue 3 May"
    assert summary.notice.text == f"Ghouta [eastern-ghouta] reminder 1h, {due}"


def test_what_is_found_too_old_later_is_added_to_the_summary_that_nobody_was_given_yet(ledger):
    now = moment("2016-05-05T09:00")
    for name in ("douma", "latakia"):
        record(ledger, of=truce(id=name), wanted=ladder(truce=name, stages=("1h",)))
        ledger.run(acquisition.acquire, now, POLICY)
    (summary,) = take(ledger, now)
    assert [line.split()[0] for line in summary.notice.text.splitlines()] == ["douma", "latakia"]
    for name in ("douma", "latakia"):
        assert summary.delivery.short_id in ledger.run(queries.history, truce=name)[0].reason


def test_two_summaries_of_one_second_are_both_told(ledger):
    now = moment("2016-05-05T09:00")
    told = []
    for name in ("douma", "latakia"):
        record(ledger, of=truce(id=name), wanted=ladder(truce=name, stages=("1h",)))
        ledger.run(acquisition.acquire, now, POLICY)
        told += take(ledger, now)
    assert [sent.notice.text.split()[0] for sent in told] == ["douma", "latakia"]


def record_old(ledger, count):
    names = [f"truce-{number:03}" for number in range(count)]
    ledger.run(
        planning.store,
        [revision(of=truce(id=name), wanted=ladder(truce=name, stages=("1h",))) for name in names],
        MORNING,
    )


def test_a_summary_that_grows_too_long_is_split_and_never_cut(ledger, monkeypatch):
    monkeypatch.setattr("alertd.ledger.acquisition.SUMMARY_LENGTH", 1)
    now = moment("2016-05-05T09:00")
    record_old(ledger, BATCH + 1)
    while ledger.run(acquisition.next_due) is not None:
        ledger.run(acquisition.acquire, now, POLICY)
    summaries = take(ledger, now)
    lines = [line for summary in summaries for line in summary.notice.text.splitlines()]
    assert len(summaries) == 2
    assert {line.split()[0] for line in lines} == {f"truce-{number:03}" for number in range(BATCH + 1)}
    assert len(lines) == BATCH + 1


def test_what_is_too_old_waits_until_all_else_that_is_due_was_acquired(ledger):
    now = moment("2016-05-05T09:00")
    record_old(ledger, BATCH)
    (urgent,) = ladder(truce="urgent", stages=("15m",), ends_at="2016-05-05T09:10")
    record(ledger, of=truce(id="urgent"), wanted=[urgent])
    assert ledger.run(acquisition.acquire, now, POLICY).targets == ()
    assert ledger.run(acquisition.acquire, now, POLICY).targets == ("desk",)
    assert [sent.delivery.kind for sent in take(ledger, now, limit=1)] == [Kind.REMINDER]
    (summary,) = take(ledger, now, limit=1)
    assert (summary.delivery.kind, len(summary.notice.text.splitlines())) == (Kind.MISSED, BATCH)


def test_ops_alerts_that_are_too_old_do_not_go_before_all_else(ledger):
    ledger.run(acquisition.enqueue, [ops()], MORNING)
    later = MORNING + timedelta(days=2)
    assert ledger.run(acquisition.acquire, later, POLICY, {Kind.OPS}).targets == ()
    assert ledger.run(acquisition.acquire, later, POLICY).targets == ("desk",)


def test_an_old_alert_that_brings_its_own_text_keeps_it_in_the_summary(ledger):
    ledger.run(acquisition.enqueue, [ops(text="the file truces/a.toml is gone")], MORNING)
    later = MORNING + timedelta(days=2)
    ledger.run(acquisition.acquire, later, POLICY)
    assert [sent.notice.text for sent in take(ledger, later)] == ["the file truces/a.toml is gone"]


def test_a_copy_for_the_fallback_that_grew_too_old_still_says_which_alert_it_is(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, Verdict.REFUSED, copies=(copy_for(),))
    later = reminder.due_at + timedelta(days=2)
    ledger.run(acquisition.acquire, later, POLICY)
    (summary,) = take(ledger, later, target="oncall")
    due = "end 2200Z Tue 3 May, was due 1600Z Tue 3 May"
    assert summary.notice.text == f"eastern-ghouta reminder 6h, {due} (for desk)"


# -- what a worker is handed ---------------------------------------------------------------------------------------


def test_a_worker_is_handed_the_soonest_end_first_and_no_more_than_it_asks_for(ledger):
    ends = {"later": "2016-05-03T22:00", "soon": "2016-05-03T16:30", "soonest": "2016-05-03T16:15"}
    for name, ends_at in ends.items():
        due_at = moment("2016-05-03T16:00")
        stage = {"later": "6h", "soon": "30m", "soonest": "15m"}[name]
        record(ledger, of=truce(id=name), wanted=[delivery(truce=name, stage=stage, ends_at=ends_at, due_at=due_at)])
    ledger.run(acquisition.enqueue, [ops()], MORNING)
    now = moment("2016-05-03T16:00")
    ledger.run(acquisition.acquire, now, POLICY)
    assert [sent.delivery.truce for sent in take(ledger, now, limit=2)] == ["soonest", "soon"]
    assert [sent.delivery.truce for sent in take(ledger, now, limit=2)] == ["later", None]
    assert take(ledger, now, limit=2) == ()


def test_an_end_that_lies_ahead_comes_before_one_that_is_long_past(ledger):
    now = moment("2016-05-03T16:00")
    ends = {"past": "2016-05-03T04:00", "ahead": "2016-05-03T16:10", "just over": "2016-05-03T15:59"}
    for name, ends_at in ends.items():
        wanted = delivery(Kind.LAPSED, truce=name, stage="0", ends_at=ends_at, due_at=now)
        record(ledger, of=truce(id=name), wanted=[wanted])
    ledger.run(acquisition.enqueue, [ops()], MORNING)
    ledger.run(acquisition.acquire, now, POLICY)
    assert [sent.delivery.truce for sent in take(ledger, now)] == ["just over", "ahead", "past", None]


def test_an_alert_that_counts_to_the_last_instant_of_a_day_is_not_past_before_that(ledger):
    now = moment("2016-05-03T16:00")
    last_hours = delivery(truce="day", stage="6h", ends_at="2016-05-02T22:00", at="2016-05-03T22:00", due_at=now)
    begun = delivery(truce="begun", stage="0", ends_at="2016-05-03T00:00", at="2016-05-03T00:00", due_at=now)
    later = delivery(truce="later", stage="24h", ends_at="2016-05-04T16:00", due_at=now)
    for wanted in (last_hours, begun, later):
        record(ledger, of=truce(id=wanted.truce), wanted=[wanted])
    ledger.run(acquisition.acquire, now, POLICY)
    assert [sent.delivery.truce for sent in take(ledger, now)] == ["day", "later", "begun"]


def test_an_alert_of_a_truce_that_has_one_on_its_way_waits_and_hides_no_other(ledger):
    hour = ladder(stages=("1h",))[0]
    for name in ("a", "b"):
        record(ledger, of=truce(id=name), wanted=ladder(truce=name, stages=("1h",)))
    ledger.run(acquisition.enqueue, [ops(due_at=hour.due_at)], hour.due_at)
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    (first,) = ledger.run(dispatch.dispatch, "desk", hour.due_at, POLICY, 1, apart_from={"a", None})
    (second,) = ledger.run(dispatch.dispatch, "desk", hour.due_at, POLICY, 1, apart_from={"a", "b"})
    assert [first.delivery.truce, second.delivery.truce] == ["b", None]
    assert ledger.run(dispatch.dispatch, "desk", hour.due_at, POLICY, 1, apart_from={"a", "b"}) == ()


def test_of_one_truce_a_single_alert_is_dispatched_where_two_could_overtake_each_other(ledger):
    (hour,) = ladder(stages=("1h",))
    record(ledger, wanted=[hour])
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    record(ledger, wanted=[hour], changes=[change(Kind.CLAIMED)], announced=[news(Kind.CLAIMED, due_at=hour.due_at)])
    ledger.run(
        acquisition.enqueue, [ops(about, due_at=hour.due_at) for about in ("clock", "channel oncall")], hour.due_at
    )
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    together = ledger.run(dispatch.dispatch, "desk", hour.due_at, POLICY, 100, apart_from=())
    assert [sent.delivery.truce for sent in together] == [hour.truce, None, None], (
        "what speaks of no truce stands alone"
    )
    (rest,) = ledger.run(dispatch.dispatch, "desk", hour.due_at, POLICY, 100, apart_from=())
    assert {together[0].delivery.kind, rest.delivery.kind} == {Kind.REMINDER, Kind.CLAIMED}


def test_a_worker_is_handed_the_truce_as_last_known_and_the_try_is_counted(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    record(ledger, of=truce(title="a better title"), wanted=[reminder])
    (dispatched,) = send(ledger, reminder.due_at, Verdict.FAILED)
    assert (dispatched.delivery, dispatched.notice.truce.title, dispatched.attempts) == (reminder, "a better title", 1)
    assert (
        dispatched.notice.change,
        dispatched.notice.earlier,
        dispatched.notice.text,
        dispatched.notice.possible_repeat,
    ) == (
        None,
        (),
        None,
        False,
    )
    (again,) = send(ledger, reminder.due_at)
    assert again.attempts == 2


def test_a_worker_is_handed_the_change_that_its_alert_announces(ledger):
    extended = change(Kind.EXTENDED, new=end("2016-05-03T22:00"))
    claimed = change(Kind.CLAIMED, new=end("2016-05-03T21:00"), reason="the other side")
    record(ledger, changes=[claimed, extended], announced=[news(), news(Kind.CLAIMED, ends_at="2016-05-03T21:00")])
    assert {sent.delivery.kind: sent.notice.change for sent in send(ledger, MORNING)} == {
        Kind.EXTENDED: extended,
        Kind.CLAIMED: claimed,
    }


def test_news_carries_the_news_that_it_superseded_and_what_that_had_superseded(ledger):
    ends = ["2016-05-03T22:00", "2016-05-04T22:00", "2016-05-05T22:00", "2016-05-06T22:00"]
    changes = [change(new=end(ends_at)) for ends_at in ends]
    record(ledger, changes=changes[:1], announced=[news(ends_at=ends[0])])
    send(ledger, MORNING)
    for moved, ends_at in zip(changes[1:], ends[1:], strict=True):
        record(ledger, changes=[moved], announced=[news(ends_at=ends_at)])
    (dispatched,) = send(ledger, MORNING)
    assert (dispatched.notice.change, dispatched.notice.earlier) == (changes[3], (changes[1], changes[2]))
    record(ledger, changes=changes[:1], announced=[news(ends_at=ends[0])])
    (dispatched,) = send(ledger, MORNING)
    assert dispatched.notice.earlier == (), "what was told is not told again"


ENDS = ("2016-05-03T22:00", "2016-05-04T22:00", "2016-05-05T22:00", "2016-05-06T22:00")


def extend(ledger, ends_at):
    """Record an extension; gives its change."""
    extended = change(new=end(ends_at))
    record(ledger, changes=[extended], announced=[news(ends_at=ends_at)])
    return extended


@pytest.mark.parametrize("replacements", [1, 2])
def test_news_carries_what_its_channel_had_in_its_hands_and_did_not_send(ledger, replacements):
    lost = [extend(ledger, ENDS[0]), extend(ledger, ENDS[1])]
    ledger.run(acquisition.acquire, MORNING, POLICY)
    (in_hands,) = take(ledger, MORNING)
    later = [extend(ledger, ends_at) for ends_at in ENDS[2 : 2 + replacements]]
    ledger.run(settlement.settle, [result_of(in_hands, Verdict.FAILED)], MORNING)
    (dispatched,) = send(ledger, MORNING)
    assert (*dispatched.notice.earlier, dispatched.notice.change) == (*lost, *later)


def test_news_does_not_carry_what_its_channel_had_in_its_hands_and_sent(ledger):
    extend(ledger, ENDS[0])
    extend(ledger, ENDS[1])
    ledger.run(acquisition.acquire, MORNING, POLICY)
    (in_hands,) = take(ledger, MORNING)
    extend(ledger, ENDS[2])
    ledger.run(settlement.settle, [result_of(in_hands)], MORNING)
    (dispatched,) = send(ledger, MORNING)
    assert dispatched.notice.earlier == ()


def test_news_carries_what_a_crash_cut_short_after_it_was_replaced(ledger):
    lost = extend(ledger, ENDS[0])
    ledger.run(acquisition.acquire, MORNING, POLICY)
    take(ledger, MORNING)
    extend(ledger, ENDS[1])
    ledger.run(settlement.recover, TARGETS, MORNING)
    (dispatched,) = send(ledger, MORNING)
    assert dispatched.notice.earlier == (lost,)


def test_a_stage_that_is_overtaken_while_it_waits_for_its_worker_is_not_dispatched(ledger):
    six_hours, hour = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[six_hours, hour])
    ledger.run(acquisition.acquire, six_hours.due_at, POLICY)
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    assert [sent.delivery for sent in take(ledger, hour.due_at, limit=1)] == [hour]
    assert state(ledger, six_hours) is DeliveryState.OVERTAKEN


def test_what_was_acquired_in_time_is_dispatched_however_long_it_waited(ledger):
    (hour,) = ladder(stages=("1h",))
    record(ledger, wanted=[hour])
    ledger.run(acquisition.acquire, hour.due_at, POLICY)
    assert [sent.delivery for sent in take(ledger, hour.due_at + timedelta(days=3))] == [hour]


# -- what became of it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "expected", "repeat"),
    [
        (Verdict.ACCEPTED, DeliveryState.DELIVERED, False),
        (Verdict.REFUSED, DeliveryState.FAILED, False),
        (Verdict.FAILED, DeliveryState.PLANNED, False),
        (Verdict.UNSURE, DeliveryState.PLANNED, True),
    ],
)
def test_an_outcome_decides_where_the_delivery_goes(ledger, outcome, expected, repeat):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, outcome, message_id="m7", reason="why")
    settled = row(ledger, reminder)
    assert (settled.state, settled.possible_repeat, settled.attempts) == (expected, repeat, 1)
    assert (settled.message_id, settled.reason) == ("m7", "why")
    assert settled.settled_at == (None if expected is DeliveryState.PLANNED else reminder.due_at)


def test_a_repeat_that_was_possible_once_stays_so(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, Verdict.UNSURE)
    (again,) = send(ledger, reminder.due_at, possible_repeat=False)
    assert again.notice.possible_repeat
    assert row(ledger, reminder).possible_repeat


def test_a_delivery_is_settled_once(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    (dispatched,) = send(ledger, reminder.due_at)
    with pytest.raises(IllegalTransition):
        ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED)], reminder.due_at)
    assert state(ledger, reminder) is DeliveryState.DELIVERED
    assert ledger.run(queries.channels)[0].last_failure is None, "nor is the attempt counted"


def test_a_copy_to_the_fallback_is_planned_with_its_line(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    copy = copy_for()
    send(ledger, reminder.due_at, Verdict.REFUSED, copies=(copy,))
    (dispatched,) = send(ledger, reminder.due_at, target="oncall")
    assert (dispatched.delivery, dispatched.notice.text, dispatched.notice.truce.id) == (
        copy.alert.delivery,
        "for desk",
        "eastern-ghouta",
    )
    assert dispatched.is_copy


def test_a_fallback_that_has_the_alert_anyway_gets_one_line_instead(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder, copy_for().alert.delivery])
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    (dispatched,) = take(ledger, reminder.due_at)
    ledger.run(settlement.settle, [result_of(dispatched, Verdict.REFUSED, copies=(copy_for(),))], reminder.due_at)
    told = send(ledger, reminder.due_at, target="oncall")
    assert [(sent.delivery.kind, sent.notice.text, sent.is_copy) for sent in told] == [
        (Kind.REMINDER, None, False),
        (Kind.OPS, "desk fails", True),
    ]


def test_a_fallback_that_was_to_get_the_alert_and_then_was_not_gets_it_after_all(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder, copy_for().alert.delivery])
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, Verdict.REFUSED, copies=(copy_for(),))
    (dispatched,) = send(ledger, reminder.due_at, target="oncall")
    assert (dispatched.delivery, dispatched.notice.text, dispatched.is_copy) == (
        copy_for().alert.delivery,
        "for desk",
        True,
    )


def test_a_copy_that_was_taken_back_with_its_end_comes_back_with_it(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    send(ledger, reminder.due_at, Verdict.FAILED, copies=(copy_for(),))
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    (dispatched,) = take(ledger, reminder.due_at)
    record(ledger, wanted=[], now=reminder.due_at)
    record(ledger, wanted=[reminder], now=reminder.due_at)
    assert state(ledger, copy_for().alert.delivery) is DeliveryState.SUPERSEDED
    ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED, copies=(copy_for(),))], reminder.due_at)
    (copy,) = send(ledger, reminder.due_at, target="oncall")
    assert (copy.delivery, copy.notice.text) == (copy_for().alert.delivery, "for desk")


@pytest.mark.parametrize("has_it_anyway", [True, False])
def test_however_often_an_alert_fails_its_fallback_is_told_of_it_once(ledger, has_it_anyway):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder, copy_for().alert.delivery] if has_it_anyway else [reminder])
    for attempt in range(4):
        send(ledger, reminder.due_at + attempt * SECOND, Verdict.FAILED, copies=(copy_for(),))
    told = [found.key for found in ledger.run(queries.history) if found.target == "oncall"]
    assert told == [copy_for().alert.delivery.key, *([copy_for().line.delivery.key] if has_it_anyway else [])]


def test_what_is_said_of_a_send_stands_or_falls_with_what_became_of_it(ledger, monkeypatch):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    (dispatched,) = take(ledger, reminder.due_at)
    told = ops(target="oncall")
    monkeypatch.setattr("alertd.ledger.settlement.rows.insert_new", _crash)
    with pytest.raises(RuntimeError):
        ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED)], reminder.due_at, notices=[told])
    monkeypatch.undo()
    assert state(ledger, reminder) is DeliveryState.ACQUIRED
    assert told.delivery.key not in states(ledger)
    ledger.run(settlement.settle, [result_of(dispatched, Verdict.FAILED)], reminder.due_at, notices=[told])
    assert state(ledger, told.delivery) is DeliveryState.PLANNED


def _crash(*_):
    raise RuntimeError


def test_what_a_channel_took_can_be_read_again_word_by_word(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    (dispatched,) = take(ledger, reminder.due_at)
    messages = SentMessage(id="m1", title="Ghouta: ends in 6 h", text="0100 Wed 4 May")
    ledger.run(settlement.settle, [result_of(dispatched)], reminder.due_at, sent_messages=[messages])
    with ledger.transaction() as connection:
        (kept,) = connection.execute(select(schema.message)).all()
    assert (kept.id, kept.title, kept.text) == (row(ledger, reminder).message_id, messages.title, messages.text)


def test_ops_alerts_can_be_acquired_before_all_else(ledger):
    reminders = ladder(stages=("6h",))
    record(ledger, wanted=reminders)
    now = reminders[0].due_at
    ledger.run(acquisition.enqueue, [ops(due_at=now, target="oncall")], now)
    assert ledger.run(acquisition.acquire, now, POLICY, {Kind.OPS}).targets == ("oncall",)
    assert state(ledger, reminders[0]) is DeliveryState.PLANNED


def test_an_ops_alert_is_said_once(ledger):
    ledger.run(acquisition.enqueue, [ops(), ops(), ops("channel board")], MORNING)
    ledger.run(acquisition.enqueue, [ops(text="again")], MORNING)
    assert [(sent.delivery.about, sent.notice.text) for sent in send(ledger, MORNING)] == [
        ("channel desk", "desk fails"),
        ("channel board", "desk fails"),
    ]


# -- after a crash -------------------------------------------------------------------------------------------------


def test_at_start_what_was_acquired_is_planned_again_and_what_a_channel_had_is_marked(ledger):
    six_hours, quarter = ladder(stages=("6h",)), ladder(stages=("6h",), truce="latakia")
    record(ledger, wanted=six_hours)
    record(ledger, of=truce(id="latakia"), wanted=quarter)
    now = six_hours[0].due_at
    ledger.run(acquisition.acquire, now, POLICY)
    take(ledger, now, limit=1)
    assert ledger.run(settlement.recover, TARGETS, now) == 2
    assert set(states(ledger).values()) == {DeliveryState.PLANNED}
    dispatched = send(ledger, now)
    assert sorted((sent.attempts, sent.notice.possible_repeat) for sent in dispatched) == [(1, False), (2, True)]
    assert ledger.run(settlement.recover, TARGETS, now) == 0


def test_a_send_that_a_crash_cut_short_is_an_attempt_that_nobody_can_judge(ledger):
    record(ledger, wanted=ladder(stages=("6h",)))
    now = ladder(stages=("6h",))[0].due_at
    ledger.run(acquisition.acquire, now, POLICY)
    take(ledger, now)
    ledger.run(settlement.recover, TARGETS, now + SECOND)
    with ledger.transaction() as connection:
        assert connection.execute(select(schema.attempt.c.at, schema.attempt.c.outcome)).all() == [
            (now + SECOND, Verdict.UNSURE)
        ]


def test_what_a_crash_cut_short_is_not_repeated_for_an_end_that_was_replaced_meanwhile(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    ledger.run(acquisition.acquire, reminder.due_at, POLICY)
    take(ledger, reminder.due_at)
    record(ledger, of=truce(title="moved"), now=reminder.due_at)
    assert ledger.run(settlement.recover, TARGETS, reminder.due_at) == 0
    settled = row(ledger, reminder)
    assert (settled.state, settled.possible_repeat) == (DeliveryState.SUPERSEDED, True)


def test_what_no_channel_is_left_to_send_is_superseded_and_comes_back_with_its_channel(ledger):
    acquired, ahead = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[acquired, ahead])
    ledger.run(acquisition.acquire, acquired.due_at, POLICY)
    assert ledger.run(settlement.recover, ["another"], acquired.due_at) == 0
    assert set(states(ledger).values()) == {DeliveryState.SUPERSEDED}
    assert row(ledger, ahead).reason == "no channel has this target any more"
    record(ledger, wanted=[acquired, ahead], now=acquired.due_at + SECOND)
    assert (state(ledger, acquired), state(ledger, ahead)) == (DeliveryState.SUPERSEDED, DeliveryState.PLANNED)


def test_what_is_found_by_id_or_truce_is_not_searched_among_all_rows_of_a_state():
    """Many rows are in one state together in a burst, and in history all are: each call would read them all."""
    ran = []
    with closing(Ledger.in_memory()) as ledger, ledger._database._raw() as raw:
        record(ledger, wanted=[*ladder(stages=("0s",), kind=Kind.LAPSED), *ladder(stages=("6h",))])
        for number in range(3):
            name = f"other-{number}"
            record(ledger, of=truce(id=name), changes=[change()], announced=[news(truce=name)])
        raw.set_trace_callback(ran.append)
        send(ledger, MORNING)
        record(ledger, of=truce(title="moved"), changes=[change()], wanted=ladder(), announced=[news()])
        record(ledger, of=truce(title="moved again"), changes=[change()], wanted=ladder(), announced=[news()])
        send(ledger, MORNING + SECOND)
        send(ledger, ladder(stages=("6h",))[0].due_at)
        raw.set_trace_callback(None)
        of_deliveries = [text for text in ran if text.startswith(("SELECT delivery", "UPDATE delivery"))]
        plans = [step[3] for text in of_deliveries for step in raw.execute(f"EXPLAIN QUERY PLAN {text}")]
    assert {plan for plan in plans if "delivery_agenda" in plan or plan.startswith("SCAN")} == {
        "SEARCH delivery USING INDEX delivery_agenda (state=? AND due_at<?)"  # what is due
    }
