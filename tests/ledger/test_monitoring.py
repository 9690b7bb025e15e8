"""Looking at the ledger again and again while it changes."""

from datetime import timedelta

from factories import truce
from ledger.steps import BY_RULE, MORNING, change, ladder, news, record, settlement

from alertd.domain.agenda import Verdict
from alertd.ledger import DeliveryState, Ledger, SentMessage


def test_a_reader_notices_what_another_connection_changed_and_nothing_else(tmp_path):
    path = tmp_path / "ledger.db"
    writer = Ledger.open(path)
    reader = Ledger.open_reader(path)
    try:
        before = reader.changes_seen()
        writer.acquire(MORNING, BY_RULE)
        reader.truces()
        assert reader.changes_seen() == before
        record(writer, wanted=ladder())
        assert reader.changes_seen() != before
    finally:
        reader.close()
        writer.close()


def test_truces_known_already_are_not_unpacked_again(ledger):
    record(ledger)
    known = ledger.truces()
    assert ledger.truces(unpacked=known)["eastern-ghouta"].truce is known["eastern-ghouta"].truce
    record(ledger, of=truce(title="Another"), changes=[change()])
    assert ledger.truces(unpacked=known)["eastern-ghouta"].truce.title == "Another"


LATER = MORNING + timedelta(seconds=7)


def tell(ledger, *, outcome=Verdict.ACCEPTED):
    """An extension is recorded, and one message tries to tell it seven seconds later."""
    told = news(ends_at="2016-04-30T22:00", revision=1)
    record(ledger, changes=[change()], announced=[news(ends_at="2016-04-30T22:00")], wanted=ladder())
    ledger.acquire(LATER, BY_RULE)
    (dispatched,) = ledger.dispatch("desk", LATER, BY_RULE, 10)
    messages = SentMessage(id="m1", title="Title", text="Text")
    ledger.settle([settlement(dispatched, outcome)], LATER, sent_messages=[messages])
    return told


def test_tries_follow_by_their_number_with_the_moment_at_which_each_was_expected(ledger):
    assert (ledger.last_try(), ledger.tries(0)) == (0, ())
    tell(ledger)
    (one,) = ledger.tries(0)
    assert (one.channel, one.outcome, one.at, one.expected_at) == ("desk", Verdict.ACCEPTED, LATER, MORNING)
    assert one.id == ledger.last_try()
    assert ledger.tries(one.id) == ()


def test_what_became_known_after_it_was_due_was_expected_when_it_was_planned(ledger):
    early = news(ends_at="2016-04-30T22:00", due_at=MORNING - timedelta(hours=1))
    record(ledger, changes=[change()], announced=[early])
    ledger.acquire(LATER, BY_RULE)
    (dispatched,) = ledger.dispatch("desk", LATER, BY_RULE, 10)
    ledger.settle([settlement(dispatched)], LATER)
    assert [one.expected_at for one in ledger.tries(0)] == [MORNING]


def test_deliveries_are_counted_by_channel_and_state(ledger):
    tell(ledger)
    counted = {(one.channel, one.state): one.count for one in ledger.tallies()}
    assert counted == {("desk", DeliveryState.DELIVERED): 1, ("desk", DeliveryState.PLANNED): 4}


def test_what_was_said_lately_comes_with_its_words_and_what_it_announces(ledger):
    told = tell(ledger)
    (one,) = ledger.lately(10)
    assert one.delivery.key == told.key
    assert one.change == change()
    assert one.message == SentMessage(id="m1", title="Title", text="Text")
    assert ledger.lately(0) == ()


def test_what_is_told_of_a_truce_begins_with_what_lies_ahead_and_leaves_out_what_was_replaced(ledger):
    tell(ledger)
    found = ledger.told_of("eastern-ghouta", 10)
    assert [str(one.delivery.stage or one.delivery.kind) for one in found] == ["15m", "1h", "6h", "24h", "extended"]
    assert ledger.told_of("nothing", 10) == ()
    record(ledger, of=truce(title="Another"), changes=[change()])
    assert [one.row.state for one in ledger.told_of("eastern-ghouta", 10)] == [DeliveryState.DELIVERED]
