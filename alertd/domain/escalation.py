"""Escalations: whom an alert goes to, one channel after the other, as long as nobody acknowledges it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alertd.domain.alert import Delivery, Followed, Kind, Stage, alert_key
from alertd.domain.policy import Subscription
from alertd.domain.truce import Truce


@dataclass(frozen=True, slots=True)
class AlertPattern:
    """Alerts of a kind, or of one stage of it: `lapsed`, `reminder:1h`."""

    kind: Kind
    stage: Stage | None = None
    """None: any."""

    def __str__(self) -> str:
        return self.kind if self.stage is None else f"{self.kind}:{self.stage}"

    def matches(self, delivery: Delivery) -> bool:
        """True for an alert of this kind and stage."""
        return delivery.kind is self.kind and self.stage in (None, delivery.stage)


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationStep:
    """One step of a chain: who is told, and how long an answer is waited for."""

    channels: tuple[Subscription, ...]
    """One; those of a whole duty list; of the last step, which says that nobody answered, all of ops notices."""
    wait: timedelta
    duty: str | None = None
    """The name of the duty list whose people these are, of whom those on duty are told; None for a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """A chain of channels, and the alerts that go along it."""

    name: str
    alerts: tuple[AlertPattern, ...]
    steps: tuple[EscalationStep, ...]
    """All of them in their order, as often as the chain is repeated; the first is the alert itself."""
    tags: frozenset[str] = frozenset()
    """Truces with any of these; none: all."""
    people: int = 1
    """The number of people that must acknowledge an alert."""

    def begins_with(self, delivery: Delivery, truce: Truce) -> bool:
        """True if an alert, as the channel of the first step gets it, goes along this chain."""
        return (
            delivery.channel == self.steps[0].channels[0].channel
            and (not self.tags or not self.tags.isdisjoint(truce.tags))
            and any(pattern.matches(delivery) for pattern in self.alerts)
        )


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step of an escalation that follows a delivery."""

    deliveries: tuple[Delivery, ...]
    unless: tuple[str, ...] = ()
    """The keys of the same alert for the other targets of its channel: nothing follows if one was taken, or may be."""


def next_steps(
    escalations: Sequence[Escalation], delivery: Delivery, truce: Truce, now: datetime, *, has_failed: bool
) -> tuple[NextStep, ...]:
    """The steps that follow a delivery which its channel took now, or failed for good: then they go at once."""
    return tuple(
        NextStep(tuple(_step(escalation, number, delivery, now)), _others(escalation.steps[number - 1], delivery))
        if has_failed
        else NextStep(tuple(_step(escalation, number, delivery, now + escalation.steps[number - 1].wait)))
        for escalation, number in _chains(escalations, delivery, truce)
        if number < len(escalation.steps)
    )


def _others(step: EscalationStep, delivery: Delivery) -> tuple[str, ...]:
    targets = [target for subscription in step.channels for target in subscription.targets]
    return tuple(replace(delivery, target=target).key for target in targets if target != delivery.target)


def _chains(escalations: Sequence[Escalation], delivery: Delivery, truce: Truce) -> Iterator[tuple[Escalation, int]]:
    """The chains that a delivery is a step of, and its number in each."""
    for escalation in escalations:
        if delivery.follows is None:
            if escalation.begins_with(delivery, truce):
                yield escalation, 1
        elif delivery.follows.escalation == escalation.name:
            yield escalation, delivery.follows.step


def _step(escalation: Escalation, after: int, delivery: Delivery, due_at: datetime) -> Iterator[Delivery]:
    """The deliveries of the step after a numbered one."""
    alert = alert_key(delivery.key, delivery.target) if delivery.follows is None else delivery.follows.alert
    follows = Followed(
        alert=alert,
        escalation=escalation.name,
        step=after + 1,
        people=escalation.people,
        is_last=after + 1 == len(escalation.steps),
    )
    for subscription in escalation.steps[after].channels:
        for target in subscription.targets:
            yield replace(
                delivery,
                due_at=due_at,
                kind=Kind.ESCALATED,
                channel=subscription.channel,
                target=target,
                follows=follows,
            )


OffDuty = Callable[[Delivery], bool]
"""True for a step to somebody who is not on duty."""


def nobody_is_off(_: Delivery) -> bool:
    """False for every step: the rule where there are no duty lists."""
    return False


def says_again(delivery: Delivery, step: Delivery) -> bool:
    """True for a lapse that is said again, given a step that follows an earlier word of it.

    No second chain begins as long as the first is under way, or once it was answered.
    """
    told = step.told
    return (
        delivery.kind is told.kind is Kind.LAPSED
        and (delivery.truce, delivery.ends_at) == (told.truce, told.ends_at)
        and delivery.stage != told.stage
    )


def unanswered(
    escalations: Sequence[Escalation],
    planned: Sequence[Delivery],
    truce: Truce,
    is_off_duty: OffDuty = nobody_is_off,
) -> tuple[Delivery, ...]:
    """The steps that follow planned deliveries if each is taken at its moment and nobody acknowledges any.

    Not those to people who are off duty then.
    """
    found: dict[str, Delivery] = {}
    rest = sorted(planned, key=lambda delivery: delivery.due_at, reverse=True)
    while rest:
        delivery = rest.pop()
        if any(says_again(delivery, step) and step.due_at >= delivery.due_at for step in found.values()):
            continue
        for following in next_steps(escalations, delivery, truce, delivery.due_at, has_failed=False):
            on_duty = [step for step in following.deliveries if not is_off_duty(step)]
            new = {step.key: step for step in on_duty if step.key not in found}
            found.update(new)
            rest.extend(new.values())
    return tuple(found.values())
