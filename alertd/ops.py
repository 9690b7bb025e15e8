"""How alertd speaks about itself: a bad edit, a dead channel, a truce that nobody watches.

An ops alert is a delivery like any other, with no truce. It goes to the ops channel; where there is none, or where
that channel is what it speaks of, to every other channel: a warning that reaches nobody is none.
"""

from collections.abc import Sequence

from alertd.clock import Clock
from alertd.domain.alert import Delivery, Kind
from alertd.domain.policy import Subscription
from alertd.ledger import LedgerThread, Said


class Ops:
    """Puts ops alerts on the agenda."""

    def __init__(self, ledger: LedgerThread, clock: Clock, subscriptions: Sequence[Subscription]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._subscriptions = tuple(subscriptions)

    async def tell(self, about: str, text: str, *, besides: str | None = None) -> None:
        """Say something about `about` to whoever looks after alertd, but not through the channel `besides`."""
        now = self._clock.now()
        said = [
            Said(
                delivery=Delivery(
                    due_at=now,
                    truce=None,
                    kind=Kind.OPS,
                    stage=None,
                    ends_at=None,
                    channel=subscription.channel,
                    target=target,
                    about=about,
                ),
                text=text,
            )
            for subscription in self._listeners(besides)
            for target in subscription.targets
        ]
        await self._ledger.run(self._ledger.store.say, said, now)

    def _listeners(self, besides: str | None) -> list[Subscription]:
        others = [one for one in self._subscriptions if one.channel != besides]
        return [one for one in others if one.ops] or others
