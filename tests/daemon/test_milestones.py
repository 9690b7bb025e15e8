"""Milestones in a whole daemon: told in time, once, again where they move, and never after they were met."""

from factories import moment

from alertd.ledger import DeliveryState

CALM = """
[[truce]]
id = "calm"
title = "Calm"
zone = "UTC"
announced = 2016-05-01T09:00:00Z
starts = 2016-05-02T12:00:00Z
open = true
[[truce.milestone]]
id = "list"
what = "list of prisoners"
after = "36h"
"""
"""The list is owed at 0000Z Wed 4 May."""


def told(world):
    return [kind for kind in world.kinds() if kind.startswith("milestone")]


async def test_a_milestone_is_told_at_each_of_its_stages(world):
    world.write(CALM)
    await world.start()
    await world.live_until("2016-05-04T01:00")
    assert told(world) == ["milestone 24h", "milestone 1h", "milestone 0", "milestone +15m"]
    (row,) = world.rows(kind="milestone", stage="0")
    assert (row.due_at, row.at, row.ends_at, row.milestone) == (
        moment("2016-05-04"),
        moment("2016-05-04"),
        None,
        "list",
    )


async def test_after_a_downtime_only_the_latest_stage_is_told(world):
    world.write(CALM)
    await world.start()
    await world.stop()
    await world.start("2016-05-04T00:05")
    await world.live_until("2016-05-04T00:06")
    assert told(world) == ["milestone 0"]
    assert {row.state for row in world.rows(kind="milestone", stage="1h")} == {DeliveryState.OVERTAKEN}


async def test_a_later_stage_of_one_milestone_overtakes_nothing_of_another(world):
    world.write(CALM + '[[truce.milestone]]\nid = "line"\nwhat = "line"\nat = 2016-05-04T00:30:00\n')
    await world.start()
    await world.stop()
    await world.start("2016-05-03T23:45")
    await world.live_until("2016-05-03T23:46")
    assert told(world) == ["milestone 1h", "milestone 1h"]


async def test_a_milestone_that_moves_with_the_start_is_told_and_armed_anew(world):
    world.write(CALM)
    await world.start()
    await world.live_until("2016-05-03T12:00")
    world.write(CALM.replace("starts = 2016-05-02T12", "starts = 2016-05-02T16"))
    await world.tick()
    assert "Milestone moved: list of prisoners" in world.sent[-1].message.text
    await world.live_until("2016-05-04T03:00")
    assert told(world) == ["milestone 24h", "milestone 1h"]
    await world.live_until("2016-05-04T05:00")
    assert told(world) == ["milestone 24h", "milestone 1h", "milestone 0", "milestone +15m"]


async def test_what_was_met_is_told_no_more(world):
    world.write(CALM)
    await world.start()
    await world.live_until("2016-05-03T12:00")
    world.write(CALM + "met = 2016-05-03T11:00:00\n")
    await world.live_until("2016-05-04T02:00")
    assert told(world) == ["milestone 24h"]


async def test_a_downtime_of_days_becomes_a_line_of_a_summary_that_names_the_milestone(world):
    world.write(CALM)
    await world.start()
    await world.stop()
    await world.start("2016-05-09T00:00")
    await world.live_until("2016-05-09T00:01")
    assert told(world) == []
    assert any("milestone list" in sent.message.text for sent in world.sent)


async def test_an_outcome_that_was_recorded_by_mistake_is_corrected_and_the_rest_is_told_again(world):
    met = "met = 2016-05-03T10:00:00\n"
    world.write(CALM)
    await world.start()
    await world.live_until("2016-05-03T10:00")
    world.write(CALM + met)
    await world.live_until("2016-05-03T23:30")
    world.write(CALM + met + 'decision_void = 2016-05-03T23:30:00\ndecision_void_reason = "another list"\n')
    await world.live_until("2016-05-04T01:00")
    assert world.kinds()[-3:] == ["corrected", "milestone 0", "milestone +15m"]
    assert "milestone 1h" not in world.kinds()
    assert world.titles()[-3] == (
        "Calm: list of prisoners is owed again, due in 30 min, 0000Z Wed 4 May; not met, as was recorded"
    )
    text = world.sent[-3].message.text
    assert "Why: what became of it was recorded by mistake: another list." in text
    assert "Owed again: list of prisoners" in text
