"""What a restart takes from memory, and every way in which that memory could have become untrue."""

from pathlib import Path

import pytest
from factories import moment
from structlog.testing import capture_logs

import alertd.daemon.intake
from alertd.cli.context import LEDGER_NAME
from alertd.errors import LedgerError
from alertd.ledger import planning

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Regime of calm, Eastern Ghouta"
zone = "Asia/Damascus"
starts = 2016-04-30T01:00:00
ends = 2016-05-04T01:00:00
"""
HOMS = GHOUTA.replace('"ghouta"', '"homs"').replace("ends = 2016-05-04", "ends = 2016-05-05")
OPEN = GHOUTA.replace('"ghouta"', '"open"').replace("ends = 2016-05-04T01:00:00", "open = true")
EXTENSION = """
  [[truce.extension]]
  announced = 2016-05-02T20:00:00
  by = "24h"
"""


async def restart(world, at=None):
    """Stop and start; gives how many truces the start planned anew and how many it read."""
    await world.stop()
    with capture_logs() as logs:
        await world.start(at)
    (started,) = [line for line in logs if line["event"] == "daemon.started"]
    read = sum(line["read"] for line in logs if line["event"] == "register.read")
    return started["planned_anew"], read


def planned(world):
    return sorted(row.key for row in world.rows(state="planned"))


async def test_a_restart_that_finds_nothing_changed_neither_reads_nor_plans(world):
    world.write(GHOUTA + HOMS)
    await world.start("2016-05-02T12:00")
    before = planned(world)
    assert await restart(world) == (False, 0)
    assert planned(world) == before
    await world.live_until("2016-05-05T00:00")
    assert world.kinds().count("lapsed 0") == 2


async def test_an_edit_while_the_daemon_was_down_is_seen(world):
    world.write(GHOUTA + HOMS)
    await world.start("2016-05-02T12:00")
    await world.stop()
    world.write(GHOUTA + EXTENSION + HOMS)
    await world.start("2016-05-02T18:00")
    assert "extended" in world.kinds()


async def test_a_file_taken_back_while_the_daemon_was_down_is_seen_as_taken_back(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-02T18:00")
    assert world.kinds()[-1] == "extended"
    await world.stop()
    world.write(GHOUTA)
    await world.start("2016-05-02T18:10")
    await world.tick("2016-05-02T18:10:04")
    assert world.kinds()[-1] == "corrected"


async def test_other_channels_and_rules_are_planned_for_at_the_next_start(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    world.settings('[policy]\nlead_times = ["2h"]\n[[channel]]\nname = "other"\nkind = "console"\n')
    assert await restart(world) == (True, 0)
    assert {(row.channel, row.stage) for row in world.rows(state="planned", kind="reminder")} == {("other", "2h")}


async def test_newer_zone_data_moves_an_end_at_the_next_start(world, monkeypatch):
    """Data of early 2022 still has Syria change its clocks in winter."""
    monkeypatch.setenv("PYTHONTZPATH", str(Path(__file__).parents[1] / "zoneinfo" / "2022.1"))
    winter = GHOUTA.replace("2016-04-30T01", "2026-01-18T20").replace("2016-05-04T01", "2026-01-24T20")
    world.write(winter)
    await world.start("2026-01-20T12:00")
    assert await restart(world) == (False, 0)
    monkeypatch.delenv("PYTHONTZPATH")
    assert await restart(world) == (False, 1)
    assert world.kinds()[-1] == "corrected"
    assert {row.ends_at for row in world.rows(state="planned")} == {moment("2026-01-24T17:00")}


async def test_reviews_go_on_after_a_restart_from_memory(world):
    world.write(OPEN)
    await world.start("2016-05-02T12:00")
    assert await restart(world) == (False, 0)
    await world.live_until("2016-05-22T12:00")
    assert world.kinds().count("review") == 3


async def test_a_confirmation_to_come_is_heard_after_a_restart(world):
    world.write(GHOUTA + EXTENSION + "  confirmed = 2016-05-03T12:00:00\n")
    await world.start("2016-05-02T18:00")
    assert (await restart(world))[0] is False
    await world.live_until("2016-05-03T10:00")
    assert "extended" in world.kinds()


async def test_what_waits_for_quiet_is_judged_by_the_next_start(world):
    world.write(GHOUTA + EXTENSION)
    await world.start("2016-05-02T18:00")
    world.write(GHOUTA)
    await world.tick("2016-05-02T18:30")
    assert await restart(world, "2016-05-02T18:30:01") == (False, 1)
    await world.tick("2016-05-02T18:30:05")
    assert world.kinds()[-1] == "corrected"


async def test_a_truce_taken_out_just_before_a_stop_is_missed_by_the_next_start(world):
    world.write(GHOUTA + HOMS)
    await world.start("2016-05-02T18:00")
    world.write(GHOUTA)
    await world.tick("2016-05-02T18:30")
    await restart(world, "2016-05-02T18:30:01")
    await world.tick("2016-05-02T18:30:05")
    assert world.kinds()[-1] == "withdrawn"


async def test_a_crash_in_a_first_reading_of_many_files_loses_and_repeats_nothing(world, monkeypatch):
    for number in range(4):
        world.write(GHOUTA.replace('"ghouta"', f'"truce-{number}"'), name=f"{number}.toml")
    monkeypatch.setattr(alertd.daemon.intake, "TRUCES_AT_ONCE", 1)
    store, calls = planning.store, []

    def fails_at_the_third(connection, revisions, now, files=(), **how):
        calls.append(revisions)
        if len(calls) == 3:  # the first call forgets the files too
            raise LedgerError("the disk is full")
        return store(connection, revisions, now, files, **how)

    with monkeypatch.context() as patched:
        patched.setattr(planning, "store", fails_at_the_third)
        with pytest.raises(LedgerError):
            await world.start("2016-05-02T12:00")
    assert len(world.rows(kind="recorded")) == 2
    assert (await restart(world))[1] == 4
    assert len(world.rows(kind="recorded", state="delivered")) == 4
    assert world.kinds().count("recorded") == 4
    assert len(world.rows(kind="reminder", state="planned")) == 4 * 4


async def test_an_end_that_fell_into_the_gap_of_a_lost_ledger_is_said(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T21:50")
    await world.stop()
    (world.config / LEDGER_NAME).unlink()
    world.sent.clear()
    await world.start("2016-05-03T22:05", last_tick="2016-05-03T21:55")
    await world.live_until("2016-05-03T23:00")

    assert world.kinds() == ["lapsed 0", "lapsed +15m"]
    assert "LATE" in world.titles()[0]


async def test_a_truce_that_was_written_and_over_while_no_daemon_watched_is_said_late(world):
    world.write(GHOUTA.replace('"ghouta"', '"known"'), name="known.toml")
    await world.start("2016-05-03T21:50")
    await world.stop()
    world.sent.clear()
    world.write(GHOUTA)
    world.write(
        GHOUTA.replace('"ghouta"', '"earlier"').replace("2016-05-04T01:00", "2016-05-04T00:50"), name="earlier.toml"
    )
    await world.start("2016-05-03T22:05", last_tick="2016-05-03T21:55")
    await world.live_until("2016-05-03T23:00")

    told = [(item.delivery.truce, str(item.delivery.stage)) for sent in world.sent for item in sent.message.items]
    assert sorted(told) == [(truce, stage) for truce in ("ghouta", "known") for stage in ("+15m", "0")]
    assert all("LATE" in title for title in world.titles()[:1])


async def test_of_a_lost_ledger_nothing_is_said_again_and_nothing_that_is_too_old(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T21:50", last_tick="2016-05-03T21:20")
    assert sorted(world.kinds()) == ["recorded", "reminder 15m"]
    await world.stop()
    (world.config / LEDGER_NAME).unlink()
    world.sent.clear()
    await world.start("2016-05-06T22:05", last_tick="2016-05-03T21:55")
    await world.live_until("2016-05-06T23:00")
    assert world.kinds() == []
