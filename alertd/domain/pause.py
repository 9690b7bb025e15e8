"""The windows of a truce that is a daily pause, as known, and what time brings for them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import takewhile

from alertd.domain.daily import DailyPause, Window, listed
from alertd.domain.statement import Record
from alertd.domain.truce import Truce, expiry, terminated_at
from alertd.times.end import NEVER
from alertd.times.formats import day_text

_BEHIND = timedelta(days=31)
"""The time for which the windows behind stay in the plan, so that what was due is told after a downtime."""


def pause_of(truce: Truce) -> DailyPause | None:
    """The hours of a daily pause with each confirmed change of them; None for any other truce."""
    if truce.daily is None:
        return None
    changed = [record for record in truce.records if record.hours is not None and record.is_confirmed]
    changed.sort(key=lambda record: record.confirmed_at or NEVER)
    return truce.daily.changed(record.hours for record in changed if record.hours is not None)


def windows(truce: Truce, since: datetime) -> Iterator[Window]:
    """The windows of a truce that close after a moment, up to its last closing, none after a termination."""
    pause = pause_of(truce)
    if pause is None:
        return iter(())
    last = expiry(truce).at
    stop = terminated_at(truce) or NEVER
    last_day = date.max if last is None else pause.day_of(last)
    return takewhile(lambda window: window.opens < stop, pause.windows(since, last_day))


def windows_until(truce: Truce, now: datetime, until: datetime) -> tuple[tuple[Window, ...], Window | None]:
    """The windows to plan: those of the last month, and on to the first that opens after a moment; and the next one."""
    found: list[Window] = []
    for window in windows(truce, min(now, until) - _BEHIND):
        if found and found[-1].opens > until:
            return tuple(found), window
        found.append(window)
    return tuple(found), None


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
