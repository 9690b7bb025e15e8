"""A ledger that was put back from an older copy: what may repeat is marked, what cannot is not, and ops is told."""

import shutil
from contextlib import closing

import pytest
from factories import moment
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces
from world import GHOUTA

from alertd.cli.context import LEDGER_NAME
from alertd.cli.taking_hold import mark_restored, told_of_origin
from alertd.ledger import Ledger, Origin

EXTENSION = """
  [[truce.extension]]
  announced = 2016-05-03T20:00:00
  by = "24h"
"""


async def start(world, at, last_tick):
    """A start as of a real daemon: its ledger is recognised, and what may repeat is marked."""
    world.clock.set(moment(at))
    world.assemble()
    world.ledger.recognise()
    mark_restored(world.ledger, moment(last_tick))
    news = list(told_of_origin(world.ledger.origin, moment(last_tick), was_damaged=False))
    await world.app.daemon.start(world.clock.now(), moment(last_tick))
    await world.tick()
    if world.app.ledger.is_restored:
        await world.app.ledger.advance()
    return news


@pytest.fixture
async def restored(world):
    """A desk that was told of a reminder and of an extension after the copy was made which is put back now."""
    path = world.config / LEDGER_NAME
    world.write(GHOUTA)
    await start(world, "2016-05-03T12:00", "2016-05-03T12:00")
    world.ledger.backup(world.config / "backup.db")
    await world.live_until("2016-05-03T16:30")
    world.write(GHOUTA + EXTENSION)
    await world.live_until("2016-05-03T17:00")
    before = world.kinds()
    await world.stop()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(world.config / "backup.db", path)
    world.sent.clear()
    news = await start(world, "2016-05-03T17:10", "2016-05-03T17:00")
    return before, news


def marked(world):
    return {
        kind: "POSSIBLE REPEAT" in sent.message.title + sent.message.text for sent in world.sent for kind in sent.kinds
    }


async def test_a_change_that_was_told_after_the_copy_was_made_comes_again_marked(world, restored):
    before, news = restored

    assert "extended" in before
    assert marked(world)["extended"]
    assert "The ledger is an older copy" in news[0]


async def test_what_comes_due_after_a_restore_is_not_marked(world, restored):
    world.sent.clear()
    await world.live_until("2016-05-04T16:00")

    assert marked(world) == {"reminder 24h": False, "reminder 6h": False}


async def test_a_reminder_that_was_sent_after_the_copy_was_made_comes_again_marked(world):
    path = world.config / LEDGER_NAME
    world.write(GHOUTA)
    await start(world, "2016-05-03T12:00", "2016-05-03T12:00")
    world.ledger.backup(world.config / "backup.db")
    await world.live_until("2016-05-03T16:30")
    await world.stop()
    shutil.copyfile(world.config / "backup.db", path)
    world.sent.clear()

    await start(world, "2016-05-03T16:40", "2016-05-03T16:30")
    await world.live_until("2016-05-03T21:00")

    assert marked(world) == {"reminder 6h": True, "reminder 1h": False}


SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
digest = false
"""


def test_a_backup_put_back_is_told_to_ops_and_what_it_does_not_know_comes_marked(tmp_path):
    (tmp_path / "alertd.toml").write_text(SETTINGS)
    lasting = ("starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(in_seconds(7200))}")
    write_truces(tmp_path, truce_text("ghouta", *lasting))
    ledger = tmp_path / "state" / LEDGER_NAME
    with running(tmp_path) as process:
        until(lambda: "ghouta" in process.said(), "the first truce")
        assert alertd(tmp_path, "backup", str(tmp_path / "backup.db")).returncode == 0
        write_truces(tmp_path, truce_text("ghouta", *lasting), truce_text("homs", *lasting))
        until(lambda: "homs" in process.said(), "the second truce")
        assert process.stop() == 0
    shutil.copyfile(tmp_path / "backup.db", ledger)

    with running(tmp_path) as process:
        until(lambda: "The ledger is an older copy" in process.said(), "the notice")
        assert process.stop() == 0
    (again,) = [row for row in alertd_json(tmp_path, "history") if row["truce"] == "homs" and row["kind"] == "recorded"]
    assert again["possible_repeat"]
    with closing(Ledger.open(ledger)) as opened:
        assert opened.recognise() is Origin.KNOWN
