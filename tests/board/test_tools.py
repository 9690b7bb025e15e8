"""The feeds, as tools of other people read them: Prometheus' own checker and a calendar program of Debian."""

import subprocess
from pathlib import Path

import pytest
from board.register import CLAIM, EXTENSION, GHOUTA, LATAKIA, OPEN, REFUSED, TERMINATION

pytestmark = pytest.mark.browser

ALL = GHOUTA + EXTENSION + CLAIM + LATAKIA + TERMINATION.replace("2016-05-02T17", "2016-05-02T19") + OPEN + REFUSED

KHAL = """
[calendars]
[[truces]]
path = {folder}
[locale]
local_timezone = Asia/Damascus
default_timezone = Asia/Damascus
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {folder}.db
"""


RULES = Path(__file__).parents[2] / "contrib" / "prometheus"


def promtool(*arguments: str | Path, given: str = "") -> tuple[int, str]:
    done = subprocess.run(
        ["promtool", *arguments], input=given, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


async def test_promtool_finds_nothing_to_mend(look):
    async with look(ALL) as viewer:
        await viewer.tick("2016-05-03T17:00")
        figures = await viewer.get("/metrics")
    assert promtool("check", "metrics", given=figures) == (0, "")


@pytest.mark.parametrize("rules", ["alertd", "alertd-nodes"])
def test_the_rules_fire_when_they_must_and_only_then(rules):
    code, said = promtool("test", "rules", RULES / f"{rules}.rules.test.yml")
    assert code == 0, said


def khal(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["khal", "--config", str(folder / "khal.conf"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_khal_reads_the_calendar_and_sees_a_moved_end(look, tmp_path):
    (tmp_path / "calendar").mkdir()
    (tmp_path / "khal.conf").write_text(KHAL.format(folder=tmp_path / "calendar"))
    async with look(GHOUTA + LATAKIA) as viewer:
        (tmp_path / "first.ics").write_text(await viewer.get("/calendar.ics"))
        viewer.world.write(GHOUTA + EXTENSION + LATAKIA)
        await viewer.tick("2016-05-02T13:00")
        (tmp_path / "second.ics").write_text(await viewer.get("/calendar.ics"))
    shown = ["list", "--format", "{start} {end} {title}", "--once", "2016-05-02", "7d"]
    khal(tmp_path, "import", "--batch", "-a", "truces", str(tmp_path / "first.ics"))
    assert "2016-05-02 10:00 2016-05-04 01:00 Calm in Ghouta" in khal(tmp_path, *shown)
    assert "2016-05-02 10:00 2016-05-02 20:00 Calm in Latakia" in khal(tmp_path, *shown)
    khal(tmp_path, "import", "--batch", "-a", "truces", str(tmp_path / "second.ics"))
    after = khal(tmp_path, *shown)
    assert "2016-05-02 10:00 2016-05-06 01:00 Calm in Ghouta" in after
    assert after.count("Calm in Ghouta") == 1
