"""The board's threads begin nothing while an alert falls due or is on its way."""

import asyncio
import threading
import time
from datetime import timedelta

import pytest
from board.register import GHOUTA
from factories import moment

from alertd.board.idle_gate import IdleGate
from alertd.daemon.rehearsal import VirtualClock


def seconds(number):
    return timedelta(seconds=number)


@pytest.fixture
def clock():
    return VirtualClock(moment("2016-05-02T12:00"))


@pytest.fixture
def idle_gate(clock):
    return IdleGate(clock)


def test_it_is_free_before_the_daemon_has_ticked(idle_gate):
    assert idle_gate.free


@pytest.mark.parametrize(("after", "free"), [(0, False), (0.29, False), (0.3, True)])
def test_what_a_tick_sends_goes_first(idle_gate, clock, after, free):
    idle_gate.ticked(clock.now() + seconds(60))
    clock.set(clock.now() + seconds(after))
    assert idle_gate.free is free


def test_a_tick_that_had_nothing_to_do_holds_up_nobody(idle_gate, clock):
    due = clock.now() + seconds(60)
    idle_gate.ticked(due)
    clock.set(clock.now() + seconds(1))
    idle_gate.ticked(due)
    assert idle_gate.free


@pytest.mark.parametrize(
    ("left", "free"), [(0.2, True), (0.15, True), (0.14, False), (0, False), (-0.9, False), (-1, True), (-5, True)]
)
def test_nothing_begins_shortly_before_there_is_something_to_do_nor_while_that_is_late(idle_gate, clock, left, free):
    due = clock.now() + seconds(10)
    idle_gate.ticked(due)
    clock.set(due - seconds(left))
    assert idle_gate.free is free


def test_a_thread_waits_until_the_way_is_free(idle_gate, clock):
    idle_gate.ticked(clock.now())
    waiting = threading.Thread(target=idle_gate.wait)
    waiting.start()
    waiting.join(0.2)
    assert waiting.is_alive()
    clock.set(clock.now() + seconds(2))
    waiting.join(0.5)
    assert not waiting.is_alive()


def test_a_thread_waits_no_longer_than_a_second(idle_gate, clock):
    idle_gate.ticked(clock.now())
    began = time.monotonic()
    idle_gate.wait()
    assert 0.9 < time.monotonic() - began < 5


async def test_a_page_is_made_after_the_alert_that_falls_due(look):
    async with look(GHOUTA) as viewer:
        viewer.board.ticked(viewer.world.clock.now(), viewer.world.clock.now() + seconds(0.3))
        viewer.wait(0.2)
        asked = asyncio.create_task(viewer.get("/"))
        await asyncio.sleep(0.2)
        assert not asked.done()
        viewer.wait(2)
        assert "Calm in Ghouta" in await asked
