"""The settings as all know them: the tables of `alertd.toml`, each with its defaults, and what they come to.

The tables are pydantic models, and every key may be absent: what belongs together, and what is needed, is for `resolve`
to say. Secrets stand in them as `secrets` found them; none of them shows in a repr.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, create_model

from alertd.domain.alert import Kind, Stage
from alertd.domain.duty import Duties, Roster
from alertd.domain.escalation import Escalation
from alertd.domain.policy import Policy, Subscription
from alertd.domain.quiet import QuietHours
from alertd.errors import Level, Problem
from alertd.files.beneath import SETTINGS
from alertd.message.links import Links
from alertd.settings.duty_tables import DutyTable
from alertd.settings.escalation_tables import EscalationTable
from alertd.settings.values import (
    Address,
    AlertKinds,
    BoardUrl,
    ChannelKind,
    ChannelName,
    ConnectionLimit,
    HostNames,
    LogLevel,
    MessageForm,
    Passing,
    Prefix,
    QuietSpan,
    RateLimited,
    TimesOfDay,
)
from alertd.times.instant import ZoneLookup
from alertd.toml.load import TomlTable
from alertd.toml.validation import STRICT, Lead, Leads, LeadsAndZero, Texts

FILE = SETTINGS

CONSOLE = "console"

APPRISE = "apprise"

WEBHOOK = "webhook"

SMS = "sms"
"""The form of a message that is one SMS."""


def _form_of(default: Any) -> object:  # noqa: ANN401  as a dataclass gives it
    """The form in which a value of the policy is written."""
    if isinstance(default, timedelta):
        return Lead
    return LeadsAndZero if timedelta() in default else Leads


PASSING: tuple[Kind | Stage, ...] = (
    *(Stage.parse(stage) for stage in ("1h", "15m", "0")),
    *(Kind.LAPSED, Kind.SHORTENED, Kind.CORRECTED, Kind.TERMINATED, Kind.ESCALATED),
)
"""The alerts that go out in quiet hours unless `pass` says otherwise: those that a desk gets up for."""


_POLICY_FIELDS: dict[str, Any] = {
    field.name: (_form_of(field.default), field.default) for field in dataclasses.fields(Policy)
}

PolicyTable = create_model("PolicyTable", __config__=STRICT, **_POLICY_FIELDS)
"""`[policy]`: the fields of the domain's `Policy`, which knows no pydantic."""


class LedgerTable(BaseModel):
    """`[ledger]`."""

    model_config = STRICT

    keep: Lead = timedelta(days=365)
    """The time for which the delivery history is kept."""
    url: SecretStr | None = None
    """The address of a PostgreSQL database for the ledger, as a secret. Without it: a file in `state_dir`."""


class LogTable(BaseModel):
    """`[log]`."""

    model_config = STRICT

    level: LogLevel = "info"
    """The level of the log: debug, info, warning, error or critical."""


class QuietSettings(BaseModel):
    """`quiet` of a channel: the hours in which it is told only what cannot wait."""

    model_config = STRICT

    hours: QuietSpan | None = None
    """The hours, in the zone of the channel: `"2200-0600"`. Needed."""
    pass_: Passing = Field(default=PASSING, alias="pass")
    """The kinds of alert and the stages that go out in these hours. A stage lets all nearer ones pass too."""


class ChannelSettings(BaseModel):
    """`[[channel]]`: a named way to reach people."""

    model_config = STRICT

    name: ChannelName = ""
    """The name by which everything calls the channel. Needed."""
    kind: ChannelKind = ""
    """`console`, `apprise`, `webhook`, or a kind of another package. Needed."""
    url: tuple[SecretStr, ...] = ()
    """The address of its messages, as a secret or a list of secrets. A console has none."""
    secret: SecretStr | None = None
    """The key that a webhook is signed with, as a secret."""
    proxy: SecretStr | None = None
    """The proxy through which its messages go; as a secret if a password stands in it. Without it: the one of the
    environment."""
    zone: str = "UTC"
    """The readers' zone, shown beside the truce's zone and UTC."""
    tags: Texts = ()
    """The truces that it takes: those with any of these tags. Empty: all."""
    alerts: AlertKinds = ()
    """Of the kinds that can be left out, those that it takes. Empty: all."""
    form: MessageForm = "full"
    """`full`, or `sms`: one line of at most 160 characters for each alert."""
    digest: bool = Field(default_factory=lambda channel: channel.get("kind") != WEBHOOK)
    """`true`: what comes due for it at once goes as one message. Without it: yes, but for a webhook."""
    quiet: QuietSettings | None = None
    """`{ hours = …, pass = … }`: quiet hours, see below."""
    fallback: str | None = None
    """The channel that gets an alert which this one cannot deliver."""
    rate_limit: RateLimited | None = None
    """At most so many messages in a time."""

    @property
    def targets(self) -> tuple[str, ...]:
        """One name a URL, in their order: `desk`, `desk#2`, …, so that another URL at the end renames none."""
        numbers = range(2, len(self.url) + 1)
        return (self.name, *(f"{self.name}#{number}" for number in numbers))


class HeartbeatSettings(BaseModel):
    """`heartbeat` in `[ops]`: a URL that is called as long as all is well."""

    model_config = STRICT

    url: SecretStr = SecretStr("")
    """The address that is called as long as all is well, as a secret. Needed."""
    every: Lead = timedelta(seconds=60)
    """The time from one call to the next."""


class OpsSettings(BaseModel):
    """`[ops]`: how alertd speaks about itself."""

    model_config = STRICT

    channel: str = ""
    """The name of the channel that gets ops notices. Needed."""
    heartbeat: HeartbeatSettings | None = None
    """`{ url = …, every = … }`: see below."""
    shift_digest: TimesOfDay = ()
    """The times of day at which the digest of a shift goes out, in that channel's zone."""


class BoardSettings(BaseModel):
    """`[board]`: where the status board is served, and to whom."""

    model_config = STRICT

    listen: Address = ""
    """Address and port of the board; a port alone means this machine alone. Without it: no board."""
    token: SecretStr | None = None
    """The word that a reader must show, as a secret of 16 characters or more. Without it: nothing."""
    prefix: Prefix = ""
    """The path under which a reverse proxy shows the board."""
    hosts: HostNames = ()
    """The names by which it may be asked for, besides its own address."""
    url: BoardUrl | None = None
    """The address at which people reach it, as `https://board.example.org`. Messages then link to its pages."""
    link_key: SecretStr | None = None
    """The key of the links by which alerts are acknowledged, as a secret of 32 characters or more. Without it: none."""
    ack_token: SecretStr | None = None
    """The word with which programs acknowledge, as a secret of 16 characters or more. Without it: none can."""
    write: bool = False
    """`true`: people with a personal token, from `alertd token NAME`, record on its pages. Without it: nobody does."""
    two_persons: bool = False
    """`true`: what one person records there is unconfirmed until another confirms it."""
    record_socket: str = "/run/alertd-record.sock"
    """The socket of `alertd record-helper`, which writes for the board."""
    connections: ConnectionLimit = 256
    """The number of connections that may be open at once: 8 to 10,000."""

    @property
    def links(self) -> Links | None:
        """The addresses that messages give; None without the address of the board."""
        if self.url is None:
            return None
        return Links(self.url, self.link_key.get_secret_value().encode() if self.link_key is not None else b"")

    @property
    def public_host(self) -> str:
        """The name by which people ask for it; empty where none is known."""
        name = (urlsplit(self.url).hostname or "") if self.url is not None else ""
        return f"[{name}]" if ":" in name else name

    @property
    def host(self) -> str:
        """The address alone."""
        return self.listen.rpartition(":")[0]

    @property
    def port(self) -> int:
        """The port alone; 0 for any that is free."""
        return int(self.listen.rpartition(":")[2])


class SecretTable(BaseModel):
    """The place where a URL or a secret is kept."""

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
    node: str | None = None
    """The name of this machine among those that share a ledger. Without it: the name of the host."""
    policy: PolicyTable = PolicyTable()
    ledger: LedgerTable = LedgerTable()
    log: LogTable = LogTable()
    channel: list[ChannelSettings] = []
    escalation: list[EscalationTable] = []
    duty: list[DutyTable] = []
    ops: OpsSettings | None = None
    board: BoardSettings = BoardSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, resolved; no secret of them shows in a repr."""

    state_dir: Path
    node: str
    """The name of this machine among those that share a ledger."""
    keep: timedelta
    """The time for which the ledger keeps what was settled."""
    ledger_url: SecretStr | None
    """The URL of a ledger on a server, empty where it could not be had; None of one in a file."""
    policy: Policy
    channels: tuple[ChannelSettings, ...]
    escalation: tuple[EscalationTable, ...]
    duty: tuple[DutyTable, ...]
    ops: OpsSettings | None
    board: BoardSettings | None
    log_level: str
    problems: tuple[Problem, ...]
    """With an error among them a channel, heartbeat or board is closed, or these settings stand in for the file's."""
    tables: TomlTable = dataclasses.field(repr=False, compare=False)
    """The tables as they were read, environment included, without the secrets that stand there in plain text."""
    secret_files: tuple[Path, ...] = ()
    """The files that secrets were read from by their paths."""
    stands_in: str | None = None
    """Why these, which worked last, stand in for those of the file; None where they are those of the file."""

    @property
    def trouble(self) -> str | None:
        """The errors of the file, for ops; None where all of it is in use."""
        wrong = "\n".join(str(problem) for problem in self.problems if problem.level is Level.ERROR)
        return self.stands_in or wrong or None

    def subscriptions(self) -> tuple[Subscription, ...]:
        """The subscription of each channel, and its targets."""
        return tuple(
            Subscription(
                channel=channel.name,
                targets=channel.targets,
                tags=frozenset(channel.tags),
                alerts=frozenset(channel.alerts),
                ops=self.ops is not None and self.ops.channel == channel.name,
                has_quiet_hours=channel.quiet is not None,
            )
            for channel in self.channels
        )

    def quiet_hours(self, zone_for: ZoneLookup) -> dict[str, QuietHours]:
        """The quiet hours of each target of a channel that has some."""
        return {
            target: QuietHours(
                hours=channel.quiet.hours,
                zone=zone_for(channel.zone),
                kinds=frozenset(word for word in channel.quiet.pass_ if isinstance(word, Kind)),
                stages=frozenset(word for word in channel.quiet.pass_ if isinstance(word, Stage)),
            )
            for channel in self.channels
            if channel.quiet is not None and channel.quiet.hours is not None
            for target in channel.targets
        }

    def escalations(self) -> tuple[Escalation, ...]:
        """The chains along which alerts go that nobody acknowledges."""
        subscriptions = self.subscriptions()
        return tuple(table.escalation(subscriptions, self.duty) for table in self.escalation)

    def duties(self, rosters: Mapping[str, Roster | None]) -> Duties:
        """The duty lists, with what is known of each."""
        return Duties({table.name: table.duty_list for table in self.duty}, self.escalations(), dict(rosters))


class Secrets(Enum):
    """The ways in which a command treats the secrets that the settings point at."""

    NEEDED = auto()
    """It sends: one that cannot be read is an error."""
    TRIED = auto()
    """It judges the settings: one that this user may not read, as only the service may, is a warning."""
    UNREAD = auto()
    """It sends nothing: every one is left where it is, and stands as empty."""
