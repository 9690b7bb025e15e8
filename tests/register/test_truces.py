"""What a truce file says: every field of it, as a truce of the domain."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alertd.domain.known import as_known
from alertd.domain.statement import Confirmation
from alertd.domain.truce import expiry, live_ends
from alertd.errors import Code, Level
from alertd.times.end import ALWAYS, End, EndKind

WHOLE = """\
[[truce]]
id = "eastern-ghouta"
title = "Regime of calm,\\nEastern  Ghouta"
name = "Eastern  Ghouta"
area = "Eastern Ghouta"
zone = "Asia/Damascus"
parties = ["Government", "Opposition"]
tags = "syria"
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = "0100 Sun"
stated_duration = "24h"
source = ["https://example.org/1", "https://example.org/2"]
lead_times = ["24h", "1h", "60m"]
after = ["15m"]
note = "as announced"

  [[truce.extension]]
  announced = 2016-05-02T12:00:00
  until = "0100 Wed"
  confirmed = 2016-05-02T15:00:00
  source = "…"
  note = "by the centre"

  [[truce.extension]]
  announced = 2016-05-01T12:00:00
  by = "24h"

  [[truce.claim]]
  announced = 2016-05-02T12:00:00
  until = "2400 Tue 3 May 2016"
  stated_by = ["Russian centre"]
  denied = 2016-05-03T10:00:00
  denied_by = ["Foreign Ministry", "Embassy"]
  denied_source = "https://example.org/denial"

  [truce.termination]
  announced = 2016-05-03T09:00:00
  at = 2016-05-03T10:00:00
  stated_by = "Government"
  confirmed = false
  reason = "shelling"
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def truce_of(register):
    """The only truce of a register without problems, but that its records may stand in any order."""
    assert [problem for problem in register.problems if problem.code is not Code.ORDER] == []
    (read,) = register.truces
    assert read.truce is not None
    return read.truce


def least(ends: str = "ends = 2016-05-01T01:00:00", *records: str) -> str:
    lines = ['id = "a"', 'title = "A"', 'zone = "Asia/Damascus"', "announced = 2016-04-29T18:00:00"]
    return "\n".join(["[[truce]]", *lines, "starts = 2016-04-30T01:00:00", ends, *records])


def test_every_field_of_a_truce_is_read(read):
    register = read(WHOLE)
    truce = truce_of(register)
    assert (register.truces[0].file, register.truces[0].line) == ("truces/a.toml", 1)
    assert (truce.id, truce.area, truce.zone) == ("eastern-ghouta", "Eastern Ghouta", "Asia/Damascus")
    assert truce.title == "Regime of calm, Eastern Ghouta"
    assert (truce.parties, truce.tags) == (("Government", "Opposition"), ("syria",))
    assert truce.announced == utc("2016-04-29T15:00")
    assert truce.starts == utc("2016-04-29T22:00")
    assert truce.first_end == End.instant(utc("2016-04-30T22:00"))
    assert truce.sources == ("https://example.org/1", "https://example.org/2")
    assert truce.lead_times == (timedelta(hours=24), timedelta(hours=1))
    assert truce.after == (timedelta(minutes=15),)
    assert truce.note == "as announced"
    assert truce.left_out == ()


def test_records_stand_in_the_order_of_their_announcement(read):
    by, until, claim = truce_of(read(WHOLE)).records
    assert (by.announced, by.confirmed_at, by.written) == (utc("2016-05-01T09:00"), utc("2016-05-01T09:00"), "by 24h")
    assert by.end == End.instant(utc("2016-05-01T22:00"))
    assert (until.announced, until.confirmed_at) == (utc("2016-05-02T09:00"), utc("2016-05-02T12:00"))
    assert (until.end.at, until.written) == (utc("2016-05-03T22:00"), "until 0100 Wed")
    assert (until.sources, until.note) == (("…",), "by the centre")
    assert (claim.end.at, claim.written) == (utc("2016-05-03T21:00"), "until 2400 Tue 3 May 2016")
    assert (claim.stated_by, claim.confirmed_at, claim.denied_at) == (
        ("Russian centre",),
        None,
        utc("2016-05-03T07:00"),
    )


def test_a_denial_says_who_denies_and_where_that_stands_from_its_moment_on(read):
    truce = truce_of(read(WHOLE))
    denied = truce.records[2]
    assert (denied.denied_by, denied.denied_sources) == (
        ("Foreign Ministry", "Embassy"),
        ("https://example.org/denial",),
    )
    before = as_known(truce, utc("2016-05-03T06:59")).records[2]
    assert (before.denied_at, before.denied_by, before.denied_sources) == (None, (), ())


@pytest.mark.parametrize("key", ["denied_by", "denied_source"])
def test_who_denies_without_a_denial_is_a_warning_that_says_what_to_write(read, key):
    lines = ("[[truce.claim]]", "announced = 2016-05-01T00:00:00", 'by = "1h"', f'{key} = "Embassy"')
    (problem,) = read(least("ends = 2016-05-01T01:00:00", *lines)).problems
    assert (problem.line, problem.level) == (11, Level.WARNING)
    assert (
        problem.message == f"`{key}` tells of a denial, and nothing is denied here: write `denied`, the time of it, too"
    )


def test_a_termination_is_read(read):
    (termination,) = truce_of(read(WHOLE)).terminations
    assert (termination.announced, termination.at) == (utc("2016-05-03T06:00"), utc("2016-05-03T07:00"))
    assert (termination.stated_by, termination.reason) == (("Government",), "shelling")
    assert termination.confirmation is Confirmation.CLAIMED


@pytest.mark.parametrize("header", ["[truce.termination]", "[[truce.termination]]"])
def test_a_termination_is_confirmed_and_known_from_its_moment_unless_it_says_otherwise(read, header):
    (termination,) = truce_of(read(least("open = true", header, "at = 2016-05-01T12:00:00"))).terminations
    assert termination.announced == termination.confirmed_at == termination.at == utc("2016-05-01T09:00")


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ("ends = 2016-05-01T01:00:00", End.instant(utc("2016-04-30T22:00"))),
        ("ends = 2016-05-01T01:00:00+01:00", End.instant(utc("2016-05-01T00:00"))),
        ("ends = 2016-05-01", End.of_day(utc("2016-04-30T21:00"), utc("2016-05-01T21:00"))),
        ("ends = 2016-04-30", End.of_day(utc("2016-04-29T21:00"), utc("2016-04-30T21:00"))),
        ('ends = "0100 Sun"', End.instant(utc("2016-04-30T22:00"))),
        ('lasts = "24h"', End.instant(utc("2016-04-30T22:00"))),
        ('lasts = "P1DT1H"', End.instant(utc("2016-04-30T23:00"))),
        ("open = true", End.open()),
        ("open = false\nends = 2016-05-01T01:00:00", End.instant(utc("2016-04-30T22:00"))),
        ('until_condition = "until the talks end"', End.conditional("until the talks end")),
    ],
)
def test_an_end_is_written_in_one_of_several_ways(read, ends, expected):
    assert truce_of(read(least(ends))).first_end == expected


def test_a_missing_date_is_counted_from_the_later_of_announcement_and_start(read):
    late = least('ends = "0100 Fri"').replace("announced = 2016-04-29", "announced = 2016-05-08")
    assert truce_of(read(late, now=utc("2016-06-01T00:00"))).first_end.at == utc("2016-05-12T22:00")
    assert truce_of(read(least('ends = "0100 Fri"'))).first_end.at == utc("2016-05-05T22:00")


@pytest.mark.parametrize("ends", ["ends = 2016-05-01T01:00:00", "open = true", 'until_condition = "x"'])
def test_without_starts_the_window_begins_at_the_announcement(read, ends):
    truce = truce_of(read(least(ends).replace("starts = 2016-04-30T01:00:00\n", "")))
    assert truce.starts == truce.announced == utc("2016-04-29T15:00")


def test_what_nobody_dated_was_always_known(read):
    text = least("ends = 2016-05-01T01:00:00", "[[truce.extension]]", 'by = "24h"')
    truce = truce_of(read(text.replace("announced = 2016-04-29T18:00:00\n", "")))
    assert truce.announced == truce.records[0].announced == truce.records[0].confirmed_at == ALWAYS
    assert expiry(truce).at == utc("2016-05-01T22:00")


def test_a_record_without_a_date_is_known_since_its_truce(read):
    truce = truce_of(read(least("ends = 2016-05-01T01:00:00", "[[truce.extension]]", 'until = "0100 Mon"')))
    assert truce.records[0].announced == truce.announced
    assert truce.records[0].end.at == utc("2016-05-01T22:00")


@pytest.mark.parametrize(
    ("kind", "lines", "confirmation"),
    [
        ("extension", "", Confirmation.CONFIRMED),
        ("extension", "confirmed = false", Confirmation.CLAIMED),
        ("extension", "denied = true", Confirmation.DENIED),
        ("claim", "", Confirmation.CLAIMED),
        ("claim", "confirmed = true", Confirmation.CONFIRMED),
        ("claim", "confirmed = 2016-05-01T12:00:00", Confirmation.CONFIRMED),
        ("claim", "confirmed = 2016-05-01T12:00:00\ndenied = 2016-05-01T13:00:00", Confirmation.DENIED),
        ("claim", "denied = 2016-05-01", Confirmation.DENIED),
    ],
)
def test_extensions_and_claims_differ_in_their_default_alone(read, kind, lines, confirmation):
    record = f"[[truce.{kind}]]\nannounced = 2016-04-30T12:00:00\nuntil = 2016-05-03\n{lines}"
    truce = truce_of(read(least("ends = 2016-05-01T01:00:00", record)))
    assert truce.records[0].confirmation is confirmation


def test_a_confirmation_before_the_announcement_counts_from_the_announcement(read):
    record = "[[truce.claim]]\nannounced = 2016-04-30T12:00:00\nuntil = 2016-05-03\nconfirmed = 2016-04-30T11:00:00"
    register = read(least("ends = 2016-05-01T01:00:00", record))
    assert [(problem.line, problem.level, problem.code) for problem in register.problems] == [
        (11, Level.WARNING, "order")
    ]
    assert register.truces[0].truce.records[0].confirmed_at == utc("2016-04-30T09:00")


def extension(announced: str, *lines: str, kind: str = "extension") -> str:
    return "\n".join([f"[[truce.{kind}]]", f"announced = {announced}", *lines])


def test_by_counts_from_the_expiry_as_known_when_it_was_announced(read):
    truce = truce_of(
        read(
            least(
                "ends = 2016-05-01T01:00:00",
                extension("2016-05-03T00:00:00", 'by = "24h"'),
                extension("2016-05-01T00:00:00", 'by = "24h"'),
                extension("2016-05-02T00:00:00", 'by = "24h"', "confirmed = 2016-05-04T00:00:00"),
                extension("2016-05-03T00:00:00", 'by = "6h"', kind="claim"),
            )
        )
    )
    assert [(record.written, record.end.at) for record in truce.records] == [
        ("by 24h", utc("2016-05-01T22:00")),
        ("by 24h", utc("2016-05-02T22:00")),
        ("by 24h", utc("2016-05-02T22:00")),
        ("by 6h", utc("2016-05-02T04:00")),
    ]


def test_by_counts_from_what_it_says(read):
    text = least("open = true", extension("2016-05-01T12:00:00", 'by = "72h"', 'from = "0100 Sat 7 May 2016"'))
    (record,) = truce_of(read(text)).records
    assert record.end.at == utc("2016-05-09T22:00")
    assert record.written == "by 72h from 0100 Sat 7 May 2016"


def test_a_day_moves_by_whole_days(read):
    truce = truce_of(read(least("ends = 2016-05-01", extension("2016-05-01T12:00:00", 'by = "1w"'))))
    assert truce.records[0].end == End.of_day(utc("2016-05-07T21:00"), utc("2016-05-08T21:00"))


@pytest.mark.parametrize(
    ("line", "kind", "written"),
    [
        ("open = true", EndKind.OPEN, "open"),
        ('until_condition = "until the talks end"', EndKind.CONDITIONAL, "until the talks end"),
        ("until = 2016-05-08", EndKind.DATE, "until 2016-05-08"),
        ("until = 2016-05-08T01:00:00", EndKind.INSTANT, "until 2016-05-08T01:00:00"),
    ],
)
def test_an_end_is_kept_in_the_words_of_the_file(read, line, kind, written):
    (record,) = truce_of(read(least("open = true", extension("2016-05-01T12:00:00", line)))).records
    assert (record.end.kind, record.written) == (kind, written)


def test_days_are_wall_clock_days_and_hours_elapse(read):
    """Over the night of 28 to 29 October 2023 Gaza's clocks went back."""
    text = '[[truce]]\nid="a"\ntitle="A"\nzone="Asia/Gaza"\nstarts = 2023-10-27T07:00:00\nlasts = "{}"\n'
    assert truce_of(read(text.format("2d"), now=utc("2024-01-01T00:00"))).first_end.at == utc("2023-10-29T05:00")
    assert truce_of(read(text.format("48h"), now=utc("2024-01-01T00:00"))).first_end.at == utc("2023-10-29T04:00")


def test_a_fixed_offset_is_a_zone(read):
    assert truce_of(read(least().replace("Asia/Damascus", "+05:30"))).first_end.at == utc("2016-04-30T19:30")


def test_two_claims_of_one_truce_stand_side_by_side(read):
    """Eastern Ghouta: 2200Z by the army, 2100Z by the Russian centre."""
    truce = replace(truce_of(read(WHOLE)), terminations=())
    known = as_known(truce, utc("2016-05-02T20:00"))
    assert [live.end.at for live in live_ends(known)] == [utc("2016-05-03T22:00"), utc("2016-05-03T21:00")]


def test_truces_of_several_files_are_one_register_by_id(read):
    register = read(least().replace('"a"', '"zz"'), least().replace('"a"', '"b"') + "\n" + least())
    assert [(truce.id, truce.file, truce.line) for truce in register.truces] == [
        ("a", "truces/b.toml", 8),
        ("b", "truces/b.toml", 1),
        ("zz", "truces/a.toml", 1),
    ]


def test_a_header_within_a_text_is_none(read):
    text = "\n" + least() + '\nnote = """\n[[truce]]\n"""\n' + least().replace('"a"', '"b"')
    assert [truce.line for truce in read(text).truces] == [2, 12]


@pytest.mark.parametrize(
    ("condition", "time"),
    [
        ("when 0100 wed", "0100 wed"),
        ("0100 Wed 4 May 2016", "0100 Wed 4 May 2016"),
        ("until 040100C MAY 16", "040100C MAY 16"),
    ],
)
def test_a_condition_that_reads_as_a_time_is_questioned(read, condition, time):
    window = f'starts = 2016-04-30T01:00:00\nuntil_condition = "{condition}"'
    register = read(f'[[truce]]\nid = "a"\ntitle = "A"\nzone = "Asia/Damascus"\n{window}\n')
    (problem,) = register.problems
    assert (problem.level, problem.code, problem.line) == (Level.WARNING, Code.BAD_TIME, 6)
    assert f'if it is one, write ends = "{time}"' in problem.message
    assert register.truces[0].truce.first_end == End.conditional(condition)


@pytest.mark.parametrize(
    "condition", ["once the talks are over", "when 60 days have passed", "when both sides withdraw"]
)
def test_a_condition_that_is_none_of_time_is_left_alone(read, condition):
    window = f'starts = 2016-04-30T01:00:00\nuntil_condition = "{condition}"'
    assert read(f'[[truce]]\nid = "a"\ntitle = "A"\nzone = "Asia/Damascus"\n{window}\n').problems == ()
