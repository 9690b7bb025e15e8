"""The truces that rows are about."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from alertd.domain.alert import Kind, Stage
from alertd.domain.coincidence import coincides_with, has_long_lead
from alertd.domain.truce import Truce
from alertd.ledger import documents, rows, schema
from alertd.ledger.rows import AnyRow

_TRUCES = select(schema.truce.c.id, schema.truce.c.document).where(schema.truce.c.id.in_(rows.IDS))


def truces_of(connection: Connection, found: Iterable[AnyRow]) -> Mapping[str, Truce]:
    """The truces that rows are about, by their ids."""
    ids = {row.truce for row in found if row.truce is not None}
    return {
        row.id: documents.load_truce(row.document)
        for chunk in rows.chunks(ids)
        for row in connection.execute(_TRUCES, {"ids": chunk})
    }


def coinciding(connection: Connection, found: Iterable[AnyRow]) -> Mapping[int, str]:
    """Why rows are not to be sent, by their ids: the reminders that fall on an announcement or a start."""
    long = [row for row in found if row.stage and has_long_lead(Kind(row.kind), Stage.parse(row.stage))]
    truces = truces_of(connection, long)
    reasons = {row.id: coincides_with(truces[row.truce], rows.to_delivery(row)) for row in long if row.truce in truces}
    return {row_id: reason for row_id, reason in reasons.items() if reason is not None}
