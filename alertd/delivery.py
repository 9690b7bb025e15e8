"""The workers: each takes what is due for one target out of the ledger, sends it and settles it.

One worker a target, so that none waits for another. A worker holds no queue of its own: what it is to send stands in
the ledger until the moment it is handed over, and what became of it is back there right after.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from random import Random
from typing import TypeVar

import structlog

from alertd.channels import Outcome, Target
from alertd.clock import Clock
from alertd.domain.agenda import Verdict
from alertd.domain.instant import FindZone
from alertd.domain.message import Message, Notice, Reader, facts
from alertd.domain.plan import choose
from alertd.domain.policy import DIGEST_ITEMS, FALLBACK_AFTER, LEDGER_PAUSE, Policy, Subscription, retry_at
from alertd.errors import LedgerError
from alertd.ledger import DeliveryState, Handed, LedgerThread, Said, Settlement
from alertd.ops import Ops
from alertd.render import Renderer

log = structlog.get_logger(__name__)

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A target, and how its channel wants to be told."""

    target: Target
    channel: str
    reader: Reader
    digest: bool
    """Whether what is due together goes as one message."""
    fallback: Subscription | None
    """The channel that is told instead when this one fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What every worker shares."""

    ledger: LedgerThread
    clock: Clock
    policy: Policy
    renderer: Renderer
    find_zone: FindZone
    others: Callable[[Handed], tuple[str, ...]]
    """The other channels that an alert goes to."""
    ops: Ops
    random: Random


class Workers:
    """One worker for each target, started and stopped together."""

    def __init__(self, routes: Iterable[Route], office: Office) -> None:
        self._workers = {route.target.name: _Worker(route, office) for route in routes}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to work; what is claimed already is sent."""
        self._tasks = [asyncio.create_task(worker.work()) for worker in self._workers.values()]
        self.wake(self._workers)

    def wake(self, targets: Iterable[str]) -> None:
        """Tell the workers of these targets that something was claimed for them."""
        for target in targets:
            self._workers[target].wake()

    async def idle(self) -> None:
        """Wait until nothing that was claimed is left to send."""
        for worker in self._workers.values():
            await worker.idle.wait()

    async def stop(self, *, patience: timedelta) -> None:
        """Send what is claimed for as long as patience lasts, then stop.

        What is cut short stays claimed in the ledger; the next start takes it back and marks it.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self.idle(), patience.total_seconds())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.route.target.aclose() for worker in self._workers.values()))


class _Worker:
    """Sends what is claimed for one target, one message at a time."""

    def __init__(self, route: Route, office: Office) -> None:
        self.route = route
        self.idle = asyncio.Event()
        self.idle.set()
        self._office = office
        self._woken = asyncio.Event()
        self._choose = partial(choose, policy=office.policy)
        self._failing = False

    def wake(self) -> None:
        self.idle.clear()
        self._woken.set()

    async def work(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while handed := await self._patiently(self._take):
                await self._deliver(handed)
            if not self._woken.is_set():
                self.idle.set()

    async def _patiently(self, ask: Callable[[], Awaitable[_Result]]) -> _Result:
        """Ask the ledger until it answers: what was sent must be settled, and nothing else may be sent."""
        while True:
            try:
                return await ask()
            except LedgerError as error:
                log.warning("ledger.failed", target=self.route.target.name, error=str(error))
                await asyncio.sleep(LEDGER_PAUSE.total_seconds())

    async def _take(self) -> tuple[Handed, ...]:
        """What is to go into the next message; asked just before it is sent, so that nothing unwanted goes out."""
        ledger, now = self._office.ledger, self._office.clock.now()
        limit = DIGEST_ITEMS if self.route.digest else 1
        return await ledger.run(ledger.store.hand, self.route.target.name, now, self._choose, limit)

    async def _deliver(self, handed: Sequence[Handed]) -> None:
        """Send one message and settle every delivery that it carries."""
        office = self._office
        message_id = _message_id(handed)
        began = office.clock.monotonic()
        outcome = await self._send(handed, message_id)
        took = timedelta(seconds=office.clock.monotonic() - began)
        settlements = [self._settlement(one, outcome, message_id, took) for one in handed]
        await self._patiently(lambda: office.ledger.run(office.ledger.store.settle, settlements, office.clock.now()))
        log.log(
            logging.INFO if outcome.verdict is Verdict.ACCEPTED else logging.WARNING,
            "delivery.settled",
            target=self.route.target.name,
            verdict=outcome.verdict,
            detail=outcome.detail,
            message_id=message_id,
            alerts=[one.delivery.key for one in handed],
            took_ms=round(took.total_seconds() * 1000),
        )
        await self._patiently(lambda: self._tell_streak(outcome))

    async def _send(self, handed: Sequence[Handed], message_id: str) -> Outcome:
        try:
            return await self.route.target.send(self._compose(handed, message_id))
        except Exception as error:  # the one place where a fault costs a delivery and not the daemon
            log.exception("delivery.crashed", target=self.route.target.name)
            return Outcome(Verdict.FAILED, f"internal error ({type(error).__name__}), see the log")

    def _compose(self, handed: Sequence[Handed], message_id: str) -> Message:
        office, now = self._office, self._office.clock.now()
        facts_of_each = [
            facts(
                Notice(
                    delivery=one.delivery,
                    truce=one.truce,
                    change=one.change,
                    earlier=one.earlier,
                    text=one.text,
                    possible_repeat=one.possible_repeat,
                ),
                reader=self.route.reader,
                truce_zone=office.find_zone(one.truce.zone) if one.truce else None,
                now=now,
                late_after=office.policy.late_after,
                others=office.others(one),
            )
            for one in handed
        ]
        return office.renderer.render(facts_of_each, message_id=message_id)

    def _settlement(self, one: Handed, outcome: Outcome, message_id: str, took: timedelta) -> Settlement:
        office = self._office
        again_at = None
        if outcome.verdict in (Verdict.FAILED, Verdict.UNSURE):
            again_at = retry_at(
                now=office.clock.now(),
                due_at=one.delivery.due_at,
                attempts=one.attempts,
                policy=office.policy,
                jitter=office.random.random(),
                asked=outcome.retry_after,
            )
        if outcome.verdict is Verdict.ACCEPTED:
            state = DeliveryState.DELIVERED
        else:
            state = DeliveryState.FAILED if again_at is None else DeliveryState.PLANNED
        return Settlement(
            id=one.id,
            outcome=outcome.verdict,
            detail=outcome.detail,
            took=took,
            message_id=message_id,
            next_state=state,
            not_before=again_at,
            possible_repeat=one.possible_repeat or outcome.verdict is Verdict.UNSURE,
            reason=None if state is DeliveryState.DELIVERED else outcome.detail,
            copies=self._copies(one, outcome),
        )

    def _copies(self, one: Handed, outcome: Outcome) -> tuple[Said, ...]:
        """The delivery for each target of the fallback, once; a copy that fails goes no further."""
        fallback = self.route.fallback
        given_up = outcome.verdict is Verdict.REFUSED or (
            outcome.verdict is not Verdict.ACCEPTED and one.attempts == FALLBACK_AFTER
        )
        is_copy = one.truce is not None and one.text is not None
        if fallback is None or is_copy or not given_up:
            return ()
        lines = [f"In the place of channel {self.route.channel}, which fails: {outcome.detail}"]
        lines += [one.text] if one.text is not None else []
        return tuple(
            Said(
                delivery=replace(one.delivery, channel=fallback.channel, target=target),
                text="\n".join(lines),
            )
            for target in fallback.targets
        )

    async def _tell_streak(self, outcome: Outcome) -> None:
        """Tell ops when a streak of failures begins, and when it is over: once each, through another channel."""
        failed = outcome.verdict is not Verdict.ACCEPTED
        if failed is self._failing:
            return
        channel, target = self.route.channel, self.route.target.name
        text = (
            f"Channel {target} fails: {outcome.detail}. What is due there is tried again."
            if failed
            else f"Channel {target} delivers again."
        )
        await self._office.ops.tell(f"channel {target}", text, besides=channel)
        self._failing = failed


def _message_id(handed: Sequence[Handed]) -> str:
    """The same for the same try of the same deliveries, and never for any other."""
    tried = "\n".join(f"{one.delivery.key} {one.attempts}" for one in handed)
    return sha256(tried.encode()).hexdigest()[:12]
