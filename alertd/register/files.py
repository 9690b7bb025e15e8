"""The truce files of a config folder: which they are, whether they changed, and their text.

Nothing here knows TOML. A file that cannot be read is a problem, never an exception: the others are still read.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from stat import S_IWOTH
from typing import NamedTuple

from alertd.errors import Code, Level, Problem
from alertd.files.beneath import read_beneath

FOLDER = "truces"
WITHDRAWN = "withdrawn.toml"
WITHDRAWN_FILE = f"{FOLDER}/{WITHDRAWN}"

_ENDING = ".toml"
_TOML_WITHIN = re.compile(r"\.toml\b.*", re.IGNORECASE)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


class FileStat(NamedTuple):
    """By what a file is known again unopened."""

    size: int
    modified_ns: int
    changed_ns: int
    inode: int


def truce_files(config_dir: Path) -> tuple[str, ...]:
    """The truce files relative to the config folder, sorted: visible, with a name that ends in .toml in any case."""
    return tuple(f"{FOLDER}/{name}" for name in _names(config_dir) if name != WITHDRAWN and name.isprintable())


def has_withdrawn(config_dir: Path) -> bool:
    """True if there is a list of withdrawn ids."""
    return WITHDRAWN in _names(config_dir)


def folder_problems(config_dir: Path) -> tuple[Problem, ...]:
    """The problems of the folder itself: not listable, a name that cannot be written down, open to all."""
    try:
        names = _listed(config_dir)
    except FileNotFoundError:
        # No folder means no files; the commands say so.
        return ()
    except OSError as error:
        return (_problem(FOLDER, 1, f"cannot be listed: {error.strerror}"),)
    strange = ("".join(char if char.isprintable() else _UNREADABLE for char in name) for name in names)
    message = "the name has characters that cannot be shown: rename the file, as it is not read"
    unread = tuple(_problem(f"{FOLDER}/{name}", 1, message) for name in strange if _UNREADABLE in name)
    return (*unread, *_passed_over(config_dir), *_open_to_all(config_dir, names))


def _passed_over(config_dir: Path) -> Iterator[Problem]:
    """Everything visible that is not read; who put it there may believe that its truces are watched."""
    for name in _other_names(config_dir):
        shown = "".join(char if char.isprintable() else _UNREADABLE for char in name)
        if (config_dir / FOLDER / name).is_dir():
            advice = f"is a folder, and folders in {FOLDER}/ are not read: move its truce files into {FOLDER}/ itself"
        else:
            stem = _TOML_WITHIN.sub("", shown) if _TOML_WITHIN.search(shown) else PurePath(shown).stem
            advice = (
                "is not read, as its name does not end in .toml: "
                f"rename it to {stem}.toml if it holds truces, else move it out of {FOLDER}/"
            )
        yield Problem(f"{FOLDER}/{shown}", 1, None, Level.WARNING, Code.PASSED_OVER, advice)


def _open_to_all(config_dir: Path, names: Iterable[str]) -> Iterator[Problem]:
    """Files that every user of the machine can write; who removes a file removes its truces."""
    for file in (FOLDER, *(f"{FOLDER}/{name}" for name in names)):
        try:
            is_open = (config_dir / file).stat().st_mode & S_IWOTH
        except OSError:  # told where it is read
            continue
        if is_open:
            message = f"anybody on this machine can change it: run `chmod o-w {config_dir / file}`"
            yield Problem(file, 1, None, Level.WARNING, Code.SECRET, message)


def fingerprint(config_dir: Path) -> tuple[tuple[str, FileStat | None], ...]:
    """A value that differs as soon as a truce file may have changed: its traits, beside its name; opens no file.

    What else lies in the folder counts by its name alone.
    """
    read = ((f"{FOLDER}/{name}", _traits(config_dir / FOLDER / name)) for name in _names(config_dir))
    return (*read, *((f"{FOLDER}/{name}", None) for name in _other_names(config_dir)))


def read_text(config_dir: Path, file: str) -> tuple[str | None, tuple[Problem, ...]]:
    """The text of a file and what is wrong with its encoding; None where there is no text to read.

    A byte that is not UTF-8 costs no more than the line on which it stands.
    """
    try:
        data = read_beneath(config_dir, file)
    except OSError as error:
        return None, (_problem(file, 1, f"cannot be read: {error.strerror}"),)
    if 2 * data.count(0) >= len(data) > 0 or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None, (_problem(file, 1, "not UTF-8 text: save it as UTF-8"),)
    return _decoded(file, data)


def _decoded(file: str, data: bytes) -> tuple[str, tuple[Problem, ...]]:
    problems = []
    if data.startswith(_BYTE_ORDER_MARK):
        data = data.removeprefix(_BYTE_ORDER_MARK)
        problems.append(_problem(file, 1, "begins with a byte order mark: save it as UTF-8 without one"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problems.append(_problem(file, line, "not UTF-8 here: save the file as UTF-8"))
        text = data.decode(errors="replace")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problems.append(_problem(file, line, "a NUL character stands here: was the file cut short while it was saved?"))
        text = text.replace("\0", _UNREADABLE)
    return text, tuple(problems)


def _names(config_dir: Path) -> list[str]:
    try:
        return _listed(config_dir)
    except OSError:
        return []


def _listed(config_dir: Path) -> list[str]:
    return sorted(name for name in _visible(config_dir) if name.lower().endswith(_ENDING))


def _other_names(config_dir: Path) -> list[str]:
    try:
        return sorted(name for name in _visible(config_dir) if not name.lower().endswith(_ENDING))
    except OSError:
        return []


def _visible(config_dir: Path) -> Iterator[str]:
    """The names that a person sees; a dot in front hides a file, and editors mark their copies with ~ or #."""
    names = (path.name for path in (config_dir / FOLDER).iterdir())
    return (name for name in names if not name.startswith((".", "#")) and not name.endswith("~"))


def _traits(path: Path) -> FileStat | None:
    try:
        file_stat = path.stat()
    except OSError:
        return None
    # The change time sees what the modification time does not: a mode that lets the file be read again.
    return FileStat(file_stat.st_size, file_stat.st_mtime_ns, file_stat.st_ctime_ns, file_stat.st_ino)


def _problem(file: str, line: int, message: str) -> Problem:
    return Problem(file, line, None, Level.ERROR, Code.SYNTAX, message)
