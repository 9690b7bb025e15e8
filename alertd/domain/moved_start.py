"""The move of a start: from one moment to another, from an open start to a moment, and back."""

from datetime import datetime

from alertd.domain.alert import Change, Kind
from alertd.domain.truce import Truce, expiry
from alertd.times.formats import show_utc


def begins(old: Truce, new: Truce) -> bool:
    """True if a start that was open has a moment now."""
    return old.waits_to_begin and not new.waits_to_begin


def is_told_as_begun(old: Truce, new: Truce) -> bool:
    """True for a start that was open and is past as it becomes known: the alert of the start itself tells it."""
    begun = None if new.open_start is None else new.open_start.beginning
    return begins(old, new) and begun is not None and begun.is_of_the_past


def moved_start(old: Truce, new: Truce) -> Change:
    """The change of a start where the end stays."""
    if begins(old, new):
        reason = "until now its start was open"
    else:
        moved = f"the start moved from {show_utc(old.starts)} to"
        reason = why_it_waits_again(old, new) or f"{moved} {show_utc(new.starts)}; the end stays"
    return Change(kind=Kind.CORRECTED, old=expiry(old), new=expiry(new), reason=reason)


def why_it_waits_again(old: Truce, new: Truce) -> str | None:
    """The reason why a start is open again; None where it is not."""
    if old.waits_to_begin or not new.waits_to_begin:
        return None
    voids = [each.void for each in (new.open_start.beginnings if new.open_start else ()) if each.void is not None]
    if not voids:
        return "the record of its start was taken out of the register"
    return ": ".join(filter(None, ["its start was recorded by mistake", voids[-1].reason]))


def number_of_beginnings(truce: Truce) -> int:
    """The number of records that it has begun and that are no mistake."""
    return 0 if truce.open_start is None else sum(each.void is None for each in truce.open_start.beginnings)


def loses_a_beginning(old: Truce, new: Truce) -> bool:
    """True if a record that the truce has begun is gone, or its mark of a mistake."""
    if old.open_start is None:
        return False
    before, after = old.open_start.beginnings, new.open_start.beginnings if new.open_start else ()
    kept = zip(before, after, strict=False)
    return len(after) < len(before) or any(was.void is not None and now.void is None for was, now in kept)


def begun_since(old: Truce, new: Truce) -> datetime | None:
    """The moment from which what counts from a start was known in time, where it has just become known."""
    begun = None if new.open_start is None else new.open_start.beginning
    return begun.announced if begun is not None and begins(old, new) else None
