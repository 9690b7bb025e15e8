"""The notification type with which Apprise sends a message: services show it as a colour, a picture or a word."""

from collections.abc import Mapping
from datetime import timedelta

from apprise import NotifyType

from alertd.domain.alert import Delivery, Kind
from alertd.message.values import Message

_NEAR = timedelta(hours=1)
"""From this long before its moment on what comes nearer is a warning."""

_NEARING = frozenset({Kind.REMINDER, Kind.MILESTONE})

_TYPES: Mapping[Kind, NotifyType] = {
    Kind.LAPSED: NotifyType.FAILURE,
    Kind.SHORTENED: NotifyType.FAILURE,
    Kind.TERMINATED: NotifyType.FAILURE,
    Kind.CORRECTED: NotifyType.WARNING,
    Kind.WITHDRAWN: NotifyType.WARNING,
    Kind.REVIEW: NotifyType.WARNING,
    Kind.OPS: NotifyType.WARNING,
    Kind.MISSED: NotifyType.WARNING,
    Kind.EXTENDED: NotifyType.SUCCESS,
}
"""The type of each kind that is more than information."""

_GRAVEST_FIRST = (NotifyType.FAILURE, NotifyType.WARNING, NotifyType.SUCCESS)


def notification_type(message: Message) -> NotifyType:
    """The type of a message: the gravest of those of its alerts."""
    types = {_type_of(item.delivery) for item in message.items}
    return next((each for each in _GRAVEST_FIRST if each in types), NotifyType.INFO)


def _type_of(delivery: Delivery) -> NotifyType:
    if delivery.kind in _NEARING and delivery.stage is not None:
        return NotifyType.WARNING if delivery.stage.offset >= -_NEAR else NotifyType.INFO
    return _TYPES.get(delivery.kind, NotifyType.INFO)
