"""The plan of a truce: everything that is to be sent about it, to whom and when, from what was known when.

Pure: the same truce, subscriptions and policy give the same deliveries. Whether a delivery is new, stands already or
is no longer wanted is for the ledger to find by its key; what becomes of one that is due stands in `agenda`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from alertd.domain.alert import LADDER, Change, Delivery, Kind, Stage, is_of_window
from alertd.domain.known import was_over_at_once
from alertd.domain.pause import windows_until
from alertd.domain.policy import Policy, Subscription, Tagged
from alertd.domain.reviews import review_moments
from alertd.domain.truce import (
    LiveEnd,
    Owner,
    Truce,
    TruceStatus,
    expiry,
    is_closed,
    later_claims,
    over_at,
    terminated_at,
    watched_ends,
)
from alertd.times.end import ALWAYS, NEVER, End, EndKind

A_DAY = timedelta(hours=24)
"""A lead time from this on leads to the beginning of a day, and a shorter one to its end."""

THE_END = Stage(timedelta())


class Rung(NamedTuple):
    """Something that time brings for a truce, before it is known who takes it."""

    due_at: datetime
    kind: Kind
    stage: Stage | None
    ends_at: datetime | None
    at: datetime | None = None
    """The instant that its stage counts to."""
    milestone: str | None = None

    @property
    def leads_to(self) -> tuple[datetime | None, datetime | None, str | None]:
        """The subject of its stage, whatever the stage: the end, else the instant that is no end, and its milestone."""
        if self.ends_at is None or is_of_window(self.kind, self.ends_at, self.at):
            return None, self.at, self.milestone
        return self.ends_at, None, self.milestone


ByChannel: TypeAlias = tuple[tuple[Subscription, tuple[Rung, ...]], ...]
"""Of each channel that a truce goes to, what it takes of what time brings; none of it is made a delivery yet."""


def plan(  # noqa: PLR0913  a truce, whom it is for, and how far to look
    truce: Truce,
    subscriptions: Sequence[Subscription],
    policy: Policy,
    *,
    reviews_until: datetime,
    now: datetime,
    days_until: datetime | None = None,
) -> tuple[Delivery, ...]:
    """Every delivery that time brings for a truce as known, in the order of plans; see `by_channel`."""
    return deliveries(
        truce,
        by_channel(truce, subscriptions, policy, reviews_until=reviews_until, now=now, days_until=days_until),
    )


def by_channel(  # noqa: PLR0913  as above
    truce: Truce,
    subscriptions: Sequence[Subscription],
    policy: Policy,
    *,
    reviews_until: datetime,
    now: datetime,
    days_until: datetime | None = None,
) -> ByChannel:
    """All that time brings for a truce as known: its start, its whole ladders, past stages too, its reviews.

    Reviews of an open truce never end, so they are planned up to the first that lies after a moment. Nothing is planned
    for a truce that was over when it was announced; one that is announced for later than now is known now.

    So are the days of a daily pause, up to the first window that opens after `days_until`, else after `reviews_until`.
    """
    if truce.announced <= now and was_over_at_once(truce):
        return ()
    rungs = (
        *_start(truce, policy),
        *_days(truce, policy, now, days_until or reviews_until),
        *ladders(truce, policy),
        *_milestones(truce, policy),
        *_reviews(truce, policy, reviews_until),
    )
    taken = (
        (subscription, tuple([rung for rung in rungs if subscription.takes(rung.kind)]))
        for subscription in subscribers(truce, subscriptions)
    )
    return tuple((subscription, each) for subscription, each in taken if each)


def deliveries(
    truce: Truce, planned: ByChannel, since: datetime = ALWAYS, until: datetime = NEVER
) -> tuple[Delivery, ...]:
    """The deliveries of what is planned, in the order of plans.

    Given moments, only of what is due since one, and before the other; of the next review always.
    """
    found = {
        delivery.key: delivery
        for subscription, rungs in planned
        for rung in rungs
        if rung.due_at >= since and (rung.due_at < until or rung.kind is Kind.REVIEW)
        for delivery in _to_targets(subscription, truce, rung)
    }
    return tuple(sorted(found.values(), key=lambda delivery: delivery.order))


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
    kinds = {
        kind for kind in LADDER if any(subscription.takes(kind) for subscription in subscribers(truce, subscriptions))
    }
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
    if taking := tuple([subscription for subscription in subscriptions if subscription.takes_truce(truce)]):
        return taking
    everyone = tuple(replace(subscription, alerts=frozenset()) for subscription in subscriptions)
    return tuple(subscription for subscription in everyone if subscription.ops) or everyone


def _to_targets(subscription: Subscription, truce: Truce, rung: Rung) -> Iterator[Delivery]:
    for target in subscription.targets:
        yield Delivery(
            due_at=rung.due_at,
            truce=truce.id,
            kind=rung.kind,
            stage=rung.stage,
            ends_at=rung.ends_at,
            at=rung.at,
            milestone=rung.milestone,
            channel=subscription.channel,
            target=target,
        )


def ladders(truce: Truce, policy: Policy) -> tuple[Rung, ...]:
    """The ladder of each live end; nothing but the way to a confirmed termination lies after it.

    Of a claim later than the expiry it is what comes due when the expiry has passed.
    """
    stop = terminated_at(truce)
    ends = watched_ends(truce)
    expiry_end = next((live.end for live in ends if live.owner is Owner.EXPIRY), None)
    passed = expiry(truce).surely_over
    rungs = [
        rung
        for live in ends
        if live.owner is Owner.EXPIRY or not _is_reached_with(live.end, expiry_end)
        for rung in _ladder(live, truce, policy)
        if stop is None or rung.due_at < stop or live.owner is Owner.TERMINATION
    ]
    rungs.extend(
        rung
        for live in later_claims(truce)
        for rung in _ladder(live, truce, policy)
        if rung.due_at > passed and (stop is None or rung.due_at < stop)
    )
    return tuple(rungs)


def _start(truce: Truce, policy: Policy) -> Iterator[Rung]:
    """The stages of a start that lay ahead when the truce was announced; none where it is over before it begins.

    That a truce of which the start was open is in force is said as soon as it is known. A daily pause has openings.
    """
    if truce.daily is not None:
        return
    begun = None if truce.open_start is None else truce.open_start.beginning
    was_ahead = truce.announced < truce.starts or begun is not None
    if not was_ahead or truce.starts >= (over_at(truce) or NEVER):
        return
    for rung in _stages(_before(policy.start_lead_times_of(truce)), Kind.START, None, truce.starts):
        if begun is None or rung.due_at >= begun.announced:
            yield rung
        elif rung.due_at == truce.starts:
            yield rung._replace(due_at=begun.announced)


def _days(truce: Truce, policy: Policy, now: datetime, until: datetime) -> Iterator[Rung]:
    """The alerts of each opening, and of each closing but the last, which is the end.

    Of an opening those that lay ahead when the truce was announced.
    """
    if truce.daily is None:
        return
    end, stop = expiry(truce).at, terminated_at(truce) or NEVER
    for window in windows_until(truce, now, until + _longest_lead(truce, policy))[0]:
        if truce.announced < window.opens:
            yield from _stages(_before(policy.start_lead_times_of(truce)), Kind.START, None, window.opens)
        if window.closes != end and window.closes < stop:
            yield from _stages(_before(policy.daily_lead_times_of(truce)), Kind.REMINDER, end, window.closes)


def _longest_lead(truce: Truce, policy: Policy) -> timedelta:
    """The longest time by which an alert of a window comes before it."""
    leads = (*policy.start_lead_times_of(truce), *policy.daily_lead_times_of(truce))
    return max(leads, default=timedelta())


def days_from(truce: Truce, policy: Policy, now: datetime, until: datetime) -> datetime | None:
    """The moment from which alerts of windows may be due that a plan up to a moment leaves out; None: of none."""
    if truce.daily is None:
        return None
    longest = _longest_lead(truce, policy)
    window = windows_until(truce, now, until + longest)[1]
    return None if window is None else window.opens - longest


def _is_reached_with(end: End, expiry_end: End | None) -> bool:
    """True if the ladder of the expiry leads to this end too."""
    return expiry_end is not None and (end.at, end.over) == (expiry_end.at, expiry_end.over)


def _ladder(live: LiveEnd, truce: Truce, policy: Policy) -> Iterator[Rung]:
    """The stages of one end. Only the expiry lapses; any other end, and a day, is reached with a reminder."""
    ends_at, over = live.end.at, live.end.over
    if ends_at is None or over is None:
        return
    leads = policy.lead_times_of(truce)
    is_expiry, is_day = live.owner is Owner.EXPIRY, live.end.kind is EndKind.DATE
    if is_day:
        yield from _stages(_before(policy.date_lead_times_of(truce)), Kind.REMINDER, ends_at, ends_at)
        within = tuple(lead for lead in leads if lead < A_DAY)
        yield from _stages(_before(within), Kind.REMINDER, ends_at, over)
    else:
        yield from _stages(_before(leads), Kind.REMINDER, ends_at, ends_at)
    if is_day or not is_expiry:
        yield from _stages([THE_END], Kind.REMINDER, ends_at, ends_at)
    if is_expiry:
        yield from _stages(_from_the_end_on(policy.after_of(truce)), Kind.LAPSED, ends_at, over)
        if live.end.second is not None:
            yield from _stages([THE_END], Kind.LAPSED, ends_at, live.end.second)


def _milestones(truce: Truce, policy: Policy) -> Iterator[Rung]:
    """The stages of what is still owed, as long as the truce is neither terminated nor closed."""
    stop = min([terminated_at(truce) or NEVER, *(act.at for act in truce.closed[-1:] if is_closed(truce))])
    for milestone in truce.milestones:
        if milestone.is_open and milestone.has_moment:
            stages = policy.milestone_stages_of(truce)
            for rung in _stages(stages, Kind.MILESTONE, None, milestone.at, milestone=milestone.id):
                if rung.due_at < stop:
                    yield rung


@lru_cache(maxsize=256)
def _before(leads: tuple[timedelta, ...]) -> tuple[Stage, ...]:
    """The stages of lead times, remembered as most truces have the same ones."""
    return tuple(map(Stage.before, leads))


@lru_cache(maxsize=256)
def _from_the_end_on(after: tuple[timedelta, ...]) -> tuple[Stage, ...]:
    """The same of the end itself and of what follows it."""
    return (THE_END, *map(Stage, after))


def _stages(
    stages: Iterable[Stage],
    kind: Kind,
    ends_at: datetime | None,
    counted_from: datetime,
    *,
    milestone: str | None = None,
) -> Iterator[Rung]:
    for stage in stages:
        try:
            due_at = counted_from + stage.offset
        except OverflowError:  # beyond the years that a calendar has, where nobody waits
            continue
        yield Rung(due_at, kind, stage, ends_at, counted_from, milestone)


def _reviews(truce: Truce, policy: Policy, until: datetime) -> Iterator[Rung]:
    """The reviews; those of a lapse speak of the end that has passed."""
    ends_at = expiry(truce).at
    for due_at in review_moments(truce, policy, until):
        yield Rung(due_at, Kind.REVIEW, None, ends_at)
