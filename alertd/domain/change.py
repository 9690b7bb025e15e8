"""The last known truce and the one just read: what happened, in the words of the glossary.

A change is judged by what it does to the ends that people plan by, not by which lines of a file differ. What a
person edits (a record's text, a confirmation) is matched to what stood there before, so that mending a typing
error is a `corrected` and a new statement is an `extended`.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from alertd.domain.alert import Change, Kind
from alertd.domain.changed_hours import opens_at_other_hours, other_hours
from alertd.domain.milestone import (
    Milestone,
    MilestoneMove,
    loses_a_milestone,
    moved_milestones,
    reopened_milestones,
    why_reopened,
)
from alertd.domain.moved_start import (
    begins,
    is_told_as_begun,
    loses_a_beginning,
    moved_start,
    number_of_beginnings,
    why_it_waits_again,
)
from alertd.domain.statement import Confirmation, Record, Statement, Termination
from alertd.domain.truce import (
    Owner,
    Truce,
    chain_end,
    expiry,
    live_ends,
    live_terminations,
    pause_of,
    terminated_at,
)
from alertd.times.end import ALWAYS, End

S = TypeVar("S", bound=Statement)

_Pair = tuple[Record | None, Record | None]
"""A record before and after; None where it did not stand yet, or no longer does."""


def recorded(truce: Truce) -> Change:
    """The change that a truce first seen is."""
    return Change(kind=Kind.RECORDED, old=None, new=expiry(truce))


def withdrawn(truce: Truce) -> Change:
    """The change that taking a running truce out of the register is."""
    return Change(kind=Kind.WITHDRAWN, old=expiry(truce), new=None)


def restored(truce: Truce) -> Change:
    """The change that a truce is which had been taken out of the register, and stands in it again."""
    end = _end_left(truce)
    return Change(kind=Kind.CORRECTED, old=end, new=end, reason="back in the register", restored=True)


def changes(old: Truce, new: Truce) -> tuple[Change, ...]:
    """Everything that happened between two known forms of one truce: the expiry's own move first.

    Empty where no end, no statement about one, no start and no moment of a milestone differs.
    """
    marks = _marks(old, new)
    if marks.voided or marks.counts_again:
        return (*_changes(marks.without(old), marks.without(new), is_moved=True), _marked(old, new, marks))
    return _changes(old, new)


def _changes(old: Truce, new: Truce, *, is_moved: bool = False) -> tuple[Change, ...]:
    """The same without a word of mistakes; `is_moved`: the expiry may have moved because of one."""
    pairs = tuple(_pairs(old.records, new.records, _LIKENESSES))
    cause = f"the clock rules of {new.zone} changed with new zone data" if _reads_the_same(old, new) else None
    found = [
        *_moved_expiry(old, new, pairs, cause, is_moved=is_moved),
        *_terminations(old, new),
        *_statements(old, pairs, cause),
    ]
    moved = moved_milestones(old.milestones, new.milestones)
    reopened = reopened_milestones(old.milestones, new.milestones)
    only_claims = all(change.kind is Kind.CLAIMED for change in found)  # which a channel may leave out
    beside = _moved_beside_the_ends(old, new, moved, reopened) if only_claims else None
    only_hours = beside is not None and opens_at_other_hours(old, new)
    if beside is not None:
        found.insert(0, beside)
    if found:
        starts = None if only_hours or old.starts == new.starts else (old.starts, new.starts)
        fallen = tuple(_fallen(old, new, pairs))
        found[0] = replace(found[0], fallen=fallen, moved=moved, reopened=reopened, starts=starts)
    return tuple(found)


def _moved_beside_the_ends(
    old: Truce, new: Truce, moved: Sequence[MilestoneMove], reopened: Sequence[Milestone]
) -> Change | None:
    """The change of what is no end, and has moved: hours, else the start, else milestones; None where nothing has."""
    if opens_at_other_hours(old, new):
        return other_hours(old, new)
    if old.starts != new.starts and not is_told_as_begun(old, new):
        return moved_start(old, new)
    if moved or reopened:
        return Change(kind=Kind.CORRECTED, old=expiry(old), new=expiry(new), reason=why_reopened(reopened))
    return other_hours(old, new) if pause_of(old) != pause_of(new) else None


def late(old: Truce, new: Truce) -> tuple[Change, ...]:
    """A statement about a time that is past, where nothing else happened between two known forms of a truce.

    It moves no end any more, as a later one counts; yet what was told in between may be untrue because of it.
    """
    pairs = (*_pairs(old.records, new.records, _LIKENESSES), *_termination_pairs(old, new))
    for before, after in pairs:
        if after is not None and (before is None or _said(before) != _said(after)):
            return (Change(kind=Kind.CORRECTED, old=None, new=_end_left(new), statement=after, is_late=True),)
    return ()


def _said(statement: Statement) -> Hashable:
    """The part of a statement that can make something untrue."""
    end = statement.end if isinstance(statement, Record) else None
    at = statement.at if isinstance(statement, Termination) else None
    return statement.announced, statement.confirmed_at, statement.denied_at, end, at


@dataclass(frozen=True, slots=True)
class _Marks:
    """The records whose mark of a mistake differs between two forms of a truce."""

    old: tuple[Record | Termination, ...]
    """They as they were, so that those of either form can be told apart from the rest."""
    voided: tuple[Record | Termination, ...]
    counts_again: tuple[Record | Termination, ...]

    def without(self, truce: Truce) -> Truce:
        """The truce as if none of them had ever been made."""
        left_out = {id(statement) for statement in (*self.old, *self.voided, *self.counts_again)}
        return replace(
            truce,
            records=tuple(record for record in truce.records if id(record) not in left_out),
            terminations=tuple(termination for termination in truce.terminations if id(termination) not in left_out),
        )


def _marks(old: Truce, new: Truce) -> _Marks:
    pairs = (
        *_pairs((*old.records, *_of(Record, old)), (*new.records, *_of(Record, new)), _LIKENESSES),
        *_pairs(
            (*old.terminations, *_of(Termination, old)),
            (*new.terminations, *_of(Termination, new)),
            _TERMINATION_LIKENESSES,
        ),
    )
    both = [(before, after) for before, after in pairs if before is not None and after is not None]
    voided = [(before, after) for before, after in both if before.void is None and after.void is not None]
    again = [(before, after) for before, after in both if before.void is not None and after.void is None]
    return _Marks(
        old=tuple(before for before, _ in (*voided, *again)),
        voided=tuple(after for _, after in voided),
        counts_again=tuple(after for _, after in again),
    )


def _of(kind: type[S], truce: Truce) -> tuple[S, ...]:
    return tuple(statement for statement in truce.voided if isinstance(statement, kind))


def _marked(old: Truce, new: Truce, marks: _Marks) -> Change:
    """The correction of a mistake of recording: from the end that was told because of it to the one that counts."""
    before, now = _end_left(old), _end_left(new)
    if before.is_same(now):
        first = (*marks.voided, *marks.counts_again)[0]
        before = End.instant(first.at) if isinstance(first, Termination) else first.end
    reason = "recorded by mistake" if marks.voided else "no longer marked as recorded by mistake"
    reasons = [
        statement.void.reason for statement in marks.voided if statement.void is not None and statement.void.reason
    ]
    return Change(
        kind=Kind.CORRECTED,
        old=before,
        new=now,
        reason=": ".join([reason, *(["; ".join(reasons)] if reasons else [])]),
        voided=marks.voided,
        counts_again=marks.counts_again,
    )


def takes_away(old: Truce, new: Truce) -> bool:
    """True if something that stood in the old form stands no longer, as in a file of which only half is written yet.

    That can be a record, a termination, or a line of either or of the truce itself.
    """
    marks = _marks(old, new)
    if marks.counts_again:
        return True
    old, new = marks.without(old), marks.without(new)
    pairs = (*_pairs(old.records, new.records, _LIKENESSES), *_termination_pairs(old, new))
    lost = any(before is not None and (after is None or _says_less(before, after)) for before, after in pairs)
    no_start = old.written.startswith("starts") and not new.written.startswith("starts")
    return (
        lost
        or no_start
        or loses_a_beginning(old, new)
        or loses_a_milestone(old.milestones, new.milestones)
        or (old.announced != ALWAYS == new.announced)
        or _lacks(old, new, _OPTIONAL)
    )


_OPTIONAL = (
    "name",
    "area",
    "parties",
    "tags",
    "sources",
    "lead_times",
    "milestone_lead_times",
    "after",
    "unresolved_every",
    "unresolved_for",
    "note",
    "checked",
    "closed",
    "daily",
    "daily_lead_times",
)


def _says_less(before: Statement, after: Statement) -> bool:
    """True if a statement has lost a line, perhaps the one that called it confirmed or unconfirmed."""
    lost_its_doubt = before.confirmation is Confirmation.CLAIMED and after.confirmed_at == after.announced
    return lost_its_doubt or _lacks(
        before, after, ("stated_by", "sources", "confirmed_at", "denied_at", "denied_by", "denied_sources")
    )


def _lacks(before: object, after: object, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) and not getattr(after, name) for name in names)


def _moved_expiry(
    old: Truce, new: Truce, pairs: tuple[_Pair, ...], cause: str | None, *, is_moved: bool
) -> Iterator[Change]:
    before, now = expiry(old), expiry(new)
    if before.is_same(now):
        return
    if any(after is not None and _is_newly_confirmed(before, after) for before, after in pairs):
        statement = chain_end(new).statement
        yield Change(kind=_direction(before, now), old=before, new=now, statement=statement)
    elif begins(old, new) and now.at is not None and before.at is None:
        yield Change(kind=Kind.DATED, old=before, new=now)
    elif not is_moved:
        cause = why_it_waits_again(old, new) or cause
        yield Change(kind=Kind.CORRECTED, old=before, new=now, statement=_newly_denied(pairs, before), reason=cause)


def _newly_denied(pairs: tuple[_Pair, ...], expiry: End) -> Record | None:
    """The record that made the expiry, where it was confirmed and is denied now."""
    for before, after in pairs:
        was_confirmed = before is not None and before.is_confirmed and before.end == expiry
        if was_confirmed and after is not None and after.confirmation is Confirmation.DENIED:
            return after
    return None


def _direction(before: End, now: End) -> Kind:
    if now.at is None:
        return Kind.OPENED
    if before.at is None:
        return Kind.DATED
    return Kind.EXTENDED if (now.order, now.surely_over) > (before.order, before.surely_over) else Kind.SHORTENED


def _terminations(old: Truce, new: Truce) -> Iterator[Change]:
    """Changes of the early ends that somebody stands by; one that another supersedes is told by that other."""
    stood, stand = live_terminations(old), live_terminations(new)
    for before, after in _termination_pairs(old, new):
        was = before if before in stood else None
        if after is not None and after in stand and (was is None or _is_newly_confirmed(was, after)):
            yield _new_termination(old, new, after)
        elif was is not None:
            yield from _changed_termination(new, was, after)
        elif before is None and after is not None and after.confirmation is Confirmation.DENIED:
            yield Change(kind=Kind.CLAIMED, old=None, new=End.instant(after.at), statement=after)


def _changed_termination(new: Truce, before: Termination, after: Termination | None) -> Iterator[Change]:
    """The change of a termination that somebody stood by, but for a confirmation."""
    was, left = End.instant(before.at), _end_left(new)
    if after is None:
        reason = "the termination was taken out of the register"
        yield Change(kind=Kind.CORRECTED, old=was, new=left, reason=reason)
    elif _is_newly_confirmed(before, after):
        return  # it lies after the one that counts
    elif after.confirmation is not before.confirmation:
        yield Change(kind=Kind.CORRECTED, old=was, new=left, statement=after)
    elif after.at != before.at:
        yield Change(kind=Kind.CORRECTED, old=was, new=End.instant(after.at), statement=after)


def _is_newly_confirmed(before: Statement | None, after: Statement) -> bool:
    return after.is_confirmed and (before is None or not before.is_confirmed)


def _new_termination(old: Truce, new: Truce, termination: Termination) -> Change:
    end = End.instant(termination.at)
    if termination.is_confirmed:
        stop = terminated_at(old)
        before = expiry(new) if stop is None else End.instant(stop)
        return Change(kind=Kind.TERMINATED, old=before, new=end, statement=termination)
    return Change(kind=Kind.CLAIMED, old=None, new=end, statement=termination)


def _end_left(truce: Truce) -> End:
    """The end that counts: that of a confirmed termination, else the expiry."""
    stop = terminated_at(truce)
    return expiry(truce) if stop is None else End.instant(stop)


def _statements(old: Truce, pairs: tuple[_Pair, ...], cause: str | None) -> Iterator[Change]:
    """Changes of what parties say, as far as the expiry's own move does not tell it."""
    stood = {id(live.statement) for live in live_ends(old) if live.owner is Owner.CLAIM}
    for before, after in pairs:
        if before is None:
            if after is not None and not after.is_confirmed:
                yield Change(kind=Kind.CLAIMED, old=None, new=after.end, statement=after)
        elif id(before) in stood:
            yield from _changed_claim(before, after, cause)


def _changed_claim(before: Record, after: Record | None, cause: str | None) -> Iterator[Change]:
    if after is None:
        reason = "the claim was taken out of the register"
        yield Change(kind=Kind.CORRECTED, old=before.end, new=None, statement=before, reason=reason)
    elif after.confirmation is Confirmation.DENIED:
        yield Change(kind=Kind.CORRECTED, old=before.end, new=None, statement=after)
    elif after.confirmation is Confirmation.CLAIMED and not before.end.is_same(after.end):
        yield Change(kind=Kind.CORRECTED, old=before.end, new=after.end, statement=after, reason=cause)


def _fallen(old: Truce, new: Truce, pairs: tuple[_Pair, ...]) -> Iterator[Record]:
    """The claims that are as they were, and that something said since has killed."""
    stood, stand = ({id(live.statement) for live in live_ends(truce)} for truce in (old, new))
    for before, after in pairs:
        if (
            id(before) in stood
            and after is not None
            and after.confirmation is Confirmation.CLAIMED
            and id(after) not in stand
        ):
            yield after


def _reads_the_same(old: Truce, new: Truce) -> bool:
    """True if the file says of every time what it said before, so that only the zone data can have moved it."""

    def words(truce: Truce) -> tuple[str, tuple[str, int], list[tuple[str, Confirmation]]]:
        said = sorted((record.written, record.confirmation) for record in truce.records)
        return truce.zone, (truce.written, number_of_beginnings(truce)), said

    return words(old) == words(new)


_LIKENESSES: tuple[Callable[[Record], Hashable], ...] = (
    lambda record: (record.announced, record.stated_by, record.written),
    lambda record: (record.announced, record.stated_by),
    lambda record: (record.stated_by, record.written),
    lambda record: record.announced,
    lambda record: record.written,
)
"""By what a record is known again after an edit, the surest first."""

_TERMINATION_LIKENESSES: tuple[Callable[[Termination], Hashable], ...] = (
    lambda ended: (ended.announced, ended.stated_by, ended.at),
    lambda ended: (ended.announced, ended.stated_by),
    lambda ended: (ended.stated_by, ended.at),
    lambda ended: ended.announced,
    lambda ended: ended.at,
    lambda _: None,
)
"""The same of a termination; the only one that is left on each side is the same, however much of it was mended."""


def _termination_pairs(old: Truce, new: Truce) -> Iterator[tuple[Termination | None, Termination | None]]:
    return _pairs(old.terminations, new.terminations, _TERMINATION_LIKENESSES)


def _pairs(
    old: tuple[S, ...], new: tuple[S, ...], likenesses: tuple[Callable[[S], Hashable], ...]
) -> Iterator[tuple[S | None, S | None]]:
    """Every statement before beside what became of it; what cannot be matched stands alone."""
    before, after = list(old), list(new)
    for likeness in likenesses:
        for statement in tuple(after):
            match = next((known for known in before if likeness(known) == likeness(statement)), None)
            if match is not None:
                before.remove(match)
                after.remove(statement)
                yield match, statement
    yield from ((statement, None) for statement in before)
    yield from ((None, statement) for statement in after)
