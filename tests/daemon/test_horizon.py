"""The horizon of the agenda changes when a delivery is written down, and nothing of what is told and shown."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
from factories import end, moment, truce
from world import GHOUTA, World

from alertd.cli.context import LEDGER_NAME, Context
from alertd.daemon.reconcile import Reconciler
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.alert import LADDER
from alertd.domain.policy import Policy, Subscription
from alertd.ledger import DeliveryState, beyond, queries, restart_cache
from alertd.ledger.beyond import Planner
from alertd.register import ReadTruce

FAR = GHOUTA.replace("0100 Wed 4 May 2016", "0100 Mon 1 Aug 2016")
"""Ends 2200Z Sun 31 July; its stages are 2200Z Sat 30, and 1600Z, 2100Z, 2145Z Sun 31 July."""

OPEN = GHOUTA.replace('"ghouta"', '"open"').replace('ends = "0100 Wed 4 May 2016"', "open = true")

OVER = GHOUTA.replace('"ghouta"', '"over"').replace("2016-05", "2016-04").replace("Wed 4 May", "Mon 4 Apr")

LATE_LAPSE = FAR + 'after = ["30m", "72h"]\n'

CLAIM = """
[[truce.claim]]
announced = 2016-08-01T00:20:00
until = 2016-08-01T09:00:00
stated_by = ["Syrian army"]
"""

NO_HORIZON, SHORT = timedelta(days=9999), timedelta(hours=1)


async def as_time_goes(world):
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-08-02T00:00")


async def down_from_june_on(world, until):
    world.write(LATE_LAPSE)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-06-01T00:00")
    await world.stop()
    await world.start(until)
    await world.live_until("2016-08-12T00:00")


async def down_for_long_and_up_before_the_end(world):
    await down_from_june_on(world, "2016-07-31T21:30")


async def down_for_long_and_up_after_the_end(world):
    await down_from_june_on(world, "2016-07-31T22:10")


async def down_for_long_and_up_when_all_is_too_old(world):
    await down_from_june_on(world, "2016-08-02T22:10")


async def an_edit_while_it_was_down(world):
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    await world.stop()
    world.write(FAR + CLAIM)
    await world.start("2016-07-31T21:30")
    await world.live_until("2016-08-03T00:00")


async def other_settings_while_it_was_up(world):
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    await world.stop()
    world.settings('[policy]\nlead_times = ["48h", "3h", "2h"]\n')
    await world.start("2016-05-03T12:00")
    await world.live_until("2016-08-03T00:00")


async def other_settings_after_a_lapse_that_nobody_is_asked_about(world):
    once = '[policy]\nunresolved_every = "24h"\nunresolved_for = "1h"\n'
    world.settings(once)
    world.write(FAR + 'after = ["30m", "40h", "72h"]\n')
    await world.start("2016-07-31T12:00")
    await world.live_until("2016-07-31T22:10")
    await world.stop()
    world.settings(f'{once}lead_times = ["3h"]\n')
    await world.start("2016-07-31T22:20")
    await world.stop()
    await world.start("2016-07-31T22:25")
    await world.live_until("2016-08-05T00:00")


async def an_end_that_comes_near_and_goes_back(world):
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    world.write(GHOUTA)
    await world.tick("2016-05-02T13:00")
    world.write(FAR)
    await world.tick("2016-05-03T17:00")
    await world.live_until("2016-08-03T00:00")


async def a_clock_that_is_ahead_and_back(world):
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    await world.tick("2016-07-31T21:30")
    await world.tick("2016-09-01T00:00")
    await world.tick("2016-05-02T12:01")
    await world.live_until("2016-08-02T00:00")


async def a_lapse_that_is_taken_out(world):
    """What is still to be said of the lapse itself is said."""
    world.write(LATE_LAPSE)
    await world.start("2016-07-31T12:00")
    await world.live_until("2016-08-01T12:00")
    world.write(FAR.replace('"ghouta"', '"other"'))
    await world.tick("2016-08-01T12:01")
    await world.live_until("2016-08-05T00:00")


async def a_ledger_of_an_older_alertd(world):
    """All of a plan stands there, as after an upgrade; a review of each truce that is not over lies ahead."""
    horizon, world.horizon = world.horizon, NO_HORIZON
    world.write(LATE_LAPSE + OPEN + OVER)
    await world.start("2016-05-02T12:00")
    await world.stop()
    with closing(sqlite3.connect(world.config / LEDGER_NAME)) as database, database:
        database.execute("drop index delivery_follows")
        for column in ("milestone", "quiet_until", "follows", "escalation", "step", "people", "is_last"):
            database.execute(f"alter table delivery drop column {column}")
        database.execute("drop table node_settings")
        database.execute("drop table file_content")
        database.execute("drop table acknowledgement")
        database.execute("drop index truce_rest")
        database.execute("alter table truce drop column rest_from")
        database.execute("alter table truce drop column is_asked_about")
        database.execute("update alembic_version set version_num = '0010'")
    world.horizon = horizon
    await world.start("2016-05-02T12:10", last_tick="2016-05-02T12:00")
    asked = {truce: entry.is_asked_about for truce, entry in world.ledger.run(restart_cache.index).items()}
    assert asked == {"ghouta": True, "open": True, "over": False}
    await world.live_until("2016-08-05T00:00")


STORIES = (
    a_ledger_of_an_older_alertd,
    as_time_goes,
    down_for_long_and_up_before_the_end,
    down_for_long_and_up_after_the_end,
    down_for_long_and_up_when_all_is_too_old,
    an_edit_while_it_was_down,
    other_settings_while_it_was_up,
    other_settings_after_a_lapse_that_nobody_is_asked_about,
    an_end_that_comes_near_and_goes_back,
    a_clock_that_is_ahead_and_back,
    a_lapse_that_is_taken_out,
)


@pytest.fixture
async def new_world(tmp_path):
    worlds = []

    def make(horizon):
        folder = tmp_path / str(len(worlds))
        folder.mkdir()
        worlds.append(World(folder, VirtualClock(moment("2016-05-02T12:00")), horizon=horizon))
        return worlds[-1]

    yield make
    for world in worlds:
        if hasattr(world, "app"):
            await world.stop()


def planner(world):
    settings = Context(world.config, None).settings
    return Planner(subscriptions=settings.subscriptions(), policy=settings.policy)


def told(world):
    return [(sent.at, sent.target, sent.kinds, sent.message.title) for sent in world.sent]


def history(world, **filters):
    """What `alertd history` shows, without the numbers of rows, by which summaries are told apart.

    What an edit took back before it was ever written down is not there.
    """
    return sorted(
        (row.key.partition("|from delivery")[0], row.state, row.due_at, row.settled_at)
        for row in world.ledger.run(beyond.history, planner(world), **filters)
        if row.state is not DeliveryState.SUPERSEDED
    )


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_a_short_horizon_changes_nothing_of_what_is_told(new_world, story):
    whole, rolling = new_world(NO_HORIZON), new_world(SHORT)
    await story(whole)
    await story(rolling)

    assert "lapsed 0" in whole.kinds() or "missed" in whole.kinds()
    assert told(rolling) == told(whole)
    assert history(rolling) == history(whole)


SEVERAL = "".join(
    [
        GHOUTA,
        FAR.replace('"ghouta"', '"far"') + CLAIM,
        FAR.replace('"ghouta"', '"far-too"').replace("Mon 1 Aug", "Tue 2 Aug"),
        GHOUTA.replace('"ghouta"', '"a-day"').replace("0100 Wed 4 May 2016", "Fri 5 Aug 2016"),
        OPEN,
        FAR.replace('"ghouta"', '"starts-late"')
        .replace("starts = 2016-05-02T10:00:00", "starts = 2016-07-31T01:00:00")
        .replace("announced = 2016-05-02T09:00:00", "announced = 2016-05-02T09:30:00"),
    ]
)
"""Truces with a ladder at hand and far away, with a claim, of a day, open, and with a reminder that goes unsaid."""


@pytest.mark.parametrize("now", ["2016-05-02T12:00", "2016-05-03T21:50", "2016-07-30T12:00", "2016-07-31T23:00"])
async def test_people_are_shown_what_lies_beyond_the_horizon_too(new_world, now):
    whole, rolling = new_world(NO_HORIZON), new_world(SHORT)
    for world in (whole, rolling):
        world.settings(
            '[[channel]]\nname = "console"\nkind = "console"\n'
            '[[channel]]\nname = "lapses"\nkind = "console"\nalerts = ["lapsed"]\n'
        )
        world.write(SEVERAL)
        await world.start("2016-05-02T12:00")
        await world.live_until(now)

    for limit in (1, 3, 10, 100):
        assert rolling.ledger.run(beyond.upcoming, limit, planner(rolling)) == whole.ledger.run(queries.upcoming, limit)
    assert history(rolling) == history(whole)
    assert history(rolling, channel="lapses") == history(whole, channel="lapses")
    since = moment("2016-07-31T21:30")
    assert history(rolling, truce="far", since=since) == history(whole, truce="far", since=since)
    assert rolling.ledger.run(queries.ends_ahead, moment(now)) == whole.ledger.run(queries.ends_ahead, moment(now))


async def test_what_is_left_to_say_of_a_lapse_that_was_taken_out_is_said_when_a_question_would_have_been_due(new_world):
    world = new_world(SHORT)
    await a_lapse_that_is_taken_out(world)
    assert [sent.at for sent in world.sent if "lapsed +72h" in sent.kinds] == [moment("2016-08-03T22:00")]


async def test_of_a_far_end_little_is_written_down(new_world):
    world = new_world(SHORT)
    world.write(FAR)
    await world.start("2016-05-02T12:00")
    assert [row.stage for row in world.rows(state="planned") if row.kind in LADDER] == ["24h", "6h"]


async def test_a_claim_says_what_follows_of_its_far_end(new_world):
    whole, rolling = new_world(NO_HORIZON), new_world(SHORT)
    for world in (whole, rolling):
        world.write(FAR)
        await world.start("2016-05-02T12:00")
        claim = 'announced = 2016-05-02T12:10:00Z\nuntil = "0100 Fri 1 Jul 2016"\nstated_by = ["Syrian army"]'
        world.write(f"{FAR}[[truce.claim]]\n{claim}")
        await world.live_until("2016-05-02T12:15")
        (claimed,) = [sent for sent in world.sent if sent.kinds == ["claimed"]]
        assert "Reminders lead to the stated end" in claimed.message.text
    assert [sent.message.text for sent in rolling.sent] == [sent.message.text for sent in whole.sent]


PAUSE = """
[[truce]]
id = "road"
title = "Pause"
zone = "Asia/Gaza"
announced = 2016-05-02T12:00:00
daily = "1000-2000"
starts = 2016-05-03
ends = 2016-06-30
"""


async def test_a_clock_set_back_by_a_month_loses_no_opening_of_a_pause(world):
    world.write(PAUSE)
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-03T06:30")
    await world.stop()
    world.sent.clear()
    await world.start("2016-04-03T06:30")
    await world.tick()
    assert not world.rows(truce="road", state=DeliveryState.SUPERSEDED)
    await world.live_until("2016-05-03T07:10")
    assert "start 0" in world.kinds()


async def test_ten_years_of_a_daily_pause_put_fewer_rows_ahead_than_a_hundred_plain_truces(world):
    world.write(PAUSE.replace("2016-06-30", "2026-05-02") + GHOUTA)
    await world.start("2016-05-02T11:00")
    await world.tick()
    of_plain = 100 * len(world.rows(truce="ghouta"))
    ahead = [len(world.rows(truce="road", state=DeliveryState.PLANNED))]
    for day in range(6, 31, 8):
        await world.live_until(f"2016-05-{day:02d}T12:00")
        ahead.append(len(world.rows(truce="road", state=DeliveryState.PLANNED)))
    assert max(ahead) < 60 < of_plain


def test_of_a_truce_first_seen_no_delivery_is_made_that_does_not_go_on_the_agenda():
    """But for the review after its lapse; the log of what follows counts its whole plan, though."""
    now = moment("2016-05-02T12:00")
    about = truce(records=(), first_end=end("2016-07-31T22:00"))
    desk = Subscription(channel="desk", targets=("desk", "desk#2"))
    reconciler = Reconciler(subscriptions=(desk,), policy=Policy(), future_counts=True)
    read = ReadTruce(about.id, "truces/a.toml", 1, about, ())
    (first,) = reconciler.reconcile([read], {}, now, stood_still=True).revisions
    assert [(str(each.stage), each.target) for each in first.wanted] == [
        (stage, target) for stage in ("24h", "6h", "None") for target in ("desk", "desk#2")
    ]
    assert all(first.is_in_time(each, now) for each in first.wanted)
    assert {str(each.stage) for each in reconciler.consequence(first, now).planned} >= {"24h", "6h", "1h", "15m", "0"}
