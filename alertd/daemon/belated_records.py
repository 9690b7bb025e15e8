"""The warning that a record came long after its announcement; the ledger remembers since when it stands there."""

from collections.abc import Iterable, Iterator

from alertd.domain.belated import still_belated
from alertd.errors import Code, Level, Problem
from alertd.ledger import BelatedRecord, KnownTruce
from alertd.times.formats import iso_utc, show_utc


def belated_problems(known: Iterable[KnownTruce], belated: Iterable[BelatedRecord]) -> Iterator[Problem]:
    """A warning for each record that still says so."""
    truces = {listed.truce.id: listed for listed in known}
    for record in belated:
        listed = truces.get(record.truce)
        if listed is None or not still_belated(listed.truce, record.announced):
            continue
        when = show_utc(record.announced, year=True)
        days = (record.seen_at - record.announced).days
        message = (
            f"a record of {record.truce} was announced {when}, {days} d before it stood here: is its date right? "
            f"If it is, write beside it recorded = {iso_utc(record.seen_at)}"
        )
        yield Problem(listed.file, listed.line, record.truce, Level.WARNING, Code.ORDER, message)
