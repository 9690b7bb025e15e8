"""Values that go into the ledger and come out of it: values alone, without a query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Change, Delivery, Kind
from alertd.domain.escalation import NextStep
from alertd.domain.horizon import WHOLE, Reach
from alertd.domain.notice import Notice
from alertd.domain.truce import Truce
from alertd.ledger.states import DeliveryState


class TruceStanding(StrEnum):
    """The standing of a truce: if the register still holds it."""

    WATCHED = "watched"
    HELD = "held"
    """It stands in no file any more: watched in its last good form until somebody says otherwise."""
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTruce:
    """A truce as the ledger last saw it."""

    truce: Truce
    revision: int
    fingerprint: str
    standing: TruceStanding
    file: str
    line: int
    rest_from: datetime | None = None
    """The moment of the first delivery of its plan that the ledger does not hold yet; None: it holds all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruceIndexEntry:
    """The index entry of a truce that the ledger knows; the rest is loaded when it is judged."""

    standing: TruceStanding
    file: str
    tags: tuple[str, ...]
    over_at: datetime | None
    """From when on it is over, as it is known now; None where that is not known."""
    look_at: datetime | None
    """The moment to put its next review, or more of its plan, on the agenda."""
    rest_from: datetime | None
    """From when on its plan does not stand on the agenda yet."""
    is_asked_about: bool
    """A review of it was planned when it was last looked at."""

    @property
    def is_watched(self) -> bool:
        """Tell if reminders of this truce still go out: it was not withdrawn."""
        return self.standing is not TruceStanding.WITHDRAWN

    def is_over(self, now: datetime) -> bool:
        """Tell if it has surely lapsed or was terminated by now."""
        return self.over_at is not None and self.over_at <= now

    def is_overdue(self, now: datetime) -> bool:
        """Tell if some of its plan has come due by now before it was put on the agenda: nobody watched for long."""
        return self.is_watched and self.rest_from is not None and self.rest_from <= now

    @property
    def places(self) -> tuple[str, str]:
        """Its file and the folder of that."""
        return self.file, self.file.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class BelatedRecord:
    """A record that an edit brought long after its announcement."""

    truce: str
    announced: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RememberedFile:
    """The read form of a truce file, for the next start; only the register knows how to read these words."""

    name: str
    traits: str | None
    blocks: str


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The state of all that plans and readings rest on, as fingerprints; None where it is unknown, or in the making."""

    reading: str | None = None
    """Of the register: the zone data, and the code that reads."""
    planning: str | None = None
    """Of the plans: policy and channels, and the code that plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The form of one truce that the register has now, and everything that follows from it."""

    truce: Truce
    """As known now; it becomes the document."""
    changes: tuple[Change, ...]
    """Empty where only the plan is made anew."""
    wanted: tuple[Delivery, ...]
    """The whole ladder and the reviews that the truce should have, past ones too; of a truce first seen, of which there
    are no rows to judge by it, only what goes on the agenda now.
    """
    announced: tuple[Delivery, ...]
    """The change alerts, without the number of their revision, which the ledger gives."""
    standing: TruceStanding
    file: str
    line: int
    replaces: Truce | None = None
    """The form that was in force before; None for a truce first seen, and where only the plan is made anew."""
    known_since: datetime | None = None
    """From when on what it wants was known in time; None: from when it is recorded on."""
    reach: Reach = WHOLE
    """The part of what it wants that goes on the agenda."""
    overdue_since: datetime | None = None
    """From when on its alerts came due before they were put on the agenda, although they were known in time."""
    belated: tuple[datetime, ...] = ()
    """The announcements of records that this brings and that lie long before it."""

    def is_in_time(self, delivery: Delivery, now: datetime) -> bool:
        """Tell if something that it wants goes on the agenda now: it was known in time, and is not to be left out."""
        due_at, since = delivery.due_at, self.known_since or now
        if delivery.kind is Kind.REVIEW:  # the next one is never left out
            return due_at >= since
        is_known = since <= due_at or (self.overdue_since is not None and self.overdue_since <= due_at)
        return is_known and self.reach.holds(due_at)

    @property
    def is_late(self) -> bool:
        """True if it only speaks of the past: whoever was told nothing that it makes untrue is not told of it."""
        return any(change.is_late for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Misjudged:
    """Everything that a clock that was ahead may have judged wrongly."""

    early: frozenset[str]
    """The truces, by their ids, of which something is settled before its moment, or which were seen later than now."""
    bare: frozenset[str]
    """Those of which nothing was ever planned, as they seemed to be over when they were first seen."""
    waits: bool
    """Something waits for a moment that only that clock has shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRevisions:
    """The truces as they stand once revisions are stored, and the numbers of deliveries planned and superseded."""

    truces: tuple[KnownTruce, ...] = ()
    index: Mapping[str, TruceIndexEntry] = field(default_factory=dict)
    """Their index entries, by their ids."""
    inserted: int = 0
    superseded: int = 0
    revived: int = 0
    """Superseded before, and planned again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelivery:
    """A delivery that brings its own text: of alertd itself, of the shift, or in the place of another."""

    delivery: Delivery
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The copy that the fallback is sent in the place of a channel that fails."""

    alert: TextDelivery
    """The alert itself, saying whose place it takes."""
    line: TextDelivery
    """One line, for a fallback that gets that alert anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """The result of an acquisition."""

    targets: tuple[str, ...]
    """Those that have something to send."""
    acquired: int
    overtaken: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """A delivery in the hands of its worker."""

    id: int
    notice: Notice
    attempts: int
    """This one counted."""
    is_copy: bool
    """It goes to a fallback, in the place of another."""

    @property
    def delivery(self) -> Delivery:
        """The delivery itself."""
        return self.notice.delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The result of a send, and what is to become of its delivery."""

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
    """This try may have arrived; once it may have, later tries cannot take that back."""
    reason: str | None
    copies: tuple[Copy, ...] = ()
    """For each target of the fallback, in the place of this one."""
    next_steps: tuple[NextStep, ...] = ()
    """The steps of escalations that follow it, unless somebody has acknowledged the alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
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
    """One delivery as the delivery history shows it."""

    key: str
    short_id: str
    truce: str | None
    kind: str
    stage: str | None
    ends_at: datetime | None
    at: datetime | None
    milestone: str | None
    channel: str
    target: str
    state: DeliveryState
    due_at: datetime
    settled_at: datetime | None
    attempts: int
    possible_repeat: bool
    reason: str | None
    message_id: str | None
    quiet_until: datetime | None = None
    """The end of the quiet hours that it waited for, or waits for."""
    acknowledgement: Acknowledgement | None = None
    follows: str | None = None
    """Of a step of an escalation the kind of the alert that nobody acknowledged."""
    escalation: str | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """The health of one target of a channel."""

    name: str
    """Of the channel."""
    target: str
    last_success: datetime | None
    last_failure: datetime | None
    backlog: int
    """Deliveries that a worker has or is to have, and those that wait for another try."""
    failing_since: datetime | None
    """The first failure of a streak that still lasts; None where the last try succeeded, or none was made."""
    closed: str | None = None
    """The reason why its channel could not be opened; None where it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """The deliveries of one channel whose moment has passed, and that have not gone out."""

    channel: str
    count: int
    since: datetime
    """The moment at which the first of them was due."""
    reason: str | None
    """One for which they wait; None where none was tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The number of deliveries of one channel in one state."""

    channel: str
    state: DeliveryState
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedSend:
    """One try to send."""

    id: int
    channel: str
    outcome: Verdict
    at: datetime
    expected_at: datetime
    """When it should have gone out: when it was due, or when it was planned, if that came later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryDetail:
    """A delivery with what its message speaks of, for whoever looks it up."""

    row: HistoryRow
    delivery: Delivery
    change: Change | None
    """The change that it announces; None for an alert that time brings."""
    text: str | None
    """Its own text."""
    message: SentMessage | None
    """The message that carried it, as it was worded; None before it was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionSeen:
    """One revision of a truce: what had changed when its file was read."""

    number: int
    seen_at: datetime
    changes: tuple[Change, ...]
    """Empty where the file said something else, and no end had moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a delivery, and how it went."""

    key: str
    """Of the delivery."""
    at: datetime
    outcome: Verdict
    took: timedelta | None
    detail: str | None
