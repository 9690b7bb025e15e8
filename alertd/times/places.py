"""The zone of a country or a town that somebody writes where the name of a zone belongs: a hint, never a guess.

Countries come from the tables of the zone database (iso3166.tab, zone.tab). Towns that have no zone of their own are
listed here: those that truces were about.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

TOWNS: Mapping[str, str] = {
    "Africa/Addis_Ababa": "Mekelle, Lalibela, Gondar",
    "Africa/Bamako": "Gao, Kidal, Timbuktu",
    "Africa/Bangui": "Bambari, Bria",
    "Africa/Juba": "Malakal, Wau, Bentiu",
    "Africa/Khartoum": "Omdurman, Port Sudan, El Fasher, Nyala, Kadugli, Wad Madani, El Obeid, Geneina, Darfur",
    "Africa/Lubumbashi": "Goma, Bukavu, Uvira, Beni, Bunia",
    "Africa/Mogadishu": "Kismayo, Baidoa",
    "Africa/Tripoli": "Benghazi, Misrata, Sirte, Sabha, Derna, Zawiya",
    "Asia/Aden": "Sanaa, Sana'a, Hodeidah, Hudaydah, Taiz, Marib, Saada",
    "Asia/Baghdad": "Mosul, Basra, Kirkuk, Erbil, Fallujah",
    "Asia/Baku": "Stepanakert, Khankendi, Nagorno-Karabakh, Lachin",
    "Asia/Beirut": "Tripoli of Lebanon, Sidon, Saida, Tyre, Arsal",
    "Asia/Damascus": (
        "Aleppo, Homs, Hama, Latakia, Idlib, Raqqa, Daraa, Douma, Ghouta, Eastern Ghouta, Madaya, Zabadani, Kobani"
    ),
    "Asia/Gaza": "Gaza City, Rafah, Khan Younis, Khan Yunis, Deir al-Balah, Jabalia",
    "Asia/Hebron": "Ramallah, Nablus, Jenin, Bethlehem, West Bank",
    "Asia/Jerusalem": "Tel Aviv, Haifa, Sderot, Ashkelon",
    "Asia/Kabul": "Kandahar, Herat, Kunduz, Mazar-i-Sharif",
    "Asia/Manila": "Marawi, Cotabato, Mindanao",
    "Asia/Yangon": "Sittwe, Mandalay, Myitkyina, Lashio, Naypyidaw, Rakhine",
    "Europe/Kyiv": "Donetsk, Luhansk, Mariupol, Kharkiv, Odesa, Kherson, Debaltseve, Donbas",
}
"""By zone, the towns and regions that keep its time."""

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-5][0-9]))?", re.IGNORECASE)
_PLAIN = re.compile(r"[^a-z]+")


def zones_of_place(name: str, directories: Iterable[Path]) -> list[str]:
    """The zones of a country or a town; none where it is neither."""
    wanted = _plain(name)
    return _towns().get(wanted) or _zones_of_country(wanted, directories)


@cache
def _towns() -> dict[str, list[str]]:
    """The zones of each town."""
    found: dict[str, list[str]] = defaultdict(list)
    for zone, towns in TOWNS.items():
        for town in {_plain(each) for each in towns.split(",")}:
            found[town].append(zone)
    return dict(found)


def offset_in_full(name: str) -> str | None:
    """An offset such as `+3` or `UTC+3` as it is to be written, `+03:00`; None for what is none."""
    matched = _OFFSET.fullmatch(name.strip())
    return matched and f"{matched['sign']}{int(matched['hours']):02}:{matched['minutes'] or '00'}"


def _zones_of_country(wanted: str, directories: Iterable[Path]) -> list[str]:
    for directory in directories:
        if (code := _countries(directory).get(wanted)) is not None:
            return [zone for codes, zone in _rows(directory / "zone.tab", 0, 2) if codes == code]
    return []


@lru_cache(maxsize=4)
def _countries(directory: Path) -> dict[str, str]:
    """The codes of the countries, by name."""
    return {_plain(country): code for code, country in _rows(directory / "iso3166.tab", 0, 1)}


@lru_cache(maxsize=4)
def _rows(table: Path, *columns: int) -> tuple[tuple[str, ...], ...]:
    """Two columns of a table of the zone database, read once; none where it has no such table."""
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    cells = (line.split("\t") for line in lines if not line.startswith("#"))
    return tuple(tuple(row[column] for column in columns) for row in cells if len(row) > max(columns))


def _plain(name: str) -> str:
    """The letters of a name alone, as people spell the rest in many ways."""
    return _PLAIN.sub("", name.lower())
