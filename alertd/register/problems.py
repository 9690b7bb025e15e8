"""The problems of one truce, and what of it is left out because of that.

Paths are those of the truce's own table, such as `("extension", 1, "until")`; lines are looked up as soon as there is
something to say, and so only for files with a problem.
"""

import re
from collections.abc import Iterable

from alertd.errors import Code, Level, Problem, Reading, TimeRefused
from alertd.logs import redact_problems
from alertd.times.instant import Parsed
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.recovery import Document, Mistake

_MOVES_NO_END = re.compile(r"termination|checked|closed|withdrawn|milestone")
"""The headers of tables that never move the end."""


class ProblemCollector:
    """The problems of one `[[truce]]`, collected while it is read."""

    def __init__(self, document: Document, index: int, truce: str | None) -> None:
        self.truce = truce
        self.problems: list[Problem] = []
        self.left_out: list[str] = []
        self._document = document
        self._table: KeyPath = ("truce", index)
        self._errors: list[KeyPath] = []
        self._spoiled: set[KeyPath] = set()
        """Each error's path, and every path above it."""
        self._blanked = frozenset(key for mistake in document.mistakes for key in mistake.keys)

    def scratch(self) -> "ProblemCollector":
        """A collector for the same truce whose problems nobody is told."""
        return ProblemCollector(self._document, int(self._table[1]), self.truce)

    def report(
        self,
        path: KeyPath,
        code: Code,
        message: str,
        *,
        level: Level = Level.ERROR,
        readings: tuple[Reading, ...] = (),
    ) -> None:
        """Note a problem at a key; at the table around it where the key does not stand in the file."""
        line = self._document.line((*self._table, *path))
        self.problems.append(Problem(self._document.file, line, self.truce, level, code, message, readings))
        if level is Level.ERROR:
            self._errors.append(path)
            self._spoiled.update(path[:length] for length in range(1, len(path) + 1))

    def refuse(self, path: KeyPath, refused: TimeRefused) -> None:
        """Note a time or duration that cannot be known."""
        self.report(path, refused.code, refused.message, readings=refused.readings)

    def note_ambiguity(self, path: KeyPath, parsed: Parsed) -> None:
        """Note a time that was read, and has two meanings."""
        if (ambiguity := parsed.ambiguity) is not None:
            self.report(path, ambiguity.code, ambiguity.message, level=Level.WARNING, readings=ambiguity.readings)

    def spoiled(self, path: KeyPath) -> bool:
        """True if anything at or below a path cannot be read."""
        return path[0] in self._blanked or path in self._spoiled

    def sound(self, table: TomlTable) -> TomlTable:
        """A copy of the truce's own table, without the keys that cannot be read."""
        if not (self._blanked or self._spoiled):
            return dict(table)
        return {key: value for key, value in table.items() if not self.spoiled((key,))}

    def unreadable_keys(self) -> tuple[str, ...]:
        """The truce's own keys that cannot be read, each once."""
        return tuple(dict.fromkeys(str(error[0]) for error in self._errors if error))

    def leave_out(self, what: str, path: KeyPath, why: str = "cannot be read") -> None:
        """Note, for every message about the truce, what is not taken into account."""
        self.left_out.append(f"{what} {self._place(path)} {why} and is left out")

    def lost_records(self) -> tuple[object, ...]:
        """When each table became known that TOML could not read and that may have moved the end; None: not known."""
        mistakes = self._document.mistakes
        return tuple(each.announced for each in mistakes if each.table and _MOVES_NO_END.search(each.table) is None)

    def report_mistakes(self) -> None:
        """Note the lines that TOML could not read."""
        for mistake in self._document.mistakes:
            self.problems.append(mistake_problem(self._document.file, mistake, self.truce))
            place = f"({self._document.file} line {mistake.line})"
            self.left_out.append(f"{mistake.what} {place} cannot be read and is left out")

    def _place(self, path: KeyPath) -> str:
        return f"({self._document.file} line {self._document.line((*self._table, *path))})"


def mistake_problem(file: str, mistake: Mistake, truce: str | None) -> Problem:
    """A line that TOML could not read, as a problem."""
    return Problem(file, mistake.line, truce, Level.ERROR, Code.SYNTAX, mistake.message)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems as they are shown: by file and line, without any secret that is known to be one."""
    return tuple(sorted(redact_problems(problems), key=lambda problem: (problem.file, problem.line)))
