"""Files that are nobody's business but the daemon's and its group's, whatever the umask of whoever starts it."""

import os
from pathlib import Path
from stat import S_IMODE

ALONE = 0o600
GROUP = 0o640
FOLDER = 0o750


def open_private(path: Path, mode: int, *, new: bool = False) -> int:
    """Open a file for reading and writing, of this mode at most; make it where it is missing.

    Never through a symbolic link. With `new` it must not be there yet. Raises OSError where it cannot be had.
    """
    flags = os.O_RDWR | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        if new:
            raise
        descriptor = os.open(path, flags)
        tighten(descriptor, mode)
        return descriptor
    os.fchmod(descriptor, mode)  # the umask may have taken more
    return descriptor


def tighten(file: Path | int, mode: int) -> None:
    """Take every right beyond this mode from a file of one's own."""
    traits = os.stat(file)  # noqa: PTH116  descriptors too
    rights = S_IMODE(traits.st_mode)
    if rights & ~mode and traits.st_uid == os.geteuid():
        os.chmod(file, rights & mode)  # noqa: PTH101  likewise
