"""A truce file made to break its reader costs a running daemon nothing but that file."""

from datetime import UTC, datetime, timedelta

import pytest
from hostile import GOOD, HOSTILE
from mutations import no_longer_than

from alertd.daemon.ops_notices import OpsNotices
from alertd.domain.policy import Subscription
from alertd.ledger import TruceStanding, queries
from alertd.logs import register_secret

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
    known = world.ledger.run(queries.truces)
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
    known = world.ledger.run(queries.truces)
    assert {known[name].standing for name in ("good", "later")} == {TruceStanding.WATCHED}
    assert {row.truce for row in world.rows(state="planned")} >= {"good", "later"}


async def test_ops_is_told_of_a_link_to_a_credential_without_its_text(world):
    token = "ghp-9fK2mQx7Vb4Rt1Zc8Ls3"
    world.write(GOOD.format("good"), name="good.toml")
    (world.config / "credentials").mkdir()
    (world.config / "credentials" / "token").write_text(f"{token}\n")
    (world.config / "truces" / "x.toml").symlink_to("../credentials/token")
    await world.start()
    await world.tick()
    world.clock.set(world.clock.now() + STILL)
    await world.tick()
    assert "truces/x.toml:1: error: cannot be read: it is a link" in world.sent[-1].message.text
    assert token not in str([post.message for post in world.sent])


async def test_ops_is_told_of_a_folder_that_anybody_can_write(world):
    world.write(GOOD.format("good"), name="good.toml")
    (world.config / "truces").chmod(0o777)
    await world.start()
    await world.tick()
    world.clock.set(world.clock.now() + STILL)
    await world.tick()
    assert "truces:1: warning: anybody on this machine can change it" in world.sent[-1].message.text


def test_what_ops_is_told_holds_no_known_secret():
    register_secret("gurkensalat")
    desk = Subscription(channel="desk", targets=("desk",))
    ops = OpsNotices(None, None, [desk])  # nothing is written here
    (notice,) = ops.numbered("x", "it says gurkensalat", datetime(2016, 5, 2, tzinfo=UTC), number=1, besides="other")
    assert notice.text == "it says ***"
