"""What a statement says of itself: since when it is confirmed or denied, and if it was a mistake to write it down."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.recording import Void
from alertd.errors import Code, Level
from alertd.register.problems import ProblemCollector
from alertd.register.shape import BeginningTable, MilestoneTable, RecordTable, StatementTable
from alertd.register.times import Times
from alertd.toml.positions import KeyPath


@dataclass(frozen=True, slots=True)
class ConfirmationReader:
    """Reads the confirmation of the statements of one truce."""

    _times: Times
    _collector: ProblemCollector

    def check_end(self, path: KeyPath, end_key: str | None, table: RecordTable, reference: datetime | None) -> None:
        """Tell what else is wrong with a record that is left out anyway."""
        if end_key == "by":
            self._times.duration((*path, end_key), table.by)
        elif end_key == "until" and not self._collector.spoiled((*path, "announced")):
            self._times.end((*path, end_key), table.until, reference)

    def decided_at(
        self, path: KeyPath, table: StatementTable, announced: datetime, *, confirmed: bool
    ) -> tuple[datetime | None, datetime | None]:
        """Since when a statement is confirmed and denied, each None where it is not."""
        denied_at = self._since((*path, "denied"), table.denied, announced, default=False)
        for key in ("denied_by", "denied_source"):
            if denied_at is None and getattr(table, key) and not self._collector.spoiled((*path, "denied")):
                message = f"`{key}` tells of a denial, and nothing is denied here: write `denied`, the time of it, too"
                self._collector.report((*path, key), Code.MISSING, message, level=Level.WARNING)
        return self._since((*path, "confirmed"), table.confirmed, announced, default=confirmed), denied_at

    def void(self, path: KeyPath, table: StatementTable | BeginningTable, announced: datetime) -> Void | None:
        """The mark of a statement that was a mistake of whoever wrote it down."""
        at = self._since((*path, "void"), table.void, announced, default=False)
        if at is None:
            return None
        return Void(at=at, reason=table.void_reason, by=table.void_by, sources=table.void_source)

    def void_decision(self, path: KeyPath, table: MilestoneTable, announced: datetime) -> Void | None:
        """The same mark of what was recorded of a milestone."""
        at = self._since((*path, "decision_void"), table.decision_void, announced, default=False)
        if at is None:
            return None
        return Void(
            at=at,
            reason=table.decision_void_reason,
            by=table.decision_void_by,
            sources=table.decision_void_source,
        )

    def _since(self, path: KeyPath, value: object, announced: datetime, *, default: bool) -> datetime | None:
        if value is None:
            value = default
        if isinstance(value, bool):
            return announced if value else None
        moment = self._times.moment(path, value)
        if moment is not None and moment < announced:
            message = f"`{path[-1]}` lies before the announcement; it counts from the announcement"
            self._collector.report(path, Code.ORDER, message, level=Level.WARNING)
            return announced
        return moment
