"""A truce file made to break its reader costs a running daemon nothing but that file."""

from datetime import timedelta

import pytest
from hostile import GOOD, HOSTILE
from mutations import no_longer_than

from alertd.ledger import TruceStanding

NEVER_THIS_LONG = 300
STILL = timedelta(seconds=3)
"""After which a file is taken as it stands."""


async def test_a_deep_header_in_one_file_silences_no_other(world):
    world.write(GOOD.format("good"), name="good.toml")
    world.write(GOOD.format("hostile"), name="hostile.toml")
    await world.start()
    await world.tick()
    world.write(f"[{'.'.join('a' * 500)}]\nb = 1\n", name="hostile.toml")
    world.write(GOOD.format("later"), name="later.toml")
    await world.tick()
    world.clock.set(world.clock.now() + STILL)
    await world.tick()
    known = world.ledger.truces()
    assert {known[name].standing for name in ("good", "later")} == {TruceStanding.WATCHED}
    assert known["hostile"].standing is not TruceStanding.WITHDRAWN, "its last good form goes on"
    assert {row.truce for row in world.rows(state="planned")} >= {"good", "hostile", "later"}


@pytest.mark.timeout(2 * NEVER_THIS_LONG)
async def test_all_hostile_files_together_silence_no_other(world):
    world.write(GOOD.format("good"), name="good.toml")
    await world.start()
    await world.tick()
    for number, data in enumerate(HOSTILE.values()):
        mine = data.replace(b'"hostile"', f'"hostile-{number}"'.encode())
        (world.config / "truces" / f"hostile-{number}.toml").write_bytes(mine)
    world.write(GOOD.format("later"), name="later.toml")
    with no_longer_than(NEVER_THIS_LONG):
        await world.tick()
        await world.tick()
    known = world.ledger.truces()
    assert {known[name].standing for name in ("good", "later")} == {TruceStanding.WATCHED}
    assert {row.truce for row in world.rows(state="planned")} >= {"good", "later"}
