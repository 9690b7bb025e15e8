"""6. One bad edit, one bad channel, one full disk never takes the daemon down."""

from collections.abc import Iterator

from simulation.events import Complained, Ended, Looked, Saved
from simulation.evidence import Evidence

OUR_DOING = ("killed", "stopped", "gave up: LedgerError")
INJECTED = ("the disk is full", "a fault in one of a hundred services")


def check(evidence: Evidence) -> Iterator[str]:
    """The process ends only when it is killed or told to; no tick and no send meets a fault that nobody made; it reads.

    Where nobody saw it read what was saved, nothing that the other checkers say is worth anything.
    """
    log = evidence.run.log
    if not {event.state.number for event in log.of(Looked)} & {event.state.number for event in log.of(Saved)}:
        yield "nobody saw the daemon read a truce file"
    for event in log.of(Ended, Complained):
        match event:
            case Ended():
                if event.how not in OUR_DOING:
                    yield f"the process ended by itself: {event.how}"
            case Complained(event="tick.failed" | "delivery.crashed" | "ledger.failed"):
                if not any(text in event.detail for text in INJECTED):
                    yield f"{event.event} at {event.wall:%d %H:%M:%S}: {event.detail}"
