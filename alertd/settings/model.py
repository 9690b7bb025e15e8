"""The settings as all others know them: resolved, frozen, and without a secret in their repr.

Nothing is read or checked here.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from enum import Enum, auto
from pathlib import Path

from pydantic import SecretStr

from alertd.domain.alert import Kind
from alertd.domain.policy import Policy, RateLimit, Subscription
from alertd.errors import Problem
from alertd.files.beneath import SETTINGS

FILE = SETTINGS

CONSOLE = "console"

APPRISE = "apprise"

WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """A `[[channel]]`: a named way to reach people."""

    name: str
    kind: str
    urls: tuple[SecretStr, ...] = ()
    secret: SecretStr | None = None
    """The key that its messages are signed with."""
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
class HeartbeatSettings:
    """A URL that is called as long as all is well."""

    url: SecretStr
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OpsSettings:
    """The `[ops]` table: how alertd speaks about itself."""

    channel: str
    heartbeat: HeartbeatSettings | None = None
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
        """The subscription of each channel, and its targets."""
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
    """The ways in which a command treats the secrets that the settings point at."""

    NEEDED = auto()
    """It sends: one that cannot be read is an error."""
    TRIED = auto()
    """It judges the settings: one that this user may not read, as only the service may, is a warning."""
    UNREAD = auto()
    """It sends nothing: every one is left where it is, and stands as empty."""


LOOPBACK = "127.0.0.1"
