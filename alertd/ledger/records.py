"""What goes into the ledger and what comes out of it: values alone, without a query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from alertd.domain.agenda import Verdict
from alertd.domain.alert import Change, Delivery
from alertd.domain.truce import Truce
from alertd.ledger.states import DeliveryState


class TruceStanding(StrEnum):
    """Whether the register still holds a truce."""

    WATCHED = "watched"
    HELD = "held"
    """Its file is gone or unreadable: watched in its last good form until somebody says otherwise."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTruce:
    """A truce as the ledger last saw it."""

    truce: Truce
    revision: int
    digest: str
    standing: TruceStanding
    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What the register now says of one truce, and everything that follows from it."""

    truce: Truce
    """As known now; it becomes the document."""
    changes: tuple[Change, ...]
    """Empty where only the plan is made anew."""
    wanted: tuple[Delivery, ...]
    """The whole ladder and the reviews that the truce should have, past ones too."""
    announced: tuple[Delivery, ...]
    """The change alerts, without the number of their revision, which the ledger gives."""
    standing: TruceStanding
    file: str
    line: int
    replaces: Truce | None = None
    """The form that was in force before; None for a truce first seen, and where only the plan is made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a recording did: the truces as they stand now, and how many deliveries it planned and superseded."""

    truces: tuple[KnownTruce, ...]
    inserted: int
    superseded: int
    revived: int
    """Superseded before, and planned again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A delivery that brings its own text: of alertd itself, of the shift, or in the place of another."""

    delivery: Delivery
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What the fallback is told in the place of a channel that fails."""

    said: Said
    """The alert itself, saying whose place it takes."""
    instead: Said
    """One line, for a fallback that gets that alert anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a claim did."""

    targets: tuple[str, ...]
    """Those that have something to send."""
    claimed: int
    overtaken: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A delivery in the hands of its worker, with all that its message speaks of."""

    id: int
    delivery: Delivery
    attempts: int
    """This one counted."""
    possible_repeat: bool
    truce: Truce | None
    """In its latest form."""
    change: Change | None
    """What it announces; None for an alert that time brings."""
    earlier: tuple[Change, ...]
    """What this target was never told, because this alert came before it was sent; oldest first."""
    text: str | None
    """What to say, where no truce says it; on a fallback's copy a line that stands first."""
    is_copy: bool
    """Whether it goes to a fallback, in the place of another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of a send, and what is to become of its delivery."""

    id: int
    outcome: Verdict
    detail: str | None
    """Why, without secrets."""
    took: timedelta
    message_id: str | None
    next_state: DeliveryState
    """Delivered, failed, or planned for another try."""
    not_before: datetime | None
    possible_repeat: bool
    """Whether this try may have arrived; once it may have, later tries cannot take that back."""
    reason: str | None
    copies: tuple[Copy, ...] = ()
    """For each target of the fallback, in the place of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worded:
    """A message that a channel took, or may have taken."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSeen:
    """A change of a truce, and when it was seen."""

    truce: str
    seen_at: datetime
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One delivery as the record shows it."""

    key: str
    short_id: str
    truce: str | None
    kind: str
    stage: str | None
    ends_at: datetime | None
    channel: str
    target: str
    state: DeliveryState
    due_at: datetime
    settled_at: datetime | None
    attempts: int
    possible_repeat: bool
    reason: str | None
    message_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How one target of a channel fares."""

    name: str
    """Of the channel."""
    target: str
    last_success: datetime | None
    last_failure: datetime | None
    backlog: int
    """Deliveries that a worker has or is to have, and those that wait for another try."""
    failing_since: datetime | None
    """The first failure of a streak that still lasts; None where the last try succeeded, or none was made."""
