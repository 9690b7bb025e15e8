"""The headlines of the ladder: what leads to an end, and that it has passed."""

from datetime import datetime

from alertd.domain.alert import Kind
from alertd.domain.statement import Statement
from alertd.domain.truce import LiveEnd, Owner
from alertd.message.case import Case
from alertd.message.daily_headline import closing
from alertd.message.when import day, in_utc, local, long_day, when
from alertd.message.wording import NO_END
from alertd.times.duration import span
from alertd.times.end import End, EndKind
from alertd.times.formats import show_utc


def reminder(case: Case) -> str:
    """A closing that is not the last, or the end."""
    return closing(case) if case.delivery.is_of_window else _end(case)


def _end(case: Case) -> str:
    """An end that lies ahead, or that is now: how far off it is, and who says so where not all have agreed."""
    live = case.subjects[0]
    if live.end.at is None:
        return NO_END if live.end.kind is EndKind.OPEN else f"ends on {when(case, live.end)}"
    if live.end.kind is EndKind.DATE:
        return _of_day(case, live, live.end.at)
    away, at = case.distance(live.end.at), when(case, live.end)
    passed = away.endswith("ago")
    if live.owner is Owner.EXPIRY:
        verb, last = ("end", "") if case.truce.daily is None else ("close", " for the last time")
        return f"{f'was to {verb}' if passed else f'{verb}s'}{last} {away}, {at}"
    if live.owner is Owner.TERMINATION and is_confirmed(live.statement):
        return f"{'ended' if passed else 'ends'} early {away} (termination by {case.party}), {at}"
    if live.owner is Owner.CLAIM and case.since_expiry is not None:
        what = f"an end that passed {away}" if passed else f"the end {away}"
        return f"{case.party_states} {what}, {at}{_after_expiry(case)}"
    early = "early " if live.owner is Owner.TERMINATION else ""
    return f"{early}end stated by {case.party} {'was' if passed else 'is'} {away}, {at}"


def is_confirmed(statement: Statement | None) -> bool:
    """True if there is a statement and it is confirmed."""
    return statement is not None and statement.is_confirmed


def _after_expiry(case: Case) -> str:
    return "" if case.since_expiry is None else f", the agreed end passed {span(case.since_expiry)} ago"


def _of_day(case: Case, live: LiveEnd, begins: datetime) -> str:
    """An end of which only the day is known; who says so where not all have agreed."""
    over = live.end.surely_over
    is_agreed = live.owner is Owner.EXPIRY
    if case.delivery.at == over and begins <= case.as_of < over:
        source = "" if is_agreed else f", {case.party_states}"
        left = f"last {span(over - case.as_of)} of {long_day(case, begins)}; it may be over already{source}"
        return f"{left}{in_utc(case, over, 'the day ends ')}{'' if is_agreed else _after_expiry(case)}"
    whole_day = f"{day(case, live.end)}{in_utc(case, begins, 'from ')}"
    if case.as_of < begins:
        what, on = f"may end in {span(begins - case.as_of)} or later", f", on {whole_day}"
    elif case.as_of < over:
        what, on = "may end at any time today", f", {whole_day}"
    else:
        what, on = "was to end", f" on {whole_day}"
    if is_agreed:
        return f"{what}{on}"
    if case.since_expiry is None:
        return f"{what} according to {case.party}{on}"
    return f"{case.party_states} that it {what}{on}{_after_expiry(case)}"


def lapsed(case: Case) -> str:
    """The expiry has passed, and no extension is recorded; of an hour that comes twice, which of both it is."""
    end = case.subjects[0].end
    over = end.surely_over
    if end.second is not None and case.delivery.at == end.second:
        ago = _ago(case, end.second)
        return f"expired, no extension recorded: {local(case, end.second)} has come again{ago} ({show_utc(end.second)})"
    unrecorded = "neither a start nor an extension" if case.truce.waits_to_begin else "no extension"
    return f"expired{_ago(case, over)}, {unrecorded} recorded: {_passed(case, end)}"


def unresolved(case: Case) -> str:
    """A lapse of which nobody has said what became of it."""
    end = case.subjects[0].end
    return f"expired{_ago(case, end.surely_over)}, unresolved: {_passed(case, end)}. Extended, or over?"


def is_about_lapse(case: Case) -> bool:
    """True for a review of a truce whose expiry has passed, and not of one without an agreed moment."""
    return case.delivery.kind is Kind.REVIEW and case.subjects[0].end.at is not None


def _passed(case: Case, end: End) -> str:
    is_day = end.kind is EndKind.DATE
    return f"{day(case, end)} is over{in_utc(case, end.surely_over)}" if is_day else when(case, end)


def _ago(case: Case, moment: datetime) -> str:
    return "" if (away := case.distance(moment)) == "now" else f" {away}"
