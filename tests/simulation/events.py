"""What was observed of a simulated world, in order: who saved what, what was sent where, and what the disk was told.

An event is something that can be seen from outside of the daemon: at its files, its targets, its ledger's door. The
checkers judge from these alone. As text, one line each, they are the event log: the same seed gives the same bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from simulation.expected import Truth

if TYPE_CHECKING:
    from simulation.duties import Calendar


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened at a moment."""

    at: float
    """Monotonic, in seconds."""
    wall: datetime
    """What the wall clock showed."""


@dataclass(frozen=True, kw_only=True)
class Saved(Event):
    """Somebody changed the truce files."""

    act: str
    state: "FileState"


@dataclass(frozen=True, kw_only=True)
class FileState:
    """What the truce files say at a moment, in the plain reading of truths.py."""

    number: int
    """Counts the saves."""
    truths: tuple[Truth, ...]
    """Every truce that stands there and can be read."""
    broken: frozenset[str] = frozenset()
    """Ids of which the files say something that cannot be read, or that is cut off."""
    broken_files: frozenset[str] = frozenset()
    """The files in which those stand."""
    cut_files: frozenset[str] = frozenset()
    """The files that end in the middle of a line: what stood below may be wanted still."""
    withdrawn: frozenset[str] = frozenset()
    """Ids that the list of what was withdrawn names, where that is not deleted as well."""
    missing: frozenset[str] = frozenset()
    """Ids whose whole file is gone or empty."""
    texts: tuple[tuple[str, str], ...] = ()
    """Every file with its text, by name."""


@dataclass(frozen=True, kw_only=True)
class Looked(Event):
    """The daemon read the register, in this state and with these zone data."""

    moment: datetime
    """The `now` of the tick that read it."""
    state: FileState
    old_zones: bool
    once_more: bool
    """Whether nothing had changed: files are opened again once they have stood still."""


@dataclass(frozen=True, kw_only=True)
class Called(Event):
    """A call of the ledger that was carried out."""

    call: str
    moment: datetime
    """The `now` that it was given."""
    keys: tuple[str, ...] = ()
    """What it handed over, or settled, as far as it did."""
    rungs: tuple[tuple[str, str, str, datetime | None], ...] = ()
    """The truce, kind, stage and end of what it handed over of a ladder."""
    steps: tuple[tuple[str, str, str, datetime | None], ...] = ()
    """The same of the alerts that the steps follow which it handed over."""
    outcomes: tuple[tuple[str, str], ...] = ()
    """What it settled: for each of its keys the verdict, and the state that was asked for."""
    said: tuple[str, ...] = ()
    """Keys of the ops alerts that were put on the agenda together with it."""
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Ticked(Event):
    """A tick was done without a fault; it had begun at `moment` of the wall clock."""

    moment: datetime


@dataclass(frozen=True, kw_only=True)
class Line:
    """One alert in a message."""

    key: str
    truce: str | None
    kind: str
    stage: str | None
    ends_at: datetime | None
    due_at: datetime
    about: str | None
    title: str
    promises: tuple["Promise", ...] = ()


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a sentence of a message claims to follow: when its reader is told of an end next, or that it never is."""

    text: str
    ends_at: datetime | None
    """None where it speaks of no end with a moment."""
    next_at: datetime | None
    stands: bool
    """That end is said to be the one that stands."""


@dataclass(frozen=True, kw_only=True)
class Tried(Event):
    """The daemon gave a message to a channel."""

    target: str
    message_id: str
    title: str
    text: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Arrived(Event):
    """People have read a message: what the daemon was told about it is another matter."""

    target: str
    message_id: str
    sent: Tried


@dataclass(frozen=True, kw_only=True)
class Answered(Event):
    """What the daemon was told about a send."""

    target: str
    message_id: str
    verdict: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Acknowledged(Event):
    """Somebody acknowledged an alert, or tried to."""

    person: str
    key: str
    """Of the delivery by which it was named."""
    alert: str
    outcome: str
    """`taken`, `unknown`, or the reason why not."""


@dataclass(frozen=True, kw_only=True)
class Scheduled(Event):
    """Somebody saved the calendar of a duty list."""

    duty: str
    calendar: "Calendar | None"
    """None: it cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Taken(Event):
    """Steps of escalations that wait for their workers once the agenda was looked at."""

    moment: datetime
    in_doubt: bool
    keys: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ToldOfDuty(Event):
    """A word about a duty list: a fault of it, or a hand-over."""

    about: str
    key: str
    target: str
    due_at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class Began(Event):
    """The process started."""


@dataclass(frozen=True, kw_only=True)
class Ended(Event):
    """The process is gone: killed, crashed, or stopped in peace."""

    how: str


@dataclass(frozen=True, kw_only=True)
class Stepped(Event):
    """The wall clock was moved, by a step or by a suspend."""

    by: float
    how: str


@dataclass(frozen=True, kw_only=True)
class Calm(Event):
    """From now on no fault is left in the world."""


@dataclass(frozen=True, kw_only=True)
class Complained(Event):
    """The daemon wrote a warning or an error to its log."""

    event: str
    detail: str = ""


@dataclass
class Log:
    """The events of one world, in order."""

    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        self.events.append(event)

    def of(self, *kinds):
        """The events of some kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]

    def turns(self) -> str:
        """What happened when, in order: without a word of any message, which may change."""
        return "".join(f"{event.at:.6f} {type(event).__name__.lower()}\n" for event in self.events)

    def text(self) -> str:
        """The event log."""
        return "".join(line for _, line in self.lines())

    def lines(self) -> Iterator[tuple[float, str]]:
        """The event log line by line, each with its moment."""
        return ((event.at, f"{line_of(event)}\n") for event in self.events)


def line_of(event: Event) -> str:
    """One event as one line; no set is printed in an order of its own."""
    rest = {name: value for name, value in vars(event).items() if name not in {"at", "wall", "state", "sent"}}
    told = " ".join(f"{name}={_shown(value)}" for name, value in rest.items())
    state = getattr(event, "state", None)
    return f"{event.at:.6f} {event.wall.isoformat()} {type(event).__name__.lower()} {told}" + (
        f" state={state.number}" if state is not None else ""
    )


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return f"({', '.join(map(_shown, value))})"
    if isinstance(value, Line):
        return f"<{value.key} {value.title!r}>"
    return repr(value)
