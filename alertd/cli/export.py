"""`alertd export`: every truce of the register as a sheet, as JSON, or as a calendar."""

import csv
import io
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from alertd.cli.context import Context
from alertd.cli.csv_columns import BETWEEN, BETWEEN_SOURCES, FOR_READING, READ_BACK, ExportFormat, defused
from alertd.domain.alert import short_duration
from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.truce import Truce, TruceStatus, pause_of
from alertd.errors import AlertdError
from alertd.status.views import dump, moment, truce_document
from alertd.times.end import ALWAYS, EndKind
from alertd.times.formats import iso_local
from alertd.times.vocabulary import SHORT_WEEKDAYS


def export(context: Context, form: ExportFormat, file: Path | None) -> int:
    """Write every truce that can be read to a file or to standard output; returns 1 where one could not be.

    Raises `AlertdError` where the file cannot be written.
    """
    register = context.require_truces()
    truces = [
        known
        for read in register.truces
        if read.truce is not None and (known := as_known(read.truce, context.now, future_counts=True)) is not None
    ]
    written = {ExportFormat.CSV: _csv, ExportFormat.JSON: _json, ExportFormat.ICS: _ics}[form](context, truces)
    if file is None:
        sys.stdout.buffer.write(written)
        sys.stdout.flush()
    else:
        try:
            file.write_bytes(written)
        except OSError as error:
            raise AlertdError(f"{file} cannot be written: {error.strerror}") from error
    refused = [read.id for read in register.truces if read.truce is None]
    if refused:
        print(f"alertd: left out, as no end can be read: {', '.join(refused)}", file=sys.stderr)  # noqa: T201
    return int(bool(refused))


def _json(context: Context, truces: list[Truce]) -> bytes:
    views = [truce_document(truce, context.now, context.zones.find) for truce in truces]
    return f"{dump(views)}\n".encode()


def _ics(context: Context, truces: list[Truce]) -> bytes:
    from alertd.status.calendar import calendar, events  # noqa: PLC0415  the library is slow to load

    board = context.settings.board
    feed = calendar(
        each
        for truce in truces
        for each in events(
            truce,
            context.settings.policy,
            len(moments_of_knowledge(truce)),  # grows with what is known, as the files alone have no revisions
            withdrawn=False,
            zone_for=context.zones.find,
            now=context.now,
            links=board.links if board is not None else None,
        )
    )
    return bytes(feed.to_ical())


def _csv(context: Context, truces: list[Truce]) -> bytes:
    sheet = io.StringIO()
    rows = csv.DictWriter(sheet, [*READ_BACK, *FOR_READING])
    rows.writeheader()
    for truce in truces:
        rows.writerow({column: defused(cell) for column, cell in _cells(context, truce)})
    return sheet.getvalue().encode()


def _cells(context: Context, truce: Truce) -> Iterator[tuple[str, str]]:
    """A row says when the truce ends as things stand: its records do not fit into one, and JSON has them all."""
    zone, end = context.zones.find(truce.zone), TruceStatus(truce, context.now).end
    view = truce_document(truce, context.now, context.zones.find)
    yield from (("id", truce.id), ("title", truce.title), ("name", truce.name or ""))
    yield from (("area", truce.area or ""), ("zone", truce.zone))
    yield "parties", BETWEEN.join(truce.parties)
    yield "tags", BETWEEN.join(truce.tags)
    yield "announced", "" if truce.announced == ALWAYS else iso_local(truce.announced, zone=zone)
    waits = truce.open_start if truce.waits_to_begin else None
    yield "starts", "" if waits else iso_local(truce.starts, zone=zone)
    yield "starts_condition", waits.condition if waits else ""
    yield "ends", view.ends_local or ""
    yield "open", "true" if end.kind is EndKind.OPEN else ""
    lasts = waits.lasts if waits and end == waits.first_end else None
    yield "lasts", lasts or ""
    yield "until_condition", (end.condition or "") if lasts is None else ""
    yield "source", BETWEEN_SOURCES.join(truce.sources)
    yield "lead_times", BETWEEN.join(map(short_duration, truce.lead_times or ()))
    yield "date_lead_times", BETWEEN.join(map(short_duration, truce.date_lead_times or ()))
    yield "daily_lead_times", BETWEEN.join(map(short_duration, truce.daily_lead_times or ()))
    yield "start_lead_times", BETWEEN.join(map(short_duration, truce.start_lead_times or ()))
    yield "milestone_lead_times", BETWEEN.join(map(short_duration, truce.milestone_lead_times or ()))
    yield "after", BETWEEN.join(map(short_duration, truce.after or ()))
    for key, own in (("unresolved_every", truce.unresolved_every), ("unresolved_for", truce.unresolved_for)):
        yield key, "" if own is None else short_duration(own)
    yield "note", truce.note or ""
    yield from _days(truce, context.now)
    yield from (("state", view.state), ("end_kind", view.end_kind or ""))
    yield from (("ends_at", moment(view.ends_at) or ""), ("ends_local", view.ends_local or ""))
    yield "records", str(len(truce.records))
    yield (
        "milestones",
        BETWEEN.join(
            f"{each.id} {each.waits_for or iso_local(each.at, zone=zone)} {each.state}" for each in truce.milestones
        ),
    )
    if view.window is not None:
        yield from (
            ("opens_at", moment(view.window.opens_at) or ""),
            ("closes_at", moment(view.window.closes_at) or ""),
        )


def _days(truce: Truce, now: datetime) -> Iterator[tuple[str, str]]:
    """The days and hours of a daily pause as they hold today, in place of the moments of its start and its end.

    A row cannot say that it has other hours from a later day on, or is ended within a window. It has no end then, and
    `import` refuses it.
    """
    pause, status = pause_of(truce), TruceStatus(truce, now)
    if pause is None:
        return
    today = max(pause.day_at(now), pause.first)
    says_all = status.end == status.expiry and all(change.day <= today for change in pause.changes)
    last = status.expiry.at if says_all else None
    yield "daily", BETWEEN.join(map(str, pause.regular_hours(today)))
    yield "starts", max([pause.first, *(change.day for change in pause.changes)]).isoformat()
    yield "ends", "" if last is None else pause.day_of(last).isoformat()
    if not says_all:
        yield from (("open", ""), ("until_condition", ""))
    yield "days", BETWEEN.join(SHORT_WEEKDAYS[day] for day in pause.weekdays)
    yield "except", BETWEEN.join(" ".join((each.day.isoformat(), *map(str, each.hours))) for each in pause.exceptions)
