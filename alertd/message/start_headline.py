"""The headline of a start: a truce that is about to begin, or has begun as announced."""

from collections.abc import Iterator
from datetime import datetime

from alertd.domain.alert import Kind
from alertd.message.case import Case
from alertd.message.daily_headline import opening
from alertd.message.when import local, moment_in
from alertd.message.wording import NO_END
from alertd.times.duration import span
from alertd.times.end import EndKind
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


def start_moved(case: Case, starts: tuple[datetime, datetime]) -> str:
    """`start moved from 0830 to 1115 Sun 19 Jan Gaza; the end stays 0830 Sun 2 Mar`; the old day too if another."""
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
    yield f"The start moves {span(new - old)} {'later' if new > old else 'earlier'}."
    if change.old == change.new and not case.status.is_over:
        yield "Does the end move too? No other end is recorded: please find out, and record what is announced."


def moment_of_start(case: Case) -> datetime:
    """The start that the alert counts to."""
    return case.delivery.at or case.truce.starts
