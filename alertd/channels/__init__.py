"""The ways to reach people: what a target is, what becomes of a send, and how the targets of a channel are opened.

Each kind of channel is an entry point of the group `alertd.channels`, loaded where a channel of that kind is opened and
not before: Apprise alone costs more than a second. When to send, when to try again and to whom instead is decided
elsewhere.

Another package adds a kind by naming its opener, here for channels with `kind = "pager"`:

    [project.entry-points."alertd.channels"]
    pager = "alertd_pager:open_channel"

The opener takes an Opening and returns one Target for each of its `targets`, in their order and under these names:

    def open_channel(opening: Opening) -> list[PagerTarget]:
        pairs = zip(opening.targets, opening.urls, strict=True)
        return [PagerTarget(name, url.get_secret_value()) for name, url in pairs]

- `url` of a channel may be left out for a kind of another package; there is one target then and `urls` is empty. A
  kind that needs one says so with a permanent ChannelError, which begins `channel NAME: ` and never quotes a URL.
- `secret` and `proxy` of a channel are for its kind to use or to refuse; no other key is handed over.
- The opener runs in every process that sends, and before there is a loop. It connects to nothing; a target does so
  when it sends.
- `Target.send` runs in the daemon's loop and must not block it: blocking code goes through
  `alertd.channels.blocking.BlockingSender`. It ends within `alertd.domain.policy.SEND_TIMEOUT`, for the target's next
  message waits for it. A failure is an Outcome, and FAILED is said only where the message surely did not arrive.
- What `url` and `secret` hold is kept out of log and ledger; whatever else is secret goes to
  `alertd.logs.register_secret`, and no secret into a name or repr.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import EntryPoint
from math import inf
from typing import Protocol

from pydantic import SecretStr

from alertd.channels.kinds import kinds
from alertd.domain.agenda import Verdict
from alertd.errors import ChannelError
from alertd.logs import register_secret, register_url
from alertd.message.printable import where
from alertd.message.values import Message
from alertd.times.clock import Clock

HAND_OVER_BY: ContextVar[float] = ContextVar("HAND_OVER_BY", default=inf)
"""The moment of the loop from which on the message at hand may have been sent by another node, and must not go out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one send."""

    verdict: Verdict
    detail: str = ""
    """The reason, in one line without secrets."""
    retry_after: timedelta | None = None
    """The time for which the other side asked to be left alone."""


class Target(Protocol):
    """One place that a message can be sent to."""

    @property
    def name(self) -> str:
        """Its name in the ledger and the logs; never its URL."""
        ...

    async def send(self, message: Message) -> Outcome:
        """Send one message and tell what became of it; a failure is an outcome, not an exception."""
        ...

    async def aclose(self) -> None:
        """Let go of what it holds, without waiting for a send that hangs."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A channel that is to be opened: all that its kind is told."""

    channel: str
    """Its name, for errors."""
    targets: tuple[str, ...]
    """The names of its targets, one for each URL; one alone where there is no URL."""
    urls: tuple[SecretStr, ...] = ()
    secret: SecretStr | None = None
    """The value that `secret` of the channel leads to."""
    proxy: SecretStr | None = None
    """The proxy through which the channel reaches its URLs; None: the one of the environment, if any."""
    clock: Clock


class Opener(Protocol):
    """The function that the entry point of a kind leads to."""

    def __call__(self, opening: Opening, /) -> Sequence[Target]:
        """Open the targets of one channel; raises a permanent ChannelError where that cannot be done."""
        ...


def open_targets(kind: str, opening: Opening) -> tuple[Target, ...]:
    """Open the targets of a channel, in the order of their names.

    Raises a permanent ChannelError that names the channel, and the package where a kind itself is at fault.
    """
    _register(opening)
    entry = _entry(kind, opening.channel)
    about = f"channel {opening.channel}: the kind {kind} of {_package(entry)}"
    try:
        opener: Opener = entry.load()
        targets = tuple(opener(opening))
        names = tuple(target.name for target in targets)
    except ChannelError:
        raise
    except Exception as error:  # noqa: BLE001  what another package does wrong is told as its fault, and where
        raise ChannelError(
            f"{about} cannot be used: {where(error)}; install another version of that package, or report this to it",
            permanent=True,
        ) from None
    if names != opening.targets:
        raise ChannelError(
            f"{about} opened other targets than it was asked for; report this to that package", permanent=True
        )
    return targets


def _register(opening: Opening) -> None:
    """Keep out of the log what a channel is given, even where its kind forgets to."""
    for url in opening.urls:
        if "://" in url.get_secret_value():
            register_url(url.get_secret_value())
        else:  # a kind of another package may take a path, whose words the log needs
            register_secret(url.get_secret_value())
    if opening.secret is not None:
        register_secret(opening.secret.get_secret_value())
    if opening.proxy is not None:
        register_url(opening.proxy.get_secret_value())


def _entry(kind: str, channel: str) -> EntryPoint:
    """The one entry point of a kind; two packages that bring the same are not chosen between."""
    entries = {entry.value: entry for entry in kinds().select(name=kind)}
    if not entries:
        known = ", ".join(sorted(kinds().names)) or "none: install alertd again"
        raise ChannelError(f"channel {channel}: there is no kind {kind}; there are: {known}", permanent=True)
    if len(entries) > 1:
        packages = ", ".join(sorted(_package(entry) for entry in entries.values()))
        raise ChannelError(
            f"channel {channel}: several packages bring the kind {kind}: {packages}; uninstall all but one",
            permanent=True,
        )
    (entry,) = entries.values()
    return entry


def _package(entry: EntryPoint) -> str:
    return f"package {entry.dist.name if entry.dist else entry.module}"
