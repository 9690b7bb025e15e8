"""4. What a message says of what follows is what stands on the agenda of its reader, and it says nothing else of it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from simulation.events import Line, Promise, Tried
from simulation.evidence import Evidence, longest_call
from simulation.oracle import Agenda

FOLLOWS = re.compile(
    r"[^.\n]*\b(?:next reminder|reminders? (?:leads?|of|will)|expiry is told|said again in)\b[^.\n]*\.", re.IGNORECASE
)
"""A sentence about what follows."""


def check(evidence: Evidence) -> Iterator[str]:
    """Each promise is compared with what lay ahead when its alert was handed over; and each such sentence is one."""
    slack = longest_call(evidence.run) + timedelta(seconds=1)
    for tried in evidence.run.log.of(Tried):
        yield from _unclaimed(tried)
        for line in tried.lines:
            agenda = _agenda(evidence, tried, line)
            for promise in line.promises:
                if promise.text not in tried.text:
                    yield f"{line.key}: what it claims does not stand in its text: {promise.text}"
                if agenda is not None:
                    yield from _untrue(line, promise, agenda, slack)


def _agenda(evidence: Evidence, tried: Tried, line: Line) -> Agenda | None:
    """What lay ahead when it was last handed over; None where that cannot be told."""
    found = evidence.reading.agendas.get((tried.target, line.key), [])
    return next((agenda for agenda in reversed(found) if agenda.at.at <= tried.at), None)


def _untrue(line: Line, promise: Promise, agenda: Agenda, slack: timedelta) -> Iterator[str]:
    if promise.ends_at is None:
        if _is_last_word(line, promise) and any(agenda.ahead.values()):
            yield f"{line.key} says that nothing follows, and something does: {promise.text}"
        return
    if promise.stands and promise.ends_at != agenda.stands:
        yield f"{line.key} says that {promise.ends_at} stands, and {agenda.stands} does: {promise.text}"
    dues = [due for due in agenda.ahead.get(promise.ends_at, ()) if due > agenda.at.moment]
    if promise.next_at is not None and promise.next_at not in dues:
        yield f"{line.key} promises {promise.next_at}, for which nothing was planned: {promise.text}"
    skipped = [due for due in dues if due > agenda.at.moment + slack and _is_before(due, promise.next_at)]
    if skipped:
        yield f"{line.key} leaves out what was planned for {skipped[0]}: {promise.text}"


def _is_last_word(line: Line, promise: Promise) -> bool:
    """True if it says that nothing will follow, be there an end or none."""
    return line.kind == "withdrawn" and promise.next_at is None


def _is_before(due: datetime, next_at: datetime | None) -> bool:
    return next_at is None or due < next_at


def _unclaimed(tried: Tried) -> Iterator[str]:
    claimed = " ".join(
        promise.text
        for line in tried.lines
        for promise in line.promises
        if promise.ends_at is not None or _is_last_word(line, promise)
    )
    for sentence in FOLLOWS.findall(tried.text):
        if sentence not in claimed:
            yield f"{tried.target} was told what follows, and nothing vouches for it: {sentence}"
