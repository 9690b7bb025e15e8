"""The columns of a sheet of truces, a truce a row: what `export` writes and `import` reads, and their help.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and loses it again when it is read.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import get_args

from alertd.cli.options import Column, NewTruce


class ExportFormat(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    JSON = "json"
    ICS = "ics"


READ_BACK: Mapping[str, str] = {
    field.name.removesuffix("_"): next(column.help for column in get_args(field.type) if isinstance(column, Column))
    for field in fields(NewTruce)
}
"""The columns that `import` takes, and what stands in them."""

FOR_READING = ("state", "end_kind", "ends_at", "ends_local", "records", "milestones", "opens_at", "closes_at")
"""The columns that `export` adds, and `import` passes over."""

IMPORT_HELP = "\n\n".join(
    [
        "Add the truces of a sheet in CSV (UTF-8), a truce a row, to one truce file.",
        "The first line names the columns. Needed are id, title, zone, a start and one of the four ends.",
        "A row that is wrong is refused with its line and the reason, and costs no other.",
        *(f"{column}: {meaning}" for column, meaning in READ_BACK.items()),
        f"What `export` adds is passed over: {', '.join(FOR_READING)}.",
    ]
)
"""The help of `alertd import`."""

LISTS = frozenset(
    field.name.removesuffix("_") for field in fields(NewTruce) if get_args(field.type)[0] == list[str] | None
)
BETWEEN = ";"
BETWEEN_SOURCES = "\n"

_FORMULA = re.compile(r"[\s']*[=+\-@|%\t\r]")
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


def defused(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def as_written(cell: str) -> str:
    """A cell as it was before it was defused."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell[1:]) else cell


def value(column: str, cell: str) -> str | bool | list[str]:
    """A cell as a value of a truce file; what it means is for the reader of truce files to say."""
    if column in LISTS:
        between = BETWEEN_SOURCES if column == "source" else BETWEEN
        return [part.strip() for part in cell.split(between) if part.strip()]
    if column == "open" and cell.lower() in _TRUE | _FALSE:
        return cell.lower() in _TRUE
    return cell
