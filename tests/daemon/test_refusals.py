"""Whatever is refused, ops is told the file, the line, the reason, and what stays in force."""

import pytest

from alertd.ledger import queries

TRUCE = """\
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Gaza"
announced = 2023-10-20T09:00:00
starts = 2023-10-20T10:00:00
ends = 2023-10-30T01:00:00
"""

NO_END = {
    "bad_time": (7, "2023-10-30T01:00:00", '"soon"'),
    "midnight": (7, "2023-10-30T01:00:00", '"midnight Mon 30 Oct 2023"'),
    "abbreviation": (7, "2023-10-30T01:00:00", '"0100 Mon 30 Oct 2023 IST"'),
    "weekday": (7, "2023-10-30T01:00:00", '"0100 Fri"'),
    "gap": (7, "2023-10-30T01:00:00", "2024-04-20T02:30:00"),
    "order": (7, "2023-10-30T01:00:00", "2023-10-01T01:00:00"),
    "unknown_zone": (4, "Asia/Gaza", "Asia/Gazza"),
    "two_ends": (8, "ends =", "open = true\nends ="),
    "missing": (1, "ends = 2023-10-30T01:00:00\n", ""),
    "bad_duration": (7, "ends = 2023-10-30T01:00:00", 'lasts = "a while"'),
}
"""What costs the end: the line to blame, and the edit."""

END_STANDS = {
    "syntax": (3, '"Calm in Ghouta"', "Calm in Ghouta"),
    "unknown_key": (5, "announced", "announcd"),
}

EVERY = NO_END | END_STANDS


async def edit(world, text: str) -> str:
    """Save, let the file stand still, and give what ops was told."""
    world.sent.clear()
    world.write(text)
    await world.live_until("2023-10-20T12:01")
    return "\n".join(sent.message.text for sent in world.sent if "ops" in sent.kinds)


def mistaken(code: str) -> str:
    _, before, after = EVERY[code]
    assert before in TRUCE
    return TRUCE.replace(before, after)


@pytest.mark.parametrize("code", EVERY)
async def test_a_refused_edit_of_a_known_truce_leaves_its_last_good_form(world, code):
    world.write(TRUCE)
    await world.start("2023-10-20T12:00")
    before = world.ledger.run(queries.truces)["ghouta"].truce
    told = await edit(world, mistaken(code))
    stays = "Calm in Ghouta [ghouta] stays in force in its last good form."
    assert f"{stays} truces/truces.toml:{EVERY[code][0]}: error: " in told
    assert f"[{code}]" in told
    assert world.ledger.run(queries.truces)["ghouta"].truce == before


@pytest.mark.parametrize("code", NO_END)
async def test_a_truce_first_seen_without_an_end_that_can_be_read_is_said_not_to_be_watched(world, code):
    await world.start("2023-10-20T12:00")
    told = await edit(world, mistaken(code))
    assert f"Truce ghouta is NOT WATCHED. truces/truces.toml:{NO_END[code][0]}: error: " in told
    assert f"[{code}]" in told


@pytest.mark.parametrize("code", END_STANDS)
async def test_a_truce_first_seen_with_another_mistake_is_said_to_be_watched_in_part(world, code):
    await world.start("2023-10-20T12:00")
    told = await edit(world, mistaken(code))
    assert f"truces/truces.toml:{END_STANDS[code][0]}: error: " in told
    assert "Truce ghouta is NOT WATCHED" not in told
    assert world.rows(truce="ghouta", kind="reminder")


async def test_an_id_that_stands_twice_is_told_at_both_places(world):
    await world.start("2023-10-20T12:00")
    told = await edit(world, TRUCE + TRUCE)
    assert "Truce ghouta is NOT WATCHED. truces/truces.toml:2: error: " in told
    assert "Truce ghouta is NOT WATCHED. truces/truces.toml:9: error: " in told


async def test_what_is_said_of_one_file_is_bounded(world):
    await world.start("2023-10-20T12:00")
    told = await edit(world, "".join(mistaken("bad_time").replace('"ghouta"', f'"g{number}"') for number in range(99)))
    assert told.count("NOT WATCHED") == 40
    assert "… and 59 more lines: see `alertd check`" in told
