"""The promises of the design that the daemon keeps, each on real files and a real ledger."""

import asyncio
from contextlib import closing
from datetime import timedelta

import pytest
from factories import moment
from ledger.steps import POLICY
from world import Crash

from alertd.channels import Outcome
from alertd.cli.context import LEDGER_NAME
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind
from alertd.ledger import DeliveryState, Ledger, acquisition, dispatch

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
tags = ["syria"]
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = "0100 Wed 4 May 2016"
"""
"""Ends 2200Z Tue 3 May; its stages are 2200Z Mon 2 May, and 1600Z, 2100Z, 2145Z Tue 3 May."""

EXTENSION = """
[[truce.extension]]
announced = 2016-05-03T12:00:00
until = "0100 Fri 6 May 2016"
"""

FAILED = Outcome(Verdict.FAILED, "no route")
ACCEPTED = Outcome(Verdict.ACCEPTED)
UNSURE = Outcome(Verdict.UNSURE, "no answer in time")
REFUSED = Outcome(Verdict.REFUSED, "410 Gone")

TWO_CHANNELS = """
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "oncall"
kind = "console"
"""


def truce_text(truce_id, hours="0100"):
    return GHOUTA.replace('"ghouta"', f'"{truce_id}"').replace("0100 Wed", f"{hours} Wed")


# 1. Never early, never lost.


async def test_nothing_is_sent_before_its_moment(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    await world.tick("2016-05-02T21:59:59")
    assert world.kinds() == []
    await world.tick("2016-05-02T22:00")
    assert world.kinds() == ["reminder 24h"]


async def test_what_was_acquired_when_the_process_died_is_sent_again_and_marked(world):
    world.write(GHOUTA)
    await world.start()
    world.crash_after_send = True
    world.clock.set(moment("2016-05-02T22:00"))
    await world.app.daemon.tick(world.clock.now())
    (task,) = world.app.workers._tasks
    with pytest.raises(Crash):
        await task
    world.app.ledger.close()
    world.crash_after_send = False
    await world.start("2016-05-02T22:00:05")
    assert world.kinds() == ["recorded", "reminder 24h", "reminder 24h"]
    assert ["POSSIBLE REPEAT" in title for title in world.titles()] == [False, False, True]
    (row,) = world.rows(stage="24h")
    assert (row.state, row.possible_repeat, row.attempts) == (DeliveryState.DELIVERED, True, 2)


async def test_a_failed_send_is_tried_again_until_it_arrives_and_only_a_timeout_makes_it_a_possible_repeat(world):
    world.write(GHOUTA)
    await world.start()
    world.answers["console"] = [FAILED, FAILED]
    await world.live_until("2016-05-02T22:01")
    (row,) = world.rows(stage="24h")
    assert (row.state, row.attempts, row.possible_repeat) == (DeliveryState.DELIVERED, 3, False)
    world.answers["console"] = [UNSURE]
    await world.live_until("2016-05-03T16:01")
    (row,) = world.rows(stage="6h")
    assert (row.state, row.attempts, row.possible_repeat) == (DeliveryState.DELIVERED, 2, True)
    assert "POSSIBLE REPEAT" in world.titles()[-1]


async def test_what_is_refused_for_good_is_not_tried_again_and_says_why(world):
    world.write(GHOUTA)
    await world.start()
    world.answers["console"] = [REFUSED]
    await world.live_until("2016-05-03T12:00")
    (row,) = world.rows(stage="24h")
    assert (row.state, row.attempts, row.reason) == (DeliveryState.FAILED, 1, "410 Gone")


async def test_what_was_settled_is_not_sent_again_after_a_restart(world):
    world.write(GHOUTA)
    await world.start()
    await world.tick("2016-05-02T22:00")
    await world.stop()
    await world.start("2016-05-02T22:10")
    assert world.kinds() == ["recorded", "reminder 24h"]


# 2. Late rather than never.


async def test_after_downtime_only_the_tightest_stage_goes_out_and_says_how_late_it_is(world):
    world.write(GHOUTA)
    await world.start()
    await world.stop()
    await world.start("2016-05-03T21:30")
    assert world.kinds() == ["recorded", "reminder 1h"]
    assert "LATE" in world.titles()[-1]
    assert "30 min" in world.titles()[-1]
    assert {row.stage: row.state for row in world.rows(kind="reminder")} == {
        "24h": DeliveryState.OVERTAKEN,
        "6h": DeliveryState.OVERTAKEN,
        "1h": DeliveryState.DELIVERED,
        "15m": DeliveryState.PLANNED,
    }


async def test_a_lapse_is_told_even_hours_after_it(world):
    world.write(GHOUTA)
    await world.start()
    await world.stop()
    await world.start("2016-05-04T03:00")
    assert world.kinds() == ["recorded", "lapsed +15m"]
    assert world.titles()[-1].startswith("Calm in Ghouta: expired 5 h ago, no extension recorded: ")


async def test_a_lapse_that_is_said_again_says_so_in_its_first_words(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T22:15")
    end = "0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    assert world.titles()[-2:] == [
        f"Calm in Ghouta: expired, no extension recorded: {end}",
        f"Said again: Calm in Ghouta: expired 15 min ago, no extension recorded: {end}",
    ]


async def test_what_is_older_than_catch_up_is_one_line_of_a_summary_to_the_same_channel(world):
    world.write(GHOUTA)
    await world.start()
    await world.stop()
    await world.start("2016-05-06T12:00")
    assert world.kinds() == ["recorded", "missed"]
    assert world.titles()[-1].startswith(
        "alertd: 2 alerts too old to be sent one by one: Calm in Ghouta [ghouta] lapsed"
    )
    end = "end 0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    text = world.sent[-1].message.text
    assert f"[ghouta] lapsed +15m, {end}, was due 0115 Wed 4 May Damascus (2215Z Tue 3 May)\n" in text
    assert f"[ghouta] review, {end}, was due 0100 Thu 5 May Damascus (2200Z Wed 4 May)\n" in text
    assert [row.state for row in world.rows(stage="+15m")] == [DeliveryState.MISSED]


async def test_a_retry_is_overtaken_by_the_next_stage_of_its_end(world):
    world.write(GHOUTA)
    await world.start()
    world.answers["console"] = [FAILED] * 1000
    await world.live_until("2016-05-03T15:59:59.999")
    world.answers["console"].clear()
    await world.live_until("2016-05-03T16:10")
    assert [row.state for row in world.rows(stage="24h")] == [DeliveryState.OVERTAKEN]
    assert world.kinds()[-1] == "reminder 6h"


# 3. A moved end re-arms.


async def test_an_extension_silences_the_old_ladder_and_plans_the_new_one(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    await world.tick("2016-05-03T08:00")
    world.write(GHOUTA + EXTENSION)
    await world.live_until("2016-05-06T00:00")
    assert world.kinds() == [
        "reminder 24h",
        "extended",
        "reminder 24h",
        "reminder 6h",
        "reminder 1h",
        "reminder 15m",
        "lapsed 0",
        "lapsed +15m",
    ]
    old = [row for row in world.rows(kind="reminder") if row.ends_at == moment("2016-05-03T22:00")]
    assert {row.state for row in old if row.stage != "24h"} == {DeliveryState.SUPERSEDED}


async def test_an_extension_seen_with_a_reminder_due_comes_before_it(world):
    world.write(GHOUTA)
    await world.start()
    await world.tick("2016-05-03T21:44:55")
    world.sent.clear()
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-03T21:45")
    assert world.kinds() == ["extended"]


async def test_an_extension_saved_five_seconds_before_a_reminder_leaves_nothing_else_to_say(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T21:44:54")
    world.sent.clear()
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-03T21:44:55")
    await world.live_until("2016-05-03T23:00")
    assert [(sent.kinds, sent.at) for sent in world.sent] == [(["extended"], moment("2016-05-03T21:44:55"))]


async def test_an_extension_seen_while_a_reminder_waits_for_its_worker_is_sent_in_its_place(world, monkeypatch):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    free = asyncio.Event()
    monkeypatch.setattr(world.app.workers._workers["console"], "_keep_to_rate", free.wait)
    world.clock.set(moment("2016-05-03T21:45"))
    await world.app.daemon.tick(world.clock.now())
    assert [row.state for row in world.rows(stage="15m")] == [DeliveryState.ACQUIRED]
    world.write(GHOUTA + EXTENSION)
    world.clock.set(moment("2016-05-03T21:45:00.100"))
    await world.app.daemon.tick(world.clock.now())
    free.set()
    await world.app.workers.idle()
    assert world.kinds() == ["extended"]
    assert [row.state for row in world.rows(stage="15m") if row.ends_at == moment("2016-05-03T22:00")] == [
        DeliveryState.SUPERSEDED
    ]


async def test_a_retry_of_a_reminder_for_a_replaced_end_is_never_sent(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.answers["console"] = [FAILED] * 3
    await world.tick("2016-05-03T21:00")
    world.write(GHOUTA + EXTENSION)
    world.answers["console"].clear()
    await world.live_until("2016-05-03T23:00")
    assert world.kinds() == ["extended"]


async def test_moving_an_end_there_and_back_keeps_its_ladder(world):
    world.write(GHOUTA)
    await world.start()
    world.write(GHOUTA.replace("0100 Wed 4 May", "0300 Wed 4 May"))
    await world.tick("2016-05-02T12:01")
    world.write(GHOUTA)
    await world.tick("2016-05-02T12:02")
    world.sent.clear()
    await world.live_until("2016-05-03T23:00")
    assert world.kinds() == ["reminder 24h", "reminder 6h", "reminder 1h", "reminder 15m", "lapsed 0", "lapsed +15m"]


async def test_an_end_moved_and_moved_back_repeats_no_stage_and_misses_none_that_is_ahead(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T16:01")
    world.write(GHOUTA.replace("0100 Wed 4 May", "0300 Wed 4 May"))
    await world.live_until("2016-05-03T21:01")
    world.write(GHOUTA)
    await world.live_until("2016-05-03T23:00")
    assert [kind for kind in world.kinds() if kind not in ("recorded", "corrected")] == [
        "reminder 24h",
        "reminder 6h",
        "reminder 6h",  # of the other end, while that held
        "reminder 15m",
        "lapsed 0",
        "lapsed +15m",
    ]
    assert world.kinds().count("corrected") == 2
    hour = [row for row in world.rows(stage="1h") if row.ends_at == moment("2016-05-03T22:00")]
    assert [row.state for row in hour] == [DeliveryState.SUPERSEDED], "it passed while that was not the end"


async def test_a_stage_that_lay_before_its_end_was_known_is_never_planned(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T20:00")
    assert world.kinds() == ["recorded"]
    assert {row.stage for row in world.rows(kind="reminder")} == {"1h", "15m"}


async def test_what_moves_an_end_reaches_every_channel_whatever_it_filters(world):
    world.settings(TWO_CHANNELS.replace('name = "desk"', 'name = "desk"\nalerts = ["lapsed"]'))
    world.write(GHOUTA)
    await world.start()
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-02T12:01")
    assert world.kinds("desk") == ["extended"]
    assert world.kinds("oncall") == ["recorded", "extended"]


# 4. The safe error is an alert too many.


async def test_a_claim_adds_a_line_and_a_ladder_and_silences_nothing(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.write(
        GHOUTA
        + """
[[truce.claim]]
announced = 2016-05-02T15:30:00
until = "2400 Tue 3 May 2016"
stated_by = ["Russian centre"]
"""
    )
    await world.live_until("2016-05-04T00:00")
    kinds = world.kinds()
    assert kinds.count("claimed") == 1
    for stage in ("24h", "6h", "1h", "15m"):
        assert kinds.count(f"reminder {stage}") == 2
    assert (kinds.count("reminder 0"), kinds.count("lapsed 0"), kinds.count("lapsed +15m")) == (1, 1, 1)
    assert sum("Russian centre" in title for title in world.titles()) == 6
    assert all("Russian centre" in sent.message.text for sent in world.sent)


async def test_an_unconfirmed_termination_silences_nothing(world):
    world.write(GHOUTA)
    await world.start()
    world.write(
        GHOUTA + "[truce.termination]\nannounced = 2016-05-03T10:00:00\nat = 2016-05-03T20:00:00\nconfirmed = false\n"
    )
    await world.live_until("2016-05-04T00:00")
    assert world.kinds().count("lapsed 0") == 1


# 6. One bad truce, one bad edit, one dead channel.


async def test_a_bad_truce_silences_no_good_one(world):
    world.write(
        GHOUTA + truce_text("broken").replace("2016-05-02T10:00:00", "2016-05-02T10:00") + truce_text("latakia")
    )
    await world.start()
    await world.tick("2016-05-02T12:00:05")
    assert {row.truce for row in world.rows(kind="reminder")} >= {"ghouta", "latakia"}


async def test_a_bad_edit_keeps_the_last_good_form_and_tells_ops_what_stays_in_force(world):
    world.write(GHOUTA)
    await world.start()
    world.write(GHOUTA.replace("zone", "zome"))
    await world.live_until("2016-05-02T12:00:10")
    assert "last good form" in world.sent[-1].message.text
    assert "truces/truces.toml:5" in world.sent[-1].message.text
    world.sent.clear()
    await world.stop()
    await world.start("2016-05-02T21:00")
    await world.live_until("2016-05-02T22:00")
    assert world.kinds() == ["ops", "reminder 24h"], "and ops again an hour after the start"


async def test_a_time_with_two_meanings_is_told_to_ops_with_what_to_write(world):
    world.write(GHOUTA.replace("0100 Wed 4 May 2016", "midnight Wed 4 May 2016"))
    await world.start()
    await world.live_until("2016-05-02T12:00:10")
    assert world.titles()[-1].startswith("alertd: Truce ghouta is NOT WATCHED.")
    assert "0000 Wed 4 May 2016 (+03:00) = 2100Z Tue 3 May: write 0000 Wed 4 May 2016" in world.sent[-1].message.text


async def test_an_extension_that_can_no_longer_be_read_stays_in_force(world):
    world.write(GHOUTA + EXTENSION)
    await world.start()
    world.sent.clear()
    world.write(GHOUTA + EXTENSION.replace("Fri 6 May", "Sat 6 May"))
    await world.live_until("2016-05-02T12:59")
    assert world.kinds() == ["ops"]
    await world.live_until("2016-05-04T00:00")
    assert set(world.kinds()) == {"ops"}


async def test_a_refused_truce_is_told_again_each_hour_until_it_is_mended(world):
    world.write(GHOUTA + truce_text("homs", "midnight"))
    await world.start()
    world.sent.clear()
    await world.live_until("2016-05-02T15:30")
    told = [sent.at for sent in world.sent if sent.kinds == ["ops"]]
    assert [at - told[0] for at in told] == [timedelta(hours=hours) for hours in range(4)]
    world.write(GHOUTA + truce_text("homs"))
    await world.live_until("2016-05-02T21:00")
    titles = [title for title in world.titles() if title.startswith("alertd:")]
    assert len(titles) == 5
    assert "mended" in titles[-1]


async def test_a_mended_file_is_told_once(world):
    world.write(GHOUTA.replace("zone", "zome"))
    await world.start()
    await world.live_until("2016-05-02T12:00:10")
    world.write(GHOUTA)
    await world.live_until("2016-05-02T12:00:20")
    assert [kind for kind in world.kinds() if kind == "ops"] == ["ops", "ops"]
    assert "mended" in world.titles()[-1]


async def test_a_file_that_is_not_read_is_told_to_ops_once(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.write(GHOUTA.replace("ghouta", "homs"), "homs.toml.txt")
    await world.live_until("2016-05-02T12:00:02")
    assert world.kinds() == [], "an editor may take away at once what it has put there"
    await world.live_until("2016-05-02T15:30")
    (title,) = world.titles()
    assert title.startswith("alertd: truces/homs.toml.txt:1: warning: is not read, as its name does not end in .toml")
    world.remove("homs.toml.txt")
    await world.live_until("2016-05-02T15:30:10")
    assert world.titles()[1:] == ["alertd: truces/homs.toml.txt is gone."]


async def test_a_file_that_was_wrong_and_then_deleted_is_not_called_mended(world):
    world.write(GHOUTA)
    wrong = world.config / "truces" / "wrong.toml"
    wrong.write_text("[[truce]")
    await world.start()
    await world.live_until("2016-05-02T12:00:10")
    wrong.unlink()
    await world.live_until("2016-05-02T12:00:20")
    assert world.titles()[-1].endswith("truces/wrong.toml is gone.")
    assert not [title for title in world.titles() if "mended" in title]


async def test_a_truce_that_nobody_was_told_of_and_that_is_withdrawn_is_not_called_mended(world):
    world.settings('[[channel]]\nname = "desk"\nkind = "console"\ntags = ["iraq"]')
    world.write(GHOUTA + truce_text("homs"))
    await world.start()
    await world.live_until("2016-05-02T12:00:10")
    (world.config / "truces" / "withdrawn.toml").write_text('withdrawn = ["homs"]')
    world.write(GHOUTA)
    await world.live_until("2016-05-02T12:00:20")
    texts = [sent.message.text for sent in world.sent]
    assert "Calm in Ghouta [homs] is gone." in texts[-1]
    assert not [text for text in texts if "mended" in text]


async def test_a_dead_channel_delays_no_other_and_its_failure_is_told_on_another(world):
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    world.answers["desk"] = [FAILED] * 3
    await world.start()
    assert world.kinds("oncall")[0] == "recorded"
    await world.live_until("2016-05-02T12:05")
    assert [kind for kind in world.kinds("oncall") if kind == "ops"] == ["ops", "ops"]
    assert "desk" in world.titles("oncall")[1]
    assert "again" in world.titles("oncall")[-1]
    assert world.kinds("desk") == ["recorded"]


async def test_an_hour_of_503_costs_the_others_nothing_and_the_target_itself_no_alert(world):
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    await world.start("2016-05-03T20:59:59")
    world.answers["desk"] = [FAILED] * 1000
    await world.live_until("2016-05-03T21:59:59")
    assert [(sent.kinds, sent.at) for sent in world.sent if sent.target == "oncall" and "ops" not in sent.kinds][
        1:
    ] == [
        (["reminder 1h"], moment("2016-05-03T21:00")),
        (["reminder 15m"], moment("2016-05-03T21:45")),
    ]
    world.answers["desk"].clear()
    await world.live_until("2016-05-03T22:20")
    assert world.kinds("desk")[-2:] == ["lapsed 0", "lapsed +15m"]
    due = [row for row in world.rows(target="desk") if row.kind != "review"]
    assert {row.state.value for row in due} == {"delivered", "overtaken"}


async def test_a_streak_of_failures_is_told_once_even_over_a_restart(world):
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    world.answers["desk"] = [FAILED] * 1000
    await world.start()
    await world.live_until("2016-05-02T12:10")
    await world.stop()
    await world.start("2016-05-02T12:20")
    await world.live_until("2016-05-02T12:40")
    assert [title for title in world.titles("oncall") if "desk" in title] == [
        "alertd: Channel desk fails: no route. What is due there is tried again."
    ]
    world.answers["desk"].clear()
    await world.live_until("2016-05-02T13:00")
    assert world.titles("oncall")[-1] == "alertd: Channel desk delivers again."


async def test_of_a_channel_that_comes_and_goes_within_a_second_the_last_word_is_how_it_stands(world):
    world.settings(TWO_CHANNELS.replace('name = "desk"', 'name = "desk"\ndigest = false'))
    world.write("".join(GHOUTA.replace("ghouta", name) for name in ("ghouta", "latakia", "aleppo")))
    world.answers["desk"] = [REFUSED, FAILED, FAILED]
    await world.start()
    await world.stop()
    world.answers["desk"] = [ACCEPTED, FAILED]
    await world.start("2016-05-02T12:01")
    await world.stop()
    world.write(GHOUTA.replace("ghouta", "homs"), name="homs.toml")
    await world.start("2016-05-02T12:01")
    await world.live_until("2016-05-02T12:02")
    told = [row for row in world.rows(kind="ops", target="oncall") if "|channel desk " in row.key]
    assert [row.key.split("|")[5] for row in told] == ["channel desk fails", "channel desk delivers"] * 2
    assert [row.key.split("|")[6] for row in told] == ["1", "2", "3", "4"], "across a restart too"


async def test_channels_that_come_and_go_do_not_talk_of_each_other_all_day(world):
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    for target in ("desk", "oncall"):
        world.answers[target] = [FAILED, ACCEPTED] * 1000
    await world.start()
    await world.live_until("2016-05-02T13:00")
    told = [row for row in world.rows(kind="ops") if " fails" in row.key]
    assert {row.target for row in told} == {"desk", "oncall"}
    assert len(told) <= 2 * 5, "of each at most once in a quarter of an hour"


async def test_a_fallback_that_gets_the_alert_anyway_is_told_in_one_line_that_the_other_was_not(world):
    world.settings(TWO_CHANNELS.replace('name = "desk"', 'name = "desk"\nfallback = "oncall"'))
    world.write(GHOUTA)
    world.answers["desk"] = [REFUSED]
    await world.start()
    await world.live_until("2016-05-02T12:01")
    assert world.kinds("oncall").count("recorded") == 1
    (recorded,) = world.rows(kind="recorded", target="oncall")
    (line,) = [sent.message for sent in world.sent if "did not reach" in sent.message.text]
    what = f"Calm in Ghouta: recorded (alert {recorded.short_id}) did not reach channel desk, which fails"
    assert line.title == f"{what}; it comes here anyway."


async def test_what_stands_in_for_another_goes_one_hop_and_no_further(world):
    chain = TWO_CHANNELS.replace('name = "desk"', 'name = "desk"\nfallback = "oncall"').replace(
        'name = "oncall"', 'name = "oncall"\ntags = ["sudan"]\nfallback = "night"'
    )
    world.settings(chain + '[[channel]]\nname = "night"\nkind = "console"\ntags = ["sudan"]\n')
    world.write(GHOUTA)
    world.answers["desk"] = [REFUSED]
    world.answers["oncall"] = [REFUSED] * 3
    await world.start()
    await world.live_until("2016-05-02T12:01")
    assert "recorded" not in world.kinds("night")


async def test_a_worker_outlives_a_mistake_that_nobody_foresaw(world, monkeypatch):
    monkeypatch.setattr("alertd.daemon.worker.LEDGER_PAUSE", timedelta())
    world.write(GHOUTA)
    await world.start()
    take, mistakes = dispatch.dispatch, [RuntimeError("a bug")]

    def fails_once(*asked, **how):
        if mistakes:
            raise mistakes.pop()
        return take(*asked, **how)

    monkeypatch.setattr(dispatch, "dispatch", fails_once)
    await world.tick("2016-05-02T22:00")
    assert (world.kinds()[-1], mistakes) == ("reminder 24h", [])


async def test_a_channel_that_breaks_may_have_sent_what_it_was_given(world):
    world.write(GHOUTA)
    world.answers["console"] = [KeyError("a bug")]
    await world.start()
    await world.live_until("2016-05-02T12:01")
    (row,) = world.rows(kind="recorded")
    assert (row.state, row.possible_repeat, row.attempts) == (DeliveryState.DELIVERED, True, 2)


async def test_a_channel_that_never_returns_is_cut_off_and_delays_no_other(world, monkeypatch):
    monkeypatch.setattr("alertd.daemon.route.SEND_LIMIT", timedelta(seconds=0.05))
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    await world.start()
    monkeypatch.setattr(world.app.workers._workers["desk"].route.target, "send", lambda _: asyncio.Event().wait())
    async with asyncio.timeout(20):
        await world.tick("2016-05-02T22:00")
    (row,) = world.rows(stage="24h", target="desk")
    assert (row.state, row.attempts, row.possible_repeat) == (DeliveryState.PLANNED, 1, True)
    assert row.reason == "no answer within 0.05 s"
    assert world.kinds("oncall")[:2] == ["recorded", "reminder 24h"]


BESIDES = TWO_CHANNELS.replace('name = "desk"', 'name = "desk"\nfallback = "oncall"').replace(
    'name = "oncall"', 'name = "oncall"\ntags = ["sudan"]'
)
"""The one on call gets nothing of this truce but what the desk cannot be told."""


async def test_after_three_failures_the_fallback_is_told_once_whose_place_it_takes(world):
    world.settings(BESIDES)
    world.write(GHOUTA)
    world.answers["desk"] = [FAILED] * 10
    await world.start()
    await world.live_until("2016-05-02T12:20")
    assert world.kinds("oncall").count("recorded") == 1
    (copy,) = [sent for sent in world.sent if sent.target == "oncall" and sent.kinds == ["recorded"]]
    assert "In the place of channel desk" in copy.message.text
    assert "ghouta" in copy.message.text


@pytest.mark.parametrize("tags", ["", 'tags = ["sudan"]'], ids=["anyway", "besides"])
async def test_a_third_failure_that_a_crash_cuts_short_is_made_up_for_by_the_next(world, tags):
    world.settings(BESIDES.replace('tags = ["sudan"]', tags))
    world.write(GHOUTA)
    world.answers["desk"] = [FAILED] * 10
    await world.start()
    await world.live_until("2016-05-02T12:00:10")
    await world.stop()
    a_minute_later = moment("2016-05-02T12:01")
    with closing(Ledger.open(world.config / LEDGER_NAME)) as ledger:
        ledger.run(acquisition.acquire, a_minute_later, POLICY)
        assert [sent.attempts for sent in ledger.run(dispatch.dispatch, "desk", a_minute_later, POLICY, 1)] == [3]
    await world.start("2016-05-02T12:01")
    await world.live_until("2016-05-02T12:20")
    told = [sent.message for sent in world.sent if sent.target == "oncall"]
    about = "In the place of channel desk" if tags else "did not reach channel desk, which fails"
    assert len([message for message in told if about in message.text]) == 1


async def test_what_is_refused_goes_to_the_fallback_at_once(world):
    world.settings(BESIDES)
    world.write(GHOUTA)
    world.answers["desk"] = [REFUSED]
    await world.start()
    assert "recorded" in world.kinds("oncall")


async def test_a_truce_that_no_channel_takes_is_sent_to_all_of_them(world):
    world.settings(TWO_CHANNELS.replace('"console"', '"console"\ntags = ["sudan"]'))
    world.write(GHOUTA)
    await world.start()
    assert world.kinds("desk")[0] == world.kinds("oncall")[0] == "recorded"


# 7. Silence is never ambiguous.

SHIFTS = TWO_CHANNELS.replace('name = "oncall"', 'name = "oncall"\nzone = "Europe/Zurich"') + (
    '[ops]\nchannel = "oncall"\nshift_digest = ["07:00", "19:00"]\n'
)


async def test_each_shift_begins_with_a_digest_in_the_zone_of_its_readers(world):
    world.settings(SHIFTS)
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    await world.live_until("2016-05-03T12:00")
    digests = [sent for sent in world.sent if sent.kinds == ["shift"]]
    assert [(sent.target, sent.at) for sent in digests] == [
        ("oncall", moment("2016-05-02T17:00")),
        ("oncall", moment("2016-05-03T05:00")),
    ]
    assert digests[0].message.title.startswith("alertd: shift digest: 1 truce running, next end in 29 h")
    end = "0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    assert digests[0].message.text.splitlines()[1:5] == [
        "Since 0500Z Mon 2 May:",
        "Calm in Ghouta: began 10 h ago: 1000 Mon 2 May Damascus (0700Z Mon 2 May).",
        f"Calm in Ghouta: recorded, ends {end}.",
        "Sent: 1 alert (1 recorded).",
    ]
    assert digests[1].message.text.splitlines()[:3] == [
        f"1 truce running, next end in 17 h: Calm in Ghouta, {end}",
        "Since 1700Z Mon 2 May no end has moved or come.",
        "Sent: 1 alert (1 reminder).",
    ]


async def test_after_a_pause_the_last_digest_comes_late_and_no_earlier_one(world):
    world.settings(SHIFTS)
    world.write(GHOUTA)
    await world.start()
    await world.stop()
    world.sent.clear()
    world.clock.set(moment("2016-05-03T08:00"))
    await world.start(last_tick="2016-05-02T12:00")
    (digest,) = [sent for sent in world.sent if "shift" in sent.kinds]
    assert "LATE by 3 h" in next(item.title for item in digest.message.items if item.delivery.kind is Kind.SHIFT)
    await world.stop()
    world.sent.clear()
    await world.start(last_tick="2016-05-03T08:00")
    assert "shift" not in world.kinds("oncall")


async def test_a_first_start_gives_no_digest_of_a_shift_that_has_begun(world):
    world.settings(SHIFTS)
    world.write(GHOUTA)
    await world.start("2016-05-02T20:00")
    assert "shift" not in world.kinds("oncall")


async def test_what_runs_and_ends_next_is_at_hand_after_every_tick(world):
    world.write(GHOUTA + truce_text("latakia", "0300"))
    await world.start()
    told = [(world.app.daemon.outlook.running, world.app.daemon.outlook.next_truce.id)]
    world.write(GHOUTA + EXTENSION + truce_text("latakia", "0300"))
    for moment_of_tick in ("2016-05-02T12:10", "2016-05-04T00:00"):
        await world.tick(moment_of_tick)
        outlook = world.app.daemon.outlook
        told.append((outlook.running, outlook.next_truce.id))
    assert told == [(2, "ghouta"), (2, "latakia"), (1, "ghouta")]
    await world.tick("2016-05-06T00:00")
    assert world.app.daemon.outlook.next_truce is None


async def test_a_clock_that_jumped_is_told_before_anything_is_declared_lapsed(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.clock.set(moment("2016-05-03T22:00"))
    await world.app.daemon.tell_clock_jump(moment("2016-05-02T12:00"), world.clock.now())
    assert world.kinds() == ["ops"]
    assert "The clock went from 1200Z Mon 2 May 2016 to 2200Z Tue 3 May 2016" in world.titles()[0]
    await world.tick()
    assert world.kinds() == ["ops", "lapsed 0"]


async def test_a_clock_that_goes_on_while_its_jump_is_told_puts_that_off_no_further(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.clock.set(moment("2016-05-03T22:00:01"))
    await world.app.daemon.tell_clock_jump(moment("2016-05-02T12:00"), moment("2016-05-03T22:00"))
    assert world.kinds() == ["ops"]


async def test_what_was_settled_long_ago_is_forgotten_while_alertd_runs(world):
    world.settings('[ledger]\nkeep = "30d"\n')
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T00:00")
    assert len(world.rows()) == 8
    await world.live_until("2016-06-12T00:00")
    assert world.rows() == []


# What is gone.


async def test_a_truce_taken_out_of_its_file_is_withdrawn_once_the_file_has_stood_still(world):
    world.write(GHOUTA + truce_text("latakia"))
    await world.start()
    await world.tick("2016-05-02T12:01")
    world.sent.clear()
    world.write(truce_text("latakia"))
    await world.tick("2016-05-02T12:01:01")
    await world.tick("2016-05-02T12:01:03")
    assert world.kinds() == []
    await world.tick("2016-05-02T12:01:04")
    assert world.kinds() == ["withdrawn"]
    assert not world.rows(truce="ghouta", state=DeliveryState.PLANNED)


async def test_a_truce_whose_file_vanished_is_held_and_still_watched(world):
    world.write(GHOUTA)
    await world.start()
    world.remove()
    await world.live_until("2016-05-02T22:00")
    assert "is held" in " ".join(sent.message.text for sent in world.sent)
    assert world.kinds()[-1] == "reminder 24h"
    await world.stop()
    await world.start("2016-05-03T15:00")
    await world.live_until("2016-05-03T16:00")
    assert world.kinds()[-1] == "reminder 6h"


async def test_a_held_truce_is_withdrawn_when_that_is_confirmed(world):
    world.write(GHOUTA)
    await world.start()
    world.remove()
    await world.live_until("2016-05-02T12:01")
    world.write('withdrawn = ["ghouta"]\n', name="withdrawn.toml")
    await world.live_until("2016-05-02T12:02")
    assert world.kinds()[-1] == "withdrawn" or world.kinds()[-2] == "withdrawn"
    assert not world.rows(truce="ghouta", state=DeliveryState.PLANNED)


WITHDRAWN = '[[truce.withdrawn]]\nat = 2016-05-02T15:00:00\nreason = "it never began"\n'


async def test_the_only_truce_of_a_file_is_withdrawn_where_its_text_says_so_and_comes_back_with_its_plan(
    world,
):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    ahead = {row.key for row in world.rows(state=DeliveryState.PLANNED)}
    world.write(GHOUTA + WITHDRAWN)
    await world.live_until("2016-05-02T12:01")
    assert world.kinds() == ["withdrawn"]
    assert not world.rows(truce="ghouta", state=DeliveryState.PLANNED)
    await world.stop()
    await world.start("2016-05-02T12:02")
    world.write(GHOUTA + WITHDRAWN + "void = 2016-05-02T15:02:00\n")
    await world.live_until("2016-05-02T12:03")
    assert world.kinds() == ["withdrawn", "corrected"]
    assert "back in the register, watched again; ends 0100 Wed 4 May" in world.titles()[-1]
    assert {row.key for row in world.rows(state=DeliveryState.PLANNED)} == ahead
    await world.live_until("2016-05-03T22:00")
    assert world.kinds()[2:] == [*(f"reminder {lead}" for lead in ("24h", "6h", "1h", "15m")), "lapsed 0"]


async def test_an_emptied_file_saved_again_in_time_changes_nothing(world):
    world.write(GHOUTA)
    await world.start()
    world.sent.clear()
    world.write("")
    await world.tick("2016-05-02T12:00:02")
    world.write(GHOUTA)
    await world.live_until("2016-05-02T12:01")
    assert world.kinds() == []


async def test_a_truce_first_seen_when_over_says_nothing(world):
    world.write(GHOUTA)
    await world.start("2016-05-03T22:05")
    await world.live_until("2016-05-04T00:00")
    assert world.kinds() == []


async def test_the_first_read_of_an_empty_ledger_is_one_digest(world):
    world.write("".join(truce_text(f"truce-{number}") for number in range(10)))
    await world.start()
    assert [len(sent.kinds) for sent in world.sent] == [10]


async def test_forty_truces_that_end_at_0000_are_one_message_a_target_with_nothing_left_out(world):
    world.settings(TWO_CHANNELS)
    world.write("".join(truce_text(f"truce-{number:02}", "0000") for number in range(40)))
    await world.start()
    world.sent.clear()
    await world.live_until("2016-05-03T21:00")
    lapsed = [sent for sent in world.sent if "lapsed 0" in sent.kinds]
    assert [(sent.target, sent.at, set(sent.kinds)) for sent in lapsed] == [
        (target, moment("2016-05-03T21:00"), {"lapsed 0"}) for target in ("desk", "oncall")
    ]
    assert all(
        {item.delivery.truce for item in sent.message.items} == {f"truce-{n:02}" for n in range(40)} for sent in lapsed
    )
    assert all(f"truce-{number:02}" in sent.message.text for sent in lapsed for number in range(40))


async def test_an_edit_elsewhere_stops_no_review(world):
    world.write(GHOUTA.replace('ends = "0100 Wed 4 May 2016"', "open = true"))
    await world.start()
    await world.tick("2016-05-04T00:00")
    world.write(truce_text("latakia"), name="other.toml")
    await world.live_until("2016-05-24T00:00")
    assert world.kinds().count("review") == 3


async def test_an_open_truce_is_asked_about_again_and_again(world):
    world.write(GHOUTA.replace('ends = "0100 Wed 4 May 2016"', "open = true"))
    await world.start()
    world.sent.clear()
    await world.live_until("2016-05-24T00:00")
    assert world.kinds() == ["review", "review", "review"]
    assert world.sent[1].at - world.sent[0].at == timedelta(days=7)


async def test_a_tag_counts_as_it_is_written_capital_letters_too(world):
    channels = (("desk", "Syria"), ("small", "syria"), ("other", "Yemen"))
    world.settings(
        "".join(f'[[channel]]\nname = "{name}"\nkind = "console"\ntags = ["{tag}"]\n' for name, tag in channels)
    )
    world.write(GHOUTA.replace("syria", "Syria"))
    await world.start("2016-05-02T12:00")

    assert {name: world.kinds(name) for name, _ in channels} == {"desk": ["recorded"], "small": [], "other": []}


async def test_a_server_that_asks_for_a_longer_pause_than_our_own_gets_it(world):
    world.write(GHOUTA)
    asked = timedelta(minutes=17)
    world.answers["console"] = [Outcome(Verdict.FAILED, "503", retry_after=asked)]
    await world.start("2016-05-02T12:00")
    await world.live_until("2016-05-02T12:30")

    told = [sent.at for sent in world.sent if sent.kinds == ["recorded"]]
    assert told == [moment("2016-05-02T12:17")]


async def test_forty_alerts_of_one_failed_message_come_back_as_one_message(world):
    world.settings(TWO_CHANNELS)
    world.write("".join(truce_text(f"truce-{number:02}") for number in range(40)))
    await world.start("2016-05-03T20:59:59")
    world.answers["desk"] = [FAILED] * 1000
    await world.live_until("2016-05-03T21:30")
    assert len(world.answers["desk"]) > 970, "each failure was one message"
    world.answers["desk"].clear()
    await world.live_until("2016-05-03T21:44")

    told = [sent for sent in world.sent if sent.target == "desk" and "reminder 1h" in sent.kinds]
    assert [sent.kinds for sent in told] == [["reminder 1h"] * 40]


async def test_after_an_outage_the_urgent_goes_first_and_what_is_too_old_is_one_message_after_it(world):
    old = [truce_text(f"truce-{number:04}") for number in range(2000)]
    urgent = truce_text("urgent").replace("0100 Wed 4", "1510 Thu 5")
    world.write("".join([*old, urgent]))
    await world.start("2016-05-02T12:00")
    await world.stop()
    world.sent.clear()
    channel = '[[channel]]\nname = "console"\nkind = "console"\ndigest = false\nrate_limit = "1/1s"\n'
    world.settings(f'[policy]\nunresolved_every = "7d"\n{channel}')  # no review is due yet
    await world.start("2016-05-05T12:00")  # the urgent one ends at 12:10 UTC

    assert [sent.kinds for sent in world.sent] == [["reminder 15m"], ["missed"]]
    assert [item.delivery.truce for item in world.sent[0].message.items] == ["urgent"]
    assert all(f"[truce-{number:04}] lapsed" in world.sent[1].message.text for number in range(2000))
