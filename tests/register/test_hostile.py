"""A file made to break its reader is a problem of that file alone, and by name; the files beside it are read."""

import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hostile import GOOD, HOSTILE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import no_longer_than
from profiles import examples

from alertd.register import loading, read_register
from alertd.register.cache import RegisterCache
from alertd.register.truces import RECORDS_AT_MOST
from alertd.settings import check_settings
from alertd.toml import load
from alertd.toml.load import DEEPEST, OutOfBounds, load_toml

NOW = datetime(2016, 5, 2, 12, tzinfo=UTC)

NEVER_THIS_LONG = 120


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_its_own_problem(tmp_path: Path, zone_for, data):
    (tmp_path / "truces").mkdir()
    (tmp_path / "truces" / "good.toml").write_text(GOOD.format("good"))
    (tmp_path / "truces" / "hostile.toml").write_bytes(data)
    with no_longer_than(NEVER_THIS_LONG):
        register = read_register(tmp_path, zone_for=zone_for, now=NOW)
    assert {truce.id for truce in register.truces if truce.truce is not None} >= {"good"}
    assert {problem.file for problem in register.problems} <= {"truces/hostile.toml"}
    for problem in register.problems:
        assert len(problem.message) < 1000, "it can be shown"


SLOW = {"as many broken truces", "long truces, each broken at its end", "as many truces of one id"}
"""Seconds each here; a daemon reads them too, all in one go."""


@pytest.mark.parametrize(
    "data",
    [pytest.param(data, marks=pytest.mark.long if name in SLOW else (), id=name) for name, data in HOSTILE.items()],
)
def test_the_catalogue_reads_past_a_hostile_file(tmp_path: Path, zone_for, data):
    (tmp_path / "truces").mkdir()
    (tmp_path / "truces" / "good.toml").write_text(GOOD.format("good"))
    cache = RegisterCache(tmp_path, lambda: zone_for)
    cache.read(NOW, once_more=False)
    (tmp_path / "truces" / "hostile.toml").write_bytes(data)
    (tmp_path / "truces" / "later.toml").write_text(GOOD.format("later"))
    with no_longer_than(NEVER_THIS_LONG):
        cache.read(NOW, once_more=False)
        cache.read(NOW, once_more=True)
    assert {entry.id for entry in cache.readable()} >= {"good", "later"}


@pytest.mark.parametrize("error", [RecursionError, MemoryError, OverflowError, ValueError, AssertionError])
def test_a_fault_of_alertd_itself_costs_the_truce_at_which_it_happens(tmp_path, zone_for, error):
    """The last wall: a bug that nobody knows of yet, here in the zone data, is told with the name of the file."""

    def find(name: str):
        if name == "Europe/Kyiv":
            raise error
        return zone_for(name)

    (tmp_path / "truces").mkdir()
    (tmp_path / "truces" / "a.toml").write_text(
        GOOD.format("a") + GOOD.format("met").replace("Asia/Damascus", "Europe/Kyiv")
    )
    register = read_register(tmp_path, zone_for=find, now=NOW)
    (problem,) = register.problems
    assert (problem.file, problem.line, problem.truce, problem.level) == ("truces/a.toml", 7, "met", "error")
    assert error.__name__ in problem.message
    assert {truce.id: truce.truce is not None for truce in register.truces} == {"a": True, "met": False}


def test_a_fault_in_the_middle_of_a_file_costs_that_file(tmp_path, zone_for, monkeypatch):
    documents = loading.documents

    def fail(file: str, text: str):
        if file == "truces/hostile.toml":
            raise RecursionError
        return documents(file, text)

    monkeypatch.setattr(loading, "documents", fail)
    (tmp_path / "truces").mkdir()
    for name in ("good", "hostile"):
        (tmp_path / "truces" / f"{name}.toml").write_text(GOOD.format(name))
    register = read_register(tmp_path, zone_for=zone_for, now=NOW)
    assert [(problem.file, problem.code) for problem in register.problems] == [("truces/hostile.toml", "syntax")]
    assert [truce.id for truce in register.truces] == ["good"]


@pytest.mark.parametrize("text", [f"[{'.'.join('a' * 500)}]", f"policy = {'[' * 400}{']' * 400}"])
def test_settings_nested_too_deeply_are_told_as_any_other_mistake(tmp_path, zone_for, text):
    (tmp_path / "alertd.toml").write_text(text)
    _, problems = check_settings(tmp_path, {}, zone_for=zone_for)
    assert [(problem.file, problem.line) for problem in problems] == [("alertd.toml", 1)]
    assert "within each other" in problems[0].message


def test_a_key_of_too_many_parts_is_refused_with_its_line_and_tomllib_is_spared(monkeypatch):
    monkeypatch.setattr(load.tomllib, "loads", lambda _: {})
    text = "# a line\nnote = 1\n{} = 1\nnote = 2\n"
    assert load_toml(text.format(".".join("a" * DEEPEST))) == {}
    with pytest.raises(OutOfBounds, match="line 3"):
        load_toml(text.format(".".join("a" * (DEEPEST + 1))))


REPEATED = st.sampled_from(["[", "{a=", "a.", "'", '"', "[[truce]]\n"])
TEXTS = st.lists(
    st.one_of(
        st.sampled_from(
            [GOOD.format("drawn"), GOOD, *(content.decode(errors="replace")[:2000] for content in HOSTILE.values())]
        ),
        st.text(alphabet="[]{}=.,\"'#\n\\ a0-:", max_size=200),
        st.builds(lambda part, count: part * count, REPEATED, st.integers(1, 3000)),
    ),
    max_size=6,
)


def check_drawn(folder: Path, zone_for, texts: list[str], at: int, byte: int) -> None:
    """Read a file pieced together from such texts, with one byte changed, beside a good one."""
    data = bytearray("".join(texts).encode())
    if data:
        data[at % len(data)] = byte
    (folder / "truces").mkdir(exist_ok=True)
    (folder / "truces" / "drawn.toml").write_bytes(bytes(data))
    (folder / "truces" / "good.toml").write_text(GOOD.format("good"))
    register = read_register(folder, zone_for=zone_for, now=NOW)
    assert "good" in {truce.id for truce in register.truces if truce.truce is not None}
    assert not [problem for problem in register.problems if "alertd fails" in problem.message], (
        "a bug that the last wall hides"
    )


DRAWN = given(texts=TEXTS, at=st.integers(0), byte=st.integers(0, 255))
SETTINGS = {"suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@settings(examples(100), **SETTINGS)
@DRAWN
def test_nothing_drawn_from_hostile_texts_harms_the_file_beside_it(tmp_path, zone_for, texts, at, byte):
    check_drawn(tmp_path, zone_for, texts, at, byte)


@pytest.mark.long
@settings(max_examples=20_000, **SETTINGS)
@DRAWN
def test_nothing_drawn_for_long_harms_the_file_beside_it(tmp_path, zone_for, texts, at, byte):
    check_drawn(tmp_path, zone_for, texts, at, byte)


def _written(kind: str, number: int) -> str:
    """A truce with so many records of a kind, a minute apart."""
    start = datetime(2016, 5, 1)  # noqa: DTZ001  as TOML writes a local time
    records = "".join(
        f"[[truce.{kind.partition(' ')[0]}]]\nannounced = {(start + timedelta(minutes=minute)).isoformat()}\n"
        f'{"byy" if kind.endswith("misspelt") else "by"} = "1h"\n'
        for minute in range(number)
    )
    return GOOD.format("long") + records


def test_a_truce_of_too_many_records_is_refused_by_its_name_and_its_neighbours_are_read(tmp_path: Path, zone_for):
    (tmp_path / "truces").mkdir()
    text = GOOD.format("before") + _written("extension", RECORDS_AT_MOST + 1) + GOOD.format("after")
    (tmp_path / "truces" / "a.toml").write_text(text)
    register = read_register(tmp_path, zone_for=zone_for, now=NOW)
    (problem,) = register.problems
    assert (problem.file, problem.truce, problem.level) == ("truces/a.toml", "long", "error")
    assert text.splitlines()[problem.line - 1] == "[[truce]]"
    assert "1,001 records" in problem.message
    assert {truce.id: truce.truce is not None for truce in register.truces} == {
        "after": True,
        "before": True,
        "long": False,
    }
    (tmp_path / "truces" / "a.toml").write_text(_written("extension", RECORDS_AT_MOST))
    register = read_register(tmp_path, zone_for=zone_for, now=NOW)
    assert register.problems == ()


@pytest.mark.parametrize("kind", ["extension", "claim", "extension misspelt", "claim misspelt"])
def test_twice_as_many_records_cost_not_much_more_than_twice_the_steps(tmp_path: Path, zone_for, kind):
    (tmp_path / "truces").mkdir()

    def steps(number: int) -> int:
        (tmp_path / "truces" / "a.toml").write_text(_written(kind, number))
        counted = Counter[str]()
        sys.setprofile(lambda _frame, event, _arg: counted.update([event]))
        try:
            read_register(tmp_path, zone_for=zone_for, now=NOW)
        finally:
            sys.setprofile(None)
        return counted.total()

    steps(20)  # what is looked up once
    assert steps(160) < 2.5 * steps(80)
