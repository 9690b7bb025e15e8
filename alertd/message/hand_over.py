"""The message at a change of duty: who comes, who goes, what nobody has acknowledged, and the watch until now."""

from collections.abc import Sequence

from alertd.domain.alert import Delivery, kind_and_stage
from alertd.domain.duty import HandOver
from alertd.domain.truce import Truce
from alertd.message.moments import moment_in_words
from alertd.message.shift import NAMED
from alertd.message.wording import joined, named, plural
from alertd.times.instant import ZoneLookup


def hand_over_text(
    change: HandOver,
    unanswered: Sequence[tuple[Delivery, Truce | None]],
    shift: str,
    *,
    zone_name: str,
    zone_for: ZoneLookup,
) -> str:
    """The lines of a hand-over; `shift` is the digest of the watch since the one before."""
    until = "" if change.until is None else f" until {moment_in_words(change.until, zone_name, change.at, zone_for)}"
    return "\n".join((f"hand-over of {change.duty}: {_who(change, until)}.", _unanswered(unanswered), shift))


def _who(change: HandOver, until: str) -> str:
    if not change.comes:
        return f"{joined(change.goes)} {_verb(change.goes, 'goes', 'go')} off duty"
    if not change.goes:
        return f"{joined(change.comes)} {_verb(change.comes, 'comes', 'come')} on duty{until}"
    return f"{joined(change.comes)} {_verb(change.comes, 'takes', 'take')} over from {joined(change.goes)}{until}"


def _verb(names: Sequence[str], one: str, several: str) -> str:
    return one if len(names) == 1 else several


def _unanswered(found: Sequence[tuple[Delivery, Truce | None]]) -> str:
    if not found:
        return "Nothing waits for an acknowledgement."
    alerts = [
        f"{'' if truce is None else f'{named(truce)}, '}{kind_and_stage(step.told.kind, step.stage)} "
        f"(alertd ack {step.short_id})"
        for step, truce in found[:NAMED]
    ]
    more = f"; and {plural(len(found) - NAMED, 'more alert')}" if len(found) > NAMED else ""
    return f"Not acknowledged: {'; '.join(alerts)}{more}."
