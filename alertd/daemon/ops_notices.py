"""Notices of alertd about itself: a bad edit, a dead channel, a truce that nobody watches.

An ops alert is a delivery like any other, with no truce. It goes to the ops channel; where there is none, or where
that channel is what it speaks of, to every other channel: a warning that reaches nobody is none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alertd.domain.alert import Delivery, Kind
from alertd.domain.policy import Subscription
from alertd.ledger import LedgerThread, TextDelivery, acquisition
from alertd.logs import redact
from alertd.message.wording import plural
from alertd.times.clock import Clock

HELD = "held truces"
"""The subject of the notice about all held truces: a folder that vanished is one accident, however much it held."""

NONE_HELD = "No truce is held any more."

_LINES_AT_MOST = 40
"""Lines that are said of one file."""

_NAMED_AT_MOST = 20
"""Truces that one line names."""


def first_named(truces: Iterable[str]) -> list[str]:
    """The ids of those truces that a line of a notice names."""
    return sorted(truces)[:_NAMED_AT_MOST]


def held_text(held: Mapping[str, str], names: Mapping[str, str]) -> str:
    """The notice of the truces that are held: each with the file that it is gone from, and how to confirm.

    `names` has what they are called, by id; one that it lacks is called by its id.
    """
    if len(held) == 1:
        ((truce, file),) = held.items()
        name = names.get(truce, f"Truce {truce}")
        text = f"{name} is gone from {file}. It is held: alertd goes on watching it."
        example = truce
    else:
        text = f"{len(held)} running truces are gone from their files. They are held: alertd goes on watching them.\n"
        shown = [f"{names.get(truce, truce)} ({held[truce]})" for truce in first_named(held)]
        text += f"Held: {_list(shown, len(held))}."
        example = "ID"
    return (
        f"{text}\nWhat should stand there, put back. What is to be withdrawn, confirm: run alertd withdraw {example}, "
        f'or write in truces/withdrawn.toml: withdrawn = ["{example}"]'
    )


def refused_text(lines: Sequence[str], kept: Sequence[str], names: Mapping[str, str]) -> str:
    """The notice of a file with errors; `kept` are the truces that cannot be found in it any more."""
    more = len(lines) - _LINES_AT_MOST
    shown = [*lines[:_LINES_AT_MOST], *([f"… and {plural(more, 'more line')}: see `alertd check`"] if more > 0 else [])]
    if kept:
        called = _list([names.get(truce, truce) for truce in first_named(kept)], len(kept))
        shown.insert(0, f"What stood here stays in force in its last good form: {called}.")
    return "\n".join(shown)


def _list(shown: Sequence[str], count: int) -> str:
    """The first of so many."""
    more = count - len(shown)
    return ", ".join(shown) + (f" and {more} more (see `alertd status`)" if more > 0 else "")


class OpsNotices:
    """Puts ops alerts on the agenda."""

    def __init__(self, ledger: LedgerThread, clock: Clock, subscriptions: Sequence[Subscription]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._subscriptions = tuple(subscriptions)

    async def tell(self, about: str, text: str, due_at: datetime | None = None, *, besides: str | None = None) -> None:
        """Say something about `about` to whoever looks after alertd; due now, unless told otherwise.

        Not through the channel `besides`, which is what the words are about.
        """
        await self._enqueue(self._addressed(Kind.OPS, due_at or self._clock.now(), about, text, besides))

    async def tell_shift(self, text: str, due_at: datetime, now: datetime) -> None:
        """Give the digest of a shift, once for each moment at which one is due; it tells of the watch up to `now`."""
        await self._ledger.run(acquisition.enqueue, self._addressed(Kind.SHIFT, due_at, None, text, None), now)

    def numbered(
        self, about: str, text: str, due_at: datetime, *, number: int, besides: str
    ) -> tuple[TextDelivery, ...]:
        """The notices of `tell`, for those who settle them together with more; not through the channel `besides`."""
        return self._addressed(Kind.OPS, due_at, about, text, besides, number=number)

    def listeners(self, besides: str | None = None) -> list[Subscription]:
        """The channels through which alertd speaks about itself."""
        others = [subscription for subscription in self._subscriptions if subscription.channel != besides]
        return [subscription for subscription in others if subscription.ops] or others

    async def _enqueue(self, notices: Sequence[TextDelivery]) -> None:
        await self._ledger.run(acquisition.enqueue, notices, self._clock.now())

    def _addressed(  # noqa: PLR0913  a notice has this many parts
        self,
        kind: Kind,
        due_at: datetime,
        about: str | None,
        text: str,
        besides: str | None,
        *,
        number: int | None = None,
    ) -> tuple[TextDelivery, ...]:
        text = redact(text)  # what a file holds, and what others answered, stands in it
        return tuple(
            TextDelivery(
                delivery=Delivery.truceless(
                    kind, due_at, channel=subscription.channel, target=target, about=about, number=number
                ),
                text=text,
            )
            for subscription in self.listeners(besides)
            for target in subscription.targets
        )
