"""The edges that ask the machine for the time: always UTC, whatever zone the machine is in, and obeyed when it is set.

freezegun stands in for the machine's clock here and in cli/test_now.py, and nowhere else: all other code is told the
time. Everything is imported before the clock is frozen, as what is imported later keeps false classes.
"""

import asyncio
import io
import json
import logging
import time
from datetime import UTC, datetime

import pytest
import structlog
from freezegun import freeze_time
from process import PATIENCE
from world import World

from alertd.daemon.alarm import Alarm
from alertd.daemon.loop import DaemonLoop
from alertd.logs.lines import configure
from alertd.times.clock import SystemClock

FIRST_HALF_PAST_TWO = "2026-10-25T00:30:00.250000+00:00"
SECOND_HALF_PAST_TWO = "2026-10-25T01:30:00.250000+00:00"
"""In Zurich the clocks go back from three to two in between."""

NIGHT = (FIRST_HALF_PAST_TWO, "2026-10-25T00:59:59.999999+00:00", "2026-10-25T01:00:00+00:00", SECOND_HALF_PAST_TWO)


@pytest.mark.usefixtures("in_zurich")
@pytest.mark.parametrize("moment", NIGHT)
def test_the_clock_tells_utc_on_the_night_that_has_an_hour_twice(moment):
    with freeze_time(moment):
        now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.isoformat() == datetime.fromisoformat(moment).isoformat()


@pytest.mark.usefixtures("in_zurich")
def test_the_clock_is_that_of_the_machine_and_not_of_its_zone():
    """Not frozen: under freezegun a time without a zone is UTC, whatever the machine's, and would pass for right."""
    before, now, after = time.time(), SystemClock().now().timestamp(), time.time()
    assert int(before) <= now <= after


@pytest.mark.usefixtures("in_zurich", "forgetful", "quiet_afterwards")
@pytest.mark.parametrize("whose", ["alertd.somewhere", "apprise"])
def test_a_line_of_the_log_is_stamped_in_utc_to_the_fraction_of_a_second(whose):
    stream = io.StringIO()
    configure("info", stream=stream, tty=False)
    for moment in (FIRST_HALF_PAST_TWO, SECOND_HALF_PAST_TWO):
        with freeze_time(moment):
            if whose == "apprise":
                logging.getLogger(whose).warning("theirs")
            else:
                structlog.get_logger(whose).warning("ours")
    stamps = [json.loads(line)["timestamp"] for line in stream.getvalue().splitlines()]
    assert stamps == ["2026-10-25T00:30:00.250000Z", "2026-10-25T01:30:00.250000Z"]


async def test_a_clock_that_is_set_is_obeyed_within_a_pulse(tmp_path):
    """The scheduler sleeps on another clock, and would let the stage wait for as long as it meant to sleep."""
    begin, stage = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 45, tzinfo=UTC)
    with freeze_time(begin, real_asyncio=True) as frozen:
        world = World(tmp_path, SystemClock())
        world.write(
            '[[truce]]\nid = "ghouta"\ntitle = "Ghouta"\nzone = "UTC"\nstarts = 2026-10-24T00:00:00\n'
            'ends = 2026-10-25T02:00:00\nlead_times = ["15m"]\n'
        )
        world.settings('[[channel]]\nname = "console"\nkind = "console"\n')
        app = world.assemble()
        ticked = asyncio.Event()
        life = DaemonLoop(
            app.daemon,
            SystemClock(),
            Alarm(app.workers, app.ops, SystemClock()),
            last_tick=None,
            on_tick=lambda *_: ticked.set(),
        )

        async def next_tick() -> None:
            ticked.clear()
            await asyncio.wait_for(ticked.wait(), PATIENCE)
            await app.workers.idle()

        running = asyncio.create_task(life.run())
        try:
            await next_tick()
            frozen.move_to("2026-10-25T00:30:10+00:00")  # the files have stood still: nothing else is to be done before
            while await app.daemon.next_wake() != stage:
                await next_tick()
            assert world.kinds() == ["recorded"]
            frozen.move_to(stage)
            while "reminder 15m" not in world.kinds():
                await next_tick()
        finally:
            life.stop()
            await running
            await world.stop()
    assert [sent.at for sent in world.sent] == [begin, stage]
