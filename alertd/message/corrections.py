"""The lines that put right what a reader was told before."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from alertd.domain.alert import Kind
from alertd.domain.statement import Record, Statement, Termination
from alertd.domain.untrue import Told
from alertd.message.case import Case
from alertd.message.wording import parties, states
from alertd.times.formats import clock, short_local, show_utc

MOST = 5
"""Alerts that a message puts right one by one; the latest say what matters."""


_WORDS = {
    Kind.LAPSED: "it expired",
    Kind.CLAIMED: "somebody states the end {}",
    Kind.EXTENDED: "it was extended to {}",
    Kind.SHORTENED: "it was shortened to {}",
    Kind.CORRECTED: "its end was corrected to {}",
    Kind.TERMINATED: "it was terminated from {}",
}
"""The words for what an alert told; any other told the end that counted."""


def corrections(case: Case, told: Iterable[Told]) -> Iterator[str]:
    """As in `CORRECTION: at 1621Z you were told that it expired (alert x7sbvv)`, a line each, the latest last."""
    every = list(told)
    left_out = len(every) - MOST
    if left_out > 0:
        yield f"CORRECTION: {left_out} earlier {'alerts told' if left_out > 1 else 'alert told'} you the same"
    for alert in every[-MOST:]:
        at, what = _moment(alert.at, case), _what(alert, case)
        yield f"CORRECTION: at {at} you were told that {what} (alert {alert.short_id})"


def _moment(at: datetime, case: Case) -> str:
    """`1621Z`, with its date where that is another day than the one on which it is told."""
    minute = at.replace(second=0, microsecond=0)
    if at.astimezone(UTC).date() == case.as_of.astimezone(UTC).date():
        return f"{clock(minute.astimezone(UTC).time())}Z"
    return show_utc(minute)


def _what(told: Told, case: Case) -> str:
    if told.turn is not None:
        verb, ended = ("open", "ed") if told.kind is Kind.START else ("close", "d")
        return f"it {verb}{'s' if told.at < told.turn else ended} {short_local(told.turn, zone=case.zone)}"
    end = _end(told, case)
    stated = _stated(told, case)
    if stated is not None:
        early = "early " if isinstance(stated, Termination) else ""
        return f"{parties(stated.stated_by)} {states(stated.stated_by)} the {early}end {end}"
    if told.kind in _WORDS:
        return _WORDS[told.kind].format(end)
    return f"it ends {end}" if told.ends_at else f"it has {end}"


def _stated(told: Told, case: Case) -> Record | Termination | None:
    """The statement of which it was told, and that was not confirmed by then; None where the agreed end was told."""
    if told.kind not in (Kind.CLAIMED, Kind.REMINDER, Kind.CORRECTED):
        return None
    truce, change = case.truce, case.announced
    every = (*truce.records, *truce.terminations, *truce.voided, *change.voided, change.statement)
    of_that_end = [
        statement
        for statement in every
        if isinstance(statement, Record | Termination) and _at(statement) == told.ends_at
    ]
    agreed = truce.first_end.at == told.ends_at or any(_was_confirmed(statement, told.at) for statement in of_that_end)
    if told.kind is not Kind.CLAIMED and agreed:
        return None
    return next((statement for statement in of_that_end if not _was_confirmed(statement, told.at)), None)


def _at(statement: Record | Termination) -> datetime | None:
    return statement.at if isinstance(statement, Termination) else statement.end.at


def _was_confirmed(statement: Statement, at: datetime) -> bool:
    return statement.confirmed_at is not None and statement.confirmed_at <= at


def _end(told: Told, case: Case) -> str:
    """The end that was told, as messages about it show it."""
    if told.ends_at is None:
        return "no agreed end"
    known = (end for end in (case.announced.old, *(live.end for live in case.chain)) if end is not None)
    same = next((end for end in known if end.at == told.ends_at), None)
    return short_local(told.ends_at, zone=case.zone) if same is None else case.short(same)
