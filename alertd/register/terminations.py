"""The terminations of a truce, each with its place in the table of the truce."""

from collections.abc import Iterator

from alertd.domain.statement import Termination
from alertd.errors import Code
from alertd.register.confirmations import ConfirmationReader
from alertd.register.problems import ProblemCollector
from alertd.register.shape import TerminationTable, TruceTable
from alertd.register.times import Times
from alertd.times.end import ALWAYS
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

TERMINATION = "termination"


def read_terminations(
    times: Times, collector: ProblemCollector, table: TruceTable, raw: TomlTable
) -> Iterator[tuple[KeyPath, Termination]]:
    """Every termination that can be read; a single table stands in the file without a number."""
    is_single = isinstance(raw.get(TERMINATION), dict)
    for index, each in enumerate(table.termination):
        path: KeyPath = (TERMINATION,) if is_single else (TERMINATION, index)
        termination = _termination(times, collector, each, path)
        if termination is not None:
            yield path, termination


def _termination(
    times: Times, collector: ProblemCollector, table: TerminationTable, path: KeyPath
) -> Termination | None:
    at = times.moment((*path, "at"), table.at)
    if at is None and not collector.spoiled((*path, "at")):
        collector.report(path, Code.MISSING, "a termination needs `at`, the moment from which it holds")
    announced = times.announced((*path, "announced"), table.announced) or at or ALWAYS
    confirmations = ConfirmationReader(times, collector)
    confirmed_at, denied_at = confirmations.decided_at(path, table, announced, confirmed=True)
    recording = times.recording(path, table, announced)
    decision_recording = times.recording(path, table, announced, of="decision")
    void = confirmations.void(path, table, announced)
    if at is None or collector.spoiled(path):
        collector.leave_out(f"the {TERMINATION}", path)
        return None
    return Termination(
        announced=announced,
        confirmed_at=confirmed_at,
        denied_at=denied_at,
        denied_by=table.denied_by,
        denied_sources=table.denied_source,
        stated_by=table.stated_by,
        sources=table.source,
        recording=recording,
        decision_recording=decision_recording,
        void=void,
        at=at,
        reason=table.reason,
    )
