"""Which of the parties state an end, and which have not: every sentence to the word."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, delivery, end, moment, record, termination, truce

from alertd.domain.alert import Change, Kind
from alertd.domain.change import changes
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.values import Reader
from alertd.times.end import End

TWO = ("SAF", "RSF")
THREE = ("SAF", "RSF", "JEM")
LAST = "2016-05-03T22:00"
BOTH = ["Both parties state this end."]


def told(alert, about, change=None, *, at="2016-05-02T20:00"):
    notice = Notice(delivery=alert, truce=about, change=change)
    reader = Reader(zone_name="UTC", zone=ZoneInfo("UTC"))
    zone = ZoneInfo("Asia/Damascus")
    sentences = facts(notice, reader=reader, truce_zone=zone, now=moment(at), late_after=timedelta(minutes=1)).sentences
    return [sentence for sentence in sentences if "tated by" in sentence or " state" in sentence]


def extended(*stated_by, ends=LAST, at="2016-05-01T09:00", **other):
    return record(ends, announced=at, stated_by=stated_by, **other)


def claimed(*stated_by, ends=LAST, at="2016-05-01T10:00", **other):
    return claim(ends, announced=at, stated_by=stated_by, **other)


def reminder(parties, *records, ends_at=LAST, **other):
    about = truce(parties=parties, records=records, **other)
    return told(delivery(Kind.REMINDER, stage="6h", ends_at=ends_at), about)


@pytest.mark.parametrize(
    ("parties", "records", "says"),
    [
        (TWO, [extended("SAF")], ["Stated by SAF alone, RSF has not stated it."]),
        (TWO, [extended("SAF", "RSF")], BOTH),
        (TWO, [extended("SAF"), claimed("RSF")], BOTH),
        (TWO, [claimed("RSF", at="2016-05-01T08:00"), extended("SAF")], BOTH),
        (TWO, [extended("saf "), claimed("Rsf")], BOTH),
        (TWO, [extended("SAF and RSF")], BOTH),
        (TWO, [extended("UN", "SAF")], ["Stated by UN and SAF, RSF has not stated it."]),
        (TWO, [extended("UN", "SAF"), claimed("RSF")], BOTH),
        (TWO, [extended("UN")], []),
        (TWO, [extended()], []),
        (TWO, [extended("UN"), claimed("RSF")], ["Stated by UN and RSF, SAF has not stated it."]),
        (THREE, [extended("SAF")], ["Stated by SAF alone, RSF and JEM have not stated it."]),
        (THREE, [extended("SAF", "JEM")], ["Stated by SAF and JEM, RSF has not stated it."]),
        (THREE, [extended("SAF"), claimed("JEM")], ["Stated by SAF and JEM, RSF has not stated it."]),
        (THREE, [extended("SAF"), claimed("RSF", "JEM")], ["SAF, RSF and JEM state this end."]),
        (("SAF",), [extended("SAF")], []),
        ((), [extended("SAF")], []),
    ],
)
def test_who_of_the_parties_states_an_end(parties, records, says):
    assert reminder(parties, *records) == says


def test_a_party_is_known_by_its_abbreviation():
    parties = ("Sudanese Armed Forces (SAF)", "Rapid Support Forces (RSF)")
    assert reminder(parties, extended("SAF"), claimed("Rapid Support Forces")) == BOTH
    assert reminder(parties, extended("SAF")) == ["Stated by SAF alone, Rapid Support Forces (RSF) has not stated it."]


def test_a_party_that_states_another_end_since_no_longer_states_the_first():
    parties = (extended("SAF", at="2016-05-01T09:00"), claimed("RSF", at="2016-05-01T08:00"))
    later = claimed("RSF", ends="2016-05-03T18:00", at="2016-05-01T12:00")
    assert reminder(TWO, *parties, later) == ["Stated by SAF alone, RSF no longer states it."]
    both = claimed("RSF", "JEM", ends="2016-05-03T18:00", at="2016-05-01T12:00")
    first = claimed("RSF", "JEM", at="2016-05-01T08:00")
    assert reminder(THREE, parties[0], first, both) == ["Stated by SAF alone, RSF and JEM no longer state it."]


def test_a_party_that_takes_back_its_own_extension_no_longer_states_it():
    other = claimed("SAF", ends="2016-05-03T18:00", at="2016-05-01T12:00")
    assert reminder(TWO, extended("SAF"), other) == ["SAF no longer states this end."]
    assert reminder(TWO, extended("SAF"), claimed("RSF"), other) == ["Stated by RSF alone, SAF no longer states it."]
    assert reminder(TWO, extended("SAF and RSF"), other) == ["Stated by RSF alone, SAF no longer states it."]
    assert reminder(TWO, extended("UN", "SAF"), other) == [
        "Stated by UN alone, RSF has not stated it, SAF no longer states it."
    ]


def test_a_statement_that_is_denied_is_not_counted_and_its_party_not_called_silent():
    denied = claimed("RSF", at="2016-05-01T10:00", denied="2016-05-01T11:00")
    assert reminder(TWO, extended("SAF"), denied) == ["Stated by SAF, the statement of RSF is denied."]
    several = claimed("RSF", "JEM", at="2016-05-01T10:00", denied="2016-05-01T11:00")
    assert reminder(THREE, extended("SAF"), several) == ["Stated by SAF, the statements of RSF and JEM are denied."]


def test_a_claim_of_the_other_party_that_gives_the_same_instant_says_that_both_state_it():
    before = truce(parties=TWO, records=(extended("SAF"),))
    after = truce(parties=TWO, records=(extended("SAF"), claimed("RSF")))
    (change,) = changes(before, after)
    alert = delivery(Kind.CLAIMED, ends_at=LAST, due_at=moment("2016-05-01T10:00"), revision=2)
    assert told(alert, after, change, at="2016-05-01T10:00") == BOTH


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        (End.open(), "Both parties state that no end is agreed."),
        (End.conditional("the talks end"), "Both parties state this condition."),
    ],
)
def test_what_both_state_may_be_another_thing_than_a_moment(ends, says):
    about = truce(parties=TWO, records=(extended("SAF", ends=ends), claimed("RSF", ends=ends)))
    change = Change(kind=Kind.OPENED, old=end("2016-04-30T22:00"), new=ends, statement=about.records[0])
    alert = delivery(Kind.OPENED, ends_at=None, due_at=moment("2016-05-01T10:00"), revision=2)
    assert told(alert, about, change, at="2016-05-01T10:00") == [says]


def test_the_first_end_is_that_of_all_and_a_claim_of_it_changes_nothing():
    assert reminder(TWO, ends_at="2016-04-30T22:00") == []
    assert reminder(TWO, claimed("RSF", ends="2016-04-30T22:00"), ends_at="2016-04-30T22:00") == []


def test_an_early_end_and_a_denial_are_not_told_as_the_end_of_both():
    stop = termination("2016-04-30T12:00", announced="2016-04-30T08:00", stated_by=("SAF",))
    about = truce(parties=TWO, termination=stop)
    assert told(delivery(Kind.REMINDER, stage="1h", ends_at="2016-04-30T12:00"), about) == []
    stated = claimed("RSF")
    denied = claimed("RSF", denied="2016-05-01T11:00")
    (change,) = changes(truce(parties=TWO, records=(stated,)), truce(parties=TWO, records=(denied,)))
    alert = delivery(Kind.CORRECTED, ends_at=LAST, due_at=moment("2016-05-01T11:00"), revision=2)
    assert told(alert, truce(parties=TWO, records=(denied,)), change, at="2016-05-01T11:00") == []
