"""The milestones of a truce: each with its moment, be it written or counted from the start or from another milestone.

None moves an end, so one that cannot be read is left out alone.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from alertd.domain.milestone import Milestone
from alertd.domain.recording import Recording, Void
from alertd.domain.truce import Truce, expiry
from alertd.errors import Code, Level
from alertd.register.confirmations import ConfirmationReader
from alertd.register.problems import ProblemCollector
from alertd.register.records import as_written
from alertd.register.shape import MilestoneTable
from alertd.register.times import Times
from alertd.times.end import NEVER, End, EndKind
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

MILESTONE = "milestone"
START = "start"
ANSWERS = ("met", "missed")

_ID = re.compile(r"[a-z0-9-]+")


class MilestoneReader:
    """Reads the milestones of one truce; whatever cannot be read is reported at its key."""

    def __init__(
        self, times: Times, collector: ProblemCollector, tables: list[MilestoneTable], raw: list[TomlTable]
    ) -> None:
        """`raw` are the same tables as they stand in the file."""
        self._times = times
        self._collector = collector
        self._tables = tables
        self._raw = raw
        self._places: dict[str, int] = {}
        """Of each id that can be counted from."""
        self._moments: dict[int, datetime | None] = {}

    def milestones(self, starts: datetime | None, announced: datetime) -> tuple[Milestone, ...]:
        """Every milestone that can be read, in the order of the file; `announced` is the truce's own moment."""
        for index, table in enumerate(self._tables):
            self._check_id(index, table)
        found = []
        for index, table in enumerate(self._tables):
            at = self._moment(index, starts, ())
            if at is not None and starts is not None and at < starts != NEVER:
                self._refuse(
                    index, self._time_key(index), Code.ORDER, "leads to a moment before the start of the truce"
                )
                at = None
            if at is None or self._places.get(table.id or "") != index:
                self._collector.leave_out(f"the {MILESTONE}", (MILESTONE, index))
            else:
                found.append(self._milestone(index, table, at, announced))
                self._leave_out_keys(index)
        return tuple(found)

    def check(self, truce: Truce) -> None:
        """Warn of each milestone that is owed when the truce is over, as far as its end is agreed."""
        if not truce.milestones:
            return
        over = expiry(truce).surely_over
        for milestone in truce.milestones:
            if milestone.has_moment and milestone.at > over:
                index = self._places[milestone.id]
                key = self._time_key(index)
                message = f"`{key}` leads to a moment after the agreed end of the truce: is it right?"
                self._collector.report((MILESTONE, index, key), Code.ORDER, message, level=Level.WARNING)

    def _check_id(self, index: int, table: MilestoneTable) -> None:
        path: KeyPath = (MILESTONE, index)
        if table.id is None:
            if not self._collector.spoiled((*path, "id")):
                self._collector.report(path, Code.MISSING, "a milestone needs an `id`, such as `withdrawal`")
        elif table.id == START or not _ID.fullmatch(table.id):
            message = f"an id takes a-z, 0-9 and - alone, and is not `{START}`: write one such as `withdrawal`"
            self._collector.report((*path, "id"), Code.SYNTAX, message)
        elif table.id in self._places:
            message = f"another milestone of this truce has the id `{table.id}`: give this one an id of its own"
            self._collector.report((*path, "id"), Code.DUPLICATE_ID, message)
        else:
            self._places[table.id] = index

    def _moment(self, index: int, starts: datetime | None, counted: tuple[int, ...]) -> datetime | None:
        """The moment of a milestone; `counted` are those that count from it. None, and reported, without one."""
        if index not in self._moments:
            self._moments[index] = self._read_moment(index, starts, (*counted, index))
        return self._moments[index]

    def _read_moment(self, index: int, starts: datetime | None, counted: tuple[int, ...]) -> datetime | None:
        table, path = self._tables[index], (MILESTONE, index)
        given = [key for key in ("at", "after") if key in self._raw[index]]
        if len(given) > 1:
            self._refuse(index, "after", Code.TWO_ENDS, "stands beside `at`: keep one of them")
            return None
        if given == ["at"]:
            if "from" in self._raw[index]:
                message = "`from` is what `after` counts from, and means nothing beside `at`"
                self._collector.report((*path, "from"), Code.UNKNOWN_KEY, message, level=Level.WARNING)
            return self._at((*path, "at"), table.at)
        if not given:
            message = 'a milestone needs `at`, its moment, or `after`, such as "72h" from the start'
            self._collector.report(path, Code.MISSING, message)
            return None
        duration = self._times.duration((*path, "after"), table.after)
        base = self._base(index, starts, counted)
        if duration is None or base is None:
            return None
        if base == NEVER:
            return NEVER
        end = self._times.later((*path, "after"), End.instant(base), duration)
        return None if end is None else end.at

    def _at(self, path: KeyPath, value: object) -> datetime | None:
        end = self._times.end(path, value, None)
        if end is not None and end.kind is EndKind.DATE:
            message = "`at` is a day without an hour: write the hour too, such as 2025-10-10T12:00:00"
            self._collector.report(path, Code.BAD_TIME, message)
            return None
        return None if end is None else end.at

    def _base(self, index: int, starts: datetime | None, counted: tuple[int, ...]) -> datetime | None:
        base = self._tables[index].base
        if base == START:
            if starts is None:
                message = "counts from the start of the truce, and no moment of that is known: write `at` instead"
                self._refuse(index, "after", Code.BAD_DURATION, message)
            return starts
        place = self._places.get(base)
        if place is None:
            known = ", ".join(f'"{name}"' for name in (START, *self._places) if name != self._tables[index].id)
            self._refuse(
                index, "from", Code.MISSING, f"names no milestone of this truce: write {known.replace(', ', ' or ')}"
            )
            return None
        if place in counted:
            what = "counts from itself" if place == index else "counts from a milestone that counts from this one"
            self._refuse(index, "from", Code.ORDER, f'{what}: write "{START}", or give one of them `at`')
            return None
        moment = self._moment(place, starts, counted)
        if moment is None:
            self._refuse(index, "from", Code.ORDER, "names a milestone that has no moment: mend that one first")
        return moment

    def _milestone(self, index: int, table: MilestoneTable, at: datetime, truce_announced: datetime) -> Milestone:
        path: KeyPath = (MILESTONE, index)
        if not table.what and not self._collector.spoiled((*path, "what")):
            self._collector.report(path, Code.MISSING, "a milestone needs `what`, the obligation in a few words")
        announced = self._times.announced((*path, "announced"), table.announced)
        known_from = truce_announced if announced is None else announced
        decision = self._times.recording(path, table, announced, of="decision")
        return Milestone(
            id=table.id or "",
            what=table.what or table.id or "",
            by=table.by,
            at=at,
            waits_for=None if at != NEVER else _waits_for(table),
            announced=known_from,
            sources=table.source,
            recording=self._times.recording(path, table, announced),
            decision_recording=decision,
            void=self._void(path, table, known_from, decision),
            **dict(self._answers(path, table, known_from)),
        )

    def _answers(
        self, path: KeyPath, table: MilestoneTable, announced: datetime
    ) -> Iterator[tuple[str, datetime | None]]:
        """Its outcome, key by key; an answer that cannot be right leaves it open, so that it is asked about."""
        for key in ANSWERS:
            answer = self._times.moment((*path, key), getattr(table, key))
            if answer is not None and answer < announced:
                message = f"`{key}` lies before the milestone was announced: mend the one or the other"
                self._collector.report((*path, key), Code.ORDER, message)
            elif answer is not None and answer > self._times.now:
                message = f"`{key}` lies in the future: is its date right?"
                self._collector.report((*path, key), Code.ORDER, message, level=Level.WARNING)
            if self._collector.spoiled((*path, key)):
                answer = None
            yield key, answer

    def _void(
        self, path: KeyPath, table: MilestoneTable, announced: datetime, decision: Recording | None
    ) -> Void | None:
        """The mark of an outcome that was a mistake; one that was recorded after it has another, and counts."""
        void = ConfirmationReader(self._times, self._collector).void_decision(path, table, announced)
        is_older = void is not None and decision is not None and decision.at is not None and decision.at > void.at
        return None if is_older else void

    def _leave_out_keys(self, index: int) -> None:
        for key in self._raw[index]:
            if self._collector.spoiled(path := (MILESTONE, index, key)):
                self._collector.leave_out(f"`{key}` of the {MILESTONE}", path)

    def _time_key(self, index: int) -> str:
        return "after" if "after" in self._raw[index] else "at"

    def _refuse(self, index: int, key: str, code: Code, message: str) -> None:
        self._collector.report((MILESTONE, index, key), code, f"`{key}` {message}")


def _waits_for(table: MilestoneTable) -> str:
    return f"{as_written(table.after)} after {'the start' if table.base == START else table.base}"
