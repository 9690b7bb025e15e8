"""TOML texts as tables, for every reader of a file: what cannot be read raises ValueError, and nothing else.

tomllib follows nested values with a call each and a dotted key however long, and what it gives back can be nested
deeper than anything that walks, compares, validates or pickles it can follow. No file of alertd needs more than five
levels, so nesting has a bound here, before anybody else meets it. Sizes of files are no concern of this module.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TypeAlias

TomlValue: TypeAlias = "str | bool | int | float | datetime | date | time | list[TomlValue] | TomlTable"
"""A value as TOML has them."""

TomlTable: TypeAlias = dict[str, TomlValue]

DEEPEST = 32
"""Levels of tables and arrays in each other."""

MOST_KEYS = 1_000
"""Keys of one table: each that means nothing is a problem of its own, and is compared with all others."""

_PART = r"""(?>[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_.-]){_PART}(?>[ \t]*\.[ \t]*{_PART}){{{DEEPEST}}}")
"""A dotted key of more parts: tomllib takes the square of their number to read it. A text may look the same."""

_TOKEN = re.compile(
    r"""#[^\n]*|"{3}(?:[^\\]|\\.)*?"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?P<open>[\[{])|(?P<close>[\]}])""",
    re.DOTALL,
)
"""The tokens that open or close a level, and those in which a bracket does not."""


class OutOfBounds(ValueError):
    """A text that is TOML, and more than a file of alertd can need."""


class TooLarge(OutOfBounds):
    """A text of which no single line is at fault: it is too much as a whole."""


def load_toml(text: str) -> TomlTable:
    """Read a text.

    Raises ValueError where it is not TOML, holds a number without end or is nested too deeply; its message ends with
    the place, as those of tomllib do, unless it is TooLarge.
    """
    if (key := _long_key(text)) is not None:
        raise _too_deep(text, key)
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise _too_deep(text, _deepest(text)) from None
    if _may_be_too_deep(text) and _is_too_deep(tables):
        raise _too_deep(text, _deepest(text))
    return tables


def tables_at(table: Mapping[str, TomlValue], key: str) -> list[TomlTable]:
    """The tables of an array of tables, such as `[[truce]]`; none where that is something else."""
    value = table.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _long_key(text: str) -> int | None:
    """The place of a dotted key of too many parts; line by line, as a search of all of it would hold up all threads."""
    if text.count(".") < DEEPEST:
        return None
    place = 0
    for line in text.split("\n"):
        if line.count(".") >= DEEPEST and (key := _LONG_KEY.search(line)) is not None:
            return place + key.start()
        place += len(line) + 1
    return None


def _too_deep(text: str, at: int | None) -> OutOfBounds:
    message = f"more than {DEEPEST} tables or lists stand within each other"
    if at is None:
        return TooLarge(message)
    line = text.count("\n", 0, at) + 1
    return OutOfBounds(f"{message} (at line {line}, column 1)")


def _may_be_too_deep(text: str) -> bool:
    """False for a text with too few brackets, dots and keys to be out of bounds, as that of one truce is."""
    levels = text.count("[") + text.count("{") + text.count(".")
    return levels > DEEPEST or text.count("=") + levels > MOST_KEYS


def _is_too_deep(tables: TomlTable) -> bool:
    """True if values are nested deeper than allowed; level by level, as calls would be too deep themselves.

    Raises TooLarge where a table has too many keys.
    """
    level: list[list[TomlValue] | TomlTable] = [tables]
    for _ in range(DEEPEST + 1):
        below: list[list[TomlValue] | TomlTable] = []
        for value in level:
            if isinstance(value, dict) and len(value) > MOST_KEYS:
                raise TooLarge(f"more than {MOST_KEYS:,} keys stand in one table")
            within = value.values() if isinstance(value, dict) else value
            below.extend([nested for nested in within if isinstance(nested, (dict, list))])
        if not below:
            return False
        level = below
    return True


def _deepest(text: str) -> int | None:
    """The place where brackets are nested too deeply; None where it is the tables that are."""
    depth = 0
    for token in _TOKEN.finditer(text):
        if token["open"]:
            depth += 1
            if depth > DEEPEST:
                return token.start()
        elif token["close"]:
            depth = max(0, depth - 1)
    return None
