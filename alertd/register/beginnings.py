"""A start that is open: its condition, and the records in `[[truce.begun]]` that the truce has begun.

What counts from the start is read anew for each record, so that it is known for every moment what was known of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alertd.domain.beginning import Beginning, OpenStart
from alertd.domain.milestone import Milestone
from alertd.domain.recording import Recording, Void
from alertd.domain.truce import Truce, expiry
from alertd.errors import Code
from alertd.register.confirmations import ConfirmationReader
from alertd.register.problems import ProblemCollector
from alertd.register.records import as_written
from alertd.register.shape import BeginningTable, TruceTable
from alertd.register.times import Times
from alertd.times.end import NEVER, End
from alertd.times.formats import show_end
from alertd.toml.positions import KeyPath

BEGUN = "begun"
CONDITION = "starts_condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class FromStart:
    """All that counts from a start."""

    first_end: End
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A record that the truce has begun, without what counts from there."""

    path: KeyPath
    at: datetime
    announced: datetime
    sources: tuple[str, ...]
    recording: Recording | None
    void: Void | None


class BeginningReader:
    """Reads the open start of one truce; whatever cannot be read is reported at its key."""

    def __init__(self, times: Times, collector: ProblemCollector, table: TruceTable) -> None:
        self._times = times
        self._collector = collector
        self._condition = table.starts_condition
        self._tables = table.begun
        self._lasts = None if table.lasts is None else as_written(table.lasts)
        self.is_open = bool(table.starts_condition) and table.starts is None and table.daily is None
        """True for a truce of which no moment of the start was agreed."""
        self._check(table)
        found = (self._read(index, each) for index, each in enumerate(self._tables)) if self.is_open else ()
        self._read_ones = sorted((each for each in found if each is not None), key=lambda each: each.announced)

    @property
    def at(self) -> datetime:
        """The start by the record that counts; NEVER as long as the truce has not begun."""
        return next((each.at for each in reversed(self._read_ones) if each.void is None), NEVER)

    def start(self, counted: Callable[[datetime], FromStart]) -> OpenStart | None:
        """The start with what counts from each record, and without any; None for a truce that has a moment."""
        if not self.is_open:
            return None
        waiting = counted(NEVER)
        return OpenStart(
            condition=self._condition or "",
            first_end=waiting.first_end,
            lasts=self._lasts,
            milestones=waiting.milestones,
            beginnings=tuple(self._beginning(each, counted(each.at)) for each in self._read_ones),
        )

    def check(self, truce: Truce) -> None:
        """Report the record that counts where the truce was over by then."""
        if not self._read_ones:
            return
        over = expiry(truce)
        for each in self._read_ones:
            if each.void is None and each.at >= over.surely_over:
                shown = show_end(over, zone=self._times.zone, zone_name=self._times.zone_name)
                message = f"`at` is not before the end of the truce, {shown}: write the moment at which it began"
                self._collector.report((*each.path, "at"), Code.ORDER, message)

    def _check(self, table: TruceTable) -> None:
        report = self._collector.report
        if self._condition and (table.starts is not None or table.daily is not None):
            beside = "starts" if table.starts is not None else "daily"
            message = f"`{CONDITION}` stands beside `{beside}`, which says when it starts: keep one of them"
            report((CONDITION,), Code.TWO_ENDS, message)
        elif table.begun and not self._condition:
            message = f"`{BEGUN}` answers a `{CONDITION}`, and there is none: write the moment as `starts`"
            report((BEGUN,), Code.UNKNOWN_KEY, message)
        elif self.is_open and table.announced is None and not self._collector.spoiled(("announced",)):
            report((), Code.MISSING, "a truce whose start is open needs `announced`: write when it became known")

    def _read(self, index: int, table: BeginningTable) -> _Read | None:
        path: KeyPath = (BEGUN, index)
        at = self._times.moment((*path, "at"), table.at)
        if at is None and not self._collector.spoiled((*path, "at")):
            self._collector.report(path, Code.MISSING, "a start needs `at`, the moment at which the truce begins")
        announced = self._times.announced((*path, "announced"), table.announced)
        recording = self._times.recording(path, table, announced)
        if at is None or self._collector.spoiled(path):
            self._collector.leave_out("the start", path)
            return None
        known_from = announced or at
        void = ConfirmationReader(self._times, self._collector).void(path, table, known_from)
        return _Read(path=path, at=at, announced=known_from, sources=table.source, recording=recording, void=void)

    def _beginning(self, read: _Read, counted: FromStart) -> Beginning:
        return Beginning(
            at=read.at,
            announced=read.announced,
            sources=read.sources,
            recording=read.recording,
            void=read.void,
            first_end=counted.first_end,
            milestones=counted.milestones,
        )
