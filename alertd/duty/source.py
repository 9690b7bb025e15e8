"""The source of a duty list: a file of the config folder, or an address."""

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import SecretStr

from alertd.duty.reading import ListRefused
from alertd.files.beneath import read_beneath

FileTraits = tuple[int, int, int]
"""By which it shows that a file has changed: its moment, its size and its place on the disk."""


@dataclass(frozen=True, slots=True)
class Source:
    """The place of a duty list; one of the two."""

    file: str | None = None
    """A path seen from the config folder."""
    url: SecretStr | None = None
    """Empty where it could not be had, or is left unread."""

    async def text(self, config_dir: Path) -> bytes:
        """The calendar; raises `ListRefused`."""
        if self.url is None:
            return await asyncio.to_thread(file_of, self, config_dir)
        if not self.url.get_secret_value():
            raise ListRefused("its address cannot be had; `alertd check` says why")
        from alertd.duty.fetching import fetch  # noqa: PLC0415  an HTTP client that only an address needs

        return await fetch(self.url)


def digest_of(source: Source) -> str:
    """By which another source shows, without telling an address."""
    named = source.file if source.url is None else source.url.get_secret_value()
    return sha256((named or "").encode()).hexdigest()[:16]


def file_of(source: Source, config_dir: Path) -> bytes:
    """The calendar of a file; raises `ListRefused`."""
    assert source.file is not None  # noqa: S101  asked for files alone
    try:
        return read_beneath(config_dir, source.file)
    except OSError as error:
        raise ListRefused(f"{source.file} cannot be read: {error.strerror}") from None


def traits_of(source: Source, config_dir: Path) -> FileTraits | None:
    """The traits of the file; None for an address, and where there is no file."""
    try:
        found = (config_dir / source.file).stat() if source.file is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size, found.st_ino)
