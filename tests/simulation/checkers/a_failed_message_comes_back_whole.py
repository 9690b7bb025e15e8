"""7. A failed digest stays a digest: what failed in one message comes back in one message."""

from collections.abc import Iterator, Mapping

from simulation.events import Answered, Called, Ended, Saved, Tried
from simulation.evidence import Evidence

from alertd.domain.policy import DIGEST_ITEMS


def check(evidence: Evidence) -> Iterator[str]:
    """Of a message that failed, nothing is sent again in another message than the first of it that is.

    An edit may bring one of them back sooner, a start brings back all at once, quiet hours let a part of them wait, and
    so does a look before the files are read, or while the clock is in doubt: those prove nothing.
    """
    failed: dict[str, Mapping[str, str]] = {}
    """By target: for each key that is to come back, the message in which it failed."""
    came_back: dict[str, str] = {}
    """By message that failed: the one that brought something of it again."""
    for event in evidence.run.log.of(Tried, Answered, Ended, Saved, Called):
        match event:
            case Ended() | Saved() | Called(call="acquire", detail="some" | "in doubt"):
                failed.clear()
            case Answered():
                again = {line.key: event.message_id for line in event.lines} if _is_tried_again(event) else {}
                failed[event.target] = {**failed.get(event.target, {}), **again}
            case Tried():
                waiting = dict(failed.get(event.target, {}))
                for key in [line.key for line in event.lines if line.key in waiting]:
                    before = waiting.pop(key)
                    first = came_back.setdefault(before, event.message_id)
                    if first != event.message_id and len(event.lines) < DIGEST_ITEMS:
                        yield f"{key} failed in {before}, and came back in {event.message_id} apart from {first}"
                asleep = {key for key in waiting if evidence.is_asleep(evidence.rows[key], event.wall)}
                failed[event.target] = {key: before for key, before in waiting.items() if key not in asleep}


def _is_tried_again(event: Answered) -> bool:
    return event.verdict in {"failed", "unsure", "crashed"}
