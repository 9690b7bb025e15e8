"""The alarm's life: raised after a while, again each hour, sooner where nobody heard, and told as over once."""

from datetime import timedelta

import pytest
from factories import moment

from alertd.cli.context import Context
from alertd.cli.requests import Requests
from alertd.cli.taking_hold import TakingHold
from alertd.daemon.alarm import Alarm
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.rehearsal import VirtualClock
from alertd.daemon.systemd import Manager
from alertd.domain.policy import ALARM_AFTER, ALARM_EVERY, ALARM_PAUSE, SEND_LIMIT
from alertd.errors import LedgerError
from alertd.ledger import Ledger
from alertd.settings import Secrets
from alertd.times.clock import SystemClock

SECOND = timedelta(seconds=1)
GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
starts = 2016-05-02T10:00:00
ends = 2016-05-04T01:00:00
"""
FULL = LedgerError("ledger l.db: the disk is full; make room", passing=True)


class Ears:
    """Whoever can be shouted at, and whether anybody hears."""

    def __init__(self) -> None:
        self.heard = True
        self.shouts: list[str] = []

    async def broadcast(self, text: str) -> bool:
        self.shouts.append(text)
        return self.heard


class ToldOps:
    """What ops is told through a ledger, which may fail again."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.fails = False

    async def tell(self, about: str, text: str) -> None:
        if self.fails:
            raise FULL
        self.texts.append(text)


class Scene:
    """An alarm on a scripted clock."""

    def __init__(self) -> None:
        self.clock = VirtualClock(moment("2016-05-02T12:00"))
        self.ears, self.ops = Ears(), ToldOps()
        self.alarm = Alarm(self.ears, self.ops, self.clock)

    async def fails_for(self, time: timedelta) -> int:
        """Ticks that fail once a second, the first of them at once; gives how often was shouted meanwhile."""
        before, end = len(self.ears.shouts), self.clock.now() + time
        while True:
            self.alarm.failed(FULL)
            if self.alarm._raising is not None:
                await self.alarm._raising
            if self.clock.now() >= end:
                return len(self.ears.shouts) - before
            self.clock.set(self.clock.now() + SECOND)


@pytest.fixture
async def scene():
    made = Scene()
    yield made
    await made.alarm.aclose()


async def test_a_ledger_that_fails_for_a_moment_raises_no_alarm(scene):
    assert await scene.fails_for(ALARM_AFTER - SECOND) == 0
    await scene.alarm.recovered()
    assert scene.ops.texts == []
    assert await scene.fails_for(ALARM_AFTER - SECOND) == 0, "and the time counts anew"


async def test_the_alarm_says_what_is_wrong_and_what_to_do(scene):
    assert await scene.fails_for(ALARM_AFTER) == 1
    (broadcast,) = scene.ears.shouts
    assert "SENDS NO ALERTS" in broadcast
    assert str(FULL) in broadcast
    assert "Look after the ends yourself" in broadcast


async def test_the_alarm_is_repeated_each_hour_for_as_long_as_it_lasts(scene):
    assert await scene.fails_for(ALARM_AFTER) == 1
    assert await scene.fails_for(ALARM_EVERY - SECOND) == 0
    assert await scene.fails_for(SECOND) == 1
    assert await scene.fails_for(3 * ALARM_EVERY) == 3


async def test_an_alarm_that_nobody_heard_is_raised_again_soon(scene):
    scene.ears.heard = False
    assert await scene.fails_for(ALARM_AFTER) == 1
    assert await scene.fails_for(ALARM_PAUSE - SECOND) == 0
    assert await scene.fails_for(SECOND) == 1
    scene.ears.heard = True
    assert await scene.fails_for(ALARM_PAUSE) == 1
    assert await scene.fails_for(ALARM_EVERY - SECOND) == 0


async def test_the_end_of_an_alarm_is_told_once(scene):
    await scene.fails_for(ALARM_AFTER)
    await scene.alarm.recovered()
    await scene.alarm.recovered()
    assert scene.ops.texts == ["The ledger works again. What came due meanwhile goes out now, marked LATE."]


async def test_the_end_of_an_alarm_that_nobody_heard_is_not_told(scene):
    scene.ears.heard = False
    await scene.fails_for(ALARM_AFTER)
    await scene.alarm.recovered()
    assert scene.ops.texts == []


async def test_an_end_that_could_not_be_told_is_told_at_the_next_tick_that_works(scene):
    await scene.fails_for(ALARM_AFTER)
    scene.ops.fails = True
    with pytest.raises(LedgerError):
        await scene.alarm.recovered()
    scene.ops.fails = False
    await scene.alarm.recovered()
    assert len(scene.ops.texts) == 1


async def test_a_new_failure_after_an_alarm_waits_anew_before_it_is_told(scene):
    await scene.fails_for(ALARM_AFTER)
    await scene.alarm.recovered()
    scene.clock.set(scene.clock.now() + ALARM_EVERY)
    assert await scene.fails_for(ALARM_AFTER - SECOND) == 0
    assert await scene.fails_for(SECOND) == 1


async def test_a_sign_of_life_that_cannot_be_left_costs_its_tick_and_raises_the_alarm(world, scene):
    world.write(GHOUTA)
    await world.start()

    def cannot(_now, _reread) -> None:
        raise FULL

    loop = DaemonLoop(world.app.daemon, world.clock, scene.alarm, last_tick=None, on_tick=cannot)
    for _ in range(12):
        await loop.tick()
        world.clock.set(world.clock.now() + SECOND)
        scene.clock.set(scene.clock.now() + SECOND)
    await scene.alarm._raising
    assert len(scene.ears.shouts) == 1


async def test_a_shout_that_hangs_is_not_joined_by_others(scene):
    """A target may take as long as it likes, up to its limit."""
    assert ALARM_AFTER + SEND_LIMIT < ALARM_EVERY
    await scene.fails_for(ALARM_AFTER - SECOND)
    scene.clock.set(scene.clock.now() + SECOND)
    for _ in range(100):
        scene.alarm.failed(FULL)  # the task has had no turn yet
    await scene.alarm._raising
    assert len(scene.ears.shouts) == 1


async def test_a_start_that_waited_for_its_ledger_leaves_no_other_open(tmp_path, ledgers_in_memory, monkeypatch):
    (tmp_path / "alertd.toml").write_text('[[channel]]\nname = "desk"\nkind = "console"\n')
    answers = [FULL, None]

    def opened(path):
        if (error := answers.pop(0)) is not None:
            raise error
        return Ledger.in_memory()

    monkeypatch.setattr(Ledger, "open", opened)
    context = Context(tmp_path, None, Secrets.NEEDED)
    taking = TakingHold(context, SystemClock(), Manager(None), Requests(), None)
    held = await taking.hold(None)
    try:
        assert ledgers_in_memory.opened[1:] == [held.ledger]
        assert ledgers_in_memory.closed == ledgers_in_memory.opened[:1]
    finally:
        held.ledger.close()
        taking.instance.release()
