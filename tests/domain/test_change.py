"""What happened between two known forms of a truce, in the words of the glossary."""

import itertools
from dataclasses import replace

import pytest
from factories import FIRST_END, LAST_END, claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Kind
from alertd.domain.change import changes, recorded, takes_away, withdrawn
from alertd.domain.known import as_known
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


@pytest.mark.parametrize("old_end", [End.open(), End.conditional("the talks end")])
@pytest.mark.parametrize("new_end", [end(LAST_END), day("2016-05-03T21:00")])
def test_a_truce_without_a_moment_of_end_that_gets_one_is_dated(old_end, new_end):
    extension = record(new_end, announced="2016-05-01T09:00")
    (change,) = changes(truce(first_end=old_end), truce(first_end=old_end, records=(extension,)))
    assert (change.kind, change.old, change.new, change.statement) == (Kind.DATED, old_end, new_end, extension)


def test_a_condition_in_the_place_of_none_is_still_no_moment_of_end():
    condition = record(End.conditional("the talks end"), announced="2016-05-01T09:00")
    about = truce(first_end=End.open())
    assert kinds(about, replace(about, records=(condition,))) == [Kind.OPENED]


@pytest.mark.parametrize(
    "new_end", [End.open(), End.conditional("the talks end"), end(LAST_END), end("2016-04-30T20:00")]
)
def test_a_change_names_the_claims_that_it_has_answered(new_end):
    answered = claim("2016-04-30T21:00", announced="2016-04-30T08:00")
    newer = claim("2016-05-01T21:00", announced="2016-04-30T10:00", stated_by=("Envoy",))
    extension = record(new_end, announced="2016-04-30T09:00")
    (change,) = changes(truce(records=(answered, newer)), truce(records=(answered, newer, extension)))
    assert change.fallen == (answered,)


def test_a_party_that_states_another_end_takes_back_its_first():
    first = claim("2016-05-01T21:00", announced="2016-04-30T08:00")
    second = claim("2016-05-01T23:00", announced="2016-04-30T09:00")
    (change,) = changes(truce(records=(first,)), truce(records=(first, second)))
    assert (change.kind, change.statement, change.fallen) == (Kind.CLAIMED, second, (first,))


def test_a_claim_that_is_denied_or_confirmed_is_not_named_twice():
    rumour = claim(LAST_END, announced="2016-04-30T09:00")
    for decided in (
        replace(rumour, confirmed_at=moment("2016-04-30T10:00")),
        replace(rumour, denied_at=moment("2016-04-30T10:00")),
    ):
        (change,) = changes(truce(records=(rumour,)), truce(records=(decided,)))
        assert change.fallen == ()


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
    extension = record(SECOND_END, announced="2016-05-01T09:00", written="until 0100 Mon 2 May 2016")
    mended = record(LAST_END, announced="2016-05-01T09:00", written="until 0100 Wed 4 May 2016")
    (change,) = changes(truce(records=(extension,)), truce(records=(mended,)))
    assert (change.kind, change.old, change.new) == (Kind.CORRECTED, end(SECOND_END), end(LAST_END))


def test_a_mended_announcement_of_an_extension_is_not_a_new_one():
    extension = record(SECOND_END, announced="2016-05-01T09:00")
    assert (
        kinds(truce(records=(extension,)), truce(records=(replace(extension, announced=moment("2016-05-01T10:00")),)))
        == []
    )


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
    extension = record(LAST_END, announced="2016-04-30T09:00")
    denied = replace(extension, denied_at=moment("2016-04-30T10:00"))
    assert kinds(truce(records=(extension,)), truce(records=(denied,))) == [Kind.CORRECTED]


def test_a_denied_claim_is_told():
    stated = claim(LAST_END, announced="2016-04-30T09:00")
    (change,) = changes(
        truce(records=(stated,)), truce(records=(replace(stated, denied_at=moment("2016-04-30T10:00")),))
    )
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
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=confirmed))
    (change,) = changes(truce(), about)
    assert (change.kind, change.ends_at) == (kind, moment("2016-04-30T12:00"))


def test_a_termination_confirmed_later_terminates():
    claimed = termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=False)
    confirmed = replace(claimed, confirmed_at=moment("2016-04-30T08:00"))
    assert kinds(truce(termination=claimed), truce(termination=confirmed)) == [Kind.TERMINATED]


def test_a_second_termination_is_told_where_it_ends_the_truce_earlier_and_else_not():
    first = termination("2016-04-30T12:00", announced="2016-04-30T06:00")
    sooner = termination("2016-04-30T10:00", announced="2016-04-30T07:00", stated_by=("Opposition",))
    later = termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Opposition",))
    before = truce(termination=first)
    (change,) = changes(before, truce(terminations=(first, sooner)))
    assert (change.kind, change.old, change.new) == (
        Kind.TERMINATED,
        end("2016-04-30T12:00"),
        end("2016-04-30T10:00"),
    )
    assert change.statement == sooner
    assert kinds(before, truce(terminations=(first, later))) == []
    assert kinds(before, truce(terminations=(first, replace(sooner, confirmed_at=None)))) == [Kind.CLAIMED]


def test_a_termination_that_its_party_puts_off_is_told_with_the_moment_before():
    first = termination("2016-04-30T12:00", announced="2016-04-30T06:00")
    anew = termination("2016-04-30T15:00", announced="2016-04-30T07:00")
    (change,) = changes(truce(termination=first), truce(terminations=(first, anew)))
    assert (change.kind, change.old, change.new) == (
        Kind.TERMINATED,
        end("2016-04-30T12:00"),
        end("2016-04-30T15:00"),
    )


def test_where_the_termination_that_counts_falls_away_the_next_one_is_told():
    first = termination("2016-04-30T12:00", announced="2016-04-30T06:00")
    other = termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Opposition",))
    denied = replace(first, denied_at=moment("2016-04-30T08:00"))
    both = truce(terminations=(first, other))
    for left in (truce(terminations=(denied, other)), truce(termination=other)):
        correction, next_one = sorted(changes(both, left), key=lambda change: change.kind)
        assert (correction.kind, correction.old, correction.new) == (
            Kind.CORRECTED,
            end("2016-04-30T12:00"),
            end("2016-04-30T15:00"),
        )
        assert (next_one.kind, next_one.statement) == (Kind.TERMINATED, other)


def test_the_order_of_terminations_says_nothing():
    several = [
        termination("2016-04-30T12:00", announced="2016-04-30T06:00"),
        termination("2016-04-30T12:00", announced="2016-04-30T06:00", stated_by=("Opposition",)),
        termination("2016-04-30T10:00", announced="2016-04-30T07:00", confirmed=False),
    ]
    for shuffled in itertools.permutations(several):
        assert changes(truce(terminations=tuple(several)), truce(terminations=shuffled)) == ()
        assert not takes_away(truce(terminations=tuple(several)), truce(terminations=shuffled))


def test_a_moved_termination_is_a_correction():
    ended = termination("2016-04-30T12:00", announced="2016-04-30T06:00")
    other = replace(ended, at=moment("2016-04-30T15:00"))
    assert kinds(truce(termination=ended), truce(termination=other)) == [Kind.CORRECTED]


def test_a_termination_denied_or_taken_out_is_a_correction():
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00"))
    denied = truce(termination=replace(about.terminations[0], denied_at=moment("2016-04-30T07:00")))
    assert kinds(about, denied) == [Kind.CORRECTED]
    assert kinds(about, truce()) == [Kind.CORRECTED]


def test_a_start_that_slips_with_the_end_unchanged_is_told():
    (change,) = changes(truce(), truce(starts=moment("2016-04-30T00:45")))
    assert (change.kind, change.old) == (Kind.CORRECTED, change.new)


def test_a_start_that_slips_is_told_beside_a_claim_which_a_channel_may_leave_out():
    slipped, said = moment("2016-04-30T00:45"), claim("2016-05-01T21:00", announced="2016-04-30T08:00")
    start, other = changes(truce(), replace(truce(starts=slipped), records=(said,)))
    assert (start.kind, start.starts) == (Kind.CORRECTED, (truce().starts, slipped))
    assert (other.kind, other.statement) == (Kind.CLAIMED, said)


def test_what_moves_no_end_is_not_told():
    assert changes(truce(), truce(title="Calm", note="…", sources=())) == ()


def test_the_order_of_records_says_nothing():
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T09:00"))
    for shuffled in itertools.permutations(about.records):
        assert changes(about, replace(about, records=shuffled)) == ()


def test_only_what_is_gone_is_taken_away():
    assert takes_away(extended_truce(), truce())
    assert takes_away(truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00")), truce())
    assert not takes_away(truce(), extended_truce())
