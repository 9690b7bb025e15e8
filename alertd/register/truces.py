"""One `[[truce]]` table as a truce: every problem found, and watched by whatever can be read of it.

A truce is refused only where no end or no zone can be read. Anything else that cannot be read is left out, and the
truce says so. `records` knows what has been said since; this module what was agreed at first.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from alertd.domain.packing import packed
from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce
from alertd.errors import Code, Level, Problem, TimeRefused
from alertd.register.acts import ACTS, CHECKED, CLOSED, ActReader
from alertd.register.beginnings import BEGUN, CONDITION, BeginningReader, FromStart
from alertd.register.daily import DailyReader
from alertd.register.milestones import MILESTONE, MilestoneReader
from alertd.register.order import report_order
from alertd.register.problems import ProblemCollector
from alertd.register.records import CLAIM, EXTENSION, Known, RecordReader, as_written, given_end
from alertd.register.shape import TruceTable
from alertd.register.stated import StatedChecker
from alertd.register.terminations import TERMINATION, read_terminations
from alertd.register.times import Times
from alertd.register.withdrawals import WITHDRAWN, Withdrawal, read_withdrawal
from alertd.times.end import ALWAYS, NEVER, End
from alertd.times.instant import ZoneLookup
from alertd.toml.load import TomlTable, tables_at
from alertd.toml.positions import KeyPath
from alertd.toml.recovery import Document
from alertd.toml.validation import validate_partial

END_KEYS = ("ends", "lasts", "open", "until_condition")

RECORDS_AT_MOST = 1_000
"""Of one truce; each is compared with those before it."""

_RECORDS = (EXTENSION, CLAIM, TERMINATION, MILESTONE, BEGUN, *ACTS, WITHDRAWN)

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""The start of a window of which neither start nor end has a moment; it can be shown in every zone."""

_ZONE_BOUND = frozenset({Code.WEEKDAY, Code.GAP, Code.OVERLAP, Code.ORDER, Code.MISMATCH})
"""The problems that only the right zone can tell."""

_ID = re.compile(r"[a-z0-9-]+")
_NOT_ID = re.compile(r"[^a-z0-9]+")


@packed
@dataclass(frozen=True, slots=True)
class ReadTruce:
    """A truce as far as its file can be read."""

    id: str
    file: str
    """Relative to the config folder."""
    line: int
    truce: Truce | None
    """None where no end can be read, and for ids that stand twice."""
    problems: tuple[Problem, ...]
    statements: tuple[tuple[KeyPath, Record | Termination], ...] = ()
    """Its records and terminations, each with its place in the table of the truce: `("claim", 0)`."""
    may_go_on: bool = False
    """True if its file ends with it, and in the middle of a line: the rest may still be on its way."""
    withdrawal: Withdrawal = Withdrawal.NONE

    @property
    def has_error(self) -> bool:
        """True if a last good form, if there is one, is to be kept instead."""
        return any(problem.level is Level.ERROR for problem in self.problems)


def read_truce(
    document: Document, index: int, raw: TomlTable, *, zone_for: ZoneLookup, now: datetime
) -> tuple[ReadTruce | None, tuple[Problem, ...]]:
    """Read one truce of a document; without an id there is nothing to watch, and problems alone."""
    truce_id = usable_id(raw, document)
    if (count := sum(len(records) for key in _RECORDS if isinstance(records := raw.get(key), list))) > RECORDS_AT_MOST:
        return _too_long(document, index, truce_id, count)
    collector = ProblemCollector(document, index, truce_id)
    collector.report_mistakes()
    table, sound = _sifted(collector, raw)
    _check_id(collector, table, truce_id)
    zone = _zone(collector, table, zone_for)
    times = Times(collector, zone or UTC, table.zone or "UTC", zone_for, now)
    reader = _TruceReader(collector, times, table, sound)
    truce = reader.read(truce_id or "")
    withdrawal = read_withdrawal(times, collector, sound)
    problems = tuple(collector.problems if zone else _without_zone(collector.problems))
    if truce_id is None:
        return None, problems
    line = document.truce_line(index)
    may_go_on = document.ends_within_a_line and index == len(document.truces) - 1
    if withdrawal is Withdrawal.HOLDS:
        problems = ()
    read = ReadTruce(
        truce_id,
        document.file,
        line,
        truce if zone else None,
        problems,
        tuple(reader.statements),
        may_go_on,
        withdrawal,
    )
    return read, problems


def _too_long(
    document: Document, index: int, truce_id: str | None, count: int
) -> tuple[ReadTruce | None, tuple[Problem, ...]]:
    """A truce of which no record is read, as there are more than anybody can follow."""
    message = (
        f"the truce has {count:,} records and checks, and alertd reads at most {RECORDS_AT_MOST:,} of one: take out "
        "those that count no more, or go on with a new [[truce]] under an id of its own"
    )
    line = document.truce_line(index)
    problems = (Problem(document.file, line, truce_id, Level.ERROR, Code.SYNTAX, message),)
    return None if truce_id is None else ReadTruce(truce_id, document.file, line, None, problems), problems


def usable_id(raw: TomlTable, document: Document) -> str | None:
    """The id as written, or the nearest that an id can be."""
    written = raw.get("id")
    if not isinstance(written, str) or any("id" in mistake.keys for mistake in document.mistakes):
        return document.written_id
    if _ID.fullmatch(written):
        return written
    return _NOT_ID.sub("-", written.lower()).strip("-") or None


def _check_id(collector: ProblemCollector, table: TruceTable, usable: str | None) -> None:
    if table.id is None:
        if not collector.spoiled(("id",)):
            collector.report((), Code.MISSING, "a truce needs an `id`, such as `eastern-ghouta`")
    elif table.id != usable:
        advice = f"write `{usable}`" if usable else "write one such as `eastern-ghouta`"
        collector.report(("id",), Code.SYNTAX, f"an id takes a-z, 0-9 and - alone: {advice}")


def _sifted(collector: ProblemCollector, raw: TomlTable) -> tuple[TruceTable, TomlTable]:
    """The table as the model sees it, and as it stands in the file without what is left out."""
    sound = collector.sound(raw)
    for key in (EXTENSION, CLAIM, MILESTONE, BEGUN):
        if isinstance(record := sound.get(key), dict):
            collector.report((key,), Code.SYNTAX, f"write [[truce.{key}]], with two brackets: there may be several")
            sound[key] = [record]
    is_single = isinstance(single := sound.get(TERMINATION), dict)
    table, field_errors = validate_partial(TruceTable, sound | {TERMINATION: [single]} if is_single else sound)
    for field_error in field_errors:
        path = field_error.path
        in_file = path[:1] + path[2:] if is_single and path[0] == TERMINATION else path
        collector.report(in_file, field_error.code, field_error.message)
    return table, sound


def _zone(collector: ProblemCollector, table: TruceTable, zone_for: ZoneLookup) -> tzinfo | None:
    if not table.zone:
        if not collector.spoiled(("zone",)):
            message = 'a truce needs its `zone`, such as "Asia/Damascus" or "+03:00"'
            collector.report((), Code.MISSING, message)
        return None
    try:
        return zone_for(table.zone)
    except TimeRefused as refused:
        collector.refuse(("zone",), refused)
        return None


def _without_zone(problems: list[Problem]) -> list[Problem]:
    """The problem of times whose zone is not known: that they cannot be read, not what they would mean."""
    return [replace(problem, readings=()) for problem in problems if problem.code not in _ZONE_BOUND]


class _TruceReader:
    """Reads one truce whose table fits its model."""

    def __init__(self, collector: ProblemCollector, times: Times, table: TruceTable, raw: TomlTable) -> None:
        self._collector = collector
        self._times = times
        self._table = table
        self._raw = raw
        self.statements: list[tuple[KeyPath, Record | Termination]] = []

    def read(self, truce_id: str) -> Truce | None:
        """The truce; None where no end can be read."""
        table, collector = self._table, self._collector
        announced = self._times.announced(("announced",), table.announced)
        end_key = given_end(collector, (), table, self._raw, END_KEYS)
        reader = DailyReader(self._times, collector, table)
        daily = reader.pause(end_key)
        if daily is None and reader.is_asked_for:
            return None
        beginnings = BeginningReader(self._times, collector, table)
        starts: datetime | None
        bound: datetime | None = None
        if beginnings.is_open:
            starts, own_end = beginnings.at, self._end_of_open_start(end_key, announced, beginnings.at)
        else:
            starts = bound = self._starts(announced, end_key) if daily is None else daily.first_opening
            own_end = (
                reader.first_end(daily)
                if daily is not None and end_key == "ends"
                else self._first_end(end_key, announced, starts)
            )
        StatedChecker(self._times, collector).check_window(table.stated_duration, bound, own_end)
        records = RecordReader(
            self._times, collector, Known(announced=announced or ALWAYS, starts=bound, first_end=own_end, daily=daily)
        )
        self._lose_unreadable(records)
        resolved = records.records(table, self._raw)
        terminations = tuple(read_terminations(self._times, collector, table, self._raw))
        self.statements = [*records.placed, *terminations]
        report_order(collector, self._times, table, self._raw, announced)
        if not table.title and not collector.spoiled(("title",)):
            collector.report((), Code.MISSING, "a truce needs a `title`")
        first_end = records.first_end
        if first_end is None:
            return None
        if daily is not None and own_end is None:
            return None
        acts = ActReader(self._times, collector, self._raw)
        checked, closed = acts.acts(CHECKED), acts.acts(CLOSED)
        milestones = MilestoneReader(self._times, collector, table.milestone, tables_at(self._raw, MILESTONE))
        read_milestones = milestones.milestones(starts, announced or ALWAYS)
        self._leave_out_keys()
        truce = Truce(
            id=truce_id,
            title=table.title or truce_id,
            name=table.name,
            area=table.area,
            zone=self._times.zone_name,
            parties=table.parties,
            tags=table.tags,
            announced=announced or ALWAYS,
            recording=self._times.recording((), table, announced),
            starts=starts or self._stand_in_start(announced, first_end),
            first_end=first_end,
            open_start=beginnings.start(lambda at: self._from_start(at, end_key, announced, first_end)),
            written=self._written(end_key),
            sources=table.source,
            lead_times=table.lead_times,
            date_lead_times=table.date_lead_times,
            daily_lead_times=table.daily_lead_times,
            daily=daily,
            start_lead_times=() if starts is None else table.start_lead_times,
            milestone_lead_times=table.milestone_lead_times,
            after=table.after,
            unresolved_every=table.unresolved_every,
            unresolved_for=table.unresolved_for,
            note=table.note,
            checked=checked,
            closed=closed,
            records=resolved,
            terminations=tuple(termination for _, termination in terminations),
            milestones=read_milestones,
            left_out=tuple(collector.left_out),
        )
        acts.check(truce)
        milestones.check(truce)
        beginnings.check(truce)
        return truce

    def _written(self, end_key: str | None) -> str:
        """Start and end in the words of the file."""
        keys = ("daily", "starts", CONDITION, end_key)
        return ", ".join(f"{key} {as_written(self._raw[key])}" for key in keys if key is not None and key in self._raw)

    def _starts(self, announced: datetime | None, end_key: str | None) -> datetime | None:
        """When the window begins: where the file does not say, at the announcement; None where it cannot be read."""
        if self._table.starts is not None or self._collector.spoiled(("starts",)):
            return self._times.moment(("starts",), self._table.starts)
        if end_key == "lasts":
            self._collector.report((), Code.MISSING, "`lasts` counts from `starts`: write when the window begins")
            return None
        if announced is None and not self._collector.spoiled(("announced",)):
            self._collector.report((), Code.MISSING, "a truce needs `starts`, or at least `announced`")
        return announced

    def _first_end(self, key: str | None, announced: datetime | None, starts: datetime | None) -> End | None:
        if key is None:
            return None
        if key == "open":
            return End.open()
        if key == "until_condition":
            return self._times.condition((key,), self._table.until_condition or "", "ends")
        if key == "ends":
            reference = max((moment for moment in (announced, starts) if moment is not None), default=None)
            end = self._times.end((key,), self._table.ends, reference)
        else:
            duration = self._times.duration((key,), self._table.lasts)
            if duration is None or starts is None:
                return None
            end = self._times.later((key,), End.instant(starts), duration)
        if end is not None and starts is not None and end.surely_over <= starts:
            self._collector.report((key,), Code.ORDER, f"`{key}` leads to an end that is not after `starts`")
            return None
        return end

    def _end_of_open_start(self, key: str | None, announced: datetime | None, begun: datetime) -> End | None:
        """The end of a truce of which no moment of the start was agreed: a duration counts as soon as it has begun."""
        if key != "lasts":
            return self._first_end(key, announced, None)
        duration = self._times.duration((key,), self._table.lasts)
        if duration is None:
            return None
        if begun == NEVER:
            return End.conditional(f"{as_written(self._table.lasts)} after the start")
        return self._times.later((key,), End.instant(begun), duration)

    def _from_start(
        self, begun: datetime, end_key: str | None, announced: datetime | None, first_end: End
    ) -> FromStart:
        """All that counts from a start that was open, of which the problems are told already."""
        collector = self._collector.scratch()
        times = replace(self._times, collector=collector)
        quiet = _TruceReader(collector, times, self._table, self._raw)
        end = quiet._end_of_open_start(end_key, announced, begun) if end_key == "lasts" else first_end
        milestones = MilestoneReader(times, collector, self._table.milestone, tables_at(self._raw, MILESTONE))
        return FromStart(first_end=end or first_end, milestones=milestones.milestones(begun, announced or ALWAYS))

    def _lose_unreadable(self, records: RecordReader) -> None:
        """A record of which not even the table can be read may have moved the end."""
        for announced in self._collector.lost_records():
            records.lose(self._times.moment_if_certain(announced) or ALWAYS)
        for kind, tables in ((EXTENSION, self._table.extension), (CLAIM, self._table.claim)):
            if not tables and self._collector.spoiled((kind,)):
                self._collector.leave_out(f"every {kind}", (kind,))
                records.lose()
        if not self._table.termination and self._collector.spoiled((TERMINATION,)):
            self._collector.leave_out("every termination", (TERMINATION,))

    def _leave_out_keys(self) -> None:
        for key in self._collector.unreadable_keys():
            if key not in {EXTENSION, CLAIM, TERMINATION, MILESTONE, BEGUN, WITHDRAWN, *ACTS}:
                self._collector.leave_out(f"`{key}`", (key,))

    def _stand_in_start(self, announced: datetime | None, first_end: End) -> datetime:
        stand_in = announced or first_end.at
        shown = "the announcement" if announced else "the end" if first_end.at else "long ago"
        self._collector.left_out.append(f"its start is not known and is shown as {shown}")
        return stand_in or LONG_AGO
