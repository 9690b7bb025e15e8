"""The row of a daily pause: open or closed now, and until when."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from factories import moment, truce

from alertd.board.rows import make_row
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
