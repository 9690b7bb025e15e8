"""The workers: each takes what is due for one target out of the ledger, sends it and settles it.

One worker a target, so that none waits for another. A worker holds no queue of its own: what it is to send stands in
the ledger until the moment it is dispatched, and what became of it is back there right after.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import TypeVar

import structlog

from alertd.daemon.channel_health import Streak, last_streak, streak_notices
from alertd.daemon.route import Route, WorkerContext, about_itself, send
from alertd.daemon.settling import Sent, log_settlement, settlements
from alertd.domain.agenda import Verdict
from alertd.domain.notice import Notice
from alertd.domain.policy import DIGEST_ITEMS, LEDGER_PAUSE
from alertd.errors import LedgerError
from alertd.ledger import Dispatched, TextDelivery, dispatch, settlement
from alertd.message.facts import Message, facts

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


class Worker:
    """Sends what is acquired for one target: one message at a time, or as many as its route lets go at once."""

    def __init__(self, route: Route, context: WorkerContext) -> None:
        self.route = route
        self.idle = asyncio.Event()
        self.idle.set()
        self._context = context
        self._woken = asyncio.Event()
        self._streak = Streak()
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
        self._streak = await self._patiently(lambda: last_streak(self._context.ledger, self.route.target.name))
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

    async def _try(self, dispatched: Sequence[Dispatched]) -> Sent:
        """Send one message."""
        clock = self._context.clock
        message_id = _message_id(dispatched)
        began = clock.monotonic()
        outcome, message = await send(self.route.target, lambda: self._compose(dispatched, message_id))
        ended = clock.monotonic()
        self._sent_at.append(ended)
        return Sent(dispatched, message_id, message, outcome, took=timedelta(seconds=ended - began), ended=ended)

    async def _settle(self, every: Sequence[Sent]) -> None:
        """Settle every delivery that these messages carry, together with the notices to ops about the sends."""
        context = self._context
        settled = [pair for sent in every for pair in settlements(sent, self.route, context)]
        streak, notices = self._streak, list[TextDelivery]()
        for sent in every:
            before, outcome = streak, sent.outcome
            streak = streak.after(accepted=outcome.verdict is Verdict.ACCEPTED, ended=sent.ended)
            if streak is not before:
                notices += streak_notices(self.route, streak, outcome, context.ops, context.clock.now())
        await self._patiently(
            lambda: context.ledger.run(
                settlement.settle,
                [one for _, one in settled],
                context.clock.now(),
                notices=notices,
                sent_messages=[sent.sent_message for sent in every if sent.sent_message is not None],
            )
        )
        self._streak = streak
        for dispatched, one in settled:
            log_settlement(dispatched, one)

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


def _message_id(dispatched: Sequence[Dispatched]) -> str:
    """The same for the same try of the same deliveries, and never for any other."""
    tried = "\n".join(f"{one.delivery.key} {one.attempts}" for one in dispatched)
    return sha256(tried.encode()).hexdigest()[:12]
