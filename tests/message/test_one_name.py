"""A truce has one name, which titles, digests and commands share; and what a title says reads as English."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, delivery, end, extended_truce, moment, record, termination, truce

from alertd.domain.alert import CHANGES, LADDER, TRUCELESS, Change, Kind
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.render import Renderer
from alertd.message.values import Reader
from alertd.message.wording import named, named_with_id
from alertd.times.end import End

DAMASCUS = ZoneInfo("Asia/Damascus")
IN_UTC = Reader(zone_name="UTC", zone=UTC)
LONG = "Cessation of hostilities and humanitarian pause in the northern and eastern countryside"


def told(about, kind, *, change=None, stage=None, ends_at="2016-05-03T22:00", at=None, reader=IN_UTC, zone=DAMASCUS):
    due = {} if at is None else {"due_at": moment(at)}
    row = delivery(kind, stage=stage, ends_at=ends_at, truce=about.id, **due)
    return facts(
        Notice(delivery=row, truce=about, change=change),
        reader=reader,
        truce_zone=zone,
        now=row.due_at,
        late_after=timedelta(minutes=1),
    )


def text(alert):
    return Renderer().render([alert]).text


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        ({"title": "Regime of calm, Eastern Ghouta"}, "Regime of calm, Eastern Ghouta"),
        ({"title": "Regime of calm, Eastern Ghouta", "name": "Ghouta"}, "Ghouta"),
        ({"title": "Cessation of hostilities, South Lebanon"}, "Cessation of hostilities, South Lebanon"),
        ({"title": LONG}, "Cessation of hostilities and…"),
        ({"title": "Cessation of hostilities in Syria, - and in Lebanon"}, "Cessation of hostilities in Syria…"),
        ({"title": "x" * 90}, "x" * 39 + "…"),
        ({"title": "\u202e\n"}, "eastern-ghouta"),
        ({"title": "Calm", "name": "\u202e"}, "Calm"),
    ],
)
def test_a_truce_is_called_by_its_name_else_by_its_title_cut_at_a_word(fields, called):
    assert named(truce(**fields)) == called


def test_beside_its_id_a_truce_is_named_once():
    assert named_with_id(truce(name="Ghouta")) == "Ghouta [eastern-ghouta]"
    assert named_with_id(truce(title="eastern-ghouta")) == "eastern-ghouta"


@pytest.mark.parametrize("fields", [{"title": LONG}, {"title": LONG, "name": "Eastern Ghouta"}])
def test_every_kind_calls_a_truce_by_the_same_name_however_long_the_rest_is(fields):
    statement = claim("2016-05-03T22:00", announced="2016-05-02T10:00", stated_by=(LONG, LONG))
    about = extended_truce(statement, **fields)
    titles = []
    for kind in sorted(set(Kind) - TRUCELESS):
        for old in (end("2016-05-02T22:00"), day("2016-05-02T21:00"), End.conditional(LONG)):
            change = Change(kind=kind, old=old, new=end("2016-05-03T22:00"), statement=statement)
            stage = "6h" if kind in LADDER else None
            titles.append(told(about, kind, stage=stage, change=change if kind in CHANGES else None).title)
    assert {title.removeprefix("Not acknowledged: ").partition(": ")[0] for title in titles} == {named(about)}


def test_a_message_still_gives_the_whole_title_and_the_id():
    alert = told(extended_truce(name="Ghouta"), Kind.REMINDER, stage="6h")
    assert alert.title == "Ghouta: ends in 6 h, 0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    assert "Truce: Regime of calm, Eastern Ghouta [eastern-ghouta]\n" in text(alert)


def test_a_note_stands_right_under_the_end():
    alert = told(extended_truce(note="Stop convoy 7"), Kind.REMINDER, stage="6h")
    assert text(alert).startswith(
        "End, in 6 h\n"
        "  0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May\n"
        "Note: Stop convoy 7\n"
        "\n"
        "Stated by Syrian army"
    )


def test_a_note_stands_before_the_old_end():
    lines = text(extension("2016-04-30T20:00", note="Stop convoy 7")).splitlines()
    assert [line for line in lines if not line.startswith("  ")][:3] == [
        "New end, in 26 h",
        "Note: Stop convoy 7",
        "Old end, counts no longer",
    ]


def extension(announced, old="2016-04-30T22:00", **fields):
    """The alert that the truce is extended by a day, with the end that it had before."""
    extended = record("2016-05-01T22:00", announced=announced)
    before = old if isinstance(old, End) else end(old)
    change = Change(kind=Kind.EXTENDED, old=before, new=extended.end, statement=extended)
    return told(truce(records=(extended,), **fields), Kind.EXTENDED, change=change, at=announced)


@pytest.mark.parametrize(
    ("announced", "heading"),
    [("2016-04-30T21:50", "Old end, counts no longer"), ("2016-05-01T09:00", "Old end, 11 h ago")],
)
def test_an_old_end_that_was_still_ahead_does_not_read_as_still_to_come(announced, heading):
    new, old = extension(announced).ends
    assert old.heading == heading
    assert old.lines == ("0100 Sun 1 May 2016 Asia/Damascus (+03:00) = 2200Z Sat 30 Apr",)
    assert new.heading.startswith("New end, in ")


def test_an_old_end_that_is_a_day_does_not_read_as_still_to_come():
    _, old = extension("2016-04-29T20:00", day("2016-04-29T21:00")).ends
    assert old.heading == "Old end, counts no longer: some time on Sat 30 Apr 2016 Asia/Damascus"
    assert old.lines == (
        "the day begins: 0000 Sat 30 Apr 2016 Asia/Damascus (+03:00) = 2100Z Fri 29 Apr",
        "the day ends: 0000 Sun 1 May 2016 Asia/Damascus (+03:00) = 2100Z Sat 30 Apr",
    )


def test_an_old_end_that_was_a_condition_does_not_read_as_still_to_come():
    assert extension("2016-04-29T20:00", End.conditional("talks")).ends[1].heading == (
        "Old end, counts no longer: on the condition “talks”"
    )
    assert extension("2016-04-29T20:00", End.open()).ends[1].heading == "Old end: none agreed"


def test_an_agreed_end_does_not_read_as_still_to_come_after_a_termination():
    stop = termination("2016-05-03T09:00", announced="2016-05-02T18:00")
    about = extended_truce(termination=stop)
    headings = [each.heading for each in told(about, Kind.REMINDER, stage="1h", ends_at="2016-05-03T09:00").ends]
    assert headings == [
        "Early end (termination by Syrian army), in 1 h",
        "Agreed end (stated by Syrian army), counts no longer",
    ]


def test_a_denied_claim_does_not_read_as_still_to_come():
    denied = claim("2016-05-10T22:00", announced="2016-05-03T08:00", denied="2016-05-03T12:00")
    change = Change(kind=Kind.CORRECTED, old=denied.end, new=None, statement=denied)
    alert = told(extended_truce(denied), Kind.CORRECTED, change=change, at="2016-05-03T12:00")
    assert [each.heading for each in alert.ends] == [
        "Agreed end (stated by Syrian army), in 10 h",
        "End stated by Russian centre (denied), counts no longer",
    ]


@pytest.mark.parametrize(
    ("parties", "state"),
    [
        (("US", "Russia"), "US and Russia state"),
        (("US and Russia",), "US and Russia state"),
        (("Russia",), "Russia states"),
        (("Ministry of Foreign Affairs and Expatriates",), "Ministry of Foreign Aff… states"),
        ((), "an unnamed party states"),
    ],
)
@pytest.mark.parametrize(
    ("new", "what"),
    [
        (end("2016-05-03T21:00"), "the end 0000 Wed 4 May Damascus (2100Z Tue 3 May), unconfirmed"),
        (End.open(), "that no end is agreed, unconfirmed"),
        (End.conditional("talks"), "that it ends on the condition “talks”, unconfirmed"),
    ],
)
def test_the_verb_goes_with_those_who_state(parties, state, new, what):
    statement = claim(new, announced="2016-05-02T10:00", stated_by=parties)
    change = Change(kind=Kind.CLAIMED, old=None, new=new, statement=statement)
    alert = told(extended_truce(statement, name="Ghouta"), Kind.CLAIMED, change=change, at="2016-05-02T10:00")
    assert alert.title == f"Ghouta: {state} {what}"


@pytest.mark.parametrize(
    ("zone_name", "lines"),
    [
        ("UTC", 1),
        ("Etc/Zulu", 1),
        ("+00:00", 1),
        ("Asia/Damascus", 1),
        ("Europe/Zurich", 2),
        ("Europe/London", 2),
    ],
)
def test_no_hour_stands_twice_for_a_reader_in_utc_or_where_the_truce_is(zone_name, lines):
    reader = Reader(zone_name=zone_name, zone=UTC)
    (told_end,) = told(extended_truce(), Kind.REMINDER, stage="6h", reader=reader).ends
    assert len(told_end.lines) == lines
    assert told_end.lines[0] == "0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May"


def test_no_hour_stands_twice_in_an_alert_about_a_truce_in_utc():
    about = truce(zone="UTC", name="Calm", starts=moment("2016-04-29T22:00"), first_end=end("2016-05-03T22:00"))
    alert = told(about, Kind.REMINDER, stage="6h", zone=UTC)
    assert alert.title == "Calm: ends in 6 h, 2200Z Tue 3 May"
    assert alert.ends[0].lines == ("2200Z Tue 3 May 2016",)
    assert alert.stated == ("Announced 1500Z Fri 29 Apr 2016",)


def test_no_hour_stands_twice_where_a_truce_in_utc_ends_on_a_day():
    about = truce(zone="UTC", name="Calm", first_end=day("2016-05-03T00:00"))
    titles = [
        told(about, kind, stage=stage, ends_at="2016-05-03T00:00", at=at, zone=UTC).title
        for kind, stage, at in (
            (Kind.REMINDER, "6h", "2016-05-02T18:00"),
            (Kind.REMINDER, "0", "2016-05-03T00:00"),
            (Kind.LAPSED, "0", "2016-05-04T00:00"),
            (Kind.RECORDED, None, "2016-05-01T00:00"),
        )
    ]
    assert titles == [
        "Calm: may end in 6 h or later, on Tue 3 May 2016 UTC",
        "Calm: may end at any time today, Tue 3 May 2016 UTC",
        "Calm: expired, no extension recorded: Tue 3 May 2016 UTC is over",
        "Calm: recorded, ends some time on Tue 3 May 2016 UTC",
    ]


def test_the_title_of_a_digest_counts_and_names_the_first():
    alerts = [told(extended_truce(name=name), Kind.REMINDER, stage="6h") for name in ("Ghouta", "Latakia")]
    assert Renderer().render(alerts).title == (
        "2 alerts: Ghouta: ends in 6 h, 0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    )
