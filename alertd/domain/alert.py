"""An alert: something to be said about one truce, its kind, the stage it stands for, and the key of its delivery."""

from base64 import b32encode
from dataclasses import InitVar, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import Self

from alertd.domain.milestone import Milestone, MilestoneMove
from alertd.domain.statement import Record, Statement, Termination
from alertd.times.end import End
from alertd.times.formats import iso_utc


class Kind(StrEnum):
    """The kinds of alert. The last three speak of alertd itself or of several truces, and belong to none."""

    RECORDED = "recorded"
    """A truce is first seen."""
    START = "start"
    """A truce that has not begun is about to begin, or begins."""
    REMINDER = "reminder"
    """An end is near: a stage of the ladder before an end, or the moment of an end that is not the expiry."""
    LAPSED = "lapsed"
    """The expiry has passed, and no extension is recorded; then again after each duration of `after`."""
    MILESTONE = "milestone"
    """A milestone is near, is due now, or was due and is not recorded as met."""
    EXTENDED = "extended"
    """The expiry moved later."""
    CLAIMED = "claimed"
    """A party states an end, or a termination, that nobody has confirmed."""
    SHORTENED = "shortened"
    """The expiry moved earlier."""
    DATED = "dated"
    """A truce that had no end, or one on a condition, has a moment or a day of end from now on."""
    CORRECTED = "corrected"
    """A recorded end, start, record or termination was changed, or the zone data behind it."""
    OPENED = "opened"
    """A truce with an end has none from now on."""
    TERMINATED = "terminated"
    """A confirmed termination is recorded."""
    WITHDRAWN = "withdrawn"
    """The truce was taken out of the register while it was running."""
    REVIEW = "review"
    """A question: does a truce without a moment of end still hold, or is one that has lapsed over?"""
    ESCALATED = "escalated"
    """Nobody has acknowledged an alert, and an escalation tells the next channel of it."""
    OPS = "ops"
    """alertd speaks of itself: a file it cannot read, a channel that fails, a clock in doubt."""
    SHIFT = "shift"
    """The digest of a shift: what is unresolved and comes next, what happened since the one before. Or a hand-over."""
    MISSED = "missed"
    """The summary of what was too late to be said alone."""


LADDER = frozenset({Kind.REMINDER, Kind.LAPSED})
"""Said because time passes, of an end."""

STAGED = LADDER | {Kind.START, Kind.MILESTONE}
"""The kinds with stages; of those that are not of the ladder each counts to its own instant, which is no end."""

CHANGES = frozenset(
    {
        Kind.RECORDED,
        Kind.EXTENDED,
        Kind.CLAIMED,
        Kind.SHORTENED,
        Kind.DATED,
        Kind.CORRECTED,
        Kind.OPENED,
        Kind.TERMINATED,
        Kind.WITHDRAWN,
    }
)
"""Said because the register changed; their key carries the revision."""

BY_TIME = STAGED | {Kind.REVIEW}
"""The kinds that a plan holds whole, so that what it does not name is unwanted; each has a moment of its own."""

TIMED = BY_TIME | {Kind.ESCALATED}
"""The kinds that are not told before their moment; that of a step is found when the step before it was sent."""

FILTERED = frozenset({Kind.RECORDED, Kind.CLAIMED, *BY_TIME})
"""The kinds that a channel's `alerts` may leave out; any other moves or cancels an end and reaches every channel.

But for `escalated`, which reaches the channels of its escalation alone.
"""

TRUCELESS = frozenset({Kind.OPS, Kind.SHIFT, Kind.MISSED})

_DUE_IN_KEY = TRUCELESS | {Kind.REVIEW}

_PARTS_BEFORE_TARGET = 4
"""The parts of a key that stand before its target: truce, kind, stage and moment."""


@dataclass(frozen=True, slots=True, order=True)
class Stage:
    """One step towards an end or a start, as its distance: negative before it, zero at it, positive after it."""

    offset: timedelta

    @classmethod
    def before(cls, lead: timedelta) -> Self:
        """The stage that lies `lead` before it."""
        return cls(-lead)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` writes: `24h`, `0`, `+15m`."""
        if text == "0":
            return cls(timedelta())
        size = timedelta(**{_UNIT_NAMES[text[-1]]: int(text.removeprefix("+")[:-1])})
        return cls(size if text.startswith("+") else -size)

    def __str__(self) -> str:
        return _stage_text(self.offset)


_UNIT_NAMES = {"h": "hours", "m": "minutes", "s": "seconds"}


@lru_cache(maxsize=256)
def _stage_text(offset: timedelta) -> str:
    """Kept, as the same few stages stand in the key of every delivery."""
    return ("+" if offset > timedelta() else "") + short_duration(offset)


def short_duration(duration: timedelta) -> str:
    """A duration, without its sign, in its largest whole unit up to the hour: `48h`, `90m`, `15s`, `0`."""
    seconds = abs(int(duration.total_seconds()))
    if not seconds:
        return "0"
    if seconds % 3600 == 0:
        return f"{seconds // 3600}h"
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that a new revision of a truce brings, in the words of the glossary."""

    kind: Kind
    old: End | None
    """The expiry (for a claim or termination, its own end) before; None for a truce or claim first seen."""
    new: End | None
    """The same after; None where it is gone."""
    statement: Record | Termination | Statement | None = None
    """The record or termination that made the change; None where the truce itself or its zone data did."""
    reason: str | None = None
    """The reason, where no statement says it: `zone data changed`, `the start moved from … to …`."""
    starts: tuple[datetime, datetime] | None = None
    """The start before and after, where it moved."""
    fallen: tuple[Record, ...] = ()
    """The claims that stood before it and, though nobody denied them, stand no longer."""
    voided: tuple[Record | Termination, ...] = ()
    """The records that count as never made from now on, as it was a mistake to write them down."""
    counts_again: tuple[Record | Termination, ...] = ()
    """The records of which that is said no longer."""
    restored: bool = False
    """The truce had been taken out of the register, and is watched again."""
    moved: tuple[MilestoneMove, ...] = ()
    """The milestones that fall due at another moment because of it."""
    reopened: tuple[Milestone, ...] = ()
    """The milestones that are owed again, as the record of their outcome was a mistake or is gone."""
    is_late: bool = False
    """The statement moves no end any more; only whoever was told of one that it makes untrue is told of it."""

    @property
    def is_of_the_desk(self) -> bool:
        """True if only the desk itself was mistaken: no party has said anything else."""
        return self.restored or bool(self.voided or self.counts_again)

    @property
    def ends_at(self) -> datetime | None:
        """The end that its alert speaks of."""
        end = self.new or self.old
        return end.at if end is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The alert that a step of an escalation follows, as nobody has acknowledged it."""

    alert: str
    """Its key, without a target."""
    escalation: str
    """The name of the escalation."""
    step: int
    """The number of the step, counted on where the chain begins again; the alert itself is the first."""
    people: int
    """The number of people that must acknowledge the alert before no further step goes out."""
    is_last: bool = False
    """The chain is at its end, and nobody has answered."""

    @property
    def kind(self) -> Kind:
        """The kind of the alert."""
        return Kind(self.alert.split("|")[1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One alert for one target: what the plan says, and what a row of the ledger begins as."""

    due_at: datetime
    truce: str | None
    kind: Kind
    stage: Stage | None
    ends_at: datetime | None
    """The end that it speaks of; of a day, when that begins. None for what speaks of a start."""
    channel: str
    target: str
    at: datetime | None = None
    """The instant that its stage counts to: an end, the end of its day, a start, a milestone; None without a stage."""
    milestone: str | None = None
    """The id of the milestone that it speaks of."""
    revision: int | None = None
    """The revision of the truce that this alert announces, or the one that it follows; None for what time brings."""
    about: str | None = None
    """The subject of an ops alert, so that one thing is said once: `channel desk`, `truces/a.toml`."""
    number: int | None = field(default=None, compare=False)
    """The serial number of a notice among those about the same thing, as several can be due within a second."""
    follows: Followed | None = None
    """The alert that it follows as a step of an escalation; None for any other."""
    known_as: InitVar[str | None] = None
    """Its key where it has one already, by which it is known though its moment was moved since."""
    key: str = field(init=False, repr=False, compare=False)
    """The identity of this delivery: a moved end gives another key, and so re-arms.

    The kinds that speak of a change carry the revision; those that have no end carry their due moment. Where a stage
    counts to another instant than the end itself, both stand there; of a closing that is not the last its moment alone,
    so that an extension of the last day does not move it. That of a step names the alert that it follows, the
    escalation and the step.
    """

    @classmethod
    def truceless(  # noqa: PLR0913  a delivery has this many parts
        cls,
        kind: Kind,
        due_at: datetime,
        *,
        channel: str,
        target: str,
        about: str | None = None,
        number: int | None = None,
    ) -> Self:
        """A delivery that concerns no truce: of alertd itself, or of several truces."""
        return cls(
            due_at=due_at,
            truce=None,
            kind=kind,
            stage=None,
            ends_at=None,
            channel=channel,
            target=target,
            about=about,
            number=number,
        )

    def __post_init__(self, known_as: str | None) -> None:
        key = known_as or (self._own_key() if self.follows is None else self._key_of_step(self.follows))
        object.__setattr__(self, "key", key)

    def _key_of_step(self, follows: Followed) -> str:
        truce, kind, stage, moment, *rest = follows.alert.split("|", _PARTS_BEFORE_TARGET)
        parts = (truce, self.kind, stage, moment, self.target, kind, *rest, follows.escalation, str(follows.step))
        return "|".join(parts)

    def _own_key(self) -> str:
        if self.kind in _DUE_IN_KEY:
            moment = iso_utc(self.due_at)
        else:
            moment = "-" if self.ends_at is None else iso_utc(self.ends_at)
            if self.at is not None and self.at != self.ends_at:
                moment = f"{'-' if self.is_of_window else moment}/{iso_utc(self.at)}"
        stage = "-" if self.stage is None else _stage_text(self.stage.offset)
        key = f"{self.truce or '-'}|{self.kind}|{stage}|{moment}|{self.target}"
        if self.milestone is not None:
            key = f"{key}|{self.milestone}"
        if self.revision is not None:
            key = f"{key}|{self.revision}"
        if self.about is not None:
            key = f"{key}|{self.about}"
        return key if self.number is None else f"{key}|{self.number}"

    @property
    def is_of_window(self) -> bool:
        """True for a closing of a daily pause that is not its last."""
        return is_of_window(self.kind, self.ends_at, self.at)

    @property
    def told(self) -> "Delivery":
        """The alert that it tells: of a step of an escalation that which it follows, as this target would get it."""
        return self if self.follows is None else replace(self, kind=self.follows.kind, follows=None)

    @property
    def short_id(self) -> str:
        """Six characters by which two people can be sure that they speak of the same alert."""
        return short_id(self.key)

    @property
    def order(self) -> tuple[datetime, str, str, Kind, str, str, str, str]:
        """The order in which plans are shown: due_at, ends_at, truce, kind, stage, channel, target, milestone."""
        return (
            self.due_at,
            iso_utc(self.ends_at) if self.ends_at else "",
            self.truce or "",
            self.kind,
            _stage_text(self.stage.offset) if self.stage else "",
            self.channel,
            self.target,
            self.milestone or "",
        )


def is_of_window(kind: Kind, ends_at: datetime | None, at: datetime | None) -> bool:
    """True for a closing of a daily pause that is not its last."""
    return kind is Kind.REMINDER and at is not None and (ends_at is None or at < ends_at)


def kind_and_stage(kind: Kind | str, stage: Stage | str | None) -> str:
    """The kind of an alert with its stage, where it has one: `reminder 1h`."""
    return kind if stage is None else f"{kind} {stage}"


def alert_key(key: str, target: str) -> str:
    """The key of an alert, given that of its delivery to a target: all but the target."""
    *alert, rest = key.split("|", _PARTS_BEFORE_TARGET)
    return "|".join(alert) + rest.removeprefix(target)


@lru_cache(maxsize=256)
def short_id(key: str) -> str:
    """The six characters that stand for a delivery's key."""
    return b32encode(sha256(key.encode()).digest()[:5]).decode()[:6].lower()  # eight characters stand for five bytes
