"""A clock that is wrong for seconds silences nothing: what it settled early is judged anew once it is right."""

import pytest
from factories import moment
from world import GHOUTA

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.ledger import DeliveryState

EXTENDED = """
[[truce.extension]]
announced = 2016-05-03T22:00:00
by = "24h"
"""

AHEAD = {"3 h": "2016-05-03T23:00", "10 days": "2016-05-13T20:00"}
"""What the clock tells for 8 seconds, while it is 2000Z."""


async def told(world):
    """What is sent from now on until all is over."""
    world.sent.clear()
    await world.live_until("2016-05-03T23:00")
    return [(kind, sent.at.strftime("%H%MZ")) for sent in world.sent for kind in sent.kinds if "ops" not in kind]


TRUE_TIMES = [("reminder 1h", "2100Z"), ("reminder 15m", "2145Z"), ("lapsed 0", "2200Z"), ("lapsed +15m", "2215Z")]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_a_start_with_a_clock_that_is_ahead_costs_no_stage(world, ahead):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.stop()
    await world.start(AHEAD[ahead], last_tick="2016-05-03T19:59")
    await world.tick("2016-05-03T20:00:08")

    assert await told(world) == TRUE_TIMES
    assert "expired" in world.titles()[-1]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_a_restart_puts_right_what_a_clock_that_was_ahead_has_settled(world, ahead):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.tick(AHEAD[ahead])
    await world.stop()
    await world.start("2016-05-03T20:00:08", last_tick=AHEAD[ahead])

    assert await told(world) == TRUE_TIMES


async def test_what_was_sent_too_early_comes_again_marked_and_says_why(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.tick("2016-05-03T21:50")
    await world.tick("2016-05-03T20:00")

    (row,) = world.rows(stage="15m")
    assert (row.state, row.possible_repeat) == (DeliveryState.PLANNED, True)
    assert row.reason == "the clock was ahead when it was settled; its moment is still to come"
    (overtaken,) = world.rows(stage="1h")
    assert (overtaken.state, overtaken.possible_repeat) == (DeliveryState.PLANNED, False)
    await world.live_until("2016-05-03T21:45")
    assert "POSSIBLE REPEAT" in world.titles()[-1]


@pytest.mark.parametrize("ahead", AHEAD)
async def test_a_stage_after_an_end_that_has_passed_by_the_time_the_clock_is_right_comes_again(world, ahead):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T22:05")
    await world.tick(AHEAD[ahead].replace("20:00", "23:00"))
    await world.tick("2016-05-03T22:05:08")

    (row,) = world.rows(stage="+15m")
    assert row.state is DeliveryState.PLANNED
    assert await told(world) == [("lapsed +15m", "2215Z")]


@pytest.mark.parametrize("ahead", AHEAD)
@pytest.mark.parametrize("again", [False, True])
async def test_a_truce_that_seemed_over_when_it_was_first_seen_is_recorded_and_watched(world, ahead, again):
    world.write(GHOUTA)
    await world.start(AHEAD[ahead])
    if again:
        await world.stop()
        await world.start("2016-05-03T20:00:08", last_tick=AHEAD[ahead])
    else:
        await world.tick("2016-05-03T20:00:08")

    assert [kind for kind in world.kinds() if kind != "ops"] == ["recorded"]
    assert await told(world) == TRUE_TIMES


async def test_a_stage_that_seemed_past_when_its_truce_was_first_seen_is_told(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T21:30")
    await world.tick("2016-05-03T18:30:08")

    assert await told(world) == TRUE_TIMES


async def test_a_truce_of_which_some_stages_were_planned_keeps_its_one_recorded(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T21:30")
    await world.stop()
    await world.start("2016-05-03T18:30:08")

    assert [kind for kind in world.kinds() if kind != "ops"] == ["recorded"]
    assert await told(world) == TRUE_TIMES


async def test_a_change_that_failed_while_the_clock_was_ahead_is_tried_again_once_it_is_right(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    world.answers["console"] = [Outcome(Verdict.FAILED, "503")] * 2
    world.write(GHOUTA + EXTENDED)
    await world.tick("2016-05-13T20:00")
    await world.tick("2016-05-03T20:00:08")
    await world.live_until("2016-05-03T20:01")

    assert "extended" in world.kinds()


async def test_the_wait_of_a_reminder_that_failed_while_the_clock_was_ahead_ends_with_it(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    world.answers["console"] = [Outcome(Verdict.FAILED, "503")]
    await world.tick("2016-05-03T21:05")
    await world.tick("2016-05-03T18:05:08")

    assert await told(world) == TRUE_TIMES


def put_right_by_the_first_send(world):
    """The clock is put right while a message is on its way, and a tick sees it before the ledger knows of the send."""

    async def put_right():
        world.after_send = None
        world.clock.set(moment("2016-05-03T20:00:08"))
        await world.app.daemon.tick(world.clock.now())

    world.after_send = put_right


async def test_what_is_acquired_by_a_clock_that_was_ahead_is_not_sent_once_it_is_right(world):
    world.settings('[[channel]]\nname = "console"\nkind = "console"\ndigest = false\n')
    world.write(GHOUTA + GHOUTA.replace("ghouta", "homs"))
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    world.sent.clear()
    put_right_by_the_first_send(world)
    await world.tick("2016-05-03T23:00")

    assert world.kinds() == ["lapsed +15m", "ops"]
    assert await told(world) == [when for when in TRUE_TIMES for _ in range(2)]


async def test_a_send_that_ends_after_the_clock_was_put_right_counts_as_too_early(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    put_right_by_the_first_send(world)
    await world.tick("2016-05-03T22:15")

    assert await told(world) == TRUE_TIMES
    assert "POSSIBLE REPEAT" in world.titles()[-1]


async def test_a_mistake_that_was_read_by_a_clock_that_was_ahead_is_told_once_it_is_right(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    world.write(GHOUTA.replace("0100 Wed", "0100 Thu"))
    await world.tick("2016-05-13T20:00")
    await world.tick("2016-05-03T20:00:01")
    await world.live_until("2016-05-03T20:00:10")

    assert any("truces/truces.toml" in title for title in world.titles())


async def test_what_ops_was_to_be_told_by_a_clock_that_was_ahead_is_told_once_it_is_right(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    world.write(GHOUTA.replace("0100 Wed", "0100 Thu"))
    await world.tick("2016-05-03T20:30")
    world.answers["console"] = [Outcome(Verdict.FAILED, "503")] * 2
    await world.tick("2016-05-03T20:30:04")
    await world.tick("2016-05-03T20:00:08")
    await world.live_until("2016-05-03T20:01")

    (sent,) = (sent for sent in world.sent if "truces/truces.toml" in sent.message.text)
    assert {item.delivery.key for item in sent.message.items} <= {row.key for row in world.rows()}


async def test_the_outlook_counts_again_what_seemed_over(world):
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.stop()
    world.synchronised = False
    await world.start("2016-05-13T20:00")
    assert world.app.daemon.outlook.running == 0
    await world.tick("2016-05-03T20:00:08")

    assert world.app.daemon.outlook.running == 1


@pytest.mark.parametrize(
    ("end", "before", "asked"),
    [
        ('ends = "0100 Wed 4 May 2016"', "2016-05-04T21:59", [f"2016-05-{day:02}T22:00" for day in range(4, 11)]),
        ("open = true", "2016-05-09T06:59", ["2016-05-09T07:00", "2016-05-16T07:00", "2016-05-23T07:00"]),
    ],
)
async def test_the_reviews_after_one_that_fell_due_while_the_clock_was_ahead_are_sent(world, end, before, asked):
    world.write(GHOUTA.replace('ends = "0100 Wed 4 May 2016"', end))
    await world.start()
    await world.live_until(before)
    await world.stop()
    await world.start("2016-06-15T12:00", last_tick=before)
    await world.tick("2016-06-15T12:00")
    await world.tick(f"{asked[0]}:08")
    await world.live_until("2016-05-24T00:00")

    reviews = world.rows(kind="review")
    assert [f"{row.due_at:%Y-%m-%dT%H:%M}" for row in reviews if row.state == "delivered"] == asked[1:]


@pytest.mark.parametrize("restarts", [False, True], ids=["it is put right", "a restart"])
async def test_what_was_planned_by_a_clock_in_doubt_that_was_ahead_is_planned_anew_once_it_is_right(world, restarts):
    """By that clock nothing more was to come, so that nobody would have looked at the truce again."""
    world.write(GHOUTA)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T16:00")
    await world.stop()
    world.synchronised = False
    await world.start("2016-05-20T20:00", last_tick="2016-05-03T19:59")
    if restarts:
        await world.stop()
        world.synchronised = True
        await world.start("2016-05-03T20:00:08", last_tick="2016-05-20T20:00")
    else:
        await world.tick("2016-05-03T20:00:08")
    await world.live_until("2016-05-11T00:00")

    reviews = [row for row in world.rows(kind="review") if row.state == "delivered"]
    assert [row.due_at for row in reviews] == [moment(f"2016-05-{day:02}T22:00") for day in range(4, 11)]
