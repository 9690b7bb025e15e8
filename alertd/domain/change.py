"""The last known truce and the one just read: what happened, in the words of the glossary.

A change is judged by what it does to the ends that people plan by, not by which lines of a file differ. What a
person edits (a record's text, a confirmation) is matched to what stood there before, so that mending a typing
error is a `corrected` and a new statement is an `extended`.
"""

from collections.abc import Callable, Hashable, Iterator

from alertd.domain.alert import Change, Kind
from alertd.domain.truce import (
    Owner,
    Record,
    Standing,
    Statement,
    Termination,
    Truce,
    confirmed_chain,
    expiry,
    live_ends,
)
from alertd.times.end import ALWAYS, End
from alertd.times.formats import show_utc

_Pair = tuple[Record | None, Record | None]
"""A record before and after; None where it did not stand yet, or no longer does."""


def recorded(truce: Truce) -> Change:
    """The change that a truce first seen is."""
    return Change(kind=Kind.RECORDED, old=None, new=expiry(truce))


def withdrawn(truce: Truce) -> Change:
    """The change that taking a running truce out of the register is."""
    return Change(kind=Kind.WITHDRAWN, old=expiry(truce), new=None)


def changes(old: Truce, new: Truce) -> tuple[Change, ...]:
    """Everything that happened between two known forms of one truce: the expiry's own move first.

    Empty where no end, no statement about one and no start differs.
    """
    pairs = tuple(_pairs(old.records, new.records))
    cause = f"the clock rules of {new.zone} changed with new zone data" if _reads_the_same(old, new) else None
    found = [
        *_moved_expiry(old, new, pairs, cause),
        *_termination(old, new),
        *_statements(old, pairs, cause),
    ]
    if not found and old.starts != new.starts:
        found.append(_moved_start(old, new))
    return tuple(found)


def takes_away(old: Truce, new: Truce) -> bool:
    """True if something that stood in the old form stands no longer, as in a file of which only half is written yet.

    That can be a record, a termination, or a line of either or of the truce itself.
    """
    pairs: list[tuple[Statement | None, Statement | None]] = [*_pairs(old.records, new.records)]
    pairs.append((old.termination, new.termination))
    lost = any(before is not None and (after is None or _says_less(before, after)) for before, after in pairs)
    no_start = old.written.startswith("starts ") and not new.written.startswith("starts ")
    return lost or no_start or (old.announced != ALWAYS == new.announced) or _lacks(old, new, _OPTIONAL)


_OPTIONAL = ("area", "parties", "tags", "sources", "lead_times", "after", "note")


def _says_less(before: Statement, after: Statement) -> bool:
    """True if a statement has lost a line, perhaps the one that called it confirmed or unconfirmed."""
    lost_its_doubt = before.standing is Standing.CLAIMED and after.confirmed_at == after.announced
    return lost_its_doubt or _lacks(before, after, ("stated_by", "sources", "confirmed_at", "denied_at"))


def _lacks(before: object, after: object, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) and not getattr(after, name) for name in names)


def _moved_expiry(old: Truce, new: Truce, pairs: tuple[_Pair, ...], cause: str | None) -> Iterator[Change]:
    before, now = expiry(old), expiry(new)
    if _same_end(before, now):
        return
    if any(_newly_confirmed(pair) for pair in pairs):
        statement = confirmed_chain(new)[-1].statement
        yield Change(kind=_direction(before, now), old=before, new=now, statement=statement)
    else:
        yield Change(kind=Kind.CORRECTED, old=before, new=now, reason=cause)


def _newly_confirmed(pair: _Pair) -> bool:
    before, after = pair
    return (
        after is not None
        and after.standing is Standing.CONFIRMED
        and (before is None or before.standing is not Standing.CONFIRMED)
    )


def _direction(before: End, now: End) -> Kind:
    if now.at is None:
        return Kind.OPENED
    return Kind.EXTENDED if (now.order, now.surely_over) > (before.order, before.surely_over) else Kind.SHORTENED


def _termination(old: Truce, new: Truce) -> Iterator[Change]:
    before, after = old.termination, new.termination
    if after is None:
        if before is not None and before.standing is not Standing.DENIED:
            reason = "the termination was taken out of the register"
            yield Change(kind=Kind.CORRECTED, old=End.instant(before.at), new=expiry(new), reason=reason)
    elif before is None:
        yield _new_termination(new, after)
    elif after.standing is not before.standing:
        if after.standing is Standing.CONFIRMED:
            yield _new_termination(new, after)
        else:
            yield Change(kind=Kind.CORRECTED, old=End.instant(before.at), new=expiry(new), statement=after)
    elif after.at != before.at:
        yield Change(kind=Kind.CORRECTED, old=End.instant(before.at), new=End.instant(after.at), statement=after)


def _new_termination(truce: Truce, termination: Termination) -> Change:
    end = End.instant(termination.at)
    if termination.standing is Standing.CONFIRMED:
        return Change(kind=Kind.TERMINATED, old=expiry(truce), new=end, statement=termination)
    return Change(kind=Kind.CLAIMED, old=None, new=end, statement=termination)


def _statements(old: Truce, pairs: tuple[_Pair, ...], cause: str | None) -> Iterator[Change]:
    """Changes of what parties say, as far as the expiry's own move does not tell it."""
    stood = {id(live.statement) for live in live_ends(old) if live.owner is Owner.CLAIM}
    for before, after in pairs:
        if before is None:
            if after is not None and after.standing is not Standing.CONFIRMED:
                yield Change(kind=Kind.CLAIMED, old=None, new=after.end, statement=after)
        elif id(before) in stood:
            yield from _changed_claim(before, after, cause)


def _changed_claim(before: Record, after: Record | None, cause: str | None) -> Iterator[Change]:
    if after is None:
        reason = "the claim was taken out of the register"
        yield Change(kind=Kind.CORRECTED, old=before.end, new=None, statement=before, reason=reason)
    elif after.standing is Standing.DENIED:
        yield Change(kind=Kind.CORRECTED, old=before.end, new=None, statement=after)
    elif after.standing is Standing.CLAIMED and not _same_end(before.end, after.end):
        yield Change(kind=Kind.CORRECTED, old=before.end, new=after.end, statement=after, reason=cause)


def _reads_the_same(old: Truce, new: Truce) -> bool:
    """True if the file says of every time what it said before, so that only the zone data can have moved it."""

    def words(truce: Truce) -> tuple[str, str, list[tuple[str, Standing]]]:
        return truce.zone, truce.written, sorted((record.written, record.standing) for record in truce.records)

    return words(old) == words(new)


def _moved_start(old: Truce, new: Truce) -> Change:
    reason = f"the start moved from {show_utc(old.starts)} to {show_utc(new.starts)}; the end stays"
    return Change(kind=Kind.CORRECTED, old=expiry(old), new=expiry(new), reason=reason)


def _same_end(one: End, other: End) -> bool:
    return (one.kind, one.at, one.over, one.condition) == (other.kind, other.at, other.over, other.condition)


_LIKENESSES: tuple[Callable[[Record], Hashable], ...] = (
    lambda record: (record.announced, record.stated_by, record.written),
    lambda record: (record.announced, record.stated_by),
    lambda record: (record.stated_by, record.written),
    lambda record: record.announced,
    lambda record: record.written,
)
"""By what a record is known again after an edit, the surest first."""


def _pairs(old: tuple[Record, ...], new: tuple[Record, ...]) -> Iterator[_Pair]:
    """Every record before beside what became of it; what cannot be matched stands alone."""
    before, after = list(old), list(new)
    for likeness in _LIKENESSES:
        for record in tuple(after):
            match = next((known for known in before if likeness(known) == likeness(record)), None)
            if match is not None:
                before.remove(match)
                after.remove(record)
                yield match, record
    yield from ((record, None) for record in before)
    yield from ((None, record) for record in after)
