"""Nights drawn at random: a channel with quiet hours beside its twin without, over edits and restarts."""

from collections import defaultdict
from datetime import timedelta
from random import Random

import pytest
from factories import moment

from alertd.cli.context import Context
from alertd.domain.alert import alert_key
from alertd.times.formats import iso_utc

PLACES = (
    ("Europe/Zurich", "2016-03-25T12:00"),
    ("Europe/Zurich", "2016-10-28T12:00"),
    ("Australia/Lord_Howe", "2016-10-01T00:00"),
    ("America/New_York", "2016-11-05T12:00"),
    ("Asia/Damascus", "2016-05-02T12:00"),
)
"""A zone, and a moment from which a few nights follow; in most of them its clocks change."""

HOURS = ("2200-0600", "2100-0700", "0000-0230", "2300-0215", "1200-1500", "0200-2300")
WORDS = ("24h", "1h", "15m", "0", "+15m", "lapsed", "extended", "shortened", "claimed", "start", "reminder")
DAYS = timedelta(days=4)


def settings(random: Random, zone: str) -> str:
    passing = random.sample(WORDS, random.randint(0, 4))
    given = f'quiet = {{ hours = "{random.choice(HOURS)}", pass = {passing} }}'.replace("'", '"')
    shared = f'kind = "console"\ndigest = {random.choice(("true", "false"))}\n'
    return f'[[channel]]\nname = "desk"\nzone = "{zone}"\n{given}\n{shared}[[channel]]\nname = "twin"\n{shared}'


def truce(number: int, begins, ends) -> str:
    return (
        f'[[truce]]\nid = "t-{number}"\ntitle = "Calm {number}"\nzone = "UTC"\nannounced = {iso_utc(begins)}\n'
        f"starts = {iso_utc(begins)}\nends = {iso_utc(ends)}\n"
    )


def record(random: Random, at, ends) -> str:
    until = ends + timedelta(minutes=random.choice((-180, 60, 600, 1440)))
    kind = random.choice(("extension", "extension", "claim"))
    return f"[[truce.{kind}]]\nannounced = {iso_utc(at)}\nuntil = {iso_utc(max(until, at + timedelta(minutes=1)))}\n"


async def live(world, random: Random, begin) -> None:
    """A few days of truces, of which some are moved, with restarts between."""
    ends = [begin + timedelta(minutes=random.randint(300, 4000)) for _ in range(3)]
    texts = [truce(number, begin, end) for number, end in enumerate(ends)]
    world.write("".join(texts))
    await world.start(f"{begin:%Y-%m-%dT%H:%M}")
    for at in sorted(begin + timedelta(minutes=random.randint(1, 3600)) for _ in range(6)):
        await world.live_until(iso_utc(at).removesuffix("Z"))
        if random.random() < 0.6:
            number = random.randrange(3)
            texts[number] += record(random, at, ends[number])
            world.write("".join(texts))
        else:
            await world.stop()
            again = at + timedelta(minutes=random.choice((0, 5, 90)))
            await world.start(f"{again:%Y-%m-%dT%H:%M}", last_tick=f"{at:%Y-%m-%dT%H:%M}")
    await world.live_until(f"{begin + DAYS:%Y-%m-%dT%H:%M}")


def sent_to(world, target: str):
    """By alert, the moments at which it was taken."""
    found = defaultdict(list)
    for sent in world.sent:
        if sent.target == target:
            for item in sent.message.items:
                found[alert_key(item.delivery.key, target)].append((sent.at, item.delivery))
    return found


@pytest.mark.parametrize("seed", [*range(5), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(5, 100))])
async def test_quiet_hours_hold_nothing_that_must_pass_and_lose_nothing(world, seed):
    random = Random(f"quiet {seed}")  # noqa: S311  the same nights in every run
    zone, begin = random.choice(PLACES)
    world.settings(settings(random, zone))
    await live(world, random, moment(begin))
    context = Context(world.config, None)
    quiet = context.settings.quiet_hours(context.zones.find)["desk"]
    desk, twin = sent_to(world, "desk"), sent_to(world, "twin")
    rows = {alert_key(row.key, "desk"): row for row in world.rows(target="desk")}
    for tries in desk.values():
        for at, delivery in tries:
            assert quiet.over_at(at) is None or quiet.passes(delivery.kind, delivery.stage), (at, delivery)
    for alert, tries in twin.items():
        (first, delivery), row = tries[0], rows[alert]
        waits_until = None if quiet.passes(delivery.kind, delivery.stage) else quiet.over_at(first)
        if waits_until is None:
            assert desk[alert][0][0] == first, (alert, row)
        elif waits_until > world.clock.now():  # the last night is not over
            assert alert not in desk, row
        elif str(row.state) == "delivered":
            assert desk[alert][0][0] >= waits_until, (alert, row)
        else:
            assert str(row.state) in {"overtaken", "superseded", "missed"}, row
            assert row.reason, row
    for row in rows.values():
        if str(row.state) == "overtaken" and row.quiet_until is not None:
            later = (other for other in rows.values() if str(other.state) == "delivered" and other.due_at > row.due_at)
            assert any((other.truce, other.ends_at) == (row.truce, row.ends_at) for other in later), row
        assert row.due_at > world.clock.now() or str(row.state) != "planned" or row.quiet_until > world.clock.now()
