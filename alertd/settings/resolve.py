"""From the tables to the settings: what belongs together, and the secrets that stand elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from os.path import normpath
from pathlib import Path

from pydantic import SecretStr

from alertd.domain.policy import Policy
from alertd.errors import Code, Level, TimeRefused
from alertd.settings.environment import ELSEWHERE, PREFIX, VARIABLES
from alertd.settings.model import (
    APPRISE,
    CONSOLE,
    WEBHOOK,
    BoardSettings,
    ChannelSettings,
    HeartbeatSettings,
    OpsSettings,
    Secrets,
    Settings,
)
from alertd.settings.report import Report
from alertd.settings.secrets import SecretReader
from alertd.settings.tables import BoardTable, ChannelTable, HeartbeatTable, OpsTable, SettingsTable
from alertd.times.instant import ZoneLookup
from alertd.toml.positions import KeyPath
from alertd.toml.validation import unknown_key

_SHORTEST_TOKEN = 16
"""Characters; whoever reaches the board may try as many tokens as they like."""


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves the tables of one loading of the settings, and reports what does not belong together."""

    config_dir: Path
    environ: Mapping[str, str]
    zone_for: ZoneLookup
    secrets: Secrets
    report: Report

    @property
    def _secret_reader(self) -> SecretReader:
        return SecretReader(self.config_dir, self.environ, self.secrets, self.report)

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
            self.zone_for(zone)
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
        return self._secret_reader.urls((*path, "url"), table.url)

    def _channel_secret(self, path: KeyPath, table: ChannelTable) -> SecretStr | None:
        if table.secret is None:
            return None
        path = (*path, "secret")
        if table.kind in (CONSOLE, APPRISE):
            self.report.add(path, Code.CHANNEL, "a channel of this kind has no `secret`: what it needs stands in `url`")
            return None
        return self._secret_reader.read(path, table.secret, "the secret")

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

    def _heartbeat(self, table: HeartbeatTable) -> HeartbeatSettings | None:
        path = ("ops", "heartbeat")
        if table.url is None:
            self._missing(path, "url", "a heartbeat needs a `url`")
            return None
        url = self._secret_reader.read((*path, "url"), table.url, "the URL")
        return None if url is None else HeartbeatSettings(url=url, every=table.every)

    def _board(self, table: BoardTable) -> BoardSettings | None:
        token = None if table.token is None else self._secret_reader.read(("board", "token"), table.token, "the token")
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
        known = {*VARIABLES, *ELSEWHERE}
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
