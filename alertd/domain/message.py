"""An alert's facts in the reader's zone, ready for a template: what a message says, never how it looks.

Everything that a template prints is a string made here, and what people wrote in a truce file is one bounded line by
then. Zones come as arguments, for the zone of a truce and that of a reader are found elsewhere.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.headline import Case, headline, is_confirmed
from alertd.domain.instant import show, show_day, show_local, show_utc
from alertd.domain.truce import (
    ALWAYS,
    End,
    EndKind,
    Owner,
    Record,
    Standing,
    Statement,
    Termination,
    Truce,
    live_ends,
    watched_ends,
)
from alertd.domain.wording import (
    PARTY_LENGTH,
    SENTENCE_LENGTH,
    STANDINGS,
    clean,
    condition,
    distance,
    parties,
    plural,
    span,
)

ON_TIME = timedelta(seconds=5)
"""Within this of its moment an alert is told as of that moment: `in 6 h`, not `in 5 h 59 min`."""

LINEAGE_LENGTH = 12
"""Ends that a lineage shows; of a longer one it shows the first and the last."""

_SOURCE_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: one text in the forms that channels understand."""

    title: str
    text: str
    markdown: str
    message_id: str | None = None
    """What the ledger calls this message; None for one that stands in no ledger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert with all that it is about."""

    delivery: Delivery
    truce: Truce | None
    """As known now; None for the kinds that belong to no truce."""
    change: Change | None
    """What the alert announces; None for alerts that time brings."""
    earlier: tuple[Change, ...] = ()
    """Changes before it of which this target was never told."""
    text: str | None = None
    """What to say where there is no truce; else what to say first, such as whose place a fallback takes."""
    possible_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Where the people live who read a channel."""

    zone_name: str
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """One end in every zone that matters."""

    heading: str
    """Whose or which end, and how far off: `New end, in 1 d 13 h`."""
    lines: tuple[str, ...]
    """The same moment in the truce's zone and UTC, then in the reader's; empty for an end without a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """What somebody else states about the end."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the templates print about one alert; empty where there is nothing to say."""

    kind: str
    title: str
    """One line, with the marks."""
    alert_id: str
    marks: tuple[str, ...]
    """TEST, LATE and POSSIBLE REPEAT, each with what it means here."""
    lines: tuple[str, ...]
    """What others than the truce say first: an ops alert's text, whose place a fallback takes."""
    truce_id: str | None = None
    name: str = ""
    zone_name: str = ""
    area: str = ""
    parties: str = ""
    ends: tuple[EndFacts, ...] = ()
    sentences: tuple[str, ...] = ()
    """What follows from the ends, or explains them."""
    starts: str = ""
    stated: tuple[str, ...] = ()
    """Who stated the end that the alert is about, and when."""
    sources: tuple[str, ...] = ()
    statements: tuple[StatementFacts, ...] = ()
    lineage: str = ""
    earlier: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def title(notice: Notice, *, truce_zone: tzinfo | None) -> str:
    """What the alert says in one line when it goes out on time, without marks."""
    return _title(notice, truce_zone, notice.delivery.due_at)


def facts(
    notice: Notice,
    *,
    reader: Reader,
    truce_zone: tzinfo | None,
    now: datetime,
    late_after: timedelta,
    others: tuple[str, ...] = (),
    test: bool = False,
) -> Facts:
    """Everything there is to say about an alert that is sent now.

    `others` are the other channels that it goes to. A test is told as of the moment at which the real alert is due.
    """
    delivery = notice.delivery
    marks = tuple(_marks(notice, now=now, late_after=late_after, test=test))
    as_of = delivery.due_at if test or abs(now - delivery.due_at) <= ON_TIME else now
    said = Facts(
        kind=delivery.kind,
        title=_marked(_title(notice, truce_zone, as_of), marks),
        alert_id=delivery.short_id,
        marks=tuple(f"{mark}: {meaning}" for mark, meaning in marks),
        lines=_lines(notice.text),
        others=others,
    )
    case = _case(notice, truce_zone, as_of)
    return said if case is None else _with_truce(said, case, notice.earlier, reader)


def _case(notice: Notice, truce_zone: tzinfo | None, as_of: datetime) -> Case | None:
    if notice.truce is None or truce_zone is None:
        return None
    return Case(
        delivery=notice.delivery, truce=notice.truce, change=notice.change, zone=truce_zone, as_of=as_of
    )


def _title(notice: Notice, truce_zone: tzinfo | None, as_of: datetime) -> str:
    case = _case(notice, truce_zone, as_of)
    return _truceless_title(notice) if case is None else headline(case)


def _truceless_title(notice: Notice) -> str:
    first, *rest = _lines(notice.text) or ("",)
    match notice.delivery.kind:
        case Kind.MISSED:
            what = f"{plural(1 + len(rest), 'alert')} too old to be sent one by one"
        case Kind.SHIFT:
            what = "shift digest"
        case _:
            return clean(f"alertd: {first}", SENTENCE_LENGTH)
    return ""


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line for raw in (text or "").splitlines() if (line := clean(raw, SENTENCE_LENGTH)))
