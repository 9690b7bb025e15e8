"""The channels of the settings, opened: `check` opens them as `run` does."""

from collections.abc import Iterator

from alertd.channels import Opening, Target, open_targets
from alertd.channels.closed import ClosedTarget
from alertd.cli.context import Context
from alertd.errors import ChannelError, Code, ConfigError, Level, Problem
from alertd.files.beneath import SETTINGS
from alertd.settings import ChannelSettings
from alertd.times.clock import Clock, SystemClock
from alertd.toml.positions import KeyPath


def open_channel(channel: ChannelSettings, clock: Clock) -> tuple[Target, ...]:
    """The real targets of a channel; raises ChannelError for one that cannot be opened."""
    if not _is_read(channel):
        raise ChannelError(
            f"channel {channel.name}: its URL, proxy or secret cannot be read; `alertd check` says which and why",
            permanent=True,
        )
    return open_targets(
        channel.kind,
        Opening(
            channel=channel.name,
            targets=channel.targets,
            urls=channel.url,
            secret=channel.secret,
            proxy=channel.proxy,
            clock=clock,
        ),
    )


def open_or_close(channel: ChannelSettings, clock: Clock, closed: dict[str, str]) -> tuple[Target, ...]:
    """The real targets of a channel, or targets that say why they are closed; the reason goes into `closed` too."""
    try:
        return open_channel(channel, clock)
    except ChannelError as error:
        closed[channel.name] = str(error)
        return tuple(ClosedTarget(target, str(error)) for target in channel.targets)


def closed_channels(context: Context) -> list[Problem]:
    """The channels that `run` could not open, and a heartbeat that it could not call, as errors.

    One whose secret cannot be read here is passed over: the settings say so themselves.
    """
    try:
        settings = context.settings
    except ConfigError:  # told as problems of the settings
        return []
    found: list[tuple[KeyPath, str]] = []
    for index, channel in enumerate(settings.channels):
        if not _is_read(channel):
            continue
        try:
            open_channel(channel, SystemClock())
        except ChannelError as error:
            found.append((("channel", index, "url"), str(error)))
    found.extend(_silent_heartbeat(context))
    if not found:
        return []
    positions = context.settings_positions()
    return [
        Problem(
            SETTINGS, positions.line(path), None, Level.ERROR, Code.CHANNEL, f"{message}; its messages reach nobody"
        )
        for path, message in found
    ]


def _is_read(channel: ChannelSettings) -> bool:
    """True if the secrets of a channel are known here."""
    secrets = (*channel.url, *(given for given in (channel.secret, channel.proxy) if given is not None))
    return all(secret.get_secret_value() for secret in secrets)


def _silent_heartbeat(context: Context) -> Iterator[tuple[KeyPath, str]]:
    ops = context.settings.ops
    if ops is None or ops.heartbeat is None or not (url := ops.heartbeat.url.get_secret_value()):
        return
    from alertd.daemon.heartbeat import Heartbeat  # noqa: PLC0415  an HTTP client that only it needs

    try:
        Heartbeat(url, ops.heartbeat.every, SystemClock()).require_address()
    except (ChannelError, ValueError) as error:
        yield ("ops", "heartbeat", "url"), f"the heartbeat cannot be called: {error}"
