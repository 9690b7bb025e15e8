"""The truces that rows are about."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import Connection, select

from alertd.domain.alert import Kind, Stage
from alertd.domain.coincidence import coincides_with, has_long_lead
from alertd.domain.daily import Window
from alertd.domain.pause import windows
from alertd.domain.truce import Truce, live_ends, terminated_at
from alertd.ledger import documents, rows, schema
from alertd.ledger.prepared import Prepared
from alertd.ledger.rows import AnyRow
from alertd.times.end import NEVER, End

_TRUCES = Prepared(select(schema.truce.c.id, schema.truce.c.document).where(schema.truce.c.id.in_(rows.IDS)))


def truces_of(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, Truce]:
    """The truces that rows are about, by their ids."""
    ids = {row.truce for row in found if row.truce is not None}
    return {
        row.id: documents.load_truce(row.document)
        for chunk in rows.chunks(ids)
        for row in _TRUCES.all(connection, {"ids": chunk})
    }


def is_in_force(row: AnyRow, truce: Truce | None) -> bool:
    """False once the end, the start, the closing or the milestone that an alert speaks of has moved or is gone."""
    kind = rows.told_kind(row)
    if truce is None:
        return True
    if kind == Kind.MILESTONE:
        return any((each.id, each.at) == (row.milestone, row.at) for each in truce.milestones)
    if kind == Kind.START:
        return row.at == truce.starts or any(row.at == window.opens for window in _windows_at(truce, row.at))
    if kind == Kind.REMINDER and row.at is not None and (row.ends_at is None or row.at < row.ends_at):
        return any(row.at == window.closes for window in _windows_at(truce, row.at))
    return row.ends_at is None or end_spoken_of(row, truce) is not None


def _windows_at(truce: Truce, at: datetime) -> Iterator[Window]:
    """The windows that open, are open or close at a moment: two where other hours begin in one over midnight."""
    return takewhile(lambda window: window.opens <= at, windows(truce, at - timedelta(microseconds=1)))


def end_spoken_of(row: AnyRow, truce: Truce) -> End | None:
    """The end that an alert speaks of, as somebody stands by it now; None where nobody does."""
    stop = terminated_at(truce) or NEVER
    ends = (live.end for live in live_ends(truce) if row.ends_at is not None and live.end.at == row.ends_at <= stop)
    return next(ends, None)


def coinciding(connection: Connection, found: Iterable[AnyRow]) -> Mapping[int, str]:
    """Why rows are not to be sent, by their ids: the reminders that fall on an announcement or a start."""
    long = [row for row in found if row.stage and has_long_lead(Kind(row.kind), Stage.parse(row.stage))]
    truces = truces_of(connection, long)
    reasons = {row.id: coincides_with(truces[row.truce], rows.to_delivery(row)) for row in long if row.truce in truces}
    return {row_id: reason for row_id, reason in reasons.items() if reason is not None}
