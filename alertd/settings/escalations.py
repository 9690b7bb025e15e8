"""The mistakes in escalations that show only beside the channels: a chain that would reach nobody is silence."""

from collections.abc import Collection, Container, Mapping, Sequence

from alertd.domain.alert import FILTERED
from alertd.errors import Code
from alertd.settings.escalation_tables import EscalationTable
from alertd.settings.model import ChannelSettings
from alertd.settings.named_tables import check_names, require
from alertd.settings.report import Report
from alertd.toml.positions import KeyPath


def check_escalations(
    escalations: Sequence[EscalationTable],
    channels: Mapping[str, ChannelSettings],
    duties: Collection[str],
    report: Report,
) -> None:
    """Report what is needed and not there, names that stand twice, and chains that do not reach anybody."""
    check_names("escalation", "escalation", (escalation.name for escalation in escalations), report)
    for index, escalation in enumerate(escalations):
        path = ("escalation", index)
        _check_needed(path, escalation, report)
        _check_steps(path, escalation, channels, duties, report)
        if escalation.steps and escalation.steps[0].channel in channels:
            _check_first(path, escalation, channels[escalation.steps[0].channel], report)


def _check_needed(path: KeyPath, escalation: EscalationTable, report: Report) -> None:
    needed = (
        ("name", escalation.name, "an escalation needs a `name`"),
        ("alerts", escalation.alerts, 'an escalation needs `alerts`, such as `["reminder:1h", "lapsed"]`'),
        ("steps", escalation.steps, 'an escalation needs `steps`, such as `[{ channel = "desk", wait = "10m" }]`'),
    )
    for key, value, message in needed:
        require((*path, key), value, message, report)


def _check_steps(
    path: KeyPath, escalation: EscalationTable, channels: Container[str], duties: Collection[str], report: Report
) -> None:
    for number, step in enumerate(escalation.steps):
        place = (*path, "steps", number)
        if step.duty and step.channel:
            report.add((*place, "duty"), Code.CHANNEL, "a step names a `channel` or a `duty`, not both")
        elif step.duty and number == 0:
            message = (
                "the first step is the alert itself: begin with the `channel` that gets it, and write this after it"
            )
            report.add((*place, "duty"), Code.CHANNEL, message)
        elif step.duty and step.duty not in duties:
            known = f"known are {', '.join(duties)}" if duties else "write one as [[duty]]"
            report.add((*place, "duty"), Code.CHANNEL, f"no duty list has the name that `duty` gives; {known}")
        elif step.duty:
            continue
        elif not step.channel and not report.has_within(place):
            report.add(place, Code.MISSING, "a step needs a `channel` or a `duty`")
        elif step.channel and step.channel not in channels:
            report.add((*place, "channel"), Code.CHANNEL, "no channel has the name that `channel` gives")


def _check_first(path: KeyPath, escalation: EscalationTable, channel: ChannelSettings, report: Report) -> None:
    """The first step is the alert itself: where its channel does not get that, the chain never begins."""
    if channel.tags and not escalation.tags:
        message = (
            "the channel of the first step takes only truces with its `tags`, so for any other the chain never begins: "
            "write these `tags` here too, or begin with a channel without `tags`"
        )
        report.add((*path, "steps"), Code.CHANNEL, message)
    for number, tag in enumerate(escalation.tags):
        if channel.tags and tag not in channel.tags:
            message = (
                "the channel of the first step takes no truce with this tag, so the chain never begins: "
                "add the tag to the `tags` of that channel, or begin with another one"
            )
            report.add((*path, "tags", number), Code.CHANNEL, message)
    for number, pattern in enumerate(escalation.alerts):
        if channel.alerts and pattern.kind in FILTERED and pattern.kind not in channel.alerts:
            message = (
                f"the channel of the first step leaves out {pattern.kind}, so the chain never begins: "
                "add it to the `alerts` of that channel, or begin with another one"
            )
            report.add((*path, "alerts", number), Code.CHANNEL, message)
