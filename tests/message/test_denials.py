"""A denial says the end that stands before the one that does not, and who denies it; each headline to the word."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.change import changes
from alertd.domain.notice import Notice
from alertd.message.consequence_line import change_in_words
from alertd.message.facts import facts
from alertd.message.values import Reader
from alertd.times.end import End

DENIED_AT = "2016-05-03T12:00"
DAMASCUS = ZoneInfo("Asia/Damascus")
STANDS = "ends 0100 Wed 4 May Damascus (2200Z Tue 3 May), stands; "
BACK = "ends 0100 Wed 4 May Damascus (2200Z Tue 3 May) again; "


def told(change, about, *, at=DENIED_AT):
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
        Notice(delivery=delivery, truce=about, change=change),
        reader=Reader(zone_name="UTC", zone=ZoneInfo("UTC")),
        truce_zone=DAMASCUS,
        now=moment(at),
        late_after=timedelta(minutes=1),
    )


def after_denial(stated, *, by=("Foreign Ministry",), base=None, at=DENIED_AT):
    """What is told when a record that stood until then is denied."""
    denied = replace(stated, denied_at=moment(at), denied_by=by)
    base = base or extended_truce()
    if hasattr(stated, "at"):
        before, after = replace(base, terminations=(stated,)), replace(base, terminations=(denied,))
    else:
        before, after = replace(base, records=(*base.records, stated)), replace(base, records=(*base.records, denied))
    (change,) = changes(before, after)
    return told(change, after, at=at)


def headline(alert):
    return alert.title.removeprefix("Regime of calm, Eastern Ghouta: ")


COUNCIL = {"announced": "2016-05-03T08:00", "stated_by": ("Council",)}


@pytest.mark.parametrize(
    ("stated", "says"),
    [
        (claim("2016-06-03T22:00", **COUNCIL), STANDS + "one month more denied by Foreign Ministry"),
        (claim("2016-07-03T22:00", **COUNCIL), STANDS + "2 months more denied by Foreign Ministry"),
        (claim("2016-06-03T21:00", **COUNCIL), STANDS + "30 d 23 h more denied by Foreign Ministry"),
        (claim("2016-05-03T20:00", **COUNCIL), STANDS + "end 2 h earlier denied by Foreign Ministry"),
        (claim("2016-05-03T22:00", **COUNCIL), STANDS + "end 0100 Wed 4 May denied by Foreign Ministry"),
        (claim(day("2016-05-04T21:00"), **COUNCIL), STANDS + "end Thu 5 May denied by Foreign Ministry"),
        (claim(End.open(), **COUNCIL), STANDS + "open end denied by Foreign Ministry"),
        (claim(End.conditional("talks"), **COUNCIL), STANDS + "condition “talks” denied by Foreign Ministry"),
        (
            termination("2016-05-03T20:00", announced="2016-05-03T08:00", confirmed=False),
            STANDS + "early end 2300 Tue 3 May denied by Foreign Ministry",
        ),
        (
            termination("2016-05-03T20:00", announced="2016-05-03T08:00"),
            BACK + "early end 2300 Tue 3 May denied by Foreign Ministry",
        ),
        (record("2016-05-05T22:00", announced="2016-05-03T08:00"), BACK + "48 h more denied by Foreign Ministry"),
        (
            claim("2016-05-05T22:00", announced="2016-05-03T08:00", confirmed="2016-05-03T09:00"),
            BACK + "48 h more denied by Foreign Ministry",
        ),
    ],
)
def test_a_denial_says_what_stands_and_what_is_denied_by_whom(stated, says):
    alert = after_denial(stated)
    assert headline(alert) == says
    assert alert.ends[0].heading.startswith("Agreed end (stated by Syrian army), in 10 h")
    assert "Denied by Foreign Ministry: the agreed end stands." in alert.sentences


def test_a_denial_of_several_and_of_nobody_reads_as_well():
    stated = claim("2016-05-10T22:00", **COUNCIL)
    assert headline(after_denial(stated, by=("Embassy", "UN"))) == STANDS + "7 d more denied by Embassy and UN"
    assert headline(after_denial(stated, by=())) == STANDS + "end 0100 Wed 11 May stated by Council is denied"
    assert "Denied, by whom is not recorded: the agreed end stands." in after_denial(stated, by=()).sentences


@pytest.mark.parametrize(
    ("base", "stands"),
    [
        (truce(first_end=End.open()), "no agreed end as before; "),
        (truce(first_end=End.conditional("talks")), "ends on the condition “talks”, stands; "),
        (
            truce(first_end=day("2016-05-03T21:00")),
            "ends some time on Wed 4 May 2016 Damascus (from 2100Z Tue 3 May), stands; ",
        ),
        (
            extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-02T18:00")),
            "ends early 2300 Tue 3 May Damascus (2000Z Tue 3 May), stands; ",
        ),
    ],
)
def test_what_stands_is_said_of_every_kind_of_end(base, stands):
    alert = after_denial(claim("2016-05-10T22:00", **COUNCIL), base=base)
    assert headline(alert).startswith(stands)


@pytest.mark.parametrize(
    ("base", "at", "says"),
    [
        (extended_truce(), "2016-05-04T00:00", "expired 2 h ago, 0100 Wed 4 May Damascus (2200Z Tue 3 May); "),
        (
            extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-02T18:00")),
            "2016-05-03T21:30",
            "ended early 1 h 30 min ago, 2300 Tue 3 May Damascus (2000Z Tue 3 May); ",
        ),
    ],
)
def test_an_end_that_has_passed_is_not_said_to_stand(base, at, says):
    alert = after_denial(claim("2016-05-10T22:00", **COUNCIL), base=base, at=at)
    assert headline(alert) == f"{says}end 0100 Wed 11 May denied by Foreign Ministry"


def test_a_claim_that_is_denied_from_the_start_says_what_stands_too():
    denied = claim("2016-05-10T22:00", denied=DENIED_AT, denied_by=("Embassy",), **COUNCIL)
    (change,) = changes(extended_truce(), extended_truce(denied))
    assert change.kind is Kind.CLAIMED
    assert headline(told(change, extended_truce(denied))) == STANDS + "7 d more denied by Embassy"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (
            extended_truce(claim("2016-05-10T22:00", **COUNCIL)),
            extended_truce(),
            STANDS + "end 0100 Wed 11 May stated by Council is taken out of the register",
        ),
        (
            extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-03T08:00")),
            extended_truce(termination=termination("2016-05-03T20:00", announced="2016-05-03T08:00", confirmed=False)),
            BACK + "early end 2300 Tue 3 May stated by Syrian army is no longer confirmed",
        ),
    ],
)
def test_what_counts_no_longer_for_another_reason_comes_second_too(before, after, says):
    (change,) = changes(before, after)
    assert headline(told(change, after)) == says


def test_who_denies_when_and_where_it_stands_is_told_and_stays_told():
    stated = claim("2016-05-10T22:00", **COUNCIL)
    denied = replace(stated, denied_at=moment(DENIED_AT), denied_by=("Embassy",), denied_sources=("radio",))
    (change,) = changes(extended_truce(stated), extended_truce(denied))
    alert = told(change, extended_truce(denied))
    announced = "Stated by Council, announced 1100 Tue 3 May 2016 Asia/Damascus (+03:00) = 0800Z Tue 3 May"
    denied_then = "denied by Embassy 1500 Tue 3 May 2016 Asia/Damascus (+03:00) = 1200Z Tue 3 May"
    assert alert.stated == (f"{announced}, {denied_then}",)
    assert ("Source of the denial", "radio") in [(source.of, source.source) for source in alert.sources]
    reminder = Change(kind=Kind.EXTENDED, old=end("2016-05-01T22:00"), new=end("2016-05-03T22:00"))
    (beside,) = told(reminder, extended_truce(denied)).statements
    assert beside.text.endswith("7 d later than agreed; denied by Embassy")
    assert beside.sources == ("https://example.org/centre", "radio")


@pytest.mark.parametrize(("by", "says"), [(("Embassy", "UN"), "denied by Embassy and UN"), ((), "denied")])
def test_a_denial_that_was_never_told_says_who_denies_with_the_next(by, says):
    denied = claim("2016-05-10T22:00", denied=DENIED_AT, denied_by=by, **COUNCIL)
    change = Change(kind=Kind.CORRECTED, old=denied.end, new=None, statement=denied)
    assert change_in_words(change, zone=DAMASCUS) == f"corrected: 0100 Wed 11 May, stated by Council, {says}"
