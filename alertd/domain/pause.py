"""The windows of a truce that is a daily pause, as known, and what time brings for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta, tzinfo
from itertools import takewhile

from alertd.domain.daily import Window, listed
from alertd.domain.statement import Record
from alertd.domain.truce import Truce, expiry, pause_of, terminated_at
from alertd.times.end import NEVER
from alertd.times.formats import day_text, short_local
from alertd.times.vocabulary import SHORT_WEEKDAYS

DAYS_SHOWN = timedelta(days=31)
"""The time ahead for which each window is listed."""

_OTHER_DAYS = 5
"""The days with hours of their own that are told one by one."""

_BEHIND = timedelta(days=31)
"""The time for which the windows behind stay in the plan, so that what was due is told after a downtime."""


def windows(truce: Truce, since: datetime) -> Iterator[Window]:
    """The windows of a truce that close after a moment, up to its last closing; a termination closes for good."""
    pause = pause_of(truce)
    stop = terminated_at(truce) or NEVER
    if pause is None or since >= stop:
        return
    last = expiry(truce).at
    last_day = date.max if last is None else pause.day_of(last)
    for opens, closes in pause.windows(since, last_day):
        if opens >= stop:
            return
        yield Window(opens, min(closes, stop))


def windows_until(truce: Truce, now: datetime, until: datetime) -> tuple[tuple[Window, ...], Window | None]:
    """The windows to plan: those of the last month, and on to the first that opens after a moment; and the next one."""
    found: list[Window] = []
    for window in windows(truce, min(now, until) - _BEHIND):
        if found and found[-1].opens > until:
            return tuple(found), window
        found.append(window)
    return tuple(found), None


def windows_shown(truce: Truce, now: datetime) -> tuple[Window, ...]:
    """The windows of the month ahead, the one that is open among them: a list of all may be endless."""
    return tuple(takewhile(lambda window: window.opens <= now + DAYS_SHOWN, windows(truce, now)))


def turn_in_words(truce: Truce, now: datetime, zone: tzinfo) -> str | None:
    """`open until 2000 Sun 27 Jul, opens again 1000 Mon 28 Jul`, or `closed until …`; None where there is no window."""
    window = next_closing(truce, now)
    if window is None:
        return None
    if now < window.opens:
        return f"closed until {short_local(window.opens, zone=zone)}"
    following = next_opening(truce, now)
    again = f"opens again {short_local(following.opens, zone=zone)}" if following else "for the last time"
    return f"open until {short_local(window.closes, zone=zone)}, {again}"


def hours_of_days(truce: Truce) -> Iterator[str]:
    """The hours of a pause in sentences, then those from a later day on, and the first few of its other days."""
    pause = pause_of(truce)
    if pause is None:
        return
    days = ", ".join(SHORT_WEEKDAYS[day] for day in pause.weekdays)
    yield f"Opens {f'on {days}' if days else 'each day'}: {listed(pause.hours)}, from {day_text(pause.first)} on."
    yield from (f"From {day_text(change.day)} on: {listed(change.hours)}." for change in pause.changes)
    others = sorted(pause.exceptions, key=lambda exception: exception.day)
    for other in others[:_OTHER_DAYS]:
        yield f"On {day_text(other.day)}: {listed(other.hours) if other.hours else 'closed all day'}."
    if len(others) > _OTHER_DAYS:
        yield f"{len(others) - _OTHER_DAYS} more days have other hours."


def hours_in_words(truce: Truce, record: Record) -> str:
    """The other hours that a record brings, and those before them; empty for a record that brings none."""
    if truce.daily is None or record.hours is None:
        return ""
    others = tuple(
        each
        for each in truce.records
        if each.announced < record.announced or (each.announced == record.announced and each.hours != record.hours)
    )
    before = pause_of(replace(truce, records=others))
    was = () if before is None else before.regular_hours(record.hours.day)
    return f"hours {listed(record.hours.hours)} from {day_text(record.hours.day)} on, before that {listed(was)}"


def next_opening(truce: Truce, after: datetime) -> Window | None:
    """The first window that opens after a moment; None where there is none."""
    return next((window for window in windows(truce, after) if window.opens > after), None)


def next_closing(truce: Truce, after: datetime) -> Window | None:
    """The first window that closes after a moment, open already or not; None where there is none."""
    return next(windows(truce, after), None)


def window_at(truce: Truce, moment: datetime) -> Window | None:
    """The window that is open at a moment; None where none is."""
    window = next_closing(truce, moment)
    return window if window is not None and window.opens <= moment else None
