"""The health of a channel: the notices that a target fails, or delivers again, and the copies for its fallback."""

from dataclasses import dataclass, replace
from datetime import datetime

from alertd.channels import Outcome
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.route import Route
from alertd.domain.alert import Delivery, Kind
from alertd.domain.policy import FALLBACK_AFTER, FLAPPING
from alertd.ledger import Copy, DeliveryState, Dispatched, LedgerThread, TextDelivery, queries
from alertd.message.wording import named


@dataclass(frozen=True, slots=True)
class Streak:
    """The failures of one target in a row, as far as ops was told of them."""

    fails: bool = False
    """Ops was told that the target fails, and not yet that it delivers again."""
    number: int = 0
    """The number of the last notice about it, be it of this run or of an earlier one."""
    told_at: float | None = None
    """The monotonic second at which ops was last told that it fails; None: not in this run."""

    def after(self, *, accepted: bool, ended: float) -> "Streak":
        """The streak after a send that ended at a monotonic second; another number where ops is to be told.

        Ops is not told at every turn: a notice goes out through channels that may come and go as well, and tell of
        each other.
        """
        fails = not accepted
        flaps = self.told_at is not None and ended - self.told_at < FLAPPING.total_seconds()
        if fails is self.fails or (fails and flaps):
            return self
        return Streak(fails=fails, number=self.number + 1, told_at=ended if fails else self.told_at)


async def last_streak(ledger: LedgerThread, target: str) -> Streak:
    """The streak of an earlier run, so that ops is not told of it twice; raises `LedgerError`."""
    fails = _about(target, fails=True)
    last = await ledger.run(queries.last_notice, (fails, _about(target, fails=False)))
    return Streak() if last is None else Streak(fails=last[0] == fails, number=last[1])


def streak_notices(
    route: Route, streak: Streak, outcome: Outcome, ops: OpsNotices, due_at: datetime
) -> tuple[TextDelivery, ...]:
    """The notices that a streak has begun, or is over, through another channel."""
    target = route.target.name
    failure = f"Channel {target} fails: {outcome.detail}. What is due there is tried again."
    return ops.numbered(
        _about(target, fails=streak.fails),
        failure if streak.fails else f"Channel {target} delivers again.",
        due_at,
        number=streak.number,
        besides=route.channel,
    )


def _about(target: str, *, fails: bool) -> str:
    return f"channel {target} {'fails' if fails else 'delivers'}"


def copies(route: Route, dispatched: Dispatched, outcome: Outcome, state: DeliveryState) -> tuple[Copy, ...]:
    """The copies of an alert that fails, for each target of the fallback; a copy that fails goes no further.

    It is asked for at every failure from the third on, as a crash may have cut the third one short: the ledger puts
    it on the agenda once.
    """
    fallback, text = route.fallback, dispatched.notice.text
    fails = state is DeliveryState.PLANNED and dispatched.attempts >= FALLBACK_AFTER
    if fallback is None or dispatched.is_copy or not (fails or state is DeliveryState.FAILED):
        return ()
    lines = [f"In the place of channel {route.channel}, which fails: {outcome.detail}"]
    lines += [] if text is None else [text]
    return tuple(
        Copy(
            alert=TextDelivery(delivery=copy, text="\n".join(lines)),
            line=TextDelivery(delivery=_line(copy, route, dispatched), text=_untold(copy, route, dispatched)),
        )
        for target in fallback.targets
        for copy in (replace(dispatched.delivery, channel=fallback.channel, target=target),)
    )


def _line(copy: Delivery, route: Route, dispatched: Dispatched) -> Delivery:
    """It is due when the alert was, so that its key is the same however often it is asked for."""
    return Delivery.truceless(
        Kind.OPS,
        copy.due_at,
        channel=copy.channel,
        target=copy.target,
        about=f"alert {dispatched.delivery.short_id} to {route.target.name}",
    )


def _untold(copy: Delivery, route: Route, dispatched: Dispatched) -> str:
    """It quotes no end, which may have moved by the time it is read, and no reason, which ops was told."""
    truce = dispatched.notice.truce
    what = " ".join(str(part) for part in (copy.kind, copy.stage) if part is not None)
    of = "" if truce is None else f"{named(truce)}: "
    return (
        f"{of}{what} (alert {copy.short_id}) did not reach channel {route.channel}, which fails; it comes here anyway."
    )
