"""How alertd reaches people: what a target is, what becomes of a send, and how the targets of a channel are opened.

Each kind of channel is a module of its own, loaded where a channel of that kind is opened and not before: Apprise
alone costs more than a second. When to send, when to try again and to whom instead is decided elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from pydantic import SecretStr

from alertd.domain.agenda import Verdict
from alertd.domain.message import Message
from alertd.errors import ChannelError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one send."""

    verdict: Verdict
    detail: str = ""
    """Why, in one line without secrets."""
    retry_after: timedelta | None = None
    """How long the other side asked to be left alone."""


class Target(Protocol):
    """One place that a message can be sent to."""

    @property
    def name(self) -> str:
        """What the ledger and the logs call it; never its URL."""
        ...

    async def send(self, message: Message) -> Outcome:
        """Send one message and tell what became of it; a failure is an outcome, not an exception."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds, without waiting for a send that hangs."""
        ...


def open_targets(name: str, kind: str, urls: Sequence[SecretStr | str], targets: Sequence[str]) -> tuple[Target, ...]:
    """Open the targets of a channel, one for each URL and in the same order; a console has none and is one target.

    Raises a permanent ChannelError that names the channel and the place of the URL in its list, never the URL.
    """
    if kind == "console":
        from alertd.channels.console import ConsoleTarget  # noqa: PLC0415  only the kinds in use are loaded

        return tuple(ConsoleTarget(target) for target in targets)
    if kind == "apprise":
        from alertd.channels.apprise import open_target  # noqa: PLC0415  likewise

        return tuple(
            open_target(_revealed(url), target, told_as=f"channel {name}, URL {position}")
            for position, (url, target) in enumerate(zip(urls, targets, strict=True), start=1)
        )
    raise ChannelError(f"channel {name}: there is no such kind of channel; use console or apprise", permanent=True)


def _revealed(url: SecretStr | str) -> str:
    return url.get_secret_value() if isinstance(url, SecretStr) else url
