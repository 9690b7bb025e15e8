"""The headline of a start: a truce that is about to begin, or has begun as announced."""

from collections.abc import Iterator
from datetime import datetime

from alertd.domain.alert import Change, Kind
from alertd.domain.truce import Truce
from alertd.message.case import Case
from alertd.message.daily_headline import opening
from alertd.message.when import local, moment_in
from alertd.message.wording import NO_END, SENTENCE_LENGTH, condition_of_start
from alertd.times.duration import span
from alertd.times.end import NEVER, EndKind
from alertd.times.formats import short_local


def start(case: Case) -> str:
    """`starts in 1 h, 0100 …`, then `in force since 0100 …, as announced`: alertd never says that it holds."""
    starts = moment_of_start(case)
    if case.truce.daily is not None:
        return opening(case, starts)
    if case.as_of < starts:
        return f"starts {case.distance(starts)}, {moment_in(case, starts)}"
    if case.status.is_over:
        return f"was in force from {moment_in(case, starts)}, as announced; it is over"
    return f"in force since {moment_in(case, starts)}, as announced"


def has_not_begun(truce: Truce, limit: int = SENTENCE_LENGTH) -> str:
    """`has not begun: “once both lists are exchanged”`, as long as its start is open; empty for any other truce."""
    begins = condition_of_start(truce, limit)
    return f"has not begun: {begins}" if begins else ""


def opens_or_closes_start(change: Change) -> bool:
    """True for a start that was open and has a moment now, or the other way round."""
    return change.starts is not None and NEVER in change.starts


def start_moved(case: Case, starts: tuple[datetime, datetime]) -> str:
    """`start moved from 0830 to 1115 Sun 19 Jan Gaza; the end stays 0830 Sun 2 Mar`; the old day too if another."""
    if starts[1] == NEVER:
        return f"has not begun; its start {short_local(starts[0], zone=case.zone)} counts no longer"
    if starts[0] == NEVER:
        verb = "starts" if case.as_of < starts[1] else "in force since"
        return f"{verb} {moment_in(case, starts[1])}, as announced"
    old, new = (short_local(moment, zone=case.zone) for moment in starts)
    hour, _, day = old.partition(" ")
    end = case.status.end
    stays = NO_END if end.kind is EndKind.OPEN else f"the end stays {case.short(end)}"
    return f"start moved from {hour if new.endswith(day) else old} to {local(case, starts[1])}; {stays}"


def is_about_start(case: Case) -> bool:
    """True for an alert that names the start among its ends: one of the start, or of its move."""
    moved = case.delivery.kind is Kind.CORRECTED and case.announced.starts is not None
    return case.delivery.kind is Kind.START or (moved and case.announced.statement is None)


def move_of_start(case: Case) -> Iterator[str]:
    """The distance by which the start moves, and the question that this raises where the end stays."""
    change = case.announced
    if change.starts is None:
        return
    old, new = change.starts
    if opens_or_closes_start(change):
        return
    yield f"The start moves {span(new - old)} {'later' if new > old else 'earlier'}."
    if change.old == change.new and not case.status.is_over:
        yield "Does the end move too? No other end is recorded: please find out, and record what is announced."


def moment_of_start(case: Case) -> datetime:
    """The start that the alert counts to."""
    return case.delivery.at or case.truce.starts
