"""The JSON of deliveries that machines read: what is planned, and the delivery history. Views, as in `views`."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from alertd.domain.alert import Delivery, Kind


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """A delivery that is planned."""

    due_at: datetime
    truce: str | None
    kind: Kind
    stage: str | None
    ends_at: datetime | None
    at: datetime | None
    """The instant that the stage counts to; null without a stage."""
    milestone: str | None
    """The id of the milestone that it speaks of; null for all else."""
    follows: str | None
    """Of `escalated` the kind of the alert that nobody acknowledged; null for all else."""
    escalation: str | None
    """The name of its escalation."""
    step: int | None
    """The number of its step, counted on where the chain begins again; the alert itself is the first."""
    channel: str
    target: str
    title: str
    quiet_until: datetime | None
    """The end of the quiet hours of its channel for which it waits; null where it goes out when it is due."""


@dataclass(frozen=True, kw_only=True)
class HistoryView:
    """A delivery of the delivery history."""

    key: str
    truce: str | None
    kind: str
    stage: str | None
    ends_at: datetime | None
    at: datetime | None
    """The instant that the stage counts to; null without a stage."""
    milestone: str | None
    """The id of the milestone that it speaks of; null for all else."""
    follows: str | None
    """Of `escalated` the kind of the alert that nobody acknowledged; null for all else."""
    escalation: str | None
    """The name of its escalation."""
    step: int | None
    """The number of its step, counted on where the chain begins again; the alert itself is the first."""
    channel: str
    target: str
    state: str
    due_at: datetime
    settled_at: datetime | None
    attempts: int
    possible_repeat: bool
    reason: str | None
    alert_id: str
    """The short id at the foot of its message, by which `alertd ack` calls the alert."""
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    acknowledged_way: str | None
    acknowledged_note: str | None
    acknowledgement_void: bool
    """The end that the alert speaks of is in force no more, so the acknowledgement counts no longer."""
    quiet_until: datetime | None
    """The end of the quiet hours of its channel that it waited for, or waits for."""


class StepKeys(TypedDict):
    """The keys of a step of an escalation."""

    follows: str | None
    escalation: str | None
    step: int | None


def steps_of(delivery: Delivery) -> StepKeys:
    """The keys of a step of an escalation; all null for any other delivery."""
    follows = delivery.follows
    if follows is None:
        return {"follows": None, "escalation": None, "step": None}
    return {"follows": follows.kind, "escalation": follows.escalation, "step": follows.step}


def delivery_view(delivery: Delivery, title: str, quiet_until: datetime | None = None) -> DeliveryView:
    """A planned delivery under its title, and until when it waits for quiet hours."""
    return DeliveryView(
        due_at=delivery.due_at,
        truce=delivery.truce,
        kind=delivery.kind,
        stage=None if delivery.stage is None else str(delivery.stage),
        ends_at=delivery.ends_at,
        at=delivery.at,
        milestone=delivery.milestone,
        **steps_of(delivery),
        channel=delivery.channel,
        target=delivery.target,
        title=title,
        quiet_until=quiet_until,
    )
