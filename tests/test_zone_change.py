"""New zone data moves an end that nobody edited: it is told once, with both hours, and the old ladder gives way.

Syria gave up its summer time in October 2022, and its clocks have stood at +03:00 ever since. Data from before that
puts every winter evening an hour late, so a daemon that was upgraded too late would have warned an hour too late.
"""

from pathlib import Path

import pytest
from factories import moment
from world import World

from alertd.daemon.rehearsal import VirtualClock
from alertd.ledger import DeliveryState
from alertd.times.instant import parse_with_zone
from alertd.times.zones import PATH_VARIABLE, package_zones, zones_in

OLD = Path(__file__).parent / "zoneinfo" / "2022.1"
NEW = package_zones().directories[0]

WRITTEN = "2000 24 Jan 2026 Asia/Damascus"
OLD_END, NEW_END = moment("2026-01-24T18:00"), moment("2026-01-24T17:00")

TRUCE = f"""
[[truce]]
id = "sdf"
title = "Ceasefire with the SDF"
zone = "Asia/Damascus"
announced = 2026-01-20T20:00:00
starts = 2026-01-20T20:00:00
ends = "{WRITTEN}"
"""


@pytest.fixture
async def world(tmp_path):
    made = World(tmp_path, VirtualClock(moment("2026-01-22T12:00")))
    made.write(TRUCE)
    yield made
    await made.stop()


def use(monkeypatch, directory: Path) -> None:
    """Set the zone data that a daemon finds when it looks."""
    monkeypatch.setenv(PATH_VARIABLE, str(directory))


def ladder(world, ends_at):
    return {str(row.stage): row.state for row in world.rows(ends_at=ends_at) if row.kind in {"reminder", "lapsed"}}


def test_the_same_words_are_another_moment_in_other_zone_data():
    assert parse_with_zone(WRITTEN, zone_for=zones_in(OLD).find) == OLD_END
    assert parse_with_zone(WRITTEN, zone_for=zones_in(NEW).find) == NEW_END


async def test_an_end_that_new_zone_data_moves_is_corrected_once_and_its_ladder_replaced(world, monkeypatch):
    use(monkeypatch, OLD)
    await world.start()
    assert world.kinds() == ["recorded"]
    assert set(ladder(world, OLD_END).values()) == {DeliveryState.PLANNED}
    await world.stop()

    use(monkeypatch, NEW)
    await world.start("2026-01-22T13:00")
    assert world.kinds() == ["recorded", "corrected"]
    corrected = world.sent[-1].message
    assert "1700Z Sat 24 Jan" in corrected.text
    assert "1800Z Sat 24 Jan" in corrected.text
    assert "zone data" in corrected.text
    stages = {"24h", "6h", "1h", "15m", "0", "+15m"}
    assert ladder(world, OLD_END) == dict.fromkeys(stages, DeliveryState.SUPERSEDED)
    assert ladder(world, NEW_END) == dict.fromkeys(stages, DeliveryState.PLANNED)

    world.sent.clear()
    await world.live_until("2026-01-24T19:00")
    assert [(sent.at.strftime("%d %H:%M"), *sent.kinds) for sent in world.sent] == [
        ("23 17:00", "reminder 24h"),
        ("24 11:00", "reminder 6h"),
        ("24 16:00", "reminder 1h"),
        ("24 16:45", "reminder 15m"),
        ("24 17:00", "lapsed 0"),
        ("24 17:15", "lapsed +15m"),
    ]


async def test_a_start_with_the_same_zone_data_says_nothing(world, monkeypatch):
    use(monkeypatch, OLD)
    await world.start()
    await world.stop()
    await world.start("2026-01-22T13:00")
    assert world.kinds() == ["recorded"]


async def test_a_running_daemon_finds_new_zone_data_within_a_day(world, monkeypatch):
    use(monkeypatch, OLD)
    await world.start()
    use(monkeypatch, NEW)
    await world.tick("2026-01-23T12:00")
    assert world.kinds() == ["recorded", "corrected"]
    assert set(ladder(world, OLD_END).values()) == {DeliveryState.SUPERSEDED}


async def test_an_end_with_an_offset_of_its_own_stays_where_it_is(world, monkeypatch):
    """What is written as an offset is beyond the reach of zone data."""
    world.write(TRUCE.replace(WRITTEN, "2026-01-24 2000 +03:00"))
    use(monkeypatch, OLD)
    await world.start()
    await world.stop()
    use(monkeypatch, NEW)
    await world.start("2026-01-22T13:00")
    # The start has moved by an hour, as it is written without one.
    assert [row.ends_at for row in world.rows(kind="lapsed", stage="0")] == [NEW_END]
