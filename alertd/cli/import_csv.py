"""`alertd import`: a sheet of truces into one truce file, each row read as the register will read it.

A row that is wrong costs itself alone, and is told with its line and the reason; nothing is passed over in silence.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.csv_columns import BETWEEN, FOR_READING, READ_BACK, as_written, value
from alertd.cli.csv_sheet import SheetRow, read_sheet
from alertd.cli.preview import QUESTION
from alertd.cli.problems import unreachable
from alertd.cli.recording import ask, open_file, require_answer, truce_file
from alertd.cli.screen import screen
from alertd.cli.times import Hand, exceptions, native
from alertd.errors import ConfigError, Level, Problem
from alertd.message.wording import plural
from alertd.register import read_one
from alertd.register.editing import Value, add_truce, drop_withdrawn
from alertd.register.files import WITHDRAWN_FILE
from alertd.register.writing import write
from alertd.status.views import dump

_TIMES = frozenset({"announced", "starts", "ends"})
_NOT_NAME = re.compile(r"[^a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class _CsvRow:
    """A row of the sheet, and the truce that it says."""

    line: int
    truce: str | None
    fields: dict[str, Value]
    reasons: tuple[Problem | str, ...]


def take_in(  # noqa: PLR0913  a sheet, and how to go about it
    context: Context, sheet: Path, file: Path | None, *, recorded_by: str | None, yes: bool, json: bool
) -> int:
    """Add the truces of a sheet; returns 1 where a row was refused.

    Raises `ConfigError` where the file that takes them has a mistake.
    """
    require_answer(yes=yes)
    context.settings.subscriptions()
    stem = _NOT_NAME.sub("-", sheet.stem.lower()).strip("-") or "sheet"
    place = open_file(context, truce_file(context, file or Path(f"{stem}.toml")))
    register = context.read_register(context.now)
    known = {read.id for read in register.truces}
    rows = [_row(context, row, known) for row in read_sheet(sheet, (*READ_BACK, *FOR_READING))]
    taken, refused = [row for row in rows if not row.reasons], [row for row in rows if row.reasons]
    text = place.text
    for row in taken:
        zone = str(row.fields["zone"])
        hand = Hand(context.zones.find(zone), zone, context.zones.find)
        text = add_truce(text, row.fields | recorded(hand, context.now, recorded_by)).text
    console = screen(stderr=True)
    for row in refused:
        _tell(row, sheet)
    console.print(
        f"{place.file}: {plural(len(taken), 'truce')} to add, {plural(len(refused), 'row')} refused", markup=False
    )
    if taken:
        after = context.with_texts(register, {place.file: text}, context.now)
        if not {row.truce for row in taken} <= {read.id for read in after.truces if read.truce is not None}:
            raise ConfigError(f"nothing was written: {place.file} has a mistake that hides them: see `alertd check`")
        if not ask(QUESTION, yes=yes):
            return 1
        write(context.config, place.file, place.mark + text, expected=place.raw)
        _watch_again(context, [row.truce or "" for row in taken], register.listed)
    if json:
        print(dump(_view(place.file, taken, refused)))  # noqa: T201  the command's output
    return int(bool(refused))


def _watch_again(context: Context, truces: Sequence[str], withdrawn: Collection[str]) -> None:
    """A truce that was withdrawn and is added again is withdrawn no longer."""
    again = [truce for truce in truces if truce in withdrawn]
    if again:
        listed = open_file(context, WITHDRAWN_FILE)
        text = listed.text
        for truce in again:
            text = drop_withdrawn(text, WITHDRAWN_FILE, truce)
        write(context.config, WITHDRAWN_FILE, listed.mark + text, expected=listed.raw)


def _row(context: Context, row: SheetRow, known: set[str]) -> _CsvRow:
    filled = {name: as_written(cell) for name, cell in row.cells.items()}
    fields: dict[str, Value] = {
        name: native(filled[name]) if name in _TIMES else value(name, filled[name])
        for name in READ_BACK
        if name in filled
    }
    if "except" in filled:
        fields["except"] = exceptions(filled["except"].split(BETWEEN))
    truce = filled.get("id")
    if row.surplus:
        where = ", ".join(f"column {number} ({cell})" for number, cell in row.surplus)
        return _CsvRow(
            row.line,
            truce,
            fields,
            (f"a cell stands under no name: {where}. Name the column, or quote what has a comma",),
        )
    text = add_truce("", fields).text
    read, problems = read_one("row", text, zone_for=context.zones.find, now=context.now)
    reasons: list[Problem | str] = [problem for problem in problems if problem.level is Level.ERROR]
    if truce in known:
        reasons.append(f"the id {truce} stands in the register or in a row above: give each truce its own")
    if read is not None and read.truce is not None and unreachable(context, [read]):
        reasons.append("no channel takes it: give it a channel's tag")
    if truce is not None and not reasons:
        known.add(truce)
    return _CsvRow(row.line, truce, fields, tuple(reasons))


def _tell(row: _CsvRow, sheet: Path) -> None:
    console = screen(stderr=True)
    for reason in row.reasons:
        told = reason if isinstance(reason, str) else reason.message
        console.print(f"{sheet}:{row.line}: refused: {told}", markup=False, style="red")
        for reading in () if isinstance(reason, str) else reason.readings:
            console.print(f"    {reading.local}: write {reading.write}", markup=False)


def _view(file: str, taken: Sequence[_CsvRow], refused: Sequence[_CsvRow]) -> Mapping[str, object]:
    return {
        "file": file,
        "added": [row.truce for row in taken],
        "refused": [
            {
                "line": row.line,
                "truce": row.truce,
                "reasons": [reason if isinstance(reason, str) else reason.message for reason in row.reasons],
                "readings": [
                    reading for reason in row.reasons if not isinstance(reason, str) for reading in reason.readings
                ],
            }
            for row in refused
        ],
    }
