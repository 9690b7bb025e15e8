"""The way to a target, what all workers share, and one send."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from alertd.channels import Outcome, Target
from alertd.daemon.clock_doubt import ClockMonitor
from alertd.daemon.ops_notices import OpsNotices
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Delivery, Kind
from alertd.domain.escalation import Escalation
from alertd.domain.notice import Notice
from alertd.domain.policy import SEND_LIMIT, Policy, RateLimit, Subscription
from alertd.domain.quiet import AllQuietHours
from alertd.ledger import LedgerThread
from alertd.logs import redact
from alertd.logs.lines import get_logger
from alertd.message.links import Links
from alertd.message.render import Renderer
from alertd.message.values import Message
from alertd.times.clock import Clock
from alertd.times.instant import ZoneLookup

log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A target, and the way in which its channel is sent messages."""

    target: Target
    channel: str
    zone_name: str
    """The zone of its readers."""
    digest: bool
    """Alerts that are due together go as one message."""
    copies_together: bool
    """Alerts that come in the place of other channels go as one message."""
    fallback: Subscription | None
    """The channel that gets an alert which this one cannot deliver."""
    rate_limit: RateLimit | None
    """The most messages in a time that the other side takes."""
    html: bool = True
    """Its messages may be read as HTML."""
    sms: bool = False
    """Each of its alerts is told in one SMS."""
    links: Links | None = None
    """Makes the addresses of the board in its messages; None where they have none."""
    at_once: int = 1
    """The most messages on their way at the same time; several only without digests and rate limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerContext:
    """The parts that all workers share."""

    ledger: LedgerThread
    clock: Clock
    policy: Policy
    renderer: Renderer
    zone_for: ZoneLookup
    others: Callable[[Notice], tuple[str, ...]]
    """The other channels that an alert goes to."""
    ops: OpsNotices
    random: Random
    doubt: ClockMonitor
    quiet_hours: Callable[[], AllQuietHours]
    """The quiet hours of the targets that have some, by the zone data in use."""
    escalations: tuple[Escalation, ...] = ()


def about_itself(route: Route, text: str, now: datetime) -> Notice:
    """The message of alertd about itself to one target."""
    delivery = Delivery.truceless(Kind.OPS, now, channel=route.channel, target=route.target.name)
    return Notice(delivery=delivery, truce=None, change=None, text=text)


async def send(
    target: Target, compose: Callable[[], Awaitable[Message]], when: Callable[[], Awaitable[bool]] | None = None
) -> tuple[Outcome, Message | None]:
    """Send a message; whatever goes wrong is an outcome. Gives the message too, unless composing it failed.

    `when` waits for its moment, and tells if that has come. Messages that go together take each step together: at a
    `sleep(0)` the others come to the same point. Steps in turns throw each other out of the processor's caches.
    """
    message = None
    try:
        message = await compose()
        await asyncio.sleep(0)
        if when is not None and not await when():
            return Outcome(
                Verdict.FAILED, "not sent, as the clock was set or alertd was stopped before its moment"
            ), message
        async with asyncio.timeout(SEND_LIMIT.total_seconds()):
            outcome = await target.send(message)
        return replace(outcome, detail=redact(outcome.detail)) if outcome.detail else outcome, message
    except TimeoutError:
        return Outcome(Verdict.UNSURE, f"no answer within {SEND_LIMIT.total_seconds():g} s"), message
    except Exception as error:  # the one place where a fault costs a delivery and not the daemon
        log.exception("delivery.crashed", target=target.name)
        # What breaks in a channel may break after the send.
        verdict = Verdict.FAILED if message is None else Verdict.UNSURE
        return Outcome(verdict, f"internal error ({type(error).__name__}), see the log"), message
