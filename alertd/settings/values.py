"""The values that settings take, each checked by itself; what is wrong with one is told without quoting it."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from alertd.channels.kinds import kinds
from alertd.domain.alert import STAGED, TRUCELESS, Kind, Stage
from alertd.domain.escalation import AlertPattern
from alertd.domain.policy import RateLimit
from alertd.domain.quiet import WallHours
from alertd.errors import Code, TimeRefused
from alertd.times.duration import parse_lead
from alertd.toml.validation import as_tuple, once_each, refusal

LOOPBACK = "127.0.0.1"

_LAST_PORT = 65535
_CONNECTIONS = range(8, 10_001)
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
_LISTEN = re.compile(rf"(?:(?P<host>{_HOST.pattern}):)?(?P<port>[0-9]{{1,5}})")
_URL = re.compile(rf"https?://(?:{_HOST.pattern})(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~-]+)*/?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_QUIET = re.compile(r"([01][0-9]|2[0-3]):?([0-5][0-9])\s*-\s*(?:([01][0-9]|2[0-3]):?([0-5][0-9])|24:?00)")
_FORBIDDEN_IN_NAMES = frozenset("#|")
"""Targets are named `desk#2`, and keys of deliveries are joined with bars."""


def _time_of_day(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise refusal(Code.BAD_TIME, 'takes times of day such as "07:00"')


def _quiet_span(value: object) -> WallHours:
    match = _QUIET.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refusal(Code.BAD_TIME, 'takes two times of day such as "2200-0600"')
    begins, ends = time(int(match[1]), int(match[2])), time(int(match[3] or 0), int(match[4] or 0))
    if begins == ends:
        message = 'begins and ends at the same time: write two times such as "2200-0600", or leave `quiet` out'
        raise refusal(Code.ORDER, message)
    return WallHours(begins, ends)


def _passing(value: object) -> Kind | Stage:
    """A kind of alert, or a stage as alerts show it."""
    if isinstance(value, str) and value in _alert_kinds():
        return Kind(value)
    if value == "0":
        return Stage(timedelta())
    if isinstance(value, str):
        with suppress(TimeRefused):
            size = parse_lead(value.removeprefix("+"))
            return Stage(size) if value.startswith("+") else Stage.before(size)
    message = f'takes stages such as "1h", "0" or "+15m", and kinds of alert: {", ".join(_alert_kinds())}'
    raise refusal(Code.CHANNEL, message)


def _rate_limit(value: object) -> RateLimit:
    match = re.fullmatch(r"([1-9][0-9]{0,3})/(\S+)", value) if isinstance(value, str) else None
    if match is not None:
        with suppress(TimeRefused):
            return RateLimit(int(match[1]), parse_lead(match[2]))
    raise refusal(Code.BAD_DURATION, 'takes messages in a time, such as "20/1m" or "1/2s"')


def _one_of(
    allowed: Callable[[], Sequence[str]], code: Code, hint: str = "", meaning: Callable[[str], str] = str
) -> BeforeValidator:
    """Names to choose from, looked up when a value is checked, as packages bring kinds of channels."""

    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed():
            return meaning(value)
        raise refusal(code, f"takes one of {', '.join(allowed())}{hint}")

    return BeforeValidator(check)


def _channel_name(name: str) -> str:
    if not name or name != name.strip() or not name.isprintable() or not _FORBIDDEN_IN_NAMES.isdisjoint(name):
        raise refusal(Code.CHANNEL, "is a name people can read: not empty, and without # and |")
    return name


def _listen(value: object) -> str:
    """An address as `host:port`; a bare port is one of this machine alone."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    matched = _LISTEN.fullmatch(text) if isinstance(text, str) else None
    if matched is None or int(matched["port"]) > _LAST_PORT:
        raise refusal(Code.SYNTAX, 'takes an address such as "127.0.0.1:8642", or a port alone')
    return f"{matched['host'] or LOOPBACK}:{matched['port']}"


def _prefix(prefix: str) -> str:
    if prefix and _PREFIX.fullmatch(prefix) is None:
        raise refusal(Code.SYNTAX, 'takes a path that begins with a slash and does not end with one, such as "/alertd"')
    return prefix


def _board_url(url: str) -> str:
    if _URL.fullmatch(url) is None:
        raise refusal(Code.SYNTAX, 'takes the address of the board, such as "https://board.example.org"')
    return url.rstrip("/")


def _host_name(name: str) -> str:
    if _HOST.fullmatch(name) is None:
        raise refusal(Code.SYNTAX, 'takes names without scheme and port, such as "board.example.org"')
    return name.lower()


def _connections(value: object) -> int:
    if isinstance(value, str) and value.isdecimal():  # from the environment
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value not in _CONNECTIONS:
        raise refusal(Code.SYNTAX, f"takes a number from {_CONNECTIONS[0]} to {_CONNECTIONS[-1]}, such as 256")
    return value


def _alert_pattern(value: object) -> AlertPattern:
    """A kind, or a kind and a stage: `lapsed`, `reminder:1h`, `lapsed:+15m`, `start:0`."""
    text = value if isinstance(value, str) else ""
    name, colon, stage = text.partition(":")
    kinds_of_truces = [kind for kind in Kind if kind not in TRUCELESS and kind is not Kind.ESCALATED]
    kind = next((kind for kind in kinds_of_truces if kind == name), None)
    if kind is None:
        known = ", ".join(kinds_of_truces)
        raise refusal(Code.CHANNEL, f'takes "reminder:1h" or "lapsed", with one of the kinds {known}')
    if not colon:
        return AlertPattern(kind)
    if kind not in STAGED:
        raise refusal(Code.CHANNEL, f'names a stage, and {kind} has none: write "{kind}" alone')
    try:
        return AlertPattern(kind, _stage(stage))
    except TimeRefused as refused:
        raise refusal(refused.code, f'takes a stage such as "{kind}:1h", "{kind}:0" or "{kind}:+15m"') from refused


def _stage(text: str) -> Stage:
    if text == "0":
        return Stage(timedelta())
    return Stage(parse_lead(text[1:])) if text.startswith("+") else Stage.before(parse_lead(text))


def _within(least: int, most: int) -> AfterValidator:
    def check(value: int) -> int:
        if not least <= value <= most:
            raise refusal(Code.SYNTAX, f"takes a number from {least} to {most}")
        return value

    return AfterValidator(check)


def _alert_kinds() -> Sequence[str]:
    return [kind for kind in Kind if kind not in TRUCELESS]


LogLevel = Annotated[str, _one_of(lambda: ("debug", "info", "warning", "error", "critical"), Code.SYNTAX)]

MessageForm = Annotated[str, _one_of(lambda: ("full", "sms"), Code.SYNTAX)]

ChannelName = Annotated[str, AfterValidator(_channel_name)]

ChannelKind = Annotated[
    str,
    _one_of(lambda: sorted(kinds().names), Code.CHANNEL, "; what another package brings, once it is installed"),
]

AlertKinds = Annotated[
    tuple[Annotated[Kind, _one_of(_alert_kinds, Code.CHANNEL, meaning=Kind)], ...], BeforeValidator(as_tuple)
]

QuietSpan = Annotated[WallHours, BeforeValidator(_quiet_span)]

Passing = Annotated[
    tuple[Annotated[Kind | Stage, BeforeValidator(_passing)], ...], BeforeValidator(as_tuple), AfterValidator(once_each)
]

AlertPatterns = Annotated[
    tuple[Annotated[AlertPattern, BeforeValidator(_alert_pattern)], ...],
    BeforeValidator(as_tuple),
    AfterValidator(once_each),
]

PeopleCount = Annotated[int, _within(1, 10)]

RepeatCount = Annotated[int, _within(0, 10)]

RateLimited = Annotated[RateLimit, BeforeValidator(_rate_limit)]

TimesOfDay = Annotated[
    tuple[Annotated[time, BeforeValidator(_time_of_day)], ...], BeforeValidator(as_tuple), AfterValidator(once_each)
]

Address = Annotated[str, BeforeValidator(_listen)]

BoardUrl = Annotated[str, AfterValidator(_board_url)]

Prefix = Annotated[str, AfterValidator(_prefix)]

HostNames = Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(as_tuple)]

ConnectionLimit = Annotated[int, BeforeValidator(_connections)]
