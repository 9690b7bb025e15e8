"""Builds a daemon out of its parts, live or for a rehearsal; what differs between the two is an argument."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from types import MappingProxyType

from alertd.channels import Target
from alertd.cli.context import Context
from alertd.cli.duty import sources
from alertd.daemon.clock_doubt import ClockMonitor
from alertd.daemon.duty_watch import DutyWatch
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.reconcile import Reconciler
from alertd.daemon.route import Route, WorkerContext
from alertd.daemon.tick import Daemon, DaemonOptions
from alertd.daemon.workers import Workers
from alertd.domain.duty import Roster
from alertd.domain.notice import Notice
from alertd.domain.plan import subscribers
from alertd.domain.policy import HORIZON, PROGRAMS_AT_ONCE, REFUSED_EVERY, WEBHOOKS_AT_ONCE
from alertd.domain.quiet import AllQuietHours
from alertd.duty import Kept
from alertd.ledger import ALONE, Ledger, LedgerThread
from alertd.message.shift import Shifts
from alertd.register import RegisterCache
from alertd.settings import CONSOLE, SMS, WEBHOOK, ChannelSettings, Settings
from alertd.times.clock import Clock
from alertd.times.zones import Zones, ZoneWatch

_PROGRAMS = ("json://", "jsons://", "xml://", "xmls://", "form://", "forms://")
"""The addresses of Apprise behind which is a program."""

OpenChannel = Callable[[ChannelSettings], tuple[Target, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A daemon with everything that it works with."""

    daemon: Daemon
    workers: Workers
    ledger: LedgerThread
    ops: OpsNotices


def routes(context: Context, open_targets_of: OpenChannel, *, limited: bool = True) -> tuple[Route, ...]:
    """Every target of every channel; raises ChannelError for one that cannot be opened.

    `limited` tells whether their rate limits hold, which make no sense where nobody else is sent to.
    """
    subscriptions = {subscription.channel: subscription for subscription in context.settings.subscriptions()}
    board = context.settings.board
    fallbacks = {channel.fallback for channel in context.settings.channels}
    return tuple(
        Route(
            target=target,
            channel=channel.name,
            zone_name=channel.zone,
            digest=channel.digest,
            copies_together=channel.digest or channel.kind != WEBHOOK,
            fallback=subscriptions[channel.fallback] if channel.fallback is not None else None,
            rate_limit=channel.rate_limit if limited else None,
            html=channel.kind not in (CONSOLE, WEBHOOK),
            sms=channel.form == SMS,
            links=board.links if board is not None and channel.kind != CONSOLE else None,
            at_once=_at_once(channel, fallbacks) if limited else 1,
        )
        for channel in context.settings.channels
        for target in open_targets_of(channel)
    )


def _at_once(channel: ChannelSettings, fallbacks: Container[str | None]) -> int:
    """The most messages on their way to a target of a channel: programs take them as they come, people do not."""
    if channel.digest or channel.rate_limit is not None:
        return 1
    if channel.kind == WEBHOOK:
        return WEBHOOKS_AT_ONCE
    is_program = all(url.get_secret_value().lower().startswith(_PROGRAMS) for url in channel.url)
    # To a fallback what comes in the place of others goes together.
    return PROGRAMS_AT_ONCE if channel.url and is_program and channel.name not in fallbacks else 1


def build(  # noqa: PLR0913  each is a difference between a live daemon and a rehearsal
    context: Context,
    store: Ledger,
    clock: Clock,
    *,
    open_targets_of: OpenChannel,
    live: bool,
    quiet: timedelta,
    doubt: ClockMonitor | None = None,
    node: str = ALONE,
    horizon: timedelta = HORIZON,
    rosters: Mapping[str, Roster | None] = MappingProxyType({}),
) -> App:
    """Put a daemon together over a ledger and a clock.

    Live, what is announced for later counts at once, ops is told of what is refused until it is mended, and rate
    limits hold; a rehearsal lets records wait for their moment, and tells things once, with the duty lists as given by
    `rosters`.
    """
    settings = context.settings
    doubt = doubt or ClockMonitor(clock.monotonic, settings.policy.clock_patience)
    subscriptions = settings.subscriptions()
    ledger = LedgerThread(store)
    ops = OpsNotices(ledger, clock, subscriptions)

    quiet_hours = _QuietHours(settings, context.zone_watch)

    def others(notice: Notice) -> tuple[str, ...]:
        if notice.truce is None:
            return ()
        takers = subscribers(notice.truce, subscriptions)
        kind, here = notice.delivery.told.kind, notice.delivery.channel
        return tuple(taker.channel for taker in takers if taker.takes(kind) and taker.channel != here)

    worker_context = WorkerContext(
        ledger=ledger,
        clock=clock,
        policy=settings.policy,
        renderer=context.renderer[0],
        zone_for=context.zone_watch.find,
        others=others,
        ops=ops,
        random=Random(),  # noqa: S311  spreads retries in time, keeps no secret
        doubt=doubt,
        quiet_hours=quiet_hours,
        escalations=settings.escalations(),
    )
    duty = DutyWatch(
        settings.duties(rosters),
        sources(settings) if live else {},
        ops,
        config_dir=context.config,
        kept=Kept(settings.state_dir) if live else None,
        zone_for=context.zone_watch.find,
    )
    workers = Workers(routes(context, open_targets_of, limited=live), worker_context)
    daemon = Daemon(
        ledger=ledger,
        reconciler=Reconciler(subscriptions=subscriptions, policy=settings.policy, future_counts=live, horizon=horizon),
        workers=workers,
        ops=ops,
        cache=RegisterCache(context.config, lambda: context.zones.find),
        zones=context.zone_watch,
        options=DaemonOptions(
            quiet=quiet,
            nag_every=REFUSED_EVERY if live else None,
            keep=settings.keep,
            shifts=_shifts(context, settings),
            quiet_hours=quiet_hours,
            settings_trouble=settings.trouble,
        ),
        duty=duty,
        doubt=doubt,
        node=node,
    )
    return App(daemon=daemon, workers=workers, ledger=ledger, ops=ops)


def _shifts(context: Context, settings: Settings) -> Shifts | None:
    if settings.ops is None or not settings.ops.shift_digest:
        return None
    zone = next(channel.zone for channel in settings.channels if channel.name == settings.ops.channel)
    return Shifts(settings.ops.shift_digest, context.zones.find(zone))


class _QuietHours:
    """The quiet hours of the channels, made anew with newer zone data."""

    def __init__(self, settings: Settings, watch: ZoneWatch) -> None:
        self._settings = settings
        self._watch = watch
        self._zones: Zones | None = None
        self._found: AllQuietHours = {}

    def __call__(self) -> AllQuietHours:
        """Those by the zone data in use."""
        if self._zones is not self._watch.zones:
            self._found = self._settings.quiet_hours(self._watch.find)
            self._zones = self._watch.zones
        return self._found
