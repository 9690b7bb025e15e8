"""The settlement of a send: what becomes of each delivery that a message carried."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from alertd.channels import Outcome
from alertd.daemon.channel_health import copies
from alertd.daemon.route import Route, WorkerContext
from alertd.domain.agenda import Verdict
from alertd.domain.escalation import NextStep, next_steps
from alertd.domain.policy import FALLBACK_AFTER, retry_at
from alertd.ledger import DeliveryState, Dispatched, SentMessage, Settlement
from alertd.logs import without_links
from alertd.logs.lines import get_logger
from alertd.message.values import Message

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TriedMessage:
    """A message that was tried."""

    dispatched: Sequence[Dispatched]
    message_id: str
    message: Message | None
    """None where it could not be composed."""
    outcome: Outcome
    took: timedelta
    ended: float
    """Monotonic seconds."""

    @property
    def sent_message(self) -> SentMessage | None:
        """The message as it is kept; None where it surely did not arrive."""
        if self.message is None or self.outcome.verdict not in (Verdict.ACCEPTED, Verdict.UNSURE):
            return None
        return SentMessage(id=self.message_id, title=self.message.title, text=without_links(self.message.text))


def settlements(sent: TriedMessage, route: Route, context: WorkerContext) -> list[tuple[Dispatched, Settlement]]:
    """The settlement of each delivery of a message; those that are tried again come due together, as one message.

    The wait is that of the one that was tried least: what is new waits no longer because of what it went with.
    """
    outcome = sent.outcome
    if outcome.verdict not in (Verdict.FAILED, Verdict.UNSURE):
        return [(dispatched, _settlement(dispatched, sent, route, None, context)) for dispatched in sent.dispatched]
    again_at = partial(
        retry_at,
        now=context.clock.now(),
        attempts=min(dispatched.attempts for dispatched in sent.dispatched),
        policy=context.policy,
        jitter=context.random.random(),
        asked=outcome.retry_after,
    )
    return [
        (dispatched, _settlement(dispatched, sent, route, again_at(due_at=dispatched.delivery.due_at), context))
        for dispatched in sent.dispatched
    ]


def _settlement(
    dispatched: Dispatched, sent: TriedMessage, route: Route, again_at: datetime | None, context: WorkerContext
) -> Settlement:
    outcome = sent.outcome
    if outcome.verdict is Verdict.ACCEPTED:
        state = DeliveryState.DELIVERED
    else:
        state = DeliveryState.FAILED if again_at is None else DeliveryState.PLANNED
    return Settlement(
        id=dispatched.id,
        outcome=outcome.verdict,
        detail=outcome.detail,
        took=sent.took,
        message_id=sent.message_id,
        next_state=state,
        not_before=again_at,
        possible_repeat=dispatched.notice.possible_repeat or outcome.verdict is Verdict.UNSURE,
        reason=None if state is DeliveryState.DELIVERED else outcome.detail,
        copies=copies(route, dispatched, outcome, state),
        next_steps=_next_steps(dispatched, state, context) if context.escalations else (),
    )


def _next_steps(dispatched: Dispatched, state: DeliveryState, context: WorkerContext) -> tuple[NextStep, ...]:
    """The steps that follow it: an answer is waited for from when its channel took it, or is taken for dead."""
    truce = dispatched.notice.truce
    is_open = state is DeliveryState.PLANNED and dispatched.attempts < FALLBACK_AFTER
    if truce is None or dispatched.is_copy or is_open:
        return ()
    has_failed = state is DeliveryState.FAILED
    return next_steps(context.escalations, dispatched.delivery, truce, context.clock.now(), has_failed=has_failed)


def log_settlement(dispatched: Dispatched, settlement: Settlement) -> None:
    """Log the one line of a try."""
    delivery = dispatched.delivery
    log.log(
        logging.INFO if settlement.outcome is Verdict.ACCEPTED else logging.WARNING,
        "delivery.settled",
        key=delivery.key,
        truce=delivery.truce,
        kind=delivery.kind,
        stage=None if delivery.stage is None else str(delivery.stage),
        ends_at=delivery.ends_at,
        target=delivery.target,
        due_at=delivery.due_at,
        verdict=settlement.outcome,
        state=settlement.next_state,
        detail=settlement.detail,
        attempt=dispatched.attempts,
        possible_repeat=settlement.possible_repeat,
        message_id=settlement.message_id,
        took_ms=round(settlement.took.total_seconds() * 1000),
    )
