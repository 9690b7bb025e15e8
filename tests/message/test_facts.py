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

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import CHANGES, LADDER, TRUCELESS, Change, Delivery, Kind
from alertd.domain.notice import Notice
from alertd.domain.recording import Recording, Void
from alertd.message.facts import facts, title
from alertd.message.render import Renderer
from alertd.message.values import Reader
from alertd.times.end import End

DAMASCUS = ZoneInfo("Asia/Damascus")
NEW_YORK = Reader(zone_name="America/New_York", zone=ZoneInfo("America/New_York"))


def notice(about=None, *, kind=Kind.REMINDER, stage="6h", ends_at="2016-05-03T22:00", change=None, **other):
    about = about or extended_truce()
    return Notice(
        delivery=delivery(kind, stage=stage, ends_at=ends_at, truce=about.id), truce=about, change=change, **other
    )


def told(about, *, late=timedelta(), late_after=timedelta(seconds=60), **other):
    now = about.delivery.due_at + late
    return facts(about, reader=NEW_YORK, truce_zone=DAMASCUS, now=now, late_after=late_after, **other)


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
        for item in value:
            yield from every_string(item)
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


def extended(late=timedelta(), recording=None):
    """The facts of an extension that was announced half an hour after the end."""
    extension = record("2016-05-01T22:00", announced="2016-04-30T22:30", recording=recording)
    change = Change(kind=Kind.EXTENDED, old=end("2016-04-30T22:00"), new=extension.end, statement=extension)
    return told(announced(change, truce(records=(extension,))), late=late)


def test_when_it_was_announced_and_when_and_by_whom_it_was_recorded_are_told_as_two_moments():
    alert = extended(recording=Recording(at=moment("2016-05-01T04:15"), by="Anna\nK."))
    assert alert.title.endswith("extended 30 min after it expired, to 0100 Mon 2 May Damascus (2200Z Sun 1 May)")
    (stated,) = alert.stated
    assert stated == (
        "Stated by Syrian army, announced 0130 Sun 1 May 2016 Asia/Damascus (+03:00) = 2230Z Sat 30 Apr, "
        "recorded 0715 Sun 1 May 2016 Asia/Damascus (+03:00) = 0415Z Sun 1 May by Anna K."
    )


def test_the_moment_of_typing_is_never_told_as_that_of_the_announcement():
    alert = extended(recording=Recording(at=moment("2016-04-30T22:30") + timedelta(seconds=40), by="Anna"))
    assert alert.stated == (
        "Stated by Syrian army, recorded 01:30:40 Sun 1 May 2016 Asia/Damascus (+03:00) = 22:30:40Z Sat 30 Apr by Anna",
    )
    assert alert.title.endswith(
        "extension recorded 30 min after it expired, to 0100 Mon 2 May Damascus (2200Z Sun 1 May)"
    )
    assert alert.sentences[-1] == "Recorded 30 min after the end before it: for that time no extension was recorded."
    assert "nnounced" not in " ".join(every_string(alert))


def test_who_recorded_a_decision_is_told_beside_it():
    known = record(
        "2016-05-01T22:00",
        announced="2016-04-30T12:00",
        confirmed="2016-04-30T13:00",
        recording=Recording(at=moment("2016-04-30T12:05"), by="Anna"),
        decision_recording=Recording(by="Bert"),
    )
    change = Change(kind=Kind.EXTENDED, old=end("2016-04-30T22:00"), new=known.end, statement=known)
    (stated,) = told(announced(change, truce(records=(known,)))).stated
    assert stated.endswith(
        "by Anna, confirmed 1600 Sat 30 Apr 2016 Asia/Damascus (+03:00) = 1300Z Sat 30 Apr, "
        "its confirmation recorded by Bert"
    )


def test_a_new_truce_tells_who_recorded_it():
    about = truce(recording=Recording(at=moment("2016-04-29T16:00"), by="Anna"))
    alert = told(notice(about, kind=Kind.RECORDED, stage=None, ends_at="2016-04-30T22:00"))
    (stated,) = alert.stated
    assert stated == (
        "Announced 1800 Fri 29 Apr 2016 Asia/Damascus (+03:00) = 1500Z Fri 29 Apr, "
        "recorded 1900 Fri 29 Apr 2016 Asia/Damascus (+03:00) = 1600Z Fri 29 Apr by Anna"
    )


def mistaken(record_, *, late=timedelta(), old=None):
    """The facts of the correction of a mistake; 0100 Sun 1 May is the end that was agreed at first."""
    void = Void(at=moment("2016-05-02T09:00"), reason="the wrong truce", by="Bert")
    void_record = replace(record_, void=void)
    change = Change(
        kind=Kind.CORRECTED,
        old=old or record_.end,
        new=end("2016-05-03T22:00"),
        reason="recorded by mistake: the wrong truce",
        voided=(void_record,),
    )
    return told(announced(change, replace(extended_truce(), voided=(void_record,))), late=late)


def test_a_mistake_of_recording_is_told_as_that_alone_and_never_as_a_statement():
    wrong = record("2016-05-05T22:00", announced="2016-05-02T08:00", written="until 0100 Fri 6 May 2016")
    alert = mistaken(wrong)
    name, _, what = alert.title.partition(": ")
    assert name == "Regime of calm, Eastern Ghouta"
    assert what == "ends 0100 Wed 4 May Damascus (2200Z Tue 3 May); end 0100 Fri 6 May recorded by mistake"
    assert [end.heading.split(",")[0] for end in alert.ends] == ["End", "Recorded by mistake"]
    entry, why, stands = alert.sentences
    assert stands == "The agreed end stands."
    assert entry == (
        "The entry “until 0100 Fri 6 May 2016”, in the name of Syrian army, was recorded by mistake: "
        "it counts as never made. So marked by Bert, 1200 Mon 2 May 2016 Asia/Damascus (+03:00) = 0900Z Mon 2 May."
    )
    assert why == "The mistake: the wrong truce."
    assert "denie" not in " ".join(every_string(alert))


def test_a_mistake_that_is_found_after_the_end_says_that_the_end_has_passed():
    wrong = record("2016-05-05T22:00", announced="2016-05-02T08:00")
    alert = mistaken(wrong, late=timedelta(days=2))
    assert ": expired 0100 Wed 4 May Damascus (2200Z Tue 3 May); end 0100 Fri 6 May recorded by mistake" in alert.title
    assert alert.ends[0].heading.startswith("Expired, ")


def test_a_claim_and_an_early_end_that_were_mistakes_name_nobody_in_the_title():
    stated = mistaken(claim("2016-05-05T22:00", announced="2016-05-02T08:00"))
    assert "; end 0100 Fri 6 May recorded by mistake" in stated.title
    ended = termination("2016-05-02T20:00", announced="2016-05-02T08:00")
    early = mistaken(ended, old=end("2016-05-02T20:00"))
    assert "; early end 2300 Mon 2 May recorded by mistake" in early.title
    for alert in (stated, early):
        assert "stated by" not in alert.title
        assert "states" not in " ".join(every_string(alert))


def test_a_mark_that_is_taken_away_is_told_as_a_record_that_counts_again():
    again = record("2016-05-05T22:00", announced="2016-05-02T08:00", written="until 0100 Fri 6 May 2016")
    change = Change(kind=Kind.CORRECTED, old=end("2016-05-03T22:00"), new=again.end, counts_again=(again,))
    alert = told(announced(change, extended_truce(again)))
    assert alert.title.endswith("(2200Z Thu 5 May); end 0100 Fri 6 May counts again")
    assert alert.sentences[0] == (
        "The entry “until 0100 Fri 6 May 2016”, in the name of Syrian army, counts again: it is no longer marked as "
        "recorded by mistake."
    )


def test_a_long_lineage_keeps_its_first_end_and_its_last_ones():
    begin = moment("2016-05-01T22:00")
    dates = [begin + timedelta(days=number) for number in range(40)]
    records = [record(End.instant(at), announced=f"{at - timedelta(hours=9):%Y-%m-%dT%H:%M}") for at in dates]
    lineage = told(notice(truce(records=tuple(records)), ends_at="2016-06-09T22:00")).lineage
    assert lineage.startswith("0100 Sun 1 May -> (29 more) -> 0100 Tue 31 May -> ")
    assert lineage.endswith(" -> 0100 Fri 10 Jun")


FALLEN = claim("2016-05-10T22:00", announced="2016-05-01T10:00")
FALLEN_EARLIER = claim("2016-05-02T22:00", announced="2016-05-01T11:00", stated_by=("UN",))
FALLEN_OPEN = claim(End.open(), announced="2016-05-01T12:00", stated_by=("Council", "Elders"))
FALLEN_CONDITION = claim(End.conditional("the talks end"), announced="2016-05-01T13:00", stated_by=("Council",))


@pytest.mark.parametrize(
    ("fallen", "sentence"),
    [
        ((FALLEN,), "The end 0100 Wed 11 May stated by Russian centre counts no longer."),
        (
            (FALLEN, FALLEN_EARLIER),
            "The end 0100 Wed 11 May stated by Russian centre and the end 0100 Tue 3 May stated by UN count no longer.",
        ),
        ((FALLEN_OPEN,), "The statement of Council and Elders that no end is agreed counts no longer."),
        ((FALLEN_CONDITION,), "The condition “the talks end” stated by Council counts no longer."),
    ],
)
@pytest.mark.parametrize("kind", [Kind.EXTENDED, Kind.OPENED, Kind.DATED, Kind.SHORTENED, Kind.CORRECTED])
def test_a_change_names_the_claims_that_count_no_longer(kind, fallen, sentence):
    about = extended_truce(*fallen)
    new = End.conditional("the bridge is open") if kind is Kind.OPENED else about.records[1].end
    change = Change(kind=kind, old=end("2016-05-01T22:00"), new=new, statement=about.records[1], fallen=fallen)
    assert [sentence for sentence in told(announced(change, about)).sentences if "no longer" in sentence] == [sentence]


def test_a_claimed_end_that_has_passed_or_that_another_states_is_not_called_gone():
    passed = claim("2016-05-02T08:00", announced="2016-05-01T10:00")
    again = claim(FALLEN.end, announced="2016-05-02T10:00", stated_by=("Envoy",))
    about = extended_truce(passed, FALLEN, again)
    change = Change(
        kind=Kind.EXTENDED,
        old=end("2016-05-01T22:00"),
        new=about.records[1].end,
        statement=about.records[1],
        fallen=(passed, FALLEN),
    )
    assert not any("no longer" in sentence for sentence in told(announced(change, about)).sentences)


@pytest.mark.parametrize(
    ("old", "sentence"),
    [
        (End.open(), "Until now no end was agreed."),
        (End.conditional("the talks end"), "Until now it was to end on the condition “the talks end”."),
    ],
)
def test_a_truce_that_gets_its_first_end_says_that_it_has_one_now(old, sentence):
    dated = record("2016-05-03T22:00", announced="2016-05-02T09:00")
    change = Change(kind=Kind.DATED, old=old, new=dated.end, statement=dated)
    alert = told(announced(change, truce(first_end=old, records=(dated,))))
    assert ": now has an end: 0100 Wed 4 May Damascus (2200Z Tue 3 May), was " in alert.title
    assert alert.sentences == (sentence,)


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
    about = notice(extended_truce(title=LONG), kind=kind, stage="6h" if kind in LADDER else None, change=change)
    for name in ("Cessation of hostilities and…: ", "0100 Wed 4 May Damascus"):
        assert name in told(about).title[:120]
        assert name in told(about, late=timedelta(hours=1), test=True).title[:120]


@pytest.mark.parametrize("kind", sorted(set(Kind) - TRUCELESS))
@pytest.mark.parametrize("ends_at", ["2016-05-03T22:00", "2016-05-03T21:00", None])
def test_every_kind_can_be_told_even_without_its_change(kind, ends_at):
    """A title is also asked for where only the ledger's row is at hand."""
    about = extended_truce(claim("2016-05-03T21:00", announced="2016-05-02T10:00"))
    alert = told(notice(about, kind=kind, stage=None, ends_at=ends_at))
    title = alert.title.removeprefix("Not acknowledged: ")
    assert title.startswith(("Regime of calm, Eastern Ghouta: ", "eastern-ghouta: "))
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
        about = Notice(delivery=row, truce=None, change=None, text="first line\n\nsecond line")
        alert = facts(about, reader=NEW_YORK, truce_zone=None, now=row.due_at, late_after=timedelta(seconds=60))
        assert alert.lines == ("first line", "second line")
        assert title(about, truce_zone=None) == alert.title
        said[kind] = alert.title
    assert said == {
        Kind.MISSED: "alertd: 2 alerts too old to be sent one by one: first line",
        Kind.OPS: "alertd: first line",
        Kind.SHIFT: "alertd: shift digest: first line",
    }


def test_a_title_does_not_depend_on_the_zone_that_moments_are_held_in():
    about = notice()
    assert about.delivery.due_at.tzinfo is UTC
    elsewhere = replace(about.delivery, due_at=about.delivery.due_at.astimezone(DAMASCUS))
    assert title(replace(about, delivery=elsewhere), truce_zone=DAMASCUS) == title(about, truce_zone=DAMASCUS)


def test_an_alert_that_somebody_sees_to_says_so_first():
    seen = Acknowledgement(at=moment("2016-05-03T21:50"), by="Lena", way="command", note="on it")
    told = facts(
        Notice(delivery=delivery(stage="15m"), truce=extended_truce(), change=None, acknowledgement=seen),
        reader=Reader(zone_name="UTC", zone=ZoneInfo("UTC")),
        truce_zone=ZoneInfo("Asia/Damascus"),
        now=moment("2016-05-03T21:51"),
        late_after=timedelta(minutes=2),
    )
    assert told.lines == ("Acknowledged by Lena at 2150Z Tue 3 May 2016, by command (on it).",)
    assert told.lines[0] in Renderer().render([told]).text
