"""`alertd.toml` as pydantic sees it: types alone, and every field may be absent.

What belongs together, and what stands elsewhere, is for `resolve`.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import time, timedelta
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator

from alertd.channels.kinds import kinds
from alertd.domain.alert import TRUCELESS, Kind
from alertd.domain.policy import Policy, RateLimit
from alertd.errors import Code, TimeRefused
from alertd.settings.model import LOOPBACK
from alertd.times.duration import parse_lead
from alertd.toml.validation import STRICT, Lead, Leads, Texts, as_tuple, once_each, refusal

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")

KINDS_OF_ALERT = tuple(kind for kind in Kind if kind not in TRUCELESS)


def _time_of_day(value: object) -> time:
    if isinstance(value, time) and value.tzinfo is None:
        return value
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise refusal(Code.BAD_TIME, 'takes times of day such as "07:00"')


def _rate_limit(value: object) -> RateLimit:
    match = re.fullmatch(r"([1-9][0-9]{0,3})/(\S+)", value) if isinstance(value, str) else None
    within = None
    if match is not None:
        with suppress(TimeRefused):
            within = parse_lead(match[2])
    if match is None or within is None:
        raise refusal(Code.BAD_DURATION, 'takes messages in a time, such as "20/1m" or "1/2s"')
    return RateLimit(int(match[1]), within)


def _one_of(allowed: tuple[str, ...], code: Code) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        raise refusal(code, f"takes one of {', '.join(allowed)}")

    return check


def _kind(value: object) -> str:
    known = sorted(kinds().names)
    if isinstance(value, str) and value in known:
        return value
    raise refusal(Code.CHANNEL, f"takes one of {', '.join(known)}; what another package brings, once it is installed")


def _channel_name(name: str) -> str:
    if not name or name != name.strip() or not name.isprintable() or not _FORBIDDEN_IN_NAMES.isdisjoint(name):
        raise refusal(Code.CHANNEL, "is a name people can read: not empty, and without # and |")
    return name


_FORBIDDEN_IN_NAMES = frozenset("#|")
"""Targets are named `desk#2`, and keys of deliveries are joined with bars."""


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


_LAST_PORT = 65535

_CONNECTIONS = range(8, 10_001)

_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")

_LISTEN = re.compile(rf"(?:(?P<host>{_HOST.pattern}):)?(?P<port>[0-9]{{1,5}})")

_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")


def _alert_kind(value: object) -> Kind:
    return Kind(_one_of(KINDS_OF_ALERT, Code.CHANNEL)(value))


AlertKind = Annotated[Kind, BeforeValidator(_alert_kind)]


class PolicyTable(BaseModel):
    """`[policy]`."""

    model_config = STRICT

    lead_times: Leads = Policy().lead_times
    after: Leads = Policy().after
    late_after: Lead = Policy().late_after
    catch_up: Lead = Policy().catch_up
    review_every: Lead = Policy().review_every
    clock_patience: Lead = Policy().clock_patience


class LedgerTable(BaseModel):
    """`[ledger]`."""

    model_config = STRICT

    keep: Lead = timedelta(days=365)


class LogTable(BaseModel):
    """`[log]`."""

    model_config = STRICT

    level: Annotated[str, BeforeValidator(_one_of(LOG_LEVELS, Code.SYNTAX))] = "info"


class ChannelTable(BaseModel):
    """`[[channel]]`."""

    model_config = STRICT

    name: Annotated[str, AfterValidator(_channel_name)] | None = None
    kind: Annotated[str, BeforeValidator(_kind)] | None = None
    url: object = None
    secret: object = None
    zone: str = "UTC"
    tags: Texts = ()
    alerts: Annotated[tuple[AlertKind, ...], BeforeValidator(as_tuple)] = ()
    digest: bool | None = None
    fallback: str | None = None
    rate_limit: Annotated[RateLimit, BeforeValidator(_rate_limit)] | None = None


class HeartbeatTable(BaseModel):
    """`heartbeat` in `[ops]`."""

    model_config = STRICT

    url: object = None
    every: Lead = timedelta(seconds=60)


class OpsTable(BaseModel):
    """`[ops]`."""

    model_config = STRICT

    channel: str | None = None
    heartbeat: HeartbeatTable | None = None
    shift_digest: Annotated[
        tuple[Annotated[time, BeforeValidator(_time_of_day)], ...],
        BeforeValidator(as_tuple),
        AfterValidator(once_each),
    ] = ()


class BoardTable(BaseModel):
    """`[board]`."""

    model_config = STRICT

    listen: Annotated[str, BeforeValidator(_listen)] | None = None
    token: object = None
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(as_tuple)] = ()
    connections: Annotated[int, BeforeValidator(_connections)] = 256


class SecretTable(BaseModel):
    """Where a URL or a secret is kept."""

    model_config = STRICT

    credential: str | None = None
    env: str | None = None
    file: str | None = None


class SettingsTable(BaseModel):
    """`alertd.toml`."""

    model_config = STRICT

    state_dir: str | None = None
    policy: PolicyTable = PolicyTable()
    ledger: LedgerTable = LedgerTable()
    log: LogTable = LogTable()
    channel: list[ChannelTable] = []
    ops: OpsTable | None = None
    board: BoardTable = BoardTable()
