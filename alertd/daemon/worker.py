"""The workers: each takes what is due for one target out of the ledger, sends it and settles it.

One worker a target, so that none waits for another. A worker holds no queue of its own: what it is to send stands in
the ledger until the moment it is dispatched, and what became of it is back there right after.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TypeVar

from alertd.channels import HAND_OVER_BY
from alertd.daemon.channel_health import Streak, last_streak, streak_notices
from alertd.daemon.route import Route, WorkerContext, about_itself, send
from alertd.daemon.settling import TriedMessage, log_settlement, settlements
from alertd.daemon.tasks import end
from alertd.domain.agenda import Verdict
from alertd.domain.notice import Notice
from alertd.domain.policy import DIGEST_ITEMS, LEDGER_PAUSE, READY_AHEAD, SETTLED_TOGETHER, WOKEN_AFTER
from alertd.errors import LedgerError, SessionLost
from alertd.ledger import Dispatched, TextDelivery, dispatch, settlement
from alertd.logs.lines import at_once, get_logger
from alertd.message.facts import facts
from alertd.message.values import Message, Reader

log = get_logger(__name__)

_Result = TypeVar("_Result")


class Worker:
    """Sends what is acquired for one target: one message at a time, or as many as its route lets go at once."""

    def __init__(self, route: Route, context: WorkerContext) -> None:
        self.route = route
        self.idle = asyncio.Event()
        self.idle.set()
        self.ledger_error: LedgerError | None = None
        """The error of the ledger that it waits out; None while it does not."""
        self._context = context
        self._woken = asyncio.Event()
        self._made_ready: datetime | None = None
        """The last moment for which messages were to be made ahead."""
        self._on_their_way: dict[asyncio.Task[TriedMessage], str | None] = {}
        """The messages that were let go, and the truce of the first alert of each."""
        self._ended: list[asyncio.Task[TriedMessage]] = []
        """The messages that are to be settled, in the order in which they ended."""
        self._streak = Streak()
        limit = route.rate_limit
        self._sent_at: deque[float] = deque(maxlen=limit.messages if limit else 0)
        """Monotonic seconds of the last messages, as many as the rate limit counts."""

    def wake(self, moment: datetime | None = None) -> None:
        """Look for something to send, now or at a moment that is about to come."""
        self._made_ready = moment or self._made_ready
        self.idle.clear()
        self._woken.set()

    async def work(self) -> None:
        """Send for ever: a mistake that nobody foresaw costs the delivery at hand, which a restart takes back."""
        try:
            while True:
                try:
                    await self._work()
                except Exception:  # with `send`, the one place where a fault costs a delivery and not the daemon
                    log.exception("worker.crashed", target=self.route.target.name)
                    await asyncio.sleep(LEDGER_PAUSE.total_seconds())
                    self._woken.set()
        finally:
            await end(*self._on_their_way)

    async def _work(self) -> None:
        self._streak = await self._patiently(lambda: last_streak(self._context.ledger, self.route.target.name))
        await self._settle_and_send(room=0)  # what ended before a mistake
        while True:
            await self._woken.wait()
            self._woken.clear()
            if self._ended and self._on_their_way:  # some of them, or all, end within the same few milliseconds
                await asyncio.wait(self._on_their_way, timeout=SETTLED_TOGETHER.total_seconds())
            await self._keep_to_rate()
            await self._settle_and_send(self.route.at_once - len(self._on_their_way))
            if not (self._on_their_way or self._woken.is_set()):
                self.idle.set()

    async def _patiently(self, ask: Callable[[], Awaitable[_Result]]) -> _Result:
        """Ask the ledger until it answers: what was sent must be settled, and nothing else may be sent."""
        level = logging.WARNING
        while True:
            try:
                answer = await ask()
            except LedgerError as error:
                self.ledger_error = error
                if isinstance(error, SessionLost):  # it never answers again, so that a stop waits for nothing
                    self.idle.set()
                log.log(level, "ledger.failed", target=self.route.target.name, error=str(error))
                level = logging.DEBUG  # the same again, every second
                await asyncio.sleep(LEDGER_PAUSE.total_seconds())
            else:
                self.ledger_error = None
                return answer

    async def broadcast(self, text: str) -> bool:
        """Send something that stands in no ledger; returns whether it was taken."""
        now = self._context.clock.now()
        notice = about_itself(self.route, text, now)
        outcome, _ = await send(self.route.target, lambda: self._render([notice], notice.delivery.short_id, now))
        return outcome.verdict is Verdict.ACCEPTED

    async def _keep_to_rate(self) -> None:
        """Wait as long as the rate limit asks; what comes due meanwhile can go into the same message."""
        limit = self.route.rate_limit
        if limit is not None and len(self._sent_at) == limit.messages:
            await self._settle_and_send(room=0)
            free_at = self._sent_at[0] + limit.within.total_seconds()
            await asyncio.sleep(max(free_at - self._context.clock.monotonic(), 0.0))

    async def _settle_and_send(self, room: int) -> None:
        """Settle the messages that have ended, and let go what comes next, as much as there is room for.

        One transaction does both, as the disk takes longer than all else. What comes next is asked for just before it
        is sent, so that nothing unwanted goes out.
        """
        if not (self._ended or room):
            return
        tried, self._ended = self._ended, []
        ended = [message.result() for message in tried]
        settled = [pair for sent in ended for pair in settlements(sent, self.route, self._context)]
        streak, notices = self._judge(ended)
        settle = partial(
            settlement.settle,
            settlements=[row for _, row in settled],
            notices=notices,
            sent_messages=[sent.sent_message for sent in ended if sent.sent_message is not None],
        )

        async def write() -> tuple[datetime, datetime, tuple[Dispatched, ...]]:
            now = self._context.clock.now()
            moment = self._moment_ahead(now) or now
            return (
                now,
                moment,
                await self._context.ledger.run_both(
                    partial(settle, now=now), partial(self._dispatch(room), now=moment)
                ),
            )

        try:
            dispatched_at, moment, dispatched = await self._patiently(write)
        except Exception:
            if room:  # what comes next may be at fault, and is not to cost what has ended
                self._ended[:0] = tried
            raise
        self._streak = streak
        with at_once():
            for alert, row in settled:
                log_settlement(alert, row)
        for message in [[alert] for alert in dispatched] if self.route.at_once > 1 else filter(None, [dispatched]):
            task = asyncio.create_task(self._try(message, dispatched_at, moment))
            self._on_their_way[task] = message[0].delivery.truce
            task.add_done_callback(self._note_end)

    def _moment_ahead(self, now: datetime) -> datetime | None:
        """The moment that is about to come, for which messages are made; None where none is."""
        moment = self._made_ready
        return moment if moment is not None and now < moment <= now + READY_AHEAD else None

    def _dispatch(self, room: int) -> "partial[tuple[Dispatched, ...]]":
        """The call of the ledger that dispatches what comes next."""
        route = self.route
        return partial(
            dispatch.dispatch,
            target=route.target.name,
            policy=self._context.policy,
            limit=min(room, 1) * DIGEST_ITEMS if route.digest else room,
            apart_from=set(self._on_their_way.values()) if route.at_once > 1 else None,
            copies=DIGEST_ITEMS if room and route.copies_together and route.at_once == 1 else None,
            in_doubt=self._context.doubt.reason is not None,
            quiet_hours=self._context.quiet_hours(),
        )

    def _judge(self, ended: Iterable[TriedMessage]) -> tuple[Streak, list[TextDelivery]]:
        """The streak after these messages, and the notices to ops about those with which one began or was over."""
        streak, notices = self._streak, list[TextDelivery]()
        for sent in ended:
            before, outcome = streak, sent.outcome
            streak = streak.after(accepted=outcome.verdict is Verdict.ACCEPTED, ended=sent.ended)
            if streak is not before:
                notices += streak_notices(self.route, streak, outcome, self._context.ops, self._context.clock.now())
        return streak, notices

    async def _try(self, dispatched: Sequence[Dispatched], dispatched_at: datetime, moment: datetime) -> TriedMessage:
        """Send one message, now or at a moment that is about to come."""
        clock = self._context.clock
        message_id, now = _message_id(dispatched), clock.now()
        left = dispatched_at + WOKEN_AFTER - now
        HAND_OVER_BY.set(asyncio.get_running_loop().time() + left.total_seconds())
        has_come, moment = partial(self._has_come, moment), max(moment, now)
        began = clock.monotonic() + (moment - now).total_seconds()
        outcome, message = await send(
            self.route.target,
            lambda: self._compose(dispatched, message_id, moment),
            when=has_come,
        )
        ended = clock.monotonic()
        self._sent_at.append(ended)
        took = timedelta(seconds=max(ended - began, 0.0))
        return TriedMessage(dispatched, message_id, message, outcome, took=took, ended=ended)

    async def _has_come(self, moment: datetime) -> bool:
        """Wait until a moment comes; false where the clock was set back, or alertd was stopped for long meanwhile."""
        while timedelta() < (left := moment - self._context.clock.now()) <= READY_AHEAD:  # noqa: ASYNC110  has no event
            await asyncio.sleep(left.total_seconds())
        return -WOKEN_AFTER < left <= timedelta()

    def _note_end(self, message: asyncio.Task[TriedMessage]) -> None:
        del self._on_their_way[message]
        self._ended.append(message)
        self._woken.set()

    async def _compose(self, dispatched: Sequence[Dispatched], message_id: str, moment: datetime) -> Message:
        return await self._render([self._as_sent(alert.notice, moment) for alert in dispatched], message_id, moment)

    def _as_sent(self, notice: Notice, moment: datetime) -> Notice:
        """A notice with the doubt about the clock, and with what lies ahead of its reader as it goes out."""
        doubt, ahead = self._context.doubt.reason, notice.ahead
        quiet = self._context.quiet_hours().get(self.route.target.name)
        if quiet is not None and ahead is not None:
            ahead = quiet.as_sent(ahead, moment)
        elif doubt is None:
            return notice
        return replace(notice, clock_doubt=doubt, ahead=ahead)

    async def _render(self, notices: Sequence[Notice], message_id: str, now: datetime) -> Message:
        context = self._context
        reader = Reader(zone_name=self.route.zone_name, zone=context.zone_for(self.route.zone_name))
        facts_of_each = [
            facts(
                notice,
                reader=reader,
                truce_zone=context.zone_for(notice.truce.zone) if notice.truce else None,
                now=now,
                late_after=context.policy.late_after,
                others=context.others(notice),
                as_sms=self.route.sms,
                links=self.route.links,
            )
            for notice in notices
        ]
        await asyncio.sleep(0)  # the facts of what goes together, then its texts: see `send`
        facts_of_each.sort(key=lambda alert: alert.is_line)  # a digest lists its lines last, and says no more of them
        return context.renderer.render(facts_of_each, message_id=message_id, html=self.route.html, sms=self.route.sms)


def _message_id(dispatched: Sequence[Dispatched]) -> str:
    """The same for the same try of the same deliveries, and never for any other."""
    tried = "\n".join(f"{alert.delivery.key} {alert.attempts}" for alert in dispatched)
    return sha256(tried.encode()).hexdigest()[:12]
