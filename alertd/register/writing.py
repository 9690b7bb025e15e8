"""Putting a text into a truce file: whole or not at all, and never over what somebody else has written meanwhile.

What the text says is no concern of this module; `editing` makes it. The daemon never comes here.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path
from stat import S_IRGRP, S_ISGID, S_IWGRP, S_IWUSR
from tempfile import mkstemp

from alertd.errors import ConfigError
from alertd.files.beneath import read_beneath, target_beneath
from alertd.register.files import FOLDER

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"

_SHARED_FOLDER = S_ISGID | S_IWGRP
_SHARED_FILE = S_IRGRP | S_IWGRP


def read_exactly(config_dir: Path, file: str) -> str | None:
    """The text of a file such that writing it back changes no byte; None where there is no such file.

    Raises ConfigError for what is no text in UTF-8, as an edit would spoil it.
    """
    try:
        return read_beneath(config_dir, file).decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 throughout: save it as UTF-8, then record again") from error


def without_mark(text: str) -> tuple[str, str]:
    """A text without its byte order mark, and the mark, if it has one."""
    bare = text.removeprefix(_BYTE_ORDER_MARK)
    return bare, text[: len(text) - len(bare)]


def write(config_dir: Path, file: str, text: str, *, expected: str | None) -> None:
    """Replace a file, or make it, in one step that survives a crash; mode and owner stay, links are followed.

    Raises ConfigError, and writes nothing, where the file is no longer as `expected` (None: not there), or where it
    cannot be replaced.
    """
    try:
        (config_dir / FOLDER).mkdir(exist_ok=True)
        path = target_beneath(config_dir, file)
        with _alone_in(path.parent):
            if read_exactly(config_dir, file) != expected:
                raise ConfigError(
                    f"{file} has changed meanwhile, and nothing was written: somebody else records too; look, and "
                    "record again"
                )
            _replace(path, file, text)
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}; nothing has changed") from error


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other commands of alertd out of a folder; editors know nothing of it, hence the comparison."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network mounts know no locks, and the comparison stands without
            flock(handle, LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: Path, file: str, text: str) -> None:
    handle, name = mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            _dress(handle, path, file)
            stream.write(text.encode())
            stream.flush()
            os.fsync(handle)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def _dress(handle: int, path: Path, file: str) -> None:
    """Give a new file the mode and the owner of the one that it replaces, or those of any new file.

    What a group shares stays the group's: a file that it may write to, whoever replaces it, and one that is new in a
    folder that it may write to and that hands its group on.
    """
    try:
        traits = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(handle, 0o666 & ~mask | (_SHARED_FILE if _is_shared(path.parent) else 0))
        return
    shared = _is_shared(path.parent)
    if not os.access(path, os.W_OK) and not (shared and traits.st_mode & S_IWUSR):
        raise ConfigError(f"{file} is not yours to write: record as its owner, or with sudo")
    if shared and traits.st_uid != os.geteuid() and os.geteuid() != 0:  # an editor, `cp` or `mv` made it somebody's own
        os.fchown(handle, -1, path.parent.stat().st_gid)
        os.fchmod(handle, traits.st_mode & 0o7777 | _SHARED_FILE)
        return
    try:
        os.fchown(handle, traits.st_uid, traits.st_gid)
    except PermissionError as error:
        if not traits.st_mode & S_IWGRP:
            raise ConfigError(
                f"{file} belongs to somebody else, and would not any more: record as its owner"
            ) from error
        os.fchown(handle, -1, traits.st_gid)
    os.fchmod(handle, traits.st_mode & 0o7777)


def _is_shared(folder: Path) -> bool:
    """True if a group writes here together, and what is new here is the group's."""
    return _SHARED_FOLDER & ~folder.stat().st_mode == 0
