"""The row of a daily pause: open or closed now, and until when; and its windows in the timeline."""

import re
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from factories import moment, record, termination, truce

from alertd.board.rows import make_row
from alertd.board.timeline import WIDTH, timeline
from alertd.domain.daily import DailyPause, Hours, offsets_of
from alertd.domain.policy import Policy
from alertd.times.end import End

GAZA, FIRST = ZoneInfo("Asia/Gaza"), date(2025, 7, 27)


@pytest.mark.parametrize(
    ("now", "label", "turns"),
    [
        ("2025-07-26T12:00", "closed until 1000 Sun 27 Jul", "2025-07-27T07:00"),
        ("2025-07-27T07:00", "open until 2000 Sun 27 Jul", "2025-07-27T17:00"),
        ("2025-07-27T17:00", "closed until 1000 Mon 28 Jul", "2025-07-28T07:00"),
    ],
)
@pytest.mark.parametrize("is_open", [True, False])
def test_it_says_if_the_pause_is_open_and_until_when(now, label, turns, is_open):
    pause = DailyPause((Hours(time(10), time(20)),), FIRST, offsets_of(GAZA, FIRST, date(2025, 9, 30)))
    end = End.open() if is_open else End.instant(pause.last_closing(date(2025, 8, 10)))
    about = truce(zone="Asia/Gaza", daily=pause, first_end=end, starts=pause.first_opening, records=())
    row = make_row(about, Policy(), GAZA, moment(now))
    assert (row.label, row.valid_until) == (label, moment(turns))


def test_an_expired_one_is_as_any_other():
    pause = DailyPause((Hours(time(10), time(20)),), FIRST, offsets_of(GAZA, FIRST, date(2025, 9, 30)))
    end = End.instant(pause.last_closing(FIRST))
    about = truce(zone="Asia/Gaza", daily=pause, first_end=end, starts=pause.first_opening, records=())
    assert make_row(about, Policy(), GAZA, end.at).label == "expired, unresolved"


def drawn(about, now):
    """The pieces of each kind, as pairs of their left and right edges."""
    picture = timeline([make_row(about, Policy(), GAZA, now)], Policy(), ZoneInfo, now)
    kinds = re.findall(r'<path class="(window [a-z ]*)" d="([^"]*)"', picture)
    return {
        kind: [(float(a), float(b)) for a, b in re.findall(r"M([\d.]+) \d+H([\d.]+)", path)] for kind, path in kinds
    }


def daily(last, years=1, **other):
    of = DailyPause((Hours(time(10), time(20)),), FIRST, offsets_of(GAZA, FIRST, date(2025 + years, 9, 30)))
    stated = {"first_end": End.open() if last is None else End.instant(of.last_closing(last)), "records": ()}
    return truce(zone="Asia/Gaza", daily=of, starts=of.first_opening, **(stated | other))


def test_the_timeline_draws_each_window_and_leaves_the_hours_between_them_free():
    now = moment("2025-08-01T12:00")
    for about in daily(date(2026, 7, 1)), daily(None):
        ((kind, pieces),) = drawn(about, now).items()
        assert kind == "window first"
        assert len(pieces) == 7
        for (left, right), (left_of_next, _) in pairwise(pieces):
            assert (left_of_next - left) / (right - left) == pytest.approx(2.4, abs=0.01)
        assert pieces[-1][1] <= WIDTH


def test_the_days_of_an_extension_have_their_own_look_and_a_termination_cuts_the_window():
    later = record("2025-08-03T17:00", announced="2025-08-01T09:00")
    about = daily(date(2025, 8, 1), records=(later,))
    found = drawn(about, moment("2025-08-01T12:00"))
    assert {kind: len(pieces) for kind, pieces in found.items()} == {"window first": 2, "window more odd": 2}
    stop = termination("2025-08-02T12:00", announced="2025-08-01T10:00")
    cut = drawn(replace(about, terminations=(stop,)), moment("2025-08-01T12:00"))
    whole, half = ((right - left) for left, right in (cut["window first"][-1], cut["window more odd"][-1]))
    assert half / whole == pytest.approx(0.5, abs=0.01)


def test_ten_years_of_a_pause_take_less_of_the_picture_than_a_hundred_plain_truces():
    now = moment("2025-07-28T08:00")
    far = replace(truce(), starts=now, first_end=End.instant(now + timedelta(days=300)))
    plain = [make_row(replace(far, id=f"plain-{number}"), Policy(), GAZA, now) for number in range(100)]
    ten_years = make_row(daily(date(2035, 7, 26), years=10), Policy(), GAZA, now)
    both, without = (timeline(rows, Policy(), ZoneInfo, now) for rows in ([*plain, ten_years], plain))
    assert both.count("H") - without.count("H") > 2 * 250
    assert len(both) < 2 * len(without)
