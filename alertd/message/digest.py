"""The title of a message that carries several alerts."""

from collections.abc import Sequence

from alertd.message.headline import HEADLINE_LENGTH
from alertd.message.values import Facts
from alertd.message.wording import joined, plural


def message_title(alerts: Sequence[Facts]) -> str:
    """The title of the alert that goes alone; of several their number and the first, or in whose place they come."""
    first, *others = alerts
    if not others:
        return first.title
    number = plural(len(alerts), "alert")
    channels = list(dict.fromkeys(alert.in_place_of for alert in alerts))
    if not all(channels):
        return f"{number}: {first.title}"
    fails = f"channel {channels[0]}, which fails" if len(channels) == 1 else f"channels {joined(channels)}, which fail"
    if all(alert.is_line for alert in alerts):
        return _with_names(f"{number} did not reach {fails}", alerts)
    return _with_names(f"In the place of {fails}: {number}", alerts)


def _with_names(what: str, alerts: Sequence[Facts]) -> str:
    """The same with the truces that the alerts are about, as many as fit; the first in any case."""
    names = list(dict.fromkeys(alert.called for alert in alerts if alert.called))
    if not names:
        return what
    fitting = (
        number for number in range(len(names), 1, -1) if len(f"{what}: {_some(names, number)}") <= HEADLINE_LENGTH
    )
    return f"{what}: {_some(names, next(fitting, 1))}"


def _some(names: Sequence[str], number: int) -> str:
    """So many of the names, and the number of the rest."""
    rest = len(names) - number
    return joined([*names[:number], *([f"{rest} more"] if rest else [])])
