"""Edits of truce files, from text to text: comments, order and layout stay, and no other line changes.

A truce is edited within its own piece of the text, from its header to the next one's, so that neighbours stay as they
are to the byte even where TOML cannot read them. tomlkit writes what is new; whether the result says what it was meant
to say, and nothing else, is proved with tomllib before anybody gets it. Nothing here reads or writes a file.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from alertd.errors import ConfigError
from alertd.register.beginnings import BEGUN
from alertd.register.records import CLAIM, EXTENSION
from alertd.register.terminations import TERMINATION
from alertd.toml.load import TomlTable, load_toml, tables_at
from alertd.toml.positions import KeyPath, Positions
from alertd.toml.recovery import Document, documents

Value: TypeAlias = str | bool | datetime | date | Sequence[str]
Fields: TypeAlias = Mapping[str, Value]
"""The keys of a table with their values, in the order in which they are written."""

TRUCE = "truce"
WITHDRAWN = "withdrawn"

_INDENT = "  "
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_ANY_LINE_END = re.compile(r"\r?\n")
_HEADER = re.compile(r"([ \t]*)\[{1,2}[ \t]*truce[ \t]*\.", re.MULTILINE)
_WITHDRAWN_HEAD = "# Truces that were taken out on purpose: alertd says so, and stops watching them.\n"


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after an edit."""

    text: str
    line: int
    """1-based: where the new key stands."""
    path: KeyPath = ()
    """The table of the truce that has it, such as `("claim", 0)`."""


def add_truce(text: str, fields: Fields) -> Edited:
    """A text with one truce more, at its end."""
    gap = "" if not text.strip() else "\n"
    text = _ended(text)
    snippet = _with_line_ends(f"{gap}[[{TRUCE}]]\n{_pairs(fields)}", text)
    return Edited(text + snippet, text.count("\n") + len(gap) + 1)


def dates_and_hours(days: Iterable[tuple[Value, Sequence[str]]]) -> Value:
    """Dates, each alone or in a table with its hours: `[2025-08-03, {date = 2025-08-04, daily = ["1200-1600"]}]`."""
    found = tomlkit.array()
    for day, hours in days:
        if hours:
            table = tomlkit.inline_table()
            table.update({"date": day, "daily": hours})
            found.append(table)
        else:
            found.append(day)
    return found


class TruceText:
    """The lines of one truce within its text, and what can be done to them."""

    def __init__(self, text: str, file: str, line: int) -> None:
        """`line` is that of its `[[truce]]` header. Raises ConfigError where it has none, or cannot be read."""
        lines = _LINES.findall(text)
        self._file = file
        self._offset = line - 1
        if not lines[self._offset].lstrip().startswith("[["):
            raise self._refusal("does not stand under a [[truce]] header of its own: edit it by hand")
        stop = self._offset + _length(lines, self._offset, documents(file, text))
        self._before = "".join(lines[: self._offset])
        self._body = _ended("".join(lines[self._offset : stop]))
        self._after = "".join(lines[stop:])

    @property
    def table(self) -> TomlTable:
        """The truce as TOML reads it; raises `ConfigError` where a line cannot be read."""
        try:
            (table,) = tables_at(load_toml(self._body), TRUCE)
        except ValueError as error:
            raise self._refusal("has a line that TOML cannot read: mend it first, see `alertd check`") from error
        return table

    @property
    def records(self) -> list[tuple[KeyPath, TomlTable]]:
        """Its records in the order of kinds, each with its path: extensions, claims, terminations, starts."""
        table = self.table
        found: list[tuple[KeyPath, TomlTable]] = []
        for kind in (EXTENSION, CLAIM, TERMINATION, BEGUN):
            if isinstance(single := table.get(kind), dict):
                found.append(((kind,), single))
            found += [((kind, index), record) for index, record in enumerate(tables_at(table, kind))]
        return found

    def with_record(self, kind: str, fields: Fields, end_key: str) -> Edited:
        """The text with one record more of a kind; a single one of that kind becomes the first of a list."""
        table = self.table
        stands = table.get(kind, [])
        before = stands if isinstance(stands, list) else [stands]
        single_header = re.compile(rf"^([ \t]*)\[([ \t]*truce[ \t]*\.[ \t]*{kind}[ \t]*)\]", re.MULTILINE)
        listed = single_header.sub(r"\1[[\2]]", self._body)
        inline = bool(before) and re.search(rf"^[ \t]*\[\[[^\]\n]*{kind}", listed, re.MULTILINE) is None
        body = self._inline_appended(kind, fields) if inline else _appended(listed, f"[[truce.{kind}]]", fields)
        expected: dict[str, object] = {**table, kind: [*before, dict(fields)]}
        return self._edited(body, expected, (kind, len(before), end_key))

    def with_keys(self, path: KeyPath, fields: Fields, without: Collection[str] = ()) -> Edited:
        """The text in which a table of the truce, such as `("claim", 0)`, has these keys; the first gives the line.

        `without` are those that it has no longer.
        """
        expected = self.table
        document = tomlkit.parse(self._body)
        for key in without:
            del _at(expected, path)[key], _at(document, (TRUCE, 0, *path))[key]
        for key, value in fields.items():
            _at(expected, path)[key] = value
            _at(document, (TRUCE, 0, *path))[key] = tomlkit.item(value)
        body = tomlkit.dumps(document)
        if self._body.count("\n") == self._body.count("\r\n"):
            body = _ANY_LINE_END.sub("\r\n", body)
        return self._edited(body, expected, (*path, next(iter(fields))))

    def _inline_appended(self, kind: str, fields: Fields) -> str:
        document = tomlkit.parse(self._body)
        record = tomlkit.inline_table()
        record.update(fields)
        truce = _at(document, (TRUCE, 0))
        if not isinstance(single := truce[kind], Array):
            truce[kind] = tomlkit.array()
            truce[kind].append(single)
        truce[kind].append(record)
        return tomlkit.dumps(document)

    def _edited(self, body: str, expected: Mapping[str, object], path: KeyPath) -> Edited:
        """The whole text with a new body, once it is proved to say what is expected."""
        try:
            same = load_toml(body) == {TRUCE: [expected]}
        except ValueError:
            same = False
        if not same:
            raise self._refusal("is written in a way that alertd cannot edit: edit it by hand")
        line = self._offset + Positions(body).line((TRUCE, 0, *path))
        return Edited(self._before + body + self._after, line, path[:-1])

    def _refusal(self, why: str) -> ConfigError:
        return ConfigError(f"{self._file}:{self._offset + 1}: this truce {why}")


def add_withdrawn(text: str | None, file: str, truce: str) -> Edited:
    """The list of withdrawn truces with one id more; None for a list that is not there yet."""
    document = _parsed(_WITHDRAWN_HEAD if text is None else text, file)
    listed = _withdrawn(document, file)
    if truce not in listed:
        listed.append(truce)
    written = tomlkit.dumps(document)
    return Edited(written, Positions(written).line((WITHDRAWN, list(listed).index(truce))))


def drop_withdrawn(text: str, file: str, truce: str) -> str:
    """The list of withdrawn truces without an id."""
    document = _parsed(text, file)
    listed = _withdrawn(document, file)
    while truce in listed:
        listed.remove(truce)
    return tomlkit.dumps(document)


def _length(lines: Sequence[str], start: int, pieces: Iterable[Document]) -> int:
    """The number of lines from its header on that belong to a truce.

    What stands below its last key, behind an empty line, belongs to whatever follows.
    """
    headers = (document.truce_line(index) - 1 for document in pieces for index in range(len(document.truces)))
    following = min((number for number in headers if number > start), default=len(lines))
    content = max(at for at in range(start, following) if lines[at].strip() and not lines[at].lstrip().startswith("#"))
    below = lines[content + 1 : following]
    own = next((number for number, line in enumerate(below) if not line.strip()), len(below))
    if own == len(below) and following < len(lines):
        # No empty line anywhere: a comment that is not indented stands above the next header, and speaks of it.
        own = next((number for number, line in enumerate(below) if not line[0].isspace()), own)
    return content + 1 + own - start


def _appended(body: str, header: str, fields: Fields) -> str:
    """The body of a truce with one table more at its end, indented as the tables before it."""
    indents = _HEADER.findall(body)
    indent = indents[-1] if indents else _INDENT
    return body + _with_line_ends(f"\n{indent}{header}\n{_pairs(fields, indent)}", body)


def _pairs(fields: Fields, indent: str = "") -> str:
    table = tomlkit.document()
    for key, value in fields.items():
        table.add(key, tomlkit.item(value))
    return "".join(f"{indent}{line}" for line in _LINES.findall(tomlkit.dumps(table)))


def _at(table: Any, path: KeyPath) -> Any:  # noqa: ANN401  whatever TOML holds
    for part in path:
        table = table[part]
    return table


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}{_line_end(text)}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with_line_ends(snippet: str, text: str) -> str:
    return snippet.replace("\n", _line_end(text))


def _parsed(text: str, file: str) -> tomlkit.TOMLDocument:
    try:
        load_toml(text)  # tomlkit has no bounds
        return tomlkit.parse(text)
    except (TOMLKitError, ValueError) as error:
        raise ConfigError(f"{file} has a line that TOML cannot read: mend it first, see `alertd check`") from error


def _withdrawn(document: tomlkit.TOMLDocument, file: str) -> Array:
    """The list in the document, made where there is none; a single id becomes a list of one."""
    listed = document.get(WITHDRAWN, [])
    if not isinstance(listed, Array):
        document[WITHDRAWN] = [listed] if isinstance(listed, str) else listed
    found = document[WITHDRAWN]
    if not isinstance(found, Array) or not all(isinstance(item, str) for item in found):
        raise ConfigError(f"{file}: `withdrawn` takes a list of ids in double quotes: mend it first")
    return found
