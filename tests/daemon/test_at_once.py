"""Several messages on their way to one webhook: together where they may be, apart where they could overtake."""

import asyncio

import pytest
from world import Script

from alertd.domain.policy import WEBHOOKS_AT_ONCE
from alertd.ledger import DeliveryState

SETTINGS = '[[channel]]\nname = "program"\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\ndigest = false\n'
ENDS = "2016-05-02T22:00:00Z"


def truces(count):
    window = f"starts = 2016-05-01T00:00:00Z\nends = {ENDS}\n"
    return "".join(
        f'[[truce]]\nid = "t{number:02}"\ntitle = "Calm {number}"\nzone = "UTC"\n{window}' for number in range(count)
    )


@pytest.fixture
def traffic(monkeypatch):
    """What is on its way, each alert by its truce; `let_go` holds back those of one truce."""
    traffic = Traffic()
    send = Script.send

    async def watched(self, message):
        (item,) = message.items
        traffic.now.append(item.delivery.truce)
        traffic.most = max(traffic.most, len(traffic.now))
        traffic.twins |= len(traffic.now) != len(set(traffic.now))
        try:
            await (traffic.let_go.wait() if item.delivery.truce == traffic.held else asyncio.sleep(0.01))
            return await send(self, message)
        finally:
            traffic.now.remove(item.delivery.truce)

    monkeypatch.setattr(Script, "send", watched)
    return traffic


class Traffic:
    def __init__(self):
        self.now = []
        self.most = 0
        self.twins = False
        self.held = None
        self.let_go = asyncio.Event()


async def test_messages_of_many_truces_go_together_and_no_more_than_a_webhook_takes(world, traffic):
    world.settings(SETTINGS)
    world.write(truces(2 * WEBHOOKS_AT_ONCE + 1))
    await world.start()
    assert len(world.kinds("program")) == 2 * WEBHOOKS_AT_ONCE + 1
    assert traffic.most == WEBHOOKS_AT_ONCE


async def test_two_messages_of_one_truce_go_one_after_the_other(world, traffic):
    world.settings(SETTINGS + '[policy]\nlead_times = ["10h"]\n')
    world.write(truces(3))
    await world.start("2016-05-02T12:00")
    assert sorted(world.kinds("program")) == ["recorded"] * 3 + ["reminder 10h"] * 3
    assert not traffic.twins
    for truce in ("t00", "t01", "t02"):
        of_truce = [sent.kinds for sent in world.sent if sent.message.items[0].delivery.truce == truce]
        assert of_truce == [["recorded"], ["reminder 10h"]]


async def test_a_message_that_hangs_keeps_no_other_from_being_settled(world, traffic):
    world.settings(SETTINGS)
    world.write(truces(3))
    traffic.held = "t01"
    starting = asyncio.create_task(world.start())
    async with asyncio.timeout(20):
        while {row.truce for row in _delivered(world)} != {"t00", "t02"}:  # noqa: ASYNC110  a ledger rings no bell
            await asyncio.sleep(0.01)
    traffic.let_go.set()
    await starting
    assert {row.truce for row in _delivered(world)} == {"t00", "t01", "t02"}


def _delivered(world):
    return world.rows(state=DeliveryState.DELIVERED) if hasattr(world, "ledger") else []
