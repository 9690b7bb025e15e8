"""Alerts that told of an end, true by what was known then, and made untrue by what is recorded later."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from alertd.domain.alert import LADDER, Kind
from alertd.domain.known import as_known
from alertd.domain.pause import next_closing, window_at
from alertd.domain.statement import Record, Statement
from alertd.domain.truce import Truce, TruceStatus, live_ends

S = TypeVar("S", bound=Statement)

TELLS_END = LADDER | {
    Kind.START,
    Kind.RECORDED,
    Kind.CLAIMED,
    Kind.EXTENDED,
    Kind.SHORTENED,
    Kind.DATED,
    Kind.OPENED,
    Kind.CORRECTED,
    Kind.TERMINATED,
}
"""The kinds that tell the agreed end, or one that a party states; of a daily pause, an opening or a closing too."""

_TELLS_STATED_END = frozenset({Kind.REMINDER, Kind.CLAIMED, Kind.CORRECTED})
"""Those of them that can tell an end that a party states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert that a target has had: what it told, and when."""

    kind: Kind
    ends_at: datetime | None
    """The end that it spoke of."""
    turn: datetime | None = None
    """The opening, or the closing that is not the last, that it told of a daily pause; the start of any other truce."""
    at: datetime
    """When it was told."""
    short_id: str


def is_made_untrue(told: Told, old: Truce, new: Truce) -> bool:
    """True if an alert told an end as it was known before a change, and the change says that it was otherwise.

    The agreed end is told untruly where it was another one by then; an end that a party stated, where nobody stood by
    it any more. That is so where what is new had been announced by then, or corrects what was said before. A record
    or a decision that does not say when it was announced may not have been.
    """
    before, after = as_known(old, told.at), as_known(_of_known_announcement(old, new), told.at)
    if before is None or after is None:
        return False
    if told.turn is not None:
        return _turns(before, told) and not _turns(after, told)
    was, now = TruceStatus(before, told.at).end, TruceStatus(after, told.at).end
    if told.kind is not Kind.CLAIMED and was.at == told.ends_at:
        return (was.kind, was.at, was.condition) != (now.kind, now.at, now.condition)
    if told.kind not in _TELLS_STATED_END:
        return False
    return _is_stood_by(before, told.ends_at) and not _is_stood_by(after, told.ends_at)


def _turns(truce: Truce, told: Told) -> bool:
    """True if a daily pause opens or closes at the moment that was told."""
    if told.turn is None:
        return False
    if told.kind is Kind.START:
        window = window_at(truce, told.turn)
        return window is not None and window.opens == told.turn
    window = next_closing(truce, told.turn - timedelta(microseconds=1))
    return window is not None and window.closes == told.turn


def _is_stood_by(truce: Truce, at: datetime | None) -> bool:
    """True if somebody stands by an end that was stated, whoever that is and however sure it is."""
    return any(live.statement is not None and live.end.at == at for live in live_ends(truce))


def _of_known_announcement(old: Truce, new: Truce) -> Truce:
    """The new form without what is new there and has no moment of its own.

    A record without one is known since the truce itself, and a decision without one since its record.
    """
    return replace(
        new,
        records=tuple(
            _of_known_decision(was, record)
            for was, record in _with_former(old.records, new.records)
            if was is not None or record.announced > new.announced
        ),
        terminations=tuple(
            _of_known_decision(was, ended) for was, ended in _with_former(old.terminations, new.terminations)
        ),
    )


def _with_former(old: Sequence[S], new: Sequence[S]) -> Iterator[tuple[S | None, S]]:
    """Each statement, after the one that it was before."""
    former = {_identity(statement): statement for statement in old}
    return ((former.get(_identity(statement)), statement) for statement in new)


def _identity(statement: Statement) -> Hashable:
    words = statement.written if isinstance(statement, Record) else None
    return statement.announced, statement.stated_by, words


def _of_known_decision(was: S | None, statement: S) -> S:
    """The statement as decided before, where the decision is new and counts since the announcement itself."""
    if was is None:
        return statement
    confirmed_at, denied_at = statement.confirmed_at, statement.denied_at
    if was.confirmed_at is None and confirmed_at == statement.announced:
        confirmed_at = None
    if was.denied_at is None and denied_at == statement.announced:
        denied_at = None
    return replace(statement, confirmed_at=confirmed_at, denied_at=denied_at)
