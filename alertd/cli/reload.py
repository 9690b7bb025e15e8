"""The settings and templates of a running daemon, read again: taken in whole, or refused whole."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, replace
from pathlib import Path

from alertd.cli.context import Context
from alertd.cli.opening import closed_channels
from alertd.daemon.loop import DaemonLoop
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.systemd import Manager
from alertd.daemon.tasks import end
from alertd.errors import Code, ConfigError, LedgerError, Level, Problem
from alertd.logs.lines import get_logger
from alertd.message.render import FOLDER
from alertd.settings import FILE, Settings
from alertd.settings.last import require_file

log = get_logger(__name__)


class Reloading:
    """Takes in other settings and templates, once a reload is asked for."""

    def __init__(
        self,
        context: Context,
        ops: OpsNotices,
        manager: Manager,
        closed: Collection[str],
        ledger_trouble: Callable[[], str | None],
    ) -> None:
        """`closed` are the channels that could not be opened at the start.

        `ledger_trouble` tells why the ledger is not in its place, from which another daemon would have to open it.
        """
        self._context = context
        self._closed = closed
        self._ledger_trouble = ledger_trouble
        self._ops = ops
        self._manager = manager
        self._templates = templates(context.config)
        self._task: asyncio.Task[None] | None = None
        self._again = False
        """Another reload was asked for meanwhile."""
        self.following: Context | None = None
        """The surroundings of the daemon that is to follow; None as long as this one goes on."""

    @property
    def is_going_on(self) -> bool:
        """True until a reload that was asked for is done or refused."""
        return self.following is not None or (self._task is not None and not self._task.done())

    def begin(self, daemon_loop: DaemonLoop) -> None:
        """Read the truces at once, and see if anything else has changed; returns at once."""
        self._manager.reloading()
        daemon_loop.reread()
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read(daemon_loop))

    async def aclose(self) -> None:
        """Give up what is going on."""
        await end(self._task)

    async def _read(self, daemon_loop: DaemonLoop) -> None:
        while self._again:
            self._again = False
            try:
                fresh = await asyncio.to_thread(read_again, self._context)
            except ConfigError as error:
                await self._refuse(error)
                continue
            changes = [*differences(self._context.settings, fresh.settings)]
            changes.extend(f"channel {name} can be opened" for name in self._closed)
            if templates(self._context.config) != self._templates:
                changes.append("the templates changed")
            if changes and (trouble := self._ledger_trouble()) is not None:
                message = f"the ledger is not in its place ({trouble}): put that right first"
                await self._refuse(ConfigError(message, (Problem(FILE, 1, None, Level.ERROR, Code.LEDGER, message),)))
                continue
            if changes:
                log.info("settings.taken_in", changes=changes)
                self.following = fresh
                daemon_loop.stop()
                return
        daemon_loop.reread()  # so that a tick answers, now that all is done

    async def _refuse(self, error: ConfigError) -> None:
        """Say in the log and to ops what is wrong; all of the old settings stay."""
        log_refused(error)
        wrong = "\n".join(map(str, error.problems)) or str(error)
        text = f"The settings and templates were not taken in, and those before stay in force:\n{wrong}"
        try:
            await self._ops.tell(FILE, text)
        except LedgerError as failed:  # the alarm tells of the ledger
            log.warning("settings.refusal_untold", error=str(failed))


def log_refused(error: ConfigError) -> None:
    """Say in the log what is wrong with settings that are not taken in."""
    for problem in error.problems:
        log.error("settings.refused", problem=str(problem))


def read_again(context: Context) -> Context:
    """The surroundings of the daemon as the files have them now.

    Raises `ConfigError` with every problem where the settings, a template or a channel of theirs cannot be used, and
    where the ledger would have to lie somewhere else.
    """
    fresh = replace(context, or_last=False)
    settings = fresh.settings
    require_file(settings, context.config)
    problems = [problem for problem in settings.problems if problem.level is Level.ERROR]
    problems += [*closed_channels(fresh), *fresh.template_problems]
    if settings.state_dir.resolve() != context.settings.state_dir.resolve():
        message = "`state_dir` counts from the next start on: restart alertd, or put it back"
        problems.append(Problem(FILE, 1, None, Level.ERROR, Code.CHANNEL, message))
    if settings.ledger_url != context.settings.ledger_url:
        message = "`url` of [ledger] counts from the next start on: restart alertd, or put it back"
        problems.append(Problem(FILE, 1, None, Level.ERROR, Code.LEDGER, message))
    if problems:
        raise ConfigError(f"the settings in {context.config / FILE} cannot be used", tuple(problems))
    return fresh


def differences(old: Settings, new: Settings) -> Iterator[str]:
    """The differences between two settings, by name and without a value."""
    before, after = ({channel.name: channel for channel in settings.channels} for settings in (old, new))
    for name in sorted(before.keys() | after.keys()):
        if name not in before:
            yield f"channel {name} added"
        elif name not in after:
            yield f"channel {name} removed"
        elif before[name] != after[name]:
            yield f"channel {name} changed"
    if [*before] != [*after] and before.keys() == after.keys():
        yield "the order of the channels changed"
    for field in fields(Settings):
        if field.name in _OF_THE_WHOLE and getattr(old, field.name) != getattr(new, field.name):
            yield f"{_OF_THE_WHOLE[field.name]} changed"
    if old.stands_in is not None:
        yield f"{FILE} is used again"


_OF_THE_WHOLE = {
    "keep": "`keep` in [ledger]",
    "policy": "[policy]",
    "ops": "[ops]",
    "board": "[board]",
    "log_level": "[log]",
}
"""The tables besides the channels, by the field that holds them."""


def templates(config: Path) -> dict[str, bytes]:
    """The templates that override the built-in ones, by name, as they are written; what cannot be read is left out."""
    folder = config / FOLDER
    if not folder.is_dir():
        return {}
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
