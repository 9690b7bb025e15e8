"""The lines of the log: one form for alertd's own and those of its libraries, JSON or readable ones on a terminal.

Secrets are taken out of the finished line, as the last step: no key, value, traceback or foreign line can go around it.
"""

import json
import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from functools import partialmethod
from io import StringIO
from typing import Any, TextIO

from alertd.errors import ConfigError
from alertd.logs import escape_controls, redact, with_priority
from alertd.logs.lean import (
    EventDict,
    ExceptionDictTransformer,
    ExcInfo,
    FilteringBoundLogger,
    Processor,
    ProcessorFormatter,
    WrappedLogger,
    structlog,
)

LEVELS = ("debug", "info", "warning", "error", "critical")
_JSON = json.JSONEncoder(default=repr)
"""Kept, as `json.dumps` would make one for each line."""
_NUMBERS = {level: logging.getLevelNamesMapping()[level.upper()] for level in LEVELS}


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


def configure(level: str, *, stream: TextIO, tty: bool, journal: bool = False) -> None:
    """Send every line of this process to a stream: JSON, or for people where the stream is a terminal.

    With `journal` each line begins with its priority.

    The level is that of alertd's own lines; libraries speak from warnings on, as below that they tell of addresses and
    contents. A second call replaces the first. Raises `ConfigError` for a level that is none of LEVELS.
    """
    if level.lower() not in LEVELS:
        raise ConfigError(f"log level must be one of {', '.join(LEVELS)}")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = [_write_moments, *(_for_people() if tty else _for_machines()), _redact_line]
    handler = _LogHandler(stream, rendering, journal=journal)
    handler.setFormatter(
        ProcessorFormatter(foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, *rendering])
    )
    structlog.configure(
        processors=[_drop_below_level, *shared, _hand_over],
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        logger_factory=_OwnLogger,
        cache_logger_on_first_use=True,
    )
    _install(handler, _NUMBERS[level.lower()])


@contextmanager
def at_once() -> Iterator[None]:
    """Write all lines that are logged meanwhile with one write; other threads wait, so it must be short."""
    with ExitStack() as held:
        for handler in _handlers():
            held.enter_context(handler.at_once())
        yield


def _for_machines() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        _write_json,
    ]


def _write_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _JSON.encode(event)


def _for_people() -> list[Processor]:
    return [_escape_values, structlog.dev.ConsoleRenderer(colors=True, exception_formatter=_write_traceback)]


def _write_moments(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Moments as every machine reads them."""
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in event.items()}


def _redact_line(_logger: WrappedLogger, _method: str, line: EventDict | str) -> str:
    return redact(str(line))


def _escape_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Spell out control characters; JSON does so by itself."""
    return {
        key: value if key == "exc_info" else escape_controls(value if isinstance(value, str) else repr(value))
        for key, value in event.items()
    }


def _write_traceback(out: TextIO, exc_info: ExcInfo) -> None:
    """Write a traceback that is set in, so that no line of an exception's text looks like a line of the log."""
    lines = "".join(traceback.format_exception(*exc_info)).splitlines()
    out.write("\n".join(f"    {escape_controls(line)}" for line in lines))


def _drop_below_level(logger: "_OwnLogger", method: str, event: EventDict) -> EventDict:
    if _NUMBERS[method] < logger.speaks_from():
        raise structlog.DropEvent
    return event


def _hand_over(_logger: WrappedLogger, _method: str, event: EventDict) -> tuple[tuple[EventDict], dict[str, object]]:
    """Give the event to the logger as it is: what goes wrong with its line is for the handler."""
    return (event,), {}


class _OwnRecord(logging.LogRecord):
    """An event of alertd itself, with as much of a record as its line needs: the rest costs more than the line."""

    def __init__(self, name: str, level: int, event: EventDict) -> None:  # no super: it asks for thread and process
        self.name = name
        self.levelno = level
        self.levelname = logging.getLevelName(level)
        self.msg: Any = event


class _OwnLogger:
    """The logger of one module of alertd: it goes straight to the handler, as most lines are of alertd itself.

    It is kept for the whole process, and so asks for level and handler each time: a reload brings others.
    """

    def __init__(self, name: str = "alertd") -> None:
        self.name = name
        self.speaks_from = logging.getLogger(name).getEffectiveLevel

    def _tell(self, level: int, event: EventDict) -> None:
        for handler in _handlers():
            handler.handle(_OwnRecord(self.name, level, event))

    debug = partialmethod(_tell, logging.DEBUG)
    info = partialmethod(_tell, logging.INFO)
    warning = partialmethod(_tell, logging.WARNING)
    error = partialmethod(_tell, logging.ERROR)
    critical = partialmethod(_tell, logging.CRITICAL)


class _LogHandler(logging.StreamHandler[TextIO]):
    """A handler that never spills a line which it cannot write."""

    def __init__(self, stream: TextIO, rendering: Sequence[Processor], *, journal: bool) -> None:
        super().__init__(stream)
        self._rendering = rendering
        self._journal = journal

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Write what comes meanwhile with one write."""
        self.acquire()
        stream, self.stream = self.stream, StringIO()
        try:
            yield
        finally:
            text, self.stream = self.stream.getvalue(), stream
            with suppress(OSError, ValueError):  # the stream is gone: nowhere is left to say so
                self.stream.write(text)
                self.flush()
            self.release()

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, or lines."""
        text = self._rendered(record) if isinstance(record, _OwnRecord) else super().format(record)
        return with_priority(text, record.levelno) if self._journal else text

    def _rendered(self, record: _OwnRecord) -> str:
        event = record.msg
        for step in self._rendering:
            event = step(None, record.levelname, event)
        return str(event)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is the library's
        """Say that a line was lost and whose it was: the default prints its arguments, secrets included."""
        with suppress(OSError, ValueError):  # the stream itself is gone: nowhere is left to say so
            line = json.dumps({"event": "log.line_lost", "level": "error", "logger": record.name})
            self.stream.write((with_priority(line) if self._journal else line) + "\n")
            self.flush()


def _install(handler: _LogHandler, level: int) -> None:
    root = logging.getLogger()
    for earlier in _handlers():
        root.removeHandler(earlier)
    root.addHandler(handler)
    libraries = max(level, logging.WARNING)
    root.setLevel(libraries)
    for name in ("apprise", "apscheduler"):
        logging.getLogger(name).setLevel(libraries)
    logging.getLogger("alertd").setLevel(level)


def _handlers() -> list[_LogHandler]:
    """The handler that was configured, if any was."""
    return [handler for handler in logging.getLogger().handlers if isinstance(handler, _LogHandler)]
