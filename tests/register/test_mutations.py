"""Nothing that can stand in a truce file or in the settings takes their readers down, or keeps them for long.

The files that are mutated are the real cases of `scenarios/`: each seed gives one file, and the same one every time.
CI reads a thousand of them; `pytest -m long` reads ten thousand.
"""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mutations import SETTINGS, mutated, no_longer_than

from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.ledger.documents import dump_truce, load_truce
from alertd.register import Register, read_register
from alertd.settings import check_settings
from alertd.status.views import dump, problem_places, refused_view, truce_view

NOW = datetime(2025, 1, 1, tzinfo=UTC)
DESK = (Subscription(channel="desk", targets=("desk",)),)

SCENARIOS = [path.read_text() for path in sorted((Path(__file__).parents[1] / "scenarios" / "truces").glob("*.toml"))]

FILES_AT_ONCE = 250
NEVER_THIS_LONG = 120
"""Seconds for so many files, which take a few: what is still reading by then hangs."""

NEIGHBOUR = """\
[[truce]]
id = "neighbour"
title = "Neighbour"
zone = "Asia/Gaza"
starts = 2016-04-29
ends = 2016-05-29
"""


def check_mutations(folder: Path, zone_for, seeds: range) -> None:
    """Read a mutated file for each seed, many at once, and use whatever can be read of them."""
    (folder / "truces").mkdir()
    (folder / "truces" / "neighbour.toml").write_text(NEIGHBOUR)
    for batch in in_batches(seeds):
        lines = {}
        for seed in batch:
            chance = random.Random(seed)  # noqa: S311  the same file for the same seed
            text = mutated(SCENARIOS[seed % len(SCENARIOS)], chance).replace('id = "', f'id = "s{seed}-')
            data = text.encode()
            (folder / "truces" / f"{seed % FILES_AT_ONCE}.toml").write_bytes(data)
            lines[f"truces/{seed % FILES_AT_ONCE}.toml"] = data.count(b"\n") + 1
        with no_longer_than(NEVER_THIS_LONG):
            register = read_register(folder, zone_for=zone_for, now=NOW)
            use(register, zone_for)
        for problem in register.problems:
            assert 1 <= problem.line <= lines[problem.file], (batch, problem)
            assert problem.message, (batch, problem)
        for truce in register.truces:
            assert truce.truce is not None or truce.has_error, (batch, truce)
            assert not truce.has_error or truce.truce is None or truce.truce.left_out or is_whole(truce), (batch, truce)
        (neighbour,) = (truce for truce in register.truces if truce.id == "neighbour")
        assert (neighbour.problems, neighbour.truce is None) == ((), False), batch


def in_batches(seeds: range) -> list[range]:
    return [
        range(first, min(first + FILES_AT_ONCE, seeds.stop)) for first in range(seeds.start, seeds.stop, FILES_AT_ONCE)
    ]


def use(register: Register, zone_for) -> None:
    """What could be read can be shown, planned and kept."""
    dump(register.problems)
    places = problem_places(register.problems)
    for read in register.truces:
        if read.truce is None:
            refused_view(read.id, places)
            continue
        dump(truce_view(read.truce, NOW, places, zone_for))
        plan(read.truce, DESK, Policy(), reviews_until=read.truce.starts + timedelta(days=30), now=read.truce.starts)
        assert load_truce(dump_truce(read.truce)) == read.truce


def test_no_mutation_of_a_truce_file_raises_hangs_or_harms_another_file(tmp_path, zone_for):
    check_mutations(tmp_path, zone_for, range(1_000))


@pytest.mark.long
def test_no_mutation_of_ten_thousand_does(tmp_path, zone_for):
    check_mutations(tmp_path, zone_for, range(1_000_000, 1_010_000))


def is_whole(truce) -> bool:
    """A mistake that is understood all the same leaves nothing out: an id, a title or brackets."""
    return all(problem.code in {"syntax", "missing"} for problem in truce.problems if problem.level == "error")


@pytest.mark.parametrize("seed", range(200))
def test_no_mutation_of_the_settings_raises(tmp_path, zone_for, seed):
    (tmp_path / "alertd.toml").write_bytes(mutated(SETTINGS, random.Random(seed)).encode())  # noqa: S311
    settings, problems = check_settings(tmp_path, {"A": "secret"}, zone_for=zone_for)
    assert settings is not None or problems


def test_random_bytes_are_no_truces(tmp_path, zone_for):
    (tmp_path / "truces").mkdir()
    for seed in range(50):
        (tmp_path / "truces" / f"{seed}.toml").write_bytes(random.Random(seed).randbytes(300))  # noqa: S311
    register = read_register(tmp_path, zone_for=zone_for, now=NOW)
    assert register.truces == ()
    assert {problem.file for problem in register.problems} == set(register.files)
