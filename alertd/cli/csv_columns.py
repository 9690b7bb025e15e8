"""The columns of a sheet of truces, a truce a row: what `export` writes and `import` reads, and their help.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and loses it again when it is read.
"""

import re
from collections.abc import Mapping
from enum import StrEnum


class ExportFormat(StrEnum):
    """The formats of an export."""

    CSV = "csv"
    JSON = "json"
    ICS = "ics"


READ_BACK: Mapping[str, str] = {
    "id": "unique: a-z, 0-9 and -",
    "title": "as people will read it",
    "area": "where it holds",
    "zone": "Asia/Damascus, or +03:00",
    "parties": "several with ; between them",
    "tags": "several with ; between them",
    "announced": "2016-04-29T18:00:00, wall time in the zone",
    "starts": "2016-04-30T01:00:00",
    "ends": "2016-05-04T01:00:00, 2016-05-04, or 0100 Wed 4 May 2016",
    "lasts": "48h, instead of ends",
    "open": "true, instead of ends",
    "until_condition": "what ends it, instead of ends",
    "stated_duration": "48h, checked against the window",
    "source": "several each on a line of the cell",
    "lead_times": "24h;6h",
    "after": "15m",
    "note": "for whoever reads the alert",
}
"""The columns that `import` takes, and what stands in them."""

FOR_READING = ("state", "end_kind", "ends_at", "ends_local", "records")
"""What `export` adds, and `import` passes over."""

IMPORT_HELP = "\n\n".join(
    [
        "Add the truces of a sheet in CSV (UTF-8), a truce a row, to one truce file.",
        "The first line names the columns. Needed are id, title, zone, starts and one of the four ends.",
        "A row that is wrong is refused with its line and the reason, and costs no other.",
        *(f"{column}: {meaning}" for column, meaning in READ_BACK.items()),
        f"What `export` adds is passed over: {', '.join(FOR_READING)}.",
    ]
)
"""What `alertd import --help` says."""

LISTS = frozenset({"parties", "tags", "source", "lead_times", "after"})
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
