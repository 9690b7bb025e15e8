"""An alert as one SMS: each letter of 3GPP TS 23.038, the order of its parts, and what fits."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, delivery, end, extended_truce, moment, record, termination, truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import TRUCELESS, Change, Kind
from alertd.domain.beginning import OpenStart
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.gsm import fits_one_sms, is_gsm, transliterated
from alertd.message.render import Renderer
from alertd.message.values import Reader
from alertd.times.end import NEVER

GSM = """\
0040 00A3 0024 00A5 00E8 00E9 00F9 00EC 00F2 00C7 000A 00D8 00F8 000D 00C5 00E5
0394 005F 03A6 0393 039B 03A9 03A0 03A8 03A3 0398 039E ---- 00C6 00E6 00DF 00C9
0020 0021 0022 0023 00A4 0025 0026 0027 0028 0029 002A 002B 002C 002D 002E 002F
0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003A 003B 003C 003D 003E 003F
00A1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004A 004B 004C 004D 004E 004F
0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005A 00C4 00D6 00D1 00DC 00A7
00BF 0061 0062 0063 0064 0065 0066 0067 0068 0069 006A 006B 006C 006D 006E 006F
0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007A 00E4 00F6 00F1 00FC 00E0"""
"""3GPP TS 23.038, 6.2.1: the letter of each of the 128 places, in their order; 1B is the escape."""

EXTENSION = "000C 005E 007B 007D 005C 005B 007E 005D 007C 20AC"
"""The same, 6.2.1.1."""

ONE = [chr(int(code, 16)) for code in GSM.split() if code != "----"]
TWO = [chr(int(code, 16)) for code in EXTENSION.split()]

DAMASCUS = ZoneInfo("Asia/Damascus")
END = moment("2016-05-03T22:00")


@pytest.mark.parametrize(("letters", "most"), [(ONE, 160), (TWO, 80)], ids=["alphabet", "extension"])
def test_each_letter_of_the_standard_takes_the_places_that_it_says(letters, most):
    assert (len(ONE), len(TWO)) == (127, 10)
    for letter in letters:
        assert transliterated(letter) == letter
        assert fits_one_sms(letter * most)
        assert not fits_one_sms(letter * (most + 1))


@given(st.characters(exclude_characters="".join(ONE + TWO)))
def test_a_letter_of_no_table_makes_an_sms_of_70_units(letter):
    units = len(letter.encode("utf-16-le", "surrogatepass")) // 2
    assert fits_one_sms("A" * (70 - units) + letter)
    assert not fits_one_sms("A" * (71 - units) + letter)


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("ÀÁÂ ŠĆŽ İ", "AAA SCZ I"),
        ("äöü ñ é", "äöü ñ é"),
        ("\u201ca\u201d \u2013 \u2018b\u2019\u2026", "\"a\" - 'b'..."),
        ("ΑΘΗΝΑ", "AΘHNA"),
        ("a\N{NO-BREAK SPACE}b", "a b"),
    ],
)
def test_a_letter_with_a_known_form_is_spelled_by_it(text, spelled):
    assert transliterated(text) == spelled
    assert is_gsm(text)


@pytest.mark.parametrize("text", ["غوطة", "Гута", "中"])
def test_a_letter_without_one_stays_as_it_is(text):
    assert transliterated(text) == text
    assert not is_gsm(text)


def sms(of=None, *, kind=Kind.REMINDER, stage="15m", ends_at="2016-05-03T22:00", change=None, now=None):
    alert = delivery(kind, stage=stage, ends_at=ends_at)
    return sms_of(alert, of or extended_truce(name="Ghouta"), change, now)


def sms_of_start(of, stage):
    return sms_of(delivery(Kind.START, stage=stage, ends_at=None, at="2016-04-29T22:00"), of)


def sms_of(alert, of, change=None, now=None):
    told = facts(
        Notice(delivery=alert, truce=of, change=change),
        reader=Reader(zone_name="UTC", zone=DAMASCUS),
        truce_zone=DAMASCUS,
        now=now or alert.due_at,
        late_after=timedelta(minutes=2),
        as_sms=True,
    )
    return told.sms.replace(alert.short_id, "x7sbvv")


def changed(kind, new, **other):
    return {"kind": kind, "stage": None, "change": Change(kind=kind, old=end("2016-05-01T22:00"), new=new, **other)}


def test_a_reminder_has_the_order_of_the_page():
    assert sms() == "GHOUTA ENDS 15M 0100 WED (2200Z) #x7sbvv"


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"stage": "24h"}, "GHOUTA ENDS 24H 0100 WED (2200Z) #x7sbvv"),
        ({"stage": "90m"}, "GHOUTA ENDS 1H30M 0100 WED (2200Z) #x7sbvv"),
        ({"now": END - timedelta(minutes=9)}, "LATE GHOUTA ENDS 9M 0100 WED (2200Z) #x7sbvv"),
        ({"stage": "168h"}, "GHOUTA ENDS 168H 0100 WED 4 MAY (2200Z) #x7sbvv"),
        ({"kind": Kind.LAPSED, "stage": "0"}, "GHOUTA EXPIRED 0100 WED (2200Z), NO EXTENSION #x7sbvv"),
        ({"kind": Kind.LAPSED, "stage": "+15m"}, "GHOUTA EXPIRED 15M AGO 0100 WED (2200Z), NO EXTENSION #x7sbvv"),
        (changed(Kind.EXTENDED, end("2016-05-03T22:00")), "GHOUTA EXTENDED TO 0100 WED (2200Z) #x7sbvv"),
        (changed(Kind.SHORTENED, end("2016-05-03T22:00")), "GHOUTA SHORTENED TO 0100 WED (2200Z) #x7sbvv"),
        (
            {"of": extended_truce(claim("2016-05-03T22:00", announced="2016-05-03T12:00"), name="Ghouta"),
             "kind": Kind.CLAIMED, "stage": None, "now": moment("2016-05-03T12:00")},
            "LATE GHOUTA CLAIMED TO END 0100 WED (2200Z) #x7sbvv",
        ),
        (
            {"of": truce(name="Ghouta", termination=termination("2016-05-03T22:00", announced="2016-05-03T12:00"),
                         first_end=end("2016-05-06T22:00"))},
            "GHOUTA ENDS EARLY 15M 0100 WED (2200Z) #x7sbvv",
        ),
        ({"of": extended_truce(zone="UTC", name="Ghouta")}, "GHOUTA ENDS 15M 2200Z WED #x7sbvv"),
    ],
)  # fmt: skip
def test_each_kind_has_the_same_order(fields, line):
    assert sms(**fields) == line


def test_a_start_has_the_same_order_and_is_told_as_announced():
    of = truce(name="Ghouta")
    told = [sms_of_start(of, stage) for stage in ("1h", "0")]
    assert told == [
        "GHOUTA STARTS 1H 0100 SAT (2200Z) #x7sbvv",
        "GHOUTA IN FORCE SINCE 0100 SAT (2200Z), AS ANNOUNCED #x7sbvv",
    ]


def test_a_claimed_end_is_not_told_as_agreed():
    told = sms(extended_truce(claim("2016-05-03T20:00", announced="2016-05-03T12:00")), ends_at="2016-05-03T20:00")
    assert "CLAIMED TO END 15M 2300 TUE (2000Z)" in told


def test_what_one_moment_does_not_tell_is_told_by_the_title():
    of = truce(first_end=day("2016-05-02T21:00"), name="Ghouta")
    assert "may end" in sms(of, stage="24h", ends_at="2016-05-02T21:00")


NAMES = st.text(min_size=1, max_size=200).filter(str.strip)


def test_a_step_of_an_escalation_says_that_nobody_answered():
    assert sms(kind=Kind.ESCALATED).startswith("UNANSWERED GHOUTA ENDS 15M 0100 WED (2200Z) #")


@given(NAMES, st.sampled_from([kind for kind in Kind if kind not in TRUCELESS]), st.sampled_from((None, "24h", "0")))
def test_whatever_a_truce_is_called_its_sms_is_one_with_its_id(name, kind, stage):
    of = extended_truce(record("2016-05-09T22:00", announced="2016-05-03T09:00"), title=name)
    alert = delivery(kind, stage=stage)
    (told,) = (
        facts(
            Notice(delivery=alert, truce=of, change=None, possible_repeat=True, clock_doubt="x"),
            reader=Reader(zone_name="UTC", zone=DAMASCUS),
            truce_zone=DAMASCUS,
            now=alert.due_at + timedelta(hours=1),
            late_after=timedelta(minutes=2),
            as_sms=True,
        ),
    )
    assert fits_one_sms(told.sms)
    assert told.sms.endswith(f" #{alert.short_id}")
    assert told.sms.startswith("LATE REPEAT? ")
    assert "\n" not in told.sms


def test_a_message_of_several_has_a_line_for_each():
    both = [
        facts(
            Notice(delivery=delivery(stage="15m"), truce=extended_truce(name=name), change=None),
            reader=Reader(zone_name="UTC", zone=DAMASCUS),
            truce_zone=DAMASCUS,
            now=END - timedelta(minutes=15),
            late_after=timedelta(days=2),
            as_sms=True,
        )
        for name in ("Ghouta", "Homs")
    ]
    message = Renderer().render(both, sms=True)
    assert (message.is_sms, message.html) == (True, "")
    assert [line.partition(" 0100")[0] for line in message.text.splitlines()] == ["GHOUTA ENDS 15M", "HOMS ENDS 15M"]


def test_an_end_of_what_has_not_begun_is_told_with_that():
    start = OpenStart(condition="once both lists are exchanged", first_end=end("2016-05-03T22:00"))
    waits = truce(starts=NEVER, open_start=start, first_end=start.first_end)
    assert "has not begun" in sms(waits)
