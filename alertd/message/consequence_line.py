"""A change and the consequences of an edit, each in one line."""

from collections import Counter
from collections.abc import Iterable
from datetime import tzinfo

from alertd.domain.alert import LADDER, Change, Delivery, Kind
from alertd.domain.consequence import Consequence
from alertd.domain.statement import Confirmation
from alertd.message.wording import end_in_lineage, joined, parties, plural
from alertd.times.formats import short_local

_NAMES = {
    Kind.START: "alert of the start",
    Kind.REMINDER: "reminder",
    Kind.LAPSED: "notice of expiry",
    Kind.REVIEW: "review",
    Kind.MILESTONE: "milestone reminder",
}


def change_in_words(change: Change, *, zone: tzinfo) -> str:
    """A change with its ends and who states it: `extended: 0100 Sun 1 May -> 0100 Mon 2 May, by A and B`.

    A denial says who stated what is denied, and who denies it.
    """
    statement = change.statement
    denied = statement is not None and statement.confirmation is Confirmation.DENIED
    who = (
        f", {'stated ' if denied else ''}by {parties(statement.stated_by)}" if statement and statement.stated_by else ""
    )
    if statement is not None and denied:
        who += f", denied by {parties(statement.denied_by)}" if statement.denied_by else ", denied"
    return f"{change.kind}: {ends_in_words(change, zone=zone)}{who}"


def ends_in_words(change: Change, *, zone: tzinfo) -> str:
    """The ends of a change: `0100 Sun 1 May -> 0100 Mon 2 May`."""
    return " -> ".join(end_in_lineage(end, zone=zone) for end in (change.old, change.new) if end is not None)


def in_words(what: Consequence, *, zone: tzinfo) -> str:
    """In one line: what becomes of the end, what is cancelled, what is next and what is planned anew.

    `0100 Wed 4 May -> 0100 Fri 6 May; cancels 3 reminders; next: 24h at 0100 Thu 5 May; plans 4 reminders`.
    """
    parts = [_move(what, zone)]
    if what.cancelled:
        parts.append(f"cancels {_counted(what.cancelled)}")
    if what.next is not None:
        parts.append(f"next: {_name(what.next)} at {short_local(what.next.due_at, zone=zone)}")
    elif what.new_end is not None:
        parts.append("nothing is ahead")
    if what.planned:
        parts.append(f"plans {_counted(what.planned)}")
    return "; ".join(parts)


def _name(alert: Delivery) -> str:
    """The stage of an end; of what is no stage, or of a start, the kind too."""
    kind = None if alert.kind in LADDER else alert.kind
    return " ".join(str(part) for part in (kind, alert.stage) if part is not None)


def _move(what: Consequence, zone: tzinfo) -> str:
    old, new = (None if end is None else end_in_lineage(end, zone=zone) for end in (what.old_end, what.new_end))
    if old is None:
        return f"new: {new}"
    return f"{old} stays" if old == new else f"{old} -> {new or 'withdrawn'}"


def _counted(deliveries: Iterable[Delivery]) -> str:
    """The number of alerts, each counted once however many people get it; beside an end no question that follows it."""
    alerts = {(alert.kind, alert.stage, alert.ends_at, alert.due_at, alert.milestone) for alert in deliveries}
    counts = Counter(kind for kind, *_ in alerts)
    if not LADDER.isdisjoint(counts):
        del counts[Kind.REVIEW]
    return joined([_number(count, _NAMES[kind]) for kind, count in sorted(counts.items(), reverse=True)])


def _number(count: int, name: str) -> str:
    noun, of, rest = name.partition(" of ")
    return f"{plural(count, noun)}{of}{rest}"
