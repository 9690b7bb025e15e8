"""Alerts that waited for the end of the same quiet hours come as one message where the channel takes digests."""

from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from simulation.events import Called, Ended, Saved, Stepped, Tried
from simulation.evidence import Evidence

from alertd.domain.policy import DIGEST_ITEMS


@dataclass
class _Morning:
    """The alerts that went out, of all that had waited for one end."""

    first: Called | None = None
    """The call that handed over the first of it; None where something happened since that may part the others."""
    out: set[str] = field(default_factory=set)


def check(evidence: Evidence) -> Iterator[str]:
    """Of what is first handed over after that end, all is handed over at once: but for a crash, a full disk, an edit.

    A clock that is set, or in doubt, proves nothing either. What a fallback is told in the place of another channel is
    merged for itself.
    """
    digests = {target for one in evidence.run.rules.channels if one.digest for target in one.targets}
    mornings: dict[tuple[str, datetime, bool], _Morning] = defaultdict(_Morning)
    """By target and end, apart for what a fallback is told."""
    instead = {
        (tried.target, line.key)
        for tried in evidence.run.log.of(Tried)
        if "In the place of channel" in tried.text
        for line in tried.lines
    }
    for event in evidence.run.log.of(Called, Ended, Saved, Stepped):
        if not isinstance(event, Called) or event.call.endswith("failed") or event.detail == "in doubt":
            for morning in mornings.values():
                morning.first = None
        elif event.call == "dispatch" and event.detail in digests:
            yield from _follow(evidence, event, mornings, instead)


def _follow(
    evidence: Evidence,
    call: Called,
    mornings: dict[tuple[str, datetime, bool], _Morning],
    instead: Container[tuple[str, str]],
) -> Iterator[str]:
    for key in call.keys:
        ended = evidence.rows[key].quiet_until
        if ended is None or call.moment < ended:
            continue
        morning = mornings[call.detail, ended, (call.detail, key) in instead]
        first = morning.first = morning.first or call
        if key not in morning.out and first is not call and len(first.keys) < DIGEST_ITEMS:
            yield f"{key} was handed over apart from {first.keys[0]}, which had waited as long"
        morning.out.add(key)
