"""The records of a truce's end: extensions and claims, in the order of their announcement.

A `by` without `from` counts from the expiry as it stood when it was announced, so records are resolved in that order.
A record with any error is left out whole: half of it could mean something else. So is a `by` whose base would have
been such a record.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alertd.domain.daily import DailyPause, HoursFrom
from alertd.domain.recording import Recording, Void
from alertd.domain.statement import Record
from alertd.domain.truce import expiries_before
from alertd.errors import Code, Level
from alertd.register.confirmations import ConfirmationReader
from alertd.register.daily import END_OF_DAILY, changed_hours, last_day
from alertd.register.problems import ProblemCollector
from alertd.register.shape import RecordTable, TruceTable
from alertd.register.stated import GivenEnd, StatedChecker, is_stated
from alertd.register.times import Times
from alertd.times.end import ALWAYS, End
from alertd.toml.load import TomlTable, tables_at
from alertd.toml.positions import KeyPath

EXTENSION = "extension"
CLAIM = "claim"
END_KEYS = ("until", "by", "open", "until_condition")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The words of the truce itself, as far as its records need it."""

    announced: datetime
    """ALWAYS where it is absent."""
    starts: datetime | None
    first_end: End | None
    daily: DailyPause | None = None

    @property
    def reference(self) -> datetime | None:
        """The moment from which a missing part of a date counts in a record without `announced`."""
        return self.announced if self.announced > ALWAYS else self.starts


@dataclass(frozen=True, slots=True, kw_only=True)
class _PartialRecord:
    """A record of which all but its end has been read."""

    kind: str
    path: KeyPath
    table: RecordTable
    end_key: str
    announced: datetime
    reference: datetime | None
    confirmed_at: datetime | None
    denied_at: datetime | None
    recording: Recording | None
    decision_recording: Recording | None
    void: Void | None
    hours: HoursFrom | None


def given_end(
    collector: ProblemCollector,
    path: KeyPath,
    table: TruceTable | RecordTable,
    raw: TomlTable,
    keys: tuple[str, ...],
) -> str | None:
    """The one key that says when it ends; None, and reported, where none or several do."""
    given = [key for key in raw if key in keys and getattr(table, key) not in (None, False, "")]
    if not given:
        names = f"`{keys[0]}`, `{keys[1]}`, `open = true` or `until_condition`"
        if not any(collector.spoiled((*path, key)) for key in keys):
            collector.report(path, Code.MISSING, f"no end is given: write one of {names}")
        return None
    if len(given) > 1:
        others = " and ".join(f"`{key}`" for key in given)
        collector.report((*path, given[1]), Code.TWO_ENDS, f"{others} are two ends: keep one of them")
        return None
    return given[0]


class RecordReader:
    """Reads the records of one truce."""

    def __init__(self, times: Times, collector: ProblemCollector, known: Known) -> None:
        self._times = times
        self._collector = collector
        self._confirmations = ConfirmationReader(times, collector)
        self._known = known
        self.first_end = known.first_end
        """The truce's own end; where that cannot be read, the first confirmed one that can."""
        self._holds_from: datetime | None = None
        """Since when a promoted first end has been the expiry; before that it is not known."""
        self.placed: list[tuple[KeyPath, Record]] = []
        """Every record that can be read, with its place in the table of the truce."""
        self._lost: list[datetime] = []
        """When the records that are left out became known."""

    def lose(self, announced: datetime = ALWAYS) -> None:
        """Take into account that the end may have been moved by something that cannot be read."""
        self._lost.append(announced)

    def records(self, table: TruceTable, raw: TomlTable) -> tuple[Record, ...]:
        """Every extension and claim that can be read, in the order in which they became known."""
        drafts = sorted(self._drafts(table, raw), key=lambda draft: draft.announced)
        records: list[Record] = []
        for draft in drafts:
            record = self._record(draft, records)
            if record is not None:
                self.placed.append((draft.path, record))
            if record is None:
                if draft.confirmed_at is not None and draft.void is None:
                    self.lose(draft.announced)
            elif self.first_end is None and record.is_confirmed:
                self.first_end, self._holds_from = record.end, record.confirmed_at
            else:
                records.append(record)
        return tuple(records)

    def _drafts(self, table: TruceTable, raw: TomlTable) -> Iterator[_PartialRecord]:
        for kind, tables in ((EXTENSION, table.extension), (CLAIM, table.claim)):
            dated = kind == EXTENSION and len(tables) > 1
            for index, (record, written) in enumerate(zip(tables, tables_at(raw, kind), strict=False)):
                draft = self._draft(kind, (kind, index), record, written, dated=dated)
                if draft is not None:
                    yield draft

    def _draft(
        self, kind: str, path: KeyPath, table: RecordTable, raw: TomlTable, *, dated: bool
    ) -> _PartialRecord | None:
        """Read all but the end; `dated` asks for `announced`, as several extensions need an order."""
        collector = self._collector
        announced = self._times.announced((*path, "announced"), table.announced)
        if dated and table.announced is None:
            collector.report(path, Code.MISSING, "each of several extensions needs `announced`: it gives their order")
        known_at = announced or self._known.announced
        confirmed_at, denied_at = self._confirmations.decided_at(path, table, known_at, confirmed=kind == EXTENSION)
        recording = self._times.recording(path, table, announced)
        decision_recording = self._times.recording(path, table, announced, of="decision")
        void = self._confirmations.void(path, table, known_at)
        hours = changed_hours(collector, path, table, self._known.daily, is_extension=kind == EXTENSION)
        only_hours = hours is not None and not raw.keys() & {*END_KEYS}
        end_key = "daily" if only_hours else given_end(collector, path, table, raw, END_KEYS)
        if end_key is None or collector.spoiled(path):
            self._confirmations.check_end(path, end_key, table, announced or self._known.reference)
            self._collector.leave_out(f"the {kind}", path)
            if raw.get("confirmed", kind == EXTENSION) is not False:
                self.lose(announced or ALWAYS)
            return None
        if table.base is not None and end_key != "by" and hours is None and table.stated_duration is None:
            message = f"`from` is what `by` counts from, and means nothing beside `{end_key}`"
            collector.report((*path, "from"), Code.UNKNOWN_KEY, message, level=Level.WARNING)
        return _PartialRecord(
            kind=kind,
            path=path,
            table=table,
            end_key=end_key,
            announced=known_at,
            reference=announced or self._known.reference,
            confirmed_at=confirmed_at,
            denied_at=denied_at,
            recording=recording,
            decision_recording=decision_recording,
            void=void,
            hours=hours,
        )

    def _record(self, draft: _PartialRecord, before: list[Record]) -> Record | None:
        end = self._end(draft, before)
        if end is None:
            of_itself = self._collector.spoiled(draft.path)
            why = "cannot be read" if of_itself else "counts from an end that cannot be read"
            self._collector.leave_out(f"the {draft.kind}", draft.path, why)
            return None
        if draft.void is None and is_stated(draft.table):
            base = self._base(draft, before) if draft.table.base is None else None
            given = GivenEnd(draft.end_key, end)
            StatedChecker(self._times, self._collector).check_record(
                draft.path, draft.table, draft.reference, base, given
            )
        return Record(
            announced=draft.announced,
            confirmed_at=draft.confirmed_at,
            denied_at=draft.denied_at,
            denied_by=draft.table.denied_by,
            denied_sources=draft.table.denied_source,
            stated_by=draft.table.stated_by,
            sources=draft.table.source,
            recording=draft.recording,
            decision_recording=draft.decision_recording,
            void=draft.void,
            end=end,
            written=_written(draft),
            note=draft.table.note,
            hours=draft.hours,
            earlier_ends=self._earlier_ends(draft, before, end),
        )

    def _earlier_ends(self, draft: _PartialRecord, before: list[Record], end: End) -> tuple[tuple[datetime, End], ...]:
        """The other ends of a `by`, each until a record that it counted from was marked as a mistake."""
        if draft.end_key != "by" or draft.table.base is not None:
            return ()
        moments = sorted({record.void.at for record in before if record.void is not None})
        first_end = self._counted_from(draft)
        if first_end is None or not moments:
            return ()
        times = replace(self._times, collector=self._collector.scratch())
        duration = times.duration((), draft.table.by)
        voids_until = (moment - timedelta(microseconds=1) for moment in moments)
        ends: dict[End, End] = {}
        """By the end from which the duration counts, as there are few of them."""
        found = []
        for moment, base in zip(moments, expiries_before(first_end, before, draft.announced, voids_until), strict=True):
            if base not in ends:
                later = None if duration is None else times.later((), base, duration)
                ends[base] = end if later is None else later
            found.append((moment, ends[base]))
        return tuple(found) if any(earlier != end for _, earlier in found) else ()

    def _end(self, draft: _PartialRecord, before: list[Record]) -> End | None:
        path = (*draft.path, draft.end_key)
        if self._known.daily is not None and draft.end_key in END_OF_DAILY:
            return self._end_of_daily(self._known.daily, draft, before)
        if draft.end_key == "open":
            return End.open()
        if draft.end_key == "until_condition":
            return self._times.condition(path, draft.table.until_condition or "", "until")
        if draft.end_key == "until":
            end = self._times.end(path, draft.table.until, draft.reference)
        else:
            duration, base = self._times.duration(path, draft.table.by), self._base(draft, before)
            end = None if duration is None or base is None else self._times.later(path, base, duration)
        starts = self._known.starts
        if end is None or starts is None or end.surely_over > starts:
            return end
        self._collector.report(path, Code.ORDER, f"`{path[-1]}` leads to an end that is not after `starts`")
        return None

    def _end_of_daily(self, daily: DailyPause, draft: _PartialRecord, before: list[Record]) -> End | None:
        """The last closing, by the hours as far as they have changed by then."""
        known = daily.changed(record.hours for record in before if record.is_confirmed and record.hours)
        pause = known.changed([draft.hours] if draft.hours else [])
        path = (*draft.path, draft.end_key)
        if draft.end_key == "daily":
            expiry = self._expiry(draft, before)
            if expiry is None or expiry.at is None:
                return expiry
            day = known.day_of(expiry.at)
        else:
            value = draft.table.until if draft.end_key == "until" else None
            found = last_day(self._collector, path, value)
            if found is None:
                return None
            day = found
        closing = pause.last_closing(day)
        if closing is None:
            self._collector.report(
                path, Code.ORDER, "there is no window up to this day: write a last day from `starts` on"
            )
            return None
        return End.instant(closing)

    def _base(self, draft: _PartialRecord, before: list[Record]) -> End | None:
        """The end from which `by` counts; None where that cannot be known."""
        if draft.table.base is not None:
            moment = self._times.moment((*draft.path, "from"), draft.table.base)
            return None if moment is None else End.instant(moment)
        return self._expiry(draft, before)

    def _expiry(self, draft: _PartialRecord, before: list[Record]) -> End | None:
        """The expiry at the announcement of a record; None where that cannot be known."""
        first_end = self._counted_from(draft)
        return None if first_end is None else next(expiries_before(first_end, before, draft.announced))

    def _counted_from(self, draft: _PartialRecord) -> End | None:
        """The first end, if the expiry at the announcement of a record can be counted from it."""
        if self.first_end is None or any(lost < draft.announced for lost in self._lost):
            return None
        if self._holds_from is not None and draft.announced <= self._holds_from:
            return None
        return self.first_end


def _written(draft: _PartialRecord) -> str:
    """The end in the words of the file."""
    table = draft.table
    if draft.end_key == "open":
        return "open"
    if draft.end_key == "until_condition":
        return table.until_condition or ""
    if draft.end_key == "until":
        return f"until {as_written(table.until)}"
    if draft.end_key == "daily":
        return f"daily {as_written(table.daily)} from {as_written(table.base)}"
    return f"by {table.by}" if table.base is None else f"by {table.by} from {as_written(table.base)}"


def as_written(value: object) -> str:
    """A value of TOML as a person would write it."""
    if isinstance(value, list):
        return " and ".join(map(as_written, value))
    return value.isoformat() if isinstance(value, date) else " ".join(str(value).split())
