"""From the tables to the settings: what belongs together, and what is needed."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from os.path import normpath
from pathlib import Path
from platform import node as host_name
from urllib.parse import urlsplit

from alertd.domain.policy import Policy
from alertd.errors import Code, Level
from alertd.settings.duties import check_duties
from alertd.settings.environment import ELSEWHERE, PREFIX, VARIABLES
from alertd.settings.escalations import check_escalations
from alertd.settings.model import CONSOLE, BoardSettings, ChannelSettings, OpsSettings, Settings, SettingsTable
from alertd.settings.named_tables import check_names, check_zone, require
from alertd.settings.report import Report
from alertd.times.instant import ZoneLookup
from alertd.toml.positions import KeyPath
from alertd.toml.validation import unknown_key

_SHORTEST_KEY = 32
"""Characters; a link tells whoever gets it what was signed."""

_SHORTEST_TOKEN = 16
"""Characters; whoever reaches the board may try as many tokens as they like."""


_NODE_LENGTH = 56
"""Characters, as many as the name of a session takes on PostgreSQL, which says who has the ledger."""

_NODE = re.compile(rf"[A-Za-z0-9_.-]{{1,{_NODE_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves the tables of one loading of the settings, and reports what does not belong together."""

    config_dir: Path
    environ: Mapping[str, str]
    zone_for: ZoneLookup
    report: Report

    def resolve(self, table: SettingsTable, secret_variables: Collection[str]) -> Settings:
        """The settings as far as they can be resolved; of use where no error was reported."""
        for index, channel in enumerate(table.channel):
            self._check_channel(("channel", index), channel)
        check_names("channel", "channel", (channel.name for channel in table.channel), self.report)
        self._check_fallbacks(table.channel)
        channels = tuple(table.channel) or (ChannelSettings(name=CONSOLE, kind=CONSOLE),)
        if table.ops is not None:
            self._check_ops(table.ops, {channel.name for channel in channels})
        names = {channel.name: channel for channel in channels}
        check_duties(table.duty, names, self.zone_for, self.report)
        check_escalations(table.escalation, names, [duty.name for duty in table.duty if duty.name], self.report)
        self._check_board(table.board)
        self._warn_of_unknown_variables(secret_variables)
        return Settings(
            state_dir=self._state_dir(table),
            node=self._node(table),
            keep=table.ledger.keep,
            ledger_url=table.ledger.url,
            policy=Policy(**dict(table.policy)),
            channels=channels,
            escalation=tuple(table.escalation),
            duty=tuple(table.duty),
            ops=table.ops,
            # Never one that was to ask for a token, and has none.
            board=table.board if table.board.listen and not self.report.has(("board", "token")) else None,
            log_level=table.log.level,
            problems=(),
            tables={},
        )

    def _state_dir(self, table: SettingsTable) -> Path:
        # systemd separates several state directories with colons.
        given = table.state_dir or self.environ.get("STATE_DIRECTORY", "").split(":")[0]
        return Path(normpath(self.config_dir / (given or "state")))

    def _node(self, table: SettingsTable) -> str:
        if table.node is not None and not _NODE.fullmatch(table.node):
            message = f"a node has a name of 1 to {_NODE_LENGTH} letters, digits, dots, hyphens and underscores"
            self.report.add(("node",), Code.SYNTAX, message)
        return table.node or host_name()[:_NODE_LENGTH]

    def _check_channel(self, path: KeyPath, channel: ChannelSettings) -> None:
        require((*path, "name"), channel.name, "a channel needs a `name`", self.report)
        require((*path, "kind"), channel.kind, "a channel needs a `kind`", self.report)
        if channel.quiet is not None and channel.quiet.hours is None and not self.report.has((*path, "quiet", "hours")):
            self.report.add((*path, "quiet"), Code.MISSING, 'quiet hours need `hours`, such as "2200-0600"')
        check_zone((*path, "zone"), channel.zone, self.zone_for, self.report)

    def _check_fallbacks(self, channels: Sequence[ChannelSettings]) -> None:
        fallbacks = {channel.name: channel.fallback for channel in channels}
        for index, channel in enumerate(channels):
            path = ("channel", index, "fallback")
            if channel.fallback is not None and channel.fallback not in fallbacks:
                self.report.add(path, Code.CHANNEL, "no channel has the name that `fallback` gives")
            elif channel.name in _followed(channel.name, fallbacks):
                self.report.add(path, Code.CHANNEL, "this chain of fallbacks leads back to this channel")

    def _check_ops(self, ops: OpsSettings, names: Collection[str]) -> None:
        require(("ops", "channel"), ops.channel, "[ops] needs a `channel`", self.report)
        if ops.channel and ops.channel not in names:
            self.report.add(("ops", "channel"), Code.CHANNEL, "no channel has the name that `channel` gives")

    def _check_board(self, board: BoardSettings) -> None:
        for name, secret in (("token", board.token), ("ack_token", board.ack_token)):
            if secret is not None and 0 < len(secret.get_secret_value()) < _SHORTEST_TOKEN:
                message = f"it has fewer than {_SHORTEST_TOKEN} characters: `openssl rand -hex 16` makes a good one"
                self.report.add(("board", name), Code.SECRET, message)
        self._check_links(board)
        if board.listen and board.token is None and not _is_loopback(board.host):
            message = "whoever reaches this address can read the board: set a `token`, or listen on 127.0.0.1"
            self.report.add(("board", "listen"), Code.SECRET, message, Level.WARNING)
        if board.listen and not board.hosts and _is_every_address(board.host):
            message = (
                "it takes requests from other machines, but answers to the name localhost alone: "
                "list in `hosts` the names or addresses by which they ask for the board"
            )
            self.report.add(("board", "listen"), Code.MISSING, message, Level.WARNING)

    def _check_links(self, board: BoardSettings) -> None:
        key = board.link_key and board.link_key.get_secret_value()
        if key and len(key) < _SHORTEST_KEY:
            message = f"the key has fewer than {_SHORTEST_KEY} characters: `openssl rand -hex 32` makes a good one"
            self.report.add(("board", "link_key"), Code.SECRET, message)
        if board.url is None:
            if board.link_key is not None and not self.report.has(("board", "url")):
                message = "links need the address of the board: write `url`, such as https://board.example.org"
                self.report.add(("board", "link_key"), Code.MISSING, message)
            return
        if not board.listen and not self.report.has(("board", "listen")):
            self.report.add(("board", "url"), Code.MISSING, "no board is there to be linked to: set `listen`")
        if urlsplit(board.url).path != board.prefix:
            message = f"the address ends with `prefix`, here {board.prefix or 'none'}: write both alike"
            self.report.add(("board", "url"), Code.CHANNEL, message)
        if key and board.url.startswith("http:") and not _is_loopback(board.public_host):
            message = "over http whoever is on the way can read a link, and acknowledge with it: use https"
            self.report.add(("board", "url"), Code.SECRET, message, Level.WARNING)

    def _warn_of_unknown_variables(self, secret_variables: Collection[str]) -> None:
        """A misspelt variable would be silence: nothing tells that it was meant."""
        known = {*VARIABLES, *ELSEWHERE}
        for name in sorted(self.environ):
            if name.startswith(PREFIX) and name not in known.union(secret_variables):
                message = f"the environment variable {name} is no setting: " + unknown_key(name, known)
                self.report.add((), Code.UNKNOWN_KEY, message, Level.WARNING)


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "[::1]"} or host.startswith("127.")


def _is_every_address(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_unspecified
    except ValueError:  # a name
        return False


def _followed(name: str, fallbacks: Mapping[str, str | None]) -> set[str]:
    """Every channel that a chain of fallbacks leads to."""
    reached: set[str] = set()
    following = fallbacks.get(name)
    while following is not None and following not in reached:
        reached.add(following)
        following = fallbacks.get(following)
    return reached
