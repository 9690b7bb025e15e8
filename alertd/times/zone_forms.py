"""The zones of a text: names, offsets, letters and abbreviations, taken or doubted."""

import re
from datetime import timedelta

from alertd.errors import Code
from alertd.times.parts import Parts
from alertd.times.vocabulary import ABBREVIATIONS
from alertd.times.wall import offset_text


def take_zone(parts: Parts, match: re.Match[str]) -> None:
    """A zone by its name, or an offset; raises `TimeRefused` for a second one."""
    if parts.zones:
        raise parts.refused("names two zones: write one")
    parts.zones.append("UTC" if match[0].upper() == "UTC" else match[0])


def take_glued_offset(parts: Parts, offset: str, *, is_plain: bool) -> None:
    """Behind a plain time of day, a minus may as well stand between the two ends of a range."""
    if offset.startswith("-") and is_plain:
        parts.ambiguity("a range or an offset? Write the end alone, an offset with a space before it")
    parts.zones.append(offset)


def take_bracketed_offset(parts: Parts, match: re.Match[str]) -> None:
    """An offset in brackets behind a zone's name; raises `TimeRefused` where none stands before it."""
    if parts.offset is not None or not parts.zones:
        raise parts.refused("an offset in brackets stands behind the name of a zone")
    parts.offset = match["offset"]


def take_offset_from_utc(parts: Parts, match: re.Match[str]) -> None:
    """An offset written as `UTC+3`."""
    sign, hours = match["sign"], match["hours"]
    parts.ambiguity(f"write the offset alone, such as {sign}{hours:0>2}:00")
    parts.zones.append(f"{sign}{hours:0>2}:{match['minutes'] or '00'}")


def take_letter(parts: Parts, letter: str) -> None:
    """A military zone letter outside of a date-time group; L is often meant as `local`."""
    if letter.upper() == "Z":
        parts.zones.append("Z")
        return
    if letter.upper() in "JL":
        parts.ambiguity(f"{letter} for local time names no zone: leave it out, or write a zone or an offset")
        return
    offset = letter_offset(letter.upper())
    parts.ambiguity(f"a zone letter belongs into a date-time group such as 040100C MAY 16: write the offset {offset}")
    parts.zones.append(offset)


def take_lone_letter(parts: Parts, match: re.Match[str]) -> None:
    """A letter that stands alone; raises `TimeRefused` for a second zone."""
    if parts.zones:
        raise parts.refused("names two zones: write one")
    take_letter(parts, match[0])


def take_abbreviation(parts: Parts, match: re.Match[str]) -> None:
    """A name that is used for a zone and names none for certain; raises `TimeRefused` for a second zone."""
    name = match[0]
    if parts.zones:
        raise parts.refused("names two zones: write one")
    meanings = ABBREVIATIONS[name.upper()]
    parts.ambiguity(f"{name} names no zone for certain: write {' or '.join(meanings)}", Code.ABBREVIATION)
    parts.zones.extend(meanings)


def letter_offset(letter: str) -> str:
    """The fixed offset of a military zone letter: A-I and K-M lie east, N-Y west, Z is UTC, J is none."""
    east, west = "ABCDEFGHIKLM", "NOPQRSTUVWXY"
    if letter in east:
        return offset_text(timedelta(hours=east.index(letter) + 1))
    return offset_text(-timedelta(hours=west.index(letter) + 1)) if letter in west else "Z"
