"""`[[escalation]]`: the tables of escalations, and what they come to."""

from collections.abc import Sequence
from datetime import timedelta

from pydantic import BaseModel

from alertd.domain.escalation import Escalation, EscalationStep
from alertd.domain.policy import Subscription
from alertd.settings.duty_tables import DutyTable
from alertd.settings.values import AlertPatterns, ChannelName, PeopleCount, RepeatCount
from alertd.toml.validation import STRICT, Lead, Texts


class StepTable(BaseModel):
    """A step of an escalation."""

    model_config = STRICT

    channel: str = ""
    """The name of the channel that is told. Needed, or else `duty`."""
    duty: str = ""
    """The name of a duty list instead: whoever is on duty then is told. Not in the first step."""
    wait: Lead = timedelta(minutes=10)
    """The time for which an answer is waited for, from when this channel took the message, or failed three times."""


class EscalationTable(BaseModel):
    """`[[escalation]]`: whom an alert goes to, one channel after the other, as long as nobody acknowledges it."""

    model_config = STRICT

    name: ChannelName = ""
    """The name of the escalation. Needed."""
    alerts: AlertPatterns = ()
    """The alerts that it follows: a kind such as `"lapsed"`, or one stage of it such as `"reminder:1h"`. Needed."""
    tags: Texts = ()
    """The truces that it follows: those with any of these tags. Empty: all."""
    people: PeopleCount = 1
    """The number of different people that must acknowledge the alert."""
    steps: list[StepTable] = []
    """The channels in their order, each with its `wait`; the first is the one that gets the alert itself. Needed."""
    repeat: RepeatCount = 0
    """The number of times that the whole chain is gone through again before ops is told that nobody answered."""

    def escalation(self, subscriptions: Sequence[Subscription], duties: Sequence[DutyTable]) -> Escalation:
        """The chain as often as it is gone through, and the step that tells ops that nobody answered."""
        people = {duty.name: set(duty.people.values()) for duty in duties}
        chain = []
        for step in self.steps:
            told = people[step.duty] if step.duty else {step.channel}
            channels = tuple(subscription for subscription in subscriptions if subscription.channel in told)
            chain.append(EscalationStep(channels=channels, wait=step.wait, duty=step.duty or None))
        ops = tuple(subscription for subscription in subscriptions if subscription.ops) or tuple(subscriptions)
        return Escalation(
            name=self.name,
            alerts=self.alerts,
            steps=(*chain * (1 + self.repeat), EscalationStep(channels=ops, wait=timedelta())),
            tags=frozenset(self.tags),
            people=self.people,
        )
