"""The subjects of the body of an alert, kind by kind: which ends under which names, what follows, who says otherwise.

Which facts belong in a message is decided here; `facts` puts them into zones and lines. The agreed end stands in
every alert, so that nobody takes what one party states for what all have agreed.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from alertd.domain.alert import CHANGES, Kind
from alertd.domain.pause import hours_in_words, hours_of_days, next_opening, window_at
from alertd.domain.statement import Confirmation, Record, Statement, Termination
from alertd.domain.truce import LiveEnd, Owner, live_terminations
from alertd.message.agreement import who_states
from alertd.message.case import Case
from alertd.message.fallen import fallen_claims
from alertd.message.follows import Follows
from alertd.message.headline import gone_statement, late_statement
from alertd.message.ladder_headline import is_about_lapse, is_confirmed
from alertd.message.milestones import milestone_sentences, milestones_ahead, moves
from alertd.message.mistakes import sentences_of_mistake
from alertd.message.start_headline import moment_of_start, move_of_start
from alertd.message.wording import CONFIRMATIONS, NAME_LENGTH, SENTENCE_LENGTH, clean, condition, parties
from alertd.times.duration import span
from alertd.times.end import ALWAYS, NEVER, End, EndKind
from alertd.times.wall import clock_shift, is_utc


class NamedEnd(NamedTuple):
    """An end and what the message calls it."""

    name: str
    end: End
    counts: bool = True
    """False for an end that nobody stands by any more."""


def named_ends(case: Case) -> tuple[NamedEnd, ...]:
    """The ends that an alert tells, the one that it is about first."""
    return tuple(_NAMED[case.delivery.kind](case))


def _agreed(case: Case) -> NamedEnd:
    last = case.chain[-1]
    by = last.statement.stated_by if last.statement else ()
    stop = case.status.terminated_at
    counts = stop is None or last.end.order <= stop
    return NamedEnd(f"Agreed end{f' (stated by {parties(by)})' if by else ''}", last.end, counts=counts)


def _reminder(case: Case) -> Iterator[NamedEnd]:
    live = case.subjects[0]
    if case.delivery.is_of_window:
        yield from _window(case)
        return
    if live.owner is Owner.EXPIRY:
        yield NamedEnd("End", live.end)
        return
    yield NamedEnd(_stated_name(case, case.statements[0]), live.end)
    yield _agreed(case)


def _window(case: Case) -> Iterator[NamedEnd]:
    """A closing that is not the last, the opening after it, and the end of all."""
    closes = case.delivery.at or case.as_of
    yield NamedEnd("Closes" if case.as_of < closes else "Closed", End.instant(closes))
    following = next_opening(case.truce, closes)
    if following is not None:
        yield NamedEnd("Opens again", End.instant(following.opens))
    yield NamedEnd("Last closing", case.chain[-1].end)


def _stated_name(case: Case, statement: Statement) -> str:
    who = parties([name for each in case.statements for name in each.stated_by])
    if not isinstance(statement, Termination):
        return f"End stated by {who} ({CONFIRMATIONS[statement.confirmation]})"
    doubt = "" if is_confirmed(statement) else f", {CONFIRMATIONS[statement.confirmation]}"
    return f"Early end (termination by {who}{doubt})"


def _lapsed(case: Case) -> Iterator[NamedEnd]:
    yield NamedEnd("Expired", case.subjects[0].end)


def _milestone(case: Case) -> Iterator[NamedEnd]:
    yield NamedEnd("Milestone", End.instant(case.milestone.at))
    yield _agreed(case)


def _recorded(case: Case) -> Iterator[NamedEnd]:
    yield NamedEnd("End", case.chain[-1].end)


def _start(case: Case) -> Iterator[NamedEnd]:
    starts = moment_of_start(case)
    if case.truce.daily is None:
        yield NamedEnd("Starts" if case.as_of < starts else "Started", End.instant(starts))
        yield NamedEnd("End", case.chain[-1].end)
        return
    yield NamedEnd("Opens" if case.as_of < starts else "Opened", End.instant(starts))
    window = window_at(case.truce, starts)
    if window is not None:
        yield NamedEnd("Closes", End.instant(window.closes))
    yield NamedEnd("Last closing", case.chain[-1].end)


def _moved(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    if change.new is not None:
        yield NamedEnd("End" if change.old in (None, change.new) else "New end", change.new)
    if change.old is not None and change.old != change.new:
        yield NamedEnd("Old end", change.old, counts=False)


def _dated(case: Case) -> Iterator[NamedEnd]:
    yield NamedEnd("End", case.announced.new or case.chain[-1].end)


def _claimed(case: Case) -> Iterator[NamedEnd]:
    gone, change = gone_statement(case), case.announced
    if gone is not None:
        yield from _gone(case, gone)
        return
    if change.new is not None and change.statement is not None:
        yield NamedEnd(_stated_name(case, change.statement), change.new)
    yield _agreed(case)


def _gone(case: Case, gone: Record | Termination) -> Iterator[NamedEnd]:
    """The end that stands, before the one that does not count."""
    yield _end_in_force(case)
    end = End.instant(gone.at) if isinstance(gone, Termination) else gone.end
    yield NamedEnd(_stated_name(case, gone), end, counts=False)


def _end_in_force(case: Case) -> NamedEnd:
    stop = case.status.terminated_at
    if stop is None or case.status.end.at != stop:
        return _agreed(case)
    who = parties([name for ended in live_terminations(case.truce) if ended.at == stop for name in ended.stated_by])
    return NamedEnd(f"Early end (termination by {who})", End.instant(stop))


def _corrected(case: Case) -> Iterator[NamedEnd]:
    if case.announced.is_of_the_desk:
        yield from _mistake(case)
        return
    gone, change = gone_statement(case) or late_statement(case), case.announced
    if gone is not None:
        yield from _gone(case, gone)
        return
    if change.statement is None:
        yield from _moved_start(case)
        yield from _moved(case)
        return
    if change.new is not None:
        yield NamedEnd(_stated_name(case, change.statement), change.new)
    if change.old is not None:
        yield NamedEnd("Stated before", change.old, counts=False)
    yield _agreed(case)


def _moved_start(case: Case) -> Iterator[NamedEnd]:
    if case.announced.starts is not None:
        old, new = case.announced.starts
        if new != NEVER:
            yield NamedEnd("Start" if old == NEVER else "New start", End.instant(new))
        if old != NEVER:
            yield NamedEnd("Old start", End.instant(old), counts=False)


def _mistake(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    end = change.new or case.chain[-1].end
    yield NamedEnd("Expired" if end.surely_over <= case.as_of else "End", end)
    for name, records, counts in (
        ("Recorded by mistake", change.voided, False),
        ("Counts again", change.counts_again, True),
    ):
        for record in records:
            yield NamedEnd(name, End.instant(record.at) if isinstance(record, Termination) else record.end, counts)


def _terminated(case: Case) -> Iterator[NamedEnd]:
    change = case.announced
    if change.new is not None:
        by = parties(change.statement.stated_by if change.statement else ())
        yield NamedEnd(f"Terminated by {by}", change.new)
    if change.old is not None and change.old not in (change.new, case.chain[-1].end):
        yield NamedEnd("Terminated before that", change.old, counts=False)
    yield _agreed(case)


def _withdrawn(case: Case) -> Iterator[NamedEnd]:
    yield NamedEnd("End when it was taken out", case.announced.old or case.chain[-1].end)


def _last_check(case: Case) -> Iterator[NamedEnd]:
    for act in case.truce.checked[-1:]:
        yield NamedEnd(f"Last checked{f' by {clean(act.by, NAME_LENGTH)}' if act.by else ''}", End.instant(act.at))


def _review(case: Case) -> Iterator[NamedEnd]:
    if is_about_lapse(case):
        yield from _lapsed(case)
        yield from _last_check(case)
        return
    yield from _last_check(case)
    if not case.truce.waits_to_begin:
        yield NamedEnd("Started" if case.since == case.truce.starts else "Opened", End.instant(case.since))
    yield NamedEnd("End", case.chain[-1].end)


_NAMED: dict[Kind, Callable[[Case], Iterator[NamedEnd]]] = {
    Kind.RECORDED: _recorded,
    Kind.START: _start,
    Kind.REMINDER: _reminder,
    Kind.LAPSED: _lapsed,
    Kind.EXTENDED: _moved,
    Kind.SHORTENED: _moved,
    Kind.DATED: _dated,
    Kind.OPENED: _moved,
    Kind.CLAIMED: _claimed,
    Kind.CORRECTED: _corrected,
    Kind.TERMINATED: _terminated,
    Kind.WITHDRAWN: _withdrawn,
    Kind.REVIEW: _review,
    Kind.MILESTONE: _milestone,
}


def sentences(case: Case, follows: Iterable[Follows]) -> Iterator[str]:
    """Sentences that explain the ends, and what follows from them for whoever reads."""
    yield from who_states(case)
    about_kind = _SAID.get(case.delivery.kind)
    if about_kind is not None:
        yield from about_kind(case)
    yield from (sentence.text for sentence in follows)
    if case.delivery.kind in CHANGES:
        yield from moves(case)
        yield from move_of_start(case)
        yield from fallen_claims(case)
        yield from _hours(case)
    if case.truce.daily is None:
        yield from _clock_change(case)
    for statement in case.statements:
        if isinstance(statement, Termination) and statement.reason:
            yield f"Reason given: {clean(statement.reason, SENTENCE_LENGTH)}"


def _hours(case: Case) -> Iterator[str]:
    """The hours of a daily pause where they are new, both where they have changed."""
    if case.delivery.kind is Kind.RECORDED and case.announced.statement is None:
        yield from hours_of_days(case.truce)
    if isinstance(case.announced.statement, Record) and (words := hours_in_words(case.truce, case.announced.statement)):
        yield f"{words[0].upper()}{words[1:]}."


def _reminder_sentences(case: Case) -> Iterator[str]:
    if case.subjects[0].owner is Owner.CLAIM and case.since_expiry is not None:
        yield f"The agreed end passed {span(case.since_expiry)} ago, and no extension is recorded."


def _lapsed_sentences(case: Case) -> Iterator[str]:
    yield "No extension is recorded."
    if case.truce.waits_to_begin:
        yield f"No start is recorded either. If it began, run alertd begin {case.truce.id} --at TIME."


def _review_sentences(case: Case) -> Iterator[str]:
    truce = case.truce.id
    if is_about_lapse(case):
        yield "No extension is recorded. Was it extended, or is it over? Please find out, and record it."
        yield f"If it still holds, run alertd checked {truce}; if the desk is done with it, run alertd close {truce}."
        return
    if case.truce.waits_to_begin:
        yield f"Please find out. If it has begun, run alertd begin {truce}; if not, run alertd checked {truce}."
        return
    yield "Please check whether it is still in force, and record what has changed."
    yield f"If nothing has changed, run alertd checked {truce}."


def _clock_change(case: Case) -> Iterator[str]:
    """Elapsed hours and hours on the clock differ where the clocks change within the window."""
    starts, end = case.truce.starts, case.chain[-1].end
    if end.at is None or end.kind is not EndKind.INSTANT or end.at <= starts or is_utc(case.truce.zone):
        return
    elapsed = end.at - starts
    shift = clock_shift(starts, end.at, zone=case.zone)
    if shift:
        lasts = f"it lasts {span(elapsed)}, by the clock {span(elapsed + shift)}"
        yield f"The clocks of {case.truce.zone} change in this window: {lasts}."


def _extended_sentences(case: Case) -> Iterator[str]:
    yield from _shortened_sentences(case)
    if case.gap is not None:
        how = "Announced" if case.is_announcement_known else "Recorded"
        yield f"{how} {span(case.gap)} after the end before it: for that time no extension was recorded."


def _shortened_sentences(case: Case) -> Iterator[str]:
    yield from _move("The end", case.announced.old, case.announced.new)


def _corrected_sentences(case: Case) -> Iterator[str]:
    if case.announced.is_of_the_desk:
        yield from sentences_of_mistake(case)
        return
    gone, change = gone_statement(case), case.announced
    if not isinstance(gone, Termination):
        whose = "The end" if change.statement is None or gone is not None else "The stated end"
        yield from _move(whose, change.old, change.new)
    if gone is None or gone.confirmation is not Confirmation.DENIED:
        yield _why(case, gone)


def _move(whose: str, old: End | None, new: End | None) -> Iterator[str]:
    if old is None or new is None or old.at is None or new.at is None or old.at == new.at:
        return
    yield f"{whose} moves {span(new.at - old.at)} {'later' if new.at > old.at else 'earlier'}."


def _dated_sentences(case: Case) -> Iterator[str]:
    old = case.announced.old
    if old is not None and old.kind is EndKind.OPEN:
        yield "Until now no end was agreed."
    if old is not None and old.kind is EndKind.CONDITIONAL:
        yield f"Until now it was to end on the condition {condition(old)}."


def _why(case: Case, gone: Record | Termination | None) -> str:
    change = case.announced
    if change.is_late:
        return "Why: it was recorded late, after an end that counts instead of it."
    if change.reason is not None:
        return f"Why: {clean(change.reason, SENTENCE_LENGTH)}."
    if gone is not None:
        return "Why: the termination is no longer confirmed."
    return "Why: the entry in the register was changed."


def _start_sentences(case: Case) -> Iterator[str]:
    if case.truce.daily is not None:
        return
    yield "It is not in force yet." if case.as_of < moment_of_start(case) else "No other start is recorded."


_SAID: dict[Kind, Callable[[Case], Iterator[str]]] = {
    Kind.START: _start_sentences,
    Kind.REMINDER: _reminder_sentences,
    Kind.LAPSED: _lapsed_sentences,
    Kind.EXTENDED: _extended_sentences,
    Kind.SHORTENED: _shortened_sentences,
    Kind.DATED: _dated_sentences,
    Kind.CORRECTED: _corrected_sentences,
    Kind.REVIEW: _review_sentences,
    Kind.RECORDED: milestones_ahead,
    Kind.MILESTONE: milestone_sentences,
}


def other_statements(case: Case) -> tuple[Record | Termination, ...]:
    """Statements beside the end that the alert is about: open claims, denials, rival extensions, terminations."""
    records = (record for record in case.truce.records if _is_beside(record, case))
    return (*records, *(termination for termination in case.truce.terminations if termination not in case.statements))


def _is_beside(record: Record, case: Case) -> bool:
    chosen = case.chain[-1]
    if record in case.statements or record is chosen.statement:
        return False
    if record.confirmation is Confirmation.CLAIMED:
        return any(live.statement is record for live in case.status.live_ends)
    if record.confirmation is Confirmation.DENIED:
        return record.announced >= (chosen.statement.announced if chosen.statement else ALWAYS)
    return _is_rival(record, chosen)


def _is_rival(record: Record, chosen: LiveEnd) -> bool:
    """True if a record was confirmed together with the one that counts, but names another end."""
    statement = chosen.statement
    return statement is not None and record.confirmed_at == statement.confirmed_at and record.end != chosen.end
