"""What happened between two known forms of a truce, in the words of the glossary."""

import itertools
from dataclasses import replace

import pytest
from factories import FIRST_END, LAST_END, claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Kind
from alertd.domain.change import changes, recorded, takes_away, withdrawn
from alertd.domain.truce import as_known
from alertd.times.end import End

SECOND_END = "2016-05-01T22:00"


def kinds(old, new):
    return [change.kind for change in changes(old, new)]


def test_a_truce_first_seen_is_recorded_with_its_expiry():
    change = recorded(extended_truce())
    assert (change.kind, change.ends_at) == (Kind.RECORDED, moment(LAST_END))


def test_a_truce_taken_out_is_withdrawn_and_names_the_end_it_had():
    change = withdrawn(extended_truce())
    assert (change.kind, change.ends_at, change.new) == (Kind.WITHDRAWN, moment(LAST_END), None)


@pytest.mark.parametrize(
    ("new_end", "kind"),
    [
        (end(SECOND_END), Kind.EXTENDED),
        (end("2016-04-30T20:00"), Kind.SHORTENED),
        (End.open(), Kind.OPENED),
        (End.conditional("until the talks end"), Kind.OPENED),
        (day("2016-04-30T21:00"), Kind.SHORTENED),
        (day("2016-05-01T21:00"), Kind.EXTENDED),
    ],
)
def test_a_new_confirmed_record_moves_the_end(new_end, kind):
    extension = record(new_end, announced="2016-04-30T09:00")
    (change,) = changes(truce(), truce(records=(extension,)))
    assert (change.kind, change.old, change.new, change.statement) == (kind, end(FIRST_END), new_end, extension)


def test_a_dated_record_shortens_an_open_truce():
    one = truce(first_end=End.open())
    assert kinds(one, replace(one, records=(record(LAST_END, announced="2016-05-01T09:00"),))) == [Kind.SHORTENED]


def test_a_new_unconfirmed_record_is_a_claim_of_its_own_end():
    (change,) = changes(truce(), truce(records=(claim(LAST_END, announced="2016-04-30T09:00"),)))
    assert (change.kind, change.ends_at) == (Kind.CLAIMED, moment(LAST_END))


def test_a_claim_confirmed_later_is_an_extension():
    rumour = claim(LAST_END, announced="2016-04-30T09:00", confirmed="2016-04-30T12:00")
    before = as_known(truce(records=(rumour,)), moment("2016-04-30T11:00"))
    after = as_known(truce(records=(rumour,)), moment("2016-04-30T12:00"))
    assert before is not None
    assert after is not None
    assert kinds(before, after) == [Kind.EXTENDED]


def test_an_edited_extension_is_a_correction_with_both_ends():
    one = record(SECOND_END, announced="2016-05-01T09:00", written="until 0100 Mon 2 May 2016")
    mended = record(LAST_END, announced="2016-05-01T09:00", written="until 0100 Wed 4 May 2016")
    (change,) = changes(truce(records=(one,)), truce(records=(mended,)))
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, end(SECOND_END), end(LAST_END))


def test_a_mended_announcement_of_an_extension_is_not_a_new_one():
    one = record(SECOND_END, announced="2016-05-01T09:00")
    assert kinds(truce(records=(one,)), truce(records=(replace(one, announced=moment("2016-05-01T10:00")),))) == []


def test_an_edited_first_end_is_a_correction():
    assert kinds(truce(), truce(first_end=end(SECOND_END))) == [Kind.CORRECTED]


def test_an_extension_taken_out_is_a_correction_back():
    (change,) = changes(extended_truce(), replace(extended_truce(), records=extended_truce().records[:1]))
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, end(LAST_END), end(SECOND_END))


def test_new_zone_data_that_moves_an_end_is_a_correction_that_says_so():
    written = "starts 0100 Sat 30 Apr 2016, ends 0100 Sun 1 May 2016"
    (change,) = changes(truce(written=written), truce(written=written, first_end=end("2016-04-30T21:00")))
    assert change.kind is Kind.CORRECTED
    assert change.reason == "the clock rules of Asia/Damascus changed with new zone data"


def test_an_edited_end_is_not_laid_at_the_door_of_the_zone_data():
    (change,) = changes(
        truce(written="ends 0100 Sun 1 May 2016"),
        truce(written="ends 0000 Sun 1 May 2016", first_end=end("2016-04-30T21:00")),
    )
    assert (change.kind, change.reason) == (Kind.CORRECTED, None)


def test_a_denied_extension_is_a_correction_back():
    one = record(LAST_END, announced="2016-04-30T09:00")
    denied = replace(one, denied_at=moment("2016-04-30T10:00"))
    assert kinds(truce(records=(one,)), truce(records=(denied,))) == [Kind.CORRECTED]


def test_a_denied_claim_is_told():
    one = claim(LAST_END, announced="2016-04-30T09:00")
    (change,) = changes(truce(records=(one,)), truce(records=(replace(one, denied_at=moment("2016-04-30T10:00")),)))
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, end(LAST_END), None)


def test_the_claim_of_one_party_does_not_hide_the_extension_of_another():
    before = truce()
    after = truce(
        records=(
            record(LAST_END, announced="2016-04-30T09:00"),
            claim("2016-05-03T21:00", announced="2016-04-30T09:00"),
        )
    )
    assert kinds(before, after) == [Kind.EXTENDED, Kind.CLAIMED]


@pytest.mark.parametrize(("confirmed", "kind"), [(True, Kind.TERMINATED), (False, Kind.CLAIMED)])
def test_a_termination_is_told_as_it_stands(confirmed, kind):
    one = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=confirmed))
    (change,) = changes(truce(), one)
    assert (change.kind, change.ends_at) == (kind, moment("2016-04-30T12:00"))


def test_a_termination_confirmed_later_terminates():
    claimed = termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=False)
    confirmed = replace(claimed, confirmed_at=moment("2016-04-30T08:00"))
    assert kinds(truce(termination=claimed), truce(termination=confirmed)) == [Kind.TERMINATED]


def test_a_moved_termination_is_a_correction():
    one = termination("2016-04-30T12:00", announced="2016-04-30T06:00")
    other = replace(one, at=moment("2016-04-30T15:00"))
    assert kinds(truce(termination=one), truce(termination=other)) == [Kind.CORRECTED]


def test_a_termination_denied_or_taken_out_is_a_correction():
    one = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00"))
    denied = replace(one, termination=replace(one.termination, denied_at=moment("2016-04-30T07:00")))
    assert kinds(one, denied) == [Kind.CORRECTED]
    assert kinds(one, truce()) == [Kind.CORRECTED]


def test_a_start_that_slips_with_the_end_unchanged_is_told():
    (change,) = changes(truce(), truce(starts=moment("2016-04-30T00:45")))
    assert (change.kind, change.old) == (Kind.CORRECTED, change.new)


def test_what_moves_no_end_is_not_told():
    assert changes(truce(), truce(title="Calm", note="…", sources=())) == ()


def test_the_order_of_records_says_nothing():
    one = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T09:00"))
    for shuffled in itertools.permutations(one.records):
        assert changes(one, replace(one, records=shuffled)) == ()


def test_only_what_is_gone_is_taken_away():
    assert takes_away(extended_truce(), truce())
    assert takes_away(truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00")), truce())
    assert not takes_away(truce(), extended_truce())
