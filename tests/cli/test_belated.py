"""A record that was announced long before the edit that brought it is questioned: by ops, `status` and the commands."""

import json
import re

import pytest
from cli.commands import read_as_a_person
from factories import moment
from process import in_seconds, toml_utc, truce_text, write_truces
from world import World

from alertd.daemon.rehearsal import VirtualClock

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
announced = 2016-04-01T09:00:00
starts = 2016-04-01T10:00:00
ends = "0100 Wed 4 May 2016"
"""


def extension(announced, *lines):
    return "\n".join(("[[truce.extension]]", f"announced = {announced}", 'until = "0100 Fri 6 May 2016"', *lines, ""))


BELATED = (
    "truces/truces.toml:2: warning: a record of ghouta was announced 0900Z Sun 3 Apr 2016, 29 d before it stood here: "
    "is its date right? If it is, write beside it recorded = 2016-05-02T09:00:05Z [order]"
)


@pytest.fixture
def world(tmp_path):
    made = World(tmp_path, VirtualClock(moment("2016-05-02T09:00")))
    made.settings('state_dir = "."')
    return made


async def brought(world, text):
    """A daemon has watched for five seconds when this is saved; what it tells ops then."""
    world.write(GHOUTA)
    await world.start("2016-05-02T09:00")
    await world.live_until("2016-05-02T09:00:05")
    world.sent.clear()
    world.write(text)
    await world.live_until("2016-05-02T09:00:10")
    return [sent.message.text for sent in world.sent if sent.kinds == ["ops"]]


def asked(command, config, name):
    problems = json.loads(command(config, name, "--json").stdout.splitlines()[-1])["problems"]
    return [problem for problem in problems if problem["code"] == "order"]


@pytest.mark.parametrize("kind", ["extension", "claim", "termination"])
async def test_ops_is_asked_once_and_status_and_check_until_it_is_mended(command, world, kind):
    record = extension("2016-04-03T12:00:00").replace("extension", kind)
    text = GHOUTA + (record.replace("until", "at") if kind == "termination" else record)
    (said,) = await brought(world, text)
    assert BELATED in said
    await world.live_until("2016-05-02T12:00")
    assert sum("29 d before" in sent.message.text for sent in world.sent) == 1
    await world.stop()
    for name in ("status", "check"):
        (problem,) = asked(command, world.config, name)
        assert (problem["level"], problem["truce"], problem["file"]) == ("warning", "ghouta", "truces/truces.toml")
        assert problem["message"] in BELATED


async def test_a_mended_date_is_asked_of_no_more(command, world):
    await brought(world, GHOUTA + extension("2016-04-03T12:00:00"))
    world.write(GHOUTA + extension("2016-05-02T12:00:00"))
    await world.live_until("2016-05-02T09:00:15")
    assert world.titles()[-1] == "alertd: truces/truces.toml: mended."
    await world.stop()
    assert asked(command, world.config, "status") == []


async def test_who_says_when_it_was_recorded_is_not_asked(command, world):
    late = extension("2016-04-03T12:00:00", "recorded = 2016-05-02T11:59:00")
    assert await brought(world, GHOUTA + late) == []
    await world.stop()
    assert asked(command, world.config, "status") == []


@pytest.mark.parametrize("announced", ["2016-04-30T12:00:05", "2016-05-02T11:00:00"])
async def test_two_days_are_not_long(world, announced):
    assert await brought(world, GHOUTA + extension(announced)) == []
    await world.stop()


async def test_what_a_start_finds_may_have_stood_there_for_long(command, world):
    world.write(GHOUTA)
    await world.start("2016-04-02T09:00")
    await world.stop()
    world.write(GHOUTA + extension("2016-04-03T12:00:00"))
    await world.start("2016-05-02T09:00")
    await world.live_until("2016-05-02T09:00:10")
    assert "ops" not in world.kinds()
    await world.stop()
    assert asked(command, world.config, "status") == []


@pytest.mark.parametrize("verb", ["extend", "claim"])
def test_a_command_asks_before_it_writes(command, tmp_path, verb):
    ends = toml_utc(in_seconds(86400))
    write_truces(tmp_path, truce_text("calm", "announced = 2016-05-01", "starts = 2016-05-01", f"ends = {ends}"))
    said = read_as_a_person(command(tmp_path, verb, "calm", "24h", "--announced", "2020-01-01 0000", "--yes"))
    assert "warning: `announced` lies" in said
    assert re.search(r"lies \d+ d before now, 0000Z Wed 1 Jan 2020: is its date right\? \[order\]", said)
    said = read_as_a_person(command(tmp_path, verb, "calm", "24h", "--announced", "2015-01-01 0000", "--yes"))
    assert "`announced` lies before that of the truce, 0000 Sun 1 May 2016: is its date right? [order]" in said
    assert "warning" not in read_as_a_person(command(tmp_path, verb, "calm", "24h", "--yes"))
