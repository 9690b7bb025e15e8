"""The daily pauses and the other hours that a desk writes down, drawn so that much of them happens in a world."""

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from simulation.ends import CLOCKS_BACK, DAMASCUS, MANILA, MANILA_OFFSET, NEW_OFFSET, OLD_OFFSET, TWICE
from simulation.pauses import ONE_DAY, Daily, Hours, HoursFrom

MINUTE = timedelta(minutes=1)
SOON = timedelta(minutes=10)


def draw_pause(random: Random, now: datetime) -> Daily | None:
    """A pause with a window or two; None where its last would close too soon."""
    zone = random.choice((DAMASCUS, MANILA, TWICE))
    wall = _wall(now, zone)
    first = (wall + random.choice((0, 0, 0, 1)) * ONE_DAY).date()
    pause = Daily(
        zone=zone,
        hours=_hours(random, wall + random.choice((-120, -30, 20, 50, 120, 400)) * MINUTE),
        first=first,
        last=random.choice((None, first, first, first + ONE_DAY, first + 3 * ONE_DAY)),
        weekdays=random.choice(((), (), (), (first.weekday(),), (first.weekday(), (first.weekday() + 2) % 7))),
    )
    if random.random() < 0.3:
        other = random.choice(((), _hours(random, wall + random.choice((20, 90)) * MINUTE)))
        excepted = HoursFrom(wall.date() + random.choice((0, 1)) * ONE_DAY, other)
        pause = replace(pause, exceptions=(excepted,))
    return pause if goes_on(pause, now) else None


def draw_last_day(random: Random, pause: Daily, now: datetime) -> Daily | None:
    """The same with another last day, later mostly; None where its last window would close too soon."""
    today = _wall(now, pause.zone).date()
    later = max(pause.last or today, today) + random.choice((1, 1, 2)) * ONE_DAY
    moved = replace(pause, last=random.choice((later, later, max(today, pause.first))))
    return moved if goes_on(moved, now) else None


def draw_other_hours(random: Random, pause: Daily, now: datetime) -> HoursFrom | None:
    """Other hours from today or tomorrow on; None where the last window would close too soon."""
    wall = _wall(now, pause.zone)
    hours = _hours(random, wall + random.choice((-60, 20, 50, 120)) * MINUTE)
    changed = HoursFrom(wall.date() + random.choice((0, 0, 1)) * ONE_DAY, hours)
    after = replace(pause, changes=(*pause.changes, changed))
    return changed if goes_on(after, now) else None


def goes_on(pause: Daily, now: datetime) -> bool:
    """True if it has windows, and the last closes a while after a moment, by either set of zone data."""
    found = [pause.windows(old_zones=old_zones) for old_zones in (False, True)]
    return all(windows and windows[-1].closes > now + SOON for windows in found)


def _hours(random: Random, opens: datetime) -> Hours:
    """One window, or two that are apart; together less than a day."""
    opens = opens.replace(minute=opens.minute // 5 * 5, second=0)
    closes = opens + timedelta(minutes=random.choice((25, 60, 150, 600)))
    walls = [(opens, closes)]
    if random.random() < 0.4:
        again = closes + timedelta(minutes=random.choice((20, 60)))
        walls.append((again, again + timedelta(minutes=random.choice((30, 90, 200)))))
    return tuple(sorted((start.time(), stop.time()) for start, stop in walls))


def _wall(moment: datetime, zone: str) -> datetime:
    """What the clocks of a zone show."""
    offset = {MANILA: MANILA_OFFSET, TWICE: NEW_OFFSET if moment < CLOCKS_BACK else OLD_OFFSET}.get(zone, NEW_OFFSET)
    return moment.replace(tzinfo=None) + offset
