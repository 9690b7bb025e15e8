"""A truce file piece by piece: only the pieces whose text is new are read.

A piece is the lines from one `[[truce]]` to the next. A file with a piece that does not stand on its own is read whole.
Nothing is kept here between two readings.
"""

import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import cast

from alertd.domain.truce import Truce
from alertd.errors import Problem
from alertd.register.files import WITHDRAWN_FILE, has_withdrawn, read_text, truce_files
from alertd.register.loading import contained, read_document, read_truces
from alertd.register.truces import ReadTruce
from alertd.register.withdrawals import Withdrawal
from alertd.times.end import NEVER
from alertd.times.instant import ZoneLookup
from alertd.toml.load import TomlTable, load_toml
from alertd.toml.recovery import PIECE, TRUCES_AT_MOST, Document

_PIECE_STARTS = re.compile(rf"^{PIECE.pattern}", re.MULTILINE)
_FINGERPRINT_BYTES = 12
_TRUCES_A_PART = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """The place of a truce in the register."""

    id: str
    file: str
    line: int
    text: str | None
    """A fingerprint of its piece of the file, by which it is known again; None where it has to be read each time."""
    is_refused: bool
    """True where no end of it could be read."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """Some truces that were read anew in one file, pickled: whole, a large register would not fit into memory."""

    file: str
    count: int
    comes_next: datetime
    """The earliest moment ahead that one of them speaks of: a large register is judged in this order."""
    _truces: bytes

    def truces(self) -> list[ReadTruce]:
        """The truces."""
        return cast("list[ReadTruce]", pickle.loads(self._truces))  # noqa: S301  made below, in the same run


@dataclass(frozen=True, slots=True)
class FileRead:
    """The result of one reading of one file."""

    text: str | None
    """A fingerprint of the whole file; None where it could not be opened."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    parsed: tuple[ParsedFile, ...]
    withdrawn: tuple[str, ...] = ()
    """The truces whose own text says that they were taken out."""


def read_file(config_dir: Path, name: str, known: Mapping[str, str], zone_for: ZoneLookup, now: datetime) -> FileRead:
    """Read a file but for the pieces whose text is known; `known` gives the id that each was read as."""
    read = contained(name, 1, None, partial(_read_file, config_dir, name, known, zone_for, now))
    return FileRead(None, (), (read,), ()) if isinstance(read, Problem) else read


def _read_file(config_dir: Path, name: str, known: Mapping[str, str], zone_for: ZoneLookup, now: datetime) -> FileRead:
    text, problems = read_text(config_dir, name)
    pieces = None if text is None else _plain_pieces(text, known)
    entries: list[Entry] = []
    truces: list[ReadTruce] = []
    withdrawn: list[str] = []
    found = list(problems)
    if pieces is None:
        placed, others = read_truces(name, text or "", zone_for, now)
        found.extend(others)
        every = [entry.truce for entry in placed]
        truces.extend(truce for truce in every if truce.withdrawal is not Withdrawal.HOLDS)
        withdrawn.extend(truce.id for truce in every if truce.withdrawal is Withdrawal.HOLDS)
        entries.extend(_entry(truce, None) for truce in truces)
    else:
        for piece in pieces:
            if piece.known_as is not None:
                entries.append(Entry(piece.known_as, name, piece.line, piece.fingerprint, is_refused=False))
                continue
            document = Document(name, piece.text, piece.tables, offset=piece.line - 1)
            placed, others = read_document(document, zone_for, now)
            found.extend(others)
            for truce in (entry.truce for entry in placed):
                if truce.withdrawal is Withdrawal.HOLDS:
                    withdrawn.append(truce.id)
                    continue
                truces.append(truce)
                entries.append(_entry(truce, None if truce.problems else piece.fingerprint))
    found.extend(problem for truce in truces for problem in truce.problems)
    return FileRead(
        None if text is None else text_fingerprint(text),
        tuple(entries),
        tuple(found),
        _parsed(name, truces, now),
        tuple(withdrawn),
    )


def _parsed(name: str, truces: list[ReadTruce], now: datetime) -> tuple[ParsedFile, ...]:
    """The truces in parts, as a whole file of them would take long to pickle and to judge."""
    parts = (truces[start : start + _TRUCES_A_PART] for start in range(0, len(truces), _TRUCES_A_PART))
    return tuple(
        ParsedFile(
            name,
            len(part),
            min(_comes_next(read.truce, now) for read in part),
            pickle.dumps(part, pickle.HIGHEST_PROTOCOL),
        )
        for part in parts
    )


def _comes_next(truce: Truce | None, now: datetime) -> datetime:
    """The earliest moment ahead that a truce speaks of, be it in force or not; of a daily pause each day has some."""
    if truce is None:
        return NEVER
    if truce.daily is not None:
        return now
    moments = [truce.starts]
    for end in (truce.first_end, *[record.end for record in truce.records]):
        moments += [end.order, end.surely_over]
    moments += [ended.at for ended in truce.terminations]
    moments += [milestone.at for milestone in truce.milestones]
    return min([moment for moment in moments if moment > now], default=NEVER)


def _entry(truce: ReadTruce, fingerprint: str | None) -> Entry:
    return Entry(truce.id, truce.file, truce.line, fingerprint, is_refused=truce.truce is None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The lines from one `[[truce]]` to the next."""

    line: int
    """Of its header, 1-based."""
    text: str
    fingerprint: str
    known_as: str | None
    """The id as which the same text was read before; then it has no tables here."""
    tables: TomlTable


def _plain_pieces(text: str, known: Mapping[str, str]) -> list[_Piece] | None:
    """The pieces of a text, where each is one truce and sound on its own; None where the text has to be read whole.

    TOML is read from the left, and each piece ends where a statement can begin. So the whole is sound where all pieces
    are, and means the same, as long as they share no table but `truce`.
    """
    starts = [match.start() for match in _PIECE_STARTS.finditer(text)]
    if len(starts) > TRUCES_AT_MOST:
        return None
    texts = [text[start:stop] for start, stop in pairwise([*starts, len(text)])]
    fingerprints = [text_fingerprint(each) for each in texts]
    line = text.count("\n", 0, starts[0]) + 1 if starts else 1
    pieces = []
    try:
        if load_toml(text[: starts[0]] if starts else text):
            return None
        for piece, fingerprint in zip(texts, fingerprints, strict=True):
            known_as = known.get(fingerprint)
            tables = {} if known_as is not None else load_toml(piece)
            if known_as is None and not _is_one_truce(tables):
                return None
            pieces.append(_Piece(line, piece, fingerprint, known_as, tables))
            line += piece.count("\n")
    except ValueError:
        return None
    return pieces


def contents(config_dir: Path) -> dict[str, str]:
    """Every truce file and the list of withdrawn ids, each with a fingerprint of what stands in it."""
    names = (*truce_files(config_dir), *((WITHDRAWN_FILE,) if has_withdrawn(config_dir) else ()))
    texts = ((name, read_text(config_dir, name)[0]) for name in names)
    return {name: text_fingerprint(text) for name, text in texts if text is not None}


def text_fingerprint(text: str) -> str:
    """A fingerprint by which a text is known again."""
    return blake2b(text.encode(), digest_size=_FINGERPRINT_BYTES).hexdigest()


def _is_one_truce(tables: Mapping[str, object]) -> bool:
    truces = tables.get("truce")
    return len(tables) == 1 and isinstance(truces, list) and len(truces) == 1 and isinstance(truces[0], dict)


def batches(parsed: Iterable[ParsedFile], size: int) -> Iterator[Sequence[ParsedFile]]:
    """The files in their order, together until they hold so many truces."""
    batch: list[ParsedFile] = []
    for file in parsed:
        batch.append(file)
        if sum(each.count for each in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
