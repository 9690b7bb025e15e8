"""alertd as a service of the machine: the one instance of a state folder, its signals, and its signs of life.

The lock is the truth about who runs; the number written into its file only tells people which process that is. The
file's modification time is the last tick, so that the sign of life costs no write.

systemd is told what is true and no more: that the daemon is ready, and alive, only once a tick has reached the ledger.
"""

import fcntl
import os
import signal
import socket
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alertd.errors import LedgerError

_LOCK_NAME = "alertd.lock"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TRIES = 10
_PAUSE_SECONDS = 0.05
"""`running` holds the lock for a blink; a daemon that starts just then must not give up."""


class Instance:
    """The one daemon of a state folder, for as long as it holds the lock."""

    def __init__(self, state_dir: Path, descriptor: int) -> None:
        self._state_dir = state_dir
        self._descriptor = descriptor
        self.last_tick = _last_tick(descriptor)
        """That of the daemon before this one; None for the first."""

    @classmethod
    def acquire(cls, state_dir: Path) -> "Instance":
        """Become the one daemon of this folder, which is made where it is missing.

        Raises LedgerError with the other process's number where another daemon runs, or where the folder is unusable.
        """
        path = state_dir / _LOCK_NAME
        with _usable(state_dir):
            state_dir.mkdir(parents=True, exist_ok=True)
            new = not path.exists()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(descriptor):
            holder = _pid(descriptor) or "unknown"
            os.close(descriptor)
            raise LedgerError(
                f"another alertd (process {holder}) uses {state_dir}: "
                "stop it first, or give this one a state_dir of its own"
            )
        try:
            with _usable(state_dir):
                if new:
                    os.utime(descriptor, ns=(0, 0))
            instance = cls(state_dir, descriptor)
            instance._write(f"{os.getpid()}\n")
        except BaseException:
            os.close(descriptor)  # held on, it would lock out the next try of this very process
            raise
        return instance

    def ticked(self, now: datetime) -> None:
        """Leave a sign of life."""
        stamp = (now - _EPOCH) // timedelta(microseconds=1) * 1000
        with _usable(self._state_dir):
            os.utime(self._descriptor, ns=(stamp, stamp))

    def release(self) -> None:
        """Give up the lock; the file stays, as whoever removed it could part two daemons from one lock."""
        try:
            self._write("")
        finally:
            os.close(self._descriptor)

    def _write(self, text: str) -> None:
        """Replace the file's text and keep its time, which is the last tick."""
        with _usable(self._state_dir):
            before = os.fstat(self._descriptor)
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, text.encode(), 0)
            os.utime(self._descriptor, ns=(before.st_atime_ns, before.st_mtime_ns))


def running(state_dir: Path) -> tuple[int | None, datetime | None]:
    """The process that holds the folder's lock, None without one, and the last tick of it or of the one before."""
    with _usable(state_dir):
        try:
            descriptor = os.open(state_dir / _LOCK_NAME, os.O_RDONLY)
        except FileNotFoundError:
            return None, None
    try:
        held = not _try(descriptor, fcntl.LOCK_SH)
        return _pid(descriptor) if held else None, _last_tick(descriptor)
    finally:
        os.close(descriptor)


class Manager:
    """The service manager that started this process, told over its socket; without one nothing is sent.

    It is never waited for: what it cannot take at once is dropped, and said again by the next tick.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address and (f"\0{address[1:]}" if address.startswith("@") else address)
        self._answered = False
        """Whether it knows that we are ready, after the start and after the last reload."""
        self._status = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Manager":
        """The one that the environment names, as systemd does for a unit of `Type=notify`."""
        return cls(environ.get("NOTIFY_SOCKET"))

    def starting(self, status: str, longest: timedelta) -> None:
        """Ask for time to start up."""
        self._tell(f"STATUS={status}", _extend(longest))

    def reloading(self) -> None:
        """A reload was asked for; the next tick that does it answers."""
        self._answered = False
        # Without the moment systemd cannot tell this from an answer to an earlier reload.
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}", "STATUS=reading the truces again")
        self._status = ""

    def ticked(self, status: str, *, answers: bool = True) -> None:
        """A tick has reached the ledger: alive, and ready, where it answers the reload that was asked for last."""
        ready = answers and not self._answered
        told = [
            "WATCHDOG=1",
            *(["READY=1"] if ready else []),
            *([f"STATUS={status}"] if status != self._status else []),
        ]
        if self._tell(*told):
            self._answered = self._answered or ready
            self._status = status

    def stopping(self, longest: timedelta) -> None:
        """No more ticks: what is on its way is waited for."""
        self._tell("STOPPING=1", "STATUS=sending what is on its way", _extend(longest))

    def _tell(self, *assignments: str) -> bool:
        if not self._address:
            return True
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as to_manager:
            try:
                to_manager.sendto("\n".join(assignments).encode(), self._address)
            except OSError:  # its queue is full, or it is being replaced
                return False
        return True


def _extend(longest: timedelta) -> str:
    return f"EXTEND_TIMEOUT_USEC={longest // timedelta(microseconds=1)}"


@contextmanager
def signals(loop: AbstractEventLoop, *, stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """Call `stop` on SIGTERM and SIGINT and `reload` on SIGHUP, in the loop, until the context ends."""
    callbacks = {signal.SIGTERM: stop, signal.SIGINT: stop, signal.SIGHUP: reload}
    for number, callback in callbacks.items():
        loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number in callbacks:
            loop.remove_signal_handler(number)


@contextmanager
def _usable(state_dir: Path) -> Iterator[None]:
    """Tell a failing disk or folder as what it is."""
    try:
        yield
    except OSError as error:
        raise LedgerError(f"cannot use the state folder {state_dir}: {error.strerror}", passing=True) from error


def _last_tick(descriptor: int) -> datetime | None:
    stamp = os.fstat(descriptor).st_mtime_ns
    return _EPOCH + timedelta(microseconds=stamp // 1000) if stamp else None


def _lock(descriptor: int) -> bool:
    for _ in range(_TRIES):
        if _try(descriptor, fcntl.LOCK_EX):
            return True
        time.sleep(_PAUSE_SECONDS)
    return False


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pid(descriptor: int) -> int | None:
    with suppress(ValueError):  # empty for a moment, while its holder writes
        return int(os.pread(descriptor, 32, 0))
    return None
