"""Duty lists as a seed draws them, their calendars as files, and who is on duty by them, without any code of alertd.

Calendars are read in a process of their own. Here its work is done in the process of the world, with the same
libraries; what was read once is kept, as reading takes a while.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from simulation.chains import Chain
from simulation.ends import CLOCKS_BACK, MADE_UP_ZONES, MANILA, MANILA_OFFSET, NEW_OFFSET, OLD_OFFSET, TWICE
from simulation.events import Scheduled
from simulation.timeline import BEGINNING

from alertd.domain.duty import Slot
from alertd.duty.calendar_worker import slots_of
from alertd.duty.reading import Question, Refusal
from alertd.times.zones import package_zones, zones_in

if TYPE_CHECKING:
    from simulation.world import SimulatedWorld

PEOPLE = ("Lena", "Omar", "Noor")
PHONES = tuple(name.lower() for name in PEOPLE)
"""The channel of each."""

STRANGER = "Sam"
"""A title that no list names."""

ZONES = (TWICE, TWICE, MANILA, "UTC")
WAITS = (1, 5, 12, 30)
"""Minutes of a step; a shift may end meanwhile."""

SAVES_AT_MOST = 4
_ZONE_DATA = zones_in(MADE_UP_ZONES, *package_zones().directories)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Shift:
    """An event of a calendar."""

    name: str
    begins: datetime
    """By the clocks of the list's zone, or in UTC."""
    lasts: timedelta
    every: int | None = None
    """The days after which it is repeated, for ever; None: it comes once."""
    left_out: tuple[int, ...] = ()
    """The repetitions that do not come, by their number."""
    in_utc: bool = False
    of_days: bool = False
    """It lasts whole days."""

    def text(self, number: int) -> str:
        """Its lines in the file."""
        lines = [
            f"DTSTART{self._written(self.begins)}",
            f"DTEND{self._written(self.begins + self.lasts)}",
            *([] if self.every is None else [f"RRULE:FREQ=DAILY;INTERVAL={self.every}"]),
            *(f"EXDATE{self._written(self._repetition(one))}" for one in self.left_out),
        ]
        head = ("BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z")
        return "\r\n".join((*head, *lines, f"SUMMARY:{self.name}", "END:VEVENT", ""))

    def times(self, around: datetime, zone: str) -> Iterator[tuple[datetime, datetime]]:
        """The hours in which it is on, around a moment."""
        near = round((around.replace(tzinfo=None) - self.begins) / timedelta(days=self.every or 1))
        for number in [0] if self.every is None else range(max(near - 3, 0), max(near + 4, 0)):
            if number not in self.left_out:
                begins = self._repetition(number)
                yield self._moment(begins, zone), self._moment(begins + self.lasts, zone)

    def _repetition(self, number: int) -> datetime:
        return self.begins + number * timedelta(days=self.every or 0)

    def _written(self, wall: datetime) -> str:
        return f";VALUE=DATE:{wall:%Y%m%d}" if self.of_days else f":{wall:%Y%m%dT%H%M%S}{'Z' if self.in_utc else ''}"

    def _moment(self, wall: datetime, zone: str) -> datetime:
        """Of an hour that happens twice the first."""
        if self.in_utc or zone == "UTC":
            return wall.replace(tzinfo=UTC)
        if zone == MANILA:
            return (wall - MANILA_OFFSET).replace(tzinfo=UTC)
        first = (wall - NEW_OFFSET).replace(tzinfo=UTC)
        return first if first < CLOCKS_BACK else (wall - OLD_OFFSET).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Calendar:
    """The contents of the file of a duty list."""

    shifts: tuple[Shift, ...]

    def text(self) -> str:
        """The file."""
        events = "".join(shift.text(number) for number, shift in enumerate(self.shifts))
        return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//simulation//EN\r\n{events}END:VCALENDAR\r\n"


@dataclass(frozen=True)
class OnDuty:
    """The people on duty at a moment."""

    names: frozenset[str]
    """Those whom the list knows."""
    gap: str | None
    """Why everyone is told: `empty`, `unknown`, `unread`; None where somebody known is on duty."""
    targets: frozenset[str]
    """Those of whoever is to be told."""


@dataclass(frozen=True)
class DutyList:
    """A duty list as the settings have it."""

    name: str
    people: tuple[tuple[str, str], ...]
    """Each person with their channel, which has one target of that name."""
    zone: str

    @property
    def everyone(self) -> frozenset[str]:
        """The targets of all its people."""
        return frozenset(phone for _, phone in self.people)

    def targets(self, names: frozenset[str]) -> frozenset[str]:
        """The targets of some people."""
        return frozenset(phone for name, phone in self.people if name in names)

    def on_duty(self, calendar: Calendar | None, moment: datetime) -> OnDuty:
        """The people on duty; None stands for a calendar that cannot be read."""
        if calendar is None:
            return OnDuty(frozenset(), "unread", self.everyone)
        found = frozenset(
            shift.name
            for shift in calendar.shifts
            if any(begins <= moment < ends for begins, ends in shift.times(moment, self.zone))
        )
        known = found & {name for name, _ in self.people}
        gap = "empty" if not found else "unknown" if found - known else None
        return OnDuty(known, gap, self.targets(known) if gap is None else self.everyone)

    def text(self) -> str:
        """Its table in the settings."""
        people = ", ".join(f"{name} = {phone!r}" for name, phone in self.people).replace("'", '"')
        return (
            f'[[duty]]\nname = "{self.name}"\nsource = "{self.name}.ics"\npeople = {{ {people} }}\nzone = "{self.zone}"'
        )


Save = tuple[float, str, Calendar | None]
"""The moment at which the calendar of a list is saved; None: so that it cannot be read."""


def draw_lists(random: Random) -> tuple[DutyList, ...]:
    """One or two duty lists."""
    return tuple(
        DutyList(name, tuple(zip(PEOPLE, PHONES, strict=True))[: random.choice((2, 3))], random.choice(ZONES))
        for name in ("field", "night")[: random.choice((1, 1, 2))]
    )


def draw_saves(random: Random, lists: tuple[DutyList, ...], trouble: float) -> tuple[Save, ...]:
    """The calendars that people save, from the beginning on; in the end each can be read."""
    saves: list[Save] = []
    for one in lists:
        calendar = _calendar(random)
        saves.append((0.0, one.name, None if random.random() < 0.1 else calendar))
        for at in sorted(random.uniform(60, trouble) for _ in range(random.randint(0, SAVES_AT_MOST))):
            if random.random() < 0.3:
                mended = min(at + random.choice((2.0, 40.0, 300.0, 3600.0)), trouble)
                saves += [(at, one.name, None), (mended, one.name, calendar)]
            else:
                calendar = _calendar(random)
                saves.append((at, one.name, calendar))
        saves.append((trouble, one.name, calendar))
    return tuple(saves)


def _calendar(random: Random) -> Calendar:
    """A few shifts that come again and again, and many short ones on the day of the world."""
    day = BEGINNING.replace(hour=0, tzinfo=None)
    again = [
        Shift(
            random.choice(PEOPLE),
            day - timedelta(days=random.randint(20, 40)) + random.randint(0, 47) * HOUR / 2,
            random.randint(4, 24) * HOUR / 2,
            every=random.choice((1, 1, 1, 2, 7)),
            left_out=tuple(random.sample(range(15, 45), random.choice((0, 0, 8)))),
            in_utc=random.random() < 0.3,
        )
        for _ in range(random.choice((0, 1, 2, 3, 3)))
    ]
    if random.random() < 0.2:
        again.append(Shift(random.choice(PEOPLE), day - timedelta(days=1), timedelta(days=2), of_days=True))
    short = [
        Shift(
            STRANGER if random.random() < 0.04 else random.choice(PEOPLE),
            day + timedelta(minutes=5 * random.randint(90, 330)),
            timedelta(minutes=random.choice((10, 15, 20, 30, 60))),
            in_utc=random.random() < 0.3,
        )
        for _ in range(random.choice((0, 12, 25)))
    ]
    return Calendar((*again, *short))


def with_lists(random: Random, chains: tuple[Chain, ...], lists: tuple[DutyList, ...]) -> tuple[Chain, ...]:
    """The same escalations with steps to duty lists: one at least in each."""
    names = tuple(one.name for one in lists)

    def changed(chain: Chain) -> Chain:
        first, *rest = (name for name, _ in chain.steps)
        rest = [random.choice(names) if random.random() < 0.5 else name for name in rest]
        if not set(rest) & set(names):
            rest.append(random.choice(names))
        steps = tuple((name, random.choice(WAITS)) for name in (first, *rest))
        return replace(chain, steps=steps, lists=names)

    return tuple(map(changed, chains))


def save(world: "SimulatedWorld", name: str, calendar: Calendar | None) -> None:
    """Save the calendar of a list as a program does, or leave none, or one that cannot be read."""
    path = world.folder / f"{name}.ics"
    if calendar is None and path.exists() and len(world.log.events) % 2:
        path.unlink()
    else:
        path.write_text("BEGIN:VEVENT\r\n" if calendar is None else calendar.text())
        stamp = (1_700_000_000 + len(world.log.events)) * 1_000_000_000  # of its own for each save
        os.utime(path, ns=(stamp, stamp))
    world.note(Scheduled, duty=name, calendar=calendar)


class CalendarProcess:
    """The process that reads calendars, in this one."""

    def __init__(self, _module: str) -> None:
        """It takes what the real one does."""

    @staticmethod
    def ask(question: Question) -> tuple[Slot, ...] | Refusal:
        """The slots of a calendar, or why it is refused."""
        return _answer(question.text, question.zone, question.now.replace(hour=0, minute=0, second=0, microsecond=0))

    def close(self) -> None:
        """There is nothing to end."""


@lru_cache(64)
def _answer(text: bytes, zone: str, day: datetime) -> tuple[Slot, ...] | Refusal:
    """The slots around a day: more than the reader asks for, at whatever hour of it."""
    try:
        return slots_of(text, _ZONE_DATA.find(zone), day)
    except Exception as error:  # noqa: BLE001  as the real process: whatever a calendar makes the libraries do
        return Refusal(str(error))
