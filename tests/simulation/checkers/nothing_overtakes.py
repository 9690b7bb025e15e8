"""1. No alert of a truce overtakes another on its way to a target: none is given to it while another is under way."""

from collections.abc import Iterator

from simulation.events import Answered, Ended, Tried
from simulation.evidence import Evidence


def check(evidence: Evidence) -> Iterator[str]:
    """A program may have many messages on their way to it, but no two of the same truce."""
    on_their_way: dict[tuple[str, str], str] = {}
    """The message of each target and truce."""
    for event in evidence.run.log.of(Tried, Answered, Ended):
        match event:
            case Ended():
                on_their_way.clear()
            case Tried() | Answered():
                for one in {(event.target, line.truce) for line in event.lines if line.truce is not None}:
                    if isinstance(event, Answered):
                        on_their_way.pop(one, None)
                    elif one in on_their_way:
                        yield f"{one[0]} was given another message of {one[1]} while {on_their_way[one]} was under way"
                    else:
                        on_their_way[one] = event.message_id
