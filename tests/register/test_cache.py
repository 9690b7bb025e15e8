"""What is read again, and what is not; and that nobody can tell the difference."""

import os
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from profiles import examples

from alertd.register import ReadTruce, RegisterCache, read_register
from alertd.register.cache import ReadingLeftOff
from alertd.times.zones import package_zones

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FIND_ZONE = package_zones().find


def block(truce_id, *lines, title="Calm", zone="Asia/Damascus"):
    head = ("[[truce]]", f'id = "{truce_id}"', f'title = "{title}"', f'zone = "{zone}"')
    return "\n".join((*head, "starts = 2026-05-02T01:00:00", *(lines or ("ends = 2026-05-09T01:00:00",)), "", ""))


class Shelf:
    """A folder of truce files, and a catalogue of it."""

    def __init__(self, config: Path) -> None:
        self.config = config
        (config / "truces").mkdir()
        self.cache = self.fresh()
        self.truces: dict[str, ReadTruce] = {}

    def fresh(self) -> RegisterCache:
        return RegisterCache(self.config, lambda: FIND_ZONE)

    def write(self, *blocks: str, name: str = "a.toml") -> Path:
        path = self.config / "truces" / name
        path.write_text("".join(blocks))
        return path

    def read(self) -> list[str]:
        """Read what changed, take it in, and give the ids that were read anew."""
        packed = [*self.cache.read(NOW, once_more=False), *self.cache.read(NOW, once_more=True)]
        read = [truce for file in packed for truce in file.truces()]
        self.truces.update({truce.id: truce for truce in read})
        return sorted(truce.id for truce in read)

    def restart(self) -> None:
        """A new catalogue that remembers what the old one knows."""
        names = [f"truces/{path.name}" for path in (self.config / "truces").iterdir()]
        remembered = {name: self.cache.memory(name, besides=()) for name in names}
        self.cache = self.fresh()
        for name, (traits, blocks) in remembered.items():
            if traits is not None or blocks:
                self.cache.remember(name, traits, blocks)


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def test_an_edit_reads_the_truce_that_it_changed_and_no_other(shelf):
    shelf.write(block("aleppo"), block("ghouta"), block("homs"))
    assert shelf.read() == ["aleppo", "ghouta", "homs"]
    shelf.write("# a line more\n", block("aleppo"), block("ghouta", title="Pause"), block("homs"))
    assert shelf.cache.has_changed()
    assert shelf.read() == ["ghouta"]
    assert shelf.cache.entry("homs").line == 16
    assert not shelf.cache.has_changed()


def test_a_file_that_was_touched_alone_is_opened_and_nothing_in_it_read(shelf):
    path = shelf.write(block("ghouta"))
    shelf.read()
    os.utime(path, ns=(1, 1))
    assert shelf.cache.has_changed()
    assert shelf.read() == []
    assert "ghouta" in shelf.cache


def test_a_file_replaced_with_the_same_size_and_time_is_read(shelf):
    path = shelf.write(block("ghouta", title="One"))
    shelf.read()
    before = path.stat()
    shelf.write(block("ghouta", title="Two"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert shelf.cache.has_changed()
    assert shelf.read() == ["ghouta"]
    assert shelf.truces["ghouta"].truce.title == "Two"


def test_a_truce_moved_to_another_file_is_read_there(shelf):
    shelf.write(block("aleppo"), block("ghouta"))
    shelf.write(block("homs"), name="b.toml")
    shelf.read()
    shelf.write(block("aleppo"))
    shelf.write(block("homs"), block("ghouta"), name="b.toml")
    assert shelf.read() == ["ghouta"]
    assert shelf.cache.entry("ghouta").file == "truces/b.toml"
    assert not shelf.cache.problems


def test_an_id_that_comes_to_stand_twice_is_taken_from_neither_place_until_one_is_gone(shelf):
    shelf.write(block("aleppo"), block("ghouta"))
    shelf.read()
    shelf.write(block("ghouta", title="Other"), name="b.toml")
    shelf.read()
    assert shelf.cache.entry("ghouta") is None
    assert list(shelf.cache.refused()) == ["ghouta"]
    assert [(problem.file, problem.code) for problem in shelf.cache.problems] == [
        ("truces/a.toml", "duplicate_id"),
        ("truces/b.toml", "duplicate_id"),
    ]
    (shelf.config / "truces/b.toml").unlink()
    assert shelf.read() == ["ghouta"]  # although a.toml has not changed
    assert shelf.cache.entry("ghouta").file == "truces/a.toml"
    assert not shelf.cache.problems


def test_a_broken_truce_is_told_until_it_is_mended(shelf):
    shelf.write(block("aleppo"), block("ghouta", "ends = 0100 Wed"))
    shelf.read()
    assert [problem.truce for problem in shelf.cache.problems] == ["ghouta"]
    shelf.write(block("homs"), name="b.toml")
    shelf.read()
    assert [problem.truce for problem in shelf.cache.problems] == ["ghouta"]
    shelf.write(block("aleppo"), block("ghouta"))
    assert "ghouta" in shelf.read()
    assert not shelf.cache.problems


def test_problems_are_sorted_once_a_reading_and_not_each_time_the_loop_asks(shelf):
    shelf.write(*(block(f"truce-{number}", "ends = 0100 Wed") for number in range(3)))
    shelf.read()
    assert len(shelf.cache.problems) == 3
    assert shelf.cache.problems is shelf.cache.problems


def test_nothing_is_read_after_a_restart_that_finds_the_files_as_they_were(shelf):
    shelf.write(block("aleppo"), block("ghouta"))
    shelf.write(block("homs"), name="b.toml")
    shelf.read()
    shelf.restart()
    (shelf.config / "truces/b.toml").write_text(block("homs") + block("idlib"))
    assert shelf.read() == ["idlib"]
    assert {"aleppo", "ghouta", "homs"} <= {entry.id for entry in shelf.cache.readable()}


def test_what_has_a_problem_is_read_again_at_each_start(shelf):
    shelf.write(block("aleppo"), block("ghouta", "ends = 2026-05-09T01:00:00", "tittle = 1"))
    shelf.read()
    problems = shelf.cache.problems
    assert problems
    shelf.restart()
    assert shelf.read() == ["ghouta"]
    assert shelf.cache.problems == problems


def test_a_truce_that_is_to_be_read_again_is_not_remembered(shelf):
    shelf.write(block("aleppo"), block("ghouta"))
    shelf.read()
    traits, blocks = shelf.cache.memory("truces/a.toml", besides={"ghouta"})
    assert traits is None
    assert [line.split()[-1] for line in blocks.splitlines()] == ["aleppo"]


def test_after_forgetting_all_is_read_and_after_opening_all_nothing_need_be(shelf):
    shelf.write(block("aleppo"), block("ghouta"))
    shelf.read()
    shelf.cache.open_all()
    assert shelf.cache.has_changed()
    assert shelf.read() == []
    shelf.cache.forget()
    assert shelf.cache.has_changed()
    assert shelf.read() == ["aleppo", "ghouta"]


BLOCKS = (
    block("aleppo"),
    block("aleppo", title="Other"),
    block("ghouta", 'lasts = "72h"'),
    block("homs", 'ends = "0100 Wed"', "  [[truce.extension]]", "  announced = 2026-05-04T01:00:00", '  by = "24h"'),
    block("idlib", 'note = """', "[[truce]]", 'id = "inside"', '"""', "open = true"),
    block("latakia", "ends = 2026-05-09T01:00"),
    block("manbij", zone="Nowhere/Land"),
    block("qamishli", "ends = 2026-05-01T01:00:00"),
    '[[ "truce" ]]\nid = "quoted"\n',
    '[truce]\nid = "single"\n',
    "[[truce]]\n",
    "[other]\nkey = 1\n",
    'note = """\n',
    "# a comment\n\n",
    "key = 1\n",
)
FILES = st.dictionaries(
    st.sampled_from(["a.toml", "b.toml", "withdrawn.toml"]), st.lists(st.sampled_from(BLOCKS), max_size=4)
)


@example([({"a.toml": [BLOCKS[0], "[other]\n", BLOCKS[2], "[other]\n"]}, False)])  # sound pieces, and no sound whole
@example([({"a.toml": [BLOCKS[0]]}, False), ({"a.toml": [BLOCKS[0], BLOCKS[0]]}, True)])
@examples(150)
@given(st.lists(st.tuples(FILES, st.booleans()), min_size=1, max_size=5))
def test_after_any_edits_and_restarts_it_says_what_a_reading_of_all_files_says(steps):
    with TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        for files, restarts in steps:
            for path in (shelf.config / "truces").iterdir():
                path.unlink()
            for name, blocks in files.items():
                shelf.write(*blocks, name=name)
            if restarts:
                shelf.restart()
            shelf.read()
            whole = read_register(shelf.config, zone_for=FIND_ZONE, now=NOW)
            cache = shelf.cache
            assert sorted(map(str, cache.problems)) == sorted(map(str, whole.problems))
            assert sorted(cache.refused()) == sorted(truce.id for truce in whole.truces if truce.truce is None)
            assert cache.withdrawn == whole.withdrawn
            assert len(cache) == len(whole.truces)
            for read in whole.truces:
                if read.truce is not None:
                    assert shelf.truces[read.id].truce == read.truce
                    entry = cache.entry(read.id)
                    assert (entry.file, entry.line) == (read.file, read.line)


def test_a_reading_that_is_left_off_ends_at_the_next_truce_in_copies_too(shelf):
    shelf.write(block("aleppo"), block("ghouta"), block("homs"))
    asked, zone_for = [], shelf.cache._zone_for()

    def left_off_at_the_second(name):
        asked.append(name)
        if len(asked) == 2:
            shelf.cache.leave_off()
        return zone_for(name)

    cache = shelf.cache.copy()
    cache._zone_for = lambda: left_off_at_the_second
    with pytest.raises(ReadingLeftOff):
        cache.read(NOW, once_more=False)
    assert len(asked) == 2
