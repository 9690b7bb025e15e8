"""A message of each kind, as a daemon sends it that lives through ten days of truces on a virtual clock.

`docs/messages.md` shows them, so what a reader finds there is what alertd says now.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from factories import moment
from world import SentToTarget, World

from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.alert import Kind
from alertd.message.values import Message

CLOSING = "closing of a daily pause"
"""The name of the example of a window: a reminder of tonight's closing."""

DIGEST = "digest"
"""The name of the example that carries several alerts."""

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
zone = "Europe/Zurich"
[[channel]]
name = "duty"
kind = "console"
zone = "Europe/Zurich"
tags = ["of no truce"]
[[escalation]]
name = "cut-short"
alerts = ["shortened"]
steps = [{ channel = "desk", wait = "10m" }, { channel = "duty", wait = "24h" }]
[ops]
channel = "desk"
shift_digest = ["07:00"]
"""

GHOUTA = """
[[truce]]
id = "eastern-ghouta"
title = "Regime of calm, Damascus and Eastern Ghouta"
name = "Eastern Ghouta"
zone = "Asia/Damascus"
parties = ["Syrian army", "Jaish al-Islam"]
announced = 2016-04-29T18:00:00
starts = 2016-04-30T01:00:00
ends = 2016-05-01T01:00:00
source = "https://example.org/statement"
note = "Stop convoy 7 at Douma."
"""

HOMS = """
[[truce]]
id = "homs"
title = "Local truce, Homs"
zone = "Asia/Damascus"
announced = 2016-04-29T20:00:00
open = true
source = "https://example.org/homs"
[[truce.milestone]]
id = "evacuation"
what = "evacuation of the wounded"
by = "Local council"
at = 2016-05-02T18:00:00
"""

PAIR = "".join(
    f"""
[[truce]]
id = "{truce}"
title = "Regime of calm, {truce.capitalize()}"
zone = "Asia/Damascus"
announced = 2016-05-05T12:00:00
starts = 2016-05-05T12:00:00
ends = 2016-05-08T01:00:00
"""
    for truce in ("aleppo", "latakia")
)

CLAIM = """
[[truce.claim]]
announced = 2016-05-01T13:00:00
until = "2300 Sun 1 May 2016"
stated_by = "Russian centre"
source = "https://example.org/centre"
"""


def extension(announced: str, end: str) -> str:
    return f"""
[[truce.extension]]
announced = {announced}
{end}
stated_by = "Syrian army"
source = "https://example.org/extension"
"""


FIRST_EXTENSION = extension("2016-05-01T00:10:00", 'by = "24h"')
DENIED_CLAIM = f'{CLAIM}denied = 2016-05-01T15:00:00\ndenied_by = "Foreign Ministry"\n'
LATER = (
    ("2016-05-02T09:00", extension("2016-05-02T12:00:00", 'until = "0100 Wed 4 May 2016"')),
    ("2016-05-02T18:00", extension("2016-05-02T21:00:00", 'until = "1300 Tue 3 May 2016"')),
    ("2016-05-03T08:00", extension("2016-05-03T11:00:00", "open = true")),
    ("2016-05-04T09:00", extension("2016-05-04T12:00:00", 'until = "0100 Wed 11 May 2016"')),
)
"""The extensions after the first, each with the moment at which it is written down."""

TERMINATION = """
[[truce.termination]]
announced = 2016-05-05T15:00:00
at = 2016-05-06T00:00:00
stated_by = "Jaish al-Islam"
reason = "shelling of Douma"
source = "https://example.org/termination"
"""


PAUSE = """
[[truce]]
id = "madaya-road"
title = "Humanitarian pause, road to Madaya"
zone = "Asia/Damascus"
announced = 2016-05-10T15:00:00
daily = "0900-1700"
starts = 2016-05-11
ends = 2016-05-20
source = "https://example.org/pause"
"""


async def _a_day_of_a_pause(world: World) -> None:
    world.settings(SETTINGS)
    world.write(PAUSE, "pause.toml")
    await world.start("2016-05-10T12:00")
    await world.live_until("2016-05-11T13:30")
    await world.stop()


async def _ten_days(world: World) -> None:
    world.settings(SETTINGS)
    world.write(GHOUTA, "ghouta.toml")
    await world.start("2016-04-29T15:00")
    await _save(world, "2016-04-29T17:00", HOMS, "homs.toml")
    text = GHOUTA + FIRST_EXTENSION
    await _save(world, "2016-04-30T21:10", text, "ghouta.toml")
    await _save(world, "2016-05-01T10:00", text + CLAIM, "ghouta.toml")
    text += DENIED_CLAIM
    await _save(world, "2016-05-01T12:00", text, "ghouta.toml")
    for at, record in LATER:
        text += record
        await _save(world, at, text, "ghouta.toml")
    await _save(world, "2016-05-05T10:00", PAIR, "pair.toml")
    await _save(world, "2016-05-05T12:00", text + TERMINATION, "ghouta.toml")
    await _save(world, "2016-05-06T08:00", HOMS.replace("zone =", "zome ="), "homs.toml")
    await _save(world, "2016-05-06T17:30", HOMS, "homs.toml")
    await world.live_until("2016-05-07T12:00")
    await world.stop()
    await world.start("2016-05-10T12:00")
    world.write('withdrawn = ["homs"]', "withdrawn.toml")
    world.remove("homs.toml")
    await world.live_until("2016-05-10T12:01")
    await world.stop()


async def _save(world: World, at: str, text: str, name: str) -> None:
    """Live until a moment, at which somebody saves a file."""
    await world.live_until(at)
    world.write(text, name)
    await world.tick()


@cache
def example_messages() -> dict[str, Message]:
    """The first message of each kind that carries nothing else, one of a closing, and the first with several alerts."""
    found: dict[str, Message] = {}
    for sent in (*_lived(_ten_days, "2016-04-29T15:00"), *_lived(_a_day_of_a_pause, "2016-05-10T12:00")):
        (first, *more) = (item.delivery for item in sent.message.items)
        name = CLOSING if first.is_of_window else first.kind.value
        found.setdefault(DIGEST if more else name, sent.message)
    return {name: found[name] for name in (*Kind, CLOSING, DIGEST) if name in found}


def _lived(days: Callable[[World], Awaitable[None]], begin: str) -> Sequence[SentToTarget]:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), VirtualClock(moment(begin)))
        asyncio.run(days(world))
    return world.sent
