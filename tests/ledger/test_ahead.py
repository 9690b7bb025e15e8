"""A worker is handed what lies ahead for its own target, so that no message promises what is not planned."""

from dataclasses import replace

from factories import delivery, moment, truce
from ledger.steps import MORNING, change, copy_for, ladder, news, record, send

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Kind

EARLIER, LATER = "2016-05-03T21:00", "2016-05-03T22:00"


def ahead(ledger, now=MORNING, *, target="desk"):
    (dispatched,) = send(ledger, now, target=target)
    return dispatched.notice.ahead


def test_a_change_alert_knows_what_lies_ahead_for_its_target_alone(ledger):
    own = ladder(ends_at=LATER, stages=("6h", "1h"))
    for_board = ladder(ends_at=LATER, stages=("24h",), channel="board", target="board")
    record(ledger, changes=[change()], wanted=(*own, *for_board), announced=[news()])
    assert ahead(ledger) == own


def test_what_was_sent_or_superseded_lies_no_longer_ahead(ledger):
    first, second = ladder(ends_at=EARLIER, stages=("24h", "1h"))
    replacing = ladder(ends_at=LATER, stages=("1h",))
    record(ledger, wanted=[first, second])
    send(ledger, first.due_at)
    record(ledger, now=first.due_at, changes=[change()], wanted=replacing, announced=[news(due_at=first.due_at)])
    assert ahead(ledger, first.due_at) == replacing


def test_a_reminder_that_stays_unsaid_does_not_lie_ahead(ledger):
    (unsaid, told) = ladder(ends_at="2016-05-03T12:00", stages=("24h", "1h"))
    about = truce(starts=unsaid.due_at)
    record(ledger, of=about, changes=[change()], wanted=[unsaid, told], announced=[news()])
    assert ahead(ledger) == (told,)


def test_where_nothing_lies_ahead_that_is_known_too(ledger):
    record(ledger, changes=[change()], announced=[news()])
    assert ahead(ledger) == ()


def test_of_a_copy_in_the_place_of_another_target_nothing_is_known(ledger):
    record(ledger, changes=[change()], wanted=ladder(), announced=[news()])
    copy = copy_for()
    alert = replace(news(channel="oncall", target="oncall"), due_at=MORNING)
    copy = replace(copy, alert=replace(copy.alert, delivery=alert))
    send(ledger, MORNING, Verdict.REFUSED, copies=(copy,))
    assert ahead(ledger, target="oncall") is None


def test_what_time_brings_promises_nothing(ledger):
    reminder = delivery(Kind.REMINDER, stage="6h", ends_at=LATER)
    record(ledger, wanted=[reminder, *ladder(ends_at=LATER, stages=("1h",))])
    assert ahead(ledger, moment("2016-05-03T16:00")) is None
