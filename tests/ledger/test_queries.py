from dataclasses import replace
from datetime import timedelta

from factories import delivery, moment, truce
from ledger.steps import MORNING, change, copy_for, ladder, news, ops, record, send

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Delivery, Kind, Stage
from alertd.ledger import DeliveryState, TextDelivery, acquisition, queries

FAILED_AT = ladder(stages=("6h",))[0].due_at


def test_the_history_shows_every_delivery_newest_last_and_all_that_is_known_of_it(ledger):
    reminder, later = ladder(stages=("6h", "1h"))
    record(ledger, wanted=[reminder, later], changes=[change()], announced=[news()])
    send(ledger, MORNING)
    send(ledger, reminder.due_at + timedelta(seconds=2))
    first, second, third = ledger.run(queries.history)
    assert [first.kind, second.stage, third.stage] == ["extended", "6h", "1h"]
    assert (second.key, second.short_id, second.truce) == (reminder.key, reminder.short_id, reminder.truce)
    assert (second.ends_at, second.channel, second.target) == (reminder.ends_at, "desk", "desk")
    assert (second.due_at, second.settled_at) == (reminder.due_at, reminder.due_at + timedelta(seconds=2))
    assert (third.state, third.settled_at) == (DeliveryState.PLANNED, None)


def test_the_history_of_a_truce_of_a_channel_and_since_a_moment(ledger):
    record(ledger, wanted=ladder(stages=("6h", "1h")) + ladder(stages=("6h",), channel="board", target="board"))
    record(ledger, of=truce(id="latakia"), wanted=ladder(truce="latakia", stages=("6h",)))
    assert {found.truce for found in ledger.run(queries.history, truce="latakia")} == {"latakia"}
    assert [found.stage for found in ledger.run(queries.history, channel="board")] == ["6h"]
    assert [found.stage for found in ledger.run(queries.history, since=ladder(stages=("1h",))[0].due_at)] == ["1h"]
    assert ledger.run(queries.history, truce="latakia", channel="board") == ()


def test_what_was_sent_late_counts_from_when_it_was_sent(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    sent_at = reminder.due_at + timedelta(minutes=30)
    send(ledger, sent_at)
    assert len(ledger.run(queries.history, since=reminder.due_at + timedelta(minutes=10))) == 1


def test_what_comes_next_stands_in_the_order_of_plans(ledger):
    wanted = [
        delivery(stage="1h"),
        delivery(stage="6h", channel="board", target="board"),
        delivery(stage="6h"),
        delivery(stage="6h", ends_at="2016-05-03T21:00", due_at=delivery(stage="6h").due_at),
        delivery(Kind.REVIEW, ends_at=None, due_at=delivery(stage="6h").due_at),
    ]
    record(ledger, wanted=wanted)
    assert ledger.run(queries.upcoming, 10) == tuple(sorted(wanted, key=lambda each: each.order))
    assert ledger.run(queries.upcoming, 2) == tuple(sorted(wanted, key=lambda each: each.order)[:2])


def test_a_delivery_comes_back_as_it_was_planned(ledger):
    wanted = [
        delivery(Kind.LAPSED, stage="+15m"),
        delivery(Kind.LAPSED, stage="0"),
        delivery(stage="90m"),
        delivery(Kind.REVIEW, ends_at=None, due_at=moment("2016-05-09T09:00")),
    ]
    record(ledger, wanted=wanted)
    assert set(ledger.run(queries.upcoming, 10)) == set(wanted)
    assert Stage(timedelta(minutes=15)) in {found.stage for found in ledger.run(queries.upcoming, 10)}


def test_a_target_that_was_never_tried_is_well(ledger):
    record(ledger, wanted=ladder())
    assert ledger.run(queries.channels) == ()


def test_of_several_things_that_ops_was_told_the_last_is_known(ledger):
    fails, delivers = ("channel desk fails", "channel desk delivers")
    assert ledger.run(queries.last_notice, (fails, delivers)) is None
    for number, about in enumerate((fails, delivers, fails, "channel board delivers"), start=1):
        ledger.run(acquisition.enqueue, [ops(about, number=number)], MORNING)
    assert ledger.run(queries.last_notice, (fails, delivers)) == (fails, 3)
    assert ledger.run(queries.last_notice, (delivers,)) == (delivers, 2)
    ledger.run(acquisition.enqueue, [ops(delivers, due_at=MORNING - timedelta(hours=1), number=5)], MORNING)
    assert ledger.run(queries.last_notice, (fails, delivers)) == (delivers, 5), "the clock was set back meanwhile"


def test_two_notices_about_one_thing_within_a_second_are_two_and_a_repeated_one_is_not(ledger):
    for number in (1, 2, 2):
        ledger.run(acquisition.enqueue, [ops("channel desk fails", number=number)], MORNING)
    assert len(ledger.run(queries.history)) == 2
    copies = [replace(sent.delivery, target="night") for sent in send(ledger, MORNING)]
    assert len({copy.key for copy in copies}) == 2, "so that the fallback gets both as well"


def test_a_copy_of_what_ops_was_told_is_no_newer_word(ledger):
    fails, delivers = (ops(f"channel oncall {how}", channel="desk", target="desk") for how in ("fails", "delivers"))
    copy = replace(copy_for(), alert=replace(fails, delivery=replace(fails.delivery, target="night")))
    for said in (fails, delivers):
        ledger.run(acquisition.enqueue, [said], MORNING)
    send(ledger, MORNING, Verdict.REFUSED, copies=(copy,))
    assert ledger.run(queries.last_notice, (fails.delivery.about, delivers.delivery.about)) == (
        delivers.delivery.about,
        0,
    )


def test_a_target_is_well_again_when_its_last_try_succeeded(ledger):
    record(ledger, wanted=ladder(stages=("6h",)) + ladder(stages=("6h",), channel="board", target="board 2"))
    send(ledger, FAILED_AT, Verdict.FAILED, not_before=FAILED_AT)
    board, desk = ledger.run(queries.channels)
    assert (desk.failing_since, desk.last_success, desk.last_failure, desk.backlog) == (FAILED_AT, None, FAILED_AT, 1)
    assert (board.target, board.failing_since, board.backlog) == ("board 2", None, 1)
    again_at = FAILED_AT + timedelta(seconds=9)
    send(ledger, again_at, Verdict.UNSURE, not_before=again_at)
    _, desk = ledger.run(queries.channels)
    assert (desk.failing_since, desk.last_failure) == (FAILED_AT, again_at), "the streak began with its first failure"
    send(ledger, again_at)
    _, desk = ledger.run(queries.channels)
    assert (desk.failing_since, desk.last_success, desk.last_failure, desk.backlog) == (None, again_at, again_at, 0)


def test_what_changed_since_a_moment_is_told_in_its_order(ledger):
    later = MORNING + timedelta(hours=1)
    record(ledger, changes=[change(Kind.RECORDED)])
    record(ledger, of=truce(id="latakia"), changes=[change(Kind.RECORDED)], now=later)
    record(ledger, of=truce(title="moved"), changes=[change(Kind.EXTENDED)], now=later + timedelta(hours=1))
    assert [(seen.truce, seen.change.kind) for seen in ledger.run(queries.changes_since, MORNING)] == [
        ("latakia", Kind.RECORDED),
        ("eastern-ghouta", Kind.EXTENDED),
    ]
    assert [seen.truce for seen in ledger.run(queries.changes_since, later)] == ["eastern-ghouta"]


def digest_of(due_at, now, ledger):
    digest = Delivery.truceless(Kind.SHIFT, due_at, channel="desk", target="desk")
    ledger.run(acquisition.enqueue, [TextDelivery(delivery=digest, text="all is quiet")], now)


def test_the_last_digest_of_a_shift_tells_up_to_where_it_told(ledger):
    evening, now = MORNING + timedelta(hours=12), MORNING + timedelta(minutes=5)
    assert ledger.run(queries.last_shift, evening) is None
    digest_of(MORNING, now, ledger)
    digest_of(evening, evening, ledger)
    assert ledger.run(queries.last_shift, evening) == now
    assert ledger.run(queries.last_shift, MORNING) is None


def test_alerts_that_were_sent_count_once_each_however_many_got_them(ledger):
    day = timedelta(days=1)
    wanted = [*ladder(), *ladder(channel="board", target="board")]
    record(ledger, wanted=wanted)
    first, *_, last = sorted(ladder(), key=lambda each: each.due_at)
    for each in ladder():
        for target in ("desk", "board"):
            send(ledger, each.due_at, target=target)
    digest_of(last.due_at, last.due_at, ledger)
    send(ledger, last.due_at)
    everything = ledger.run(queries.sent_since, MORNING - day, day)
    assert sum(everything.values()) == len(ladder())
    assert Kind.SHIFT not in everything
    assert sum(ledger.run(queries.sent_since, first.due_at, day).values()) == len(ladder()) - 1
    assert ledger.run(queries.sent_since, last.due_at, day) == {}


def test_the_revisions_of_a_truce_tell_what_changed_and_when_it_was_seen(ledger):
    record(ledger, changes=[change(Kind.RECORDED)])
    record(ledger, of=truce(note="mended"), now=MORNING + timedelta(hours=1))
    record(ledger, of=truce(id="latakia"), changes=[change(Kind.RECORDED)])
    record(ledger, of=truce(note="mended"), changes=[change()], now=MORNING + timedelta(hours=2))
    told = [
        (revision.number, revision.seen_at, [each.kind for each in revision.changes])
        for revision in ledger.run(queries.revisions, "eastern-ghouta")
    ]
    assert told == [
        (1, MORNING, [Kind.RECORDED]),
        (2, MORNING + timedelta(hours=1), []),
        (3, MORNING + timedelta(hours=2), [Kind.EXTENDED]),
    ]
    assert ledger.run(queries.revisions, "nobody") == ()


def test_the_tries_of_a_truce_tell_how_each_went(ledger):
    (reminder,) = ladder(stages=("6h",))
    record(ledger, wanted=[reminder])
    record(ledger, of=truce(id="latakia"), wanted=ladder(truce="latakia", stages=("6h",), target="board"))
    send(ledger, FAILED_AT, Verdict.FAILED, detail="busy", not_before=FAILED_AT)
    send(ledger, FAILED_AT + timedelta(seconds=5))
    told = [
        (attempt.key, attempt.at, attempt.outcome, attempt.detail)
        for attempt in ledger.run(queries.attempts, "eastern-ghouta")
    ]
    assert told == [
        (reminder.key, FAILED_AT, Verdict.FAILED, "busy"),
        (reminder.key, FAILED_AT + timedelta(seconds=5), Verdict.ACCEPTED, None),
    ]
    assert {attempt.took for attempt in ledger.run(queries.attempts, "eastern-ghouta")} == {timedelta(milliseconds=40)}
    assert ledger.run(queries.attempts, "latakia") == ()
