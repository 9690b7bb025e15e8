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
    """The reminders before an end: how long before it each goes out."""
    after: Leads = Policy().after
    """How long after the expiry `lapsed` is said again, where no extension is recorded."""
    late_after: Lead = Policy().late_after
    """What goes out later than this after its moment says how late it is."""
    catch_up: Lead = Policy().catch_up
    """What is overdue by more than this goes out as a line of a summary."""
    review_every: Lead = Policy().review_every
    """How often to ask about a truce without a moment of end."""
    clock_patience: Lead = Policy().clock_patience
    """How long after a start, or a step back, a clock that may be wrong is waited for."""


class LedgerTable(BaseModel):
    """`[ledger]`."""

    model_config = STRICT

    keep: Lead = timedelta(days=365)
    """How long the delivery history is kept."""


class LogTable(BaseModel):
    """`[log]`."""

    model_config = STRICT

    level: Annotated[str, BeforeValidator(_one_of(LOG_LEVELS, Code.SYNTAX))] = "info"
    """How much is logged: debug, info, warning, error or critical."""


class ChannelTable(BaseModel):
    """`[[channel]]`."""

    model_config = STRICT

    name: Annotated[str, AfterValidator(_channel_name)] | None = None
    """What everything calls the channel. Needed."""
    kind: Annotated[str, BeforeValidator(_kind)] | None = None
    """`console`, `apprise`, `webhook`, or a kind of another package. Needed."""
    url: object = None
    """Where its messages go, as a secret or a list of secrets. A console has none."""
    secret: object = None
    """What a webhook is signed with, as a secret."""
    zone: str = "UTC"
    """The readers' zone, shown beside the truce's zone and UTC."""
    tags: Texts = ()
    """The truces that it takes: those with any of these tags. Empty: all."""
    alerts: Annotated[tuple[AlertKind, ...], BeforeValidator(as_tuple)] = ()
    """Of the kinds that can be left out, those that it takes. Empty: all."""
    digest: bool | None = None
    """Whether what comes due for it at once goes as one message. Without it: yes, but for a webhook."""
    fallback: str | None = None
    """The channel that gets an alert which this one cannot deliver."""
    rate_limit: Annotated[RateLimit, BeforeValidator(_rate_limit)] | None = None
    """At most so many messages in a time."""


class HeartbeatTable(BaseModel):
    """`heartbeat` in `[ops]`."""

    model_config = STRICT

    url: object = None
    """The address that is called as long as all is well, as a secret. Needed."""
    every: Lead = timedelta(seconds=60)
    """How often it is called."""


class OpsTable(BaseModel):
    """`[ops]`."""

    model_config = STRICT

    channel: str | None = None
    """The name of the channel that gets ops notices. Needed."""
    heartbeat: HeartbeatTable | None = None
    """`{ url = …, every = … }`: see below."""
    shift_digest: Annotated[
        tuple[Annotated[time, BeforeValidator(_time_of_day)], ...],
        BeforeValidator(as_tuple),
        AfterValidator(once_each),
    ] = ()
    """The times of day at which the digest of a shift goes out, in that channel's zone."""


class BoardTable(BaseModel):
    """`[board]`."""

    model_config = STRICT

    listen: Annotated[str, BeforeValidator(_listen)] | None = None
    """Address and port of the board; a port alone means this machine alone. Without it: no board."""
    token: object = None
    """What a reader must show, as a secret of 16 characters or more. Without it: nothing."""
    prefix: Annotated[str, AfterValidator(_prefix)] = ""
    """The path under which a reverse proxy shows the board."""
    hosts: Annotated[tuple[Annotated[str, AfterValidator(_host_name)], ...], BeforeValidator(as_tuple)] = ()
    """The names by which it may be asked for, besides its own address."""
    connections: Annotated[int, BeforeValidator(_connections)] = 256
    """How many connections may be open at once: 8 to 10,000."""


class SecretTable(BaseModel):
    """Where a URL or a secret is kept."""

    model_config = STRICT

    credential: str | None = None
    """The name of a file in `credentials/` of the config folder, or of a credential of systemd."""
    env: str | None = None
    """The name of an environment variable."""
    file: str | None = None
    """The path of a file; a relative one counts from the config folder."""


class SettingsTable(BaseModel):
    """`alertd.toml`."""

    model_config = STRICT

    state_dir: str | None = None
    """The folder of the ledger, seen from the config folder. Without it: `$STATE_DIRECTORY`, else `state`."""
    policy: PolicyTable = PolicyTable()
    ledger: LedgerTable = LedgerTable()
    log: LogTable = LogTable()
    channel: list[ChannelTable] = []
    ops: OpsTable | None = None
    board: BoardTable = BoardTable()
