"""TOML texts as tables, and past what TOML cannot read.

tomllib refuses a whole text for one wrong character. Such a text is cut here at its `[[truce]]` headers, so that a
mistake costs the neighbours nothing, and a broken piece is read without the lines at fault. Lines are blanked, never
moved, so that every position stays true. What the tables mean is for the readers to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from alertd.toml.advice import PLACE, advice, quoted
from alertd.toml.load import TomlTable, TomlValue, TooLarge, load_toml
from alertd.toml.positions import KeyPath, Positions

MISTAKES_AT_MOST = 20
"""Mistakes looked for in one piece; what is broken more often than that is not read at all."""

MENDED_AT_MOST = 100_000
"""Characters of a piece in which mistakes are looked for, as each costs several readings of all of it."""

TRIED_AT_MOST = 5_000_000
"""Characters of a file that are read again in search of its mistakes; what is broken after them is not read at all."""

COST_OF_A_TRY = 1_000
"""Characters that take as long to read as it takes to begin."""

TRUCES_AT_MOST = 20_000
"""Of one file; what is more would keep all other files waiting."""

STATEMENTS_TRIED = 100
"""Statements that are suspected where the end of the text is the only place that tomllib names."""

PIECE = re.compile(r"[ \t]*\[{1,2}[ \t]*truce(?![\w-])(?![ \t]*\.)")
"""The beginning of the first line of a truce."""

_SOUND_PIECE = re.compile(r"[ \t]*\[\[[ \t]*truce[ \t]*\]\][ \t\r]*(#.*)?$")
_HEADER = re.compile(r"[ \t]*\[{1,2}[ \t]*[A-Za-z]")
_KEY = re.compile(r"""[ \t]*(?:"([^"]+)"|([A-Za-z0-9_-]+))[ \t]*=""")
_ID = re.compile(r"""[ \t]*id[ \t]*=[ \t]*["']?([a-z0-9-]+)["']?[ \t\r]*(#.*)?$""")


@dataclass(frozen=True, slots=True)
class Mistake:
    """Lines that TOML cannot read, and that were left out."""

    line: int
    """1-based, in the file."""
    what: str
    """`ends`, `[[truce.extension]]`, …"""
    keys: frozenset[str]
    """The keys that stood on these lines, outside of any table within the truce."""
    table: str | None
    """The header of the table within the truce that was left out whole; None for lines of the truce itself."""
    message: str
    announced: object = None
    """When the table that was left out became known, if that line of it can be read."""


class Document:
    """A TOML text, or the readable rest of a piece of one, with the lines that everything stands on."""

    def __init__(  # noqa: PLR0913  all but the first three are for broken texts
        self,
        file: str,
        text: str,
        tables: TomlTable,
        *,
        offset: int = 0,
        mistakes: tuple[Mistake, ...] = (),
        written_id: str | None = None,
        more_follows: bool = False,
    ) -> None:
        self.file = file
        self.tables = tables
        self.mistakes = mistakes
        self.written_id = written_id
        """The text that looks like the id of the only truce, where lines were left out."""
        self.ends_within_a_line = not (more_follows or text.endswith("\n"))
        """True if the file may have been cut short here; an editor that ends no last line leaves the same."""
        self._text = text
        self._offset = offset

    @property
    def truces(self) -> list[TomlValue]:
        """The values under `[[truce]]`, each a table where the file is right."""
        truces = self.tables.get("truce", [])
        return truces if isinstance(truces, list) else [truces]

    def line(self, path: KeyPath) -> int:
        """The 1-based line in the file on which a path stands."""
        return self._positions.line(path) + self._offset

    def truce_line(self, index: int) -> int:
        """The same for the header of a truce, and cheap where headers are written as usual."""
        if len(self.truces) == 1 and _SOUND_PIECE.match(self._text.partition("\n")[0]):
            return self._offset + 1
        if len(self._headers) == len(self.truces):
            return self._headers[index] + self._offset
        return self.line(("truce", index))

    @cached_property
    def _headers(self) -> list[int]:
        return [number for number, line in enumerate(self._text.split("\n"), start=1) if _SOUND_PIECE.match(line)]

    @cached_property
    def _positions(self) -> Positions:
        return Positions(self._text)


def documents(file: str, text: str) -> tuple[Document, ...]:
    """Read a text: one document where TOML can read it, else one a piece."""
    try:
        tables = load_toml(text)
    except ValueError as error:
        refusal = error
    else:
        truces = tables.get("truce")
        is_too_long = isinstance(truces, list) and len(truces) > TRUCES_AT_MOST
        return (_too_many_truces(file) if is_too_long else Document(file, text, tables),)
    cut = [*_pieces(text.replace("\r\n", "\n").split("\n"))]
    if len(cut) > TRUCES_AT_MOST:
        return (_too_many_truces(file),)
    effort = _Effort()
    pieces = tuple(_mended(file, lines, offset, effort, more_follows=lines is not cut[-1][1]) for offset, lines in cut)
    if any(piece.mistakes for piece in pieces):
        return pieces
    # Each piece is sound and only the whole is not.
    line = (_error_line(refusal) or 0) + 1
    mistake = Mistake(line, "the file", frozenset(), None, advice("", None, str(refusal)))
    return (*pieces, Document(file, "", {}, mistakes=(mistake,)))


def _too_many_truces(file: str) -> Document:
    """The document of a file of which nothing is read, as it holds too much."""
    advice = f"more than {TRUCES_AT_MOST:,} truces stand in one file: split it into several"
    return Document(file, "", {}, mistakes=(Mistake(1, "the file", frozenset(), None, advice),))


def _pieces(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    starts = [number for number, line in enumerate(lines) if PIECE.match(line)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield start, lines[start:stop]


@dataclass(frozen=True, slots=True)
class _Cut:
    """Lines to leave out of a piece, 0-based and half open."""

    at: int
    """The line to blame."""
    start: int
    stop: int

    def applied(self, lines: list[str]) -> list[str]:
        return [*lines[: self.start], *[""] * (self.stop - self.start), *lines[self.stop :]]


@dataclass(slots=True)
class _Effort:
    """The search for mistakes in one file, as far as it has come."""

    left: int = TRIED_AT_MOST
    """Characters."""


def _mended(file: str, lines: list[str], offset: int, effort: _Effort, *, more_follows: bool) -> Document:
    """Read a piece without the lines that TOML cannot read."""
    written_id = next((match[1] for line in lines if (match := _ID.match(line))), None)
    mistakes: list[Mistake] = []
    has_header = PIECE.match(lines[0]) is not None
    if has_header and not (_SOUND_PIECE.match(lines[0]) and _is_sound(lines[:1])):
        mistakes.append(Mistake(offset + 1, "the header", frozenset(), None, "write `[[truce]]` on a line of its own"))
        lines = ["[[truce]]", *lines[1:]]
    tables: TomlTable | None = None
    size = sum(map(len, lines))
    while tables is None:
        try:
            tables = load_toml("\n".join(lines))
        except ValueError as error:
            is_hopeless = isinstance(error, TooLarge) or size > MENDED_AT_MOST or effort.left < 0
            cut = None if is_hopeless else _best_cut(lines, _error_line(error), effort)
            if len(mistakes) == MISTAKES_AT_MOST or cut is None:
                cut = _Cut(0, int(has_header), len(lines))
            mistakes.append(_mistake(lines, cut, str(error), offset))
            lines = cut.applied(lines)
    return Document(
        file,
        "\n".join(lines),
        tables,
        offset=offset,
        mistakes=tuple(mistakes),
        written_id=written_id,
        more_follows=more_follows,
    )


def _error_line(error: Exception) -> int | None:
    """The 0-based line that tomllib names; None for the end of the text or no place at all."""
    place = PLACE.search(str(error))
    return int(place[1]) - 1 if place else None


def _best_cut(lines: list[str], at: int | None, effort: _Effort) -> _Cut | None:
    """The cut after which TOML reads farthest, and of such cuts the smallest."""
    worthwhile = [cut for cut in _suspects(lines, at) if any(line.strip() for line in lines[cut.start : cut.stop])]
    effort.left -= len(worthwhile) * (COST_OF_A_TRY + sum(map(len, lines)))
    best = min(worthwhile, key=lambda cut: (-_readable(cut.applied(lines)), cut.stop - cut.start), default=None)
    return best and _whole_table(lines, best)


def _is_sound(lines: list[str]) -> bool:
    return _readable(lines) > len(lines)


def _readable(lines: list[str]) -> int:
    """The number of lines that TOML reads before it refuses; one more than there are where it reads them all."""
    try:
        load_toml("\n".join(lines))
    except ValueError as error:
        line = _error_line(error)
        return len(lines) if line is None else line
    return len(lines) + 1


def _suspects(lines: list[str], at: int | None) -> Iterator[_Cut]:
    """The statements that may be at fault, given the line that tomllib blames: itself, or what was left open above."""
    starts = [number for number, line in enumerate(lines) if _KEY.match(line) or _is_inner_header(number, line)]
    if at is None:
        for start, stop in pairwise([*starts[-STATEMENTS_TRIED:], len(lines)]):
            yield _Cut(start, start, start + 1)
            yield _Cut(start, start, stop)
        return
    yield _Cut(at, at, at + 1)
    above = next((start for start in reversed(starts) if start < at), None)
    if above is None or _is_sound(lines[above:at]):
        return
    # The statement above was never closed, or is not yet closed where it goes wrong.
    following = next((start for start in starts if start > at), len(lines))
    for stop in (at, at + 1, following):
        yield _Cut(above, above, stop)


def _whole_table(lines: list[str], cut: _Cut) -> _Cut:
    """A record that lacks a line could mean something else, so the tables within a truce are left out whole."""
    header = _table_header(lines, cut.start)
    if header is None:
        return cut
    following = (number for number in range(header + 1, len(lines)) if _is_inner_header(number, lines[number]))
    return _Cut(cut.at, header, max(cut.stop, next(following, len(lines))))


def _table_header(lines: list[str], number: int) -> int | None:
    """The header of the table within the truce in which a line stands."""
    return next((each for each in range(number, -1, -1) if _is_inner_header(each, lines[each])), None)


def _is_inner_header(number: int, line: str) -> bool:
    """True if a line of a piece begins a table other than the truce."""
    return _HEADER.match(line) is not None and not (number == 0 and PIECE.match(line))


def _mistake(lines: list[str], cut: _Cut, reason: str, offset: int) -> Mistake:
    header = _table_header(lines, cut.start)
    table = lines[header].split("#")[0].strip() if header is not None else None
    keys = [_key(line) for line in lines[cut.start : cut.stop]] if table is None else []
    blamed = _key(lines[cut.at])
    return Mistake(
        line=offset + cut.at + 1,
        what=quoted(table or blamed or "", "a line"),
        keys=frozenset(key for key in keys if key is not None),
        table=table,
        message=advice(lines[cut.at], blamed, reason),
        announced=_announced(lines[cut.start : cut.stop]),
    )


def _announced(lines: list[str]) -> object:
    """The words that a broken table still has of its announcement."""
    for line in lines:
        if _key(line) == "announced" and _is_sound([line]):
            return load_toml(line)["announced"]
    return None


def _key(line: str) -> str | None:
    match = _KEY.match(line)
    return match and (match[1] or match[2])
