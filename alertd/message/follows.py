"""The sentences about what follows: each is made from what stands on the agenda of its very reader.

None is made from the kind of the alert alone, as a channel may leave reminders out, an end may have passed, and its
reminders may all lie behind. What a sentence claims stands beside it as a value, so that it can be checked.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from alertd.domain.alert import CHANGES, LADDER, Delivery, Kind
from alertd.domain.statement import Confirmation, Record, Termination
from alertd.message.case import Case
from alertd.message.headline import gone_statement
from alertd.message.wording import SENTENCE_LENGTH, parties
from alertd.times.end import EndKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """A sentence about what follows for its reader, and what it claims."""

    text: str
    ends_at: datetime | None = None
    """The end that it speaks of; None where it makes no claim about an end with a moment."""
    next_at: datetime | None = None
    """The moment at which the reader is told of that end next; None: at none."""
    stands: bool = False
    """That end is said to be the one that stands."""


def what_follows(case: Case) -> tuple[Follows, ...]:
    """The consequence of an alert that claims, denies, withdraws or puts right something; of others nothing is said."""
    return tuple(_follows(case)) if case.delivery.kind in CHANGES else ()


def _follows(case: Case) -> Iterator[Follows]:
    gone = gone_statement(case)
    if case.announced.is_of_the_desk:
        yield _of_end_in_force(case, "")
    elif gone is not None:
        yield _of_end_in_force(case, _denied(gone) if gone.confirmation is Confirmation.DENIED else "")
    elif case.delivery.kind is Kind.CLAIMED:
        yield _of_end_in_force(case, "Not confirmed: ")
        yield from _of_stated_end(case)
    elif case.delivery.kind is Kind.WITHDRAWN:
        yield _of_withdrawn(case)


def _denied(gone: Record | Termination) -> str:
    if not gone.denied_by:
        return "Denied, by whom is not recorded: "
    return f"Denied by {parties(gone.denied_by, SENTENCE_LENGTH)}: "


def _of_end_in_force(case: Case, lead: str) -> Follows:
    """The end that stands, and when its reader is told of it next."""
    end, stands = case.status.end, _how_it_stands(case)
    ahead = _ahead(case, end.at)
    first = next(iter(ahead), None)
    next_told = _next_told(case, first) if case.ahead is not None else ""
    if not next_told and case.ahead is not None and not case.status.is_over:
        of_what = "reminder of it" if end.at is not None else "question about it"
        next_told = f"no {of_what} is planned for this channel"
    clause = "; ".join(part for part in (stands, next_told) if part)
    text = f"{lead}{clause}." if lead else f"{clause[0].upper()}{clause[1:]}."
    if case.ahead is None or end.at is None or (first is not None and first.kind is Kind.REVIEW):
        return Follows(text=text)
    next_at = first.due_at if first else None
    return Follows(text=text, ends_at=end.at, next_at=next_at, stands=not case.status.is_over)


def _how_it_stands(case: Case) -> str:
    status, end = case.status, case.status.end
    is_early = end.at is not None and end.at == status.terminated_at
    name = "the early end" if is_early else "the agreed end"
    if status.is_over:
        away = case.distance(end.surely_over)
        return f"{name} is now" if away == "now" else f"{name} passed {away}"
    if end.kind is EndKind.OPEN:
        return "no end is agreed"
    return "the agreed condition stands" if end.kind is EndKind.CONDITIONAL else f"{name} stands"


def _next_told(case: Case, first: Delivery | None) -> str:
    if first is None:
        return ""
    when = case.distance(first.due_at)
    if first.kind is Kind.REVIEW:
        return f"whether it still holds is asked {when}"
    if first.kind is Kind.REMINDER:
        return f"its next reminder is {when}"
    return f"its expiry is told {when}" if first.stage is not None and not first.stage.offset else f"said again {when}"


def _of_stated_end(case: Case) -> Iterator[Follows]:
    """The end that somebody states beside the one that stands, and when its reader is told of it next."""
    end = case.announced.new
    if end is None or end.at is None or end.at == case.status.end.at:
        return
    name = "early end" if isinstance(case.announced.statement, Termination) else "stated end"
    if end.surely_over <= case.as_of:
        away = case.distance(end.surely_over)
        yield Follows(text=f"The {name} is now." if away == "now" else f"The {name} passed {away}.")
        return
    if case.ahead is None:
        return
    ahead = _ahead(case, end.at)
    if not ahead:
        text = f"No reminder of the {name} is planned for this channel."
    elif len(ahead) == 1:
        text = f"One reminder leads to the {name}, {case.distance(ahead[0].due_at)}."
    else:
        text = f"Reminders lead to the {name}; the next is {case.distance(ahead[0].due_at)}."
    yield Follows(text=text, ends_at=end.at, next_at=ahead[0].due_at if ahead else None)


def _of_withdrawn(case: Case) -> Follows:
    text = "Taken out of the register while running: alertd no longer watches it"
    if case.ahead is None or _later(case, case.ahead):
        return Follows(text=f"{text}.")
    return Follows(text=f"{text}, and no reminder will come.", ends_at=case.announced.ends_at)


def _ahead(case: Case, ends_at: datetime | None) -> tuple[Delivery, ...]:
    """The alerts ahead of an end, and of the questions about one that has passed or has no moment, soonest first."""
    of_end = (
        delivery
        for delivery in case.ahead or ()
        if (delivery.kind is Kind.REVIEW and ends_at == case.status.end.at)
        or (delivery.kind in LADDER and delivery.ends_at == ends_at and not delivery.is_of_window)
    )
    return _later(case, of_end)


def _later(case: Case, deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    return tuple(delivery for delivery in deliveries if delivery.due_at > case.as_of)
