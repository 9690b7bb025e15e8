"""The state of everything, from the ledger, the register and the settings: `alertd status` and the board show it.

A pure function of what was read elsewhere. Who reads it, and how it looks, is for the command and the board to say.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from alertd import __version__
from alertd.daemon.belated_records import belated_problems
from alertd.daemon.clock_doubt import ClockDoubt
from alertd.daemon.reconcile import is_watched, not_watched, nothing_ahead, waits_for_first
from alertd.domain.alert import Delivery
from alertd.domain.duty import Roster
from alertd.domain.notice import Notice
from alertd.domain.quiet import AllQuietHours, quiet_until
from alertd.domain.truce import TruceStatus
from alertd.errors import Code, Level, Problem
from alertd.ledger import BelatedRecord, ChannelHealth, HistoryRow, KnownTruce, TruceIndexEntry
from alertd.message.facts import title
from alertd.register import RegisterProblems
from alertd.settings import Settings
from alertd.status.delivery_views import HistoryView, delivery_view
from alertd.status.duty_views import DutyView, duty_views
from alertd.status.views import ChannelView, Role, StatusView, problem_places, refused_view, truce_view
from alertd.times.instant import ZoneLookup

NEXT = 10
"""Deliveries ahead that an overview shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerContent:
    """The content of the ledger."""

    known: Mapping[str, KnownTruce]
    listed: Mapping[str, TruceIndexEntry]
    upcoming: tuple[Delivery, ...]
    health: tuple[ChannelHealth, ...]
    belated: tuple[BelatedRecord, ...] = ()
    active_node: str | None = None
    """The node whose daemon has a ledger that several share; None where none has."""
    planned: Mapping[str, Collection[datetime]] | None = None
    """The ends, by truce, for which something is planned; None where nobody has looked, as it takes long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The whole: what is in force, what is wrong, and what nobody is told of."""

    content: LedgerContent
    settings: Settings
    zone_for: ZoneLookup
    now: datetime
    on_watch: Mapping[str, KnownTruce]
    """Held ones and those kept in their last good form too."""
    problems: tuple[Problem, ...]
    """Of the settings, then of the register, then of the agenda."""
    refused: tuple[str, ...]
    """Truces of which no end can be read, and none is known."""
    not_watched: tuple[str, ...]
    """Truces that nobody is told of: no end can be read, or no channel takes them."""
    waits: bool
    """The first truce is still to come."""
    rosters: Mapping[str, Roster | None]
    """The duty lists as the daemon read them."""
    clock_doubt: ClockDoubt | None
    """Of the daemon that runs, as of its last tick."""

    @property
    def shares_ledger(self) -> bool:
        """True if other nodes can have the ledger."""
        return self.settings.ledger_url is not None

    @property
    def role(self) -> Role:
        """The part of this node; one that shares its ledger with nobody has no other."""
        is_active = not self.shares_ledger or self.content.active_node == self.settings.node
        return Role.ACTIVE if is_active else Role.STANDBY

    @property
    def role_in_words(self) -> str:
        """The part of this node, and of which other: `standby, active is a`."""
        if self.role is Role.ACTIVE:
            return self.role
        return f"{self.role}, active is {self.content.active_node or 'NO NODE'}"

    @property
    def holds(self) -> bool:
        """True if a truce that is not over is on watch."""
        return any(not TruceStatus(known.truce, self.now).is_over for known in self.on_watch.values())

    def title_of(self, delivery: Delivery) -> str:
        """The title of a planned delivery."""
        known = self.content.known.get(delivery.truce or "")
        truce = known.truce if known else None
        zone = self.zone_for(truce.zone) if truce else None
        return title(Notice(delivery=delivery, truce=truce, change=None), truce_zone=zone)

    @property
    def quiet_hours(self) -> AllQuietHours:
        """The quiet hours of each target that has some."""
        return self.settings.quiet_hours(self.zone_for)

    @property
    def channels(self) -> tuple[ChannelView, ...]:
        """The health of each channel."""
        return tuple(channel_view(channel.name, self.content.health) for channel in self.settings.channels)

    @property
    def duty(self) -> tuple[DutyView, ...]:
        """The duty lists, and who is on duty."""
        return duty_views(self.settings, self.rosters, self.now)

    def _active_node(self, pid: int | None) -> str | None:
        if self.shares_ledger:
            return self.content.active_node
        return None if pid is None else self.settings.node

    def view(self, *, tzdata: str, pid: int | None, last_tick: datetime | None) -> StatusView:
        """All of it as machines read it."""
        problems, board = problem_places(self.problems), self.settings.board
        links = None if board is None else board.links
        truces = [
            *(truce_view(known.truce, self.now, problems, self.zone_for, links) for known in self.on_watch.values()),
            *(refused_view(truce_id, problems) for truce_id in self.refused),
        ]
        return StatusView(
            version=__version__,
            tzdata=tzdata,
            node=self.settings.node,
            role=self.role,
            active_node=self._active_node(pid),
            pid=pid,
            last_tick=last_tick,
            clock_doubt=self.clock_doubt,
            truces=tuple(sorted(truces, key=lambda truce: truce.id)),
            next=tuple(
                delivery_view(delivery, self.title_of(delivery), quiet_until(self.quiet_hours, delivery, self.now))
                for delivery in self.content.upcoming
            ),
            channels=self.channels,
            duty=self.duty,
            not_watched=self.not_watched,
            problems=self.problems,
        )


def overview(  # noqa: PLR0913  it comes from as many places
    content: LedgerContent,
    register_problems: RegisterProblems,
    settings: Settings,
    zone_for: ZoneLookup,
    now: datetime,
    *,
    clock_doubt: ClockDoubt | None,
    rosters: Mapping[str, Roster | None] = MappingProxyType({}),
) -> Overview:
    """Put together what is known at a moment."""
    on_watch = {truce_id: known for truce_id, known in content.known.items() if is_watched(known)}
    subscriptions = settings.subscriptions()
    silent = (
        nothing_ahead(on_watch.values(), content.planned, subscriptions, settings.policy, now)
        if content.planned is not None
        else ()
    )
    return Overview(
        content=content,
        settings=settings,
        zone_for=zone_for,
        now=now,
        on_watch=on_watch,
        problems=(
            *settings.problems,
            *register_problems.problems,
            *belated_problems(on_watch.values(), content.belated),
            *silent,
        ),
        refused=tuple(truce_id for truce_id in register_problems.refused if truce_id not in on_watch),
        not_watched=not_watched(register_problems.refused, content.listed, subscriptions, now),
        waits=waits_for_first(content.listed, register_problems),
        clock_doubt=clock_doubt,
        rosters=rosters,
    )


def with_ledger_trouble(found: RegisterProblems, trouble: str | None) -> RegisterProblems:
    """The problems of the register, after what is wrong with the place of the ledger."""
    if trouble is None:
        return found
    displaced = Problem("ledger.db", 1, None, Level.ERROR, Code.LEDGER, trouble)
    return replace(found, problems=(displaced, *found.problems))


def channel_view(name: str, health: Iterable[ChannelHealth]) -> ChannelView:
    """The health of a channel: all its targets taken together."""
    targets = [target for target in health if target.name == name]
    successes = [target.last_success for target in targets if target.last_success is not None]
    return ChannelView(
        name=name,
        ok=all(target.failing_since is None and target.closed is None for target in targets),
        reason=next((target.closed for target in targets if target.closed is not None), None),
        last_success=max(successes, default=None),
        backlog=sum(target.backlog for target in targets),
    )


def history_view(row: HistoryRow) -> HistoryView:
    """A delivery of the delivery history."""
    kept = {field.name for field in fields(HistoryView)} & {field.name for field in fields(HistoryRow)}
    given = row.acknowledgement
    acknowledged: dict[str, Any] = {
        f"acknowledged_{name}": getattr(given, name, None) for name in ("at", "by", "way", "note")
    }
    return HistoryView(
        **{name: getattr(row, name) for name in kept},
        **acknowledged,
        alert_id=row.short_id,
        acknowledgement_void=given is not None and given.is_void,
    )
