"""The acts of the desk that a truce's file lists: `checked` and `closed`.

Each is a time, a table with its time in `at`, or a list of these. They say nothing of the end, so one that cannot be
read is left out alone: the truce is then asked about once too often, and never too seldom.
"""

from collections.abc import Iterator

from alertd.domain.known import as_known
from alertd.domain.statement import DeskAct
from alertd.domain.truce import Truce, TruceStatus
from alertd.errors import Code, Level
from alertd.register.problems import ProblemCollector
from alertd.register.shape import ActTable
from alertd.register.times import Times
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.validation import validate_partial

CHECKED = "checked"
CLOSED = "closed"
ACTS = (CHECKED, CLOSED)


class ActReader:
    """Reads the acts of one truce; whatever cannot be read is reported at its key."""

    def __init__(self, times: Times, collector: ProblemCollector, table: TomlTable) -> None:
        """`table` is the truce as it stands in the file, without what is left out already."""
        self._times = times
        self._collector = collector
        self._table = table
        self._places: dict[str, list[tuple[KeyPath, DeskAct]]] = {}

    def acts(self, key: str) -> tuple[DeskAct, ...]:
        """The acts that a key lists, earliest first."""
        found = self._places[key] = sorted(self._read(key), key=lambda placed: placed[1].at)
        return tuple(act for _, act in found)

    def check(self, truce: Truce) -> None:
        """Report what was read, and does nothing where it stands."""
        for key, placed in self._places.items():
            for path, act in placed:
                message = self._doubt(key, act, truce)
                if message is not None:
                    self._collector.report(path, Code.ORDER, f"`{key}` {message}", level=Level.WARNING)

    def _doubt(self, key: str, act: DeskAct, truce: Truce) -> str | None:
        if act.at > self._times.now:
            return "lies in the future: is its date right?"
        known = as_known(truce, act.at)
        if known is None:
            return "lies before the announcement, and does nothing: is its date right?"
        if key == CLOSED and not TruceStatus(known, act.at).is_over:
            return (
                "does nothing, as the truce was not over then: close it after its end; "
                "if it ended early, write [[truce.termination]]"
            )
        return None

    def _read(self, key: str) -> Iterator[tuple[KeyPath, DeskAct]]:
        value = self._table.get(key)
        if value is None:
            return
        items = value if isinstance(value, list) else [value]
        for index, item in enumerate(items):
            path: KeyPath = (key, index) if isinstance(value, list) else (key,)
            act = self._act(path, item)
            if act is None:
                self._collector.leave_out(f"`{key}`", path)
            else:
                yield path, act

    def _act(self, path: KeyPath, item: object) -> DeskAct | None:
        if not isinstance(item, dict):
            at = self._times.moment(path, item)
            return None if at is None else DeskAct(at=at)
        table, field_errors = validate_partial(ActTable, item)
        for field_error in field_errors:
            self._collector.report((*path, *field_error.path), field_error.code, field_error.message)
        at = self._times.moment((*path, "at"), table.at)
        if at is None and not self._collector.spoiled(path):
            self._collector.report(path, Code.MISSING, f"an entry of `{path[0]}` needs `at`, its time")
        return None if at is None else DeskAct(at=at, by=table.by, sources=table.source)
