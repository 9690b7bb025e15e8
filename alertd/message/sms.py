"""An alert as one SMS: the truce, what happens, the hour there and in UTC, and the id, always in this order."""

from collections.abc import Collection
from datetime import datetime, timedelta

from alertd.domain.alert import Kind
from alertd.domain.truce import Owner
from alertd.message.case import Case
from alertd.message.gsm import fits_one_sms, transliterated
from alertd.message.ladder_headline import is_confirmed
from alertd.message.start_headline import moment_of_start
from alertd.message.values import Mark
from alertd.message.wording import clean, cut
from alertd.times.end import End, EndKind
from alertd.times.formats import short_local, show_utc
from alertd.times.wall import is_utc

_MARKS = {Mark.TEST: "TEST", Mark.LATE: "LATE", Mark.POSSIBLE_REPEAT: "REPEAT?", Mark.CLOCK_IN_DOUBT: "CLOCK?"}

_WEEKDAY_ALONE = timedelta(days=6)
"""Within this a weekday alone names a day."""

_CHANGES = {
    Kind.RECORDED: "RECORDED, ENDS",
    Kind.EXTENDED: "EXTENDED TO",
    Kind.SHORTENED: "SHORTENED TO",
    Kind.DATED: "NOW ENDS",
    Kind.CLAIMED: "CLAIMED TO END",
    Kind.TERMINATED: "TERMINATED FROM",
}
"""The kinds of change that one moment tells whole."""


def sms(case: Case | None, title: str, alert_id: str, marks: Collection[Mark], *, is_unanswered: bool = False) -> str:
    """One line: `GHOUTA ENDS 15M 0100 WED (2200Z) #x7sbvv`, in the alphabet of an SMS as far as its letters allow it.

    The marks, and that nobody answered, stand before it. What one moment does not tell is told by the title, and cut
    where it is too long; never the hour of the others.
    """
    what = None if case is None else _what(case)
    unanswered = ["UNANSWERED"] if is_unanswered and what is not None else []
    before = " ".join([*(shown for mark, shown in _MARKS.items() if mark in marks), *unanswered])
    name = clean(title) if case is None or what is None else case.name.upper()
    return _fitted(before, name, what or "", f"#{alert_id}")


def _fitted(before: str, name: str, what: str, alert_id: str) -> str:
    """All of it, with as much of the name as fits."""
    for length in range(len(name), 0, -1):
        line = transliterated(" ".join(filter(None, (before, cut(name, length), what, alert_id))))
        if fits_one_sms(line):
            return line
    return " ".join(filter(None, (before, what, alert_id)))


def _what(case: Case) -> str | None:
    """The event and its moment; None where one moment does not tell it: an end of what has not begun is half of it."""
    if case.truce.waits_to_begin:
        return None
    match case.delivery.kind:
        case Kind.REMINDER:
            return _reminder(case)
        case Kind.LAPSED:
            end = case.subjects[0].end
            ago = case.as_of - end.surely_over
            since = f" {_span(ago)} AGO" if ago else ""
            return f"EXPIRED{since} {_when(case, end.order)}, NO EXTENSION" if _is_moment(end) else None
        case Kind.START:
            return _start(case)
        case kind if kind in _CHANGES:
            return _change(case, _CHANGES[kind])
        case _:
            return None


def _start(case: Case) -> str | None:
    starts = moment_of_start(case)
    if case.truce.daily is not None:
        return None
    if case.as_of < starts:
        return f"STARTS {_span(starts - case.as_of)} {_when(case, starts)}"
    return None if case.status.is_over else f"IN FORCE SINCE {_when(case, starts)}, AS ANNOUNCED"


def _reminder(case: Case) -> str | None:
    if case.delivery.is_of_window:
        return None
    live = case.subjects[0]
    left = live.end.order - case.as_of
    if not _is_moment(live.end) or left < timedelta() or case.since_expiry is not None:
        return None
    early = " EARLY" if live.owner is Owner.TERMINATION else ""
    agreed = live.owner is Owner.EXPIRY or (live.owner is Owner.TERMINATION and is_confirmed(live.statement))
    verb = "ENDS" if agreed else "CLAIMED TO END"
    return f"{verb}{early} {_span(left) if left else 'NOW'} {_when(case, live.end.order)}"


def _change(case: Case, verb: str) -> str | None:
    change = case.announced
    if change.new is None or not _is_moment(change.new) or change.is_late or change.is_of_the_desk:
        return None
    return f"{verb} {_when(case, change.new.order)}"


def _is_moment(end: End) -> bool:
    return end.kind is EndKind.INSTANT and end.second is None


def _when(case: Case, moment: datetime) -> str:
    """`0100 WED (2200Z)`, with the date where the weekday alone does not name the day."""
    hour, weekday, date = short_local(moment, zone=case.zone).upper().split(" ", 2)
    day = weekday if abs(moment - case.as_of) < _WEEKDAY_ALONE else f"{weekday} {date}"
    utc = show_utc(moment).partition(" ")[0]
    return f"{utc} {day}" if is_utc(case.truce.zone) else f"{hour} {day} ({utc})"


def _span(duration: timedelta) -> str:
    """`15M`, `6H`, `1H30M`, `48H`; below a minute `45S`."""
    seconds = int(duration.total_seconds())
    hours, minutes = divmod(seconds // 60, 60)
    if not hours:
        return f"{minutes}M" if minutes else f"{seconds}S"
    return f"{hours}H{minutes:02}M" if minutes else f"{hours}H"
