"""Hand-overs: at each change of duty whoever comes and whoever goes is told how things stand."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from alertd.daemon.duty_watch import DutyWatch
from alertd.domain.alert import Delivery, Kind
from alertd.domain.duty import READ_EVERY, Gap, HandOver, Present, hand_over
from alertd.domain.policy import Subscription
from alertd.ledger import LedgerThread, TextDelivery, acquisition, escalating
from alertd.logs import redact
from alertd.message.hand_over import hand_over_text
from alertd.message.shift import Shift, shift_text
from alertd.times.instant import ZoneLookup


class HandOvers:
    """Tells of each change of duty, once.

    Who was on duty before is kept beside the lists: so a change while alertd was down is told at its start, and so is
    one that an edit of the calendar makes. A list that cannot be read changes nothing. A change is kept before it is
    told, with its moment: so what a crash cuts short is told as the same, and not as another one.
    """

    def __init__(
        self,
        ledger: LedgerThread,
        duty: DutyWatch,
        subscriptions: Sequence[Subscription],
        shift: Callable[[datetime, datetime], Awaitable[Shift]],
        zone_for: ZoneLookup,
    ) -> None:
        """`shift` gathers the watch between two moments."""
        self._ledger = ledger
        self._duty = duty
        self._subscriptions = tuple(subscriptions)
        self._shift = shift
        self._zone_for = zone_for

    async def tell(self, now: datetime) -> None:
        """Tell of the changes of duty up to this moment; raises `LedgerError`."""
        duties = self._duty.duties
        for name, duty in duties.lists.items():
            found = duties.at(name, now)
            if found.gap is Gap.UNREAD or self._duty.is_reading(name):
                continue
            names = tuple(person for person in found.names if person in duty.people)
            before, after = self._duty.present.get(name), self._duty.changing.get(name)
            if after is None:
                if before is not None and before.names == names:
                    continue
                # A change long ago, as an edit makes it, is news of now.
                is_recent = found.since is not None and now - found.since < READ_EVERY
                at = found.since if is_recent and found.since is not None else now
                after = Present(names, at, 0 if before is None else before.number + 1)
            if before is not None:
                self._duty.changing[name] = after
                await self._duty.keep()
                until = found.until if after.names == names else None
                await self._enqueue(hand_over(duty, before, after, until), now, duty.zone)
            self._duty.present[name] = after
            self._duty.changing.pop(name, None)
            await self._duty.keep()

    async def _enqueue(self, change: HandOver, now: datetime, zone_name: str) -> None:
        unanswered = await self._ledger.run(escalating.unanswered_since, change.since)
        watch = shift_text(await self._shift(change.since, now), now, zone_for=self._zone_for)
        text = redact(hand_over_text(change, unanswered, watch, zone_name=zone_name, zone_for=self._zone_for))
        about = f"hand-over of {change.duty} from {', '.join(change.goes)} to {', '.join(change.comes)}"
        notices = [
            TextDelivery(
                delivery=Delivery.truceless(
                    Kind.SHIFT,
                    change.at,
                    channel=subscription.channel,
                    target=target,
                    about=about,
                    number=change.number,
                ),
                text=text,
            )
            for subscription in self._subscriptions
            if subscription.channel in change.channels
            for target in subscription.targets
        ]
        await self._ledger.run(acquisition.enqueue, notices, now)
