"""The shift digest: when it is due, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import LAST_END, claim, day, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import Change, Kind
from alertd.domain.statement import DeskAct
from alertd.message.shift import EVENTS, NAMED, SeenChange, Shift, Shifts, glance, shift_text
from alertd.times.end import End

ZURICH = Shifts((time(7), time(19)), ZoneInfo("Europe/Zurich"))
NOW = moment("2016-05-03T05:00")
"""0700 in Zurich."""


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        ("2016-05-03T05:00", "2016-05-03T05:00", "2016-05-03T17:00"),
        ("2016-05-03T04:59", "2016-05-02T17:00", "2016-05-03T05:00"),
        ("2016-05-03T23:30", "2016-05-03T17:00", "2016-05-04T05:00"),
        ("2016-03-27T04:59", "2016-03-26T18:00", "2016-03-27T05:00"),  # the clocks went forward that night
        ("2016-10-30T05:59", "2016-10-29T17:00", "2016-10-30T06:00"),  # and back that one
    ],
)
def test_a_digest_is_due_by_the_clock_of_those_who_read_it(now, last, following):
    assert ZURICH.last(moment(now)) == moment(last)
    assert ZURICH.next(moment(now)) == moment(following)


def test_an_hour_that_the_clocks_skip_still_brings_its_digest():
    at_half_past_two = Shifts((time(2, 30),), ZoneInfo("Europe/Zurich"))
    days = [at_half_past_two.next(datetime(2016, 3, day, 12, tzinfo=UTC)).date().day for day in (25, 26, 27)]
    assert days == [26, 27, 28]


def test_an_hour_that_comes_twice_brings_its_digest_once():
    at_half_past_two = Shifts((time(2, 30),), ZoneInfo("Europe/Zurich"))
    night = [moment("2016-10-30T00:00") + timedelta(minutes=minute) for minute in range(180)]

    assert {at_half_past_two.last(now) for now in night[31:]} == {moment("2016-10-30T00:30")}
    assert {at_half_past_two.next(now) for now in night[30:]} == {moment("2016-10-31T01:30")}


SINCE = moment("2016-05-02T17:00")


def told(*truces, now=NOW, changes=(), sent=None, **other):
    fields = {"not_watched": (), "held": (), "failing": ()}
    shift = Shift(
        since=SINCE,
        truces=tuple(glance(about, SINCE, now, zone_for=ZoneInfo) for about in truces),
        changes=changes,
        sent=sent or {},
        **(fields | other),
    )
    return shift_text(shift, now, zone_for=ZoneInfo).splitlines()


def named(name, **other):
    """A truce of this name, known since long before the watch."""
    return truce(**({"id": name.lower(), "title": f"Calm in {name}", "name": name} | other))


GHOUTA = extended_truce(name="Ghouta")
"""It ends at 0100 Wed 4 May."""
GHOUTA_ENDS = "0100 Wed 4 May Damascus (2200Z Tue 3 May)"

LAPSED = named("Aleppo", first_end=end("2016-05-01T22:00"))
"""It expired before the watch."""

OPEN = named("Doha", first_end=End.open(), checked=(DeskAct(at=moment("2016-05-01T05:00")),))


def recorded(kind, about=GHOUTA, *, at="2016-05-02T20:00", old=None, new=LAST_END, **other):
    change = Change(kind=kind, old=old and end(old), new=new and end(new), **other)
    return SeenChange(at=moment(at), truce=about, change=change)


# A watch in which nothing happened.


def test_where_nothing_changed_and_nothing_was_sent_it_is_three_lines():
    later = named("Latakia", first_end=end("2016-05-05T22:00"))
    ahead = named("Homs", starts=moment("2016-05-04T22:00"), first_end=end("2016-05-06T22:00"))
    assert told(later, ahead, GHOUTA) == [
        f"2 truces running, 1 ahead, next end in 17 h: Ghouta, {GHOUTA_ENDS}",
        "Nothing changed since 1700Z Mon 2 May, and nothing was sent.",
        "Nothing in the register is unwatched.",
    ]


def test_the_three_lines_say_what_is_unresolved_first_and_name_what_has_no_end():
    on_talks = named("Geneva", first_end=End.conditional("the talks are over"))
    without_end = "Open, without an agreed end: Doha (checked 48 h ago). On a condition: Geneva (not checked yet)."
    assert told(GHOUTA, OPEN, LAPSED, on_talks) == [
        f"1 truce expired, unresolved: Aleppo (31 h ago); 3 truces running, next end in 17 h: Ghouta, {GHOUTA_ENDS}",
        "Nothing changed since 1700Z Mon 2 May, and nothing was sent.",
        f"Nothing in the register is unwatched. {without_end}",
    ]


def test_the_three_lines_hold_every_warning():
    assert told(not_watched=("aleppo",), held=("homs",), failing=("desk#2",)) == [
        "0 truces running, no end ahead",
        "Nothing changed since 1700Z Mon 2 May, and nothing was sent.",
        "NOT WATCHED: aleppo. Held, as gone from the register without a word: homs. Channels that fail: desk#2.",
    ]


def test_what_expired_last_is_named_first_and_the_rest_is_counted():
    many = [named(f"Town-{number:02}", first_end=end(f"2016-05-01T{number:02}:00")) for number in range(NAMED + 2)]
    first, *_ = told(*many)
    assert first.startswith("12 truces expired, unresolved: Town-11 (42 h ago), Town-10 (43 h ago), ")
    assert first.endswith("Town-02 (51 h ago) and 2 more; 0 truces running, no end ahead")


@pytest.mark.parametrize(
    ("other", "is_unresolved"),
    [
        ({}, True),
        ({"closed": (DeskAct(at=moment("2016-05-02T06:00")),)}, False),
        ({"terminations": (termination("2016-05-02T06:00", announced="2016-05-02T06:00"),)}, False),
        ({"records": (record("2016-05-09T22:00", announced="2016-05-02T06:00"),)}, False),
    ],
)
def test_a_lapse_is_unresolved_until_it_is_closed_ended_or_extended(other, is_unresolved):
    first, *_ = told(replace(LAPSED, **other))
    assert ("unresolved: Aleppo" in first) is is_unresolved


# The next end, whoever states it.


def test_an_end_that_one_side_states_after_the_agreed_one_is_the_next_end():
    """The real case: the agreed end had passed, and one side stated an end that lay 11 h ahead."""
    stated = claim("2016-05-03T16:00", announced="2016-05-01T09:00", stated_by=("Russian centre",))
    first, *_ = told(replace(LAPSED, records=(stated,)))
    assert first == (
        "1 truce expired, unresolved: Aleppo (31 h ago); 0 truces running, next end in 11 h: "
        "Aleppo, 1900 Tue 3 May Damascus (1600Z Tue 3 May), stated by Russian centre, unconfirmed"
    )


def test_a_claim_before_the_agreed_end_is_next_and_the_agreed_one_stays_in_the_list():
    doubted = replace(GHOUTA, records=(*GHOUTA.records, claim("2016-05-03T21:00", announced="2016-05-02T10:00")))
    lines = told(doubted, sent={Kind.REMINDER: 1})
    assert lines[0].endswith(
        "next end in 16 h: Ghouta, 0000 Wed 4 May Damascus (2100Z Tue 3 May), stated by Russian centre, unconfirmed"
    )
    assert lines[-2:] == [
        "Ghouta: 0000 Wed 4 May 2016 Asia/Damascus (+03:00) = 2100Z Tue 3 May, stated by Russian centre, unconfirmed",
        "Ghouta: 0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May",
    ]


def test_an_end_that_both_state_is_named_once():
    agreeing = replace(GHOUTA, records=(*GHOUTA.records, claim(LAST_END, announced="2016-05-02T10:00")))
    assert told(agreeing)[0] == f"1 truce running, next end in 17 h: Ghouta, {GHOUTA_ENDS}"


@pytest.mark.parametrize(("is_confirmed", "how"), [(True, "termination by"), (False, "early end stated by")])
def test_an_early_end_is_next_and_says_who_states_it(is_confirmed, how):
    stop = termination("2016-05-03T09:00", announced="2016-05-02T10:00", confirmed=is_confirmed)
    ending = replace(GHOUTA, terminations=(stop,))
    doubt = "" if is_confirmed else ", unconfirmed"
    assert told(ending)[0] == (
        f"1 truce running, next end in 4 h: Ghouta, 1200 Tue 3 May Damascus (0900Z Tue 3 May), {how} Syrian army{doubt}"
    )


def test_a_day_is_told_as_a_day():
    by_day = named("Homs", first_end=day("2016-05-03T21:00"))
    assert told(by_day)[0] == "1 truce running, next end in 16 h or later: Homs, Wed 4 May Damascus"
    assert told(by_day, now=moment("2016-05-04T05:00"))[0] == (
        "1 truce running, next end at any time today: Homs, Wed 4 May Damascus"
    )
    assert told(by_day, GHOUTA, sent={Kind.REMINDER: 1})[-2] == (
        "Homs: at any time from 0000 Wed 4 May 2016 Asia/Damascus (+03:00) = 2100Z Tue 3 May"
    )


def test_an_end_in_another_year_says_so_and_one_in_utc_stands_once():
    far = named("Far", zone="Asia/Kabul", first_end=end("2017-01-01T10:00"))
    assert "Far, 1430 Sun 1 Jan 2017 Kabul (1000Z Sun 1 Jan)" in told(far)[0]
    in_utc = named("Sea", zone="UTC", first_end=end("2016-05-04T10:00"))
    assert told(in_utc)[0] == "1 truce running, next end in 29 h: Sea, 1000Z Wed 4 May"


def test_of_many_ends_it_names_the_soonest_and_counts_the_rest():
    many = [named(f"t{number:02}", first_end=end(LAST_END)) for number in range(NAMED + 3)]
    lines = told(*many, sent={Kind.REMINDER: 1})
    assert lines[-1] == "3 later ends not named here."
    assert [line.partition(":")[0] for line in lines[-1 - NAMED : -1]] == [f"t{number:02}" for number in range(NAMED)]


# A watch in which something happened.


def test_what_moved_was_claimed_denied_and_ended_is_told_in_its_order_as_its_alerts_told_it():
    denied = claim("2016-05-10T22:00", announced="2016-05-02T18:00", denied="2016-05-02T21:00")
    stop = termination("2016-05-03T09:00", announced="2016-05-03T04:00")
    changes = (
        recorded(Kind.EXTENDED, old="2016-05-01T22:00", statement=GHOUTA.records[1]),
        recorded(Kind.CORRECTED, at="2016-05-02T21:00", old="2016-05-10T22:00", new=None, statement=denied),
        recorded(Kind.TERMINATED, at="2016-05-03T04:00", old=LAST_END, new="2016-05-03T09:00", statement=stop),
    )
    ending = replace(GHOUTA, terminations=(stop,))
    assert told(ending, changes=changes, sent={Kind.EXTENDED: 1, Kind.REMINDER: 2})[1:] == [
        "Since 1700Z Mon 2 May:",
        f"Ghouta: extended 11 h after it expired, to {GHOUTA_ENDS}.",
        f"Ghouta: ends {GHOUTA_ENDS}, stands; end 0100 Wed 11 May stated by Russian centre is denied.",
        "Ghouta: terminated by Syrian army from 1200 Tue 3 May Damascus (0900Z Tue 3 May).",
        "Sent: 3 alerts (1 extended, 2 reminder).",
        "Nothing in the register is unwatched.",
    ]


def test_what_expired_in_the_watch_is_told_also_where_it_was_extended_afterwards():
    gone = named("Homs", first_end=end("2016-05-02T22:00"))
    saved = replace(gone, id="latakia", name="Latakia", records=(record(LAST_END, announced="2016-05-03T01:00"),))
    lines = told(gone, saved)
    at = "0100 Tue 3 May Damascus (2200Z Mon 2 May)"
    assert lines[0].startswith("1 truce expired, unresolved: Homs (7 h ago); 1 truce running, ")
    assert lines[1:4] == [
        "Since 1700Z Mon 2 May:",
        f"Homs: expired 7 h ago, no extension recorded: {at}.",
        f"Latakia: expired 7 h ago, extended afterwards: {at}.",
    ]


def test_what_began_ended_was_checked_and_closed_in_the_watch_is_told():
    anna = {"by": "Anna"}
    began = named("Homs", starts=moment("2016-05-02T22:00"), first_end=end("2016-05-09T22:00"))
    ended = named(
        "Latakia",
        first_end=end("2016-05-09T22:00"),
        terminations=(termination("2016-05-02T23:00", announced="2016-05-02T09:00"),),
    )
    checked = named("Doha", first_end=End.open(), checked=(DeskAct(at=moment("2016-05-03T00:00"), **anna),))
    closed = replace(LAPSED, closed=(DeskAct(at=moment("2016-05-03T01:00")),))
    assert told(began, ended, checked, closed)[1:7] == [
        "Since 1700Z Mon 2 May:",
        "Homs: began 7 h ago: 0100 Tue 3 May Damascus (2200Z Mon 2 May).",
        "Latakia: ended 6 h ago (termination by Syrian army): 0200 Tue 3 May Damascus (2300Z Mon 2 May).",
        "Doha: checked by Anna 5 h ago: it holds.",
        "Aleppo: closed 4 h ago.",
        "Nothing was sent.",
    ]


def test_an_end_that_one_side_stated_and_that_came_is_told():
    doubted = replace(GHOUTA, records=(*GHOUTA.records, claim("2016-05-02T21:00", announced="2016-05-02T10:00")))
    assert told(doubted)[2] == (
        "Ghouta: the end stated by Russian centre and not confirmed came 8 h ago: "
        "0000 Tue 3 May Damascus (2100Z Mon 2 May)."
    )


def test_what_happened_before_the_watch_or_lies_ahead_is_no_part_of_it():
    at_its_begin = named("Homs", first_end=end("2016-05-02T17:00"))
    assert told(LAPSED, at_its_begin, GHOUTA)[1].startswith("Nothing changed")
    a_second_later = named("Homs", first_end=end("2016-05-02T17:00:01"))
    assert told(a_second_later)[2].startswith("Homs: expired 11 h 59 min ago, no extension recorded: ")


def test_where_alerts_were_sent_and_nothing_else_happened_it_does_not_say_that_nothing_changed():
    assert told(GHOUTA, sent={Kind.REMINDER: 1})[1:3] == [
        "Since 1700Z Mon 2 May no end has moved or come.",
        "Sent: 1 alert (1 reminder).",
    ]


def test_of_many_events_it_tells_the_latest_and_counts_the_rest():
    many = [
        named(f"t{number:02}", first_end=end(f"2016-05-02T{18 + number // 10}:{number % 10:02}"))
        for number in range(EVENTS + 3)
    ]
    lines = told(*many, changes=(), more_changes=4)
    assert lines[1] == "Since 1700Z Mon 2 May, the latest 20 of 27 events:"
    assert [line.partition(":")[0] for line in lines[2 : 2 + EVENTS]] == [f"t{number:02}" for number in range(3, 23)]
