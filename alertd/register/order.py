"""The moments of announcement that cannot be right beside the others: most often a wrong year or month.

Warnings alone: somebody may have learnt late of what was announced early, and every record counts as it stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from alertd.errors import Code, Level
from alertd.register.problems import ProblemCollector
from alertd.register.records import CLAIM, EXTENSION
from alertd.register.shape import StatementTable, TruceTable
from alertd.register.terminations import TERMINATION
from alertd.register.times import Times
from alertd.times.formats import clock, day_text
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

_Dated = tuple[KeyPath, datetime]
"""A record, and the moment of its announcement."""


def report_order(
    collector: ProblemCollector, times: Times, table: TruceTable, raw: TomlTable, announced: datetime | None
) -> None:
    """Warn of each record that was announced before its truce, or out of order with those around it in the file."""

    def told(moment: datetime) -> str:
        local = moment.astimezone(times.zone)
        return f"{clock(local.time())} {day_text(local.date())}"

    def warn(path: KeyPath, what: str) -> None:
        message = f"`announced` {what}: is its date right?"
        collector.report((*path, "announced"), Code.ORDER, message, level=Level.WARNING)

    for kind in (EXTENSION, CLAIM, TERMINATION):
        tables: Sequence[StatementTable] = getattr(table, kind)
        if not tables:
            continue
        in_time = []
        for path, moment in _dated(times, tables, (kind,), is_single=isinstance(raw.get(kind), dict)):
            if announced is not None and moment < announced:
                warn(path, f"lies before that of the truce, {told(announced)}")
            else:
                in_time.append((path, moment))
        for path, other, way in out_of_order(in_time):
            warn(path, f"lies {way} that of the {kind} {'above' if way == 'before' else 'below'} it, {told(other)}")


def _dated(times: Times, tables: Iterable[StatementTable], path: KeyPath, *, is_single: bool) -> Iterator[_Dated]:
    for index, record in enumerate(tables):
        if record.void not in (None, False) or record.announced is None:
            continue
        if (moment := times.moment_if_certain(record.announced)) is not None:
            yield (path if is_single else (*path, index)), moment


def out_of_order(dated: Sequence[_Dated]) -> Iterator[tuple[KeyPath, datetime, str]]:
    """Each record that is out of order, with the moment beside which it is, and the way: `before` or `after` that.

    A record that lies after the one below it is the wrong one where that fits to those above; else the one below is.
    """
    last: datetime | None = None
    for place, (path, moment) in enumerate(dated):
        below = dated[place + 1][1] if place + 1 < len(dated) else None
        if last is not None and moment < last:
            yield path, last, "before"
        elif last is not None and below is not None and last <= below < moment:
            yield path, below, "after"
        else:
            last = moment
