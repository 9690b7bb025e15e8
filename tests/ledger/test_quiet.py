"""Quiet hours in the ledger: what may not pass waits, what passes is not hindered, and nothing is lost."""

from contextlib import closing
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from factories import delivery, moment
from hypothesis import given
from hypothesis import strategies as st
from ledger.steps import MORNING, POLICY, ladder, news, ops, record, result_of, row, state, take

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind, Stage
from alertd.domain.quiet import QuietHours, WallHours
from alertd.ledger import DeliveryState, Ledger, acquisition, dispatch, monitoring, queries, settlement

PASSING = ("1h", "15m", "0")
QUIET_ENDS = moment("2016-05-04T06:00")
NIGHT = moment("2016-05-03T23:00")


def quiet(passing=PASSING, kinds=(Kind.LAPSED, Kind.SHORTENED, Kind.TERMINATED)):
    hours = QuietHours(
        hours=WallHours(time(22), time(6)),
        zone=ZoneInfo("UTC"),
        kinds=frozenset(kinds),
        stages=frozenset(map(Stage.parse, passing)),
    )
    return {"desk": hours}


def acquire(ledger, now, quiet_hours=None):
    return ledger.run(acquisition.acquire, now, POLICY, quiet_hours=quiet() if quiet_hours is None else quiet_hours)


def send(ledger, now, verdict=Verdict.ACCEPTED, **other):
    acquire(ledger, now)
    sent = take(ledger, now)
    ledger.run(settlement.settle, [result_of(each, verdict, **other) for each in sent], now)
    return [each.delivery for each in sent]


def test_what_may_not_pass_waits_for_the_end_of_the_quiet_hours_and_goes_out_then(ledger):
    reminder = delivery(stage="6h", ends_at="2016-05-04T12:00", due_at=NIGHT)
    record(ledger, wanted=[reminder])
    assert send(ledger, NIGHT) == []
    assert state(ledger, reminder) is DeliveryState.PLANNED
    found = row(ledger, reminder)
    assert (found.quiet_until, found.due_at, found.reason) == (
        QUIET_ENDS,
        NIGHT,
        "it waits for the end of the quiet hours of its channel",
    )
    assert ledger.run(acquisition.next_due) == QUIET_ENDS
    assert send(ledger, QUIET_ENDS - timedelta(seconds=1)) == []
    assert send(ledger, QUIET_ENDS) == [reminder]
    assert row(ledger, reminder).reason is None


def test_what_the_quiet_hours_overtake_before_its_worker_takes_it_waits_for_their_end(ledger):
    before, begin = moment("2016-05-03T21:59:59"), moment("2016-05-03T22:00")
    waits, passes = (
        delivery(stage=stage, ends_at="2016-05-04T12:00", due_at=before, truce=stage) for stage in ("6h", "1h")
    )
    record(ledger, wanted=[waits, passes])
    acquire(ledger, before)
    taken = ledger.run(dispatch.dispatch, "desk", begin, POLICY, 10, quiet_hours=quiet())
    assert [each.delivery.key for each in taken] == [passes.key]
    assert (row(ledger, waits).state, row(ledger, waits).quiet_until) == (DeliveryState.PLANNED, QUIET_ENDS)
    assert send(ledger, QUIET_ENDS) == [waits]


def test_what_waited_goes_out_together(ledger):
    first, second = (delivery(stage="6h", ends_at=f"2016-05-04T{hour}:00", due_at=NIGHT) for hour in (12, 13))
    record(ledger, wanted=[first, second])
    acquire(ledger, NIGHT)
    assert send(ledger, QUIET_ENDS) == [first, second]


def test_what_passes_goes_out_at_its_moment_and_overtakes_what_waits(ledger):
    six, hour = ladder(stages=("6h", "1h"), ends_at="2016-05-04T04:30")
    record(ledger, wanted=[six, hour])
    assert send(ledger, six.due_at) == []
    assert send(ledger, hour.due_at) == [hour]
    assert send(ledger, QUIET_ENDS) == []
    assert state(ledger, six) is DeliveryState.OVERTAKEN
    assert row(ledger, six).reason == "a later stage of the same end or start was due as well"


def test_what_waits_never_overtakes_what_passes(ledger):
    """The process slept over three stages, of which the last may not pass."""
    hour, lapse = (
        ladder(stages=("1h",), ends_at="2016-05-04T01:00")[0],
        delivery(Kind.LAPSED, stage="+15m", ends_at="2016-05-04T01:00"),
    )
    record(ledger, wanted=[hour, lapse])
    late = moment("2016-05-04T01:20")
    acquire(ledger, late, quiet(kinds=()))
    assert [each.delivery for each in take(ledger, late)] == [hour]
    assert state(ledger, lapse) is DeliveryState.PLANNED


def test_a_moved_end_supersedes_what_waits(ledger):
    reminder = delivery(stage="6h", ends_at="2016-05-04T12:00", due_at=NIGHT)
    record(ledger, wanted=[reminder])
    acquire(ledger, NIGHT)
    record(ledger, wanted=[])
    assert state(ledger, reminder) is DeliveryState.SUPERSEDED
    assert send(ledger, QUIET_ENDS) == []


def test_a_retry_that_falls_into_the_quiet_hours_waits_for_their_end(ledger):
    before = NIGHT - timedelta(hours=1, minutes=1)
    reminder = delivery(stage="6h", ends_at="2016-05-04T12:00", due_at=before)
    record(ledger, wanted=[reminder])
    send(ledger, before, Verdict.FAILED, not_before=before + timedelta(minutes=2))
    assert send(ledger, NIGHT) == []
    assert row(ledger, reminder).quiet_until == QUIET_ENDS


def test_news_that_waits_is_carried_by_the_news_that_passes(ledger):
    record(ledger, announced=[news(Kind.CLAIMED, due_at=NIGHT)], now=NIGHT)
    assert send(ledger, NIGHT) == []
    record(ledger, announced=[news(Kind.SHORTENED, due_at=NIGHT)], now=NIGHT)
    assert [each.kind for each in send(ledger, NIGHT)] == [Kind.SHORTENED]


def test_what_alertd_says_of_itself_passes(ledger):
    notice = ops(due_at=NIGHT)
    ledger.run(acquisition.enqueue, [notice], NIGHT)
    assert send(ledger, NIGHT) == [notice.delivery]


def test_a_restart_with_other_quiet_hours_lets_go_what_they_do_not_hold(ledger):
    reminder = delivery(stage="6h", ends_at="2016-05-04T12:00", due_at=NIGHT)
    record(ledger, wanted=[reminder])
    acquire(ledger, NIGHT)
    ledger.run(settlement.recover, ["desk"], NIGHT)
    assert acquire(ledger, NIGHT, quiet_hours={"other": quiet()["desk"]}).targets == ("desk",)


def test_what_quiet_hours_hold_is_neither_backlog_nor_overdue_and_stands_in_what_comes(ledger):
    reminder = delivery(stage="6h", ends_at="2016-05-04T12:00", due_at=NIGHT)
    record(ledger, wanted=[reminder])
    acquire(ledger, NIGHT)
    later = NIGHT + timedelta(hours=1)
    assert ledger.run(monitoring.overdue, later) == {}
    assert ledger.run(queries.channels) == ()
    assert ledger.run(queries.upcoming, 10, later) == (reminder,)
    send(ledger, QUIET_ENDS)
    (tried,) = ledger.run(monitoring.tries, 0)
    assert tried.expected_at == QUIET_ENDS


HOURS = st.integers(0, 47).map(lambda hours: MORNING + timedelta(hours=hours))


@given(
    due=st.lists(st.tuples(HOURS, st.sampled_from(("24h", "6h", "1h", "15m"))), min_size=1, max_size=6),
    passing=st.sets(st.sampled_from(("24h", "6h", "1h", "15m", "0"))),
    looks=st.lists(HOURS, max_size=12),
)
def test_quiet_hours_hold_nothing_that_must_pass_and_lose_nothing(due, passing, looks):
    hours = quiet(passing, kinds=())
    planned = {
        each.key: each
        for number, (at, stage) in enumerate(due)
        for each in (delivery(stage=stage, ends_at=f"2016-06-{number + 1:02d}T00:00", due_at=at),)
    }
    sent = {}
    with closing(Ledger.in_memory()) as ledger:
        record(ledger, wanted=planned.values())
        wakes = {hours["desk"].quiet_until(each) or each.due_at for each in planned.values()}
        for now in sorted({*looks, *wakes}):
            acquire(ledger, now, hours)
            for each in take(ledger, now):
                sent[each.delivery.key] = now
                ledger.run(settlement.settle, [result_of(each)], now)
    assert sent.keys() == planned.keys()
    for key, each in planned.items():
        held = hours["desk"].quiet_until(each)
        assert sent[key] == (held or each.due_at)
