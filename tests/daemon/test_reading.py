"""What is due goes out while the register is read and judged, however long that takes."""

import asyncio
import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

import pytest
from factories import moment

import alertd.daemon.intake
from alertd.errors import Code, Level, Problem
from alertd.register import RegisterCache

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = 2016-05-04T01:00:00
"""
EXTENSION = """
[[truce.extension]]
announced = 2016-05-02T14:00:00
until = 2016-05-06T01:00:00
"""


def other(truce_id: str) -> str:
    return GHOUTA.replace('"ghouta"', f'"{truce_id}"')


@pytest.fixture
async def woken(world) -> asyncio.Event:
    """A daemon as its loop drives it, which watches Ghouta; set when a tick can go on."""
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-02T12:10")
    world.sent.clear()
    woken = asyncio.Event()
    world.app.daemon.read_beside_ticks(woken.set)
    return woken


@pytest.fixture
def gate(monkeypatch) -> Iterator[Event]:
    """The reading of the register ends when this is set, and not before."""
    gate, read = Event(), RegisterCache.read

    def held(cache, now, *, once_more):
        found = read(cache, now, once_more=once_more)
        gate.wait(60)
        return found

    monkeypatch.setattr(RegisterCache, "read", held)
    yield gate
    gate.set()


async def test_an_alert_goes_out_while_the_register_is_read(world, woken, gate):
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-02T21:59:59")
    await world.tick("2016-05-02T22:00")
    assert world.kinds() == ["reminder 24h"]
    assert not woken.is_set()
    assert world.app.daemon.is_reading
    gate.set()
    await woken.wait()
    await world.tick("2016-05-02T22:00:01")
    assert not world.app.daemon.is_reading
    assert world.kinds() == ["reminder 24h", "extended"]


async def test_what_was_read_of_zone_data_that_changed_meanwhile_is_read_again(world, woken, gate):
    world.write(GHOUTA + other("homs"))
    await world.tick("2016-05-02T12:20")
    world.app.daemon._intake.forget()  # as the housekeeping does
    gate.set()
    await world.tick("2016-05-02T12:20:01")
    await asyncio.wait_for(woken.wait(), 60)
    while world.app.daemon.is_reading:
        await asyncio.sleep(0.01)
        await world.tick("2016-05-02T12:20:02")
    assert world.kinds() == ["recorded"]


async def test_an_alert_goes_out_between_two_parts_of_a_large_change(world, woken, monkeypatch):
    monkeypatch.setattr(alertd.daemon.intake, "TRUCES_AT_ONCE", 1)
    for number in range(3):
        world.write(other(f"truce-{number}"), name=f"{number}.toml")
    await world.tick("2016-05-02T21:59:58")
    await woken.wait()
    woken.clear()
    frozen = gc.get_freeze_count()
    await world.tick("2016-05-02T21:59:59")
    assert world.kinds() == ["recorded"], "one part a tick"
    assert gc.get_freeze_count() > frozen, "Python's collector passes over what was taken in"
    assert woken.is_set(), "and the next at once"
    await world.tick("2016-05-02T22:00")
    assert "reminder 24h" in world.kinds()
    assert world.app.daemon.is_reading
    await world.tick("2016-05-02T22:00:01")
    assert world.kinds().count("recorded") == 3


async def begin_to_read(world) -> asyncio.Event:
    """A first start as the loop drives it, with each truce a part of its own; set when a tick can go on."""
    woken = asyncio.Event()
    world.assemble().daemon.read_beside_ticks(woken.set)
    await world.app.daemon.start(world.clock.now())
    await world.tick()
    await woken.wait()
    return woken


async def test_a_first_start_takes_in_first_what_comes_next_and_tells_it_at_once(world, monkeypatch):
    monkeypatch.setattr(alertd.daemon.intake, "TRUCES_AT_ONCE", 1)
    world.write(other("a-long-one").replace("05-04T01", "07-04T01"), name="a.toml")
    extended = other("extended").replace("05-04T01", "05-03T20") + EXTENSION.replace("05-06T01", "05-04T02")
    world.write(extended, name="b.toml")
    world.write(other("urgent"), name="c.toml")
    world.clock.set(moment("2016-05-03T21:55"))
    await begin_to_read(world)
    told = []
    for second in range(1, 4):
        await world.tick(f"2016-05-03T21:55:0{second}")
        told.append([row.truce for row in world.rows(kind="recorded", state="delivered")])
    assert told == [["urgent"], ["urgent", "extended"], ["urgent", "extended", "a-long-one"]]


async def test_a_truce_that_ends_while_a_first_start_takes_in_others_is_told_of(world, monkeypatch):
    monkeypatch.setattr(alertd.daemon.intake, "TRUCES_AT_ONCE", 1)
    world.write(other("first"), name="a.toml")
    world.write(other("second").replace("T01:00", "T01:01"), name="b.toml")
    world.clock.set(moment("2016-05-03T21:58"))
    await begin_to_read(world)
    await world.tick("2016-05-03T21:59")
    assert world.kinds() == ["recorded"]
    await world.tick("2016-05-03T22:01:30")
    assert world.rows(truce="second", kind="lapsed", state="delivered")


async def test_other_tasks_have_their_turn_after_each_part_that_is_unpacked(world, woken):
    seen = []

    class Part:
        def truces(self):
            asyncio.get_running_loop().call_soon(seen.append, "others")
            seen.append("part")
            return []

    await world.app.daemon._intake._read_truces([Part(), Part()])
    assert seen == ["part", "others"] * 2


async def test_other_tasks_have_their_turn_while_the_notice_of_many_mistakes_is_written(world, woken):
    turns = 0

    async def others():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    problems = [Problem("truces/a.toml", line, None, Level.ERROR, Code.SYNTAX, "wrong") for line in range(1000)]
    beside = asyncio.create_task(others())
    lines = await world.app.daemon._problems._refused_lines(problems, {}, set())
    beside.cancel()
    assert len(lines["truces/a.toml"]) == 1000
    assert turns >= 5


LOOKS_BEFORE_THE_FIRST_READING = """
import gc, os, signal
import alertd.cli.run as run
from alertd.cli import main

begin = run.DaemonLoop.begin

async def noted(loop):
    print("kept from the collector:", gc.get_freeze_count() > 50_000, flush=True)
    await begin(loop)
    os.kill(os.getpid(), signal.SIGTERM)

run.DaemonLoop.begin = noted
main()
"""


def test_the_collector_does_not_go_through_the_program_while_the_register_is_read(tmp_path):
    (tmp_path / "truces").mkdir()
    (tmp_path / "truces" / "a.toml").write_text(GHOUTA)
    done = subprocess.run(
        [sys.executable, "-c", LOOKS_BEFORE_THE_FIRST_READING, "--config", str(tmp_path), "run"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=os.environ | {"ALERTD_STATE_DIR": str(tmp_path / "state")},
    )
    assert "kept from the collector: True" in done.stdout
