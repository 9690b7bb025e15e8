"""What waits for its worker while the clock is in doubt is sent, marked; nothing is given up, nor said to be over."""

import asyncio

import pytest
from factories import moment
from process import PATIENCE
from world import GHOUTA, Script

from alertd.ledger import DeliveryState

EXTENSION = """
  [[truce.extension]]
  announced = 2016-05-03T23:00:00
  by = "24h"
"""

ELSEWHERE = GHOUTA.replace("ghouta", "aleppo").replace("Wed 4 May", "Fri 20 May")

LONG = '[policy]\nclock_patience = "48h"\n'
ONE_BY_ONE = '[[channel]]\nname = "console"\nkind = "console"\ndigest = false\n'


class Gate(asyncio.Event):
    """While it is closed, sends wait, and so does what is acquired behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()
        """Set once a send has come to it."""


@pytest.fixture
def gate(monkeypatch):
    opened = Gate()
    opened.set()
    send = Script.send

    async def wait_and_send(self, message):
        opened.reached.set()
        await opened.wait()
        return await send(self, message)

    monkeypatch.setattr(Script, "send", wait_and_send)
    return opened


async def tick(world, at):
    """A tick that waits for no worker."""
    world.clock.set(moment(at))
    await world.app.daemon.tick(world.clock.now())
    await asyncio.sleep(0)


async def let_go(world, gate):
    gate.set()
    await world.app.workers.idle()
    return [kind for kind in world.kinds() if kind != "ops"]


async def watched(world, settings="", **doubt):
    """The truce, recorded and watched, and a start two hours before its end."""
    world.settings(settings + ONE_BY_ONE)
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.stop()
    for name, value in doubt.items():
        setattr(world, name, value)
    await world.start("2016-05-03T20:00", last_tick="2016-05-03T19:59")
    world.sent.clear()


async def test_what_waits_for_its_worker_while_the_clock_is_in_doubt_goes_out_marked_and_is_overtaken_by_nothing(
    world, gate
):
    await watched(world, LONG, synchronised=False)
    gate.clear()
    world.write(GHOUTA + ELSEWHERE)
    for at in ("2016-05-03T20:59", "2016-05-03T21:00", "2016-05-03T21:45"):
        await tick(world, at)
    assert await let_go(world, gate) == ["recorded", "reminder 1h", "reminder 15m"]
    assert [title.endswith("[CLOCK NOT SYNCHRONISED]") for title in world.titles()] == [False, True, True]
    assert not world.rows(state=DeliveryState.OVERTAKEN, stage="1h")


async def test_once_the_clock_is_believed_a_worker_leaves_out_what_a_later_stage_has_overtaken(world, gate):
    await watched(world, LONG, synchronised=False)
    gate.clear()
    world.write(GHOUTA + EXTENSION)  # the worker has its news in hand, and the reminders wait behind it
    await tick(world, "2016-05-03T20:30")
    await tick(world, "2016-05-04T21:00")
    await tick(world, "2016-05-04T21:45")
    world.synchronised = True
    await tick(world, "2016-05-04T21:45:01")
    assert await let_go(world, gate) == ["extended", "reminder 15m"]


async def test_an_end_that_was_acquired_before_the_doubt_began_is_not_told_until_it_is_over(world, gate):
    await watched(world, LONG)
    gate.clear()
    gate.reached.clear()
    await tick(world, "2016-05-03T21:00")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await tick(world, "2016-05-03T22:00")
    world.synchronised = False
    await tick(world, "2016-05-03T22:05")
    await tick(world, "2016-05-03T22:01")  # set back by more than two minutes: in doubt from here on
    assert await let_go(world, gate) == ["reminder 1h"]
    assert {row.state for row in world.rows(kind="lapsed")} == {DeliveryState.PLANNED}
    world.synchronised = True
    await world.tick("2016-05-03T22:06")
    assert "lapsed 0" in world.kinds()
