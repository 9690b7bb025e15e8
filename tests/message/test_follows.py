"""A sentence about what follows is made from the agenda of its reader: every form of it, to the word."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.change import changes, withdrawn
from alertd.domain.notice import Notice
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.message.facts import facts
from alertd.message.values import Reader
from alertd.times.end import End

DESK = Subscription(channel="desk", targets=("desk",))
NO_REMINDERS = Subscription(channel="desk", targets=("desk",), alerts=frozenset({Kind.LAPSED, Kind.CLAIMED}))
UTC_READER = Reader(zone_name="UTC", zone=ZoneInfo("UTC"))


def agenda(about, at, *, subscription=DESK, policy=None):
    return plan(about, [subscription], policy or Policy(), reviews_until=moment(at), now=moment(at))


def told(before, after, at, *, ahead):
    """What is told of the one change between two forms of a truce."""
    (change,) = changes(before, after) if after is not None else (withdrawn(before),)
    return of_change(change, after or before, at, ahead=ahead)


def of_change(change, about, at, *, ahead):
    delivery = Delivery(
        due_at=moment(at),
        truce=about.id,
        kind=change.kind,
        stage=None,
        ends_at=change.ends_at,
        channel="desk",
        target="desk",
        revision=2,
    )
    return facts(
        Notice(delivery=delivery, truce=about, change=change, ahead=ahead),
        reader=UTC_READER,
        truce_zone=ZoneInfo("Asia/Damascus"),
        now=moment(at),
        late_after=timedelta(minutes=1),
    )


def of_claim(at, stated, *, base=None, **how):
    """The sentences about what follows when a claim is recorded."""
    before = base or extended_truce()
    ends = {"terminations": (stated,)} if hasattr(stated, "at") else {"records": (*before.records, stated)}
    after = replace(before, **ends)
    alert = told(before, after, at, ahead=agenda(after, at, **how))
    assert all(follows.text in alert.sentences for follows in alert.follows)
    return [follows.text for follows in alert.follows]


def stated(ends, at="2016-05-03T10:00"):
    return claim(ends, announced=at)


NEXT = "Not confirmed: the agreed end stands; its next reminder is in 6 h."


@pytest.mark.parametrize(
    ("at", "ends", "says"),
    [
        (
            "2016-05-03T10:00",
            "2016-05-03T20:00",
            [NEXT, "Reminders lead to the stated end; the next is in 4 h."],
        ),
        (
            "2016-05-03T10:00",
            "2016-05-10T20:00",
            [NEXT, "Reminders lead to the stated end; the next is in 6 d 10 h."],
        ),
        ("2016-05-03T10:00", "2016-05-03T22:00", [NEXT]),
        ("2016-05-03T10:00", "2016-05-03T09:53", [NEXT, "The stated end passed 7 min ago."]),
        ("2016-05-03T10:00", "2016-05-03T10:00", [NEXT, "The stated end is now."]),
        (
            "2016-05-03T21:50",
            "2016-05-03T21:55",
            [
                "Not confirmed: the agreed end stands; its expiry is told in 10 min.",
                "One reminder leads to the stated end, in 5 min.",
            ],
        ),
        (
            "2016-05-03T22:10",
            "2016-05-10T20:00",
            [
                "Not confirmed: the agreed end passed 10 min ago; said again in 5 min.",
                "Reminders lead to the stated end; the next is in 5 d 21 h 50 min.",
            ],
        ),
        (
            "2016-05-04T01:00",
            "2016-05-03T20:00",
            ["Not confirmed: the agreed end passed 3 h ago.", "The stated end passed 5 h ago."],
        ),
    ],
)
def test_a_claim_says_what_is_still_to_come_of_each_end(at, ends, says):
    assert of_claim(at, stated(ends, at), policy=Policy(unresolved_every=timedelta(days=99))) == says


@pytest.mark.parametrize(
    ("base", "says"),
    [
        (truce(first_end=End.open()), "Not confirmed: no end is agreed; whether it still holds is asked in 3 d 12 h."),
        (
            truce(first_end=End.conditional("the talks end")),
            "Not confirmed: the agreed condition stands; whether it still holds is asked in 3 d 12 h.",
        ),
        (
            extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-02T18:00")),
            "Not confirmed: the early end stands; its next reminder is in 4 h.",
        ),
        (
            extended_truce(termination=termination("2016-05-03T09:00", announced="2016-05-02T18:00")),
            "Not confirmed: the early end passed 1 h ago.",
        ),
    ],
)
def test_what_stands_may_be_another_end_than_the_expiry(base, says):
    assert of_claim("2016-05-03T10:00", stated("2016-05-10T20:00"), base=base)[0] == says


def test_an_early_end_that_is_claimed_is_called_so():
    says = of_claim("2016-05-03T10:00", termination("2016-05-03T20:00", announced="2016-05-03T10:00", confirmed=False))
    assert says == [NEXT, "Reminders lead to the early end; the next is in 4 h."]


def test_a_channel_without_reminders_is_promised_none():
    says = of_claim("2016-05-03T10:00", stated("2016-05-03T20:00"), subscription=NO_REMINDERS)
    assert says == [
        "Not confirmed: the agreed end stands; its expiry is told in 12 h.",
        "No reminder of the stated end is planned for this channel.",
    ]


def test_where_nothing_is_planned_that_is_said():
    assert of_claim(
        "2016-05-03T10:00",
        stated("2016-05-10T20:00"),
        base=extended_truce(lead_times=()),
        subscription=replace(DESK, alerts=frozenset({Kind.CLAIMED})),
    ) == [
        "Not confirmed: the agreed end stands; no reminder of it is planned for this channel.",
        "No reminder of the stated end is planned for this channel.",
    ]
    open_ended = of_claim(
        "2016-05-03T10:00",
        stated("2016-05-10T20:00"),
        base=truce(first_end=End.open()),
        subscription=replace(DESK, alerts=frozenset({Kind.CLAIMED})),
    )
    assert open_ended[0] == "Not confirmed: no end is agreed; no question about it is planned for this channel."


def test_where_no_agenda_is_at_hand_nothing_is_promised():
    before = extended_truce()
    after = extended_truce(stated("2016-05-03T20:00"))
    alert = told(before, after, "2016-05-03T10:00", ahead=None)
    assert alert.sentences == ("Not confirmed: the agreed end stands.",)
    assert [(follows.ends_at, follows.next_at) for follows in alert.follows] == [(None, None)]


@pytest.mark.parametrize(
    ("by", "lead"),
    [
        ((), "Denied, by whom is not recorded: "),
        (("Embassy",), "Denied by Embassy: "),
        (("Embassy", "UN"), "Denied by Embassy and UN: "),
    ],
)
def test_a_denial_says_what_follows_of_the_end_that_stands(by, lead):
    about = stated("2016-05-10T20:00")
    after = extended_truce(replace(about, denied_at=moment("2016-05-03T10:00"), denied_by=by))
    alert = told(extended_truce(about), after, "2016-05-03T10:00", ahead=agenda(after, "2016-05-03T10:00"))
    assert alert.sentences == (f"{lead}the agreed end stands; its next reminder is in 6 h.",)
    (follows,) = alert.follows
    assert (follows.ends_at, follows.next_at) == (moment("2016-05-03T22:00"), moment("2016-05-03T16:00"))
    assert follows.stands


def test_a_claim_that_was_taken_out_says_what_follows_after_why():
    before, after = extended_truce(stated("2016-05-10T20:00")), extended_truce()
    alert = told(before, after, "2016-05-03T10:00", ahead=agenda(after, "2016-05-03T10:00"))
    assert alert.sentences == (
        "Why: the claim was taken out of the register.",
        "The agreed end stands; its next reminder is in 6 h.",
    )


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2016-05-03T10:00", "The agreed end stands; its next reminder is in 6 h."),
        ("2016-05-04T00:00", "The agreed end passed 2 h ago."),
    ],
)
def test_a_truce_that_is_back_is_promised_what_is_planned(at, says):
    back = Change(kind=Kind.CORRECTED, old=None, new=end("2016-05-03T22:00"), restored=True)
    about = extended_truce()
    left = agenda(about, at, policy=Policy(unresolved_every=timedelta(days=99)))
    assert of_change(back, about, at, ahead=left).sentences == (
        "It had been taken out of the register. It stands there again, and alertd watches it.",
        says,
    )


def test_a_truce_that_was_taken_out_promises_silence_only_where_nothing_is_ahead():
    silent = told(extended_truce(), None, "2016-05-03T10:00", ahead=())
    text = "Taken out of the register while running: alertd no longer watches it"
    assert silent.sentences == (f"{text}, and no reminder will come.",)
    left = agenda(extended_truce(), "2016-05-03T10:00")
    assert told(extended_truce(), None, "2016-05-03T10:00", ahead=left).sentences == (f"{text}.",)


def test_a_day_that_is_the_agreed_end_stands_until_it_is_over():
    about = truce(first_end=day("2016-05-03T21:00"))
    says = of_claim("2016-05-03T20:50", stated("2016-05-10T20:00", "2016-05-03T20:50"), base=about)
    assert says[0].startswith("Not confirmed: the agreed end stands; ")


def test_an_extension_promises_nothing():
    before = truce()
    after = truce(records=(record("2016-05-01T22:00", announced="2016-04-30T10:00"),))
    alert = told(before, after, "2016-04-30T10:00", ahead=agenda(after, "2016-04-30T10:00"))
    assert alert.follows == ()
