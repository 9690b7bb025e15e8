"""Starts while alertd runs: Gaza on 19 January 2025, announced for 0830 and begun at 1115; and what never begins."""

from factories import moment

GAZA = """
[[truce]]
id = "gaza-2025-01"
title = "Ceasefire in Gaza, first phase"
name = "Gaza ceasefire"
zone = "Asia/Gaza"
announced = 2025-01-18T10:00:00
starts = "0830 Sun 19 Jan 2025"
ends = "0830 Sun 2 Mar 2025"
"""
SLIPPED = GAZA.replace("0830 Sun 19", "1115 Sun 19")
TERMINATION = """
[[truce.termination]]
announced = 2025-01-18T20:00:00
at = 2025-01-19T07:45:00
stated_by = "a party"
"""
BEFORE = "2025-01-18T09:00"


async def test_a_start_that_slips_as_it_comes_is_told_with_its_question_and_armed_again(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.live_until("2025-01-19T06:25")
    world.write(SLIPPED)
    await world.tick()
    assert world.titles()[-1] == (
        "Gaza ceasefire: start moved from 0830 to 1115 Sun 19 Jan Gaza; the end stays 0830 Sun 2 Mar"
    )
    assert "Does the end move too?" in world.sent[-1].message.text
    await world.live_until("2025-01-19T10:00")
    assert world.kinds() == ["recorded", "start 1h", "corrected", "start 1h", "start 0"]
    assert world.titles()[-1] == "Gaza ceasefire: in force since 1115 Sun 19 Jan Gaza (0915Z Sun 19 Jan), as announced"
    begun = [(row.at, str(row.state)) for row in world.rows(kind="start") if str(row.stage) == "0"]
    assert sorted(begun) == [(moment("2025-01-19T06:30"), "superseded"), (moment("2025-01-19T09:15"), "delivered")]


async def test_a_truce_that_is_ended_before_it_begins_never_says_that_it_is_in_force(world):
    world.write(GAZA)
    await world.start(BEFORE)
    world.write(GAZA + TERMINATION)
    await world.live_until("2025-01-20T00:00")
    assert not [kind for kind in world.kinds() if kind.startswith("start")]


async def test_a_truce_that_is_taken_out_before_it_begins_says_no_more_of_its_start(world):
    world.write(GAZA)
    await world.start(BEFORE)
    world.write('withdrawn = ["gaza-2025-01"]', "withdrawn.toml")
    world.write("", "truces.toml")
    await world.live_until("2025-01-20T00:00")
    assert not [kind for kind in world.kinds() if kind.startswith("start")]


async def test_a_start_that_is_past_when_its_truce_is_first_seen_is_not_told(world):
    world.write(GAZA)
    await world.start("2025-01-19T06:40")
    await world.live_until("2025-01-20T00:00")
    assert world.kinds() == ["recorded"]


async def test_after_downtime_a_start_is_told_late_and_its_lead_is_overtaken(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.stop()
    await world.start("2025-01-19T06:40")
    assert world.kinds() == ["recorded", "start 0"]
    assert world.titles()[-1].endswith("as announced [LATE by 10 min]")


async def test_by_a_clock_in_doubt_no_truce_is_said_to_be_in_force(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.stop()
    world.synchronised = False
    await world.start("2025-01-19T06:29", last_tick="2025-01-19T05:40")
    await world.live_until("2025-01-19T06:33")
    assert "start 0" not in world.kinds()
    await world.live_until("2025-01-19T06:35")
    assert "start 0" in world.kinds()
