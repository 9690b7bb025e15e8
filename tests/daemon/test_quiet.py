"""Quiet hours while alertd runs: a night in Damascus."""

from pathlib import Path

from factories import moment

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
zone = "Asia/Damascus"
quiet = { hours = "2200-0600" }
[[channel]]
name = "duty"
kind = "console"
"""

TRUCE = """
[[truce]]
id = "ID"
title = "Calm in ID"
zone = "Asia/Damascus"
announced = 2016-05-01T12:00:00
starts = 2016-05-01T12:00:00
ends = ENDS
"""


def truce(truce_id, ends):
    return TRUCE.replace("ID", truce_id).replace("ENDS", ends)


async def test_what_waited_comes_merged_when_the_quiet_ends_and_says_since_when_it_is_due(world):
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2016-05-03T08:00:00") + truce("homs", "2016-05-04T01:00:00"))
    await world.start("2016-05-02T12:00")
    world.sent.clear()
    await world.live_until("2016-05-03T02:59:59")
    assert world.kinds("desk") == []
    assert world.kinds("duty") == ["reminder 24h", "reminder 6h"]
    await world.live_until("2016-05-03T03:00")
    (message,) = [sent for sent in world.sent if sent.target == "desk"]
    assert (message.kinds, message.at) == (["reminder 6h", "reminder 24h"], moment("2016-05-03T03:00"))
    assert "[LATE by 4 h]" in message.message.text
    assert "LATE by 5 h: this was due at 2200Z Mon 2 May; it waited for the end of the" in message.message.text


async def test_the_last_hour_of_a_truce_passes_and_what_waited_for_it_is_overtaken(world):
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2016-05-03T04:30:00"))
    await world.start("2016-05-02T12:00")
    world.sent.clear()
    await world.live_until("2016-05-03T12:00")
    assert world.kinds("desk") == ["reminder 1h", "reminder 15m", "lapsed 0", "lapsed +15m"]
    (six,) = world.rows(channel="desk", stage="6h")
    assert (str(six.state), six.quiet_until) == ("overtaken", moment("2016-05-03T03:00"))


async def test_news_that_waits_is_told_in_the_morning_as_it_stands_then(world):
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2016-05-03T12:00:00"))
    await world.start("2016-05-02T12:00")
    world.sent.clear()
    extended = """
[[truce.extension]]
announced = 2016-05-02T23:00:00
by = "24h"
"""
    await world.live_until("2016-05-02T20:00")
    world.write(truce("ghouta", "2016-05-03T12:00:00") + extended)
    await world.live_until("2016-05-03T03:00")
    assert world.kinds("desk") == ["extended"]
    assert "LATE by 7 h" in world.titles("desk")[0]


async def test_a_restart_in_the_night_changes_nothing(world):
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2016-05-03T08:00:00"))
    await world.start("2016-05-02T12:00")
    world.sent.clear()
    await world.live_until("2016-05-02T23:30")
    await world.stop()
    await world.start("2016-05-02T23:40", last_tick="2016-05-02T23:30")
    await world.live_until("2016-05-03T03:00")
    assert world.kinds("desk") == ["reminder 6h"]


async def test_a_failure_before_the_quiet_is_tried_again_when_it_is_over(world):
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2016-05-03T03:59:59"))
    await world.start("2016-05-02T12:00")
    world.sent.clear()
    world.answers["desk"] = [Outcome(Verdict.FAILED, "no route")]
    await world.live_until("2016-05-02T19:30")
    (six,) = world.rows(channel="desk", stage="6h")
    assert (str(six.state), six.quiet_until) == ("planned", moment("2016-05-03T03:00"))


async def test_news_that_passes_says_when_the_next_reminder_goes_out_and_not_when_it_is_due(world):
    world.settings(SETTINGS.replace('"2200-0600"', '"2200-0600", pass = ["claimed", "1h"]'))
    about = truce("ghouta", "2016-05-03T08:00:00")
    world.write(about)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-02T21:00")
    world.sent.clear()
    world.write(about + "[[truce.claim]]\nannounced = 2016-05-02T23:30:00\nuntil = 2016-05-03T07:55:00\n")
    await world.tick()
    told = {sent.target: sent.message.text for sent in world.sent}
    assert "its next reminder is in 6 h." in told["desk"]
    assert "its next reminder is in 2 h." in told["duty"]


async def test_news_that_passes_tells_of_what_waits_although_it_was_due_before_the_quiet(world):
    world.settings(SETTINGS.replace('"2200-0600"', '"2200-0600", pass = ["claimed", "15m"]'))
    about = truce("ghouta", "2016-05-03T21:30:00")
    world.write(about)
    await world.start("2016-05-02T12:00")
    await world.stop()
    await world.start("2016-05-02T20:00", last_tick="2016-05-02T18:00")
    world.sent.clear()
    world.write(about + "[[truce.claim]]\nannounced = 2016-05-02T23:00:00\nuntil = 2016-05-03T21:00:00\n")
    await world.tick()
    (told,) = [sent.message.text for sent in world.sent if sent.target == "desk"]
    assert "its next reminder is in 7 h." in told


async def test_newer_zone_data_move_the_quiet_hours_while_alertd_runs(world, monkeypatch):
    old = Path(__file__).parents[1] / "zoneinfo" / "2022.1"
    monkeypatch.setenv("PYTHONTZPATH", str(old))
    world.settings(SETTINGS)
    world.write(truce("ghouta", "2026-01-20T07:00:00Z"))
    await world.start("2026-01-19T02:00")
    await world.live_until("2026-01-20T01:59")
    world.sent.clear()
    (six,) = world.rows(channel="desk", stage="6h")
    assert six.quiet_until == moment("2026-01-20T04:00")
    monkeypatch.setenv("PYTHONTZPATH", "")
    await world.live_until("2026-01-20T03:00")
    (told,) = [sent for sent in world.sent if sent.target == "desk"]
    assert (told.kinds, told.at) == (["reminder 6h"], moment("2026-01-20T03:00"))
    assert "1000 Tue 20 Jan 2026 Asia/Damascus (+03:00)" in told.message.text
