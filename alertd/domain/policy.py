"""The rules of alertd: the ladder, who takes what, when to try again, what counts as late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from alertd.domain.alert import FILTERED, Kind, Stage
from alertd.domain.truce import Truce


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of the `[policy]` table."""

    lead_times: tuple[timedelta, ...] = (
        timedelta(hours=24),
        timedelta(hours=6),
        timedelta(hours=1),
        timedelta(minutes=15),
    )
    """The reminders before an end: how long before it each goes out. Those under 24 h lead to the end of a day."""
    date_lead_times: tuple[timedelta, ...] = (timedelta(hours=24),)
    """The reminders before a day begins, where only the day of an end is known: instead of those of a day or more."""
    start_lead_times: tuple[timedelta, ...] = (timedelta(hours=1), timedelta())
    """The alerts before a truce begins: how long before it each goes out; `0` is the moment itself."""
    milestone_lead_times: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=1), timedelta())
    """The reminders before a milestone, of which `0` says that it is due now; none: nothing is said of milestones."""
    daily_lead_times: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(minutes=15))
    """Of a daily pause: the reminders before each closing but the last; none: `[]`."""
    after: tuple[timedelta, ...] = (timedelta(minutes=15),)
    """The times after the expiry at which `lapsed` is said again if no extension is recorded; and of a milestone."""
    late_after: timedelta = timedelta(seconds=60)
    """A message that goes out later than this after its moment says how late it is."""
    catch_up: timedelta = timedelta(hours=24)
    """A delivery that is overdue by more than this goes out as a line of a summary."""
    review_every: timedelta = timedelta(days=7)
    """The time between two questions about a truce without a moment of end."""
    unresolved_every: timedelta = timedelta(hours=24)
    """The time between two questions about a lapsed truce."""
    unresolved_for: timedelta = timedelta(days=7)
    """The time after its lapse for which they are asked."""
    clock_patience: timedelta = timedelta(minutes=5)
    """The time for which a clock that may be wrong is waited for, after a start or a step back."""

    def lead_times_of(self, truce: Truce) -> tuple[timedelta, ...]:
        """The lead times of a truce: its own, else these."""
        return self.lead_times if truce.lead_times is None else truce.lead_times

    def date_lead_times_of(self, truce: Truce) -> tuple[timedelta, ...]:
        """The lead times of a truce before the day on which it ends: its own, else these."""
        return self.date_lead_times if truce.date_lead_times is None else truce.date_lead_times

    def milestone_stages_of(self, truce: Truce) -> tuple[Stage, ...]:
        """The stages of a milestone of a truce; none without a lead time."""
        own = truce.milestone_lead_times
        leads = self.milestone_lead_times if own is None else own
        return (*map(Stage.before, leads), *map(Stage, self.after_of(truce))) if leads else ()

    def after_of(self, truce: Truce) -> tuple[timedelta, ...]:
        """The times after its moment at which something of a truce is said again: its own, else these."""
        return self.after if truce.after is None else truce.after

    def start_lead_times_of(self, truce: Truce) -> tuple[timedelta, ...]:
        """The lead times of a truce before it begins: its own, else these."""
        return self.start_lead_times if truce.start_lead_times is None else truce.start_lead_times

    def daily_lead_times_of(self, truce: Truce) -> tuple[timedelta, ...]:
        """The lead times of a daily pause before each closing but the last: its own, else these."""
        return self.daily_lead_times if truce.daily_lead_times is None else truce.daily_lead_times

    def unresolved_every_of(self, truce: Truce) -> timedelta:
        """The time between two questions about a lapse of this truce."""
        return truce.unresolved_every or self.unresolved_every

    def unresolved_for_of(self, truce: Truce) -> timedelta:
        """The time for which they are asked."""
        return truce.unresolved_for or self.unresolved_for


class Tagged(Protocol):
    """A truce, or as much of it as tells who takes it."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Which truces and alerts a channel takes, and the targets that it sends them to."""

    channel: str
    targets: tuple[str, ...]
    tags: frozenset[str] = frozenset()
    """Truces with any of these; none: all."""
    alerts: frozenset[Kind] = frozenset()
    """Of the kinds that may be left out, only these; none: all."""
    ops: bool = False
    """True for the ops channel."""
    has_quiet_hours: bool = False
    """True where an alert may wait for the end of quiet hours, while a later one passes."""

    def takes_truce(self, truce: Tagged) -> bool:
        """True if alerts of this truce go to this channel at all."""
        return not self.tags or not self.tags.isdisjoint(truce.tags)

    def takes(self, kind: Kind) -> bool:
        """True if this channel wants this kind; a kind that moves or cancels an end goes everywhere."""
        return not self.alerts or kind not in FILTERED or kind in self.alerts


RETRY_FIRST = timedelta(seconds=5)
"""The first wait after a failure; each further one is twice as long."""
RETRY_LONGEST = timedelta(minutes=5)
"""The longest wait, but for its jitter and for a service that asks for more."""
RETRY_JITTER = 0.2
"""Each wait is stretched by up to this share, so that many rows do not return in step."""

FALLBACK_AFTER = 3
"""Failures of one delivery after which its channel's fallback gets a copy."""

RETRY_AFTER_LONGEST = timedelta(hours=1)
"""The time for which a server may ask to be left alone; no header makes an alert be given up."""

SEND_TIMEOUT = timedelta(seconds=60)
"""The time that one send may take before it counts as unsure."""

SEND_LIMIT = SEND_TIMEOUT + timedelta(seconds=10)
"""The time for which a worker waits for a channel that does not keep to that by itself."""

FLAPPING = timedelta(minutes=15)
"""The time for which ops is not told again that a target fails: what fails every other time is one failure."""

CHORES_EVERY = timedelta(days=1)
"""The time after which a running daemon looks for newer zone data, and tidies its ledger, again."""

REFUSED_EVERY = timedelta(hours=1)
"""The time after which ops is told again of what is refused in the register, until it is mended."""

CLOCK_STEP = timedelta(minutes=2)
"""A step of the clock, forward or back, from which on ops is told before anything is said because of it."""

LONG_DOWN = timedelta(days=1)
"""The time between two runs from which on ops is told: alertd was down, or the clock was set."""

OPS_PATIENCE = timedelta(seconds=5)
"""The time for which what is due waits until ops has been told of a clock that jumped."""

ALARM_AFTER = timedelta(seconds=10)
"""The time for which the ledger may fail before ops is told without it."""

ALARM_EVERY = timedelta(hours=1)
"""The time after which ops is told again, for as long as the ledger fails."""

ALARM_PAUSE = timedelta(minutes=1)
"""The wait before an alarm that reached nobody is raised again."""

LEDGER_PAUSE = timedelta(seconds=1)
"""The wait before a ledger that could not be read or written is asked again."""

BATCH = 500
"""Rows acquired, dispatched or settled in one transaction."""

HORIZON = timedelta(days=7)
"""The time ahead for which the ledger holds what is to be sent; what lies beyond is put there as time goes."""

TRUCES_AT_ONCE = 1000
"""Truces that are held in memory whole, and taken into the ledger in one transaction."""

FRESH_END = timedelta(hours=1)
"""The time for which an end that has passed is as urgent as one that lies ahead; after it, it waits behind those."""

SUMMARY_LENGTH = 500_000
"""Characters from which on a summary of what is too old takes no further line, and another is begun."""

DIGEST_ITEMS = 100
"""Alerts in one message; a longer digest is split into several."""

WEBHOOKS_AT_ONCE = 128
"""Messages on their way to one webhook at the same time, each of another truce."""

PROGRAMS_AT_ONCE = 4
"""The same for a program that is reached by Apprise: each message takes a thread."""

READY_AHEAD = timedelta(milliseconds=100)
"""The time before its moment at which a message is made, so that only the sending of it is left for then."""

WOKEN_AFTER = timedelta(seconds=10)
"""The time from its dispatch on after which a message is not handed over: alertd was stopped, and another node may have
sent it. No other has the ledger as soon as that.
"""

SETTLED_TOGETHER = timedelta(milliseconds=10)
"""The time for which a message that has ended waits to be settled with others, while others are on their way."""

PRUNE_BATCH = 2000
"""Deliveries forgotten in one transaction."""

MASS_LOSS = 3
"""Running truces that vanish at once from this number on are held: an accident is likelier than a decision."""

QUIET_BEFORE_LOSS = timedelta(seconds=3)
"""The time for which the register must stand still before something that was taken out of it counts as gone."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many messages to a target within a time."""

    messages: int
    within: timedelta


def retry_at(  # noqa: PLR0913  all that a retry depends on
    *, now: datetime, due_at: datetime, attempts: int, policy: Policy, jitter: float, asked: timedelta | None = None
) -> datetime | None:
    """When to try again after the given number of failed attempts (1, 2, …); None once `catch_up` has run out.

    The wait grows exponentially; `jitter` is in [0, 1), and `asked` is what the other side wants to be waited at least.
    """
    doublings = min(attempts - 1, 16)
    wait: timedelta = min(RETRY_FIRST * (1 << doublings), RETRY_LONGEST) * (1 + RETRY_JITTER * jitter)
    again_at = now + max(wait, asked or wait)
    return again_at if again_at - due_at <= policy.catch_up else None
