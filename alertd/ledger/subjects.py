"""The truces that rows are about."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from alertd.domain.alert import Kind, Stage
from alertd.domain.coincidence import coincides_with, has_long_lead
from alertd.domain.truce import Truce, live_ends, terminated_at
from alertd.ledger import documents, rows, schema
from alertd.ledger.rows import AnyRow
from alertd.times.end import NEVER, End

_TRUCES = select(schema.truce.c.id, schema.truce.c.document).where(schema.truce.c.id.in_(rows.IDS))


def truces_of(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, Truce]:
    """The truces that rows are about, by their ids."""
    ids = {row.truce for row in found if row.truce is not None}
    return {
        row.id: documents.load_truce(row.document)
        for chunk in rows.chunks(ids)
        for row in connection.execute(_TRUCES, {"ids": chunk})
    }


def end_spoken_of(row: AnyRow, truce: Truce | None) -> End | None:
    """The end that an alert speaks of, as somebody stands by it now; an open one where it speaks of none, else None."""
    if row.ends_at is None or truce is None:
        return End.open()
    stop = terminated_at(truce) or NEVER
    return next((live.end for live in live_ends(truce) if live.end.at == row.ends_at <= stop), None)


def coinciding(connection: Connection, found: Iterable[AnyRow]) -> Mapping[int, str]:
    """Why rows are not to be sent, by their ids: the reminders that fall on an announcement or a start."""
    long = [row for row in found if row.stage and has_long_lead(Kind(row.kind), Stage.parse(row.stage))]
    truces = truces_of(connection, long)
    reasons = {row.id: coincides_with(truces[row.truce], rows.to_delivery(row)) for row in long if row.truce in truces}
    return {row_id: reason for row_id, reason in reasons.items() if reason is not None}
