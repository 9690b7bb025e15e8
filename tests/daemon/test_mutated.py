"""Nothing that can stand in a truce file or the settings stops a running daemon, or costs a truce that is still valid.

Truces that run are edited by accident again and again under one daemon. What is valid is judged by a reading of the
files beside it. `pytest -m long` makes ten thousand such edits.
"""

import random
from datetime import timedelta

import pytest
from mutations import SETTINGS, mutated, no_longer_than

from alertd.domain.known import as_known
from alertd.domain.truce import TruceStatus
from alertd.ledger import TruceStanding, queries
from alertd.register import read_register
from alertd.times.zones import load_zones

RUNNING = """\
# {0}
[[truce]]
id = "{0}-instant"
title = "Calm in {0}"
zone = "Asia/Damascus"
tags = ["syria"]
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = "0100 Sun 1 May 2016"
source = "https://example.org/statement"

[[truce.extension]]
announced = 2016-04-30T12:00:00
by = "48h"

[[truce.claim]]
announced = 2016-05-01T09:00:00
until = 2017-05-05T01:00:00+03:00
stated_by = ["Russian centre"]

[[truce.extension]]
announced = 2016-05-01T12:00:00
until = 2017-05-06
lead_times_are_not_here = false

[[truce]]
id = "{0}-date"
title = "Pause in {0}"
zone = "Africa/Khartoum"
starts = 2016-05-01
ends = 2017-02-18
lead_times = ["24h", "2h"]

[[truce]]
id = "{0}-open"
title = "Cessation of hostilities in {0}"
zone = "+03:00"
starts = 2016-05-01T00:00:00
open = true
""".replace("lead_times_are_not_here = false\n", "")

NEIGHBOUR = RUNNING.format("neighbour")
FILES_AT_ONCE = 100
NEVER_THIS_LONG = 60


async def live_through(world, seeds: range):
    """Give the daemon a mutated form of each of some files at once, let them stand still, and look at every truce."""
    zone_for = load_zones({}).find
    slots = [f"file-{number}" for number in range(FILES_AT_ONCE)]
    world.write(NEIGHBOUR, name="neighbour.toml")
    for slot in slots:
        world.write(RUNNING.format(slot), name=f"{slot}.toml")
    await world.start()
    await tick_after(world, 3)
    in_force = {
        truce_id
        for truce_id, known in world.ledger.run(queries.truces).items()
        if known.standing is TruceStanding.WATCHED
    }
    assert len(in_force) == 3 * (FILES_AT_ONCE + 1)
    for first in range(seeds.start, seeds.stop, FILES_AT_ONCE):
        for slot, seed in zip(slots, range(first, first + FILES_AT_ONCE), strict=True):
            text = mutated(RUNNING.format(slot), random.Random(seed))  # noqa: S311  the same file for the same seed
            world.write(text.encode(errors="replace").decode(), name=f"{slot}.toml")
        world.settings(mutated(SETTINGS, random.Random(first)))  # noqa: S311
        before = world.ledger.run(queries.truces)
        with no_longer_than(NEVER_THIS_LONG):
            await tick_after(world, 1)
            await tick_after(world, 3)
        check(world, before, read_register(world.config, zone_for=zone_for, now=world.clock.now()))
        for slot in slots:
            world.write(RUNNING.format(slot), name=f"{slot}.toml")
        await tick_after(world, 1)
        await tick_after(world, 3)
        back = {
            truce_id
            for truce_id, known in world.ledger.run(queries.truces).items()
            if known.standing is TruceStanding.WATCHED
        }
        assert in_force <= back, "what is mended is watched again"
        world.sent.clear()


async def tick_after(world, seconds: int):
    world.clock.set(world.clock.now().replace(microsecond=0) + timedelta(seconds=seconds))
    await world.tick()


def check(world, before, register):
    now = world.clock.now()
    after = world.ledger.run(queries.truces)
    read = {truce.id: truce for truce in register.truces}
    broken = {problem.file for problem in register.problems if problem.code == "syntax" and problem.truce is None}
    for truce_id, truce in read.items():
        known = after.get(truce_id)
        if truce.truce is not None and not truce.has_error:
            heard = as_known(truce.truce, now, future_counts=True)
            assert known is not None, truce
            assert (known.truce, known.standing) == (heard, TruceStanding.WATCHED), (known, truce)
    for truce_id, known in before.items():
        if known.standing is TruceStanding.WITHDRAWN or TruceStatus(known.truce, now).is_over:
            continue
        if truce_id in read:
            assert after[truce_id].standing is not TruceStanding.WITHDRAWN, (truce_id, read[truce_id])
        elif after[truce_id].standing is TruceStanding.WITHDRAWN:
            # Only a truce cleanly taken out of a file that can be read counts as withdrawn.
            assert known.file in {truce.file for truce in read.values()}, known
            assert known.file not in broken, known
    neighbours = [known for truce_id, known in after.items() if truce_id.startswith("neighbour-")]
    assert [known.standing for known in neighbours] == [TruceStanding.WATCHED] * 3
    assert {row.truce for row in world.rows(state="planned")} >= {"neighbour-instant", "neighbour-date"}


async def test_two_hundred_accidents_cost_no_truce_that_is_still_valid(world):
    await live_through(world, range(200))


@pytest.mark.long
async def test_ten_thousand_accidents_cost_no_truce_that_is_still_valid(world):
    await live_through(world, range(1_000_000, 1_010_000))
