"""Looking at the ledger again and again while it changes."""

from datetime import timedelta

from factories import truce
from ledger.steps import MORNING, POLICY, change, ladder, news, record, result_of

from alertd.domain.agenda import Verdict
from alertd.ledger import DeliveryState, Ledger, SentMessage, acquisition, dispatch, monitoring, queries, settlement


def test_a_reader_notices_what_another_connection_changed_and_nothing_else(tmp_path):
    path = tmp_path / "ledger.db"
    writer = Ledger.open(path)
    reader = Ledger.open_reader(path)
    try:
        before = reader.version()
        writer.run(acquisition.acquire, MORNING, POLICY)
        reader.run(queries.truces)
        assert reader.version() == before
        record(writer, wanted=ladder())
        assert reader.version() != before
    finally:
        reader.close()
        writer.close()


def test_truces_known_already_are_not_unpacked_again(ledger):
    record(ledger)
    known = ledger.run(queries.truces)
    assert ledger.run(queries.truces, unpacked=known)["eastern-ghouta"].truce is known["eastern-ghouta"].truce
    record(ledger, of=truce(title="Another"), changes=[change()])
    assert ledger.run(queries.truces, unpacked=known)["eastern-ghouta"].truce.title == "Another"


LATER = MORNING + timedelta(seconds=7)


def tell(ledger, *, outcome=Verdict.ACCEPTED):
    """An extension is recorded, and one message tries to tell it seven seconds later."""
    told = news(ends_at="2016-04-30T22:00", revision=1)
    record(ledger, changes=[change()], announced=[news(ends_at="2016-04-30T22:00")], wanted=ladder())
    ledger.run(acquisition.acquire, LATER, POLICY)
    (dispatched,) = ledger.run(dispatch.dispatch, "desk", LATER, POLICY, 10)
    messages = SentMessage(id="m1", title="Title", text="Text")
    ledger.run(settlement.settle, [result_of(dispatched, outcome)], LATER, sent_messages=[messages])
    return told


def test_tries_follow_by_their_number_with_the_moment_at_which_each_was_expected(ledger):
    assert (ledger.run(monitoring.last_try), ledger.run(monitoring.tries, 0)) == (0, ())
    tell(ledger)
    (attempt,) = ledger.run(monitoring.tries, 0)
    assert (attempt.channel, attempt.outcome, attempt.at, attempt.expected_at) == (
        "desk",
        Verdict.ACCEPTED,
        LATER,
        MORNING,
    )
    assert attempt.id == ledger.run(monitoring.last_try)
    assert ledger.run(monitoring.tries, attempt.id) == ()


def test_what_became_known_after_it_was_due_was_expected_when_it_was_planned(ledger):
    early = news(ends_at="2016-04-30T22:00", due_at=MORNING - timedelta(hours=1))
    record(ledger, changes=[change()], announced=[early])
    ledger.run(acquisition.acquire, LATER, POLICY)
    (dispatched,) = ledger.run(dispatch.dispatch, "desk", LATER, POLICY, 10)
    ledger.run(settlement.settle, [result_of(dispatched)], LATER)
    assert [attempt.expected_at for attempt in ledger.run(monitoring.tries, 0)] == [MORNING]


def test_deliveries_are_counted_by_channel_and_state(ledger):
    tell(ledger)
    counted = {(tally.channel, tally.state): tally.count for tally in ledger.run(monitoring.tallies)}
    assert counted == {("desk", DeliveryState.DELIVERED): 1, ("desk", DeliveryState.PLANNED): 4}


def test_what_was_said_lately_comes_with_its_words_and_what_it_announces(ledger):
    told = tell(ledger)
    (found,) = ledger.run(monitoring.latest, 10)
    assert found.delivery.key == told.key
    assert found.change == change()
    assert found.message == SentMessage(id="m1", title="Title", text="Text")
    assert ledger.run(monitoring.latest, 0) == ()


def test_what_is_told_of_a_truce_begins_with_what_lies_ahead_and_leaves_out_what_was_replaced(ledger):
    tell(ledger)
    found = ledger.run(monitoring.of_truce, "eastern-ghouta", 10)
    assert [str(detail.delivery.stage or detail.delivery.kind) for detail in found] == [
        "15m",
        "1h",
        "6h",
        "24h",
        "extended",
    ]
    assert ledger.run(monitoring.of_truce, "nothing", 10) == ()
    record(ledger, of=truce(title="Another"), changes=[change()])
    assert [detail.row.state for detail in ledger.run(monitoring.of_truce, "eastern-ghouta", 10)] == [
        DeliveryState.DELIVERED
    ]
