"""The windows of a daily pause as a calendar can repeat them: one length, one hour of UTC, and the days left out.

An hour on the wall is another hour of UTC after each change of the clocks, and a series of its own. So no series needs
the rules of a zone, of which a phone may know an older version than alertd, and then shows the wrong hour.
"""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import takewhile

from alertd.domain.daily import Window
from alertd.domain.pause import windows
from alertd.domain.truce import Truce, TruceStatus
from alertd.times.wall import ONE_DAY

_FURTHEST_APART = 14
"""Days between windows of one series that follow each other, at most; those between them are left out one by one."""
_YEARS_AHEAD = 10
_YEARS_AHEAD_WITHOUT_END = 1
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Series:
    """Windows that a calendar shows by one rule."""

    first: Window
    days: "array[int]"
    """Its days, counted from the first, which is 0: of ten years no more is kept."""
    is_last: bool = False
    """It is the one window with which the truce ends."""

    @property
    def rule(self) -> Mapping[str, object] | None:
        """The rule by which a calendar repeats the first window; None where it is the only one."""
        if len(self.days) == 1:
            return None
        weekdays, until = self._weekdays, self._opening(self.days[-1])
        if len(weekdays) == len(_WEEKDAYS):
            return {"freq": "DAILY", "until": until}
        return {"freq": "WEEKLY", "byday": [_WEEKDAYS[day] for day in sorted(weekdays)], "until": until}

    @property
    def left_out(self) -> list[datetime]:
        """The openings that the rule has, and the pause has not."""
        weekdays, others = self._weekdays, set(range(self.days[-1])).difference(self.days)
        return [opening for day in sorted(others) if (opening := self._opening(day)).weekday() in weekdays]

    @property
    def _weekdays(self) -> frozenset[int]:
        """The days of the week in UTC on which it opens."""
        return frozenset(self._opening(day).weekday() for day in self.days)

    def _opening(self, day: int) -> datetime:
        return self.first.opens + day * ONE_DAY


def series_of(truce: Truce, now: datetime) -> tuple[Series, ...]:
    """The windows of a daily pause since the begin of last year, for ten years ahead, or one where no end is agreed."""
    end = TruceStatus(truce, now).end.at
    since = max(truce.starts, datetime(now.year - 1, 1, 1, tzinfo=UTC))
    until = datetime(now.year + 1 + (_YEARS_AHEAD if end else _YEARS_AHEAD_WITHOUT_END), 1, 1, tzinfo=UTC)
    found, last = list[Series](), list[Series]()
    latest = dict[tuple[time, timedelta], Series]()
    for window in takewhile(lambda window: window.opens < until, windows(truce, since)):
        if window.closes == end:
            last.append(Series(window, array("I", [0]), is_last=True))
            continue
        of_form = (window.opens.time(), window.closes - window.opens)
        series = latest.get(of_form)
        day = 0 if series is None else (window.opens - series.first.opens).days
        if series is None or day - series.days[-1] > _FURTHEST_APART:
            latest[of_form] = Series(window, array("I", [0]))
            found.append(latest[of_form])
        else:
            series.days.append(day)
    return *found, *last
