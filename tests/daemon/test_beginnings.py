"""Starts that are open while alertd runs: Gaza in January 2025, had nobody said at which hour it would begin."""

import pytest
from factories import moment

GAZA = """
[[truce]]
id = "gaza-2025-01"
title = "Ceasefire in Gaza, first phase"
name = "Gaza ceasefire"
zone = "Asia/Gaza"
announced = 2025-01-18T10:00:00
starts_condition = "once both lists are exchanged"
ends = "0830 Sun 2 Mar 2025"
"""
LASTS = GAZA.replace('ends = "0830 Sun 2 Mar 2025"', 'lasts = "72h"')
RELEASE = """
[[truce.milestone]]
id = "release"
what = "release of the first hostages"
after = "72h"
"""
BEFORE = "2025-01-18T09:00"


def begun(at: str = "2025-01-19T11:15:00", announced: str = "2025-01-19T11:20:00", **other: str) -> str:
    lines = [f"{key} = {value}" for key, value in {"announced": announced, "at": at, **other}.items()]
    return "\n".join(["[[truce.begun]]", *lines, ""])


async def test_a_truce_whose_start_is_open_says_so_and_has_no_alert_of_its_start(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.live_until("2025-01-26T00:00")
    assert world.kinds() == ["recorded"]
    assert world.titles() == ["Gaza ceasefire: recorded, ends 0830 Sun 2 Mar Gaza (0630Z Sun 2 Mar); has not begun"]
    assert "Has not begun: “once both lists are exchanged”" in world.sent[0].message.text


async def test_when_it_has_begun_that_is_told_at_once_as_its_start(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.live_until("2025-01-19T09:20:10")
    world.write(GAZA + begun(source='"the mediators"', recorded_by='"Ana"'))
    await world.tick()
    assert world.kinds() == ["recorded", "start 0"]
    text = world.sent[-1].message.text
    assert "Announced 1120 Sun 19 Jan 2025 Asia/Gaza (+02:00) = 0920Z Sun 19 Jan, recorded by Ana" in text
    assert "Source of the start: the mediators" in text
    assert world.titles()[-1] == "Gaza ceasefire: in force since 1115 Sun 19 Jan Gaza (0915Z Sun 19 Jan), as announced"
    (row,) = world.rows(kind="start")
    assert (row.at, row.ends_at) == (moment("2025-01-19T09:15"), None)


async def test_a_start_that_is_known_ahead_is_told_and_leads_to_its_moment(world):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.live_until("2025-01-19T06:00")
    world.write(GAZA + begun(announced="2025-01-19T08:00:00"))
    await world.live_until("2025-01-19T10:00")
    assert world.kinds() == ["recorded", "corrected", "start 1h", "start 0"]
    assert world.titles()[1] == "Gaza ceasefire: starts 1115 Sun 19 Jan Gaza (0915Z Sun 19 Jan), as announced"


async def test_all_that_hangs_on_the_start_is_counted_as_soon_as_it_has_begun(world):
    world.write(LASTS + RELEASE)
    await world.start(BEFORE)
    assert world.titles()[0].endswith("recorded, ends on the condition “72h after the start”; has not begun")
    await world.live_until("2025-01-19T09:20:10")
    assert not world.rows(kind="milestone")
    world.write(LASTS + RELEASE + begun())
    await world.tick()
    assert sorted(world.kinds()[1:]) == ["dated", "start 0"]
    assert {row.at for row in world.rows(kind="milestone")} == {moment("2025-01-22T09:15")}
    assert {row.at for row in world.rows(kind="reminder")} == {moment("2025-01-22T09:15")}
    text = next(sent.message.text for sent in world.sent if "now has an end" in sent.message.title)
    assert "Milestone moved: release of the first hostages, from 72h after the start to 1115 Wed 22 Jan 2025" in text


async def test_a_start_that_was_recorded_by_mistake_is_corrected_for_all_and_takes_its_ladders_with_it(world):
    world.write(LASTS + RELEASE)
    await world.start(BEFORE)
    await world.live_until("2025-01-19T09:20:10")
    world.write(LASTS + RELEASE + begun())
    await world.tick()
    world.write(LASTS + RELEASE + begun(void="2025-01-19T11:25:00", void_reason='"the lists are not complete"'))
    await world.live_until("2025-01-19T09:30")
    assert world.titles()[-1] == ("Gaza ceasefire: has not begun; its start 1115 Sun 19 Jan counts no longer")
    text = world.sent[-1].message.text
    assert "Why: its start was recorded by mistake: the lists are not complete." in text
    assert "Has not begun: “once both lists are exchanged”" in text
    await world.live_until("2025-01-25T00:00")
    assert not [kind for kind in world.kinds() if kind.startswith(("milestone", "lapsed", "reminder"))]


async def test_a_truce_that_never_began_says_at_its_end_that_no_start_is_recorded(world):
    world.write(GAZA)
    await world.start("2025-03-01T23:00")
    await world.live_until("2025-03-02T06:31")
    assert world.titles()[-1] == (
        "Gaza ceasefire: expired, neither a start nor an extension recorded: 0830 Sun 2 Mar Gaza (0630Z Sun 2 Mar)"
    )
    assert "If it began, run alertd begin gaza-2025-01 --at TIME." in world.sent[-1].message.text
    reminder = next(sent.message.title for sent in world.sent if "ends in 1 h" in sent.message.title)
    assert reminder.endswith("; has not begun")


async def test_a_truce_without_an_agreed_end_is_asked_about_as_long_as_it_has_not_begun(world):
    world.write(LASTS)
    await world.start(BEFORE)
    await world.live_until("2025-01-25T08:00")
    assert world.kinds() == ["recorded", "review"]
    assert world.titles()[-1] == "Gaza ceasefire: has not begun: “once both lists are exchanged”. Has it begun?"
    assert "If it has begun, run alertd begin gaza-2025-01" in world.sent[-1].message.text


@pytest.mark.parametrize("changed", ["2025-01-19T12:00:00", "2025-01-19T10:00:00"])
async def test_another_moment_of_the_start_is_told_as_a_start_that_moved(world, changed):
    world.write(GAZA)
    await world.start(BEFORE)
    await world.live_until("2025-01-19T09:20:10")
    world.write(GAZA + begun())
    await world.tick()
    world.write(GAZA + begun() + begun(at=changed, announced="2025-01-19T11:20:05"))
    await world.live_until("2025-01-19T09:22")
    assert "start moved from 1115 to" in world.titles()[-1]
