"""The index of the truces that the ledger knows, and the looks that they ask for."""

from contextlib import closing
from datetime import timedelta

from factories import moment

from alertd.daemon.truce_index import TruceIndex
from alertd.ledger import Ledger, LedgerThread

AT = moment("2016-05-03T22:00")


def test_a_look_that_is_asked_for_at_each_tick_while_the_ledger_fails_takes_room_once():
    with closing(LedgerThread(Ledger.in_memory())) as ledger:
        index = TruceIndex(ledger)
        for _ in range(3):
            index.look_at("ghouta", AT)

        assert index._looks == [(AT, "ghouta")]
        assert index.due(AT) == {"ghouta"}
        index.looked(AT)
        assert (index.due(AT), index.next_look) == (set(), None)


def test_a_look_can_be_asked_for_again_once_it_was_taken():
    with closing(LedgerThread(Ledger.in_memory())) as ledger:
        index = TruceIndex(ledger)
        index.look_at("ghouta", AT)
        assert index.due(AT) == {"ghouta"}
        index.looked(AT)
        index.look_at("ghouta", AT)
        index.look_at("aleppo", AT + timedelta(hours=1))

        assert index.due(AT) == {"ghouta"}
        index.looked(AT)
        assert index.next_look == AT + timedelta(hours=1)


def test_a_look_that_a_clock_that_was_ahead_made_due_is_ahead_again_once_it_is_right():
    with closing(LedgerThread(Ledger.in_memory())) as ledger:
        index = TruceIndex(ledger)
        index.look_at("ghouta", AT)
        assert index.due(AT + timedelta(hours=3)) == {"ghouta"}  # and the ledger fails
        before = AT - timedelta(hours=1)
        assert index.due(before) == set()
        index.looked(before)

        assert index.next_look == AT
