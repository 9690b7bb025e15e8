"""Which zone database is used, and its version.

Truce countries change their clocks at a few days' notice, so the newest data at hand is used: an explicit
`PYTHONTZPATH` wins, else the newer of the `tzdata` package and the system's own. Python's own lookup takes the
first that it finds, and on a system with old data that is the wrong one. A zone that is not found is refused with
names that are near; nothing here ever falls back to UTC.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from alertd.errors import Code, ConfigError, TimeRefused
from alertd.times.expression import quote
from alertd.times.places import offset_in_full, zones_of_place
from alertd.times.vocabulary import ABBREVIATIONS
from alertd.times.wall import parse_offset

PATH_VARIABLE = "PYTHONTZPATH"
UNKNOWN_VERSION = "unknown"

_SYSTEM_DIRECTORIES = tuple(
    Path(each) for each in ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")
)
_VERSION = re.compile(r"# version (\S+)")
_RELEASE = re.compile(r"([0-9]{4})([a-z]*)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)+")
_CAPITALS = re.compile(r"[A-Z]{2,5}")
_OTHER_CLOCKS = ("posix", "right")
"""Copies of the database inside of the system's; `right` counts leap seconds, which nobody's clock shows."""
_NAMES_TO_OFFER = 3
_NAMES_TO_COMPARE = 30
"""Names compared letter by letter with a wrong one, which takes the most time."""
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Zones:
    """One zone database. Two of them over different data can live side by side."""

    version: str
    """IANA release, such as `2026f`."""
    source: str
    """Its place: a path, or `tzdata package`."""
    directories: tuple[Path, ...]
    """Searched in this order."""
    _found: dict[str, tzinfo] = field(default_factory=dict, init=False, repr=False, compare=False)

    def find(self, name: str) -> tzinfo:
        """The zone of an IANA name or a fixed offset such as `+03:00`.

        Raises `TimeRefused`: abbreviation for names such as EST that name no zone for certain, else unknown_zone.
        """
        zone = self._found.get(name)
        if zone is None:
            zone = self._found[name] = self._look_up(name)
        return zone

    def _look_up(self, name: str) -> tzinfo:
        if name == "UTC":
            return UTC
        offset = parse_offset(name)
        if offset is not None:
            return offset
        zone = self._load(name) if _NAME.fullmatch(name) and not name.startswith(_OTHER_CLOCKS) else None
        if zone is None:
            raise TimeRefused(*_refusal(self, name[:_LONGEST_NAME]))
        return zone

    def _load(self, name: str) -> tzinfo | None:
        """The zone from the first directory that has it; None where none does."""
        for directory in self.directories:
            try:
                with (directory / name).open("rb") as file:
                    return ZoneInfo.from_file(file, key=name)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                continue
            except (OSError, ValueError) as error:
                message = f"{name} in the zone data {self.version} cannot be read: {type(error).__name__}"
                raise TimeRefused(Code.UNKNOWN_ZONE, message) from error
        return None

    def names(self) -> frozenset[str]:
        """Every IANA name with a slash in the database."""
        return _names(self.version, self.directories)


@lru_cache(maxsize=2_048)
def _refusal(zones: Zones, name: str) -> tuple[Code, str]:
    """The reason why a name is no zone, and what to write; found once, as a mistake is often made in every truce."""
    meanings = ABBREVIATIONS.get(name.upper())
    if meanings is not None:
        return Code.ABBREVIATION, f"{name} names no zone for certain: write {' or '.join(meanings)}"
    if _CAPITALS.fullmatch(name):
        return Code.ABBREVIATION, f"{name} names no zone for certain: write it as Area/City, or +03:00"
    if (offset := offset_in_full(name)) is not None:
        return Code.UNKNOWN_ZONE, f"{quote(name)} is no zone: write {offset}"
    near = zones_of_place(name, zones.directories)[:_NAMES_TO_OFFER] or _near(zones, name)
    advice = f"did you mean {' or '.join(near)}?" if near else "write it as Area/City, such as Asia/Damascus"
    return Code.UNKNOWN_ZONE, f"no zone {quote(name)} in the zone data {zones.version}: {advice}"


def _near(zones: Zones, name: str) -> tuple[str, ...]:
    """The names most like a wrong one: by its city first, then by all its letters."""
    names, of_city, of_pair = _indexes(zones)
    common = Counter(lower for pair in _pairs(name.lower()) for lower in of_pair.get(pair, ()))
    # Names with few letters in common are not alike.
    compared = nlargest(_NAMES_TO_COMPARE, sorted(common), key=common.__getitem__)
    alike = [names[lower] for lower in get_close_matches(name.lower(), compared, n=_NAMES_TO_OFFER)]
    city = name.lower().replace(" ", "_").rpartition("/")[2]
    return tuple(dict.fromkeys([*of_city.get(city, ()), *alike]))[:_NAMES_TO_OFFER]


@lru_cache(maxsize=2)
def _indexes(zones: Zones) -> tuple[dict[str, str], dict[str, list[str]], dict[str, list[str]]]:
    """The names by their small letters, those of each city, and those in which two letters stand side by side."""
    names = {each.lower(): each for each in sorted(zones.names())}
    of_city: dict[str, list[str]] = defaultdict(list)
    of_pair: dict[str, list[str]] = defaultdict(list)
    for lower, each in names.items():
        of_city[lower.rpartition("/")[2]].append(each)
        for pair in _pairs(lower):
            of_pair[pair].append(lower)
    return names, dict(of_city), dict(of_pair)


@lru_cache(maxsize=2)
def _names(_version: str, directories: tuple[Path, ...]) -> frozenset[str]:
    """The names in a database, looked up once for each version of it: a file may have thousands of wrong ones."""
    return frozenset(
        name
        for directory in directories
        for area in _areas(directory)
        for file in area.rglob("*")
        if _NAME.fullmatch(name := file.relative_to(directory).as_posix()) and file.is_file()
    )


def _pairs(text: str) -> set[str]:
    """Every two letters that stand side by side."""
    return set(map("".join, pairwise(text)))


class ZoneWatch:
    """The zone database in use, looked at again while alertd runs: an upgrade must not wait for a restart."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.zones = load_zones(environ)
        self._found: dict[str, tzinfo] = {}

    def find(self, name: str) -> tzinfo:
        """The zone of a name in the database in use; as it was found before where that one lacks it.

        Raises `TimeRefused` as `Zones.find` does.
        """
        try:
            self._found[name] = self.zones.find(name)
        except TimeRefused:
            if name not in self._found:
                raise
        return self._found[name]

    def renew(self) -> bool:
        """Use the newest database at hand now; returns whether it is another than before."""
        before, self.zones = self.zones, load_zones(self._environ)
        return before != self.zones


def load_zones(environ: Mapping[str, str]) -> Zones:
    """The zone database to use; raises `ConfigError` where an explicit `PYTHONTZPATH` leads to none."""
    if PATH_VARIABLE in environ:
        return _explicit_zones(environ[PATH_VARIABLE])
    package = package_zones()
    system = next((zones_in(each) for each in _SYSTEM_DIRECTORIES if each.is_dir()), None)
    if system is not None and _release(system.version) > _release(package.version):
        return system
    return package


def package_zones() -> Zones:
    """The database of the `tzdata` package."""
    return replace(zones_in(Path(str(files("tzdata.zoneinfo")))), source="tzdata package")


def zones_in(*directories: Path) -> Zones:
    """The database in one or several directories; its version is that of the first that tells one."""
    version = next((version for each in directories if (version := _version_in(each)) is not None), UNKNOWN_VERSION)
    return Zones(version=version, source=os.pathsep.join(map(str, directories)), directories=directories)


def _explicit_zones(search_path: str) -> Zones:
    """The database that the variable names; empty, it stands for the package alone, as Python reads it."""
    if not search_path:
        return package_zones()
    zones = zones_in(*(path for each in search_path.split(os.pathsep) if (path := Path(each)).is_absolute()))
    if not any(_areas(directory) for directory in zones.directories):
        raise ConfigError(f"{PATH_VARIABLE} leads to no zone data: name an absolute path, or leave it unset")
    return zones


def _areas(directory: Path) -> list[Path]:
    """The folders of a zone database: Africa, America and so on."""
    if not directory.is_dir():
        return []
    return [each for each in directory.iterdir() if each.is_dir() and each.name not in _OTHER_CLOCKS]


def _version_in(directory: Path) -> str | None:
    """The release that a directory holds, by either of the files in which distributions tell it."""
    for name, form in (("tzdata.zi", _VERSION), ("+VERSION", re.compile(r"(\S+)"))):
        try:
            with (directory / name).open(encoding="utf-8", errors="replace") as file:
                match = form.match(file.readline())
        except OSError:
            continue
        if match is not None:
            return match[1]
    return None


def _release(version: str) -> tuple[int, int, str]:
    """An IANA release in the order of its publication; what is unknown comes first."""
    match = _RELEASE.match(version)
    return (int(match[1]), len(match[2]), match[2]) if match is not None else (0, 0, "")
