"""A truce as known at a moment: what had been announced, confirmed, denied and answered by then."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from alertd.domain.milestone import known_milestones
from alertd.domain.statement import DeskAct, Statement
from alertd.domain.truce import Truce, TruceStatus, expiry
from alertd.times.end import NEVER

S = TypeVar("S", bound=Statement)


def as_known(truce: Truce, at: datetime, *, future_counts: bool = False) -> Truce | None:
    """The truce as known at a moment; None where it had not been announced.

    `future_counts` is how a running daemon hears it: what stands in the file is known, so an `announced`
    later than now counts as now. A confirmation or denial dated later still waits for its moment.
    """
    if truce.announced > at and not future_counts:
        return None
    truce = _with_start(truce, at, future_counts=future_counts)
    records = _heard(truce.records, at, future_counts=future_counts)
    terminations = _heard(truce.terminations, at, future_counts=future_counts)
    voided = [statement for statement in (*records, *terminations) if statement.void is not None]
    known: dict[str, Any] = {
        "records": tuple([record for record in records if record.void is None]),
        "terminations": tuple([termination for termination in terminations if termination.void is None]),
        "voided": (*truce.voided, *voided),
        "milestones": known_milestones(truce.milestones, at, future_counts=future_counts),
        "checked": _done_by(truce.checked, at),
        "closed": _done_by(truce.closed, at),
    }
    changed = {name: part for name, part in known.items() if getattr(truce, name) != part}
    return replace(truce, **changed) if changed else truce  # of most truces all is known, and a copy takes long


def _with_start(truce: Truce, at: datetime, *, future_counts: bool) -> Truce:
    """The truce with what counts from a start that was open, as far as it is known to have begun."""
    if truce.open_start is None:
        return truce
    known = truce.open_start.as_known(at, future_counts=future_counts)
    begun = known.beginning
    return replace(
        truce,
        open_start=known,
        starts=NEVER if begun is None else begun.at,
        first_end=(begun or known).first_end,
        milestones=(begun or known).milestones,
    )


def _heard(statements: Iterable[S], at: datetime, *, future_counts: bool) -> list[S]:
    found = [statement.as_known(at, future_counts=future_counts) for statement in statements]
    return [statement for statement in found if statement is not None]


def _done_by(acts: tuple[DeskAct, ...], at: datetime) -> tuple[DeskAct, ...]:
    return tuple([act for act in acts if act.at <= at])


def moments_of_knowledge(truce: Truce) -> tuple[datetime, ...]:
    """The moments at which something more becomes known of this truce, earliest first, each once."""
    moments = {truce.announced, *(act.at for act in (*truce.checked, *truce.closed))}
    for statement in (*truce.records, *truce.terminations, *truce.voided):
        void_at = statement.void.at if statement.void else None
        known_from = (statement.announced, statement.confirmed_at, statement.denied_at, void_at)
        moments.update(moment for moment in known_from if moment is not None)
    if truce.open_start is not None:
        moments.update(truce.open_start.moments_of_knowledge())
    for milestone in truce.milestones:
        answers = (milestone.met, milestone.missed, milestone.void.at if milestone.void else None)
        moments.update(moment for moment in (milestone.announced, *answers) if moment is not None)
    return tuple(sorted({max(moment, truce.announced) for moment in moments}))


def was_over_at_once(truce: Truce) -> bool:
    """True if the truce was over when it was first announced, and no record has moved its end since."""
    announced, ends = truce.announced, [ended.at for ended in truce.terminations]
    if min([expiry(truce).surely_over, *ends]) > announced:
        return False
    first = as_known(truce, announced)
    return first is not None and TruceStatus(first, announced).is_over and expiry(first) == expiry(truce)
