"""The shift digest as the daemon gives it: one message a shift, which tells all since the digest before."""

from factories import moment
from world import GHOUTA

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
zone = "Europe/Zurich"
[[channel]]
name = "field"
kind = "console"
[[channel]]
name = "phone"
kind = "console"
alerts = ["reminder", "lapsed"]
[ops]
channel = "desk"
shift_digest = ["07:00", "19:00"]
"""
"""Digests are due at 0500Z and 1700Z."""

END = "0100 Wed 4 May Damascus (2200Z Tue 3 May)"


def digests(world):
    return [sent for sent in world.sent if "shift" in sent.kinds]


async def begun(world, at="2016-05-03T16:00"):
    world.settings(SETTINGS)
    world.write(GHOUTA)
    await world.start(at)
    world.sent.clear()


async def test_a_shift_is_one_message_for_the_ops_channel_and_none_for_any_other(world):
    """Of 404 messages to a desk 291 were shift digests: not as one came often, but as a quiet one told all again."""
    await begun(world)
    await world.live_until("2016-05-05T06:00")
    told = [(sent.target, sent.at) for sent in digests(world)]
    assert told == [
        ("desk", moment(f"2016-05-0{day}T{hour}:00")) for day, hour in ((3, 17), (4, "05"), (4, 17), (5, "05"))
    ]


async def test_a_lapse_is_told_by_the_next_digest_and_stands_first_in_each_after_it(world):
    await begun(world)
    await world.live_until("2016-05-04T17:00")
    first, second, third = (sent.message for sent in digests(world))
    assert first.title == f"alertd: shift digest: 1 truce running, next end in 5 h: Calm in Ghouta, {END}"
    unresolved = "1 truce expired, unresolved: Calm in Ghouta ({} ago); 0 truces running, no end ahead"
    assert second.title == f"alertd: shift digest: {unresolved.format('7 h')}"
    assert second.text.splitlines()[:5] == [
        unresolved.format("7 h"),
        "Since 1700Z Tue 3 May:",
        f"Calm in Ghouta: expired 7 h ago, no extension recorded: {END}.",
        "Sent: 4 alerts (2 lapsed, 2 reminder).",
        "Nothing in the register is unwatched.",
    ]
    assert third.text.splitlines()[:4] == [
        unresolved.format("19 h"),
        "Nothing changed since 0500Z Wed 4 May, and nothing was sent.",
        "Nothing in the register is unwatched.",
        "",
    ]


async def test_a_watch_begins_with_the_digest_before_however_long_ago_that_was(world):
    """After a pause one digest comes, and leaves out nothing of the shifts in between."""
    await begun(world)
    await world.live_until("2016-05-03T17:00")
    await world.stop()
    world.sent.clear()
    await world.start("2016-05-05T08:00", last_tick="2016-05-03T17:00")
    (digest,) = digests(world)
    lines = digest.message.text.splitlines()
    assert "Since 1700Z Tue 3 May:" in lines
    assert f"Calm in Ghouta: expired 34 h ago, no extension recorded: {END}." in lines


async def test_what_one_digest_told_the_next_does_not_tell_again(world):
    await begun(world)
    world.write(GHOUTA + '[[truce.extension]]\nannounced = 2016-05-03T20:00:00\nby = "24h"\n')
    await world.live_until("2016-05-04T05:00")
    first, second = (sent.message.text for sent in digests(world))
    assert "extended to" in first
    assert "extended to" not in second
