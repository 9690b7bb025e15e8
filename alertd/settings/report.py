"""The problems of the settings, gathered in one pass."""

from collections.abc import Mapping
from pathlib import Path

from alertd.errors import Code, Level, Problem
from alertd.settings.model import FILE
from alertd.toml.positions import KeyPath, Positions


class Report:
    """The problems of the settings, each at its line or under the name of its variable."""

    def __init__(self, text: str, variables: Mapping[KeyPath, str]) -> None:
        self.problems: list[Problem] = []
        self.refused: list[KeyPath] = []
        """The keys of the errors among them that leave no settings to run on."""
        self.plain: list[KeyPath] = []
        """The keys of secrets in plain text."""
        self.files: list[Path] = []
        """The files that secrets were read from by path."""
        self._text = text
        self._wrong: set[KeyPath] = set()
        self._variables = variables
        self._positions: Positions | None = None

    def add(self, path: KeyPath, code: Code, message: str, level: Level = Level.ERROR) -> None:
        """Note a problem at a key."""
        if level is Level.ERROR:
            self.refused.append(path)
        self._note(path, code, message, level)

    def closes(self, path: KeyPath, code: Code, message: str) -> None:
        """Note an error at a key that costs its own channel, heartbeat or board alone: the rest can run."""
        self._note(path, code, message, Level.ERROR)

    def _note(self, path: KeyPath, code: Code, message: str, level: Level) -> None:
        if level is Level.ERROR:
            self._wrong.add(path)
        variable = self._variables.get(path)
        line = 1 if variable else self.line(path)
        text = f"{variable}: {message}" if variable else message
        self.problems.append(Problem(FILE, line, None, level, code, text))

    def has(self, path: KeyPath) -> bool:
        """True if an error of this very key is reported; a warning leaves its value as it is."""
        return path in self._wrong

    def has_within(self, path: KeyPath) -> bool:
        """True if an error of this key, or of something in it, is reported."""
        return any(wrong[: len(path)] == path for wrong in self._wrong)

    def line(self, path: KeyPath) -> int:
        """The line of a key in the file."""
        if self._positions is None:
            self._positions = Positions(self._text)
        return self._positions.line(path)
