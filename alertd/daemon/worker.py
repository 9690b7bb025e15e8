"""The workers: each takes what is due for one target out of the ledger, sends it and settles it.

One worker a target, so that none waits for another. A worker holds no queue of its own: what it is to send stands in
the ledger until the moment it is dispatched, and what became of it is back there right after.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TypeVar

import structlog

from alertd.channels import Outcome
from alertd.daemon.route import Route, WorkerContext, about_itself, send
from alertd.domain.agenda import Verdict
from alertd.domain.alert import Delivery, Kind
from alertd.domain.notice import Notice
from alertd.domain.policy import DIGEST_ITEMS, FALLBACK_AFTER, FLAPPING, LEDGER_PAUSE, retry_at
from alertd.errors import LedgerError
from alertd.ledger import (
    Copy,
    DeliveryState,
    Dispatched,
    SentMessage,
    Settlement,
    TextDelivery,
    dispatch,
    queries,
    settlement,
)
from alertd.message.facts import Message, facts

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _Sent:
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
    def sent_messages(self) -> SentMessage | None:
        """The message as it is kept; None where it surely did not arrive."""
        if self.message is None or self.outcome.verdict not in (Verdict.ACCEPTED, Verdict.UNSURE):
            return None
        return SentMessage(id=self.message_id, title=self.message.title, text=self.message.text)


@dataclass(frozen=True, slots=True)
class _Streak:
    """The last notice to ops of a target's failures."""

    told: bool
    """Whether it was told that the target fails, and not yet that it delivers again."""
    said_at: datetime | None = None
    """The moment of the last word about it, be it of this run or of an earlier one."""
    told_at: float | None = None
    """When it was last told that it fails, in monotonic seconds; None: not in this run."""


class Worker:
    """Sends what is acquired for one target: one message at a time, or as many as its route lets go at once."""

    def __init__(self, route: Route, context: WorkerContext) -> None:
        self.route = route
        self.idle = asyncio.Event()
        self.idle.set()
        self._context = context
        self._woken = asyncio.Event()
        self._streak = _Streak(told=False)
        limit = route.rate_limit
        self._sent_at: deque[float] = deque(maxlen=limit.messages if limit else 0)
        """Monotonic seconds of the last messages, as many as the rate limit counts."""

    def wake(self) -> None:
        """Look for something to send."""
        self.idle.clear()
        self._woken.set()

    async def work(self) -> None:
        """Send for ever: a mistake that nobody foresaw costs the delivery at hand, which a restart takes back."""
        while True:
            try:
                await self._work()
            except Exception:  # with `send`, the one place where a fault costs a delivery and not the daemon
                log.exception("worker.crashed", target=self.route.target.name)
                await asyncio.sleep(LEDGER_PAUSE.total_seconds())
                self._woken.set()

    async def _work(self) -> None:
        self._streak = await self._patiently(self._streak_before)
        while True:
            await self._woken.wait()
            self._woken.clear()
            while dispatched := await self._patiently(self._take):
                await self._deliver([[one] for one in dispatched] if self.route.at_once > 1 else [dispatched])
            if not self._woken.is_set():
                self.idle.set()

    async def _patiently(self, ask: Callable[[], Awaitable[_Result]]) -> _Result:
        """Ask the ledger until it answers: what was sent must be settled, and nothing else may be sent."""
        level = logging.WARNING
        while True:
            try:
                return await ask()
            except LedgerError as error:
                log.log(level, "ledger.failed", target=self.route.target.name, error=str(error))
                level = logging.DEBUG  # the same again, every second
                await asyncio.sleep(LEDGER_PAUSE.total_seconds())

    async def _streak_before(self) -> _Streak:
        """The last notice of an earlier run about this target, so that the same streak is not told twice."""
        ledger, fails = self._context.ledger, self._about(fails=True)
        about, said_at = await ledger.run(queries.last_notice, (fails, self._about(fails=False))) or (None, None)
        return _Streak(told=about == fails, said_at=said_at)

    async def broadcast(self, text: str) -> bool:
        """Send something that stands in no ledger; returns whether it was taken."""
        notice = about_itself(self.route, text, self._context.clock.now())
        outcome, _ = await send(self.route.target, lambda: self._render([notice], notice.delivery.short_id))
        return outcome.verdict is Verdict.ACCEPTED

    async def _take(self) -> tuple[Dispatched, ...]:
        """The deliveries that go out next; asked just before it is sent, so that nothing unwanted goes out."""
        await self._keep_to_rate()
        ledger, now = self._context.ledger, self._context.clock.now()
        at_once = self.route.at_once
        limit = DIGEST_ITEMS if self.route.digest else at_once
        return await ledger.run(
            dispatch.dispatch,
            self.route.target.name,
            now,
            self._context.policy,
            limit,
            apart=at_once > 1,
            in_doubt=self._context.doubt.reason is not None,
        )

    async def _keep_to_rate(self) -> None:
        """Wait as long as the rate limit asks; what comes due meanwhile can go into the same message."""
        limit = self.route.rate_limit
        if limit is not None and len(self._sent_at) == limit.messages:
            free_at = self._sent_at[0] + limit.within.total_seconds()
            await asyncio.sleep(max(free_at - self._context.clock.monotonic(), 0.0))

    async def _deliver(self, messages: Iterable[Sequence[Dispatched]]) -> None:
        """Send messages at the same time, and settle whatever of them has come to its end meanwhile together."""
        on_their_way = {asyncio.create_task(self._try(dispatched)) for dispatched in messages}
        try:
            while on_their_way:
                ended, on_their_way = await asyncio.wait(on_their_way, return_when=asyncio.FIRST_COMPLETED)
                await self._settle(sorted((task.result() for task in ended), key=lambda sent: sent.ended))
        finally:
            for task in on_their_way:
                task.cancel()
            await asyncio.gather(*on_their_way, return_exceptions=True)

    async def _try(self, dispatched: Sequence[Dispatched]) -> "_Sent":
        """Send one message."""
        clock = self._context.clock
        message_id = _message_id(dispatched)
        began = clock.monotonic()
        outcome, message = await send(self.route.target, lambda: self._compose(dispatched, message_id))
        ended = clock.monotonic()
        self._sent_at.append(ended)
        return _Sent(dispatched, message_id, message, outcome, took=timedelta(seconds=ended - began), ended=ended)

    async def _settle(self, every: Sequence["_Sent"]) -> None:
        """Settle every delivery that these messages carry, together with what is said of the sends."""
        clock, ledger = self._context.clock, self._context.ledger
        settled = [pair for sent in every for pair in self._settlements(sent)]
        streak, said = self._streak, list[TextDelivery]()
        for sent in every:
            streak, news = self._follow(streak, sent)
            said.extend(news)
        sent_messages = [sent.sent_messages for sent in every if sent.sent_messages]
        await self._patiently(
            lambda: ledger.run(
                settlement.settle,
                [ended for _, ended in settled],
                clock.now(),
                said=said,
                sent_messages=sent_messages,
            )
        )
        self._streak = streak
        for one, ended in settled:
            self._log(one, ended)

    def _compose(self, dispatched: Sequence[Dispatched], message_id: str) -> Message:
        notices = [replace(one.notice, clock_doubt=self._context.doubt.reason) for one in dispatched]
        return self._render(notices, message_id)

    def _render(self, notices: Sequence[Notice], message_id: str) -> Message:
        context, now = self._context, self._context.clock.now()
        facts_of_each = [
            facts(
                notice,
                reader=self.route.reader,
                truce_zone=context.zone_for(notice.truce.zone) if notice.truce else None,
                now=now,
                late_after=context.policy.late_after,
                others=context.others(notice),
            )
            for notice in notices
        ]
        return context.renderer.render(facts_of_each, message_id=message_id, html=self.route.html)

    def _settlements(self, sent: "_Sent") -> list[tuple[Dispatched, Settlement]]:
        """Settle each delivery of a message; those that are tried again come due together, and so are one message.

        The wait is that of the one that was tried least: what is new waits no longer because of what it went with.
        """
        context, outcome = self._context, sent.outcome
        if outcome.verdict not in (Verdict.FAILED, Verdict.UNSURE):
            return [(one, self._settlement(one, sent, None)) for one in sent.dispatched]
        again_at = partial(
            retry_at,
            now=context.clock.now(),
            attempts=min(one.attempts for one in sent.dispatched),
            policy=context.policy,
            jitter=context.random.random(),
            asked=outcome.retry_after,
        )
        return [(one, self._settlement(one, sent, again_at(due_at=one.delivery.due_at))) for one in sent.dispatched]

    def _settlement(self, one: Dispatched, sent: "_Sent", again_at: datetime | None) -> Settlement:
        outcome = sent.outcome
        if outcome.verdict is Verdict.ACCEPTED:
            state = DeliveryState.DELIVERED
        else:
            state = DeliveryState.FAILED if again_at is None else DeliveryState.PLANNED
        return Settlement(
            id=one.id,
            outcome=outcome.verdict,
            detail=outcome.detail,
            took=sent.took,
            message_id=sent.message_id,
            next_state=state,
            not_before=again_at,
            possible_repeat=one.notice.possible_repeat or outcome.verdict is Verdict.UNSURE,
            reason=None if state is DeliveryState.DELIVERED else outcome.detail,
            copies=self._copies(one, outcome, state),
        )

    def _copies(self, one: Dispatched, outcome: Outcome, state: DeliveryState) -> tuple[Copy, ...]:
        """The copies of an alert that is given up, for each target of the fallback; a copy that fails goes no further.

        It is asked for at every failure from the third on too, as a crash may have cut the third one short: the ledger
        puts it on the agenda once.
        """
        fallback = self.route.fallback
        fails = state is DeliveryState.PLANNED and one.attempts >= FALLBACK_AFTER
        if fallback is None or one.is_copy or not (fails or state is DeliveryState.FAILED):
            return ()
        lines = [f"In the place of channel {self.route.channel}, which fails: {outcome.detail}"]
        lines += [one.notice.text] if one.notice.text is not None else []
        return tuple(
            Copy(
                said=TextDelivery(delivery=copy, text="\n".join(lines)),
                instead=TextDelivery(delivery=self._line(copy, one), text=self._untold(copy, outcome)),
            )
            for target in fallback.targets
            for copy in (replace(one.delivery, channel=fallback.channel, target=target),)
        )

    def _line(self, copy: Delivery, one: Dispatched) -> Delivery:
        """It is due when the alert was, so that its key is the same however often it is asked for."""
        return replace(
            copy,
            truce=None,
            kind=Kind.OPS,
            stage=None,
            ends_at=None,
            revision=None,
            about=f"alert {one.delivery.short_id} to {self.route.target.name}",
        )

    def _untold(self, copy: Delivery, outcome: Outcome) -> str:
        """It quotes no end, which may have moved by the time it is read."""
        what = " ".join(str(part) for part in (copy.truce, copy.kind, copy.stage) if part is not None)
        return (
            f"Channel {self.route.channel} fails: {outcome.detail}. It has not been told of alert {copy.short_id} "
            f"({what}), which comes here anyway."
        )

    def _follow(self, streak: _Streak, sent: _Sent) -> tuple[_Streak, tuple[TextDelivery, ...]]:
        """The notices to ops when a streak of failures begins, and when it is over, through another channel.

        Not at every turn: what is told goes out through channels that may come and go as well, and tell of each other.
        """
        outcome = sent.outcome
        fails = outcome.verdict is not Verdict.ACCEPTED
        flaps = streak.told_at is not None and sent.ended - streak.told_at < FLAPPING.total_seconds()
        if fails is streak.told or (fails and flaps):
            return streak, ()
        target = self.route.target.name
        failure = f"Channel {target} fails: {outcome.detail}. What is due there is tried again."
        due_at = _moment_of_a_word(streak.said_at, self._context.clock.now())
        news = self._context.ops.said(
            self._about(fails=fails),
            failure if fails else f"Channel {target} delivers again.",
            due_at,
            besides=self.route.channel,
        )
        return _Streak(told=fails, said_at=due_at, told_at=sent.ended if fails else streak.told_at), news

    def _about(self, *, fails: bool) -> str:
        return f"channel {self.route.target.name} {'fails' if fails else 'delivers'}"

    def _log(self, one: Dispatched, settlement: Settlement) -> None:
        """The one line of a try."""
        delivery = one.delivery
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
            attempt=one.attempts,
            possible_repeat=settlement.possible_repeat,
            message_id=settlement.message_id,
            took_ms=round(settlement.took.total_seconds() * 1000),
        )


def _moment_of_a_word(last: datetime | None, now: datetime) -> datetime:
    """Now, or a second after the last word: its key holds the second, so a second word within it would be dropped."""
    next_second = now if last is None else last + timedelta(seconds=1)
    return next_second if now < next_second < now + timedelta(minutes=1) else now


def _message_id(dispatched: Sequence[Dispatched]) -> str:
    """The same for the same try of the same deliveries, and never for any other."""
    tried = "\n".join(f"{one.delivery.key} {one.attempts}" for one in dispatched)
    return sha256(tried.encode()).hexdigest()[:12]
