"""The model of time and knowledge: expiry, live ends and state as known at a moment."""

import pytest
from factories import FIRST_END, LAST_END, claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.statement import Confirmation
from alertd.domain.truce import (
    Owner,
    Recording,
    State,
    TruceStatus,
    confirmed_chain,
    expiries_before,
    expiry,
    live_ends,
    terminated_at,
    watched_ends,
)
from alertd.times.end import ALWAYS, End

SECOND_END = "2016-05-01T22:00"


def known(about, at):
    found = as_known(about, moment(at))
    assert found is not None
    return found


def owners(about):
    return [(live.owner, live.end.at) for live in watched_ends(about)]


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        ("2016-04-29T15:00", FIRST_END),
        ("2016-05-01T08:59", FIRST_END),
        ("2016-05-01T09:00", SECOND_END),
        ("2016-05-02T08:59", SECOND_END),
        ("2016-05-02T09:00", LAST_END),
    ],
)
def test_the_expiry_is_the_end_of_what_was_confirmed_by_then(at, ends):
    assert expiry(known(extended_truce(), at)) == end(ends)


def test_a_truce_not_yet_announced_is_unknown():
    assert as_known(truce(), moment("2016-04-29T14:59")) is None


def test_a_running_daemon_hears_what_the_file_announces_for_later():
    heard = as_known(extended_truce(), moment("2016-04-01T00:00"), future_counts=True)
    assert heard is not None
    assert expiry(heard) == end(LAST_END)


def test_a_confirmation_dated_later_waits_for_its_moment_even_in_a_running_daemon():
    about = truce(records=(record(LAST_END, announced="2016-05-01T09:00", confirmed="2016-05-02T00:00"),))
    before = as_known(about, moment("2016-05-01T23:59"), future_counts=True)
    after = as_known(about, moment("2016-05-02T00:00"), future_counts=True)
    assert before is not None
    assert after is not None
    assert (expiry(before), expiry(after)) == (end(FIRST_END), end(LAST_END))


def test_the_last_to_be_confirmed_wins_even_where_it_ends_earlier():
    late = record(LAST_END, announced="2016-05-01T09:00")
    shortening = record(SECOND_END, announced="2016-05-01T08:00", confirmed="2016-05-01T12:00")
    assert expiry(truce(records=(late, shortening))) == end(SECOND_END)


def test_of_several_confirmed_at_one_moment_the_earliest_end_is_the_expiry():
    extension = record(LAST_END, announced="2016-05-01T09:00")
    other = record("2016-05-03T21:00", announced="2016-05-01T09:00")
    assert expiry(truce(records=(extension, other))) == end("2016-05-03T21:00")


def test_an_open_end_is_later_than_any_moment():
    opened = record(End.open(), announced="2016-05-01T09:00")
    dated = record(LAST_END, announced="2016-05-01T09:00")
    assert expiry(truce(records=(opened,))) == End.open()
    assert expiry(truce(records=(opened, dated))) == end(LAST_END)


def test_a_denied_extension_leaves_the_chain():
    denied = record(LAST_END, announced="2016-05-01T09:00", denied="2016-05-01T10:00")
    about = truce(records=(denied,))
    assert expiry(known(about, "2016-05-01T09:59")) == end(LAST_END)
    assert expiry(known(about, "2016-05-01T10:00")) == end(FIRST_END)


def test_a_denial_at_the_moment_of_the_announcement_holds():
    denied = record(LAST_END, announced="2016-05-01T09:00", denied="2016-05-01T09:00")
    assert denied.confirmation is Confirmation.DENIED


def test_a_claim_denied_and_later_confirmed_is_confirmed():
    back = claim(LAST_END, announced="2016-05-01T09:00", denied="2016-05-01T10:00", confirmed="2016-05-01T11:00")
    assert expiry(truce(records=(back,))) == end(LAST_END)


def test_a_by_counts_from_the_expiry_just_before_it_was_announced():
    records = (
        record(SECOND_END, announced="2016-05-01T09:00"),
        record(LAST_END, announced="2016-05-02T09:00"),
    )
    first = end(FIRST_END)
    assert [*expiries_before(first, records, moment("2016-05-01T09:00"))] == [first]
    assert [*expiries_before(first, records, moment("2016-05-02T09:00"))] == [end(SECOND_END)]
    assert [*expiries_before(first, records, ALWAYS)] == [first]


def test_a_by_counts_from_what_was_known_then_though_it_was_denied_since():
    records = (record(SECOND_END, announced="2016-05-01T09:00", denied="2016-05-03T00:00"),)
    assert [*expiries_before(end(FIRST_END), records, moment("2016-05-02T09:00"))] == [end(SECOND_END)]


# Claims.


def test_a_claim_stands_beside_the_extension_announced_with_it():
    """Ghouta on 2 May: the army says 0100 on the 4th, the Russian centre 2400 on the 3rd."""
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T09:00"))
    assert owners(about) == [
        (Owner.EXPIRY, moment(LAST_END)),
        (Owner.CLAIM, moment("2016-05-03T21:00")),
    ]


def test_a_claim_later_than_the_expiry_is_live_and_has_no_ladder():
    about = truce(records=(claim(LAST_END, announced="2016-04-30T09:00"),))
    assert [live.owner for live in live_ends(about)] == [Owner.EXPIRY, Owner.CLAIM]
    assert owners(about) == [(Owner.EXPIRY, moment(FIRST_END))]


def test_a_claim_dies_when_an_extension_announced_after_it_is_confirmed():
    early = claim("2016-04-30T21:00", announced="2016-04-30T09:00")
    about = truce(records=(early, record(SECOND_END, announced="2016-04-30T12:00")))
    assert [live.owner for live in live_ends(known(about, "2016-04-30T11:59"))] == [Owner.EXPIRY, Owner.CLAIM]
    assert [live.owner for live in live_ends(about)] == [Owner.EXPIRY]


def test_a_dead_claim_stays_dead_though_what_killed_it_was_denied():
    early = claim("2016-04-30T21:00", announced="2016-04-30T09:00")
    killer = record(SECOND_END, announced="2016-04-30T12:00", denied="2016-04-30T13:00")
    assert [live.owner for live in live_ends(truce(records=(early, killer)))] == [Owner.EXPIRY]


def test_an_extension_denied_from_the_outset_kills_no_claim():
    early = claim("2016-04-30T21:00", announced="2016-04-30T09:00")
    rumour = record(SECOND_END, announced="2016-04-30T12:00", denied="2016-04-30T12:00")
    assert [live.owner for live in live_ends(truce(records=(early, rumour)))] == [Owner.EXPIRY, Owner.CLAIM]


def test_a_dead_claim_confirmed_later_wins():
    early = claim("2016-04-30T21:00", announced="2016-04-30T09:00", confirmed="2016-04-30T14:00")
    about = truce(records=(early, record(SECOND_END, announced="2016-04-30T12:00")))
    assert expiry(known(about, "2016-04-30T13:00")) == end(SECOND_END)
    assert expiry(about) == end("2016-04-30T21:00")


def test_a_claim_dies_when_its_party_states_another():
    early = claim("2016-04-30T20:00", announced="2016-04-30T09:00")
    other = claim("2016-04-30T21:00", announced="2016-04-30T10:00")
    assert [live.end for live in live_ends(truce(records=(early, other)))] == [end(FIRST_END), end("2016-04-30T21:00")]


def test_a_claim_lives_while_one_of_its_parties_still_stands_by_it():
    joint = claim("2016-04-30T20:00", announced="2016-04-30T09:00", stated_by=("Russia", "US"))
    alone = claim("2016-04-30T21:00", announced="2016-04-30T10:00", stated_by=("US",))
    assert len(live_ends(truce(records=(joint, alone)))) == 3


def test_claims_of_nobody_in_particular_do_not_kill_each_other():
    stated = claim("2016-04-30T20:00", announced="2016-04-30T09:00", stated_by=())
    other = claim("2016-04-30T21:00", announced="2016-04-30T10:00", stated_by=())
    assert len(live_ends(truce(records=(stated, other)))) == 3


def test_a_dated_claim_has_a_ladder_where_the_expiry_is_open():
    about = truce(first_end=End.open(), records=(claim(FIRST_END, announced="2016-04-30T09:00"),))
    assert owners(about) == [(Owner.CLAIM, moment(FIRST_END))]


def test_a_claim_of_the_day_after_a_date_end_is_later_and_one_of_its_last_moment_is_not():
    saturday, sunday = day("2016-04-29T21:00"), day("2016-04-30T21:00")
    later = claim(sunday, announced="2016-04-29T16:00")
    same = claim("2016-04-30T21:00", announced="2016-04-29T16:00", stated_by=("other",))
    assert owners(truce(first_end=saturday, records=(later, same))) == [
        (Owner.EXPIRY, moment("2016-04-29T21:00")),
        (Owner.CLAIM, moment("2016-04-30T21:00")),
    ]


# Terminations and state.


def test_a_confirmed_termination_supersedes_what_lies_after_it():
    about = truce(
        termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00"),
        records=(claim("2016-04-30T21:00", announced="2016-04-30T05:00"),),
    )
    assert owners(about) == [(Owner.TERMINATION, moment("2016-04-30T12:00"))]


BY_ARMY = {"announced": "2016-04-30T06:00", "stated_by": ("Army",)}


@pytest.mark.parametrize(
    ("terminations", "stop", "claimed"),
    [
        # The earliest confirmed one ends it, in whatever order they became known.
        (
            [
                termination("2016-04-30T15:00", **BY_ARMY),
                termination("2016-04-30T12:00", announced="2016-04-30T07:00", stated_by=("Opposition",)),
            ],
            "2016-04-30T12:00",
            [],
        ),
        (
            [
                termination("2016-04-30T12:00", **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Opposition",)),
            ],
            "2016-04-30T12:00",
            [],
        ),
        # One that is not confirmed stands beside it.
        (
            [
                termination("2016-04-30T12:00", confirmed=False, **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Opposition",)),
            ],
            "2016-04-30T15:00",
            ["2016-04-30T12:00"],
        ),
        # A denied one counts for nothing.
        (
            [
                termination("2016-04-30T12:00", denied_at=moment("2016-04-30T08:00"), **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Opposition",)),
            ],
            "2016-04-30T15:00",
            [],
        ),
        # What its own party states anew replaces it, as long as it lies ahead;
        (
            [
                termination("2016-04-30T12:00", **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Army",)),
            ],
            "2016-04-30T15:00",
            [],
        ),
        # but not once it has come to pass,
        (
            [
                termination("2016-04-30T12:00", **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T12:00", stated_by=("Army",)),
            ],
            "2016-04-30T12:00",
            [],
        ),
        # nor by what nobody has confirmed,
        (
            [
                termination("2016-04-30T12:00", **BY_ARMY),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Army",), confirmed=False),
            ],
            "2016-04-30T12:00",
            ["2016-04-30T15:00"],
        ),
        # and not where one of its parties has said nothing else.
        (
            [
                termination("2016-04-30T12:00", announced="2016-04-30T06:00", stated_by=("Army", "Opposition")),
                termination("2016-04-30T15:00", announced="2016-04-30T07:00", stated_by=("Army",)),
            ],
            "2016-04-30T12:00",
            [],
        ),
    ],
)
def test_of_several_terminations_the_earliest_that_is_confirmed_and_stands_ends_it(terminations, stop, claimed):
    for order in (terminations, terminations[::-1]):
        about = truce(terminations=tuple(order))
        assert terminated_at(about) == moment(stop)
        ends = [live for live in live_ends(about) if live.owner is Owner.TERMINATION]
        unconfirmed = [live.end.at for live in ends if live.statement.confirmation is Confirmation.CLAIMED]
        assert unconfirmed == list(map(moment, claimed))
        assert TruceStatus(about, moment(stop)).state is State.TERMINATED


def test_reminders_lead_to_no_termination_after_the_one_that_counts():
    about = truce(
        terminations=(
            termination("2016-04-30T12:00", announced="2016-04-30T06:00"),
            termination("2016-04-30T15:00", announced="2016-04-30T06:00", confirmed=False),
            termination("2016-04-30T10:00", announced="2016-04-30T06:00", confirmed=False),
        )
    )
    assert owners(about) == [
        (Owner.TERMINATION, moment("2016-04-30T10:00")),
        (Owner.TERMINATION, moment("2016-04-30T12:00")),
    ]


def test_an_unconfirmed_termination_supersedes_nothing():
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00", confirmed=False))
    assert owners(about) == [
        (Owner.EXPIRY, moment(FIRST_END)),
        (Owner.TERMINATION, moment("2016-04-30T12:00")),
    ]
    assert TruceStatus(about, moment("2016-04-30T13:00")).state is State.RUNNING


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2016-04-29T21:59", State.ANNOUNCED),
        ("2016-04-29T22:00", State.RUNNING),
        ("2016-04-30T21:59", State.RUNNING),
        (FIRST_END, State.LAPSED),
    ],
)
def test_the_window_is_half_open(at, expected):
    assert TruceStatus(truce(), moment(at)).state is expected


def test_a_date_end_runs_to_the_end_of_its_day():
    about = truce(first_end=day("2016-04-30T21:00"))
    assert TruceStatus(about, moment("2016-05-01T20:59")).state is State.RUNNING
    assert TruceStatus(about, moment("2016-05-01T21:00")).state is State.LAPSED


def test_a_terminated_truce_ends_at_its_termination_whether_that_is_ahead_or_past():
    about = truce(termination=termination("2016-04-30T12:00", announced="2016-04-30T06:00"))
    assert TruceStatus(about, moment("2016-04-30T07:00")).end == end("2016-04-30T12:00")
    assert TruceStatus(about, moment("2016-04-30T11:59")).state is State.RUNNING
    assert TruceStatus(about, moment("2016-04-30T12:00")).state is State.TERMINATED


def test_a_termination_after_the_lapse_is_told_once_it_has_come():
    about = truce(termination=termination("2016-05-01T00:00", announced="2016-04-30T23:00"))
    assert TruceStatus(about, moment("2016-04-30T23:30")).end == end(FIRST_END)
    assert TruceStatus(about, moment("2016-05-01T00:00")).end == end("2016-05-01T00:00")


def test_the_lineage_is_every_expiry_in_turn():
    assert [link.end for link in confirmed_chain(extended_truce())] == [end(FIRST_END), end(SECOND_END), end(LAST_END)]


def test_knowledge_comes_at_announcements_confirmations_and_denials():
    about = truce(
        records=(
            claim(LAST_END, announced="2016-05-01T09:00", confirmed="2016-05-01T10:00", denied="2016-05-01T11:00"),
        )
    )
    assert moments_of_knowledge(about) == (
        moment("2016-04-29T15:00"),
        moment("2016-05-01T09:00"),
        moment("2016-05-01T10:00"),
        moment("2016-05-01T11:00"),
    )


@pytest.mark.parametrize("confirmed", [True, False])
def test_who_recorded_a_decision_is_not_known_before_it_is_made(confirmed):
    stated = record(
        "2016-05-03T22:00",
        announced="2016-05-02T08:00",
        confirmed=confirmed,
        denied="2016-05-02T10:00",
        denied_by=("Embassy",),
        decision_recording=Recording(by="Bert"),
    )
    before, after = (
        stated.as_known(moment(at), future_counts=False) for at in ("2016-05-02T09:59", "2016-05-02T10:00")
    )
    assert before is not None
    assert (before.decision_recording, before.denied_by) == (None, ())
    assert after == stated
