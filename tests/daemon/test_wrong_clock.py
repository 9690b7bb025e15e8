"""A clock that is wrong for seconds silences nothing: what it settled early is judged anew once it is right."""

import pytest

from alertd.ledger import DeliveryState

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = "0100 Wed 4 May 2016"
"""
"""Ends 2200Z Tue 3 May; its stages are 2200Z Mon 2 May, and 1600Z, 2100Z, 2145Z Tue 3 May."""

AHEAD = {"3 h": "2016-05-03T23:00", "10 days": "2016-05-13T20:00"}
"""What the clock tells for 8 seconds, while it is 2000Z."""


async def told(world):
    """What is sent from now on until all is over."""
    world.sent.clear()
    await world.live_until("2016-05-03T23:00")
    return [(kind, sent.at.strftime("%H%MZ")) for sent in world.sent for kind in sent.kinds if "ops" not in kind]


TRUE_TIMES = [("reminder 1h", "2100Z"), ("reminder 15m", "2145Z"), ("lapsed 0", "2200Z"), ("lapsed +15m", "2215Z")]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_a_start_with_a_clock_that_is_ahead_costs_no_stage(world, ahead):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.stop()
    await world.start(AHEAD[ahead], last_tick="2016-05-03T19:59")
    await world.tick("2016-05-03T20:00:08")

    assert await told(world) == TRUE_TIMES
    assert "expired" in world.titles()[-1]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_a_restart_puts_right_what_a_clock_that_was_ahead_has_settled(world, ahead):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.tick(AHEAD[ahead])
    await world.stop()
    await world.start("2016-05-03T20:00:08", last_tick=AHEAD[ahead])

    assert await told(world) == TRUE_TIMES


async def test_what_was_sent_too_early_comes_again_marked_and_says_why(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.tick("2016-05-03T21:50")
    await world.tick("2016-05-03T20:00")

    (row,) = world.rows(stage="15m")
    assert (row.state, row.possible_repeat) == (DeliveryState.PLANNED, True)
    assert row.reason == "the clock was ahead when it was settled; its moment is still to come"
    (overtaken,) = world.rows(stage="1h")
    assert (overtaken.state, overtaken.possible_repeat) == (DeliveryState.PLANNED, False)
    await world.live_until("2016-05-03T21:45")
    assert "POSSIBLE REPEAT" in world.titles()[-1]


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("again", [False, True])
async def test_a_truce_that_seemed_over_when_it_was_first_seen_is_recorded_and_watched(world, ahead, again):
    world.write(GHOUTA)
    await world.start(AHEAD[ahead])
    if again:
        await world.stop()
        await world.start("2016-05-03T20:00:08", last_tick=AHEAD[ahead])
    else:
        await world.tick("2016-05-03T20:00:08")

    assert [kind for kind in world.kinds() if kind != "ops"] == ["recorded"]
    assert await told(world) == TRUE_TIMES
