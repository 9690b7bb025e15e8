"""What follows from an edit is said in words: both ends, what is cancelled, what is next, what is planned."""

from zoneinfo import ZoneInfo

import pytest
from factories import moment, record, truce

from alertd.domain.consequence import consequence
from alertd.domain.policy import Policy, Subscription
from alertd.message.consequence_line import in_words
from alertd.times.end import End

DAMASCUS = ZoneInfo("Asia/Damascus")
DESK = (Subscription(channel="desk", targets=("desk", "desk#2")),)
NOW = moment("2016-04-30T16:30")
"""5.5 h before the first end, with the stages 24h and 6h past."""

EXTENDED = truce(records=(record("2016-05-03T22:00", announced="2016-04-30T16:00"),))
OPEN = truce(first_end=End.open())


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            truce(),
            EXTENDED,
            (
                "0100 Sun 1 May -> 0100 Wed 4 May; cancels 2 reminders and 2 notices of expiry; "
                "next: 24h at 0100 Tue 3 May; plans 4 reminders and 2 notices of expiry"
            ),
        ),
        (truce(), truce(), "0100 Sun 1 May stays; next: 1h at 0000 Sun 1 May"),
        (truce(), None, "0100 Sun 1 May -> withdrawn; cancels 2 reminders and 2 notices of expiry"),
        (
            None,
            truce(),
            "new: 0100 Sun 1 May; next: 1h at 0000 Sun 1 May; plans 2 reminders and 2 notices of expiry",
        ),
        (
            truce(),
            OPEN,
            (
                "0100 Sun 1 May -> open; cancels 2 reminders and 2 notices of expiry; "
                "next: review at 0100 Sat 7 May; plans 1 review"
            ),
        ),
    ],
)
def test_an_edit_in_words_counts_each_alert_once_however_many_get_it(before, after, told):
    assert in_words(consequence(before, after, DESK, Policy(), NOW), zone=DAMASCUS) == told
