"""1. A repeat that cannot be ruled out is marked: a crash, or a timeout, between the channel's yes and the ledger's.

What was told before its moment, by a clock that was ahead, is told again at its moment, and is marked as well.
"""

from collections.abc import Iterator
from datetime import datetime

from simulation.events import Answered, Called, Ended, Tried
from simulation.evidence import Evidence

MARK = "POSSIBLE REPEAT"


def check(evidence: Evidence) -> Iterator[str]:  # noqa: C901, PLR0912  one case an event
    """After a try of which nobody knows how it went, the next is marked; where every try was a no, none is."""
    must: set[tuple[str, str]] = set()
    """What was sent, and may have arrived."""
    may: set[tuple[str, str]] = set()
    """What a worker had when the process ended, before or after its send; and what broke in a channel."""
    in_hands: set[tuple[str, str]] = set()
    sending: set[tuple[str, str]] = set()
    taken: set[tuple[str, str]] = set()
    """What its channel has taken, and the ledger does not know of yet."""
    told: set[tuple[str, str]] = set()
    """What its channel has taken, and the ledger knows of."""
    latest: datetime | None = None
    for event in evidence.run.log.of(Called, Tried, Answered, Ended):
        if isinstance(event, Called):
            if latest is not None and event.moment < latest:
                must |= {one for one in told if _is_ahead(evidence, one[1], event.moment)}
            latest = event.moment
        match event:
            case Called(call="dispatch"):
                in_hands |= {(event.detail, key) for key in event.keys}
            case Called(call="settle"):
                told |= {one for one in taken if one[1] in event.keys}
                must |= {one for one in told if _is_ahead(evidence, one[1], event.moment)}
                in_hands, taken = ({one for one in ones if one[1] not in event.keys} for ones in (in_hands, taken))
            case Tried():
                for line in event.lines:
                    one = event.target, line.key
                    if one in must and MARK not in line.title:
                        yield f"{line.key} was sent again unmarked, although its last try may have arrived"
                    if MARK in line.title and one not in must | may:
                        yield f"{line.key} is marked, and nothing had happened that could make it a repeat"
                    sending.add(one)
            case Answered():
                tried = {(event.target, line.key) for line in event.lines}
                sending -= tried
                if event.verdict == "accepted":
                    taken |= tried
                elif event.verdict == "unsure":
                    must |= tried
                elif event.verdict == "crashed":
                    may |= tried
            case Ended():
                must |= sending | taken
                may |= in_hands
                sending.clear()
                taken.clear()
                in_hands.clear()


def _is_ahead(evidence: Evidence, key: str, now: datetime) -> bool:
    """Whether the moment of an alert that time brings lies ahead."""
    row = evidence.rows.get(key)
    return row is not None and row.due_at > now
