"""Which files are truce files, when they changed, and what is said of those that cannot be read."""

import os
from datetime import UTC, datetime

import pytest

from alertd.errors import Code, Level
from alertd.register import fingerprint, read_register

NOW = datetime(2016, 5, 2, 12, tzinfo=UTC)

GOOD = """\
[[truce]]
id = "{}"
title = "Good"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-04T01:00:00
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "truces").mkdir()
    return tmp_path


def test_hidden_and_left_behind_files_are_not_read(folder, zone_for):
    for name in ("b.toml", "a.toml", ".hidden.toml", "a.toml~", "#a.toml#", ".a.toml.swp", "a~"):
        (folder / "truces" / name).write_text(GOOD.format(name[0] if name[0].isalpha() else "x"))
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert register.files == ("truces/a.toml", "truces/b.toml")
    assert [truce.id for truce in register.truces] == ["a", "b"]
    assert register.problems == ()


def test_a_name_ends_in_toml_in_any_case(folder, zone_for):
    for name in ("latakia.TOML", "homs.Toml"):
        (folder / "truces" / name).write_text(GOOD.format(name.partition(".")[0]))
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert register.files == ("truces/homs.Toml", "truces/latakia.TOML")
    assert [truce.id for truce in register.truces] == ["homs", "latakia"]
    assert register.problems == ()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("homs.toml.txt", "rename it to homs.toml if"),
        ("homs.TOML.bak", "rename it to homs.toml if"),
        ("homs.toml 2", "rename it to homs.toml if"),
        ("raqqa.tml", "rename it to raqqa.toml if"),
        ("idlib", "rename it to idlib.toml if"),
        ("idlib.toml.", "rename it to idlib.toml if"),
        ("حلب.txt", "rename it to حلب.toml if"),
        ("a\nb.txt", "rename it to a\N{REPLACEMENT CHARACTER}b.toml if"),
    ],
)
def test_a_visible_file_that_is_not_read_is_named(folder, zone_for, name, advice):
    (folder / "truces" / name).write_text(GOOD.format("x"))
    before = fingerprint(folder)
    (problem,) = read_register(folder, zone_for=zone_for, now=NOW).problems
    assert (problem.level, problem.code, problem.line) == (Level.WARNING, Code.PASSED_OVER, 1)
    assert problem.file == f"truces/{name}".replace("\n", "\N{REPLACEMENT CHARACTER}")
    assert advice in problem.message
    (folder / "truces" / name).unlink()
    assert fingerprint(folder) != before


def test_a_folder_among_the_truce_files_is_named(folder, zone_for):
    (folder / "truces/aleppo").mkdir()
    (folder / "truces/aleppo/aleppo.toml").write_text(GOOD.format("aleppo"))
    (problem,) = read_register(folder, zone_for=zone_for, now=NOW).problems
    assert (problem.file, problem.code) == ("truces/aleppo", Code.PASSED_OVER)
    assert "move its truce files into truces/ itself" in problem.message


def test_no_folder_is_an_empty_register(tmp_path, zone_for):
    register = read_register(tmp_path / "nowhere", zone_for=zone_for, now=NOW)
    assert (register.files, register.truces, register.problems) == ((), (), ())
    assert fingerprint(tmp_path / "nowhere") == fingerprint(tmp_path)


def test_withdrawn_ids_are_read_from_their_own_file(folder, zone_for):
    (folder / "truces" / "withdrawn.toml").write_text('withdrawn = ["a", "b"]\n')
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert register.withdrawn == {"a", "b"}
    assert register.files == ()


@pytest.mark.parametrize(
    ("text", "ids", "expected"),
    [
        ("# ids\nwithdrawn = 3\n", set(), (2, Code.SYNTAX)),
        ('withdrawn = [\n"a",\n7]\n', set(), (3, Code.SYNTAX)),
        ('withdrawn = ["a"]\nwithdrwan = ["b"]\n', {"a"}, (2, Code.UNKNOWN_KEY)),
        ('withdrawn = ["a"\n', set(), (1, Code.SYNTAX)),
    ],
)
def test_what_cannot_be_read_withdraws_nothing(folder, zone_for, text, ids, expected):
    (folder / "truces" / "withdrawn.toml").write_text(text)
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert register.withdrawn == ids
    assert [(problem.file, problem.line, problem.code) for problem in register.problems] == [
        ("truces/withdrawn.toml", *expected)
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"\xef\xbb\xbf" + GOOD.format("b").encode(), 1),
        (GOOD.format("b").replace("Good", "Caf\xe9").encode("latin-1"), 3),
        (GOOD.format("b").encode() + b'note = "a\0b"\n', 7),
    ],
)
def test_a_wrong_encoding_is_told_with_its_line_and_costs_no_truce(folder, zone_for, data, line):
    (folder / "truces" / "b.toml").write_bytes(data)
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert [(problem.code, problem.level, problem.line) for problem in register.problems] == [
        (Code.SYNTAX, Level.ERROR, line)
    ]
    assert register.truces[0].truce is not None


@pytest.mark.parametrize("data", [GOOD.format("b").encode("utf-16"), GOOD.format("b").encode("utf-16-le"), b"\0" * 99])
def test_what_is_no_text_is_one_problem(folder, zone_for, data):
    (folder / "truces" / "a.toml").write_text(GOOD.format("a"))
    (folder / "truces" / "b.toml").write_bytes(data)
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert [(problem.file, problem.code) for problem in register.problems] == [("truces/b.toml", Code.SYNTAX)]
    assert [truce.id for truce in register.truces] == ["a"]


def test_what_cannot_be_opened_is_one_problem(folder, zone_for):
    (folder / "truces" / "a.toml").symlink_to("nowhere")
    (folder / "truces" / "b.toml").mkdir()
    os.mkfifo(folder / "truces" / "c.toml")
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert [(problem.file, problem.line, problem.code) for problem in register.problems] == [
        (f"truces/{name}.toml", 1, Code.SYNTAX) for name in "abc"
    ]


def test_the_fingerprint_sees_every_way_of_saving(folder):
    path = folder / "truces" / "a.toml"
    seen = {fingerprint(folder)}

    def is_seen() -> bool:
        now = fingerprint(folder)
        new = now not in seen
        seen.add(now)
        return new

    path.write_text("one")
    assert is_seen()
    path.write_text("longer")
    assert is_seen()
    os.utime(path, ns=(1, 1))
    assert is_seen()
    other = folder / "new"
    other.write_text("longer")
    os.utime(other, ns=(1, 1))
    other.replace(path)
    assert is_seen()
    path.rename(folder / "truces" / "b.toml")
    assert is_seen()
    (folder / "truces" / "withdrawn.toml").write_text("")
    assert is_seen()
    (folder / "truces" / "b.toml").unlink()
    assert is_seen()
    assert not is_seen()


def test_the_fingerprint_follows_links(folder):
    real = folder / "real"
    real.write_text("one")
    (folder / "truces" / "a.toml").symlink_to(real)
    before = fingerprint(folder)
    real.write_text("changed")
    assert fingerprint(folder) != before


def test_the_fingerprint_is_blind_to_files_that_are_not_read(folder):
    before = fingerprint(folder)
    (folder / "truces" / ".a.toml.swp").write_text("x")
    assert fingerprint(folder) == before
