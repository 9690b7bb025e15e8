"""The reservation of a state folder: a name in the kernel, which no command that moves files takes away.

A lock goes with its file: whoever deletes or moves it could start a second daemon beside the first. This name goes with
the path of the folder, and with the process that has it. Any user may take any such name, so one that is held by
somebody who is neither root, nor this user, nor the owner of the folder counts for nothing.
"""

import os
import socket
import struct
from contextlib import suppress
from errno import EADDRINUSE
from hashlib import sha256
from pathlib import Path

from alertd.logs.lines import get_logger

log = get_logger(__name__)

_CREDENTIALS = struct.Struct("iII")
"""Process, user and group, as the kernel gives them."""

_WAITING = 128
"""Processes that may ask between two ticks; one that asks beyond that is not answered."""


class Reservation:
    """The name of a folder, as long as this process has it."""

    def __init__(self, taken: socket.socket | None) -> None:
        self._taken = taken

    @classmethod
    def of(cls, folder: Path) -> "Reservation | None":
        """Take the name of a folder that is there; None where another daemon has it."""
        taken = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            taken.bind(_name(folder))
            taken.listen(_WAITING)
        except OSError as error:
            taken.close()
            if error.errno == EADDRINUSE and holder(folder) is not None:
                return None
            log.warning("reservation.refused", error=error.strerror)  # the lock alone has to do
            return cls(None)
        return cls(taken)

    def answer(self) -> None:
        """Let go of those who asked: being connected was the answer."""
        if self._taken is None:
            return
        with suppress(OSError):  # nobody asks any more; or no descriptor is free, and the next tick has one
            for _ in range(_WAITING):
                self._taken.accept()[0].close()

    def release(self) -> None:
        """Give up the name, also for a child that was forked and has not begun its program yet."""
        if self._taken is not None:
            with suppress(OSError):
                self._taken.shutdown(socket.SHUT_RDWR)
            self._taken.close()


def holder(folder: Path) -> int | None:
    """The process of the daemon that has the name of a folder; None where none has it that may be believed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as asking:
        try:
            asking.connect(_name(folder))
            found = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except OSError:  # nobody has it, or nobody who answers
            return None
    pid, user, _ = _CREDENTIALS.unpack(found)
    # A process of another container, whose folder of the same path is another one, has no number here.
    return pid if pid and _may_be_believed(folder, user) else None


def _may_be_believed(folder: Path, user: int) -> bool:
    try:
        owner = folder.stat().st_uid
    except OSError:  # the folder is gone
        return True
    return user in {0, os.geteuid(), owner}


def _name(folder: Path) -> bytes:
    """The abstract address of a folder, short enough for any path."""
    return b"\0alertd/" + sha256(os.fsencode(folder.resolve())).hexdigest()[:32].encode()
