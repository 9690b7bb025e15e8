"""A reminder of a day that falls on the start is left unsaid: ledger, plan and status say the same."""

from factories import moment
from world import GHOUTA

from alertd.cli.context import Context
from alertd.cli.plan import plan
from alertd.ledger import DeliveryState, queries

OF_A_DAY = GHOUTA.replace("starts = 2016-05-02T10:00:00", "starts = 2016-05-03T01:00:00")
"""It starts at 2200Z Mon 2 May, and its reminder of 24 h is due then."""


def stages_ahead(world):
    return [str(delivery.stage) for delivery in world.ledger.run(queries.upcoming, 10)]


async def test_at_the_start_of_a_truce_of_a_day_the_start_alone_is_told_and_the_row_says_why(world):
    world.write(OF_A_DAY)
    await world.start()
    assert stages_ahead(world)[:5] == ["1h", "0", "6h", "1h", "15m"]
    await world.live_until("2016-05-03T16:00")

    assert world.kinds() == ["recorded", "start 1h", "start 0", "reminder 6h"]
    (row,) = world.rows(stage="24h")
    assert (row.state, row.settled_at) == (DeliveryState.OVERTAKEN, moment("2016-05-02T22:00"))
    assert row.reason == "it falls on the very moment at which the truce starts"


async def test_the_plan_leaves_out_what_will_not_be_sent(world, capsys):
    world.write(OF_A_DAY)
    plan(Context(world.config, None), at="2016-05-02 1200Z", until="2016-05-04 0000Z", truce=None, json=False)
    told = capsys.readouterr().out
    assert " 24h " not in told
    assert " 6h " in told


async def test_a_start_that_moves_before_its_moment_brings_the_reminder_back(world):
    world.write(OF_A_DAY)
    await world.start()
    world.write(GHOUTA)
    await world.tick()
    await world.live_until("2016-05-02T22:00")
    assert world.kinds()[-1] == "reminder 24h"


async def test_what_waits_in_front_of_many_such_reminders_is_found(world):
    """The next alerts are asked for in pages, and a page may hold nothing that is sent."""
    of_a_day = f"{OF_A_DAY}start_lead_times = []\n"
    world.write("".join(of_a_day.replace('"ghouta"', f'"ghouta-{number}"') for number in range(3)))
    await world.start()
    assert [str(delivery.stage) for delivery in world.ledger.run(queries.upcoming, 2)] == ["6h", "6h"]
