"""The log: one form for its own lines and those of its libraries, and nothing secret or forged in any.

Lines are JSON, or readable ones on a terminal. What must never be shown is registered here by whoever learns it,
and is taken out of the finished line, as the last step: no key, value, traceback or foreign line can go around it.
A redactor can only know what it was told; so nobody should log a secret in the first place.
"""

import json
import logging
import os
import re
import traceback
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TextIO
from urllib.parse import quote, unquote

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from alertd.errors import ConfigError, Problem

LEVELS = ("debug", "info", "warning", "error", "critical")

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that end a line, move a cursor or turn the direction of reading: with them a line can be forged."""

_MASK = "***"
_SHORTEST = 4
"""Characters; to hide every occurrence of a shorter text would hide the log."""
_FREE_STANDING = 8
"""Characters; a secret shorter than this is hidden only where no letter or digit touches it."""

_BORDERS = re.compile(r"[/:,\s]+")
_CREDENTIALS = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE)
_QUERY_SECRETS = re.compile(
    r"(?P<before>[?&][^\s=&\"'<>]*(?:token|key|pass|pwd|secret|auth|sig)[^\s=&\"'<>]*=)[^\s&\"'<>\\]+", re.IGNORECASE
)


class Redactor:
    """Takes a set of secrets, and whatever a URL shows of its own, out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._compiled: tuple[frozenset[str], re.Pattern[str]] | None = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Hide these from now on as well, in each form in which a line may spell them."""
        forms = {form for secret in secrets if secret.strip() for form in _spellings(secret)}
        if not forms <= self._forms:
            self._forms |= forms

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        if self._forms:
            text = self._pattern().sub(_MASK, text)
        if "://" in text:  # the pattern tries every word
            text = _CREDENTIALS.sub(rf"\g<before>{_MASK}@", text)
        return _QUERY_SECRETS.sub(rf"\g<before>{_MASK}", text)

    def _pattern(self) -> re.Pattern[str]:
        """One pattern of all forms, made anew only where some were added: secrets come by the dozen, lines between."""
        forms, compiled = self._forms, self._compiled
        if compiled is None or compiled[0] is not forms:
            longest_first = sorted(forms, key=lambda form: (-len(form), form))
            pattern = re.compile("|".join(map(_matching, longest_first)), re.IGNORECASE)
            self._compiled = compiled = (forms, pattern)  # as a pair: another thread may be adding
        return compiled[1]


def _spellings(secret: str) -> set[str]:
    """A secret as it is, as part of a URL, and as inside the quotes of JSON or Python."""
    plain = {secret, secret.strip(), unquote(secret)}
    return {
        form
        for text in plain
        for form in (text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1], repr(text)[1:-1])
    }


def _matching(form: str) -> str:
    pattern = re.escape(form)
    return pattern if len(form) >= _FREE_STANDING else rf"(?<!\w){pattern}(?!\w)"


_registered = Redactor()


def register_secret(value: str) -> None:
    """Hide a value in every line from now on; one of fewer than four characters is left, as it is in most lines."""
    if len(value.strip()) >= _SHORTEST:
        _registered.add((value,))


def register_url(url: str) -> None:
    """Hide a URL from now on, whole and in what it says beyond its host, as far as that leaves the log readable."""
    register_secret(url)
    register_parts(secret_parts(url))
    user_info, *_ = _split(url.strip())
    register_secret(user_info.partition(":")[2])


def register_parts(parts: Iterable[str]) -> None:
    """Hide parts of a URL from now on; short ones, such as the name of a room, are words that the log needs."""
    for part in parts:
        if len(part) >= _FREE_STANDING:
            register_secret(part)


def secret_parts(url: str, *, host: bool = False, spoken: Container[str] = ()) -> frozenset[str]:
    """Whatever a URL says beyond its schema, whole and in pieces: any of it may be a secret.

    Its host is left out unless asked for, as are the values of options that are `spoken` of.
    """
    url = url.strip()
    user_info, host_and_path, query, fragment = _split(url)
    path = host_and_path.partition("/")[2]
    options = (option.partition("=") for option in query.split("&"))
    values = [value for key, _, value in options if key.lower() not in spoken]
    pieces = [piece for text in (user_info, host_and_path if host else path, *values) for piece in _BORDERS.split(text)]
    rest, password = url.partition("://")[2], user_info.partition(":")[2]
    return frozenset(filter(None, (url, rest, user_info, password, path, query, fragment, *values, *pieces)))


def _split(url: str) -> tuple[str, str, str, str]:
    """The user, what follows it before the query, the query, and the fragment, which is one of http URLs alone.

    In the URLs of chats a # begins the name of a room: a word that the log needs.
    """
    schema, _, rest = url.partition("://") if "://" in url else ("", "", url)
    address, _, fragment = rest.partition("#") if schema.lower() in ("http", "https") else (rest, "", "")
    place, _, query = address.partition("?")
    user_info, _, host_and_path = place.rpartition("@")
    return user_info, host_and_path, query, fragment


def redact(text: str) -> str:
    """The text without any registered secret, and without the credentials of URLs."""
    return _registered(text)


def redact_problems(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems without any registered secret: a file may hold one where it does not belong."""
    return (replace(problem, message=redact(problem.message)) for problem in problems)


def escape_controls(text: str) -> str:
    r"""The text with each control character spelled out, such as `\n` or `\u202e`."""
    return CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """True if a stream leads to the journal of systemd, which says so in `$JOURNAL_STREAM`."""
    try:
        traits = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return environ.get("JOURNAL_STREAM") == f"{traits.st_dev}:{traits.st_ino}"


def with_priority(text: str, level: int = logging.ERROR) -> str:
    """The text with its priority before each line, as the journal reads it."""
    priority = next((number for above, number in _PRIORITIES if level >= above), 7)
    return "\n".join(f"<{priority}>{line}" for line in text.split("\n"))


_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""From a level on, its number in the journal."""


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
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    rendering = _for_people() if tty else _for_machines()
    handler = _LogHandler(stream, journal=journal)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[ProcessorFormatter.remove_processors_meta, _write_moments, *rendering, _redact_line],
        )
    )
    _install(handler, logging.getLevelNamesMapping()[level.upper()])


def _for_machines() -> list[Processor]:
    return [
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(),
    ]


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


class _LogHandler(logging.StreamHandler[TextIO]):
    """A handler that never spills a line which it cannot write."""

    def __init__(self, stream: TextIO, *, journal: bool) -> None:
        super().__init__(stream)
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """The finished line, or lines."""
        text = super().format(record)
        return with_priority(text, record.levelno) if self._journal else text

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is the library's
        """Say that a line was lost and whose it was: the default prints its arguments, secrets included."""
        with suppress(OSError, ValueError):  # the stream itself is gone: nowhere is left to say so
            line = json.dumps({"event": "log.line_lost", "level": "error", "logger": record.name})
            self.stream.write((with_priority(line) if self._journal else line) + "\n")
            self.flush()


def _install(handler: _LogHandler, level: int) -> None:
    root = logging.getLogger()
    for earlier in [old for old in root.handlers if isinstance(old, _LogHandler)]:
        root.removeHandler(earlier)
    root.addHandler(handler)
    libraries = max(level, logging.WARNING)
    root.setLevel(libraries)
    for name in ("apprise", "apscheduler"):
        logging.getLogger(name).setLevel(libraries)
    logging.getLogger("alertd").setLevel(level)
