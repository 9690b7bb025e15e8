"""How grave a message is: the notification type that Apprise passes on, and the priority that a phone goes by."""

from collections.abc import Mapping
from datetime import timedelta

from apprise import NotifyType
from apprise.plugins.base import NotifyBase

from alertd.channels.dialects import service_name
from alertd.domain.alert import Delivery, Kind
from alertd.message.values import Message

_NEAR = timedelta(hours=1)
"""From this long before its moment on what comes nearer is a warning."""

_NEARING = frozenset({Kind.REMINDER, Kind.MILESTONE})

_TYPES: Mapping[Kind, NotifyType] = {
    Kind.LAPSED: NotifyType.FAILURE,
    Kind.SHORTENED: NotifyType.FAILURE,
    Kind.TERMINATED: NotifyType.FAILURE,
    Kind.ESCALATED: NotifyType.FAILURE,
    Kind.CORRECTED: NotifyType.WARNING,
    Kind.WITHDRAWN: NotifyType.WARNING,
    Kind.REVIEW: NotifyType.WARNING,
    Kind.OPS: NotifyType.WARNING,
    Kind.MISSED: NotifyType.WARNING,
    Kind.EXTENDED: NotifyType.SUCCESS,
}
"""The type of each kind that is more than information."""

_GRAVEST_FIRST = (NotifyType.FAILURE, NotifyType.WARNING, NotifyType.SUCCESS)


_PRIORITIES: Mapping[str, Mapping[NotifyType, int | str]] = {
    # https://docs.ntfy.sh/publish/#message-priority
    "ntfys": {NotifyType.FAILURE: "max", NotifyType.WARNING: "high"},
    # https://gotify.net/docs/: apps make a sound from 4 on, and stand out from 8 on
    "gotifys": {NotifyType.FAILURE: 10, NotifyType.WARNING: 8},
    # https://pushover.net/api#priority: 1 goes past the quiet hours of the reader; 2 would ask for an answer there
    "pover": {NotifyType.FAILURE: 1, NotifyType.WARNING: 1},
}
"""The priorities of messages that a phone should not keep for later, by the names of services."""


def priorities_of(service: NotifyBase) -> Mapping[NotifyType, int | str]:
    """The priorities that messages of some types have with a service, in place of its own."""
    return _PRIORITIES.get(service_name(service), {})


def notification_type(message: Message) -> NotifyType:
    """The type of a message: the gravest of those of its alerts."""
    types = {_type_of(item.delivery) for item in message.items}
    return next((each for each in _GRAVEST_FIRST if each in types), NotifyType.INFO)


def _type_of(delivery: Delivery) -> NotifyType:
    if delivery.kind in _NEARING and delivery.stage is not None:
        return NotifyType.WARNING if delivery.stage.offset >= -_NEAR else NotifyType.INFO
    return _TYPES.get(delivery.kind, NotifyType.INFO)
