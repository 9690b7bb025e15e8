"""A sheet in CSV as spreadsheets leave it: its delimiter, its columns by name, and the rows that hold something.

A first line `sep=;` names the delimiter. Empty rows, columns without a name and a cell, and empty cells at the right of
a row say nothing and are passed over.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from alertd.errors import ConfigError

_DELIMITERS = ",;\t"
_NAMED_DELIMITER = re.compile(r'"?sep=(.)"?\W*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that holds something: the line on which it begins, and its filled cells by column.

    `surplus` are cells that stand under no name, with the number of their column (from 1).
    """

    line: int
    cells: dict[str, str]
    surplus: tuple[tuple[int, str], ...]


def read_sheet(sheet: Path, columns: Collection[str]) -> list[SheetRow]:
    """The rows of a sheet that has no columns but these, `id` among them.

    Raises `ConfigError` where the sheet cannot be read as a whole: no CSV, not UTF-8, a column that nobody knows.
    """
    lines = _lines(sheet)
    head_line, head = next(lines, (1, []))
    names = [name.strip().lower() for name in head]
    _require_known(names, columns, f"{sheet}:{head_line}")
    return [_row(names, cells, line) for line, cells in lines]


def _lines(sheet: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines with a filled cell, and their numbers."""
    text = _text(sheet)
    first = text.partition("\n")[0]
    hint = _NAMED_DELIMITER.fullmatch(first)
    delimiter = hint[1] if hint else max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    if hint:
        next(reader)
    before = reader.line_num
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield line, cells
    except csv.Error as error:
        raise ConfigError(f"{sheet}:{reader.line_num}: this is no CSV: {error}; nothing was written") from error


def _text(sheet: Path) -> str:
    try:
        return sheet.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{sheet} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{sheet} is not UTF-8: save it as CSV in UTF-8") from error


def _require_known(names: Sequence[str], columns: Collection[str], place: str) -> None:
    """A column that nobody knows is a slip that would spoil every row."""
    if "id" not in names:
        raise ConfigError(f"{place}: the first line names the columns, `id` among them")
    wrong = [
        f"column {number} is `{name}`, which is no key of a truce{_near(name, columns)}"
        for number, name in enumerate(names, start=1)
        if name and name not in columns
    ]
    wrong += [
        f"the column `{name}` stands twice" for name in dict.fromkeys(filter(None, names)) if names.count(name) > 1
    ]
    if wrong:
        raise ConfigError(f"{place}: {'; '.join(wrong)}. `alertd import --help` lists the columns; nothing was written")


def _near(name: str, columns: Collection[str]) -> str:
    near = get_close_matches(name, columns, n=1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def _row(names: Sequence[str], cells: Sequence[str], line: int) -> SheetRow:
    filled = [(number, cell.strip()) for number, cell in enumerate(cells) if cell.strip()]
    named = {names[number]: cell for number, cell in filled if number < len(names) and names[number]}
    surplus = tuple((number + 1, cell) for number, cell in filled if number >= len(names) or not names[number])
    return SheetRow(line, named, surplus)
