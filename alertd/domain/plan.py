"""The plan of a truce: everything that is to be sent about it, to whom and when, from what was known when.

Pure: the same truce, subscriptions and policy give the same deliveries. Whether a delivery is new, stands already or
is no longer wanted is for the ledger to find by its key; what becomes of one that is due stands in `agenda`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from alertd.domain.alert import LADDER, Change, Delivery, Kind, Stage
from alertd.domain.policy import Policy, Subscription, Tagged
from alertd.domain.truce import (
    LiveEnd,
    Owner,
    Truce,
    TruceStatus,
    confirmed_chain,
    terminated_at,
    was_over_at_once,
    watched_ends,
)
from alertd.times.end import EndKind


@dataclass(frozen=True, slots=True)
class Rung:
    """Something that time brings for a truce, before it is known who takes it."""

    due_at: datetime
    kind: Kind
    stage: Stage | None
    ends_at: datetime | None


def plan(
    truce: Truce, subscriptions: Sequence[Subscription], policy: Policy, *, reviews_until: datetime, now: datetime
) -> tuple[Delivery, ...]:
    """Every delivery that time brings for a truce as known: its whole ladders, past stages too, and its reviews.

    Reviews of an open truce never end, so they are planned up to the first that lies after a moment. The result is in
    the order of plans. Nothing is planned for a truce that was over when it was announced; one that is announced for
    later than now is known now.
    """
    if truce.announced <= now and was_over_at_once(truce):
        return ()
    rungs = (*ladders(truce, policy), *_reviews(truce, policy, reviews_until))
    deliveries = {
        delivery.key: delivery
        for subscription in subscribers(truce, subscriptions)
        for rung in rungs
        if subscription.takes(rung.kind)
        for delivery in _to_targets(subscription, truce, rung)
    }
    return tuple(sorted(deliveries.values(), key=lambda delivery: delivery.order))


def announce(
    truce: Truce, changes: Iterable[Change], subscriptions: Sequence[Subscription], *, due_at: datetime
) -> tuple[Delivery, ...]:
    """The change alerts of a truce, one for each target that takes them."""
    return tuple(
        delivery
        for change in changes
        for subscription in subscribers(truce, subscriptions)
        if subscription.takes(change.kind)
        for delivery in _to_targets(subscription, truce, Rung(due_at, change.kind, None, change.ends_at))
    )


@dataclass(frozen=True, slots=True)
class Unplanned:
    """An end that lies ahead, and of which nobody will be told."""

    ends_at: datetime
    is_wanted: bool
    """Some channel takes what leads to it."""


def unplanned(
    truce: Truce,
    planned: Collection[datetime],
    subscriptions: Sequence[Subscription],
    policy: Policy,
    after: datetime,
) -> tuple[Unplanned, ...]:
    """The ends of a truce that is not over which have stages after a moment, but for those for which some are planned.

    An end whose last stages no channel takes is as it should be; a truce of which no channel takes any stage is not.
    """
    if TruceStatus(truce, after).is_over:
        return ()
    rungs = ladders(truce, policy)
    kinds = {kind for kind in LADDER if any(one.takes(kind) for one in subscribers(truce, subscriptions))}
    is_wanted = any(rung.kind in kinds for rung in rungs)
    ends = {
        rung.ends_at
        for rung in rungs
        if rung.ends_at is not None and rung.due_at > after and (rung.kind in kinds or not is_wanted)
    }
    return tuple(Unplanned(end, is_wanted) for end in sorted(ends.difference(planned)))


def is_unreachable(truce: Tagged, subscriptions: Iterable[Subscription]) -> bool:
    """Tell if no channel takes this truce."""
    return not any(subscription.takes_truce(truce) for subscription in subscriptions)


def subscribers(truce: Truce, subscriptions: Sequence[Subscription]) -> tuple[Subscription, ...]:
    """The channels that a truce goes to; one that none takes goes to ops, else to all, whatever they filter."""
    if is_unreachable(truce, subscriptions):
        everyone = tuple(replace(subscription, alerts=frozenset()) for subscription in subscriptions)
        return tuple(subscription for subscription in everyone if subscription.ops) or everyone
    return tuple(subscription for subscription in subscriptions if subscription.takes_truce(truce))


def _to_targets(subscription: Subscription, truce: Truce, rung: Rung) -> Iterator[Delivery]:
    for target in subscription.targets:
        yield Delivery(
            due_at=rung.due_at,
            truce=truce.id,
            kind=rung.kind,
            stage=rung.stage,
            ends_at=rung.ends_at,
            channel=subscription.channel,
            target=target,
        )


def ladders(truce: Truce, policy: Policy) -> tuple[Rung, ...]:
    """The ladder of each live end; nothing but the way to a confirmed termination lies after it."""
    stop = terminated_at(truce)
    ends = watched_ends(truce)
    expiry_at = next((live.end.at for live in ends if live.owner is Owner.EXPIRY), None)
    return tuple(
        rung
        for live in ends
        if live.owner is Owner.EXPIRY or live.end.at != expiry_at
        for rung in _ladder(live, truce, policy)
        if stop is None or rung.due_at < stop or live.owner is Owner.TERMINATION
    )


def _ladder(live: LiveEnd, truce: Truce, policy: Policy) -> Iterator[Rung]:
    """The stages of one end. Only the expiry lapses; any other end, and a day, is reached with a reminder."""
    ends_at, over = live.end.at, live.end.over
    if ends_at is None or over is None:
        return
    after = policy.after if truce.after is None else truce.after
    reminders = [Stage.before(lead) for lead in policy.lead_times_of(truce)]
    if live.owner is not Owner.EXPIRY or live.end.kind is EndKind.DATE:
        reminders.append(Stage(timedelta()))
    yield from _stages(reminders, Kind.REMINDER, ends_at, ends_at)
    if live.owner is Owner.EXPIRY:
        yield from _stages([Stage(timedelta()), *map(Stage, after)], Kind.LAPSED, ends_at, over)


def _stages(stages: Iterable[Stage], kind: Kind, ends_at: datetime, counted_from: datetime) -> Iterator[Rung]:
    for stage in stages:
        try:
            due_at = counted_from + stage.offset
        except OverflowError:  # beyond the years that a calendar has, where nobody waits
            continue
        yield Rung(due_at, kind, stage, ends_at)


def _reviews(truce: Truce, policy: Policy, until: datetime) -> Iterator[Rung]:
    """The moments at which to ask whether a truce without an agreed moment still holds.

    They count from its start, or from the confirmation that left it without one.
    """
    current = confirmed_chain(truce)[-1]
    if current.end.at is not None:
        return
    confirmed_at = current.statement.confirmed_at if current.statement else None
    since = max(truce.starts, confirmed_at or truce.starts)
    stop = terminated_at(truce)
    for number in count(1):
        due_at = since + number * policy.review_every
        if stop is not None and due_at >= stop:
            return
        yield Rung(due_at, Kind.REVIEW, None, None)
        if due_at > until:
            return
