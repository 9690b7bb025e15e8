"""Files beneath the config folder, opened such that none makes alertd read, wait for or quote what lies elsewhere.

Who may write truces may not therefore read what the daemon reads: a link to a credential would have it told in the
next message about a line that cannot be read. A link is followed where it stays inside the folder, as those of git and
of Kubernetes' ConfigMaps do. What a setting names itself, such as `{ file = … }`, is not read here.
"""

import errno
import os
import pwd
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from stat import S_ISREG, S_IWOTH

MOST_BYTES = 16_000_000
"""Of one file; the largest register that anybody keeps in one is a hundredth of it."""

SETTINGS = "alertd.toml"
CREDENTIALS = "credentials"
"""The folder beside the settings from which the unit's LoadCredential= hands each file to the service."""

_PASS = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A pipe that takes a file's place meanwhile must not block whoever reads it."""

_NOBODY = 65_534
_EVERY_USER = ["0", "0", "4294967295"]
"""In `uid_map`, where users are what they are outside."""

_TRIES = 3
"""A link that is flipped between two steps leads nowhere for a moment."""


def read_beneath(config_dir: Path, file: str) -> bytes:
    """The bytes of a file, named relative to the config folder.

    Raises OSError, whose `strerror` is advice, where it cannot be read or may not be.
    """
    for _ in range(_TRIES - 1):
        try:
            return _read(config_dir, file)
        except FileNotFoundError:
            if not (config_dir / file).exists():
                raise
    return _read(config_dir, file)


def target_beneath(config_dir: Path, file: str) -> Path:
    """The path at which a file stands, or would be made, once each link is followed.

    Raises OSError, whose `strerror` is advice, where that is no place for it.
    """
    root = Path(os.path.realpath(config_dir))
    return root / _place(root, file, strict=False)


def is_trusted(uid: int, gid: int, *, reader: int, groups: Collection[int]) -> bool:
    """Tell whether a process of user `reader` and these groups may read a file of this owner and group.

    It belongs to root, to that user, to one of these groups, or to a member of one. Root itself reads anything.
    """
    return reader == 0 or uid in (0, reader) or gid in groups or not _groups_of(uid).isdisjoint(groups)


def _owners_are_hidden() -> bool:
    """A unit with PrivateUsers= shows files of everybody but root and its own user as nobody's."""
    return Path("/proc/self/uid_map").read_text().split() != _EVERY_USER


def _groups_of(uid: int) -> set[int]:
    try:
        user = pwd.getpwuid(uid)
        return set(os.getgrouplist(user.pw_name, user.pw_gid))
    except (KeyError, OSError):
        return set()


def _read(config_dir: Path, file: str) -> bytes:
    root = Path(os.path.realpath(config_dir))
    inner = _place(root, file)
    with ExitStack() as opened:
        folder = os.open(root, _PASS & ~os.O_NOFOLLOW)
        opened.callback(os.close, folder)
        for part in inner.parts[:-1]:
            folder = os.open(part, _PASS, dir_fd=folder)
            opened.callback(os.close, folder)
        around = os.fstat(folder)
        # To open a device can do something already.
        _check(os.stat(inner.name, dir_fd=folder, follow_symlinks=False), around)
        stream = opened.enter_context(os.fdopen(os.open(inner.name, _READ, dir_fd=folder), "rb"))
        _check(os.fstat(stream.fileno()), around)
        data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"larger than {MOST_BYTES // 1_000_000} MB: split it into several files")
    return data


def _place(root: Path, file: str, *, strict: bool = True) -> Path:
    """The true path of a file, relative to the folder and without a link; `strict` asks for one that exists."""
    target = Path(os.path.realpath(root / file, strict=strict))
    if not target.is_relative_to(root):
        raise OSError(errno.EACCES, "it is a link that leads out of the config folder: put the file itself there")
    inner = target.relative_to(root)
    asked = Path(file)
    is_settings = asked.name == SETTINGS
    if inner != asked and (
        inner.suffix != asked.suffix or inner.parts[0] == CREDENTIALS or (inner.name == SETTINGS) != is_settings
    ):
        raise OSError(errno.EACCES, "it is a link to a file of another kind: put the file itself there")
    return inner


def _check(traits: os.stat_result, folder: os.stat_result) -> None:
    if not S_ISREG(traits.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file: put text there")
    if traits.st_uid == _NOBODY and not folder.st_mode & S_IWOTH and _owners_are_hidden():
        return  # whoever put it there may write in this folder: root, the daemon or a member of its group
    groups = {os.getegid(), *os.getgroups()}
    if not is_trusted(traits.st_uid, traits.st_gid, reader=os.geteuid(), groups=groups):
        advice = "give it to the group of alertd, as in `sudo chgrp alertd FILE`"
        raise OSError(errno.EACCES, f"its owner is neither root nor alertd nor a member of alertd's group: {advice}")
