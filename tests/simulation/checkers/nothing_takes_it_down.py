"""6. One bad edit, one bad channel, one full disk never takes the daemon down."""

from collections.abc import Iterator

from simulation.events import Complained, Ended
from simulation.evidence import Evidence

OUR_DOING = ("killed", "stopped")
INJECTED = ("the disk is full", "a fault in one of a hundred services")


def check(evidence: Evidence) -> Iterator[str]:
    """The process ends only when it is killed or told to; no tick, worker or send meets a fault that nobody made."""
    for event in evidence.run.log.of(Ended, Complained):
        match event:
            case Ended():
                if event.how not in OUR_DOING:
                    yield f"the process ended by itself: {event.how}"
            case Complained(event="tick.failed" | "delivery.crashed" | "worker.crashed" | "ledger.failed"):
                if not any(text in event.detail for text in INJECTED):
                    yield f"{event.event} at {event.wall:%d %H:%M:%S}: {event.detail}"
