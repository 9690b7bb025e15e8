"""The settings of the daemon: `alertd.toml`, the environment over it, and the secrets that both point at.

Every problem is found in one pass, with its line. A message names keys, variables, credentials and files, and never
quotes what else stands there: a URL in the wrong place is still a secret. Channels are described here, not built, so
that `check` starts without their libraries.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import time, timedelta
from enum import Enum, auto
from os.path import normpath
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from alertd.beneath import CREDENTIALS, SETTINGS, read_beneath
from alertd.domain.alert import TRUCELESS, Kind
from alertd.domain.instant import FindZone, parse_lead
from alertd.domain.policy import Policy, RateLimit, Subscription
from alertd.errors import Code, ConfigError, Level, Problem, TimeRefused
from alertd.kinds import kinds
from alertd.logs import redact_problems
from alertd.positions import KeyPath, Positions
from alertd.tables import STRICT, Lead, Leads, Texts, as_tuple, once_each, refusal, sift, unknown_key, without_each
from alertd.toml import OutOfBounds, load_toml

FILE = SETTINGS
PREFIX = "ALERTD_"

CONSOLE = "console"
APPRISE = "apprise"
WEBHOOK = "webhook"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
KINDS_OF_ALERT = tuple(kind for kind in Kind if kind not in TRUCELESS)
_LOADED_AS = "alertd"
"""The name that LoadCredential= gives to that folder; systemd puts it before the name of each file."""

ELSEWHERE = frozenset({"ALERTD_CONFIG"})
"""Variables that the command line reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """A `[[channel]]`: a named way to reach people."""

    name: str
    kind: str
    urls: tuple[SecretStr, ...] = ()
    secret: SecretStr | None = None
    """What its messages are signed with."""
    zone: str = "UTC"
    """The reader's zone."""
    tags: frozenset[str] = frozenset()
    alerts: frozenset[Kind] = frozenset()
    digest: bool = True
    """Whether what one tick sends goes as one message."""
    fallback: str | None = None
    rate_limit: RateLimit | None = None

    @property
    def targets(self) -> tuple[str, ...]:
        """One name a URL, in their order: `desk`, `desk#2`, …, so that another URL at the end renames none."""
        numbers = range(2, len(self.urls) + 1)
        return (self.name, *(f"{self.name}#{number}" for number in numbers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A URL that is called as long as all is well."""

    url: SecretStr
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsSettings:
    """The `[ops]` table: how alertd speaks about itself."""

    channel: str
    heartbeat: Heartbeat | None = None
    shift_digest: tuple[time, ...] = ()
    """Times of day in the channel's zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSettings:
    """The `[board]` table: where the status board is served, and to whom."""

    host: str
    port: int
    """0 for any that is free."""
    token: SecretStr | None = None
    """What a reader must show; None where whoever reaches the board may read it."""
    prefix: str = ""
    """The path under which a reverse proxy shows the board: `/alertd`."""
    hosts: frozenset[str] = frozenset()
    """Names by which the board may be asked for, besides its own address."""
    connections: int = 256
    """Those that are open at once, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, resolved; no secret of them shows in a repr."""

    state_dir: Path
    keep: timedelta
    """How long the ledger keeps what was settled."""
    policy: Policy
    channels: tuple[ChannelSettings, ...]
    ops: OpsSettings | None
    board: BoardSettings | None
    log_level: str
    problems: tuple[Problem, ...]
    """Warnings alone: with an error there are no settings, but for those that worked last."""
    tables: Mapping[str, object] = dataclasses.field(repr=False, compare=False)
    """The tables as they were read, environment included, without the secrets that stand there in plain text."""
    secret_files: tuple[Path, ...] = ()
    """The files that secrets were read from by their paths."""
    stands_in: str | None = None
    """Why these, which worked last, stand in for those of the file; None where they are those of the file."""

    def subscriptions(self) -> tuple[Subscription, ...]:
        """What each channel takes, and its targets."""
        return tuple(
            Subscription(
                channel=channel.name,
                targets=channel.targets,
                tags=channel.tags,
                alerts=channel.alerts,
                ops=self.ops is not None and self.ops.channel == channel.name,
            )
            for channel in self.channels
        )


class Secrets(Enum):
    """What a command does with the secrets that the settings point at."""

    NEEDED = auto()
    """It sends: one that cannot be read is an error."""
    TRIED = auto()
    """It judges the settings: one that this user may not read, as only the service may, is a warning."""
    UNREAD = auto()
    """It sends nothing: every one is left where it is, and stands as empty."""


def load_settings(
    config_dir: Path, environ: Mapping[str, str], *, find_zone: FindZone, secrets: Secrets = Secrets.NEEDED
) -> Settings:
    """The settings of a config folder; a ConfigError lists every problem where one of them is an error."""
    settings, problems = check_settings(config_dir, environ, find_zone=find_zone, secrets=secrets)
    if settings is None:
        raise ConfigError(f"the settings in {config_dir / FILE} cannot be used", problems)
    return settings


def no_folder(config_dir: Path) -> ConfigError:
    """The error of a config folder that is not there."""
    return ConfigError(
        f"there is no config folder {config_dir}: name it with --config or ALERTD_CONFIG, "
        "or make one with `alertd init`"
    )


def check_settings(
    config_dir: Path, environ: Mapping[str, str], *, find_zone: FindZone, secrets: Secrets = Secrets.NEEDED
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, None where there is an error, and every problem; a ConfigError where there is no folder."""
    if not config_dir.is_dir():
        raise no_folder(config_dir)
    text, tables, unreadable = _read_file(config_dir)
    if unreadable is not None:
        return None, tuple(redact_problems((unreadable,)))
    variables = {name: value for name, value in environ.items() if name in _VARIABLES and value}
    raw = _merged(tables, _Environment(variables)())
    report = _Report(text, {_VARIABLES[name]: name for name in variables})
    settings = _resolved(raw, _Resolver(config_dir, environ, find_zone, secrets, report))
    return None if report.refused else settings, settings.problems


def resolve_tables(
    tables: Mapping[str, object],
    config_dir: Path,
    environ: Mapping[str, str],
    *,
    find_zone: FindZone,
    secrets: Secrets = Secrets.NEEDED,
) -> tuple[Settings, tuple[KeyPath, ...]]:
    """The settings that tables give by themselves, and where something in them cannot be used."""
    report = _Report("", {})
    settings = _resolved(tables, _Resolver(config_dir, environ, find_zone, secrets, report))
    return settings, tuple(report.refused)


def read_tables(config_dir: Path) -> dict[str, Any]:
    """The tables of the file as TOML has them; empty where it cannot be read."""
    return _read_file(config_dir)[1]


def _resolved(raw: Mapping[str, Any], resolver: "_Resolver") -> Settings:
    """The settings as far as they can be resolved, with every problem in the order of lines."""
    report = resolver.report
    table, faults = sift(SettingsTable, raw)
    for fault in faults:
        report.add(fault.path, fault.code, fault.message)
    settings = resolver.resolve(table)
    return replace(
        settings,
        problems=tuple(sorted(redact_problems(report.problems), key=lambda problem: problem.line)),
        tables=without_each(raw, report.plain),
        secret_files=tuple(report.files),
    )


# The tables, as pydantic sees them: types alone, and every field may be absent.


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


LOOPBACK = "127.0.0.1"

_LAST_PORT = 65535
_CONNECTIONS = range(8, 10_001)
_SHORTEST_TOKEN = 16
"""Characters; whoever reaches the board may try as many tokens as they like."""
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


class _EnvironmentTable(SettingsTable, BaseSettings):
    """The same keys as environment variables; it describes them and is never filled."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", enable_decoding=False)


class _Environment(EnvSettingsSource):
    """The variables that were handed over, instead of the process's own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items()}
        super().__init__(_EnvironmentTable)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._environ)


def _scalars(model: type[BaseModel], table: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of the single values in a model's tables, which alone can come from the environment."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if get_origin(annotation) not in (tuple, list):
            alternatives = [one for one in get_args(annotation) or (annotation,) if one is not NoneType]
            kind = alternatives[0]
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _scalars(kind, (*table, name))
            elif kind is not object:
                yield (*table, name)


_VARIABLES = {PREFIX + "__".join(map(str, path)).upper(): path for path in _scalars(SettingsTable)}
"""Every variable that is a setting, and the key that it stands for."""


# Reading and merging.


def _read_file(config_dir: Path) -> tuple[str, dict[str, Any], Problem | None]:
    """The text and tables of the file, both empty where there is none, or why it cannot be read."""
    try:
        text = read_beneath(config_dir, FILE).decode("utf-8-sig")
        return text, load_toml(text), None
    except FileNotFoundError:
        return "", {}, None
    except OSError as error:
        return "", {}, _syntax(1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return "", {}, _syntax(1, "not UTF-8 text: save it as UTF-8")
    except ValueError as error:
        # tomllib's own text may quote a character of a value.
        place = re.search(r"\(at line ([0-9]+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        twice = "overwrite" in str(error) or "twice" in str(error)
        why = "this key or table stands twice" if twice else "check quotes and brackets, here and on the line before"
        if isinstance(error, OutOfBounds):
            why = str(error).partition(" (at")[0]
        return "", {}, _syntax(line, f"TOML cannot read this line: {why}")


def _syntax(line: int, message: str) -> Problem:
    return Problem(FILE, line, None, Level.ERROR, Code.SYNTAX, message)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables as one, nested tables too; where both have a key the second wins."""
    merged = dict(below)
    for key, value in above.items():
        nested = merged.get(key)
        merged[key] = _merged(nested, value) if isinstance(nested, dict) and isinstance(value, dict) else value
    return merged


class _Report:
    """The problems of the settings, each at its line or under the name of its variable."""

    def __init__(self, text: str, variables: Mapping[KeyPath, str]) -> None:
        self.problems: list[Problem] = []
        self.refused: list[KeyPath] = []
        """Where the errors among them are."""
        self.plain: list[KeyPath] = []
        """Where a secret stands in plain text."""
        self.files: list[Path] = []
        """Where secrets were read from by path."""
        self._text = text
        self._told: set[KeyPath] = set()
        self._variables = variables
        self._positions: Positions | None = None

    def add(self, path: KeyPath, code: Code, message: str, level: Level = Level.ERROR) -> None:
        """Note a problem at a key."""
        self._told.add(path)
        if level is Level.ERROR:
            self.refused.append(path)
        variable = self._variables.get(path)
        line = 1 if variable else self.line(path)
        told = f"{variable}: {message}" if variable else message
        self.problems.append(Problem(FILE, line, None, level, code, told))

    def told(self, path: KeyPath) -> bool:
        """Whether something is already said of a key."""
        return path in self._told

    def line(self, path: KeyPath) -> int:
        """Where a key stands in the file."""
        if self._positions is None:
            self._positions = Positions(self._text)
        return self._positions.line(path)


# Resolving: what belongs together, and what stands elsewhere.

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_FILE_NAME = re.compile(r"[^:@?]+")
"""What looks like the name of a variable, credential or file may be named; a URL in its place may not."""


@dataclass(frozen=True, slots=True)
class _Resolver:
    config_dir: Path
    environ: Mapping[str, str]
    find_zone: FindZone
    secrets: Secrets
    report: _Report

    def resolve(self, table: SettingsTable) -> Settings:
        """The settings as far as they can be resolved; of use where no error was reported."""
        channels = tuple(self._channel(("channel", index), channel) for index, channel in enumerate(table.channel))
        self._check_names(channels)
        self._check_fallbacks(channels)
        self._warn_of_unknown_variables(table)
        return Settings(
            state_dir=self._state_dir(table),
            keep=table.ledger.keep,
            policy=Policy(**dict(table.policy)),
            channels=channels or (ChannelSettings(name=CONSOLE, kind=CONSOLE),),
            ops=None if table.ops is None else self._ops(table.ops, channels),
            board=self._board(table.board),
            log_level=table.log.level,
            problems=(),
            tables={},
        )

    def _state_dir(self, table: SettingsTable) -> Path:
        # systemd separates several state directories with colons.
        given = table.state_dir or self.environ.get("STATE_DIRECTORY", "").split(":")[0]
        return Path(normpath(self.config_dir / (given or "state")))

    def _channel(self, path: KeyPath, table: ChannelTable) -> ChannelSettings:
        for key, value in (("name", table.name), ("kind", table.kind)):
            if value is None:
                self._missing(path, key, f"a channel needs a `{key}`")
        self._check_zone((*path, "zone"), table.zone)
        return ChannelSettings(
            name=table.name or "",
            kind=table.kind or "",
            urls=self._channel_urls(path, table),
            secret=self._channel_secret(path, table),
            zone=table.zone,
            tags=frozenset(table.tags),
            alerts=frozenset(table.alerts),
            digest=table.kind != WEBHOOK if table.digest is None else table.digest,
            fallback=table.fallback,
            rate_limit=table.rate_limit,
        )

    def _missing(self, path: KeyPath, key: str, message: str) -> None:
        if not self.report.told((*path, key)):
            self.report.add(path, Code.MISSING, message)

    def _check_zone(self, path: KeyPath, zone: str) -> None:
        try:
            self.find_zone(zone)
        except TimeRefused as refused:
            self.report.add(path, refused.code, "not a name of the zone database: write one such as `Europe/Zurich`")

    def _channel_urls(self, path: KeyPath, table: ChannelTable) -> tuple[SecretStr, ...]:
        if table.kind == CONSOLE:
            if table.url is not None:
                self.report.add((*path, "url"), Code.CHANNEL, "a console has no `url`")
            return ()
        if table.url is None:
            if table.kind in (APPRISE, WEBHOOK):  # a kind of another package knows by itself whether it needs one
                self._missing(path, "url", "a channel of this kind needs a `url`")
            return ()
        return self._urls((*path, "url"), table.url)

    def _channel_secret(self, path: KeyPath, table: ChannelTable) -> SecretStr | None:
        if table.secret is None:
            return None
        path = (*path, "secret")
        if table.kind in (CONSOLE, APPRISE):
            self.report.add(path, Code.CHANNEL, "a channel of this kind has no `secret`: what it needs stands in `url`")
            return None
        return self._kept(path, table.secret, "the secret")

    def _urls(self, path: KeyPath, value: object) -> tuple[SecretStr, ...]:
        if not isinstance(value, list):
            url = self._kept(path, value, "the URL")
            return () if url is None else (url,)
        if not value:
            self.report.add(path, Code.MISSING, "`url` is an empty list")
        urls = (self._kept((*path, index), item, "the URL") for index, item in enumerate(value))
        return tuple(url for url in urls if url is not None)

    def _kept(self, path: KeyPath, value: object, told_as: str) -> SecretStr | None:
        """A URL or a secret from where it is kept; None, and reported, where it is not there."""
        if isinstance(value, str):
            message = f"{told_as} stands here for all to see: write {{ credential }}, {{ env }} or {{ file }} instead"
            self.report.add(path, Code.SECRET, message, Level.WARNING)
            self.report.plain.append(path)
            return self._secret(path, value, told_as)
        if not isinstance(value, dict):
            message = f"{told_as} is {{ credential = … }}, {{ env = … }}, {{ file = … }} or a text"
            self.report.add(path, Code.SYNTAX, message)
            return None
        table, faults = sift(SecretTable, value)
        for fault in faults:
            self.report.add((*path, *fault.path), fault.code, fault.message)
        kept = [(place, name) for place, name in table if name is not None]
        if len(kept) != 1:
            if not faults:
                self.report.add(path, Code.CHANNEL, f"{told_as} is kept in one place: `credential`, `env` or `file`")
            return None
        place, name = kept[0]
        return self._found(path, place, name)

    def _found(self, path: KeyPath, place: str, name: str) -> SecretStr | None:
        if self.secrets is Secrets.UNREAD:
            return SecretStr("")
        shown = f" `{name}`" if (_FILE_NAME if place == "file" else _NAME).fullmatch(name) else ""
        if place == "env":
            what = f"the environment variable{shown}"
            if name not in self.environ:
                self.report.add(path, Code.MISSING, f"{what} is not set")
                return None
            return self._secret(path, self.environ[name], what)
        what = f"the {place}{shown}"
        if place == "file":
            self.report.files.append(self.config_dir / name)
        try:
            text = (self._credential(name) if place == "credential" else self.config_dir / name).read_text()
        except (OSError, ValueError) as error:
            if isinstance(error, PermissionError) and self.secrets is Secrets.TRIED:
                self.report.add(path, Code.MISSING, f"{what} is not checked: {error.strerror}", Level.WARNING)
                return SecretStr("")
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            hint = f"; it belongs into {CREDENTIALS}/ of the config folder" if place == "credential" else ""
            self.report.add(path, Code.MISSING, f"{what} cannot be read: {why}{hint}")
            return None
        return self._secret(path, text, what)

    def _credential(self, name: str) -> Path:
        """Where systemd put a credential, by its own name or as a file of the unit's folder; else in that folder."""
        given = self.environ.get("CREDENTIALS_DIRECTORY")
        if given is None:
            return self.config_dir / CREDENTIALS / name
        own = Path(given) / name
        return own if own.exists() else Path(given) / f"{_LOADED_AS}_{name}"

    def _secret(self, path: KeyPath, text: str, what: str) -> SecretStr | None:
        text = text.strip()
        if not text:
            self.report.add(path, Code.MISSING, f"{what} is empty")
            return None
        if "\n" in text:
            self.report.add(path, Code.CHANNEL, f"{what} has several lines: keep one alone in each place")
            return None
        return SecretStr(text)

    def _check_names(self, channels: tuple[ChannelSettings, ...]) -> None:
        first: dict[str, int] = {}
        for index, channel in enumerate(channels):
            same = first.setdefault(channel.name, index)
            if same != index and channel.name:
                line = self.report.line(("channel", same))
                message = f"the channel at line {line} has this name already"
                self.report.add(("channel", index, "name"), Code.CHANNEL, message)

    def _check_fallbacks(self, channels: tuple[ChannelSettings, ...]) -> None:
        fallbacks = {channel.name: channel.fallback for channel in channels}
        for index, channel in enumerate(channels):
            path = ("channel", index, "fallback")
            if channel.fallback is not None and channel.fallback not in fallbacks:
                self.report.add(path, Code.CHANNEL, "no channel has the name that `fallback` gives")
            elif channel.name in _followed(channel.name, fallbacks):
                self.report.add(path, Code.CHANNEL, "this chain of fallbacks leads back to this channel")

    def _ops(self, table: OpsTable, channels: tuple[ChannelSettings, ...]) -> OpsSettings:
        if table.channel is None:
            self._missing(("ops",), "channel", "[ops] needs a `channel`")
        elif table.channel not in {
            channel.name for channel in channels or (ChannelSettings(name=CONSOLE, kind=CONSOLE),)
        }:
            self.report.add(("ops", "channel"), Code.CHANNEL, "no channel has the name that `channel` gives")
        return OpsSettings(
            channel=table.channel or "",
            heartbeat=None if table.heartbeat is None else self._heartbeat(table.heartbeat),
            shift_digest=table.shift_digest,
        )

    def _heartbeat(self, table: HeartbeatTable) -> Heartbeat | None:
        path = ("ops", "heartbeat")
        if table.url is None:
            self._missing(path, "url", "a heartbeat needs a `url`")
            return None
        url = self._kept((*path, "url"), table.url, "the URL")
        return None if url is None else Heartbeat(url=url, every=table.every)

    def _board(self, table: BoardTable) -> BoardSettings | None:
        token = None if table.token is None else self._kept(("board", "token"), table.token, "the token")
        if token is not None and 0 < len(token.get_secret_value()) < _SHORTEST_TOKEN:  # unread it is empty
            message = f"the token has fewer than {_SHORTEST_TOKEN} characters: `openssl rand -hex 16` makes a good one"
            self.report.add(("board", "token"), Code.SECRET, message)
        if table.listen is None:
            return None
        host, _, port = table.listen.rpartition(":")
        if table.token is None and not _is_loopback(host):
            message = "whoever reaches this address can read the board: set a `token`, or listen on 127.0.0.1"
            self.report.add(("board", "listen"), Code.SECRET, message, Level.WARNING)
        return BoardSettings(
            host=host,
            port=int(port),
            token=token,
            prefix=table.prefix,
            hosts=frozenset(table.hosts),
            connections=table.connections,
        )

    def _warn_of_unknown_variables(self, table: SettingsTable) -> None:
        """A misspelt variable would be silence: nothing tells that it was meant."""
        known = {*_VARIABLES, *ELSEWHERE}
        kept = [value for channel in table.channel for value in (channel.url, channel.secret)]
        kept.append(table.ops.heartbeat.url if table.ops and table.ops.heartbeat else None)
        kept.append(table.board.token)
        referred = {name for value in kept for name in _variables_named(value)}
        for name in sorted(self.environ):
            if name.startswith(PREFIX) and name not in known | referred:
                message = f"the environment variable {name} is no setting: " + unknown_key(name, known)
                self.report.add((), Code.UNKNOWN_KEY, message, Level.WARNING)


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "[::1]"} or host.startswith("127.")


def _followed(name: str, fallbacks: Mapping[str, str | None]) -> set[str]:
    """Every channel that a chain of fallbacks leads to."""
    reached: set[str] = set()
    following = fallbacks.get(name)
    while following is not None and following not in reached:
        reached.add(following)
        following = fallbacks.get(following)
    return reached


def _variables_named(kept: object) -> Iterator[str]:
    for item in kept if isinstance(kept, list) else [kept]:
        if isinstance(item, dict) and isinstance(item.get("env"), str):
            yield item["env"]
