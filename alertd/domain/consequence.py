"""The consequences of an edit of one truce: the end before and after, what is cancelled, what is planned instead.

The planner itself is asked twice, so that what is shown before an edit is what the daemon will do after it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alertd.domain.alert import Change, Delivery
from alertd.domain.change import changes, recorded, withdrawn
from alertd.domain.coincidence import coincides_with
from alertd.domain.plan import plan
from alertd.domain.policy import HORIZON, Policy, Subscription
from alertd.domain.truce import Truce, TruceStatus
from alertd.times.end import End


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """The consequences of an edit, from the moment on at which it is made."""

    old_end: End | None
    """None for a truce that is new."""
    new_end: End | None
    """None for a truce that is withdrawn."""
    changes: tuple[Change, ...]
    """The change alerts that go out at once."""
    cancelled: tuple[Delivery, ...]
    """The deliveries that were ahead and are no longer, in the order of plans."""
    planned: tuple[Delivery, ...]
    """The deliveries that were not ahead and are now."""
    next: Delivery | None
    """The first that is ahead after the edit."""


def consequence(
    old: Truce | None, new: Truce | None, subscriptions: Sequence[Subscription], policy: Policy, now: datetime
) -> Consequence:
    """Compare a truce as known now with what an edit makes of it; None stands for a truce that is not watched."""
    planned = () if new is None else _plan(new, subscriptions, policy, now)
    return consequence_of(
        _changes(old, new, now), old, new, planned, subscriptions=subscriptions, policy=policy, now=now
    )


def consequence_of(  # noqa: PLR0913  what is known already is not found out again
    found: tuple[Change, ...],
    old: Truce | None,
    new: Truce | None,
    wanted: Sequence[Delivery],
    *,
    subscriptions: Sequence[Subscription],
    policy: Policy,
    now: datetime,
) -> Consequence:
    """The same for an edit of which it is known already what changed and what is wanted after it."""
    before = _ahead(old, () if old is None else _plan(old, subscriptions, policy, now), now)
    after = _ahead(new, wanted, now)
    kept = before.keys() & after.keys()
    return Consequence(
        old_end=None if old is None else TruceStatus(old, now).end,
        new_end=None if new is None else TruceStatus(new, now).end,
        changes=found,
        cancelled=tuple(delivery for key, delivery in before.items() if key not in kept),
        planned=tuple(delivery for key, delivery in after.items() if key not in kept),
        next=next(iter(after.values()), None),
    )


def _plan(truce: Truce, subscriptions: Sequence[Subscription], policy: Policy, now: datetime) -> tuple[Delivery, ...]:
    return plan(truce, subscriptions, policy, reviews_until=now, now=now, days_until=now + HORIZON)


def _ahead(truce: Truce | None, planned: Iterable[Delivery], now: datetime) -> dict[str, Delivery]:
    """The deliveries that will be sent from now on, by their keys."""
    return {
        delivery.key: delivery
        for delivery in planned
        if delivery.due_at >= now and (truce is None or coincides_with(truce, delivery) is None)
    }


def _changes(old: Truce | None, new: Truce | None, now: datetime) -> tuple[Change, ...]:
    if old is not None and new is not None:
        return changes(old, new)
    if new is not None:
        return () if TruceStatus(new, now).is_over else (recorded(new),)
    return () if old is None or TruceStatus(old, now).is_over else (withdrawn(old),)
