"""A record that was a mistake of whoever wrote it down: it counts as never made, and is corrected once."""

from dataclasses import replace

from factories import claim, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Kind
from alertd.domain.change import changes, takes_away
from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.recording import Void
from alertd.domain.statement import Confirmation
from alertd.domain.truce import TruceStatus, expiry, live_ends, terminated_at

MARKED = "2016-05-02T12:00"


def marked(statement, at=MARKED, **other):
    return replace(statement, void=Void(at=moment(at), **other))


def known(about, at="2016-05-02T13:00"):
    found = as_known(about, moment(at))
    assert found is not None
    return found


EXTENSION = record("2016-05-01T22:00", announced="2016-05-01T09:00", written="by 24h")


def test_a_record_counts_until_it_is_marked_as_a_mistake_and_never_after():
    about = truce(records=(marked(EXTENSION),))
    assert expiry(known(about, "2016-05-02T11:59")) == EXTENSION.end
    after = known(about, MARKED)
    assert expiry(after) == end("2016-04-30T22:00")
    assert [statement.confirmation for statement in after.voided] == [Confirmation.VOID]
    assert moment(MARKED) in moments_of_knowledge(about)
    assert moments_of_knowledge(after) == moments_of_knowledge(about)


def test_a_mistake_kills_no_claim_and_puts_off_no_termination():
    about = truce(
        records=(
            claim("2016-05-02T22:00", announced="2016-05-01T08:00"),
            marked(EXTENSION),
            marked(claim("2016-05-03T22:00", announced="2016-05-01T10:00")),
        ),
        terminations=(marked(termination("2016-05-01T20:00", announced="2016-05-01T10:00")),),
    )
    ends = [live.end for live in live_ends(known(about))]
    assert ends == [end("2016-04-30T22:00"), end("2016-05-02T22:00")]
    assert terminated_at(known(about)) is None
    assert terminated_at(known(about, "2016-05-02T11:00")) == moment("2016-05-01T20:00")


def test_an_extension_that_was_a_mistake_is_corrected_once_with_both_ends():
    before, after = known(truce(records=(EXTENSION,))), known(truce(records=(marked(EXTENSION, reason="wrong truce"),)))
    (change,) = changes(before, after)
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, EXTENSION.end, end("2016-04-30T22:00"))
    assert change.statement is None
    assert [record.written for record in change.voided] == ["by 24h"]
    assert change.reason == "recorded by mistake: wrong truce"
    assert changes(after, after) == ()


def test_a_claim_that_was_a_mistake_is_corrected_from_its_end_to_the_agreed_one():
    stated = claim("2016-05-01T20:00", announced="2016-05-01T09:00")
    (change,) = changes(known(truce(records=(stated,))), known(truce(records=(marked(stated),))))
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, stated.end, end("2016-04-30T22:00"))


def test_a_termination_that_was_a_mistake_gives_way_to_the_agreed_end():
    ended = termination("2016-04-30T20:00", announced="2016-04-30T18:00")
    (change,) = changes(known(truce(terminations=(ended,))), known(truce(terminations=(marked(ended),))))
    assert (change.old, change.new) == (end("2016-04-30T20:00"), end("2016-04-30T22:00"))
    assert [record.at for record in change.voided] == [ended.at]


def test_a_record_that_another_has_replaced_is_corrected_all_the_same_as_it_was_told():
    about = extended_truce()
    first, second = about.records
    (change,) = changes(known(about), known(replace(about, records=(marked(first), second))))
    assert (change.old, change.new) == (first.end, second.end)


def test_a_mistake_that_nobody_was_told_of_needs_no_correction():
    assert changes(known(truce()), known(truce(records=(marked(EXTENSION),)))) == ()


def test_what_else_was_recorded_is_told_as_if_the_mistake_had_never_been_made():
    other = record("2016-05-02T22:00", announced="2016-05-02T12:30", written="until 0100 Tue")
    told = changes(known(truce(records=(EXTENSION,))), known(truce(records=(marked(EXTENSION), other))))
    assert [(change.kind, change.old, change.new) for change in told] == [
        (Kind.EXTENDED, end("2016-04-30T22:00"), other.end),
        (Kind.CORRECTED, EXTENSION.end, other.end),
    ]


def test_a_mark_that_is_taken_away_makes_the_record_count_again_as_a_correction():
    before, after = known(truce(records=(marked(EXTENSION),))), known(truce(records=(EXTENSION,)))
    (change,) = changes(before, after)
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, end("2016-04-30T22:00"), EXTENSION.end)
    assert [record.written for record in change.counts_again] == ["by 24h"]


def test_a_mark_takes_nothing_away_from_a_file_and_its_loss_does():
    plain, void = known(truce(records=(EXTENSION,))), known(truce(records=(marked(EXTENSION),)))
    assert (takes_away(plain, void), takes_away(void, plain)) == (False, True)


def test_a_truce_lapses_again_once_its_extension_was_a_mistake():
    about = truce(records=(marked(EXTENSION, at="2016-05-01T10:00"),))
    assert TruceStatus(known(about, "2016-05-01T11:00"), moment("2016-05-01T11:00")).state == "lapsed"
