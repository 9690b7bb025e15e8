"""The reading of the register: beside the ticks where somebody wakes them at its end, else while one waits."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alertd.register import ParsedFile, RegisterCache


@dataclass(frozen=True, slots=True)
class Loaded:
    """The result of one loading of the register."""

    parsed_files: Sequence[ParsedFile] = ()
    stood_still: bool = False
    """The files had stood still before it, so that what is gone from them counts as gone."""
    is_judged: bool = False
    """Stale files are left out: another node has read a newer form of them."""
    contents: Mapping[str, str] = field(default_factory=dict)
    """The contents that are to be kept with the next part, by the name of their file."""
    is_taken_in: bool = False
    """A part of it is in the ledger already."""


class RegisterReading:
    """Reads the files into a copy of the cache when they have changed, and once more when they have stood still."""

    def __init__(self, cache: RegisterCache, quiet: timedelta) -> None:
        self._cache = cache
        self._quiet = quiet
        self.wake: Callable[[], None] | None = None
        """Called when there is more to take in; None where `take` waits until the register has been read."""
        self._open_all = False
        """The next reading opens every file."""
        self._under_way: tuple[RegisterCache, asyncio.Task[list[ParsedFile]], bool] | None = None
        """The copy that is read into, and whether the files had stood still before it."""
        self._changed_at: datetime | None = None
        """The moment of the last change of the files, until they have stood still for a while."""

    def reread(self) -> None:
        """Have the next reading open every truce file, even those that do not look changed."""
        self._open_all = True

    def forget(self) -> None:
        """Have everything read anew: what times mean may have changed."""
        self._cache.forget()
        self._under_way = None

    def clock_went_back(self, now: datetime) -> None:
        """Count the time for which the files have stood still from now on, if they seem to change later than now."""
        self._changed_at = self._changed_at and min(self._changed_at, now)

    def leave_off(self) -> None:
        """End a reading that may be under way, for good."""
        self._cache.leave_off()
        if self._under_way is not None:
            self._under_way[1].cancel()

    def settle(self) -> None:
        """Take the files as they are now for what people meant to write."""
        self._changed_at = None

    @property
    def still_at(self) -> datetime | None:
        """The moment at which the files will have stood still for long enough, if they have changed."""
        return None if self._changed_at is None else self._changed_at + self._quiet

    @property
    def is_wanted(self) -> bool:
        """True while something is read, or is to be read at once."""
        return self._open_all or self._under_way is not None

    async def take(self, now: datetime) -> Loaded | None:
        """The files that were read, once they are; None where nothing is new, and while they are read.

        Some file systems count time in whole seconds: what was saved just after a reading can look as it did before.
        """
        if self._under_way is None:
            self._begin(now)
        if self._under_way is None:
            return None
        read, task, stood_still = self._under_way
        if self.wake is not None and not task.done():
            return None
        try:
            loaded = Loaded(await task, stood_still)
        finally:
            self._under_way = None
        self._cache.adopt(read)
        return loaded

    def _begin(self, now: datetime) -> None:
        """Begin to read if there is something to read; a thread does, as a large register takes seconds."""
        if self._open_all:
            self._open_all = False
            self._cache.open_all()
        if self._cache.has_changed():
            self._changed_at = now
        elif not self._have_stood_still(now):
            return
        stood_still = self._have_stood_still(now)
        read = self._cache.copy()  # a tick meanwhile knows the register as it was
        task = asyncio.create_task(asyncio.to_thread(read.read, now, once_more=stood_still))
        if (wake := self.wake) is not None:
            task.add_done_callback(lambda _: wake())
        self._under_way = (read, task, stood_still)

    def _have_stood_still(self, now: datetime) -> bool:
        return self.still_at is not None and now >= self.still_at
