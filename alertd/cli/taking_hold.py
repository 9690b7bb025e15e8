"""The way of a process to its ledger: it takes hold of the ledger, or stands by for as long as another node has it.

What may pass is waited for however long it lasts, with the alarm raised as in a running daemon. A node that stands by
reads its own truce files and settings, shows the board and answers the service manager, so that people find out what
is wrong there before it has to take over.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from alertd.cli.assembly import App, build
from alertd.cli.board_process import BoardProcess
from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.opening import open_or_close
from alertd.cli.requests import Requests
from alertd.daemon.alarm import Alarm
from alertd.daemon.instance import Instance
from alertd.daemon.systemd import Manager
from alertd.domain.policy import LEDGER_PAUSE, QUIET_BEFORE_LOSS
from alertd.errors import LedgerDamaged, LedgerError, Level
from alertd.ledger import Ledger, Origin, restoration, set_aside
from alertd.logs.lines import get_logger
from alertd.message.wording import plural
from alertd.register import RegisterCache
from alertd.times.clock import Clock
from alertd.times.formats import show_utc

log = get_logger(__name__)

UNSEEN = timedelta(minutes=1)
"""The time before a take-over for which a node may have had the ledger and ticked no more: that is made up for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The ledger in the hands of this process."""

    ledger: Ledger
    last_tick: datetime | None
    """That of the daemon before, of whichever node."""
    news: tuple[str, ...]
    """The words for ops about how it came about."""


class TakingHold:
    """Takes hold of the state folder, and then of the ledger."""

    def __init__(
        self, context: Context, clock: Clock, manager: Manager, requests: Requests, instance: Instance | None
    ) -> None:
        self._context = context
        self._clock = clock
        self._manager = manager
        self._requests = requests
        self.instance = instance
        """The state folder, once it is in hand."""
        self._ledger: Ledger | None = None
        self._news: list[str] = []
        self._alarm: Alarm | None = None
        self._standby: _Standby | None = None

    async def hold(self, last_tick: datetime | None) -> Hold | None:
        """The ledger; None where the process is to end, or to read its settings again, before it has that.

        `last_tick` is that of this process. Raises `LedgerError` where it cannot be had by waiting.
        """
        async with AsyncExitStack() as meanwhile:
            meanwhile.callback(self._let_go)
            while not self._requests.are_there:
                try:
                    if (held := await self._try(last_tick, meanwhile)) is not None:
                        self._ledger = None
                        return held
                except LedgerDamaged as error:
                    self._let_go()
                    aside = set_aside(self._context.settings.state_dir / LEDGER_NAME, self._clock.now())
                    log.error("ledger.set_aside", error=str(error), moved_to=str(aside))  # noqa: TRY400  advice, no traceback
                    self._news.append(_told_of(aside))
                    continue
                except LedgerError as error:
                    self._let_go()
                    if not error.passing:
                        raise
                    await self._raise(error, meanwhile)
                await self._requests.wait(LEDGER_PAUSE)
        return None

    async def _try(self, last_tick: datetime | None, meanwhile: AsyncExitStack) -> Hold | None:
        """One try: the ledger, or None where another node has it; raises `LedgerError`."""
        settings = self._context.settings
        if self.instance is None:
            self.instance = Instance.acquire(settings.state_dir)
        if self._ledger is None:
            self._ledger = await asyncio.to_thread(Ledger.open, self._context.ledger_address)
        ledger = self._ledger
        if not await asyncio.to_thread(ledger.become_active, settings.node):
            active = await asyncio.to_thread(ledger.active_node)
            if self._standby is None:
                self._standby = await meanwhile.enter_async_context(_standby(self._context, self._clock))
            await self._standby.look(active, self.instance, self._manager)
            return None
        last_tick = last_tick or self.instance.last_tick
        if self._standby is not None:
            last_tick = self._standby.last_tick(last_tick)
            self._news.append(self._standby.told(settings.node))
        await asyncio.to_thread(_recognise, ledger, last_tick or self._clock.now())
        self._news.extend(told_of_origin(ledger.origin, last_tick or self._clock.now(), was_damaged=bool(self._news)))
        if self._alarm is not None:
            self._news.extend(self._alarm.recovery_notice())
        return Hold(ledger=ledger, last_tick=last_tick, news=tuple(self._news))

    async def _raise(self, error: LedgerError, meanwhile: AsyncExitStack) -> None:
        """Raise the alarm, where the ledger fails for long."""
        alarm = self._alarm
        if alarm is None:
            raised = await meanwhile.enter_async_context(_without_ledger(self._context, self._clock))
            alarm = self._alarm = raised[1]
        alarm.failed(error)

    def _let_go(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None


class _Standby:
    """A node that waits for its turn."""

    def __init__(self, context: Context, clock: Clock) -> None:
        self._clock = clock
        self._cache = RegisterCache(context.config, lambda: context.zones.find)
        self._problems: frozenset[str] = frozenset()
        self._active: str | None = None
        """The last node that was seen to have the ledger."""
        self._seen_at: datetime | None = None

    async def look(self, active: str | None, instance: Instance, manager: Manager) -> None:
        """Take note of who has the ledger, read what has changed, and give signs of life."""
        now = self._clock.now()
        if active is not None and active != self._active:
            log.info("standby", active=active)
        self._active, self._seen_at = active or self._active, now
        if self._cache.has_changed():
            await asyncio.to_thread(self._cache.read, now, once_more=True)
            self._log_problems()
        instance.ticked(now)
        wrong = f"; {plural(len(self._problems), 'error')} in its truce files" if self._problems else ""
        manager.ticked(f"standby, active is {self._active or 'not known'}{wrong}")

    def last_tick(self, own: datetime | None) -> datetime | None:
        """The last tick of the daemon whose place is taken, as far as known; `own` is that of this node."""
        seen = None if self._seen_at is None else self._seen_at - UNSEEN
        return max((moment for moment in (own, seen) if moment is not None), default=None)

    def told(self, node: str) -> str:
        """The words for ops about the take-over."""
        return (
            f"Node {node} is active now: node {self._active or 'unknown'} has the ledger no more. What was on its way "
            "there may come again, marked as a possible repeat. Look after that node."
        )

    def _log_problems(self) -> None:
        before, errors = self._problems, [each for each in self._cache.problems if each.level is Level.ERROR]
        self._problems = frozenset(map(str, errors))
        for problem in sorted(self._problems - before):
            log.error("register.problem", problem=problem)


@asynccontextmanager
async def _standby(context: Context, clock: Clock) -> AsyncIterator[_Standby]:
    """A stand-by, with the board beside it."""
    for problem in context.settings.problems:
        level = logging.ERROR if problem.level is Level.ERROR else logging.WARNING
        log.log(level, "settings.problem", problem=str(problem))
    async with _without_ledger(context, clock) as (app, _):
        board = BoardProcess(context, app.ops)
        try:
            yield _Standby(context, clock)
        finally:
            await board.aclose()


@asynccontextmanager
async def _without_ledger(context: Context, clock: Clock) -> AsyncIterator[tuple[App, Alarm]]:
    """A daemon over a ledger in memory, which never ticks, and its alarm: for as long as there is no real one."""
    opened = partial(open_or_close, clock=clock, closed={})
    with closing(Ledger.in_memory()) as empty:
        app = build(context, empty, clock, open_targets_of=opened, live=True, quiet=QUIET_BEFORE_LOSS)
        alarm = Alarm(app.workers, app.ops, clock)
        try:
            yield app, alarm
        finally:
            await alarm.aclose()


def _recognise(ledger: Ledger, last_tick: datetime) -> None:
    """Recognise an older copy, and mark what may repeat where it does not know all that was sent; `LedgerError`."""
    ledger.recognise()
    mark_restored(ledger, last_tick)


def mark_restored(ledger: Ledger, last_tick: datetime) -> None:
    """Mark what may repeat where the ledger does not know all that was sent until the last tick of a daemon."""
    if ledger.origin is not Origin.KNOWN:
        marked = ledger.run(restoration.mark_due, last_tick)
        log.warning("ledger.restored", origin=ledger.origin, until=last_tick, marked=marked)


def told_of_origin(origin: Origin, last_tick: datetime, *, was_damaged: bool) -> Iterator[str]:
    """The words for ops about a ledger that does not know all that was sent."""
    if origin is Origin.COPY:
        yield (
            "The ledger is an older copy: it does not know what was sent after it was made. What had come due by "
            f"{show_utc(last_tick, year=True)}, and what is new to it in the truce files, may come again, marked as a "
            "possible repeat."
        )
    elif origin is Origin.NEW and not was_damaged:
        yield (
            "The ledger that alertd had is not in its place, and a new one was begun: every truce of the register is "
            "watched, but what was sent before is not remembered, and may come again, marked as a possible repeat. "
            "If it was moved away: stop alertd, move it back, start it."
        )


def _told_of(aside: Path) -> str:
    return (
        f"The ledger was damaged. It lies at {aside} now, and a new one was begun: every truce of the register is "
        "watched, but what was sent before is not remembered, and may come again. A backup can be put back instead: "
        "stop alertd, move the copy to the ledger's place, start it."
    )
