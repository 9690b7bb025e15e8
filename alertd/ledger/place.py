"""The place of a ledger: its files as a daemon opened them, by which it sees that they are still there.

An open file outlives its name. A ledger that is deleted, moved or replaced under a running daemon can still be written,
while everybody else finds none, or another. Nothing here writes, and no file is closed before SQLite has let go of it:
closing any descriptor of a file ends this process's locks on it.
"""

import os
from pathlib import Path

FileIds = tuple[str, ...]
"""The device and inode of each file of a ledger, as words; a dash for one that is not there."""

_SUFFIXES = ("", "-wal", "-shm")
_NONE = "-"

_MAGIC = b"SQLite format 3\0"
_GENERATION_AT = 60
"""The place of `user_version` in the head of the file."""
_GENERATION_BYTES = 4


def file_ids(path: Path) -> FileIds:
    """The ids of the files that lie at the place of a ledger now."""
    return tuple(_id_at(path.with_name(path.name + suffix)) for suffix in _SUFFIXES)


def are_there(held: FileIds, path: Path) -> bool:
    """True if the files of a ledger that is held open lie at its place now."""
    return all(held_id in {_NONE, there} for held_id, there in zip(held, file_ids(path), strict=False))


def generation_in(head: bytes) -> int | None:
    """The generation in the head of a file; None where it is none of a ledger."""
    if not head.startswith(_MAGIC) or len(head) < _GENERATION_AT + _GENERATION_BYTES:
        return None
    return int.from_bytes(head[_GENERATION_AT : _GENERATION_AT + _GENERATION_BYTES], "big", signed=True)


class LedgerPlace:
    """The place of one open ledger."""

    def __init__(self, path: Path) -> None:
        """`path` is that of a ledger which SQLite has just opened."""
        self.path = path
        self._file = os.open(path, os.O_RDONLY)
        self.ids = file_ids(path)
        """The files that are held open."""
        self._heads = {self._generation()}
        """The generations that the head of the file may show."""

    def expect(self, generation: int) -> None:
        """Take note of a generation that was just written; it may reach the head of the file later."""
        self._heads = {self._generation(), generation}

    @property
    def is_deleted(self) -> bool:
        """True if the ledger has no name any more: what is in it is lost as soon as it is closed."""
        return os.fstat(self._file).st_nlink == 0

    @property
    def is_overwritten(self) -> bool:
        """True if somebody else wrote into the file."""
        return self._generation() not in self._heads

    def trouble(self) -> str | None:
        """The reason why others do not find at its place the ledger that is held open; None where they do."""
        now = file_ids(self.path)
        if now[0] != self.ids[0]:
            went = "was deleted" if self.is_deleted else "was moved away"
            return f"{self.path} {went}" + ("" if now[0] == _NONE else ", and another file lies there")
        if self.is_overwritten:
            return f"{self.path} was overwritten"
        for suffix, there, held in zip(_SUFFIXES, now, self.ids, strict=True):
            if held not in {there, _NONE}:
                return f"{self.path}{suffix} was {'deleted or moved away' if there == _NONE else 'replaced'}"
        return None

    def close(self) -> None:
        """Let go of the file, once SQLite has."""
        os.close(self._file)

    def _generation(self) -> int | None:
        return generation_in(os.pread(self._file, _GENERATION_AT + _GENERATION_BYTES, 0))


def _id_at(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:  # what cannot be looked at is not where others find it
        return _NONE
    return f"{found.st_dev}:{found.st_ino}"
