"""What a message says, fact by fact; how whole messages read is kept in `tests/message/golden/`."""

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, timedelta
from itertools import product
from unicodedata import category
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, delivery, end, extended_truce, moment, record, termination, truce
from hypothesis import given, settings
from hypothesis.strategies import lists, text

from alertd.domain.alert import CHANGES, LADDER, TRUCELESS, Change, Delivery, Kind
from alertd.domain.notice import Notice
from alertd.message.facts import Reader, facts, title
from alertd.times.end import End

DAMASCUS = ZoneInfo("Asia/Damascus")
NEW_YORK = Reader(zone_name="America/New_York", zone=ZoneInfo("America/New_York"))


def notice(about=None, *, kind=Kind.REMINDER, stage="6h", ends_at="2016-05-03T22:00", change=None, **other):
    about = about or extended_truce()
    return Notice(
        delivery=delivery(kind, stage=stage, ends_at=ends_at, truce=about.id), truce=about, change=change, **other
    )


def told(one, *, late=timedelta(), late_after=timedelta(seconds=60), **other):
    now = one.delivery.due_at + late
    return facts(one, reader=NEW_YORK, truce_zone=DAMASCUS, now=now, late_after=late_after, **other)


def announced(change, about):
    return Notice(
        delivery=Delivery(
            due_at=moment("2016-05-02T09:00"),
            truce=about.id,
            kind=change.kind,
            stage=None,
            ends_at=change.ends_at,
            channel="desk",
            target="desk",
            revision=2,
        ),
        truce=about,
        change=change,
    )


def every_string(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from every_string(one)
    elif is_dataclass(value) and not isinstance(value, Delivery):
        for field in fields(value):
            yield from every_string(getattr(value, field.name))


def test_an_end_is_given_where_the_truce_is_in_utc_and_where_the_reader_is():
    assert told(notice()).ends[0].lines == (
        "0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May",
        "your time: 1800 Tue 3 May 2016 America/New_York (-04:00)",
    )


def test_a_moment_that_is_not_on_a_whole_minute_shows_its_seconds():
    about = truce(first_end=end("2016-04-30T22:00:30"))
    alert = told(notice(about, ends_at="2016-04-30T22:00:30"))
    assert "01:00:30 Sun 1 May" in alert.title
    assert "22:00:30Z" in alert.ends[0].lines[0]


def test_a_title_says_the_year_only_where_it_is_another():
    about = truce(first_end=end("2017-01-01T10:00"))
    assert "Sun 1 Jan 2017 Damascus" in told(notice(about, stage="24h", ends_at="2017-01-01T10:00")).title
    assert "2016" not in told(notice()).title


@pytest.mark.parametrize("seconds", [-5, 0, 5])
def test_an_alert_that_goes_out_on_time_says_what_the_plan_said(seconds):
    assert told(notice(), late=timedelta(seconds=seconds)).title == title(notice(), truce_zone=DAMASCUS)


def test_a_late_reminder_says_the_true_time_left_and_how_late_it_is():
    alert = told(notice(), late=timedelta(hours=5, minutes=12))
    assert "ends in 48 min, " in alert.title
    assert alert.title.endswith("[LATE by 5 h 12 min]")
    assert alert.marks == ("LATE by 5 h 12 min: this was due at 1600Z Tue 3 May.",)


def test_no_time_is_promised_that_is_not_there():
    assert "ends in 5 h 58 min" in told(notice(), late=timedelta(seconds=61)).title


def test_what_is_no_later_than_the_policy_allows_is_not_called_late():
    assert told(notice(), late=timedelta(seconds=60)).marks == ()
    assert told(notice(), late=timedelta(seconds=61)).marks != ()


def test_a_reminder_that_comes_after_its_end_does_not_say_that_the_end_is_ahead():
    assert "was to end 20 min ago" in told(notice(), late=timedelta(hours=6, minutes=20)).title


def test_a_test_stands_first_and_reads_as_the_alert_will():
    alert = told(notice(), late=-timedelta(hours=3), test=True)
    assert alert.title == f"[TEST] {title(notice(), truce_zone=DAMASCUS)}"
    assert alert.marks == ("TEST: nothing has happened. The alert itself is due at 1600Z Tue 3 May.",)


def test_a_possible_repeat_says_so():
    assert told(notice(possible_repeat=True)).title.endswith("[POSSIBLE REPEAT]")


def test_a_reminder_of_a_stated_end_says_in_its_title_whose_end_it_is():
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T10:00"))
    assert "end stated by Russian centre is in 6 h" in told(notice(about, ends_at="2016-05-03T21:00")).title
    assert "end stated by Russian centre is now" in told(notice(about, stage="0", ends_at="2016-05-03T21:00")).title


def test_an_end_that_several_state_names_them_all():
    shared = {"announced": "2016-05-02T10:00"}
    about = extended_truce(
        claim("2016-05-03T21:00", stated_by=("Centre",), **shared),
        claim("2016-05-03T21:00", stated_by=("Envoy",), **shared),
    )
    assert "end stated by Centre and Envoy is in 6 h" in told(notice(about, ends_at="2016-05-03T21:00")).title


def test_an_end_that_is_agreed_is_told_as_agreed_though_a_party_states_it_too():
    about = extended_truce(claim("2016-05-03T22:00", announced="2016-05-02T10:00"))
    assert ": ends in 6 h, " in told(notice(about)).title


def test_an_end_that_nobody_stands_by_any_more_is_still_told():
    assert ": ends in 6 h, 1500 Tue 3 May" in told(notice(ends_at="2016-05-03T12:00")).title


def test_who_states_another_end_how_it_stands_and_where_it_is_written_is_told():
    denied = claim("2016-05-10T22:00", announced="2016-05-03T08:00", denied="2016-05-03T09:00", stated_by=("Council",))
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T10:00"), denied)
    open_claim, denied_claim = told(notice(about)).statements
    assert open_claim.text.startswith("Russian centre: 0000 Wed 4 May 2016")
    assert open_claim.text.endswith("1 h earlier than agreed; unconfirmed")
    assert open_claim.sources == ("https://example.org/centre",)
    assert denied_claim.text.endswith("7 d later than agreed; denied")


def test_a_claim_that_an_extension_has_answered_is_not_told_again():
    about = extended_truce(claim("2016-05-01T21:00", announced="2016-05-01T10:00"))
    assert told(notice(about)).statements == ()


def test_a_termination_that_is_not_the_subject_stands_beside_it():
    about = extended_truce(termination=termination("2016-05-03T23:00", announced="2016-05-03T08:00", confirmed=False))
    (beside,) = told(notice(about)).statements
    assert beside.text.startswith("Syrian army: early end by termination, 0200 Wed 4 May 2016")
    assert beside.text.endswith("; unconfirmed")


def test_an_extension_in_time_tells_no_gap():
    extension = record("2016-05-01T22:00", announced="2016-04-30T21:59")
    change = Change(kind=Kind.EXTENDED, old=end("2016-04-30T22:00"), new=extension.end, statement=extension)
    alert = told(announced(change, truce(records=(extension,))))
    assert "after it expired" not in alert.title
    assert alert.sentences == ("The end moves 24 h later.",)


def test_the_gap_of_an_extension_counts_from_the_end_just_before_it():
    """A reader who missed the extension between them is not told of a gap that never was."""
    about = extended_truce()
    change = Change(
        kind=Kind.EXTENDED, old=end("2016-04-30T22:00"), new=about.records[1].end, statement=about.records[1]
    )
    assert "extended 11 h after it expired" in told(announced(change, about)).title


def test_a_long_lineage_keeps_its_first_end_and_its_last_ones():
    begin = moment("2016-05-01T22:00")
    dates = [begin + timedelta(days=number) for number in range(40)]
    records = [record(End.instant(at), announced=f"{at - timedelta(hours=9):%Y-%m-%dT%H:%M}") for at in dates]
    lineage = told(notice(truce(records=tuple(records)), ends_at="2016-06-09T22:00")).lineage
    assert lineage.startswith("0100 Sun 1 May -> (29 more) -> 0100 Tue 31 May -> ")
    assert lineage.endswith(" -> 0100 Fri 10 Jun")


def test_changes_that_were_never_told_are_told_with_the_next():
    earlier = Change(kind=Kind.SHORTENED, old=end("2016-05-03T22:00"), new=end("2016-05-03T10:00"))
    change = Change(kind=Kind.CORRECTED, old=end("2016-05-03T10:00"), new=end("2016-05-03T22:00"))
    alert = told(replace(announced(change, extended_truce()), earlier=(earlier,)))
    assert alert.earlier == ("shortened: 0100 Wed 4 May -> 1300 Tue 3 May",)


def test_a_start_that_lies_ahead_is_told():
    about = truce(starts=moment("2016-05-01T00:00"), first_end=end("2016-05-03T22:00"))
    early = told(notice(about, stage="72h"))
    assert early.starts == "Starts in 2 h: 0300 Sun 1 May 2016 Asia/Damascus (+03:00) = 0000Z Sun 1 May"
    assert told(notice(about)).starts == ""


def test_a_date_end_is_never_given_an_hour_in_a_title():
    about = truce(first_end=day("2016-05-03T21:00"))
    ahead = notice(about, ends_at="2016-05-03T21:00")
    today = notice(about, stage="0", ends_at="2016-05-03T21:00")
    assert "may end in 6 h or later, on Wed 4 May 2016 Damascus (from 2100Z Tue 3 May)" in told(ahead).title
    assert "may end at any time today, Wed 4 May 2016 Damascus" in told(today).title


LONG = "Cessation of hostilities and humanitarian pause in the northern and eastern countryside of the governorate"


@pytest.mark.parametrize("kind", sorted(LADDER | (CHANGES - {Kind.OPENED, Kind.WITHDRAWN})))
def test_the_first_120_characters_say_which_truce_what_and_when(kind):
    statement = claim("2016-05-03T22:00", announced="2016-05-02T10:00", stated_by=(LONG,))
    change = Change(kind=kind, old=end("2016-05-02T22:00"), new=end("2016-05-03T22:00"), statement=statement)
    one = notice(extended_truce(title=LONG), kind=kind, stage="6h" if kind in LADDER else None, change=change)
    for name in ("eastern-ghouta: ", "0100 Wed 4 May Damascus"):
        assert name in told(one).title[:120]
        assert name in told(one, late=timedelta(hours=1), test=True).title[:120]


@pytest.mark.parametrize("kind", sorted(set(Kind) - TRUCELESS))
@pytest.mark.parametrize("ends_at", ["2016-05-03T22:00", "2016-05-03T21:00", None])
def test_every_kind_can_be_told_even_without_its_change(kind, ends_at):
    """A title is also asked for where only the ledger's row is at hand."""
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T10:00"))
    alert = told(notice(about, kind=kind, stage=None, ends_at=ends_at))
    assert alert.title.startswith(("Regime of calm, Eastern Ghouta: ", "eastern-ghouta: "))
    assert alert.truce_id == "eastern-ghouta"


ENDS = (end("2016-05-02T22:00"), day("2016-05-03T21:00"), End.open(), End.conditional("talks"), None)


@pytest.mark.parametrize("kind", sorted(CHANGES))
@pytest.mark.parametrize(("old", "new"), [pair for pair in product(ENDS, ENDS) if pair != (None, None)])
def test_every_change_between_every_two_ends_can_be_told(kind, old, new):
    for statement in (None, claim("2016-05-03T22:00", announced="2016-05-02T10:00")):
        change = Change(kind=kind, old=old, new=new, statement=statement)
        alert = told(announced(change, extended_truce()))
        assert alert.ends
        assert "None" not in "".join(every_string(alert))


NASTY = "Homs\r\n\x1b[31mBcc: x\u202egnp.exe\u2066\u2028\u0007\u200b" + "x" * 10_000


@settings(deadline=None)
@given(text(), lists(text(), max_size=3))
def test_nothing_that_somebody_wrote_breaks_a_line_or_steers_a_screen(written, names):
    statement = claim("2016-05-03T21:00", announced="2016-05-02T10:00", stated_by=tuple(names), sources=(written,))
    about = extended_truce(
        statement, title=written + NASTY, left_out=(written,), note=NASTY, area=written, parties=tuple(names)
    )
    alert = told(notice(about, text=f"{written}{NASTY}"))
    for line in every_string(alert):
        assert len(line) <= 1_200
        assert not [char for char in line if category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in "\u202e\u2066\u200b"]


def test_a_persian_title_keeps_the_invisible_letters_that_it_is_spelled_with():
    assert told(notice(extended_truce(title="آتش\u200cبس"))).title.startswith("آتش\u200cبس: ")


def test_a_truce_whose_title_is_nothing_visible_is_named_by_its_id():
    assert told(notice(extended_truce(title="\u202e\n"))).title.startswith("eastern-ghouta: ends in 6 h")


def test_ops_shift_and_missed_say_what_they_were_given():
    said = {}
    for kind in sorted(TRUCELESS):
        row = delivery(kind, ends_at=None, truce=None)
        one = Notice(delivery=row, truce=None, change=None, text="first line\n\nsecond line")
        alert = facts(one, reader=NEW_YORK, truce_zone=None, now=row.due_at, late_after=timedelta(seconds=60))
        assert alert.lines == ("first line", "second line")
        assert title(one, truce_zone=None) == alert.title
        said[kind] = alert.title
    assert said == {
        Kind.MISSED: "alertd: 2 alerts too old to be sent one by one: first line",
        Kind.OPS: "alertd: first line",
        Kind.SHIFT: "alertd: shift digest: first line",
    }


def test_a_title_does_not_depend_on_the_zone_that_moments_are_held_in():
    one = notice()
    assert one.delivery.due_at.tzinfo is UTC
    elsewhere = replace(one.delivery, due_at=one.delivery.due_at.astimezone(DAMASCUS))
    assert title(replace(one, delivery=elsewhere), truce_zone=DAMASCUS) == title(one, truce_zone=DAMASCUS)
