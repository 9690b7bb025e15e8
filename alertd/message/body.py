"""The subjects of the body of an alert, kind by kind: which ends under which names, what follows, who says otherwise.

Which facts belong in a message is decided here; `facts` puts them into zones and lines. The agreed end stands in
every alert, so that nobody takes what one party states for what all have agreed.
"""

from collections.abc import Callable, Iterator

from alertd.domain.alert import Kind
from alertd.domain.truce import LiveEnd, Owner, Record, Standing, Statement, Termination
from alertd.message.headline import Case, is_confirmed
from alertd.message.wording import SENTENCE_LENGTH, STANDINGS, clean, parties
from alertd.times.duration import span
from alertd.times.end import ALWAYS, End, EndKind
from alertd.times.wall import clock_shift

NamedEnd = tuple[str, End]
"""An end and what the message calls it."""


def named_ends(case: Case) -> tuple[NamedEnd, ...]:
    """The ends that an alert tells, the one that it is about first."""
    return tuple(_NAMED[case.delivery.kind](case))


def _agreed(case: Case) -> NamedEnd:
    last = case.chain[-1]
    by = last.statement.stated_by if last.statement else ()
    return f"Agreed end{f' (stated by {parties(by)})' if by else ''}", last.end


def _reminder(case: Case) -> Iterator[NamedEnd]:
    live = case.subjects[0]
    if live.owner is Owner.EXPIRY:
        yield "End", live.end
        return
    yield _stated_name(case, case.statements[0]), live.end
    yield _agreed(case)


def _stated_name(case: Case, statement: Statement) -> str:
    who = parties([name for each in case.statements for name in each.stated_by])
    if not isinstance(statement, Termination):
        return f"End stated by {who} ({STANDINGS[statement.standing]})"
    doubt = "" if is_confirmed(statement) else f", {STANDINGS[statement.standing]}"
    return f"Early end (termination by {who}{doubt})"


def _lapsed(case: Case) -> Iterator[NamedEnd]:
    yield "Expired", case.subjects[0].end


def _recorded(case: Case) -> Iterator[NamedEnd]:
    yield "End", case.chain[-1].end


def _moved(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    if change.new is not None:
        yield ("End" if change.old in (None, change.new) else "New end"), change.new
    if change.old not in (None, change.new):
        yield "Old end", change.old


def _claimed(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    if change.new is not None and change.statement is not None:
        yield _stated_name(case, change.statement), change.new
    yield _agreed(case)


def _corrected(case: Case) -> Iterator[NamedEnd]:
    statement, old, new = case.announced.statement, case.announced.old, case.announced.new
    if statement is None:
        yield from _moved(case)
        return
    name = _stated_name(case, statement)
    stands = new is not None and not _gives_way(case)
    if stands and new is not None:
        yield name, new
    if old is not None:
        yield ("Stated before" if stands else name), old
    yield _agreed(case)


def _gives_way(case: Case) -> bool:
    """True if the announced end is the agreed one because a termination no longer counts."""
    statement = case.announced.statement
    return isinstance(statement, Termination) and case.announced.ends_at != statement.at


def _terminated(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    if change.new is not None:
        yield f"Terminated by {parties(change.statement.stated_by if change.statement else ())}", change.new
    yield _agreed(case)


def _withdrawn(case: Case) -> Iterator[NamedEnd]:
    yield "End when it was taken out", case.announced.old or case.chain[-1].end


def _review(case: Case) -> Iterator[NamedEnd]:
    yield ("Started" if case.since == case.truce.starts else "Opened"), End.instant(case.since)
    yield "End", case.chain[-1].end


_NAMED: dict[Kind, Callable[[Case], Iterator[NamedEnd]]] = {
    Kind.RECORDED: _recorded,
    Kind.REMINDER: _reminder,
    Kind.LAPSED: _lapsed,
    Kind.EXTENDED: _moved,
    Kind.SHORTENED: _moved,
    Kind.OPENED: _moved,
    Kind.CLAIMED: _claimed,
    Kind.CORRECTED: _corrected,
    Kind.TERMINATED: _terminated,
    Kind.WITHDRAWN: _withdrawn,
    Kind.REVIEW: _review,
}


def sentences(case: Case) -> tuple[str, ...]:
    """Sentences that explain the ends, and what follows from them for whoever reads."""
    return tuple(_sentences(case))


def _sentences(case: Case) -> Iterator[str]:
    kind, change = case.delivery.kind, case.announced
    if kind is Kind.LAPSED:
        yield "No extension is recorded."
    if kind in (Kind.EXTENDED, Kind.SHORTENED, Kind.CORRECTED) and not _gives_way(case):
        whose = "The stated end" if kind is Kind.CORRECTED and change.statement is not None else "The end"
        yield from _move(whose, change.old, change.new)
    if kind is Kind.EXTENDED and case.gap is not None:
        yield f"Announced {span(case.gap)} after the end before it: for that time no extension was recorded."
    if kind is Kind.CLAIMED:
        yield from _claim(case)
    if kind is Kind.CORRECTED:
        yield _why(case)
    if kind is Kind.WITHDRAWN:
        yield "Taken out of the register while running: alertd no longer watches it, and no reminder will come."
    if kind is Kind.REVIEW:
        yield "Please check whether it is still in force, and record what has changed."
    yield from _clock_change(case)
    for statement in case.statements:
        if isinstance(statement, Termination) and statement.reason:
            yield f"Reason given: {clean(statement.reason, SENTENCE_LENGTH)}"


def _clock_change(case: Case) -> Iterator[str]:
    """Elapsed hours and hours on the clock differ where the clocks change within the window."""
    starts, end = case.truce.starts, case.chain[-1].end
    if end.at is None or end.kind is not EndKind.INSTANT or end.at <= starts:
        return
    elapsed = end.at - starts
    shift = clock_shift(starts, end.at, zone=case.zone)
    if shift:
        lasts = f"it lasts {span(elapsed)}, by the clock {span(elapsed + shift)}"
        yield f"The clocks of {case.truce.zone} change in this window: {lasts}."


def _move(whose: str, old: End | None, new: End | None) -> Iterator[str]:
    if old is None or new is None or old.at is None or new.at is None or old.at == new.at:
        return
    yield f"{whose} moves {span(new.at - old.at)} {'later' if new.at > old.at else 'earlier'}."


def _claim(case: Case) -> Iterator[str]:
    statement = case.announced.statement
    if statement is not None and statement.standing is Standing.DENIED:
        yield "Denied: the agreed end stands, and its reminders go on."
        return
    yield "Not confirmed: the agreed end stands, and its reminders go on."
    at = case.announced.ends_at
    if any(live.end.at == at and live.owner is not Owner.EXPIRY for live in case.status.watched_ends):
        yield "Reminders lead to this end as well."


def _why(case: Case) -> str:
    change = case.announced
    if change.reason is not None:
        return f"Why: {clean(change.reason, SENTENCE_LENGTH)}."
    if change.statement is not None and change.statement.standing is Standing.DENIED:
        return "Why: the statement is denied."
    if _gives_way(case):
        return "Why: the termination is no longer confirmed."
    return "Why: the entry in the register was changed."


def other_statements(case: Case) -> tuple[Record | Termination, ...]:
    """Statements beside the end that the alert is about: open claims, denials, rival extensions, a termination."""
    others: list[Record | Termination] = [record for record in case.truce.records if _is_beside(record, case)]
    termination = case.truce.termination
    if termination is not None and termination not in case.statements:
        others.append(termination)
    return tuple(others)


def _is_beside(record: Record, case: Case) -> bool:
    chosen = case.chain[-1]
    if record in case.statements or record is chosen.statement:
        return False
    if record.standing is Standing.CLAIMED:
        return any(live.statement is record for live in case.status.live_ends)
    if record.standing is Standing.DENIED:
        return record.announced >= (chosen.statement.announced if chosen.statement else ALWAYS)
    return _is_rival(record, chosen)


def _is_rival(record: Record, chosen: LiveEnd) -> bool:
    """True if a record was confirmed together with the one that counts, but names another end."""
    statement = chosen.statement
    return statement is not None and record.confirmed_at == statement.confirmed_at and record.end != chosen.end
