"""A config folder on disk, and the register read from it when all the truces in it are over."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertd.register import Register, read_register
from alertd.times.zones import load_zones

NOW = datetime(2025, 1, 1, tzinfo=UTC)

Read = Callable[..., Register]


@pytest.fixture(scope="session")
def zone_for():
    return load_zones({}).find


@pytest.fixture
def read(tmp_path: Path, zone_for) -> Read:
    """Write texts as `truces/a.toml`, `b.toml`, … and read the folder."""
    (tmp_path / "truces").mkdir()

    def write_and_read(*texts: str, now: datetime = NOW) -> Register:
        for name, text in zip("abcdefgh", texts, strict=False):
            (tmp_path / "truces" / f"{name}.toml").write_text(text)
        return read_register(tmp_path, zone_for=zone_for, now=now)

    return write_and_read
