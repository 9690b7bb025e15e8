"""Nothing that can stand in a truce file or in the settings takes their readers down."""

import random
from datetime import UTC, datetime

import pytest

from alertd.register import read_register
from alertd.settings import check_settings

NOW = datetime(2025, 1, 1, tzinfo=UTC)

TRUCES = """\
[[truce]]
id = "eastern-ghouta"
title = "Regime of calm, Eastern Ghouta"
zone = "Asia/Damascus"
parties = ["Government", "Opposition"]
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = "0100 Sun"
stated_duration = "24h"
lead_times = ["24h", "1h"]

  [[truce.extension]]
  announced = 2016-05-01T12:00:00
  by = "24h"
  confirmed = 2016-05-01T15:00:00

  [[truce.claim]]
  announced = 2016-05-02T12:00:00
  until = "2400 Tue 3 May 2016"
  stated_by = ["Russian centre"]
  denied = true

  [truce.termination]
  at = 2016-05-03T10:00:00
  reason = '''shelling
  since dawn'''

[[truce]]
id = "second"
title = "Second"
zone = "+03:00"
announced = 2016-04-29
until_condition = "until the talks end"
"""

NEIGHBOUR = """\
[[truce]]
id = "neighbour"
title = "Neighbour"
zone = "Asia/Gaza"
starts = 2016-04-29
ends = 2016-05-29
"""

SETTINGS = """\
state_dir = "state"
[policy]
lead_times = ["24h", "6h"]
catch_up = "24h"
[[channel]]
name = "desk"
kind = "apprise"
url = [{ env = "A" }, { file = "b" }, "c"]
zone = "Europe/Zurich"
alerts = ["reminder"]
fallback = "oncall"
[[channel]]
name = "oncall"
kind = "console"
[ops]
channel = "oncall"
heartbeat = { url = { credential = "x" }, every = "60s" }
shift_digest = ["07:00"]
"""

PIECES = (
    *"\"'[]{}=.,#\\\n\r\t\0\x7f-0é",
    *('"""', "'''", "[[", "]]", "\r\n", "\u202e", "\N{GRINNING FACE}", "\N{ARABIC-INDIC DIGIT ONE}"),
    *("9999999999", "1e999", "nan", "true", "2016-02-30", "0001-01-01", "9999-12-31T23:59:59", "24:00", "midnight"),
    *("[[truce]]", "[truce.extension]", "[[truce.claim]]\n", "999999w", "P1M"),
)


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        until = min(len(text), at + chance.choice((0, 0, 1, 3, 40)))
        lines = text.split("\n")
        text = chance.choice(
            (
                text[:at] + chance.choice(PIECES) + text[until:],
                text[:at] + text[until:],
                text[:at],
                "\n".join(chance.sample(lines, len(lines))),
                "\n".join([*lines[: at % len(lines)], chance.choice(lines), *lines[at % len(lines) :]]),
                text[:at] + chr(chance.randrange(1, 0xD800)) + text[at:],
            )
        )
    return text


@pytest.mark.parametrize("seed", range(400))
def test_no_mutation_of_a_truce_file_raises_or_harms_another_file(tmp_path, find_zone, seed):
    (tmp_path / "truces").mkdir()
    (tmp_path / "truces" / "a.toml").write_bytes(mutated(TRUCES, random.Random(seed)).encode())  # noqa: S311
    (tmp_path / "truces" / "b.toml").write_text(NEIGHBOUR)
    register = read_register(tmp_path, find_zone=find_zone, now=NOW)
    lines = (tmp_path / "truces" / "a.toml").read_bytes().count(b"\n") + 1
    assert all(1 <= problem.line <= lines and problem.message for problem in register.problems)
    (neighbour,) = (truce for truce in register.truces if truce.id == "neighbour")
    assert (neighbour.problems, neighbour.truce is None) == ((), False)
    for truce in register.truces:
        assert truce.truce is not None or truce.has_error
        assert not truce.has_error or truce.truce is None or truce.truce.left_out or is_whole(truce)


def is_whole(truce) -> bool:
    """A mistake that is understood all the same leaves nothing out: an id, a title or brackets."""
    return all(problem.code in {"syntax", "missing"} for problem in truce.problems if problem.level == "error")


@pytest.mark.parametrize("seed", range(200))
def test_no_mutation_of_the_settings_raises(tmp_path, find_zone, seed):
    (tmp_path / "alertd.toml").write_bytes(mutated(SETTINGS, random.Random(seed)).encode())  # noqa: S311
    settings, problems = check_settings(tmp_path, {"A": "secret"}, find_zone=find_zone)
    assert settings is not None or problems


def test_random_bytes_are_no_truces(tmp_path, find_zone):
    (tmp_path / "truces").mkdir()
    for seed in range(50):
        (tmp_path / "truces" / f"{seed}.toml").write_bytes(random.Random(seed).randbytes(300))  # noqa: S311
    register = read_register(tmp_path, find_zone=find_zone, now=NOW)
    assert register.truces == ()
    assert {problem.file for problem in register.problems} == set(register.files)
