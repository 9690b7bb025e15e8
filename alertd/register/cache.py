"""The register from one reading to the next: which truce stands where, and what need not be read again.

Only files that look changed are opened, and in them only the pieces whose text is new are read: a piece is the lines
from one `[[truce]]` to the next. What is kept of a truce is its place and a digest of its text. Only what was read
without a problem, and whose id stands nowhere else, is passed over; a file with a piece that does not stand on its
own is read whole. All that is kept follows from the files and the zone data, so forgetting it costs time alone.
"""

import json
import os
import pickle
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import blake2b
from itertools import pairwise, starmap
from multiprocessing import get_context
from pathlib import Path
from typing import cast

from alertd.errors import Problem
from alertd.register.files import FileStat, fingerprint, folder_problems, read_text, truce_files
from alertd.register.loading import (
    Placed,
    RegisterProblems,
    contained,
    merge_by_id,
    read_document,
    read_truces,
    read_withdrawn,
)
from alertd.register.problems import in_order
from alertd.register.truces import ReadTruce
from alertd.times.instant import ZoneLookup
from alertd.toml.load import load_toml
from alertd.toml.recovery import PIECE, TRUCES_AT_MOST, Document

_PIECE_STARTS = re.compile(rf"^{PIECE.pattern}", re.MULTILINE)
_DIGEST_BYTES = 12

SIZE_WORTH_HELP = 5_000_000
"""Bytes to read from which on it is worth starting processes for it: some ten thousand truces."""

HELPERS = 4
"""Processes at most."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a truce stands."""

    id: str
    file: str
    line: int
    text: str | None
    """A digest of its piece of the file, by which it is known again; None where it has to be read each time."""
    is_refused: bool
    """Whether no end of it could be read."""


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """The truces that were read anew in one file, pickled: whole, a large register would not fit into memory."""

    file: str
    count: int
    _truces: bytes

    def truces(self) -> list[ReadTruce]:
        """The truces."""
        return cast("list[ReadTruce]", pickle.loads(self._truces))  # noqa: S301  made below, in the same run


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one reading of one file gave."""

    text: str | None
    """A digest of the whole file; None where it could not be opened."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    parsed: ParsedFile


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is kept of a file."""

    file_stat: FileStat | None
    """None where it has to be opened at the next reading."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]


class RegisterCache:
    """All truce files of a config folder, read again and again."""

    def __init__(self, config_dir: Path, zone_for: Callable[[], ZoneLookup]) -> None:
        """`zone_for` gives the zone data in use; who changes it calls `forget`."""
        self._config_dir = config_dir
        self._zone_for = zone_for
        self._files: dict[str, _Kept] = {}
        self._places: dict[str, Entry | tuple[Entry, ...]] = {}
        """By id; several where it stands several times."""
        self._duplicates: tuple[Problem, ...] = ()
        self._seen: tuple[tuple[str, FileStat | None], ...] | None = None
        """The fingerprint of all files when they were last read; None where they are to be opened anyway."""
        self._fresh: dict[str, str | None] = {}
        """The files opened since the last reading `once_more`, with a digest of what stood in each."""
        self.unremembered: set[str] = set()
        """The files whose `memory` may have changed; who has kept it takes them out."""
        self.withdrawn: frozenset[str] = frozenset()
        """The ids that were taken out on purpose."""
        self._other_problems: tuple[Problem, ...] = ()
        """Of the folder, and of the list of ids that were taken out."""

    def remember(self, name: str, file_stat: str | None, blocks: str) -> None:
        """Take a file as read, as `memory` told of it."""
        entries = tuple(
            Entry(truce, name, int(line), text, is_refused=False)
            for text, line, truce in (row.split(" ") for row in blocks.splitlines())
        )
        self._files[name] = _Kept(None if file_stat is None else FileStat(*json.loads(file_stat)), entries, ())
        for entry in entries:
            self._add(entry)

    def memory(self, name: str, *, besides: Collection[str]) -> tuple[str | None, str]:
        """What `remember` takes, of a file as last read; `besides` are the truces that have to be read again."""
        kept = self._files.get(name)
        if kept is None:
            return None, ""
        sure = [one for one in kept.entries if one.text is not None and one.id not in besides]
        is_known_again = kept.file_stat is not None and name not in self._fresh
        is_whole = len(sure) == len(kept.entries) and not kept.problems and is_known_again
        return (
            json.dumps(kept.file_stat) if is_whole else None,
            "\n".join(f"{one.text} {one.line} {one.id}" for one in sure),
        )

    def forget(self) -> None:
        """Have everything read again: what times mean may have changed."""
        self._files = {}
        self._places = {}
        self._seen = None

    def open_all(self) -> None:
        """Have every file opened at the next reading, whether or not it looks changed."""
        self._seen = None
        self._files = {name: replace(kept, file_stat=None) for name, kept in self._files.items()}

    def has_changed(self) -> bool:
        """Whether a file may have changed since the last reading; opens none."""
        return self._seen is None or fingerprint(self._config_dir) != self._seen

    def read(self, now: datetime, *, once_more: bool) -> list[ParsedFile]:
        """Read what has changed; gives the truces whose text is new, or that stand somewhere else than before.

        `once_more` opens again what was opened since the last such reading: a save just after one can leave a file
        with the same traits. What cannot be read is a problem, never an exception.
        """
        self._seen = fingerprint(self._config_dir)
        seen = dict(self._seen)
        names = truce_files(self._config_dir)
        gone = self._files.keys() - set(names)
        # Where an id stood twice, the one that is left has not been taken yet.
        unsure = {entry.file for place in self._places.values() if isinstance(place, tuple) for entry in place}
        for name in gone:
            self._drop(name)
        if once_more:
            unsure.update(name for name in self._fresh if self._has_other_text(name))
        stale = [name for name in names if name in unsure or not self._is_known(name, seen.get(name))]
        parsed = []
        for name, read in zip(stale, self._read_files(stale, seen, now), strict=True):
            self._take(name, seen.get(name), read)
            parsed.append(read.parsed)
        if once_more:
            self.unremembered.update(self._fresh)
            self._fresh = {}
        self._duplicates = tuple(self._read_duplicates(now))
        self.withdrawn, problems = read_withdrawn(self._config_dir)
        self._other_problems = (*folder_problems(self._config_dir), *problems)
        return parsed

    def is_there(self, name: str) -> bool:
        """Whether there is a file of this name, whatever stands in it."""
        return (self._config_dir / name).exists()

    @property
    def files(self) -> frozenset[str]:
        """The files that hold a truce."""
        return frozenset(name for name, kept in self._files.items() if kept.entries)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, by file and line; a warning as it stood when its truce was read."""
        every = [*self._duplicates, *self._other_problems]
        for kept in self._files.values():
            every.extend(kept.problems)
        return in_order(every)

    @property
    def register_problems(self) -> RegisterProblems:
        """What is wrong with the register as last read."""
        return RegisterProblems(self.problems, tuple(sorted(self.refused())))

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, truce_id: object) -> bool:
        return truce_id in self._places

    def entry(self, truce_id: str) -> Entry | None:
        """Where a truce stands; None where it stands nowhere, or several times."""
        place = self._places.get(truce_id)
        return place if isinstance(place, Entry) else None

    def readable(self) -> Iterator[Entry]:
        """The truces of which an end can be read, in no order."""
        return (place for place in self._places.values() if isinstance(place, Entry) and not place.is_refused)

    def refused(self) -> Iterator[str]:
        """The ids of which no end can be read, or that stand several times."""
        return (truce for truce, place in self._places.items() if isinstance(place, tuple) or place.is_refused)

    def _is_known(self, name: str, file_stat: FileStat | None) -> bool:
        """Whether a file need not be opened."""
        kept = self._files.get(name)
        return kept is not None and kept.file_stat is not None and kept.file_stat == file_stat

    def _read_files(
        self, names: Sequence[str], seen: Mapping[str, FileStat | None], now: datetime
    ) -> Iterator[FileRead]:
        """Read files, much at once on every processor; where no helper can be had, here."""
        asked = [(self._config_dir, name, self._known_texts(name), self._zone_for(), now) for name in names]
        size = sum(file_stat.size for name in names if (file_stat := seen.get(name)) is not None)
        if size < SIZE_WORTH_HELP or len(names) == 1:
            yield from starmap(read_file, asked)
            return
        done = 0
        processes = min(os.cpu_count() or 1, HELPERS)
        with (
            suppress(BrokenProcessPool, OSError),
            ProcessPoolExecutor(processes, get_context("spawn")) as helpers,
        ):
            for read in helpers.map(read_file, *zip(*asked, strict=True)):
                yield read
                done += 1
        yield from starmap(read_file, asked[done:])

    def _known_texts(self, name: str) -> dict[str, str]:
        kept = self._files.get(name)
        return {} if kept is None else {entry.text: entry.id for entry in kept.entries if entry.text is not None}

    def _take(self, name: str, file_stat: FileStat | None, read: FileRead) -> None:
        """Keep what a reading of a file gave, instead of what was kept before."""
        self._drop(name)
        self._files[name] = _Kept(file_stat, read.entries, read.problems)
        self._fresh[name] = read.text
        for entry in read.entries:
            self._add(entry)

    def _has_other_text(self, name: str) -> bool:
        text, _ = read_text(self._config_dir, name)
        return self._fresh[name] != (None if text is None else _digest(text))

    def _add(self, entry: Entry) -> None:
        before = self._places.get(entry.id)
        if before is None:
            self._places[entry.id] = entry
        else:
            self._places[entry.id] = (*(before if isinstance(before, tuple) else (before,)), entry)

    def _drop(self, name: str) -> None:
        """Forget what stood in a file."""
        self.unremembered.add(name)
        self._fresh.pop(name, None)
        kept = self._files.pop(name, None)
        for truce in () if kept is None else {entry.id for entry in kept.entries}:
            place = self._places.pop(truce)
            rest = tuple(one for one in place if one.file != name) if isinstance(place, tuple) else ()
            if rest:
                self._places[truce] = rest[0] if len(rest) == 1 else rest

    def _read_duplicates(self, now: datetime) -> Iterator[Problem]:
        """What is wrong with ids that stand several times; their files are read whole for it, and again next time."""
        duplicates = {truce for truce, place in self._places.items() if isinstance(place, tuple)}
        if not duplicates:
            return
        files = {entry.file for truce in duplicates for entry in cast("tuple[Entry, ...]", self._places[truce])}
        placed: list[Placed] = []
        for name in sorted(files):
            kept = self._files[name]
            entries = tuple(replace(one, text=None) if one.id in duplicates else one for one in kept.entries)
            own = tuple(problem for problem in kept.problems if problem.truce not in duplicates)
            self._files[name] = _Kept(kept.file_stat, entries, own)
            self.unremembered.add(name)
            text, _ = read_text(self._config_dir, name)
            placed.extend(read_truces(name, text or "", self._zone_for(), now)[0])
        for truce in merge_by_id(one for one in placed if one.truce.id in duplicates):
            yield from truce.problems


def read_file(config_dir: Path, name: str, known: Mapping[str, str], zone_for: ZoneLookup, now: datetime) -> FileRead:
    """Read a file but for the pieces whose text is known; `known` gives the id that each was read as."""
    read = contained(name, 1, None, partial(_read_file, config_dir, name, known, zone_for, now))
    return FileRead(None, (), (read,), _parsed_file(name, [])) if isinstance(read, Problem) else read


def _read_file(config_dir: Path, name: str, known: Mapping[str, str], zone_for: ZoneLookup, now: datetime) -> FileRead:
    text, problems = read_text(config_dir, name)
    pieces = None if text is None else _plain_pieces(text, known)
    entries: list[Entry] = []
    truces: list[ReadTruce] = []
    found = list(problems)
    if pieces is None:
        placed, others = read_truces(name, text or "", zone_for, now)
        found.extend(others)
        truces.extend(one.truce for one in placed)
        entries.extend(_entry(truce, None) for truce in truces)
    else:
        for piece in pieces:
            if piece.known_as is not None:
                entries.append(Entry(piece.known_as, name, piece.line, piece.digest, is_refused=False))
                continue
            document = Document(name, piece.text, piece.tables, offset=piece.line - 1)
            placed, others = read_document(document, zone_for, now)
            found.extend(others)
            for truce in (one.truce for one in placed):
                truces.append(truce)
                entries.append(_entry(truce, None if truce.problems else piece.digest))
    found.extend(problem for truce in truces for problem in truce.problems)
    return FileRead(None if text is None else _digest(text), tuple(entries), tuple(found), _parsed_file(name, truces))


def _parsed_file(name: str, truces: list[ReadTruce]) -> ParsedFile:
    return ParsedFile(name, len(truces), pickle.dumps(truces, pickle.HIGHEST_PROTOCOL))


def _entry(truce: ReadTruce, digest: str | None) -> Entry:
    return Entry(truce.id, truce.file, truce.line, digest, is_refused=truce.truce is None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The lines from one `[[truce]]` to the next."""

    line: int
    """Of its header, 1-based."""
    text: str
    digest: str
    known_as: str | None
    """The id as which the same text was read before; then it has no tables here."""
    tables: dict[str, object]


def _plain_pieces(text: str, known: Mapping[str, str]) -> list[_Piece] | None:
    """The pieces of a text, where each is one truce and sound on its own; None where the text has to be read whole.

    TOML is read from the left, and each piece ends where a statement can begin. So the whole is sound where all pieces
    are, and means the same, as long as they share no table but `truce`.
    """
    starts = [match.start() for match in _PIECE_STARTS.finditer(text)]
    if len(starts) > TRUCES_AT_MOST:
        return None
    texts = [text[start:stop] for start, stop in pairwise([*starts, len(text)])]
    digests = [_digest(each) for each in texts]
    line = text.count("\n", 0, starts[0]) + 1 if starts else 1
    pieces = []
    try:
        if load_toml(text[: starts[0]] if starts else text):
            return None
        for piece, digest in zip(texts, digests, strict=True):
            known_as = known.get(digest)
            tables = {} if known_as is not None else load_toml(piece)
            if known_as is None and not _is_one_truce(tables):
                return None
            pieces.append(_Piece(line, piece, digest, known_as, tables))
            line += piece.count("\n")
    except ValueError:
        return None
    return pieces


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def _is_one_truce(tables: Mapping[str, object]) -> bool:
    truces = tables.get("truce")
    return len(tables) == 1 and isinstance(truces, list) and len(truces) == 1 and isinstance(truces[0], dict)


def batches(parsed: Iterable[ParsedFile], size: int) -> Iterator[Sequence[ParsedFile]]:
    """The files in their order, together until they hold so many truces."""
    batch: list[ParsedFile] = []
    for one in parsed:
        batch.append(one)
        if sum(each.count for each in batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
