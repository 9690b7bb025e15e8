"""Several parties end one truce early: what is said of the one that counts, and of the others, word for word."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from factories import extended_truce, moment, termination

from alertd.domain.alert import Delivery, Kind
from alertd.domain.change import changes
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.values import Reader

DAMASCUS = ZoneInfo("Asia/Damascus")
UTC_READER = Reader(zone_name="UTC", zone=ZoneInfo("UTC"))

FIRST = termination("2016-05-03T12:00", announced="2016-05-02T12:00", stated_by=("Army",))
SOONER = termination("2016-05-03T09:00", announced="2016-05-02T18:00", stated_by=("Opposition",))
ANEW = termination("2016-05-03T15:00", announced="2016-05-02T18:00", stated_by=("Army",))


def said(before, after):
    """The facts of each alert about the change, told at 1800Z Mon 2 May."""
    old, new = extended_truce(terminations=before), extended_truce(terminations=after)
    for change in changes(old, new):
        delivery = Delivery(
            due_at=moment("2016-05-02T18:00"),
            truce=new.id,
            kind=change.kind,
            stage=None,
            ends_at=change.ends_at,
            channel="desk",
            target="desk",
        )
        yield facts(
            Notice(delivery=delivery, truce=new, change=change),
            reader=UTC_READER,
            truce_zone=DAMASCUS,
            now=delivery.due_at,
            late_after=timedelta(minutes=1),
        )


def test_another_party_that_ends_it_earlier_counts_and_the_first_stands_beside_it():
    (alert,) = said((FIRST,), (FIRST, SOONER))
    assert alert.title.endswith(
        ": terminated by Opposition from 1200 Tue 3 May Damascus (0900Z Tue 3 May), was 1500 Tue 3 May"
    )
    assert [end.heading for end in alert.ends][:2] == [
        "Terminated by Opposition, in 15 h",
        "Terminated before that, counts no longer",
    ]
    (beside,) = alert.statements
    assert beside.text == (
        "Army: early end by termination, 1500 Tue 3 May 2016 Asia/Damascus (+03:00) = 1200Z Tue 3 May; "
        "confirmed as well, but another termination counts"
    )


def test_a_party_that_puts_its_own_end_off_is_told_with_the_moment_before():
    (alert,) = said((FIRST,), (FIRST, ANEW))
    assert alert.title.endswith(
        ": terminated by Army from 1800 Tue 3 May Damascus (1500Z Tue 3 May), was 1500 Tue 3 May"
    )


def test_one_that_ends_it_no_earlier_is_told_of_by_nobody():
    assert list(said((SOONER,), (SOONER, FIRST))) == []


def test_where_the_one_that_counts_is_denied_the_next_one_is_said_to_stand():
    denied = replace(SOONER, denied_at=moment("2016-05-02T18:00"))
    correction, terminated = sorted(said((SOONER, FIRST), (denied, FIRST)), key=lambda alert: alert.delivery.kind)
    assert (correction.delivery.kind, terminated.delivery.kind) == (Kind.CORRECTED, Kind.TERMINATED)
    assert "1500 Tue 3 May" in correction.title
    assert correction.ends[0].heading == "Early end (termination by Army), in 18 h"
    assert terminated.title.endswith(
        ": terminated by Army from 1500 Tue 3 May Damascus (1200Z Tue 3 May), was 1200 Tue 3 May"
    )
