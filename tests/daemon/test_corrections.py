"""What a target was told, and a record that comes late makes untrue, is put right with the alert that it names."""

import pytest
from world import GHOUTA

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.ledger import DeliveryState

TWO_CHANNELS = """
[[channel]]
name = "desk"
kind = "console"
alerts = ["reminder", "lapsed"]
[[channel]]
name = "oncall"
kind = "console"
alerts = ["lapsed"]
"""

EXTENSION = """
[[truce.extension]]
announced = 2016-05-03T23:30:00
until = "0100 Fri 6 May 2016"
recorded = 2016-05-04T03:15:00
recorded_by = "Anna"
"""
"""Announced 2030Z Tue 3 May, and written down 0015Z Wed 4 May, over two hours after the end."""


def corrections(world, target="console", number=-1):
    text = [sent.message.text for sent in world.sent if sent.target == target][number]
    return [line for line in text.splitlines() if line.startswith("CORRECTION")]


def short_id(world, **wanted):
    (row,) = world.rows(state=DeliveryState.DELIVERED, **wanted)
    return row.short_id


async def test_each_target_is_told_which_of_the_alerts_that_it_had_were_untrue(world):
    world.settings(TWO_CHANNELS)
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T00:15")
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-04T00:16")

    assert (world.kinds("desk")[-1], world.kinds("oncall")[-1]) == ("extended", "extended")
    expired = {
        (target, stage): short_id(world, kind="lapsed", stage=stage, target=target)
        for target in ("desk", "oncall")
        for stage in ("0", "+15m")
    }
    reminded = {stage: short_id(world, kind="reminder", stage=stage, target="desk") for stage in ("1h", "15m")}
    assert corrections(world, "desk") == [
        f"CORRECTION: at 2100Z Tue 3 May you were told that it ends 0100 Wed 4 May (alert {reminded['1h']})",
        f"CORRECTION: at 2145Z Tue 3 May you were told that it ends 0100 Wed 4 May (alert {reminded['15m']})",
        f"CORRECTION: at 2200Z Tue 3 May you were told that it expired (alert {expired['desk', '0']})",
        f"CORRECTION: at 2215Z Tue 3 May you were told that it expired (alert {expired['desk', '+15m']})",
    ]
    assert corrections(world, "oncall") == [
        f"CORRECTION: at 2200Z Tue 3 May you were told that it expired (alert {expired['oncall', '0']})",
        f"CORRECTION: at 2215Z Tue 3 May you were told that it expired (alert {expired['oncall', '+15m']})",
    ]
    last = world.sent[-1].message
    assert "extended to 0100 Fri 6 May" in last.title
    assert "recorded 0315 Wed 4 May 2016 Asia/Damascus (+03:00) = 0015Z Wed 4 May by Anna" in last.text


async def test_on_the_same_day_the_hour_says_it_all_also_where_the_send_took_seconds(world):
    text = GHOUTA.replace("0100 Wed 4 May", "1921 Tue 3 May")
    world.write(text)
    await world.start()
    await world.live_until("2016-05-03T16:20")
    await world.tick("2016-05-03T16:21:07")
    world.write(text + EXTENSION.replace("03T23:30", "03T19:20").replace("04T03:15", "03T19:40"))
    await world.tick("2016-05-03T16:41")
    (line,) = corrections(world)
    lapse = short_id(world, kind="lapsed", stage="0")
    assert line == f"CORRECTION: at 1621Z you were told that it expired (alert {lapse})"


async def test_what_was_true_when_it_was_told_is_not_corrected(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T00:15")
    world.write(GHOUTA + EXTENSION.replace("2016-05-03T23:30", "2016-05-04T02:00"))
    await world.tick("2016-05-04T00:16")
    assert world.kinds()[-1] == "extended"
    assert corrections(world) == []


async def test_a_record_that_does_not_say_when_it_was_announced_corrects_nothing(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T00:15")
    world.write(GHOUTA + '\n[[truce.extension]]\nuntil = "0100 Fri 6 May 2016"\n')
    await world.tick("2016-05-04T00:16")
    assert (world.kinds()[-1], corrections(world)) == ("extended", [])


async def test_an_alert_is_corrected_once_even_if_more_is_recorded_late(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T00:15")
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-04T00:16")
    assert len(corrections(world)) == 4
    more = EXTENSION.replace("23:30", "23:45").replace("6 May", "7 May").replace("Fri", "Sat")
    world.write(GHOUTA + EXTENSION + more)
    await world.tick("2016-05-04T00:20")
    assert world.kinds()[-1] == "extended"
    first = world.rows(kind="extended")[0].short_id
    assert corrections(world) == [
        f"CORRECTION: at 0016Z you were told that it was extended to 0100 Fri 6 May (alert {first})"
    ]


async def test_a_correction_that_never_went_out_comes_with_the_alert_that_replaced_it(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T22:30")
    told = len(world.sent)
    world.answers["console"] = [Outcome(Verdict.FAILED, "no route")]
    world.write(GHOUTA + EXTENSION)
    await world.tick("2016-05-04T00:16")
    assert len(world.sent) == told
    later = EXTENSION.replace("2016-05-03T23:30", "2016-05-04T03:16").replace("6 May", "7 May").replace("Fri", "Sat")
    world.write(GHOUTA + EXTENSION + later)
    await world.tick("2016-05-04T00:16:01")
    assert world.kinds()[-1] == "extended"
    assert [line.split(" that ")[1].split(" (")[0] for line in corrections(world)] == [
        "it ends 0100 Wed 4 May",
        "it ends 0100 Wed 4 May",
        "it expired",
        "it expired",
    ]


async def test_a_late_termination_corrects_what_was_told_of_the_agreed_end(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T22:30")
    ended = "\n[[truce.termination]]\nannounced = 2016-05-03T22:00:00\nat = 2016-05-03T22:00:00\n"
    world.write(GHOUTA + ended)
    await world.tick("2016-05-03T22:31")
    assert world.kinds()[-1] == "terminated"
    assert [line.split(" (")[0] for line in corrections(world)] == [
        "CORRECTION: at 2100Z you were told that it ends 0100 Wed 4 May",
        "CORRECTION: at 2145Z you were told that it ends 0100 Wed 4 May",
        "CORRECTION: at 2200Z you were told that it expired",
        "CORRECTION: at 2215Z you were told that it expired",
    ]


async def test_what_was_told_because_of_a_mistake_of_recording_is_put_right_with_it(world):
    world.write(GHOUTA)
    await world.start()
    wrong = '\n[[truce.extension]]\nannounced = 2016-05-02T15:30:00\nuntil = "0100 Fri 6 May 2016"\n'
    world.write(GHOUTA + wrong)
    await world.tick("2016-05-02T12:35")
    world.write(GHOUTA + wrong + "void = 2016-05-02T15:40:00\n")
    await world.tick("2016-05-02T12:41")
    assert world.kinds() == ["recorded", "extended", "corrected"]
    extended = short_id(world, kind="extended")
    assert corrections(world) == [
        f"CORRECTION: at 1235Z you were told that it was extended to 0100 Fri 6 May (alert {extended})"
    ]
    assert world.titles()[-1] == (
        "Calm in Ghouta: ends 0100 Wed 4 May Damascus (2200Z Tue 3 May); end 0100 Fri 6 May recorded by mistake"
    )
    await world.live_until("2016-05-03T22:30")
    assert world.kinds()[3:] == [
        "reminder 24h",
        "reminder 6h",
        "reminder 1h",
        "reminder 15m",
        "lapsed 0",
        "lapsed +15m",
    ]


CLAIM = """
[[truce.claim]]
announced = 2016-05-02T15:30:00
stated_by = "Russian centre"
until = "2200 Tue 3 May 2016"
"""
"""Recorded at 1235Z; of its end 1900Z Tue 3 May people are reminded from 1900Z Mon 2 May on."""

LATER = """
[[truce.extension]]
announced = 2016-05-04T01:30:00
until = "0100 Sat 7 May 2016"
"""
"""Announced 2230Z Tue 3 May, half an hour after the end."""


async def told_of_the_claim(world, text=CLAIM):
    world.write(GHOUTA)
    await world.start()
    world.write(GHOUTA + text)
    await world.tick("2016-05-02T12:35")
    await world.live_until("2016-05-02T19:30")
    assert world.kinds() == ["recorded", "claimed", "reminder 24h"]


async def test_a_denial_recorded_late_corrects_what_was_told_of_the_claim(world):
    await told_of_the_claim(world)
    world.write(GHOUTA + CLAIM + 'denied = 2016-05-02T21:00:00\ndenied_by = "Syrian army"\n')
    await world.tick("2016-05-02T19:31")
    assert world.kinds()[-1] == "corrected"
    reminded = short_id(world, kind="reminder")
    assert corrections(world) == [
        f"CORRECTION: at 1900Z you were told that Russian centre states the end 2200 Tue 3 May (alert {reminded})"
    ]


async def test_a_claim_that_was_a_mistake_of_recording_corrects_all_that_was_told_of_it(world):
    await told_of_the_claim(world)
    world.write(GHOUTA + CLAIM + "void = 2016-05-02T22:31:00\n")
    await world.tick("2016-05-02T19:31")
    claimed, reminded = short_id(world, kind="claimed"), short_id(world, kind="reminder")
    assert corrections(world) == [
        f"CORRECTION: at 1235Z you were told that Russian centre states the end 2200 Tue 3 May (alert {claimed})",
        f"CORRECTION: at 1900Z you were told that Russian centre states the end 2200 Tue 3 May (alert {reminded})",
    ]


async def test_an_early_end_that_one_party_states_is_put_right_in_the_same_way(world):
    text = "\n[truce.termination]\nannounced = 2016-05-02T15:30:00\nat = 2016-05-03T22:00:00\nconfirmed = false\n"
    await told_of_the_claim(world, text)
    world.write(GHOUTA + text + "void = 2016-05-02T22:31:00\n")
    await world.tick("2016-05-02T19:31")
    assert [line.split(" (")[0] for line in corrections(world)] == [
        f"CORRECTION: at {at}Z you were told that an unnamed party states the early end 2200 Tue 3 May"
        for at in ("1235", "1900")
    ]


async def test_a_claim_that_its_party_had_replaced_by_then_is_put_right_by_the_later_one(world):
    await told_of_the_claim(world)
    world.write(GHOUTA + CLAIM + CLAIM.replace("15:30", "20:00").replace("2200", "2300"))
    await world.tick("2016-05-02T19:31")
    assert world.kinds()[-1] == "claimed"
    reminded = short_id(world, kind="reminder")
    assert corrections(world) == [
        f"CORRECTION: at 1900Z you were told that Russian centre states the end 2200 Tue 3 May (alert {reminded})"
    ]


async def test_a_denial_that_does_not_say_when_it_was_announced_corrects_nothing(world):
    await told_of_the_claim(world)
    world.write(GHOUTA + CLAIM + "denied = true\n")
    await world.tick("2016-05-02T19:31")
    assert (world.kinds()[-1], corrections(world)) == ("corrected", [])


async def extended_after_its_end(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-03T22:31")
    world.write(GHOUTA + LATER)
    await world.tick("2016-05-03T22:32")
    assert (world.kinds()[-1], corrections(world)) == ("extended", [])


async def test_a_record_that_moves_no_end_any_more_puts_right_what_was_told_before_the_one_that_counts(world):
    await extended_after_its_end(world)
    world.write(GHOUTA + EXTENSION + LATER)
    await world.tick("2016-05-04T00:16")
    assert world.kinds()[-1] == "corrected"
    assert world.titles()[-1] == (
        "Calm in Ghouta: ends 0100 Sat 7 May Damascus (2200Z Fri 6 May), stands; end 0100 Fri 6 May recorded late"
    )
    assert [line.split(" (")[0] for line in corrections(world)] == [
        "CORRECTION: at 2100Z Tue 3 May you were told that it ends 0100 Wed 4 May",
        "CORRECTION: at 2145Z Tue 3 May you were told that it ends 0100 Wed 4 May",
        "CORRECTION: at 2200Z Tue 3 May you were told that it expired",
        "CORRECTION: at 2215Z Tue 3 May you were told that it expired",
    ]
    text = world.sent[-1].message.text
    assert "Why: it was recorded late, after an end that counts instead of it." in text
    assert "recorded 0315 Wed 4 May 2016 Asia/Damascus (+03:00) = 0015Z Wed 4 May by Anna" in text


async def test_a_denial_that_moves_no_end_any_more_puts_right_what_was_told_before(world):
    world.write(GHOUTA + EXTENSION)
    await world.start("2016-05-03T21:00")
    world.write(GHOUTA + EXTENSION + LATER)
    await world.tick("2016-05-03T22:32")
    denied = EXTENSION + "denied = 2016-05-03T23:45:00\n"
    world.write(GHOUTA + denied + LATER)
    await world.tick("2016-05-03T22:40")
    assert world.kinds() == ["recorded", "extended", "corrected"]
    recorded = short_id(world, kind="recorded")
    assert corrections(world) == [f"CORRECTION: at 2100Z you were told that it ends 0100 Fri 6 May (alert {recorded})"]


async def test_a_record_that_moves_no_end_and_makes_nothing_untrue_is_told_to_nobody(world):
    await extended_after_its_end(world)
    told = len(world.sent)
    world.write(GHOUTA + EXTENSION.replace("2016-05-03T23:30", "2016-05-04T01:20") + LATER)
    await world.tick("2016-05-04T00:16")
    assert len(world.sent) == told


DAILY = """
[[truce]]
id = "road"
title = "Pause"
zone = "Asia/Gaza"
announced = 2025-07-26T12:00:00
daily = "1000-2000"
starts = 2025-07-27
{end}
"""
OTHER_HOURS = """
[[truce.extension]]
announced = {announced}
daily = "1000-1930"
from = 2025-07-28
"""


@pytest.mark.parametrize("end", ["open = true", "ends = 2025-08-10"])
async def test_a_closing_that_was_told_and_was_another_one_by_then_is_put_right(world, end):
    text = DAILY.format(end=end)
    world.write(text)
    await world.start("2025-07-28T06:30")
    await world.live_until("2025-07-28T16:05")
    assert "closes in 1 h" in world.titles()[-1]
    world.write(text + OTHER_HOURS.format(announced="2025-07-28T18:30:00"))
    await world.tick("2025-07-28T16:10")
    (row,) = world.rows(kind="reminder", stage="1h", state=DeliveryState.DELIVERED)
    told = f"CORRECTION: at 1600Z you were told that it closes 2000 Mon 28 Jul (alert {row.short_id})"
    assert corrections(world, number=[kind in ("corrected", "shortened") for kind in world.kinds()].index(True)) == [
        told
    ]


@pytest.mark.parametrize(
    "more",
    [
        OTHER_HOURS.format(announced="2025-07-28T19:05:00"),
        "\n[[truce.extension]]\nannounced = 2025-07-28T18:30:00\nuntil = 2025-08-20\n",
    ],
)
async def test_a_closing_that_was_true_as_it_was_told_is_not_corrected(world, more):
    text = DAILY.format(end="ends = 2025-08-10")
    world.write(text)
    await world.start("2025-07-28T06:30")
    await world.live_until("2025-07-28T16:05")
    told = len(world.sent)
    world.write(text + more)
    await world.tick("2025-07-28T16:10")
    assert len(world.sent) > told
    assert not any(corrections(world, number=number) for number in range(told, len(world.sent)))


async def test_an_opening_that_was_told_is_put_right_and_those_of_days_ago_are_not(world):
    text = DAILY.format(end="open = true")
    world.write(text)
    await world.start("2025-07-26T12:00")
    await world.live_until("2025-07-29T06:05")
    world.write(text.replace("1000-2000", "1100-2000"))
    await world.tick("2025-07-29T06:10")
    (first,) = (number for number, kind in enumerate(world.kinds()) if kind == "corrected")
    assert [line.split(" (")[0] for line in corrections(world, number=first)] == [
        "CORRECTION: at 0600Z Mon 28 Jul you were told that it opens 1000 Mon 28 Jul",
        "CORRECTION: at 0700Z Mon 28 Jul you were told that it opened 1000 Mon 28 Jul",
        "CORRECTION: at 0600Z you were told that it opens 1000 Tue 29 Jul",
    ]
