"""A truce with a mistake is watched by what can be read of it, and says what is left out."""

from datetime import UTC, datetime

import pytest

from alertd.domain.truce import expiry
from alertd.register.truces import LONG_AGO
from alertd.times.end import ALWAYS, End, EndKind

HEAD = """\
[[truce]]
id = "a"
title = "A"
zone = "Asia/Damascus"
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
"""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def extension(announced: str, *lines: str, kind: str = "extension") -> str:
    return "\n".join([f"[[truce.{kind}]]", f"announced = {announced}", *lines, ""])


def only(register):
    (read,) = register.truces
    assert read.has_error
    return read.truce


@pytest.mark.parametrize(
    "bad",
    [
        'by = "24"',
        'by = "24h"\nfoo = 1',
        'by = "24h"\nuntil = 2016-05-09',
        'by = "24h"\nconfirmed = "perhaps"',
        'by = "24h"\nsource = 3',
        "",
        "until = 2016-05-09T12:00",
        "until = 2016-04-01",
    ],
)
@pytest.mark.parametrize("kind", ["extension", "claim"])
def test_a_bad_record_is_left_out_whole_and_the_truce_is_watched(read, bad, kind):
    truce = only(read(HEAD + extension("2016-05-01T12:00:00", bad, kind=kind)))
    assert truce.records == ()
    assert expiry(truce).at == utc("2016-04-30T22:00")
    (sentence,) = truce.left_out
    assert kind in sentence
    assert "truces/a.toml line " in sentence


def test_a_bad_record_spares_its_neighbours(read):
    truce = only(
        read(
            HEAD
            + extension("2016-05-01T12:00:00", 'until = "0100 Tue"')
            + extension("2016-05-02T12:00:00", 'until = "perhaps"')
            + extension("2016-05-03T12:00:00", 'until = "0100 Thu"')
        )
    )
    assert [record.end.at for record in truce.records] == [utc("2016-05-02T22:00"), utc("2016-05-04T22:00")]


def test_a_by_that_counts_from_a_bad_record_is_left_out_without_a_problem_of_its_own(read):
    register = read(
        HEAD
        + extension("2016-05-01T12:00:00", 'by = "24h"')
        + extension("2016-05-02T12:00:00", 'by = "24"')
        + extension("2016-05-03T12:00:00", 'by = "24h"')
        + extension("2016-05-04T12:00:00", 'by = "24h"', "from = 2016-05-05T01:00:00")
        + extension("2016-05-05T12:00:00", 'by = "24h"')
    )
    truce = only(register)
    assert [problem.line for problem in register.problems] == [13]
    assert [record.announced for record in truce.records] == [utc("2016-05-01T09:00"), utc("2016-05-04T09:00")]
    assert truce.left_out == (
        "the extension (truces/a.toml line 11) cannot be read and is left out",
        "the extension (truces/a.toml line 14) counts from an end that cannot be read and is left out",
        "the extension (truces/a.toml line 21) counts from an end that cannot be read and is left out",
    )


def test_a_bad_claim_that_nobody_confirmed_moves_no_base(read):
    truce = only(
        read(
            HEAD
            + extension("2016-05-01T12:00:00", 'until = "perhaps"', kind="claim")
            + extension("2016-05-02T12:00:00", 'by = "24h"')
        )
    )
    assert expiry(truce).at == utc("2016-05-01T22:00")


def test_a_bad_record_of_the_same_moment_moves_no_base(read):
    truce = only(
        read(
            HEAD
            + extension("2016-05-02T12:00:00", 'until = "perhaps"')
            + extension("2016-05-02T12:00:00", 'by = "24h"')
        )
    )
    assert expiry(truce).at == utc("2016-05-01T22:00")


def test_of_several_extensions_those_without_a_date_are_left_out(read):
    truce = only(read(HEAD + "[[truce.extension]]\nby = '24h'\n" + extension("2016-05-02T12:00:00", "by = '24h'")))
    assert truce.records == ()
    assert len(truce.left_out) == 2


@pytest.mark.parametrize("bad", ["", "at = 'perhaps'", "at = 2016-05-01\nfoo = 1", "at = 2016-05-01T10:00"])
def test_a_bad_termination_is_left_out(read, bad):
    truce = only(read(HEAD + "[truce.termination]\n" + bad))
    assert truce.terminations == ()
    assert expiry(truce).at == utc("2016-04-30T22:00")
    assert len(truce.left_out) == 1


@pytest.mark.parametrize(
    "bad", ["foo = 1", "tags = 3", 'lead_times = ["x"]', 'stated_duration = "x"', "note = 1", "name = ''"]
)
def test_a_bad_field_is_left_out_and_the_rest_stands(read, bad):
    truce = only(read(HEAD + bad))
    assert truce.first_end.at == utc("2016-04-30T22:00")
    assert (truce.tags, truce.lead_times) == ((), None)
    assert truce.left_out == (f"`{bad.split(' =')[0]}` (truces/a.toml line 8) cannot be read and is left out",)


def test_without_a_title_the_id_stands_for_it(read):
    assert only(read(HEAD.replace('title = "A"\n', ""))).title == "a"


def test_an_id_with_other_characters_is_watched_under_the_nearest_one(read):
    truce = only(read(HEAD.replace('"a"', '"Eastern Ghouta!"')))
    assert truce.id == "eastern-ghouta"


@pytest.mark.parametrize("written", ["", 'id = ""\n', 'id = "!"\n', "id = 7\n"])
def test_without_an_id_there_is_nothing_to_watch_and_that_is_an_error(read, written):
    register = read(HEAD.replace('id = "a"\n', written))
    assert register.truces == ()
    assert [(problem.truce, problem.level) for problem in register.problems] == [(None, "error")]


def test_a_bad_announcement_leaves_the_truce_always_known(read):
    truce = only(read(HEAD.replace("2016-04-29T18:00:00", '"perhaps"')))
    assert truce.announced == ALWAYS
    assert truce.left_out == ("`announced` (truces/a.toml line 5) cannot be read and is left out",)


@pytest.mark.parametrize(
    ("head", "starts", "first_end"),
    [
        (HEAD, "2016-04-29T15:00", "2016-04-30T22:00"),
        (HEAD.replace("announced = 2016-04-29T18:00:00\n", ""), "2016-04-30T22:00", "2016-04-30T22:00"),
        (HEAD.replace("2016-05-01T01:00:00", '"0100 Sun"'), "2016-04-29T15:00", "2016-04-30T22:00"),
    ],
)
def test_a_bad_start_leaves_the_end_watched(read, head, starts, first_end):
    truce = only(read(head.replace("2016-04-30T01:00:00", '"perhaps"')))
    assert truce.starts == utc(starts)
    assert truce.first_end.at == utc(first_end)
    assert any("start is not known" in sentence for sentence in truce.left_out)


def test_an_open_truce_without_any_moment_is_watched_too(read):
    text = HEAD.replace("announced = 2016-04-29T18:00:00\n", "").replace("2016-04-30T01:00:00", '"perhaps"')
    truce = only(read(text.replace("ends = 2016-05-01T01:00:00", "open = true")))
    assert (truce.starts, truce.first_end.kind) == (LONG_AGO, EndKind.OPEN)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        'ends = "perhaps"',
        "ends = 2016-04-30T01:00:00",
        'ends = 2016-05-01\nlasts = "24h"',
        "ends = 2016-05-01T01:00",
        "ends = 2016-05-01\nends = 2016-05-01",
        'lasts = "1 month"',
        'open = "yes"',
    ],
)
def test_only_where_no_end_can_be_read_a_truce_is_refused(read, bad):
    text = HEAD.replace("ends = 2016-05-01T01:00:00", bad)
    assert only(read(text)) is None
    records = (
        extension("2016-04-30T12:00:00", 'by = "24h"')
        + extension("2016-05-01T10:00:00", "until = 2016-05-08T01:00:00", kind="claim")
        + extension("2016-05-01T12:00:00", "until = 2016-05-09T01:00:00")
        + extension("2016-05-02T12:00:00", 'by = "24h"')
    )
    truce = only(read(text + records))
    assert truce.first_end == End.instant(utc("2016-05-08T22:00"))
    assert [record.written for record in truce.records] == ["until 2016-05-08T01:00:00"]
    assert expiry(truce).at == utc("2016-05-08T22:00")
    assert any("counts from an end that cannot be read" in sentence for sentence in truce.left_out)


def test_an_extension_that_nobody_confirmed_is_no_first_end(read):
    text = HEAD.replace("ends = 2016-05-01T01:00:00\n", "")
    assert only(read(text + extension("2016-05-01T12:00:00", "until = 2016-05-09", "confirmed = false"))) is None
    assert only(read(text + extension("2016-05-01T12:00:00", "until = 2016-05-09", "denied = true"))) is None


@pytest.mark.parametrize("zone", ["", 'zone = "Asia/Damascu"', "zone = 3", 'zone = "EST"'])
def test_without_a_zone_no_time_can_be_read(read, zone):
    register = read(HEAD.replace('zone = "Asia/Damascus"', zone).replace("01:00:00\nends", "09:00:00\nends"))
    assert only(register) is None
    assert len(register.problems) == 1


def test_one_extension_with_the_wrong_brackets_is_read_all_the_same(read):
    truce = only(read(HEAD + '[truce.extension]\nby = "24h"\n'))
    assert expiry(truce).at == utc("2016-05-01T22:00")


def test_of_several_terminations_those_that_can_be_read_count(read):
    truce = only(read(HEAD + "[[truce.termination]]\nat = 'noon'\n[[truce.termination]]\nat = 2016-04-30T12:00:00\n"))
    assert [termination.at for termination in truce.terminations] == [utc("2016-04-30T09:00")]
    assert truce.left_out == ("the termination (truces/a.toml line 8) cannot be read and is left out",)


def test_a_first_end_that_cannot_be_read_gives_way_to_the_first_extension_that_can(read):
    text = HEAD.replace("ends = 2016-05-01T01:00:00", 'ends = "perhaps"')
    records = extension("2016-05-01T12:00:00", "until = 2016-05-09T01:00:00") + extension(
        "2016-05-02T12:00:00", 'by = "24h"'
    )
    truce = only(read(text + records))
    assert (truce.first_end.at, expiry(truce).at) == (utc("2016-05-08T22:00"), utc("2016-05-09T22:00"))


def test_records_that_are_no_tables_are_left_out_and_said_to_be(read):
    truce = only(read(HEAD + "extension = [3]\nclaim = 'x'\ntermination = 'y'\n"))
    assert truce.records == ()
    assert len(truce.left_out) == 3
