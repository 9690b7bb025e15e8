"""The process in which calendars are read: `python -m alertd.duty.calendar_worker`.

A calendar is a program: one line of it can stand for events without end. So it is read where limits of time and memory
end it, and where the libraries that it takes cost the daemon nothing.
"""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import recurring_ical_events
from icalendar import Calendar
from icalendar.cal import Component

from alertd.domain.duty import KNOWN_AHEAD, Slot
from alertd.duty.reading import SECONDS_AT_MOST, SLOTS_AT_MOST, Question, Refusal
from alertd.message.template_process import serve
from alertd.message.wording import clean
from alertd.times.zones import load_zones

_MARGIN = timedelta(days=2)
"""An event without a zone, or of whole days, is looked for this much around the time that is asked for."""

_NAME_LENGTH = 100


class _Refused(Exception):
    """A calendar that cannot be taken as a duty list; its text says why."""


def slots_of(text: bytes, zone: tzinfo, now: datetime) -> tuple[Slot, ...]:
    """The slots of a calendar around a moment and for `KNOWN_AHEAD` after it.

    Raises `_Refused`, or whatever the libraries raise.
    """
    calendars = [each for each in Calendar.from_ical(text, multiple=True) if each.name == "VCALENDAR"]
    if not calendars:
        raise _Refused("it is no calendar: it has no VCALENDAR")
    slots = []
    for calendar in calendars:
        for event in _events(calendar, now):
            slots.append(_slot(event, zone))
            if len(slots) > SLOTS_AT_MOST:
                raise _Refused(f"it has more than {SLOTS_AT_MOST} events in {KNOWN_AHEAD.days} days")
    return tuple(slots)


def _events(calendar: Component, now: datetime) -> Iterator[Component]:
    _refuse_unknown_zones(calendar)
    last = now + KNOWN_AHEAD + _MARGIN
    for event in recurring_ical_events.of(calendar).between(now - _MARGIN, last):
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield event


def _refuse_unknown_zones(calendar: Component) -> None:
    """A time in a zone that is not known is none of any other zone."""
    for event in calendar.walk("VEVENT"):
        for key in ("DTSTART", "DTEND"):
            written: Any = event.get(key)
            named = None if written is None else written.params.get("TZID")
            if named is not None and isinstance(written.dt, datetime) and written.dt.tzinfo is None:
                raise _Refused(f"it names the zone {named}, and neither it nor the zone database says what that is")


def _slot(event: Component, zone: tzinfo) -> Slot:
    name = clean(str(event.get("SUMMARY", "")), _NAME_LENGTH)
    begins, ends = (_moment(event, key, zone) for key in ("DTSTART", "DTEND"))
    return Slot(begins.astimezone(UTC), ends.astimezone(UTC), name or "(no title)")


def _moment(event: Component, key: str, zone: tzinfo) -> datetime:
    """The moment at which an event begins or ends; a day by itself, and a time without a zone, by the list's zone."""
    written: Any = event[key]
    value = written.dt
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    assert isinstance(value, date)  # noqa: S101  the library makes nothing else
    return datetime(value.year, value.month, value.day, tzinfo=zone)


def main() -> None:
    """Answer with the slots of a calendar, or with why it is refused, until nobody asks any more."""
    zones = load_zones(os.environ)

    def answer(question: object) -> object:
        assert isinstance(question, Question)  # noqa: S101  nobody asks anything else
        try:
            return slots_of(question.text, zones.find(question.zone), question.now)
        except _Refused as refused:
            return Refusal(str(refused))
        except Exception as error:  # noqa: BLE001  whatever a calendar makes the libraries do, it is refused
            return Refusal(f"it cannot be read as a calendar ({type(error).__name__})")

    serve(answer, SECONDS_AT_MOST)


if __name__ == "__main__":
    main()
