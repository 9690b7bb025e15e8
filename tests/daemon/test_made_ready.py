"""The messages of a moment that is about to come are made a little before it, and sent when it comes."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from factories import moment
from process import PATIENCE
from sqlalchemy import select
from world import GHOUTA, World

from alertd.daemon.alarm import Alarm
from alertd.daemon.loop import DaemonLoop
from alertd.domain.policy import READY_AHEAD, WOKEN_AFTER
from alertd.ledger import schema
from alertd.ledger.postgresql import SILENT_SECONDS
from alertd.times.clock import SystemClock

DUE = "2016-05-03T21:00"
ABOUT_TO_COME = "2016-05-03T20:59:59.950"
CONFIRMED = """
  [[truce.claim]]
  announced = 2016-05-03T12:00:00
  confirmed = 2016-05-04T00:00:00
  by = "24h"
"""
"""Confirmed when the stage of an hour is due."""

_DISPATCHED = select(schema.delivery.c.stage).where(schema.delivery.c.dispatched_at.is_not(None))


async def is_dispatched(world):
    """Wait until a message was made, or is about to be."""
    async with asyncio.timeout(PATIENCE):
        while not await world.app.ledger.run(lambda connection: connection.scalars(_DISPATCHED).all()):  # noqa: ASYNC110
            await asyncio.sleep(0)


async def about_to_come(world, text=GHOUTA, settings=""):
    """The daemon a moment before the stage of an hour is due, asked to make it ready."""
    world.settings(settings + '[[channel]]\nname = "console"\nkind = "console"\n')
    world.write(text)
    await world.start("2016-05-02T12:00")
    await world.live_until(ABOUT_TO_COME)
    world.sent.clear()
    await world.app.daemon.make_ready(moment(DUE))


async def test_a_message_is_made_before_its_moment_and_sent_when_that_comes(world):
    await about_to_come(world)
    await is_dispatched(world)
    await asyncio.sleep(2 * READY_AHEAD.total_seconds())
    assert world.kinds() == []
    world.clock.set(moment(DUE))
    await world.app.workers.idle()
    assert [(sent.kinds, sent.at) for sent in world.sent] == [(["reminder 1h"], moment(DUE))]
    assert "in 1 h\n" in world.sent[0].message.text
    await world.stop()


async def test_what_was_made_ready_by_a_clock_that_is_set_back_is_sent_once_when_its_moment_comes(world):
    await about_to_come(world)
    await is_dispatched(world)
    world.clock.set(moment("2016-05-03T19:30"))
    await world.app.workers.idle()
    assert world.kinds() == []
    await world.live_until("2016-05-03T21:30")
    told = [(sent.kinds, sent.at) for sent in world.sent if sent.kinds != ["ops"]]
    assert told == [(["reminder 1h"], moment(DUE))]
    await world.stop()


async def test_what_was_made_ready_before_alertd_was_stopped_for_long_is_asked_of_the_ledger_again(world):
    """Another node may have sent it meanwhile: only the ledger tells."""
    await about_to_come(world)
    await is_dispatched(world)
    world.clock.set(moment("2016-05-03T21:00:11"))
    await world.app.workers.idle()
    assert world.kinds() == []
    await world.live_until("2016-05-03T21:30")
    assert [sent.kinds for sent in world.sent] == [["reminder 1h"]]
    await world.stop()


async def test_what_was_dispatched_before_alertd_was_stopped_for_long_is_asked_of_the_ledger_again(world, monkeypatch):
    """The same for what was due at once."""
    await about_to_come(world)
    world.clock.set(moment("2016-05-03T20:59"))
    await world.app.workers.idle()
    run_both = type(world.app.ledger).run_both

    async def be_stopped_behind_it(ledger, *calls):
        done = await run_both(ledger, *calls)
        monkeypatch.undo()
        world.clock.set(moment("2016-05-03T21:00:11"))
        return done

    world.clock.set(moment(DUE))
    monkeypatch.setattr(type(world.app.ledger), "run_both", be_stopped_behind_it)
    await world.app.daemon.tick(moment(DUE))
    await world.app.workers.idle()
    assert world.kinds() == []
    await world.live_until("2016-05-03T21:30")
    assert [sent.kinds for sent in world.sent] == [["reminder 1h"]]
    await world.stop()


def test_another_node_has_the_ledger_no_sooner_than_nothing_is_handed_over_any_more():
    assert timedelta(seconds=SILENT_SECONDS) > WOKEN_AFTER + READY_AHEAD


def a_life(world, due):
    """A daemon by the clock of the machine, with a truce that ends at a moment and is told of then alone."""
    world.settings('[policy]\nlead_times = []\nafter = []\n[[channel]]\nname = "console"\nkind = "console"\n')
    world.write(
        '[[truce]]\nid = "ghouta"\ntitle = "Ghouta"\nzone = "UTC"\n'
        f"starts = 2016-01-01T00:00:00Z\nends = {due:%Y-%m-%dT%H:%M:%SZ}\n"
    )
    app = world.assemble()
    alarm = Alarm(app.workers, app.ops, SystemClock())
    return app, DaemonLoop(app.daemon, SystemClock(), alarm, last_tick=None, on_tick=lambda *_: None)


async def live_until_it_lapses(world, life):
    running = asyncio.create_task(life.run())
    try:
        async with asyncio.timeout(PATIENCE):
            while "lapsed 0" not in world.kinds():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    finally:
        life.stop()
        await running
        await world.stop()


async def test_nothing_is_read_between_the_making_of_a_message_and_its_moment(tmp_path):
    world = World(tmp_path, SystemClock())
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    app, life = a_life(world, due)
    looks, tick, make_ready = list[datetime](), app.daemon.tick, app.daemon.make_ready

    async def noted(now):
        looks.append(now)
        return await tick(now)

    async def made_ready_and_woken(moment):
        await make_ready(moment)
        life.reread()

    app.daemon.tick, app.daemon.make_ready = noted, made_ready_and_woken
    await live_until_it_lapses(world, life)
    assert len([look for look in looks if due - READY_AHEAD <= look < due]) == 1


@pytest.mark.parametrize(
    ("text", "settings", "synchronised"),
    [
        pytest.param(GHOUTA + CONFIRMED, "", None, id="becomes known by then"),
        pytest.param(GHOUTA, '[policy]\nclock_patience = "48h"\n', False, id="a clock in doubt"),
        pytest.param(GHOUTA, '[ops]\nchannel = "console"\nshift_digest = ["21:00"]\n', None, id="a shift begins"),
    ],
)
async def test_nothing_is_made_ready_where_something_else_comes_first(world, text, settings, synchronised):
    world.synchronised = synchronised
    await about_to_come(world, text, settings)
    assert not any(row.state == "acquired" for row in world.rows())
    await world.stop()


async def test_a_running_daemon_makes_ready_what_comes_next(tmp_path):
    world = World(tmp_path, SystemClock())
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=3)
    app, life = a_life(world, due)
    asked, make_ready = list[datetime](), app.daemon.make_ready

    async def noted(moment):
        asked.append(moment)
        await make_ready(moment)

    app.daemon.make_ready = noted
    await live_until_it_lapses(world, life)
    assert due in asked
    assert world.sent[-1].at >= due
