"""Several messages on their way to one webhook: together where they may be, apart where they could overtake."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from world import Script

from alertd.daemon import worker
from alertd.daemon.worker import Worker
from alertd.domain.policy import PROGRAMS_AT_ONCE, WEBHOOKS_AT_ONCE
from alertd.ledger import DeliveryState, dispatch, settlement

SETTINGS = '[[channel]]\nname = "program"\nkind = "webhook"\nurl = "http://127.0.0.1:9/"\ndigest = false\n'
WITH_FALLBACK = '[[channel]]\nname = "desk"\nkind = "console"\ndigest = false\nfallback = "program"\n'
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
        traffic.to.append(self.name)
        traffic.most = max(traffic.most, *Counter(traffic.to).values())
        traffic.twins |= len(traffic.now) != len(set(traffic.now))
        try:
            await (traffic.let_go.wait() if item.delivery.truce == traffic.held else asyncio.sleep(0.01))
            return await send(self, message)
        finally:
            traffic.now.remove(item.delivery.truce)
            traffic.to.remove(self.name)

    monkeypatch.setattr(Script, "send", watched)
    return traffic


class Traffic:
    def __init__(self):
        self.now = []
        self.to = []
        self.most = 0
        """Of one target."""
        self.twins = False
        self.held = None
        self.let_go = asyncio.Event()


async def test_messages_of_many_truces_go_together_and_no_more_than_a_webhook_takes(world, traffic):
    world.settings(SETTINGS)
    world.write(truces(2 * WEBHOOKS_AT_ONCE + 1))
    await world.start()
    assert len(world.kinds("program")) == 2 * WEBHOOKS_AT_ONCE + 1
    assert traffic.most == WEBHOOKS_AT_ONCE


async def test_what_goes_together_is_composed_before_the_first_of_it_goes(world, traffic, monkeypatch):
    composed, compose = [], Worker._compose
    monkeypatch.setattr(
        Worker, "_compose", lambda *args: (composed.append(bool(world.sent or traffic.now)), compose(*args))[1]
    )
    world.settings(SETTINGS)
    world.write(truces(WEBHOOKS_AT_ONCE))
    await world.start()
    assert composed == [False] * WEBHOOKS_AT_ONCE


async def test_once_all_have_ended_none_waits_for_others_to_be_settled_with(world, traffic, monkeypatch):
    monkeypatch.setattr(worker, "SETTLED_TOGETHER", timedelta(hours=1))
    world.settings(SETTINGS)
    world.write(truces(2 * WEBHOOKS_AT_ONCE))
    async with asyncio.timeout(60):
        await world.start()
    assert len(_delivered(world)) == 2 * WEBHOOKS_AT_ONCE


@pytest.mark.parametrize(
    ("channel", "most"),
    [
        ('url = "json://127.0.0.1:9/hook"\ndigest = false', PROGRAMS_AT_ONCE),
        ('url = ["json://127.0.0.1:9/hook", "forms://127.0.0.1:9/hook"]\ndigest = false', PROGRAMS_AT_ONCE),
        ('url = "json://127.0.0.1:9/hook"\ndigest = false\nrate_limit = "1000/1s"', 1),
        ('url = "ntfy://127.0.0.1:9/topic"\ndigest = false', 1),
        ('url = ["json://127.0.0.1:9/hook", "ntfy://127.0.0.1:9/topic"]\ndigest = false', 1),
        (f'url = "json://127.0.0.1:9/hook"\ndigest = false\n{WITH_FALLBACK}', 1),
    ],
    ids=["a program", "two programs", "a rate limit", "a person", "one of two a person", "a fallback"],
)
async def test_a_program_behind_apprise_gets_several_at_once_and_a_person_one(world, traffic, channel, most):
    world.settings(f'[[channel]]\nname = "program"\nkind = "apprise"\n{channel}\n')
    world.write(truces(3 * PROGRAMS_AT_ONCE))
    await world.start()
    assert len(world.kinds("program")) == 3 * PROGRAMS_AT_ONCE
    assert traffic.most == most


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
    await _until(lambda: {row.truce for row in _delivered(world)} == {"t00", "t02"})
    traffic.let_go.set()
    await starting
    assert {row.truce for row in _delivered(world)} == {"t00", "t01", "t02"}


async def test_a_message_that_hangs_holds_back_its_own_truce_and_no_other(world, traffic):
    world.settings(SETTINGS + '[policy]\nlead_times = ["10h"]\n')
    world.write(truces(3))
    traffic.held = "t01"
    starting = asyncio.create_task(world.start("2016-05-02T12:00"))
    await _until(lambda: len(_delivered(world)) == 4)
    assert {row.truce for row in _delivered(world)} == {"t00", "t02"}
    assert traffic.now == ["t01"]
    traffic.let_go.set()
    await starting
    assert [sent.kinds for sent in world.sent[-2:]] == [["recorded"], ["reminder 10h"]]


async def test_a_message_that_hangs_keeps_what_comes_due_later_from_nothing(world, traffic):
    world.settings(SETTINGS)
    world.write(truces(1))
    traffic.held = "t00"
    starting = asyncio.create_task(world.start())
    await _until(lambda: traffic.now == ["t00"])
    world.write(truces(2))
    await world.app.daemon.tick(world.clock.now())
    await _until(lambda: [row.truce for row in _delivered(world)] == ["t01"])
    traffic.let_go.set()
    await starting


async def test_what_ends_together_is_settled_together(world, traffic, monkeypatch):
    together, settle = [], settlement.settle
    monkeypatch.setattr(
        settlement,
        "settle",
        lambda *given, settlements, **named: (
            together.append(len(settlements)),
            settle(*given, settlements=settlements, **named),
        )[1],
    )
    world.settings(SETTINGS)
    world.write(truces(40))
    await world.start()
    assert sum(together) == 40
    assert len(list(filter(None, together))) < 5


async def test_what_is_sent_and_what_became_of_it_are_on_the_disk_before_anybody_goes_on(world, traffic, monkeypatch):
    modes = []
    for module, name in ((dispatch, "dispatch"), (settlement, "settle")):
        call = getattr(module, name)

        def seen(connection, *given, call=call, **named):
            modes.append(connection.exec_driver_sql("pragma synchronous").scalar())
            return call(connection, *given, **named)

        monkeypatch.setattr(module, name, seen)
    world.settings(SETTINGS)
    world.write(truces(1))
    await world.start()
    assert world.kinds("program") == ["recorded"]
    assert set(modes) == {2}, "FULL"


async def test_a_mistake_while_others_are_on_their_way_costs_none_of_them(world, traffic, monkeypatch):
    """The ledger breaks while it is asked for more; what is on its way then arrives, and is settled."""
    monkeypatch.setattr("alertd.daemon.worker.LEDGER_PAUSE", timedelta())
    hand_out, mistakes = dispatch.dispatch, [RuntimeError("a bug")]

    def fails_once(*asked, apart_from, **how):
        if apart_from and mistakes:
            raise mistakes.pop()
        return hand_out(*asked, apart_from=apart_from, **how)

    monkeypatch.setattr(dispatch, "dispatch", fails_once)
    world.settings(SETTINGS)
    world.write(truces(3))
    traffic.held = "t01"
    starting = asyncio.create_task(world.start())
    await _until(lambda: len(_delivered(world)) == 2 and not mistakes)
    traffic.let_go.set()
    await starting
    assert world.kinds("program") == ["recorded"] * 3
    assert {row.attempts for row in world.rows()} <= {0, 1}


async def _until(is_so):
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  a ledger rings no bell
            await asyncio.sleep(0.01)


def _delivered(world):
    return world.rows(state=DeliveryState.DELIVERED) if hasattr(world, "ledger") else []
