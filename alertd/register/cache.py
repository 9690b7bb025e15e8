"""The register from one reading to the next: which truce stands where, and what need not be read again.

Only files that look changed are opened, and in them only the pieces whose text is new are read: a piece is the lines
from one `[[truce]]` to the next. What is kept of a truce is its place and a fingerprint of its text. Only what was read
without a problem, and whose id stands nowhere else, is passed over; a file with a piece that does not stand on its
own is read whole. All that is kept follows from the files and the zone data, so forgetting it costs time alone.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from operator import attrgetter
from pathlib import Path
from threading import Event
from typing import cast

from alertd.errors import Problem
from alertd.register.files import (
    WITHDRAWN_FILE,
    FileStat,
    fingerprint,
    folder_problems,
    has_withdrawn,
    read_text,
    truce_files,
)
from alertd.register.loading import (
    Placed,
    RegisterProblems,
    merge_by_id,
    read_truces,
    read_withdrawn,
)
from alertd.register.pieces import Entry, FileRead, ParsedFile, read_file, text_fingerprint
from alertd.register.problems import in_order
from alertd.times.instant import ZoneLookup


@dataclass(frozen=True, slots=True)
class _Kept:
    """As much as is kept of a file."""

    file_stat: FileStat | None
    """None where it has to be opened at the next reading."""
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...]
    withdrawn: tuple[str, ...] = ()
    """The truces whose own text says that they were taken out."""


class ReadingLeftOff(BaseException):
    """A reading was ended; it is no fault of what was read, and no problem of a file."""


class RegisterCache:
    """All truce files of a config folder, read again and again."""

    def __init__(self, config_dir: Path, zone_for: Callable[[], ZoneLookup]) -> None:
        """`zone_for` gives the zone data in use; who changes it calls `forget`."""
        self._config_dir = config_dir
        self._zone_for = zone_for
        self._files: dict[str, _Kept] = {}
        self._places: dict[str, Entry | tuple[Entry, ...]] = {}
        """By id; several where it stands several times."""
        self._seen: tuple[tuple[str, FileStat | None], ...] | None = None
        """The fingerprint of all files when they were last read; None where they are to be opened anyway."""
        self._fresh: dict[str, str | None] = {}
        """The files opened since the last reading `once_more`, with a fingerprint of what stood in each."""
        self.unremembered: set[str] = set()
        """The files whose `memory` may have changed; who has kept it takes them out."""
        self._listed: frozenset[str] = frozenset()
        """The ids in the list of those that were taken out on purpose."""
        self.opened: dict[str, str] = {}
        """The files that the last reading opened, each with a fingerprint of what stands in it."""
        self.stale: frozenset[str] = frozenset()
        """The files that count for nothing, as another node has read a newer form of them."""
        self._is_left_off = Event()
        """Set for this one and all copies, by another thread than the one that reads."""
        self.problems: tuple[Problem, ...] = ()
        """All of them as of the last reading, by file and line; a warning as it stood when its truce was read."""

    def copy(self) -> "RegisterCache":
        """Another one that knows the same, to read into."""
        copied = copy(self)
        vars(copied).update((name, copy(value)) for name, value in vars(self).items() if isinstance(value, dict | set))
        return copied

    def adopt(self, other: "RegisterCache") -> None:
        """Know what a copy has read."""
        vars(self).update(vars(other))

    def leave_off(self) -> None:
        """End all reading, here and in copies, for good: it raises `ReadingLeftOff`."""
        self._is_left_off.set()

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
        """The arguments of `remember`, for a file as last read; `besides` are the truces that have to be read again."""
        kept = self._files.get(name)
        if kept is None:
            return None, ""
        sure = [entry for entry in kept.entries if entry.text is not None and entry.id not in besides]
        is_known_again = kept.file_stat is not None and name not in self._fresh
        is_plain = not kept.problems and not kept.withdrawn  # what is not kept for the next start has to be read there
        is_whole = len(sure) == len(kept.entries) and is_plain and is_known_again
        return (
            json.dumps(kept.file_stat) if is_whole else None,
            "\n".join(f"{entry.text} {entry.line} {entry.id}" for entry in sure),
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
        """True if a file may have changed since the last reading; opens none."""
        return self._seen is None or fingerprint(self._config_dir) != self._seen

    def read(self, now: datetime, *, once_more: bool) -> list[ParsedFile]:
        """Read what has changed; gives the truces whose text is new, or that stand somewhere else than before.

        What comes next stands first. `once_more` opens again what was opened since the last such reading: a save just
        after one can leave a file with the same traits. What cannot be read is a problem, never an exception. Raises
        `ReadingLeftOff`.
        """
        self._seen = fingerprint(self._config_dir)
        seen = dict(self._seen)
        self.opened = {}
        names = truce_files(self._config_dir)
        gone = self._files.keys() - set(names)
        # Where an id stood twice, the one that is left has not been taken yet.
        unsure = {entry.file for place in self._places.values() if isinstance(place, tuple) for entry in place}
        self.stale = self.stale.difference(gone)
        for name in gone:
            self._drop(name)
        if once_more:
            unsure.update(name for name in self._fresh if self._has_other_text(name))
        stale = [name for name in names if name in unsure or not self._is_known(name, seen.get(name))]
        parsed: list[ParsedFile] = []
        for name in stale:
            read = read_file(self._config_dir, name, self._known_texts(name), self._zones(), now)
            self._take(name, seen.get(name), read)
            if read.text is not None:
                self.opened[name] = read.text
            parsed.extend(read.parsed)
        if once_more:
            self.unremembered.update(self._fresh)
            self._fresh = {}
        every = [*self._read_duplicates(now)]
        every += [*folder_problems(self._config_dir), *self._read_withdrawn()]
        every.extend(problem for kept in self._files.values() for problem in kept.problems)
        self.problems = in_order(every)
        return sorted(parsed, key=attrgetter("comes_next"))

    def take_for_stale(self, names: Collection[str]) -> None:
        """Let the truces of these files count for nothing, of those that the last reading opened.

        A later form of such a file is read whole, as what the ledger has of its truces did not come from this one.
        """
        self.stale = self.stale.difference(self.opened) | frozenset(names)
        for name in self.stale & self._files.keys():
            kept = self._files[name]
            entries = tuple(replace(entry, text=None) for entry in kept.entries)
            self._files[name] = replace(kept, entries=entries)
            self.unremembered.add(name)

    @property
    def withdrawn(self) -> frozenset[str]:
        """The ids that were taken out on purpose."""
        listed = frozenset[str]() if WITHDRAWN_FILE in self.stale else self._listed
        return listed.union(*(kept.withdrawn for name, kept in self._files.items() if name not in self.stale))

    def is_there(self, name: str) -> bool:
        """True if there is a file of this name, whatever stands in it."""
        return (self._config_dir / name).exists()

    @property
    def files(self) -> frozenset[str]:
        """The files that hold a truce."""
        return frozenset(name for name, kept in self._files.items() if kept.entries)

    @property
    def register_problems(self) -> RegisterProblems:
        """The problems of the register as last read."""
        return RegisterProblems(self.problems, tuple(sorted(self.refused())))

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, truce_id: object) -> bool:
        return truce_id in self._places

    def entry(self, truce_id: str) -> Entry | None:
        """The place of a truce; None where it stands nowhere, or several times."""
        place = self._places.get(truce_id)
        return place if isinstance(place, Entry) else None

    def readable(self) -> Iterator[Entry]:
        """The truces of which an end can be read, in no order."""
        return (place for place in self._places.values() if isinstance(place, Entry) and not place.is_refused)

    def refused(self) -> Iterator[str]:
        """The ids of which no end can be read, or that stand several times."""
        return (truce for truce, place in self._places.items() if isinstance(place, tuple) or place.is_refused)

    def _zones(self) -> ZoneLookup:
        """The zone data in use; each truce asks for its zone, and so finds out that nobody waits for it any more."""
        zone_for = self._zone_for()

        def find(name: str) -> tzinfo:
            if self._is_left_off.is_set():
                raise ReadingLeftOff
            return zone_for(name)

        return find

    def _read_withdrawn(self) -> Sequence[Problem]:
        """Read the list of withdrawn ids; gives its problems."""
        if not has_withdrawn(self._config_dir):
            self._listed, self.stale = frozenset(), self.stale.difference({WITHDRAWN_FILE})
            return ()
        text, unreadable = read_text(self._config_dir, WITHDRAWN_FILE)
        if text is not None:
            self.opened[WITHDRAWN_FILE] = text_fingerprint(text)
        self._listed, problems = read_withdrawn(self._config_dir, text or "")
        return *unreadable, *problems

    def _is_known(self, name: str, file_stat: FileStat | None) -> bool:
        """True if a file need not be opened."""
        kept = self._files.get(name)
        return kept is not None and kept.file_stat is not None and kept.file_stat == file_stat

    def _known_texts(self, name: str) -> dict[str, str]:
        kept = self._files.get(name)
        return {} if kept is None else {entry.text: entry.id for entry in kept.entries if entry.text is not None}

    def _take(self, name: str, file_stat: FileStat | None, read: FileRead) -> None:
        """Keep what a reading of a file gave, instead of what was kept before."""
        self._drop(name)
        self._files[name] = _Kept(file_stat, read.entries, read.problems, read.withdrawn)
        self._fresh[name] = read.text
        for entry in read.entries:
            self._add(entry)

    def _has_other_text(self, name: str) -> bool:
        text, _ = read_text(self._config_dir, name)
        return self._fresh[name] != (None if text is None else text_fingerprint(text))

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
            rest = tuple(entry for entry in place if entry.file != name) if isinstance(place, tuple) else ()
            if rest:
                self._places[truce] = rest[0] if len(rest) == 1 else rest

    def _read_duplicates(self, now: datetime) -> Iterator[Problem]:
        """The problems of ids that stand several times; their files are read whole for it, and again next time."""
        duplicates = {truce for truce, place in self._places.items() if isinstance(place, tuple)}
        if not duplicates:
            return
        files = {entry.file for truce in duplicates for entry in cast("tuple[Entry, ...]", self._places[truce])}
        placed: list[Placed] = []
        for name in sorted(files):
            kept = self._files[name]
            entries = tuple(replace(entry, text=None) if entry.id in duplicates else entry for entry in kept.entries)
            own = tuple(problem for problem in kept.problems if problem.truce not in duplicates)
            self._files[name] = _Kept(kept.file_stat, entries, own, kept.withdrawn)
            self.unremembered.add(name)
            text, _ = read_text(self._config_dir, name)
            placed.extend(read_truces(name, text or "", self._zones(), now)[0])
        for truce in merge_by_id(entry for entry in placed if entry.truce.id in duplicates):
            yield from truce.problems
