"""What the checkers look things up in: the reading of the log, the rows at the end, and what arrived where."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from simulation import escalations, rosters
from simulation.chains import alert_of
from simulation.escalations import Escalations
from simulation.events import Answered, Arrived, Ended, Ticked
from simulation.faults import CALM, HOUR, TROUBLE
from simulation.ladders import LADDER, REMINDER, REVIEW, counted_to
from simulation.oracle import CHANGES, News, Oracle, Owed, read
from simulation.rosters import Rosters
from simulation.world import Run

from alertd.ledger import HistoryRow

LAST_WORD = TROUBLE + CALM - 1.5 * HOUR
"""What is owed by this moment has had all the time that it can need."""

WOKEN_WITHIN = timedelta(minutes=15)
"""The time after the end of quiet hours by which all that waited has gone out, where no channel fails."""


@dataclass(frozen=True)
class Evidence:
    """A run with everything that can be asked of it."""

    run: Run

    @cached_property
    def reading(self) -> Oracle:
        """Who had to be told what."""
        return read(self.run)

    @cached_property
    def escalations(self) -> Escalations:
        """What followed the alerts that nobody acknowledged."""
        return escalations.read(self.run)

    @cached_property
    def rosters(self) -> Rosters:
        """The steps and hand-overs by the duty lists."""
        return rosters.read(self.run, self.escalations)

    def is_wanted(self, alert: str) -> bool:
        """True if an alert speaks of what is in force in the end, as far as that can be told.

        Not one that a later stage has overtaken: a clock that was set back had put it on the agenda again.
        """
        rows = (row for row in self.run.rows if row.kind != "escalated" and row.state != "overtaken")
        told = next((row for row in rows if alert_of(row.key) == alert), None)
        if told is None or told.truce is None:
            return False
        if told.kind in CHANGES:
            later = (row for row in self.run.rows if row.truce == told.truce and row.kind in CHANGES)
            is_last = not any(row.due_at > told.due_at for row in later)
            leads_to = {end for _, _, end in self.reading.wanted_of(told.truce)}
            return is_last and (told.ends_at in leads_to if told.ends_at is not None else bool(leads_to))
        return (told.kind, _stage_of(told), _end_of(told)) in self.reading.wanted_of(told.truce)

    @property
    def owed(self) -> Iterable[Owed]:
        """The stages that had to be told, and were not released, by the time at which all must be done.

        Not what failed, and waits for quiet hours that last to the end.
        """
        return (
            one
            for one in self.reading.owed.values()
            if not (one.released or one.owed_since.at > LAST_WORD or self.waits_on(self.row_of(one)))
        )

    def waits_on(self, row: HistoryRow | None) -> bool:
        """Whether it still waits when the world ends, as quiet hours last so long, or were just over."""
        return row is not None and row.state == "planned" and self.is_asleep(row, self.run.log.events[-1].wall)

    def is_asleep(self, row: HistoryRow, moment: datetime) -> bool:
        """Whether the quiet hours of its target let it wait at a moment, or did so just before."""
        moments = (moment, moment - WOKEN_WITHIN)
        return any(self.run.rules.waits_until(row.target, row.kind, row.stage, one) for one in moments)

    @property
    def news(self) -> Iterable[News]:
        """The changes that had to be told."""
        return (one for one in self.reading.news if one.told_since.at <= LAST_WORD)

    @cached_property
    def rows(self) -> dict[str, HistoryRow]:
        """The rows by their key."""
        return {row.key: row for row in self.run.rows}

    @cached_property
    def _stages(self) -> dict[tuple[str | None, str, str | None, datetime | None, str], HistoryRow]:
        return {(row.truce, row.kind, _stage_of(row), _end_of(row), row.target): row for row in self.run.rows}

    def row_of(self, owed: Owed) -> HistoryRow | None:
        """The row that ought to tell it."""
        return self.find(*owed.row)

    def find(self, truce: str, kind: str, stage: str, ends_at: datetime | None, target: str) -> HistoryRow | None:
        """The row of a stage, or of a review."""
        return self._stages.get((truce, kind, stage, ends_at, target))

    @cached_property
    def arrivals(self) -> dict[tuple[str, str], list[Arrived]]:
        """What arrived, by target and key."""
        found = defaultdict(list)
        for event in self.run.log.of(Arrived):
            for line in event.sent.lines:
                found[event.target, line.key].append(event)
        return found

    @cached_property
    def answers(self) -> dict[tuple[str, str], list[Answered]]:
        """What the daemon was told about its sends, by target and key."""
        found = defaultdict(list)
        for event in self.run.log.of(Answered):
            for line in event.lines:
                found[event.target, line.key].append(event)
        return found

    def arrived(self, row: HistoryRow) -> bool:
        """Whether people at its target have read it."""
        return (row.target, row.key) in self.arrivals

    def was_told(self, owed: Owed, row: HistoryRow) -> bool:
        """True if people have read it at its moment, or had read a later stage of its end before it was owed.

        A clock that is set back later may supersede a row that was out: by that clock its end is not known yet. Of a
        question a later one will do, as it asks the same.
        """
        asked = (
            other
            for other in self.run.rows
            if row.kind == other.kind == REVIEW
            and (other.truce, other.target) == (row.truce, row.target)
            and other.due_at > row.due_at
        )
        return any((each.target, each.key) in self.arrivals for each in asked) or any(
            event.sent.wall >= each.due_at and (each is row or event.sent.at <= owed.owed_since.at)
            for each in (row, *self.tighter(row))
            for event in self.arrivals.get((each.target, each.key), ())
        )

    def was_refused(self, row: HistoryRow) -> bool:
        """Whether its target said that it will never take it."""
        return any(one.verdict == "refused" for one in self.answers.get((row.target, row.key), []))

    def given_up(self, row: HistoryRow) -> bool:
        """Whether it was settled when no time was left to try again."""
        return row.settled_at is not None and row.settled_at - row.due_at > self.run.rules.catch_up * 0.9

    def stands_in_a_summary(self, row: HistoryRow) -> bool:
        """True if a line of a summary that reached its target names it, with its moment as messages tell it in UTC."""
        due = f"{row.due_at:%H:%M:%S}" if row.due_at.second else f"{row.due_at:%H%M}"
        due = f"{due}Z {row.due_at:%a} {row.due_at.day} {row.due_at:%b}"
        return any(
            (row.truce or "") in about and due in when
            for event in self.run.log.of(Arrived)
            if event.target == row.target and any(line.kind == "missed" for line in event.sent.lines)
            for about, _, when in (line.rpartition("was due ") for line in event.sent.text.splitlines())
        )

    def tighter(self, row: HistoryRow) -> list[HistoryRow]:
        """The later stages of the same end, start or milestone for the same target."""
        return [
            other
            for other in self.run.rows
            if (other.truce, other.target, _end_of(other)) == (row.truce, row.target, _end_of(row))
            and other.kind in LADDER
            and (_end_of(row) is not None or _leads_to(other) == _leads_to(row))
            and other.due_at > row.due_at
        ]

    @cached_property
    def lives(self) -> list[tuple[float, float]]:
        """From when to when the process lived and ticked: from its first tick to its end."""
        lives: list[tuple[float, float]] = []
        first: float | None = None
        for event in self.run.log.of(Ticked, Ended):
            if isinstance(event, Ended):
                if first is not None:
                    lives.append((first, event.at))
                first = None
            elif first is None:
                first = event.at
        return lives

    def was_held_up(self, begins: float, ends: float) -> bool:
        """Whether the process stood still, or was cut off from its ledger: one that is alone never is."""
        return False

    def lived_through(self, begins: float, ends: float) -> bool:
        """Whether the process ticked without an end in between."""
        return any(first <= begins and ends <= last for first, last in self.lives)


def _leads_to(row: HistoryRow) -> tuple[str, datetime | None, str | None]:
    """What its stage leads to, where that is no end."""
    return row.kind, row.at, row.milestone


def _end_of(row: HistoryRow) -> datetime | None:
    """The end to which its stage leads; None where it leads to a closing that is not the last."""
    is_closing = row.kind == REMINDER and row.ends_at is not None and row.at is not None and row.at < row.ends_at
    return None if is_closing else row.ends_at


def _stage_of(row: HistoryRow) -> str | None:
    if row.stage is not None:
        return counted_to(row.stage, row.at, _end_of(row), row.milestone)
    return row.due_at.isoformat() if row.kind == REVIEW else None


def longest_call(run: Run) -> timedelta:
    """How long one call of the ledger can take to be answered in this world."""
    return timedelta(seconds=2 * run.swarm.slow_disk + 0.01)
