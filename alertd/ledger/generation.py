"""The generation of a ledger: the number by which an older copy is told from the ledger that a daemon had last.

It stands in the head of the ledger and in a file beside it, and each start and stop of a daemon advances both. A copy
that `backup` makes has it with a minus. So a ledger that is behind the file, or a copy, was put back: what was sent
after the copy was made, it does not know.
"""

import os
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from alertd.errors import LedgerError
from alertd.files.private import GROUP, open_private

_BYTES_AT_MOST = 32


class Origin(StrEnum):
    """The origin of a ledger that a daemon begins with."""

    KNOWN = "known"
    """The last daemon had it, or there was none before."""
    COPY = "copy"
    """An older copy was put back."""
    NEW = "new"
    """It was begun where another had been, which is lost or moved away."""


def origin(own: int, beside: int | None, *, is_new: bool) -> Origin:
    """The origin of a ledger of a generation, given that of the file beside it, or None without one."""
    if own < 0 or (own > 0 and beside is None):
        return Origin.COPY
    if beside is None or own >= beside:
        return Origin.KNOWN
    return Origin.NEW if is_new else Origin.COPY


def read_beside(ledger: Path) -> int | None:
    """The generation in the file beside a ledger; None where no number stands there. Raises `LedgerError`."""
    try:
        text = _beside(ledger).read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(ledger, error) from error
    with suppress(ValueError):
        return int(text[:_BYTES_AT_MOST])
    return None


def write_beside(ledger: Path, generation: int) -> None:
    """Write a generation into the file beside a ledger, and to the disk; raises `LedgerError`."""
    text = f"{generation}\n".encode()
    try:
        descriptor = open_private(_beside(ledger), GROUP)
        try:
            os.pwrite(descriptor, text, 0)
            os.ftruncate(descriptor, len(text))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _unusable(ledger, error) from error


def _beside(ledger: Path) -> Path:
    return ledger.with_suffix(".generation")


def _unusable(ledger: Path, error: OSError) -> LedgerError:
    return LedgerError(f"ledger {ledger}: {_beside(ledger).name} cannot be used: {error.strerror}", passing=True)
