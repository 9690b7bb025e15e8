"""The headlines of a daily pause: it opens and says until when, it closes and says when it opens again."""

from datetime import datetime

from alertd.domain.pause import next_opening, window_at
from alertd.message.case import Case
from alertd.message.when import moment_in
from alertd.times.formats import short_local


def opening(case: Case, opens: datetime) -> str:
    """`opens in 1 h, 1000 …, until 2000 Sun 27 Jul`; alertd never says that it holds."""
    window = window_at(case.truce, opens)
    if window is None or window.opens != opens:
        return f"was to open {moment_in(case, opens)}; the hours have changed since"
    until = short_local(window.closes, zone=case.zone)
    last = "" if next_opening(case.truce, opens) else ", for the last time"
    if case.as_of < opens:
        return f"opens {case.distance(opens)}, {moment_in(case, opens)}, until {until}{last}"
    verb = "open" if case.as_of < window.closes else "was open"
    return f"{verb} since {moment_in(case, opens)}, as announced, until {until}{last}"


def closing(case: Case) -> str:
    """`closes in 1 h, 2000 …; opens again 1000 Mon 28 Jul`."""
    closes = case.delivery.at or case.as_of
    following = next_opening(case.truce, closes)
    again = f"; opens again {short_local(following.opens, zone=case.zone)}" if following else ""
    verb = "closes" if case.as_of <= closes else "closed"
    return f"{verb} {case.distance(closes)}, {moment_in(case, closes)}{again}"
