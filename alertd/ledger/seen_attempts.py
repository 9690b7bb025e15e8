"""The attempts that a node has seen in a ledger on a server: the number by which an older dump of it is recognised.

The number stands in a file of the node's state folder. Each try to send counts on; so a ledger that counts less than
one of its nodes has seen was put back, or has lost what was committed, and does not know what was sent since. Nobody
waits for the disk: a number that a power cut takes only costs that recognition.
"""

import os
from pathlib import Path

from alertd.errors import LedgerError
from alertd.files.private import GROUP, open_private
from alertd.ledger.generation import Origin
from alertd.logs.lines import get_logger

log = get_logger(__name__)

_BYTES_AT_MOST = 32


class SeenAttempts:
    """The number of attempts in a ledger, as a node has last seen it."""

    def __init__(self, file: Path) -> None:
        """Raises `LedgerError` where the file is there and cannot be read."""
        self._file = file
        self._number = _read(file)
        self._is_written = True

    def origin(self, number: int, *, is_new: bool) -> Origin:
        """The origin of a ledger that counts so many."""
        if number >= self._number:
            return Origin.KNOWN
        return Origin.NEW if is_new else Origin.COPY

    def see(self, number: int) -> None:
        """Keep a number that is higher than the last."""
        if number > self._number:
            self.set(number)

    def set(self, number: int) -> None:
        """Keep a number; a folder that does not take it is told in the log, and costs nothing else."""
        self._number = number
        text = f"{number}\n".encode()
        try:
            descriptor = open_private(self._file, GROUP)
            try:
                os.pwrite(descriptor, text, 0)
                os.ftruncate(descriptor, len(text))
            finally:
                os.close(descriptor)
        except OSError as error:
            if self._is_written:
                log.warning("ledger.attempts_not_noted", file=str(self._file), error=error.strerror)
            self._is_written = False
        else:
            self._is_written = True


def _read(file: Path) -> int:
    """The number in a file; none where no number stands there."""
    try:
        text = file.read_text(encoding="ascii", errors="replace")[:_BYTES_AT_MOST]
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise LedgerError(f"{file.name} cannot be read: {error.strerror}", passing=True) from error
    return int(text) if text.strip().isdecimal() else 0
