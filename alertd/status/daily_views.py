"""The JSON of a daily pause: its hours by the wall clock, and its windows in UTC."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.daily import AllHours, HoursFrom
from alertd.domain.pause import next_closing, next_opening, windows_shown
from alertd.domain.truce import Truce, expiry, pause_of
from alertd.times.vocabulary import SHORT_WEEKDAYS


@dataclass(frozen=True, kw_only=True)
class WindowView:
    """The window of a daily pause that is open, else the next."""

    open: bool
    opens_at: datetime
    closes_at: datetime
    opens_again_at: datetime | None
    """The opening after it; null where it closes for the last time."""


@dataclass(frozen=True, kw_only=True)
class OpenTimeView:
    """A window by its moments."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, kw_only=True)
class HoursView:
    """The hours of one day, or from a day on; none: closed."""

    date: str
    hours: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DailyView:
    """The hours of a daily pause by the wall clock of its zone, and its windows."""

    hours: tuple[str, ...]
    first_day: str
    last_day: str | None
    days: tuple[str, ...]
    """The days of the week on which it has windows; none: all."""
    exceptions: tuple[HoursView, ...]
    """The days that have hours of their own."""
    changes: tuple[HoursView, ...]
    """Other hours, each from a day on."""
    windows: tuple[OpenTimeView, ...]
    """Those of the next 31 days, the one that is open among them."""


def window_view(truce: Truce, now: datetime) -> WindowView | None:
    """The window that is open, else the next; None where there is none."""
    window = next_closing(truce, now)
    if window is None:
        return None
    again = next_opening(truce, window.opens)
    return WindowView(
        open=window.opens <= now,
        opens_at=window.opens,
        closes_at=window.closes,
        opens_again_at=again.opens if again else None,
    )


def daily_view(truce: Truce, now: datetime) -> DailyView | None:
    """The hours of a daily pause; None for any other truce."""
    pause = pause_of(truce)
    if pause is None:
        return None
    last = expiry(truce).at
    return DailyView(
        hours=_written(pause.hours),
        first_day=pause.first.isoformat(),
        last_day=None if last is None else pause.day_of(last).isoformat(),
        days=tuple(SHORT_WEEKDAYS[day] for day in pause.weekdays),
        exceptions=tuple(map(_hours_view, pause.exceptions)),
        changes=tuple(map(_hours_view, pause.changes)),
        windows=tuple(OpenTimeView(opens_at=opens, closes_at=closes) for opens, closes in windows_shown(truce, now)),
    )


def _hours_view(of: HoursFrom) -> HoursView:
    return HoursView(date=of.day.isoformat(), hours=_written(of.hours))


def _written(hours: AllHours) -> tuple[str, ...]:
    return tuple(map(str, hours))
