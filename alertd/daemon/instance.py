"""The one daemon of a state folder, and the signs of life that it leaves there.

The lock is the truth about who runs; the number written into its file only tells people which process that is. The
file's modification time is the last tick, so that the sign of life costs no write. A second line is filled while the
clock is in doubt: it goes with the process, as the doubt does. The lines after it say which files the ledger has, and
what is wrong with their place. Whoever may open a file may lock it, and keep a daemon from starting; so the lock is the
owner's alone, and the group has a badge to look at: another file, which a running daemon locks too, and which none
depends on. Both can be deleted or moved away; then the reservation of the folder keeps a second daemon out.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from errno import ELOOP
from pathlib import Path
from typing import TypeVar

from alertd.daemon.clock_doubt import ClockDoubt
from alertd.daemon.reservation import Reservation, holder
from alertd.errors import LedgerError
from alertd.files.private import ALONE, FOLDER, GROUP, open_private
from alertd.times.formats import iso_utc

_LOCK_NAME = "alertd.lock"

_BADGE_NAME = "alertd.pid"

_Taken = TypeVar("_Taken")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TEXT_BYTES = 4096
"""More than a daemon writes there."""

_TRIES = 10

_PAUSE_SECONDS = 0.05
"""`running` holds the lock for a blink; a daemon that starts just then must not give up."""


class Instance:
    """The one daemon of a state folder, for as long as it holds the lock."""

    def __init__(self, state_dir: Path, descriptor: int, badge: int, reservation: Reservation) -> None:
        self._state_dir = state_dir
        self._descriptor = descriptor
        self._badge = badge
        self._reservation = reservation
        self._text = ""
        """The text of both files."""
        self._ledger = ""
        """The line about the files of the ledger."""
        self._badge_shows = False
        """The badge is locked; somebody who looks may have it locked just then, or who means harm for long."""
        self.last_tick = _last_tick(os.fstat(descriptor))
        """That of the daemon before this one; None for the first."""

    @classmethod
    def acquire(cls, state_dir: Path) -> "Instance":
        """Become the one daemon of this folder, which is made where it is missing.

        Raises LedgerError with the other process's number where another daemon runs, or where the folder is unusable.
        """
        path = state_dir / _LOCK_NAME
        with ExitStack() as opened:  # held on, a lock would keep out the next try of this very process
            with _usable(state_dir):
                state_dir.mkdir(mode=FOLDER, parents=True, exist_ok=True)
            reservation = _reserve(state_dir)
            opened.callback(reservation.release)
            with _usable(state_dir):
                new = not path.exists()
                descriptor = open_private(path, ALONE)
                opened.callback(os.close, descriptor)
                badge = open_private(state_dir / _BADGE_NAME, GROUP)
                opened.callback(os.close, badge)
            if not _patiently(lambda: _try(descriptor, fcntl.LOCK_EX) or None):
                raise _taken(_said(descriptor).pid, state_dir)
            with _usable(state_dir):
                if new:
                    os.utime(descriptor, ns=(0, 0))
            instance = cls(state_dir, descriptor, badge, reservation)
            instance._show()
            instance._write(f"{os.getpid()}\n")
            opened.pop_all()
        return instance

    def holds(self, ledger: tuple[str, ...]) -> None:
        """Say which files the ledger has, for those who look at what lies at its place; none while it is closed."""
        self._ledger = " ".join(ledger)
        self._write(f"{os.getpid()}\n\n{self._ledger}\n")

    def trouble(self) -> str | None:
        """The reason why others do not find its lock or its badge in the folder; None where they do."""
        for name, descriptor in ((_LOCK_NAME, self._descriptor), (_BADGE_NAME, self._badge)):
            path = self._state_dir / name
            try:
                there = os.path.samestat(path.lstat(), os.fstat(descriptor))
            except OSError:
                return f"{path} was deleted or moved away"
            if not there:
                return f"{path} was replaced"
        return None

    def ticked(self, now: datetime, doubt: ClockDoubt | None = None, ledger_trouble: str | None = None) -> None:
        """Leave a sign of life, and say whether the clock was in doubt at that tick, or the ledger not in its place."""
        doubted = "" if doubt is None else f"{iso_utc(doubt.until)} {doubt.reason}"
        self._write(f"{os.getpid()}\n{doubted}\n{self._ledger}\n{ledger_trouble or ''}\n")
        stamp = (now - _EPOCH) // timedelta(microseconds=1) * 1000
        with _usable(self._state_dir):
            os.utime(self._descriptor, ns=(stamp, stamp))
        self._show()
        self._reservation.answer()

    def release(self) -> None:
        """Give up the lock; the file stays, as whoever removed it could part two daemons from one lock."""
        try:
            self._write("")
        finally:
            os.close(self._badge)
            os.close(self._descriptor)
            self._reservation.release()

    def _show(self) -> None:
        self._badge_shows = self._badge_shows or _try(self._badge, fcntl.LOCK_EX)

    def _write(self, text: str) -> None:
        """Replace the text of both files where it differs, and keep the lock's time, which is the last tick.

        Nobody finds them empty meanwhile, and they need no more room on the disk.
        """
        if text == self._text:
            return
        with _usable(self._state_dir):
            before = os.fstat(self._descriptor)
            for descriptor in (self._descriptor, self._badge):
                os.pwrite(descriptor, text.encode(), 0)
                os.ftruncate(descriptor, len(text.encode()))
            os.utime(self._descriptor, ns=(before.st_atime_ns, before.st_mtime_ns))
        self._text = text


def running(state_dir: Path) -> tuple[int | None, datetime | None]:
    """The process that holds the folder's lock, None without one, and the last tick of it or of the one before."""
    signs = signs_of_life(state_dir)
    return signs.pid, signs.last_tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """The signs that a daemon shows to whoever may look into its state folder."""

    pid: int | None = None
    """None where none runs."""
    last_tick: datetime | None = None
    """Of the daemon that runs, or of the last one."""
    clock_doubt: ClockDoubt | None = None
    """As of that tick; None too where none runs."""
    ledger: tuple[str, ...] | None = None
    """The ids of the files of the ledger that it holds open; None where it does not say."""
    ledger_trouble: str | None = None
    """The reason, as of that tick, why others do not find that ledger; None where they do."""
    is_displaced: bool = False
    """It runs, but its lock is not in the folder any more."""


def signs_of_life(state_dir: Path) -> Signs:
    """The signs of the daemon of a folder; raises LedgerError where the folder cannot be used."""
    signs = _signs_of_lock(state_dir)
    if signs.pid is not None or (pid := holder(state_dir)) is None:
        return signs
    with suppress(OSError):  # it may have lost the badge as well
        descriptor = os.open(state_dir / _BADGE_NAME, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            said = _said(descriptor)
        finally:
            os.close(descriptor)
        if said.pid == pid:
            return replace(said, is_displaced=True)
    return Signs(pid=pid, is_displaced=True)


def _signs_of_lock(state_dir: Path) -> Signs:
    """The signs of the daemon that holds the folder's lock."""
    with _usable(state_dir):
        try:
            last_tick = _last_tick((state_dir / _LOCK_NAME).lstat())
            descriptor = _open_to_look(state_dir)
        except FileNotFoundError:
            return Signs()
    try:
        if _try(descriptor, fcntl.LOCK_SH):
            return Signs(last_tick=last_tick)
        return replace(_said(descriptor), last_tick=last_tick)
    finally:
        os.close(descriptor)


def _open_to_look(state_dir: Path) -> int:
    """The lock, or for a user whose it is not the badge."""
    try:
        return os.open(state_dir / _LOCK_NAME, os.O_RDONLY | os.O_NOFOLLOW)
    except PermissionError:
        return os.open(state_dir / _BADGE_NAME, os.O_RDONLY | os.O_NOFOLLOW)


@contextmanager
def _usable(state_dir: Path) -> Iterator[None]:
    """Tell a failing disk or folder as what it is."""
    try:
        yield
    except OSError as error:
        raise LedgerError(f"cannot use the state folder {state_dir}: {_advice(error)}", passing=True) from error


def _advice(error: OSError) -> str | None:
    if error.errno == ELOOP and error.filename is not None:
        return f"{error.filename} is a symbolic link: remove it"
    if isinstance(error, PermissionError):
        return f"{error.strerror}; check the owner and the rights of the folder and its files"
    return error.strerror


def _last_tick(traits: os.stat_result) -> datetime | None:
    stamp = traits.st_mtime_ns
    return _EPOCH + timedelta(microseconds=stamp // 1000) if stamp else None


def _reserve(state_dir: Path) -> Reservation:
    """Take the name of the folder; raises LedgerError where another daemon has it."""
    found = _patiently(lambda: Reservation.of(state_dir))
    if found is None:
        raise _taken(holder(state_dir), state_dir)
    return found


def _taken(pid: int | None, state_dir: Path) -> LedgerError:
    return LedgerError(
        f"another alertd (process {pid or 'unknown'}) uses {state_dir}: "
        "stop it first, or give this one a state_dir of its own"
    )


def _patiently(take: Callable[[], _Taken | None]) -> _Taken | None:
    """Try to take something until it can be had, for a moment at most."""
    for _ in range(_TRIES):
        if (taken := take()) is not None:
            return taken
        time.sleep(_PAUSE_SECONDS)
    return None


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _said(descriptor: int) -> Signs:
    """The process, the doubt and the ledger that its holder has written there; it is empty before the first word."""
    text = os.pread(descriptor, _TEXT_BYTES, 0).decode(errors="replace")
    number, doubted, ledger, trouble, *_ = *text.split("\n"), "", "", ""
    until, _, reason = doubted.partition(" ")
    with suppress(ValueError):
        doubt = ClockDoubt(reason, datetime.fromisoformat(until)) if reason else None
        return Signs(
            pid=int(number),
            clock_doubt=doubt,
            ledger=tuple(ledger.split()) or None,
            ledger_trouble=trouble or None,
        )
    return Signs()
