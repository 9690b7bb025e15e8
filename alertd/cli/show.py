"""`alertd show`: the lineage of one truce, as the ledger remembers it: what was known when, and who was told of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alertd.cli.context import Context
from alertd.cli.ledger import open_ledger, planner
from alertd.cli.screen import add_row, screen, show_table, state_in_words, table, utc
from alertd.cli.truce_ids import called, unknown_truce
from alertd.domain.alert import Change, alert_key, kind_and_stage
from alertd.domain.beginning import Beginning
from alertd.domain.milestone import Milestone
from alertd.domain.pause import hours_of_days
from alertd.domain.statement import Confirmation, Record, Termination
from alertd.domain.truce import Owner, Truce, TruceStatus
from alertd.errors import AlertdError
from alertd.ledger import Attempt, HistoryRow, KnownTruce, RevisionSeen, beyond, queries
from alertd.message.acknowledged import void_in_words
from alertd.message.consequence_line import ends_in_words
from alertd.message.wording import (
    CONFIRMATIONS,
    SENTENCE_LENGTH,
    clean,
    condition_of_start,
    end_in_lineage,
    full_title,
    named,
    named_with_id,
    parties,
    plural,
)
from alertd.status.beginning_views import known_since
from alertd.status.overview import history_view
from alertd.status.views import dump, end_view, keys, truce_document
from alertd.times.end import ALWAYS

BAR_WIDTH = 48
"""Columns of the drawn line."""

SHORTEST_LINE = timedelta(days=1)
"""The least time that the drawn line stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lineage:
    """All that the ledger remembers of one truce."""

    known: KnownTruce
    revisions: tuple[RevisionSeen, ...]
    deliveries: tuple[HistoryRow, ...]
    tries: tuple[Attempt, ...]

    def tries_of(self, row: HistoryRow) -> list[Attempt]:
        return [attempt for attempt in self.tries if attempt.key == row.key]


def show(context: Context, truce: str, *, json: bool) -> None:
    """Print the lineage of a truce that the ledger knows, be it over or withdrawn."""
    lineage = _read(context, truce)
    if json:
        print(dump(_view(context, lineage)))  # noqa: T201  the command's output
    else:
        _draw(context, lineage)


def _read(context: Context, truce: str) -> _Lineage:
    ledger = open_ledger(context)
    try:
        known = ledger.run(queries.truces)
        if truce not in known:
            _refuse(context, truce, known)
        return _Lineage(
            known=known[truce],
            revisions=ledger.run(queries.revisions, truce),
            deliveries=ledger.run(beyond.history, planner(context), truce=truce),
            tries=ledger.run(queries.attempts, truce),
        )
    finally:
        ledger.close()


def _refuse(context: Context, truce: str, known: Mapping[str, KnownTruce]) -> None:
    if truce in {read.id for read in context.read_register(context.now).truces}:
        raise AlertdError(f"truce {truce} stands in the register, and no daemon has seen it yet: start `alertd run`")
    titles = {known_id: called(each.truce) for known_id, each in known.items()}
    raise unknown_truce(truce, titles, f"the ledger knows no truce {truce}")


def _view(context: Context, lineage: _Lineage) -> Mapping[str, object]:
    known = lineage.known
    return {
        "truce": truce_document(known.truce, context.now, context.zones.find),
        "standing": known.standing,
        "file": known.file,
        "line": known.line,
        "revisions": [
            {
                "number": revision.number,
                "seen_at": revision.seen_at,
                "changes": [_change_view(change) for change in revision.changes],
            }
            for revision in lineage.revisions
        ],
        "deliveries": [
            {
                **keys(history_view(row)),
                "tries": [
                    {
                        "at": attempt.at,
                        "outcome": attempt.outcome,
                        "took_ms": None if attempt.took is None else attempt.took // timedelta(milliseconds=1),
                        "detail": attempt.detail,
                    }
                    for attempt in lineage.tries_of(row)
                ],
            }
            for row in lineage.deliveries
        ],
    }


def _change_view(change: Change) -> Mapping[str, object]:
    statement = change.statement
    return {
        "kind": change.kind,
        "old": None if change.old is None else end_view(change.old),
        "new": None if change.new is None else end_view(change.new),
        "announced": known_since(statement.announced) if statement else None,
        "stated_by": statement.stated_by if statement else (),
        "sources": statement.sources if statement else (),
        "reason": change.reason,
    }


# On a terminal.


def _draw(context: Context, lineage: _Lineage) -> None:
    truce, console = lineage.known.truce, screen()
    zone = context.zones.find(truce.zone)
    state = state_in_words(TruceStatus(truce, context.now), zone)
    console.print(
        f"{named_with_id(truce)}: {state}, {lineage.known.standing}, {lineage.known.file}:{lineage.known.line}",
        style="bold",
        markup=False,
    )
    if full_title(truce) != named(truce):
        console.print(full_title(truce), markup=False)
    for line in hours_of_days(truce):
        console.print(line, markup=False)
    console.print()
    for line in _ends(context, truce):
        console.print(line, markup=False)
    console.print()
    filled = table("WHEN", "", "WHAT", "BY OR TO", "RESULT OR SOURCE")
    for at, sign, *cells in sorted(_events(context, lineage), key=lambda event: event[0]):
        add_row(filled, (utc(at), sign, *cells))
    show_table(filled, empty="")
    ahead = [row for row in lineage.deliveries if row.settled_at is None]
    if ahead:
        console.print(f"Ahead: {plural(len(ahead), 'alert')}, see `alertd history --truce {truce.id}`", markup=False)


def _ends(context: Context, truce: Truce) -> Iterator[str]:
    """A line for each end there was and is, drawn to scale, and one for now."""
    zone = context.zones.find(truce.zone)
    status = TruceStatus(truce, context.now)
    ends = [*(("replaced", live.end) for live in status.chain[:-1]), ("agreed", status.expiry)]
    ends += [(live.owner.value, live.end) for live in status.live_ends if live.owner is not Owner.EXPIRY]
    first, last = _scale(truce, [end.at for _, end in ends if end.at is not None], context.now)

    def column(at: datetime) -> int:
        return round(BAR_WIDTH * ((min(max(at, first), last) - first) / (last - first)))

    width = max(len(end_in_lineage(end, zone=zone)) for _, end in ends)
    begin = column(context.now if truce.waits_to_begin else truce.starts)
    for name, end in ends:
        stop = BAR_WIDTH if end.at is None else max(column(end.at), begin)
        line = " " * begin + "━" * (stop - begin) + ("▶" if end.at is None else "┫")
        yield f"{end_in_lineage(end, zone=zone):<{width}}  {line:<{BAR_WIDTH + 2}} {name}"
    sign = "▶" if context.now > last else "▲"
    yield f"{'now':<{width}}  {' ' * column(context.now)}{sign}"


def _scale(truce: Truce, ends: Sequence[datetime], now: datetime) -> tuple[datetime, datetime]:
    """From where to where the line is drawn: such that ends a day apart can be told apart after years too."""
    begins = now if truce.waits_to_begin else truce.starts
    if not ends:
        return begins, max(now, begins + SHORTEST_LINE)
    length = max(max(ends) - min(ends), SHORTEST_LINE)
    return max(begins, min(ends) - length), max([*ends, begins + SHORTEST_LINE])


_LineageRow = tuple[datetime, str, str, str, str]
"""When, the sign on the line, what, by whom or to whom, and what came of it or where it stands."""


def _events(context: Context, lineage: _Lineage) -> Iterator[_LineageRow]:
    truce = lineage.known.truce
    if truce.announced != ALWAYS:
        first = end_in_lineage(truce.first_end, zone=context.zones.find(truce.zone))
        starts = f", starts {condition}" if (condition := condition_of_start(truce)) else ""
        yield truce.announced, "○", f"announced: {first}{starts}", _joined(truce.parties), _joined(truce.sources)
    for beginning in truce.open_start.beginnings if truce.open_start else ():
        yield from _begun(beginning)
    statements: tuple[Record | Termination, ...] = (*truce.records, *truce.terminations, *truce.voided)
    for statement in statements:
        yield from _said(context, truce, statement)
    for milestone in truce.milestones:
        yield from _owed(milestone)
    for revision in lineage.revisions:
        for change in revision.changes:
            yield (
                revision.seen_at,
                "●",
                f"seen: {change.kind} {ends_in_words(change, zone=context.zones.find(truce.zone))}",
                "",
                change.reason or "",
            )
        if not revision.changes:
            yield revision.seen_at, "●", f"seen: revision {revision.number}, no end moved", "", ""
    for row in lineage.deliveries:
        if row.settled_at is None:
            continue
        what = kind_and_stage(row.kind, row.stage)
        tries = f" at try {row.attempts}" if row.attempts else ""
        repeat = ", possible repeat" if row.possible_repeat else ""
        reason = f": {clean(row.reason, SENTENCE_LENGTH)}" if row.reason else ""
        yield row.settled_at, "├", what, row.target, f"{row.state}{tries}{repeat}{reason}"
    yield from _acknowledged(lineage)


def _acknowledged(lineage: _Lineage) -> Iterator[_LineageRow]:
    """A line for each alert that was acknowledged, however many targets it went to."""
    once = {alert_key(row.key, row.target): row for row in lineage.deliveries if row.acknowledgement is not None}
    for row in once.values():
        given = row.acknowledgement
        assert given is not None  # noqa: S101  tells mypy what was asked above
        what = kind_and_stage(row.kind, row.stage)
        note = f": {clean(given.note, SENTENCE_LENGTH)}" if given.note else ""
        void = void_in_words(given)
        yield given.at, "✓", f"acknowledged: {what}", clean(given.by, SENTENCE_LENGTH), f"by {given.way}{note}{void}"


def _begun(beginning: Beginning) -> Iterator[_LineageRow]:
    who = clean(beginning.recording.by or "", SENTENCE_LENGTH) if beginning.recording else ""
    yield beginning.announced, "○", f"begins: {utc(beginning.at)}", who, _joined(beginning.sources)
    if beginning.void is not None:
        who, reason = (clean(text or "", SENTENCE_LENGTH) for text in (beginning.void.by, beginning.void.reason))
        yield beginning.void.at, "○", f"{CONFIRMATIONS[Confirmation.VOID]}, begins: {utc(beginning.at)}", who, reason


def _owed(milestone: Milestone) -> Iterator[_LineageRow]:
    what = f"milestone {milestone.id}: {clean(milestone.what, SENTENCE_LENGTH)}"
    by, sources = clean(milestone.by or "", SENTENCE_LENGTH), _joined(milestone.sources)
    if milestone.has_moment:
        yield milestone.at, "◇", f"due, {what}", by, sources
    else:
        yield milestone.announced, "◇", f"due {milestone.waits_for}, {what}", by, sources
    for name, at in (("met", milestone.met), ("missed", milestone.missed)):
        if at is not None:
            mistake = "" if milestone.void is None else f"{CONFIRMATIONS[Confirmation.VOID]}: "
            yield at, "◆", f"{mistake}{name}, {what}", by, sources


def _said(context: Context, truce: Truce, statement: Record | Termination) -> Iterator[_LineageRow]:
    if isinstance(statement, Termination):
        what = f"termination: {utc(statement.at)}"
    else:
        what = f"stated: {end_in_lineage(statement.end, zone=context.zones.find(truce.zone))}"
    by, sources = parties(statement.stated_by) if statement.stated_by else "", _joined(statement.sources)
    if statement.announced != ALWAYS:
        yield statement.announced, "○", f"{what} ({CONFIRMATIONS[statement.confirmation]})", by, sources
    if statement.recording is not None and statement.recording.at is not None:
        yield statement.recording.at, "○", f"recorded, {what}", clean(statement.recording.by or "", SENTENCE_LENGTH), ""
    if statement.void is not None:
        who, reason = (clean(text or "", SENTENCE_LENGTH) for text in (statement.void.by, statement.void.reason))
        yield statement.void.at, "○", f"{CONFIRMATIONS[Confirmation.VOID]}, {what}", who, reason
    if statement.confirmed_at not in (None, ALWAYS, statement.announced):
        yield statement.confirmed_at or ALWAYS, "○", f"confirmed, {what}", by, ""
    if statement.denied_at not in (None, ALWAYS, statement.announced):
        denied_by = parties(statement.denied_by) if statement.denied_by else ""
        yield statement.denied_at or ALWAYS, "○", f"denied, {what}", denied_by, _joined(statement.denied_sources)


def _joined(texts: Sequence[str]) -> str:
    return clean("; ".join(texts), SENTENCE_LENGTH)
