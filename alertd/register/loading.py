"""All truce files of a config folder as one register.

Each file is read by itself, so that none can harm another; what concerns several, an id that stands twice and the
list of withdrawn ids, is decided here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from pydantic import BaseModel

from alertd.errors import Code, Level, Problem
from alertd.register.files import WITHDRAWN_FILE, folder_problems, has_withdrawn, read_text, truce_files
from alertd.register.problems import in_order, mistake_problem
from alertd.register.truces import ReadTruce, read_truce, usable_id
from alertd.register.withdrawals import Withdrawal
from alertd.times.instant import ZoneLookup
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.recovery import Document, documents
from alertd.toml.validation import STRICT, Texts, unknown_key, validate_partial

T = TypeVar("T")

SAME_SHOWN = 3
"""Other places of an id that a message names."""


@dataclass(frozen=True, slots=True)
class RegisterProblems:
    """The problems of the register."""

    problems: tuple[Problem, ...] = ()
    refused: tuple[str, ...] = ()
    """The truces of which no end can be read."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A truce with the place it was read from."""

    truce: ReadTruce
    document: Document
    path: KeyPath

    @property
    def id_line(self) -> int:
        """The line of its id."""
        return self.document.line((*self.path, "id"))


@dataclass(frozen=True, slots=True)
class FileContent:
    """One truce file as it was read."""

    text: str | None
    """None where it cannot be read."""
    truces: tuple[Placed, ...]
    problems: tuple[Problem, ...]
    """Those that belong to no truce."""


@dataclass(frozen=True, slots=True)
class Register:
    """Every truce file of a config folder, as read at one moment."""

    truces: tuple[ReadTruce, ...]
    """By id, each once."""
    problems: tuple[Problem, ...]
    """All of them, by file and line."""
    withdrawn: frozenset[str]
    """The ids that were taken out on purpose."""
    listed: frozenset[str]
    """Those that stand in the list of withdrawn ids."""
    taken_out: tuple[ReadTruce, ...]
    """The truces whose own text says that they were taken out, in the order of the files."""
    files: tuple[str, ...]
    """The truce files, relative to the config folder; none where there is no folder."""
    contents: Mapping[str, FileContent] = field(repr=False, compare=False)
    """Each of them as it was read, so that an edit of one costs no reading of the others."""

    @property
    def register_problems(self) -> RegisterProblems:
        """Its problems."""
        return RegisterProblems(self.problems, tuple(read.id for read in self.truces if read.truce is None))


class _WithdrawnTable(BaseModel):
    """`truces/withdrawn.toml`."""

    model_config = STRICT

    withdrawn: Texts = ()


def read_register(config_dir: Path, *, zone_for: ZoneLookup, now: datetime) -> Register:
    """Read every truce file; what cannot be read is a problem, never an exception."""
    contents = {}
    for file in truce_files(config_dir):
        text, problems = read_text(config_dir, file)
        contents[file] = _content(file, text, zone_for, now, problems)
    return _register(config_dir, contents, read_withdrawn(config_dir))


def with_texts(
    register: Register, config_dir: Path, texts: Mapping[str, str], *, zone_for: ZoneLookup, now: datetime
) -> Register:
    """The register as an edit would leave it: these files, by name, hold these texts; only what is new is read."""
    contents = dict(register.contents)
    for file, text in texts.items():
        if file != WITHDRAWN_FILE and (file not in contents or contents[file].text != text):
            contents[file] = _content(file, text, zone_for, now)
    return _register(config_dir, contents, read_withdrawn(config_dir, texts.get(WITHDRAWN_FILE)))


def _content(
    file: str, text: str | None, zone_for: ZoneLookup, now: datetime, problems: tuple[Problem, ...] = ()
) -> FileContent:
    truces, others = read_truces(file, text or "", zone_for, now)
    return FileContent(text, tuple(truces), (*problems, *others))


def _register(
    config_dir: Path, contents: Mapping[str, FileContent], withdrawn: tuple[frozenset[str], list[Problem]]
) -> Register:
    files = tuple(sorted(contents))
    every_placed = [placed for file in files for placed in contents[file].truces]
    merged = tuple(merge_by_id(live(every_placed)))
    taken_out = tuple(placed.truce for placed in every_placed if placed.truce.withdrawal is Withdrawal.HOLDS)
    listed, problems = withdrawn
    ids = listed | ({read.id for read in taken_out} - {read.id for read in merged})
    every = [*folder_problems(config_dir), *problems]
    every.extend(problem for file in files for problem in contents[file].problems)
    every.extend(problem for truce in merged for problem in truce.problems)
    return Register(merged, in_order(every), ids, listed, taken_out, files, contents)


def read_one(
    file: str, text: str, *, zone_for: ZoneLookup, now: datetime
) -> tuple[ReadTruce | None, tuple[Problem, ...]]:
    """The only truce of a text that stands in no file yet, and every problem with it."""
    (document,) = documents(file, text)
    truces, problems = read_document(document, zone_for, now)
    read = truces[0].truce if truces else None
    return read, (*problems, *(read.problems if read else ()))


def contained(file: str, line: int, truce: str | None, read: Callable[[], T]) -> T | Problem:
    """The result of `read` for one file, or of one truce in it; whatever it raises is a problem of that file.

    With one delivery and one tick, one file is the third place where a fault is caught whatever it is: who edits a
    file can meet a bug of alertd, of its parsers or of Python, and a tick that read no other file would say nothing.
    """
    try:
        return read()
    except Exception as error:  # noqa: BLE001  see above
        place = extract_tb(error.__traceback__)[-1]
        code = f"{type(error).__name__} in {Path(place.filename).name} line {place.lineno}"
        what = "the file" if truce is None else "this truce"
        message = f"alertd fails at {what} ({code}) and leaves it as it was: look for what is unusual, and report it"
        return Problem(file, line, truce, Level.ERROR, Code.SYNTAX, message)


def read_truces(file: str, text: str, zone_for: ZoneLookup, now: datetime) -> tuple[list[Placed], list[Problem]]:
    """The truces of one text, and the problems that belong to none of them."""

    def read() -> tuple[list[Placed], list[Problem]]:
        truces: list[Placed] = []
        problems: list[Problem] = []
        for document in documents(file, text):
            found, others = read_document(document, zone_for, now)
            truces.extend(found)
            problems.extend(others)
        return truces, problems

    result = contained(file, 1, None, read)
    return ([], [result]) if isinstance(result, Problem) else result


def read_document(document: Document, zone_for: ZoneLookup, now: datetime) -> tuple[list[Placed], list[Problem]]:
    """The truces of a document, and the problems that belong to none of them."""
    truces: list[Placed] = []
    problems = [_unknown_table(document, key) for key in document.tables if key != "truce"]
    if not isinstance(document.tables.get("truce", []), list):
        problems.append(_problem(document, ("truce",), Code.SYNTAX, "write [[truce]], with two brackets"))
    if not document.truces:
        problems.extend(mistake_problem(document.file, mistake, None) for mistake in document.mistakes)
    for index, table in enumerate(document.truces):
        if not isinstance(table, dict):
            problems.append(_problem(document, ("truce", index), Code.SYNTAX, "a truce is a table: write [[truce]]"))
            continue
        truce, found = _truce(document, index, table, zone_for, now)
        if truce is None:
            problems.extend(found)
        else:
            truces.append(Placed(truce, document, ("truce", index)))
    return truces, problems


def _truce(
    document: Document, index: int, table: TomlTable, zone_for: ZoneLookup, now: datetime
) -> tuple[ReadTruce | None, tuple[Problem, ...]]:
    """One truce; at what alertd itself fails, its id alone where it has one."""
    line, truce_id = document.truce_line(index), usable_id(table, document)
    read = partial(read_truce, document, index, table, zone_for=zone_for, now=now)
    result = contained(document.file, line, truce_id, read)
    if not isinstance(result, Problem):
        return result
    refused = None if truce_id is None else ReadTruce(truce_id, document.file, line, None, (result,))
    return refused, (result,)


_WITHIN_TRUCE = {
    "extension": "[[truce.extension]]",
    "claim": "[[truce.claim]]",
    "termination": "[[truce.termination]]",
    "milestone": "[[truce.milestone]]",
    "checked": "[[truce.checked]]",
    "closed": "[[truce.closed]]",
    "withdrawn": "[[truce.withdrawn]]",
}


def _unknown_table(document: Document, key: str) -> Problem:
    header = _WITHIN_TRUCE.get(key)
    message = unknown_key(key, ("truce",)) if header is None else f"`{key}` belongs to a truce: write {header}"
    return _problem(document, (key,), Code.UNKNOWN_KEY, message)


def _problem(document: Document, path: KeyPath, code: Code, message: str) -> Problem:
    return Problem(document.file, document.line(path), None, Level.ERROR, code, message)


def live(truces: Iterable[Placed]) -> Iterator[Placed]:
    """The truces that were not taken out, by their own text."""
    return (placed for placed in truces if placed.truce.withdrawal is not Withdrawal.HOLDS)


def merge_by_id(truces: Iterable[Placed]) -> Iterator[ReadTruce]:
    """Each id once; where several truces share one, neither is taken, as nobody can tell which is meant."""
    places: dict[str, list[Placed]] = defaultdict(list)
    for placed in truces:
        places[placed.truce.id].append(placed)
    for _, same in sorted(places.items()):
        yield same[0].truce if len(same) == 1 else _duplicate(same)


def _duplicate(same: list[Placed]) -> ReadTruce:
    problems: list[Problem] = []
    for placed in same:
        truce = placed.truce
        shown = [other for other in same[: SAME_SHOWN + 1] if other is not placed][:SAME_SHOWN]
        places = [f"{other.truce.file} line {other.id_line}" for other in shown]
        if (more := len(same) - 1 - len(shown)) > 0:
            places.append(f"{more} places more")
        others = " and ".join(places)
        message = f"the id `{truce.id}` stands in {others} too: give each truce its own"
        problems.append(Problem(truce.file, placed.id_line, truce.id, Level.ERROR, Code.DUPLICATE_ID, message))
        problems.extend(truce.problems)
    return replace(same[0].truce, truce=None, problems=tuple(problems))


def read_withdrawn(config_dir: Path, text: str | None = None) -> tuple[frozenset[str], list[Problem]]:
    """The withdrawn ids, of their file or of a text that is to replace it.

    What cannot be read withdraws nothing, as a truce watched too long is the safe error.
    """
    unreadable: tuple[Problem, ...] = ()
    if text is None:
        if not has_withdrawn(config_dir):
            return frozenset(), []
        text, unreadable = read_text(config_dir, WITHDRAWN_FILE)
    result = contained(WITHDRAWN_FILE, 1, None, partial(_withdrawn, text or ""))
    ids, problems = (frozenset[str](), [result]) if isinstance(result, Problem) else result
    return ids, [*unreadable, *problems]


def _withdrawn(text: str) -> tuple[frozenset[str], list[Problem]]:
    problems: list[Problem] = []
    ids: set[str] = set()
    for document in documents(WITHDRAWN_FILE, text):
        problems.extend(mistake_problem(document.file, mistake, None) for mistake in document.mistakes)
        table, field_errors = validate_partial(_WithdrawnTable, document.tables)
        problems.extend(
            _problem(document, field_error.path, field_error.code, field_error.message) for field_error in field_errors
        )
        ids.update(table.withdrawn)
    return frozenset(ids), problems
